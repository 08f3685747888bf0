//! Gate 6: shorting.
//!
//! An order opens or extends a short when its side says so, or when it could sell
//! more than is held once every working sell is done. A short must be switched on; what
//! is sold short and must be delivered is borrowed, so its fee must be known, of late and
//! within the limit, and where the lender says how much is left, or a borrow must be
//! located first, there must be enough for the whole short at worst. Where a short is
//! only a contract (fx, futures, options) there is nothing to borrow.

use std::time::Duration;

use crate::domain::{Borrow, Exact, Quantity, RejectionCode, Side};
use crate::event::{Measure, Unit};
use crate::order::gate::GateInput;
use crate::order::gate::finding::{Finding, Pass, Refusal, Say};

/// Age beyond which the terms of a borrow are as good as unknown: a weekend and a holiday.
pub(super) const BORROW_STALE_AFTER: Duration = Duration::from_hours(96);

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
    if order.symbol.asset_class().is_borrowed() {
        borrowed(input)
    } else {
        Ok(Pass::new("shorting is switched on; nothing to borrow"))
    }
}

/// Judges the terms of the borrow.
fn borrowed<'a>(input: &GateInput<'a>) -> Finding<'a> {
    let fee = |what| Refusal::new(RejectionCode::BorrowFee, Say::Plain(what));
    let Some(borrow) = &input.seen.borrow else {
        return Err(fee("borrow fee unknown: name it in borrow.csv"));
    };
    if let Some(age) = age(borrow, input).filter(|age| *age > BORROW_STALE_AFTER) {
        let say = Say::Measured("age of the borrow fee");
        let millis = |time: Duration| Exact::from(u64::try_from(time.as_millis()).unwrap_or(0));
        return Err(
            Refusal::new(RejectionCode::BorrowFee, say).measured(Measure {
                unit: Unit::Ms,
                limit: millis(BORROW_STALE_AFTER),
                value: millis(age),
            }),
        );
    }
    let measure = Measure {
        unit: Unit::Bps,
        limit: input.limits.borrow_bps.into(),
        value: borrow.fee_bps.into(),
    };
    if borrow.fee_bps > input.limits.borrow_bps {
        let say = Say::Measured("borrow fee");
        return Err(Refusal::new(RejectionCode::BorrowFee, say).measured(measure));
    }
    if let Some(refusal) = located(borrow, input) {
        return Err(refusal);
    }
    Ok(Pass::measured("borrow fee", measure))
}

/// Returns how old the terms are; none where they hold until they are changed.
fn age(borrow: &Borrow, input: &GateInput<'_>) -> Option<Duration> {
    Some(input.now.since(borrow.asof?))
}

/// Returns the refusal of a short that there is nothing to deliver for, if so.
fn located<'a>(borrow: &Borrow, input: &GateInput<'a>) -> Option<Box<Refusal<'a>>> {
    let code = RejectionCode::LocateRequired;
    // The whole short at worst: what is short already was borrowed once and stays so.
    let short = input.order.quantity + input.working_sell - input.position;
    let new = short.min(input.order.quantity + input.working_sell);
    let too_many = |what, most: Quantity, units: Quantity| {
        (units > most).then(|| {
            Refusal::new(code.clone(), Say::Measured(what)).measured(Measure {
                unit: Unit::Units,
                limit: most.into(),
                value: units.into(),
            })
        })
    };
    if let Some(refusal) = borrow
        .available
        .and_then(|most| too_many("units to borrow", most, new))
    {
        return Some(refusal);
    }
    if !input.envelope.require_borrow_locate {
        return None;
    }
    let Some(located) = borrow.located else {
        let say = Say::Plain("a borrow must be located first: none is");
        return Some(Refusal::new(code, say));
    };
    too_many("units short, located", located, short)
}
