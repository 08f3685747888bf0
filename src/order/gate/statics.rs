//! Gate 3: allow lists, sizes of one order, a fresh price to judge by, the rate of sending.
//!
//! An empty allow list allows nothing. A reduction needs no fresh price and has room
//! of its own in the rate; it keeps the bounds on one order's size where its value is
//! known, because they catch a slip of the finger on the way out too: `max` then
//! tells how much goes at once.

use crate::domain::{Exact, RejectionCode};
use crate::event::{Measure, Unit};
use crate::order::gate::GateInput;
use crate::order::gate::finding::{Finding, Pass, Refusal, Say};
use crate::order::rate::Scope;

/// Judges the order against the lists and the bounds of one order.
#[inline]
pub(super) fn judge<'a>(input: &GateInput<'a>) -> Finding<'a> {
    if let Some(refusal) = lists(input) {
        return Err(refusal);
    }
    let reduces = input.reduces();
    let age_ms = input.seen.quote_age_ms;
    let refusal = lock(input, reduces)
        .or_else(|| market(input, reduces))
        .or_else(|| units(input))
        .or_else(|| rate(input, reduces));
    match refusal.map_or_else(|| size(input), Err) {
        Ok(pass) => Ok(pass.aged(age_ms)),
        Err(refusal) => Err(refusal.aged(age_ms)),
    }
}

/// Returns the list that does not allow the order, if any.
fn lists<'a>(input: &GateInput<'a>) -> Option<Box<Refusal<'a>>> {
    use RejectionCode::{
        AssetClassNotAllowed, BrokerNotAllowed, OrderTypeNotAllowed, StrategyNotAllowed,
    };
    let (order, envelope, fund) = (input.order, input.envelope, input.fund);
    if !fund.active {
        let say = Say::Name("fund", fund.fund_id.as_str(), "is not active");
        return Some(Refusal::new(StrategyNotAllowed, say));
    }
    if !envelope.allowed_brokers.contains(&order.broker) {
        let say = if envelope.allowed_brokers.is_empty() {
            Say::Plain("no broker is allowed: the list is empty")
        } else {
            Say::Name("broker", order.broker.as_str(), "is not allowed")
        };
        return Some(Refusal::new(BrokerNotAllowed, say));
    }
    if !envelope.allowed_order_types.contains(&order.order_type) {
        let say = if envelope.allowed_order_types.is_empty() {
            Say::Plain("no order type is allowed: the list is empty")
        } else {
            Say::Name("type", order.order_type.as_str(), "is not allowed")
        };
        return Some(Refusal::new(OrderTypeNotAllowed, say));
    }
    let class = order.symbol.asset_class();
    if !envelope.allowed_asset_classes.contains(&class) || !fund.asset_classes.contains(&class) {
        let say = if envelope.allowed_asset_classes.is_empty() {
            Say::Plain("no asset class is allowed: the list is empty")
        } else if fund.asset_classes.is_empty() {
            Say::Plain("no asset class is allowed: the fund's list is empty")
        } else {
            Say::Name("asset class", class.as_str(), "is not allowed")
        };
        return Some(Refusal::new(AssetClassNotAllowed, say));
    }
    if !fund.strategies.contains(&order.strategy_id) {
        let say = if fund.strategies.is_empty() {
            Say::Plain("no strategy is allowed: the fund's list is empty")
        } else {
            Say::Name("strategy", order.strategy_id.as_str(), "is not allowed")
        };
        return Some(Refusal::new(StrategyNotAllowed, say));
    }
    let capability = input.capability?;
    if !capability.order_types.contains(&order.order_type) {
        let say = Say::Name("the broker takes no", order.order_type.as_str(), "orders");
        return Some(Refusal::new(OrderTypeNotAllowed, say));
    }
    if !capability.tifs.contains(&order.tif) {
        let say = Say::Name("the broker takes no", order.tif.as_str(), "orders");
        return Some(Refusal::new(OrderTypeNotAllowed, say));
    }
    if !capability.asset_classes.contains(&class) {
        let say = Say::Name("the broker trades no", class.as_str(), "");
        return Some(Refusal::new(AssetClassNotAllowed, say));
    }
    None
}

