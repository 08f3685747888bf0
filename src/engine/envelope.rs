//! Which limits are in force: set by a person in the desk, or taken over from the configuration.
//!
//! Both become the next version and are announced the same way. While a halt
//! stands neither may loosen anything. An edit stays in force until the
//! configuration says something else than it last did.

use crate::domain::{CustomGate, RiskEnvelope};
use crate::engine::NoticeKind;
use crate::engine::state::State;
use crate::engine::step::Step;
use crate::event::{Fact, RateLimits, RiskFact, Source};

impl State {
    /// Puts limits in force that a person set, or says why not.
    pub(super) fn set_envelope(
        &mut self,
        source: &Source,
        envelope: RiskEnvelope,
        actor: String,
        step: &mut Step<'_>,
    ) {
        if let Some(reason) = self.refuses_envelope(source, &envelope, &actor) {
            return self.refuse("envelope", reason, step);
        }
        let envelope = Box::new(RiskEnvelope {
            created_at: step.now,
            ..envelope
        });
        let edited = RiskFact::EnvelopeEdited {
            envelope,
            by: actor,
        };
        self.say(Fact::Risk(edited), step);
    }

    fn refuses_envelope(
        &self,
        source: &Source,
        envelope: &RiskEnvelope,
        actor: &str,
    ) -> Option<String> {
        let known = self.risk.envelope()?;
        if matches!(source, Source::Program(_)) {
            return Some("a person sets the limits, not a program".to_owned());
        }
        if actor.trim().is_empty() {
            return Some("a name is needed".to_owned());
        }
        let next = known.version.saturating_add(1);
        if envelope.version != next {
            return Some(format!(
                "version {} does not follow version {}: it must be {next}",
                envelope.version, known.version
            ));
        }
        if envelope.fund_id != known.fund_id {
            return Some(format!(
                "fund_id '{}' must be '{}'",
                envelope.fund_id, known.fund_id
            ));
        }
        let faults = envelope.faults();
        if !faults.is_empty() {
            return Some(faults.join("; "));
        }
        if known.changes(envelope).is_empty() {
            return Some("nothing would change".to_owned());
        }
        self.loosens_while_halted(known, envelope)
    }

    /// Says which limits would let more risk in although a halt stands; none when that is not so.
    fn loosens_while_halted(&self, known: &RiskEnvelope, next: &RiskEnvelope) -> Option<String> {
        let halt = self.risk.halts().first()?;
        let looser = known.loosened(next);
        (!looser.is_empty()).then(|| {
            format!(
                "{} would be looser while halted ({}): lift the halt first, or tighten",
                looser.join(", "),
                halt.status.trigger
            )
        })
    }

    /// Takes over limits that were changed in the configuration, as the next version of those in force.
    ///
    /// While a halt stands nothing is loosened: a restart must not be a way to do that.
    pub(super) fn renew_envelope(&mut self, envelope: RiskEnvelope, step: &mut Step<'_>) {
        let (Some(known), Some(configured)) = (self.risk.envelope(), self.risk.configured()) else {
            return self.say(Fact::Risk(RiskFact::EnvelopeSet(Box::new(envelope))), step);
        };
        if configured.changes(&envelope).is_empty() && configured.fund_id == envelope.fund_id {
            return;
        }
        if let Some(reason) = self.loosens_while_halted(known, &envelope) {
            let reason = format!("the limits in the configuration changed: {reason}");
            return self.say_refused("envelope".to_owned(), reason, step);
        }
        let next = RiskEnvelope {
            version: known.version.saturating_add(1),
            created_at: step.now,
            ..envelope
        };
        self.say(Fact::Risk(RiskFact::EnvelopeSet(Box::new(next))), step);
    }

    /// Takes over rates of sending that were changed in the configuration; not while a halt stands.
    pub(super) fn renew_rates(&mut self, rates: RateLimits, step: &mut Step<'_>) {
        let known = self.risk.rates();
        if known.were_said() && *known.limits() == rates {
            return;
        }
        if known.were_said() && !self.risk.halts().is_empty() {
            let reason = "the rates in the configuration changed; they are taken over once the halt is lifted";
            return self.say_refused("rates".to_owned(), reason.to_owned(), step);
        }
        self.say(Fact::Risk(RiskFact::RatesSet(rates)), step);
    }

    /// Takes over the operator's own gates that were changed in the configuration; not while a halt stands.
    pub(super) fn renew_gates(&mut self, gates: Vec<CustomGate>, step: &mut Step<'_>) {
        if self.risk.gates().settings() == gates {
            return;
        }
        if !self.risk.halts().is_empty() {
            let reason = "the gates in the configuration changed; they are taken over once the halt is lifted";
            return self.say_refused("gates".to_owned(), reason.to_owned(), step);
        }
        self.say(Fact::Risk(RiskFact::GatesSet(gates)), step);
    }

    /// Tells the person what a new version of the limits changed.
    pub(super) fn note_envelope(&mut self) {
        let Some(newest) = self.risk.versions().last().cloned() else {
            return;
        };
        let words = newest.changes.iter().map(|change| {
            let looser = if change.looser { " (looser)" } else { "" };
            format!("{} {} -> {}{looser}", change.field, change.was, change.now)
        });
        let words: Vec<String> = words.collect();
        if words.is_empty() {
            return;
        }
        let by = newest.by.as_deref().unwrap_or("the configuration");
        let text = format!("limits v{} by {by}: {}", newest.version, words.join(", "));
        self.notice(newest.at, NoticeKind::Info, text);
    }
}
