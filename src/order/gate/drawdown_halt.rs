//! Gate 5: is the fund halted.
//!
//! Only a recorded halt refuses: the loss that sets one off is watched by the
//! engine, and a halt a person lifted stays lifted. The day's loss is shown
//! beside its limit so that a halt is seen coming. A reduction always passes.

use crate::domain::{Money, RejectionCode};
use crate::event::{Measure, Unit};
use crate::order::gate::GateInput;
use crate::order::gate::finding::{Finding, Pass, Refusal, Say};

/// Judges whether risk may be opened at all.
#[inline]
pub(super) fn judge<'a>(input: &GateInput<'a>) -> Finding<'a> {
    let Some(halt) = input.halt else {
        return Ok(match day_loss(input) {
            Some(measure) => Pass::measured("day loss", measure),
            None => Pass::new("not halted"),
        });
    };
    if input.reduces() {
        return Ok(Pass::new("halted, but it reduces"));
    }
    let refusal = Refusal::new(
        RejectionCode::FundHalted,
        Say::Name("halted:", halt.trigger.as_str(), ""),
    );
    Err(match day_loss(input) {
        Some(measure) => refusal.measured(measure),
        None => refusal,
    })
}

/// Returns the day's loss in USD against the loss that halts; none where NAV is not known.
fn day_loss(input: &GateInput<'_>) -> Option<Measure> {
    let (start, nav) = (input.day_start_usd?, input.seen.nav_usd?);
    let loss = (start - nav).max(Money::ZERO);
    Some(Measure {
        unit: Unit::Usd,
        limit: (start * input.limits.day_loss).into(),
        value: loss.into(),
    })
}