/// Returns the refusal of an order that opens risk in a symbol whose books are in question.
fn lock<'a>(input: &GateInput<'a>, reduces: bool) -> Option<Box<Refusal<'a>>> {
    let why = input.locked.filter(|_| !reduces)?;
    Some(Refusal::new(
        RejectionCode::SymbolLocked,
        Say::Name("locked:", why, ""),
    ))
}

/// Returns why the market cannot be judged by, if it cannot and must.
fn market<'a>(input: &GateInput<'a>, reduces: bool) -> Option<Box<Refusal<'a>>> {
    if reduces {
        return None;
    }
    if input.seen.quote.is_none() {
        return Some(Refusal::new(
            RejectionCode::NoReferencePrice,
            Say::Plain("no quote"),
        ));
    }
    if input.seen.usd_rate.is_none() {
        return Some(Refusal::new(
            RejectionCode::NoReferencePrice,
            Say::Plain("no rate from its currency to USD"),
        ));
    }
    let Some(age) = input.seen.quote_age_ms else {
        return Some(Refusal::new(
            RejectionCode::StaleQuote,
            Say::Plain("age of the quote unknown"),
        ));
    };
    let rate_age = input.seen.usd_rate_age_ms.unwrap_or(0);
    let (what, age) = if age > input.stale_after_ms {
        ("quote age", age)
    } else {
        ("age of the rate to USD", rate_age)
    };
    (age > input.stale_after_ms).then(|| {
        Refusal::new(RejectionCode::StaleQuote, Say::Measured(what)).measured(Measure {
            unit: Unit::Ms,
            limit: Exact::from(input.stale_after_ms),
            value: Exact::from(age),
        })
    })
}

/// Returns the refusal of an order with too many units, if it has.
fn units<'a>(input: &GateInput<'a>) -> Option<Box<Refusal<'a>>> {
    let most = input.limits.order_units?;
    (input.order.quantity > most).then(|| {
        Refusal::new(RejectionCode::MaxOrderQty, Say::Measured("units")).measured(Measure {
            unit: Unit::Units,
            limit: most.into(),
            value: input.order.quantity.into(),
        })
    })
}

/// Returns the refusal of an order that would be one message too many within the second, if it would.
fn rate<'a>(input: &GateInput<'a>, reduces: bool) -> Option<Box<Refusal<'a>>> {
    let over = input.rates.over(&input.order.broker, reduces, input.now)?;
    let what = match (over.scope, reduces) {
        (Scope::Fund, false) => "messages of the fund",
        (Scope::Fund, true) => "orders of the fund",
        (Scope::Venue, false) => "messages to the venue",
        (Scope::Venue, true) => "orders to the venue",
    };
    let say = Say::Wait(what, over.wait);
    Some(
        Refusal::new(RejectionCode::RateLimit, say).measured(Measure {
            unit: Unit::Count,
            limit: Exact::from(over.most),
            value: Exact::from(over.value),
        }),
    )
}

/// Judges what the order is worth.
fn size<'a>(input: &GateInput<'a>) -> Finding<'a> {
    let Some(notional) = input.notional_usd() else {
        return Ok(Pass::new("reduces; value unknown"));
    };
    let what = "notional";
    let most = input.limits.order_usd;
    let measure = Measure {
        unit: Unit::Usd,
        limit: most.into(),
        value: notional.into(),
    };
    if notional > most {
        let code = RejectionCode::MaxOrderNotional;
        Err(Refusal::new(code, Say::Measured(what)).measured(measure))
    } else {
        Ok(Pass::measured(what, measure))
    }
}
