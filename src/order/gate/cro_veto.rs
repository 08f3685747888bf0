//! Gate 7: the chief-risk-officer model.
//!
//! It asks outside, so it has no say in a preview. It fails open, as documented:
//! where no model can be asked the order goes, and the verdict says so.

use crate::event::Outcome;
use crate::order::gate::GateInput;
use crate::order::gate::finding::{Finding, Pass};

/// Says whether the model is asked.
#[expect(
    clippy::unnecessary_wraps,
    reason = "every gate answers in the same way"
)]
#[inline]
pub(super) fn judge<'a>(input: &GateInput<'a>) -> Finding<'a> {
    if input.envelope.cro_veto_enabled {
        let says = "no model to ask: passes unasked";
        Ok(Pass::other(Outcome::AskedOnSend, says))
    } else {
        Ok(Pass::other(Outcome::Off, "switched off"))
    }
}
