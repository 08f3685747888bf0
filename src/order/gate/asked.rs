//! The gates that ask outside: which of them an order still needs, and what their answers come to.
//!
//! Asked one after the other and only once every pure gate has passed: gates a user
//! registered, then cro_veto, then a person. A gate without an answer gives neither a
//! pass nor a refusal, and the chain makes no right to send before it has one. What
//! registered gates and persons do not answer in time they refuse; cro_veto alone
//! fails open.

use std::borrow::Cow;
use std::time::Duration;

use crate::domain::{GateName, RejectionCode, RiskEnvelope};
use crate::event::{AskedGate, Asks, Outcome, Said, Verdict, human_veto};
use crate::order::gate::{GateInput, cro_veto};

/// How long a registered gate may take.
const CUSTOM_WITHIN: Duration = Duration::from_millis(50);
/// The most characters of an answer's own words that a verdict repeats.
const WORDS_MOST: usize = 200;

impl<'a> GateInput<'a> {
    /// Returns what a gate outside answered about the order; none before it did.
    pub(super) fn answer_of(&self, gate: &GateName) -> Option<&'a Verdict> {
        self.answers.iter().find(|answer| answer.gate == *gate)
    }
}

/// Adds what each gate that may ask outside says, in order, while `go_on` answers true; returns false when it did not.
///
/// Each verdict is made where it stays: made first and pushed then, it would be copied part by part.
#[inline]
fn ask(
    input: &GateInput<'_>,
    into: &mut Vec<Verdict>,
    mut go_on: impl FnMut(&mut Vec<Verdict>) -> bool,
) -> bool {
    for gate in &input.asks.gates {
        into.push(custom(input, gate));
        if !go_on(into) {
            return false;
        }
    }
    if let Some(answer) = input.answer_of(&GateName::CroVeto) {
        into.push(answer.clone());
    } else {
        let pass = cro_veto::unanswered(input);
        into.extend(std::iter::once_with(|| pass.unworded(&GateName::CroVeto)));
    }
    go_on(into)
        && person(input).is_none_or(|person| {
            into.push(person);
            go_on(into)
        })
}

/// Adds what all of them say.
pub(super) fn all(input: &GateInput<'_>, into: &mut Vec<Verdict>) {
    ask(input, into, |_| true);
}

/// Adds the verdicts up to the first that stops the order or has to be waited for; returns true when none does.
#[inline]
pub(super) fn pass(input: &GateInput<'_>, into: &mut Vec<Verdict>) -> bool {
    ask(input, into, |into| goes_on(input, into))
}

/// Returns true when the last verdict lets the order go on; where it has to be waited for, adds a veto that came before it.
#[inline]
fn goes_on(input: &GateInput<'_>, into: &mut Vec<Verdict>) -> bool {
    match into.last().map(|verdict| verdict.outcome) {
        None | Some(Outcome::Pass | Outcome::Unanswered | Outcome::Off) => true,
        Some(Outcome::Refuse) => false,
        Some(Outcome::AskedOnSend) => {
            // A person's veto does not wait for whoever else was asked.
            let refused = |answer: &&Verdict| answer.outcome == Outcome::Refuse;
            into.extend(input.answers.iter().find(refused).cloned());
            false
        }
    }
}

fn custom(input: &GateInput<'_>, gate: &AskedGate) -> Verdict {
    let name = gate.gate.clone();
    match input.answer_of(&name) {
        Some(answer) => answer.clone(),
        None if input.reduces() && !gate.exits => {
            verdict(name, Outcome::Pass, "only reduces: not asked")
        }
        None => verdict(name, Outcome::AskedOnSend, "asked on sending"),
    }
}

/// Returns the row of the person; none where no person is asked and none spoke.
fn person(input: &GateInput<'_>) -> Option<Verdict> {
    let name = human_veto();
    if let Some(answer) = input.answer_of(&name) {
        return Some(answer.clone());
    }
    input.asks.person_ms?;
    Some(if input.reduces() {
        verdict(name, Outcome::Pass, "only reduces: not asked")
    } else {
        verdict(name, Outcome::AskedOnSend, "a person is asked on sending")
    })
}

/// Returns how long a gate may take to answer.
pub fn within(gate: &GateName, asks: &Asks, envelope: &RiskEnvelope) -> Duration {
    match (gate, asks.person_ms) {
        (GateName::CroVeto, _) => cro_veto::within(envelope),
        (gate, Some(ms)) if *gate == human_veto() => Duration::from_millis(ms),
        _ => CUSTOM_WITHIN,
    }
}

/// Puts the answer of a gate outside in a verdict.
pub fn weigh(gate: &GateName, said: &Said, took_ms: u64, envelope: &RiskEnvelope) -> Verdict {
    if *gate == GateName::CroVeto {
        return cro_veto::weigh(said, took_ms, envelope);
    }
    match said {
        Said::Pass => {
            let words = format!("passed in {took_ms} ms");
            verdict(gate.clone(), Outcome::Pass, words)
        }
        Said::Refuse => refused(gate, format!("refused in {took_ms} ms")),
        Said::Nothing { why } => refused(
            gate,
            format!("no answer after {took_ms} ms: {}", clipped(why)),
        ),
        Said::Opinion { .. } => refused(gate, "its answer is neither yes nor no".to_owned()),
    }
}

/// Puts a person's word in a verdict.
pub fn decided(pass: bool, actor: &str, reason: &str) -> Verdict {
    let (gate, actor, reason) = (human_veto(), clipped(actor), clipped(reason.trim()));
    let why = if reason.is_empty() {
        String::new()
    } else {
        format!(": {reason}")
    };
    if pass {
        verdict(gate, Outcome::Pass, format!("passed by {actor}{why}"))
    } else {
        refused(&gate, format!("vetoed by {actor}{why}"))
    }
}

/// Says what follows when nobody answered in time.
pub fn overdue(gate: &GateName, waited: Duration, envelope: &RiskEnvelope) -> Verdict {
    let took_ms = u64::try_from(waited.as_millis()).unwrap_or(u64::MAX);
    if *gate == human_veto() {
        let words = format!("nobody passed it within {} s", waited.as_secs());
        return refused(gate, words);
    }
    let why = "its time is over".to_owned();
    weigh(gate, &Said::Nothing { why }, took_ms, envelope)
}

fn refused(gate: &GateName, words: String) -> Verdict {
    Verdict {
        code: Some(RejectionCode::Custom(gate.as_str().into())),
        ..verdict(gate.clone(), Outcome::Refuse, words)
    }
}

pub(super) fn verdict(
    gate: GateName,
    outcome: Outcome,
    reason: impl Into<Cow<'static, str>>,
) -> Verdict {
    Verdict {
        gate,
        outcome,
        code: None,
        measure: None,
        age_ms: None,
        reason: reason.into(),
    }
}

/// Returns words from outside as one plain line of bounded length: nothing in them may steer a terminal.
pub(super) fn clipped(text: &str) -> String {
    let plain = |c: char| if c.is_control() { ' ' } else { c };
    text.chars().map(plain).take(WORDS_MOST).collect()
}
