//! What a gate found, before it is put in words.
//!
//! A gate answers with a [`Pass`] or a [`Refusal`]; the words are built only for
//! those who read them: all of them in a preview, the refusing one in a check. So a
//! passing order costs no formatting and no allocation in any gate. A refusal is
//! boxed, so that what passes carries no room for it.

use std::borrow::Cow;
use std::time::Duration;

use rust_decimal::Decimal;

use crate::domain::{GateName, RejectionCode};
use crate::event::{Measure, Outcome, Verdict};
use crate::order::gate::words;

/// One gate's answer, without words.
pub(super) type Finding<'a> = Result<Pass, Box<Refusal<'a>>>;

/// How a refusal is said.
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

/// The answer that lets the order go on.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Pass {
    outcome: Outcome,
    /// Fixed words; what is measured, where there is a measure.
    says: &'static str,
    measure: Option<Measure>,
    age_ms: Option<u64>,
}

/// The answer that stops the order.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Refusal<'a> {
    code: RejectionCode,
    say: Say<'a>,
    measure: Option<Measure>,
    age_ms: Option<u64>,
}

impl Pass {
    /// Makes an answer in fixed words.
    #[inline]
    pub(super) const fn new(says: &'static str) -> Self {
        Self::other(Outcome::Pass, says)
    }

    /// Makes an answer with the limit and the value held against it.
    #[inline]
    pub(super) const fn measured(what: &'static str, measure: Measure) -> Self {
        Self {
            measure: Some(measure),
            ..Self::new(what)
        }
    }

    /// Makes an answer that neither passes nor refuses.
    #[inline]
    pub(super) const fn other(outcome: Outcome, says: &'static str) -> Self {
        Self {
            outcome,
            says,
            measure: None,
            age_ms: None,
        }
    }

    /// Adds the age of the oldest fact it rests on.
    #[inline]
    pub(super) const fn aged(self, age_ms: Option<u64>) -> Self {
        Self { age_ms, ..self }
    }

    /// Puts the answer in words, with all numbers.
    pub(super) fn verdict(&self, gate: &GateName) -> Verdict {
        let reason = match self.measure {
            None => Cow::Borrowed(self.says),
            measure => Cow::Owned(words::measured(self.says, measure, false)),
        };
        Verdict {
            reason,
            ..self.unworded(gate)
        }
    }

    /// Makes a verdict in fixed words: of what passes nobody reads the numbers in words.
    #[inline]
    pub(super) fn unworded(&self, gate: &GateName) -> Verdict {
        let reason = if self.measure.is_some() {
            "within limits"
        } else {
            self.says
        };
        Verdict {
            gate: gate.clone(),
            outcome: self.outcome,
            code: None,
            measure: self.measure,
            age_ms: self.age_ms,
            reason: Cow::Borrowed(reason),
        }
    }
}

impl<'a> Refusal<'a> {
    /// Makes the answer.
    pub(super) fn new(code: RejectionCode, say: Say<'a>) -> Box<Self> {
        Box::new(Self {
            code,
            say,
            measure: None,
            age_ms: None,
        })
    }

    /// Adds the limit and the value held against it.
    pub(super) fn measured(mut self: Box<Self>, measure: Measure) -> Box<Self> {
        self.measure = Some(measure);
        self
    }

    /// Adds the age of the oldest fact it rests on.
    pub(super) fn aged(mut self: Box<Self>, age_ms: Option<u64>) -> Box<Self> {
        self.age_ms = age_ms;
        self
    }

    /// Returns its code.
    pub(super) fn code(&self) -> RejectionCode {
        self.code.clone()
    }

    /// Puts the answer in words.
    pub(super) fn verdict(&self, gate: GateName) -> Verdict {
        let reason = match self.say {
            Say::Plain(text) => Cow::Borrowed(text),
            Say::Measured(what) => Cow::Owned(words::measured(what, self.measure, true)),
            Say::Wait(what, wait) => {
                let measured = words::measured(what, self.measure, true);
                Cow::Owned(format!("{measured} in 1 s: {}", words::wait(wait)))
            }
            Say::Name(before, name, after) => Cow::Owned(words::named(before, name, after)),
            Say::Pair(before, a, between, b) => Cow::Owned(words::pair(before, a, between, b)),
        };
        Verdict {
            gate,
            outcome: Outcome::Refuse,
            code: Some(self.code.clone()),
            measure: self.measure,
            age_ms: self.age_ms,
            reason,
        }
    }
}
