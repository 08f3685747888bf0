//! What a gate found, before it is put in words.
//!
//! A gate answers with numbers and a [`Say`]; the words are built only for those
//! who read them: all of them in a preview, the refusing one in a check. So a
//! passing order costs no formatting and no allocation in any gate.

use std::borrow::Cow;
use std::time::Duration;

use rust_decimal::Decimal;

use crate::domain::{GateName, RejectionCode};
use crate::event::{Measure, Outcome, Verdict};
use crate::order::gate::words;

/// How a finding is said.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Say<'a> {
    /// Fixed words.
    Plain(&'static str),
    /// What is measured; the numbers are the measure's.
    Measured(&'static str),
    /// Words, a name, words.
    Name(&'static str, &'a str, &'static str),
    /// Words, a number, words, a number.
    Pair(&'static str, Decimal, &'static str, Decimal),
    /// What is measured, and after how long it fits.
    Wait(&'static str, Duration),
}

/// Whose words are wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Wording {
    /// Everyone's, with all numbers.
    All,
    /// Only those of a refusal; what passes says so in fixed words.
    Refusals,
}

/// One gate's answer, without words.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Finding<'a> {
    outcome: Outcome,
    code: Option<RejectionCode>,
    measure: Option<Measure>,
    age_ms: Option<u64>,
    say: Say<'a>,
}

impl<'a> Finding<'a> {
    /// Makes the answer that lets the order go on.
    #[inline]
    pub(super) const fn pass(say: Say<'a>) -> Self {
        Self::other(Outcome::Pass, say)
    }

    /// Makes the answer that stops the order.
    #[inline]
    pub(super) const fn refuse(code: RejectionCode, say: Say<'a>) -> Self {
        Self {
            outcome: Outcome::Refuse,
            code: Some(code),
            measure: None,
            age_ms: None,
            say,
        }
    }

    /// Makes an answer that neither passes nor refuses.
    #[inline]
    pub(super) const fn other(outcome: Outcome, say: Say<'a>) -> Self {
        Self {
            outcome,
            code: None,
            measure: None,
            age_ms: None,
            say,
        }
    }

    /// Adds the limit and the value held against it.
    #[inline]
    pub(super) fn measured(mut self, measure: Measure) -> Self {
        self.measure = Some(measure);
        self
    }

    /// Adds the age of the oldest fact it rests on.
    #[inline]
    pub(super) fn aged(mut self, age_ms: Option<u64>) -> Self {
        self.age_ms = age_ms;
        self
    }

    /// Returns the code of a refusal; none when it does not refuse.
    #[inline]
    pub(super) fn refusal(&self) -> Option<&RejectionCode> {
        match self.outcome {
            Outcome::Refuse => self.code.as_ref(),
            Outcome::Pass | Outcome::AskedOnSend | Outcome::Off => None,
        }
    }

    /// Puts the answer in words.
    #[inline]
    pub(super) fn verdict(&self, gate: GateName, wording: Wording) -> Verdict {
        if wording == Wording::Refusals && self.outcome == Outcome::Pass {
            return Verdict {
                gate,
                outcome: self.outcome,
                code: None,
                measure: self.measure,
                age_ms: self.age_ms,
                reason: Cow::Borrowed(match self.say {
                    Say::Plain(text) => text,
                    Say::Measured(_) | Say::Name(..) | Say::Pair(..) | Say::Wait(..) => {
                        "within limits"
                    }
                }),
            };
        }
        self.worded(gate, wording)
    }

    fn worded(&self, gate: GateName, wording: Wording) -> Verdict {
        let refused = self.outcome == Outcome::Refuse;
        let reason = match self.say {
            Say::Plain(text) => Cow::Borrowed(text),
            Say::Measured(_) | Say::Name(..) | Say::Pair(..) | Say::Wait(..)
                if !refused && wording == Wording::Refusals =>
            {
                Cow::Borrowed("within limits")
            }
            Say::Measured(what) => Cow::Owned(words::measured(what, self.measure, refused)),
            Say::Wait(what, wait) => {
                let measured = words::measured(what, self.measure, refused);
                Cow::Owned(format!("{measured} in 1 s: {}", words::wait(wait)))
            }
            Say::Name(before, name, after) => Cow::Owned(words::named(before, name, after)),
            Say::Pair(before, a, between, b) => Cow::Owned(words::pair(before, a, between, b)),
        };
        Verdict {
            gate,
            outcome: self.outcome,
            code: self.code.clone(),
            measure: self.measure,
            age_ms: self.age_ms,
            reason,
        }
    }
}
