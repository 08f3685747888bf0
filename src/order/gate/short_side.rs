//! Gate 6: shorting.
//!
//! An order opens or extends a short when its side says so, or when it could sell
//! more than is held once every working sell is done. What borrowing costs is not
//! known to the desk yet, so where a located borrow is required no short passes.

use crate::domain::{RejectionCode, Side};
use crate::order::gate::GateInput;
use crate::order::gate::finding::{Finding, Pass, Refusal, Say};

/// Judges whether the order may leave the fund short.
#[inline]
pub(super) fn judge<'a>(input: &GateInput<'a>) -> Finding<'a> {
    let order = input.order;
    let beyond = !order.side.is_buy() && order.quantity + input.working_sell > input.position;
    if !beyond && order.side != Side::Short {
        return Ok(Pass::new("opens no short"));
    }
    if !input.envelope.enable_shorting {
        let code = RejectionCode::ShortingDisabled;
        let say = if !beyond || !input.position.is_positive() {
            Say::Plain("shorting is switched off")
        } else if input.working_sell.is_positive() {
            let working = input.working_sell.decimal();
            Say::Pair(
                "sells beyond",
                input.position.decimal(),
                "held, working",
                working,
            )
        } else {
            let (quantity, held) = (order.quantity.decimal(), input.position.decimal());
            Say::Pair("sells", quantity, "of", held)
        };
        return Err(Refusal::new(code, say));
    }
    if input.envelope.require_borrow_locate {
        let say = Say::Plain("a borrow must be located first");
        return Err(Refusal::new(RejectionCode::LocateRequired, say));
    }
    Ok(Pass::new("shorting is switched on"))
}
