//! Gate 2: is it an order at all: known parts, whole lots, the prices its type needs, on the grid.
//!
//! Looks at the order and reference data only, never at the market or the book.

use rust_decimal::Decimal;

use crate::domain::{Instrument, Price, RejectionCode};
use crate::order::gate::GateInput;
use crate::order::gate::finding::{Finding, Pass, Refusal, Say};

/// Judges the order's form.
#[inline]
pub(super) fn judge<'a>(input: &GateInput<'a>) -> Finding<'a> {
    let order = input.order;
    let Some(instrument) = input.instrument else {
        let say = Say::Name("symbol", order.symbol.as_str(), "is not known");
        return Err(invalid(say));
    };
    if input.capability.is_none() {
        return Err(invalid(Say::Name(
            "broker",
            order.broker.as_str(),
            "is not known",
        )));
    }
    if order.fund_id != input.fund.fund_id {
        return Err(invalid(Say::Name(
            "fund",
            order.fund_id.as_str(),
            "is not this desk's",
        )));
    }
    if !order.quantity.is_positive() {
        return Err(invalid(Say::Pair(
            "quantity",
            order.quantity.decimal(),
            "must be above",
            Decimal::ZERO,
        )));
    }
    if !order.quantity.is_whole_lots(instrument.lot) {
        let (quantity, lot) = (order.quantity.decimal(), instrument.lot.decimal());
        return Err(invalid(Say::Pair(
            "quantity",
            quantity,
            "is off the lot",
            lot,
        )));
    }
    let kind = order.order_type;
    let limit = price(&LIMIT, order.limit_price, kind.needs_limit(), instrument);
    let stop = price(&STOP, order.stop_price, kind.needs_stop(), instrument);
    match limit.or(stop) {
        Some(refusal) => Err(refusal),
        None => Ok(Pass::new("well formed")),
    }
}

fn invalid(say: Say<'_>) -> Box<Refusal<'_>> {
    Refusal::new(RejectionCode::SchemaInvalid, say)
}

/// The words for one of the two price fields.
struct PriceWords {
    name: &'static str,
    missing: &'static str,
    unused: &'static str,
}

const LIMIT: PriceWords = PriceWords {
    name: "limit",
    missing: "a limit price is needed",
    unused: "this order type takes no limit price",
};
const STOP: PriceWords = PriceWords {
    name: "stop",
    missing: "a stop price is needed",
    unused: "this order type takes no stop price",
};

/// Returns what is wrong with one price field, if anything.
fn price(
    words: &PriceWords,
    price: Option<Price>,
    needed: bool,
    instrument: &Instrument,
) -> Option<Box<Refusal<'static>>> {
    let price = match (price, needed) {
        (None, false) => return None,
        (None, true) => {
            return Some(Refusal::new(
                RejectionCode::MissingPrice,
                Say::Plain(words.missing),
            ));
        }
        (Some(_), false) => return Some(invalid(Say::Plain(words.unused))),
        (Some(price), true) => price,
    };
    if !price.is_positive() {
        let say = Say::Pair(words.name, price.decimal(), "must be above", Decimal::ZERO);
        return Some(invalid(say));
    }
    (!price.is_on_tick(instrument.tick)).then(|| {
        let (price, tick) = (price.decimal(), instrument.tick.decimal());
        invalid(Say::Pair(words.name, price, "is off the tick", tick))
    })
}
