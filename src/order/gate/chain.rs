//! The chain: the documented order of the gates, and the one place that makes an [`Approved`].
//!
//! Three readings of one list: [`check`] stops at the first refusal and gives the
//! right to send, [`preview`] asks all and gives nothing, [`refusal`] answers with
//! the first refusing gate and no words, for searches that ask many times.

use crate::domain::{GateName, Order, RejectionCode};
use crate::event::{Outcome, Verdict};
use crate::order::gate::finding::{Finding, Wording};
use crate::order::gate::{
    GateInput, cro_veto, drawdown_halt, idempotency, position_risk, schema, short_side, statics,
};

/// The right to send. Its field is private to this file: nothing else can make one.
#[derive(Debug, Clone, PartialEq)]
pub struct Approved<T>(T);

impl<T> Approved<T> {
    /// Looks at what was approved.
    pub fn get(&self) -> &T {
        &self.0
    }

    /// Takes out what was approved, giving up the right.
    pub fn into_inner(self) -> T {
        self.0
    }
}

type Judge = for<'a> fn(&GateInput<'a>) -> Finding<'a>;

/// The pure gates in the documented order. Gates a user registers stand after the last of them.
const PURE: [(GateName, Judge); 6] = [
    (GateName::Idempotency, idempotency::judge),
    (GateName::Schema, schema::judge),
    (GateName::Static, statics::judge),
    (GateName::PositionRisk, position_risk::judge),
    (GateName::DrawdownHalt, drawdown_halt::judge),
    (GateName::ShortSide, short_side::judge),
];

/// Asks the gates in order and stops at the first that refuses.
///
/// Returns the verdicts of the gates asked, and the right to send when none refused.
/// Words with numbers are built for the refusal only.
pub fn check(input: &GateInput<'_>) -> (Vec<Verdict>, Option<Approved<Order>>) {
    let mut verdicts = Vec::with_capacity(PURE.len() + 1);
    for (gate, judge) in &PURE {
        let verdict = judge(input).verdict(gate.clone(), Wording::Refusals);
        let refused = verdict.outcome == Outcome::Refuse;
        verdicts.push(verdict);
        if refused {
            return (verdicts, None);
        }
    }
    verdicts.push(cro_veto::judge(input).verdict(GateName::CroVeto, Wording::Refusals));
    (verdicts, Some(Approved(input.order.clone())))
}

/// Asks every gate, cro_veto last, and puts all answers in words; approves nothing.
pub fn preview(input: &GateInput<'_>) -> Vec<Verdict> {
    let mut verdicts = Vec::with_capacity(PURE.len() + 1);
    for (gate, judge) in &PURE {
        verdicts.push(judge(input).verdict(gate.clone(), Wording::All));
    }
    verdicts.push(cro_veto::judge(input).verdict(GateName::CroVeto, Wording::All));
    verdicts
}

/// Returns the first gate that refuses and its code; none when all pure gates pass.
pub fn refusal(input: &GateInput<'_>) -> Option<(GateName, RejectionCode)> {
    PURE.iter().find_map(|(gate, judge)| {
        let finding = judge(input);
        let code = finding.refusal()?;
        Some((gate.clone(), code.clone()))
    })
}
