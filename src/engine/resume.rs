//! Lifting halts and locks: by a named person, with a reason, and where it was a loss by its rules.
//!
//! A halt after a lost day is lifted from the next UTC day on, by one person. After
//! a lost week or month it takes two names. Whoever lifts a target lifts each of its
//! halts that may be lifted; the others stand and say why. From there on the loss of
//! that week or month is measured from NAV as it is then, so that the same loss does
//! not halt again and a further one does.

use crate::domain::{HaltState, HaltStatus, LossPeriod, Money, Symbol};
use crate::engine::state::State;
use crate::engine::step::Step;
use crate::event::{AccountFact, Fact, RiskFact, Source};
use crate::order::risk::Standing;

/// Who lifts something, and why.
struct Person<'a> {
    name: &'a str,
    reason: &'a str,
}

impl State {
    /// Lifts what may be lifted of a target, or says why not.
    pub(super) fn resume(
        &mut self,
        source: &Source,
        target: &str,
        (actor, reason): (&str, &str),
        step: &mut Step<'_>,
    ) {
        if matches!(source, Source::Program(_)) {
            let why = format!(
                "'{target}' stays halted: a person lifts it, not a program ({actor}: {reason})"
            );
            return self.refuse("resume", why, step);
        }
        let standing: Vec<Standing> = self
            .risk
            .halts()
            .iter()
            .filter(|halt| halt.status.target == target)
            .cloned()
            .collect();
        let locked = target
            .parse()
            .ok()
            .filter(|symbol| self.ledger.locked(symbol).is_some());
        let person = Person {
            name: actor.trim(),
            reason: reason.trim(),
        };
        if standing.is_empty() && locked.is_none() {
            return self.refuse("resume", format!("'{target}' is not halted"), step);
        }
        if person.name.is_empty() || person.reason.is_empty() {
            return self.refuse("resume", "a name and a reason are needed", step);
        }
        if let Some(symbol) = locked.filter(|_| standing.is_empty()) {
            return self.unlock(symbol, &person, step);
        }
        let mut stays = Vec::new();
        for halt in standing {
            match self.lift(&halt, &person, step) {
                Ok(fact) => self.say(Fact::Risk(fact), step),
                Err(why) => stays.push(why),
            }
        }
        if !stays.is_empty() {
            self.refuse("resume", stays.join("; "), step);
        }
    }

    /// Returns what follows when a person lifts one halt, or why it stands.
    fn lift(
        &self,
        halt: &Standing,
        person: &Person<'_>,
        step: &Step<'_>,
    ) -> Result<RiskFact, String> {
        let resumed = |nav_usd: Option<Money>, first: Option<&str>| RiskFact::Resumed {
            status: HaltStatus {
                state: HaltState::Active,
                resumed_by: Some(match first {
                    Some(first) => format!("{first} and {}", person.name),
                    None => person.name.to_owned(),
                }),
                ..halt.status.clone()
            },
            reason: person.reason.to_owned(),
            at: step.now,
            loss: halt.period(),
            nav_usd,
        };
        let Some(period) = halt.period() else {
            return Ok(resumed(None, None));
        };
        let what = format!("the halt after the lost {}", period.as_str());
        if !period.needs_two() {
            let (lost, today) = (period.of(halt.status.since), period.of(step.now));
            let next = "is lifted from the next UTC day on";
            return if today > lost {
                Ok(resumed(self.exposure.nav_usd(), None))
            } else {
                Err(format!(
                    "{what} {next}, it began on {}",
                    halt.status.since.date()
                ))
            };
        }
        let Some(nav_usd) = self.exposure.nav_usd() else {
            return Err(format!(
                "{what} is lifted against a known NAV, and a price or rate is missing"
            ));
        };
        match &halt.agreed {
            None => Ok(RiskFact::ResumeAgreed {
                status: HaltStatus {
                    state: HaltState::Resuming,
                    ..halt.status.clone()
                },
                loss: period,
                by: person.name.to_owned(),
                reason: person.reason.to_owned(),
                at: step.now,
            }),
            Some(first) if same_person(&first.by, person.name) => Err(format!(
                "{what} needs a second name, {} agreed already",
                first.by
            )),
            Some(first) => Ok(resumed(Some(nav_usd), Some(&first.by))),
        }
    }

    /// Lifts the lock of a symbol by a person's word.
    fn unlock(&mut self, symbol: Symbol, person: &Person<'_>, step: &mut Step<'_>) {
        let fact = AccountFact::Unlocked {
            symbol,
            by: Some((person.name.to_owned(), person.reason.to_owned())),
            at: step.now,
        };
        self.say(Fact::Account(fact), step);
    }

    /// Measures a loss anew from where its halt was lifted.
    pub(super) fn measure_anew(
        &mut self,
        period: LossPeriod,
        at: crate::domain::Timestamp,
        nav_usd: Money,
    ) {
        if period.needs_two() {
            std::sync::Arc::make_mut(&mut self.ledger).rebase(period, at, nav_usd);
        }
    }
}

/// Returns true for one name in different spellings.
fn same_person(a: &str, b: &str) -> bool {
    let plain = |name: &str| name.trim().to_lowercase();
    plain(a) == plain(b)
}
