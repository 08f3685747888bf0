//! The chain: the documented order of the gates, and the one place that makes an [`Approved`].
//!
//! Readings of one list: [`check`] stops at the first refusal and gives the right to
//! send, [`preview`] asks all and gives nothing, [`refusal`] answers with the first
//! refusing gate and no words, for searches that ask many times, [`walk`] asks all for
//! whoever times them.

use std::sync::Arc;

use crate::domain::{GateName, Order, RejectionCode};
use crate::event::Verdict;
use crate::order::gate::finding::Finding;
use crate::order::gate::{
    GateInput, asked, drawdown_halt, idempotency, position_risk, schema, short_side, statics,
};

/// The right to send. Its field is private to this file: nothing else can make one.
///
/// What was approved is shared with whoever asked, so giving the right copies no order.
#[derive(Debug, Clone, PartialEq)]
pub struct Approved<T>(Arc<T>);

impl<T: Clone> Approved<T> {
    /// Looks at what was approved.
    pub fn get(&self) -> &T {
        &self.0
    }

    /// Takes out what was approved, giving up the right.
    pub fn into_inner(self) -> T {
        Arc::unwrap_or_clone(self.0)
    }
}

/// Asks the gates in the documented order while `go_on` answers true; returns false when it did not.
///
/// The gates that ask outside, cro_veto among them, come after these: see `asked`.
/// Name and finding are only lent: handed on, they would be copied once more between gate and verdict.
#[inline]
fn ask<'a>(input: &GateInput<'a>, mut go_on: impl FnMut(&GateName, &Finding<'a>) -> bool) -> bool {
    go_on(&GateName::Idempotency, &idempotency::judge(input))
        && go_on(&GateName::Schema, &schema::judge(input))
        && go_on(&GateName::Static, &statics::judge(input))
        && go_on(&GateName::PositionRisk, &position_risk::judge(input))
        && go_on(&GateName::DrawdownHalt, &drawdown_halt::judge(input))
        && go_on(&GateName::ShortSide, &short_side::judge(input))
        && input.gates.ask(input, &mut go_on)
}

/// Asks the gates in order and stops at the first that refuses.
///
/// Returns the verdicts of the gates asked, and the right to send when none refused. While a gate outside
/// has not answered there is none: the last verdict then says which one is to be asked. Words with numbers
/// are built for the refusal only.
pub fn check(input: &GateInput<'_>) -> (Vec<Verdict>, Option<Approved<Order>>) {
    let mut verdicts = Vec::with_capacity(GateName::DOCUMENTED.len() + input.gates.count());
    let passed = ask(input, |gate, finding| match finding {
        Ok(pass) => {
            // Made where it stays: made first and pushed then, it would be copied part by part.
            verdicts.extend(std::iter::once_with(|| pass.unworded(gate)));
            true
        }
        Err(refusal) => {
            verdicts.push(refusal.verdict(gate.clone()));
            false
        }
    }) && asked::pass(input, &mut verdicts);
    (verdicts, passed.then(|| Approved(Arc::clone(input.order))))
}

/// Asks every gate and puts all answers in words; approves nothing.
pub fn preview(input: &GateInput<'_>) -> Vec<Verdict> {
    let mut verdicts = Vec::with_capacity(GateName::DOCUMENTED.len() + input.gates.count());
    ask(input, |gate, finding| {
        verdicts.push(match finding {
            Ok(pass) => pass.verdict(gate),
            Err(refusal) => refusal.verdict(gate.clone()),
        });
        true
    });
    asked::all(input, &mut verdicts);
    verdicts
}

/// Returns the first pure gate that refuses and its code; none when all pass.
pub fn refusal(input: &GateInput<'_>) -> Option<(GateName, RejectionCode)> {
    let mut first = None;
    ask(input, |gate, finding| {
        first = (finding.as_ref().err()).map(|refusal| (gate.clone(), refusal.code()));
        first.is_none()
    });
    first
}

/// Returns true when that gate refuses, without asking the others; a custom gate is not asked by itself.
pub(super) fn refuses(input: &GateInput<'_>, gate: &GateName) -> bool {
    match gate {
        GateName::Idempotency => idempotency::judge(input).is_err(),
        GateName::Schema => schema::judge(input).is_err(),
        GateName::Static => statics::judge(input).is_err(),
        GateName::PositionRisk => position_risk::judge(input).is_err(),
        GateName::DrawdownHalt => drawdown_halt::judge(input).is_err(),
        GateName::ShortSide => short_side::judge(input).is_err(),
        GateName::Custom(_) | GateName::CroVeto => false,
    }
}

/// Asks every pure gate in order, calls `lap` without a name before the first and with its name after each.
///
/// Approves nothing. Whoever has a clock learns from it how long each takes.
pub fn walk(input: &GateInput<'_>, lap: &mut dyn FnMut(Option<GateName>)) {
    lap(None);
    ask(input, |gate, finding| {
        // An answer nobody reads would not have to be worked out.
        std::hint::black_box(finding);
        lap(Some(gate.clone()));
        true
    });
}
