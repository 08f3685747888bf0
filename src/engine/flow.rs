//! Money that comes in or leaves: booked by a named person, and neither won nor lost.

use crate::domain::{Currency, LossPeriod, Money};
use crate::engine::state::State;
use crate::engine::step::Step;
use crate::event::{AccountFact, Fact, Source};

impl State {
    /// Books a flow, or says why not.
    pub(super) fn flow(
        &mut self,
        source: &Source,
        amount_usd: Money,
        (actor, reason): (String, String),
        step: &mut Step<'_>,
    ) {
        if let Some(why) = self.refuses_flow(source, amount_usd, &actor, &reason, step) {
            return self.refuse("flow", why, step);
        }
        let fact = AccountFact::Flowed {
            amount_usd,
            by: actor,
            reason,
            at: step.now,
        };
        self.say(Fact::Account(fact), step);
    }

    fn refuses_flow(
        &self,
        source: &Source,
        amount: Money,
        actor: &str,
        reason: &str,
        step: &Step<'_>,
    ) -> Option<String> {
        if matches!(source, Source::Program(_)) {
            return Some("a person books money that comes or goes, not a program".to_owned());
        }
        if actor.trim().is_empty() || reason.trim().is_empty() {
            return Some("a name and a reason are needed".to_owned());
        }
        if amount.is_zero() {
            return Some("an amount of 0 is no flow".to_owned());
        }
        if !amount.is_negative() {
            return None;
        }
        let cash = self.ledger.cash().get(&Currency::USD).copied();
        let cash = cash.unwrap_or_default();
        if cash + amount < Money::ZERO {
            return Some(format!(
                "{} USD cannot leave: {} are there",
                -amount,
                cash.round(2)
            ));
        }
        // A loss is measured against what the period began with: of nothing there is no part to lose.
        let mut starts = LossPeriod::ALL.into_iter();
        let gone = starts.any(|period| {
            let start = self.ledger.start_on(period, step.now);
            start.is_some_and(|start| !(start + amount).is_positive())
        });
        gone.then(|| format!("{} USD cannot leave: the fund began with no more", -amount))
    }
}
