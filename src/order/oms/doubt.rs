//! Can a fill be what it says: checked against its order before it is booked.
//!
//! A wrong report that was booked would corrupt the books, and the right one that
//! follows under the same name would be taken for its copy. So a fill that
//! contradicts its order is held back and said; the venue's own word decides: when
//! it says the same again, it is booked. What cannot be a fill at all, and fills of
//! orders this desk never made, are never booked.

use rust_decimal::Decimal;

use crate::domain::{BrokerId, Fill, Order, Price};
use crate::order::oms::{Flight, Orders};

/// A price so many times the newest mark, or so small a part of it, is not believed at once.
const PRICE_FACTOR: i64 = 10;

/// Why a fill is not booked at once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Doubt {
    /// It cannot be true, however often it is said.
    Never(String),
    /// It contradicts what is known; booked when the venue says it again.
    Until(String),
}

/// Says what is wrong with a fill; none when it can be booked.
///
/// `ours` tells whether an order that is not at hand was made by this desk.
pub(super) fn doubt(
    orders: &Orders,
    broker: &BrokerId,
    fill: &Fill,
    mark: Option<Price>,
    ours: bool,
) -> Option<Doubt> {
    if !fill.quantity.is_positive() {
        return Some(Doubt::Never(format!(
            "is for {} units: it must be above 0",
            fill.quantity
        )));
    }
    if !fill.price.is_positive() {
        return Some(Doubt::Never(format!(
            "is priced {}: it must be above 0",
            fill.price
        )));
    }
    let id = &fill.order_id;
    let Some(record) = orders.get(id) else {
        let stranger = || Doubt::Never(format!("is for order {id}, which is not of this desk"));
        return (!ours).then(stranger);
    };
    let order = &record.order;
    if order.broker != *broker {
        let went = &order.broker;
        return Some(Doubt::Until(format!(
            "is for order {id}, which went to {went}"
        )));
    }
    if matches!(record.flight, Flight::PendingRisk) || order.submitted_at.is_none() {
        return Some(Doubt::Until(format!(
            "is for order {id}, which was never sent"
        )));
    }
    contradiction(order, fill)
        .or_else(|| absurd(fill, mark))
        .map(Doubt::Until)
}

/// Says in what a fill is not of the order it names.
fn contradiction(order: &Order, fill: &Fill) -> Option<String> {
    let id = &order.order_id;
    if order.symbol != fill.symbol || order.side != fill.side {
        return Some(format!(
            "is {} {}, order {id} asks to {} {}",
            fill.side, fill.symbol, order.side, order.symbol
        ));
    }
    let names = order
        .broker_order_id
        .as_ref()
        .zip(fill.broker_order_id.as_ref());
    if let Some((known, said)) = names.filter(|(known, said)| known != said) {
        return Some(format!("is of {said}, order {id} is {known} there"));
    }
    let done = order.filled_quantity + fill.quantity;
    if done > order.quantity {
        return Some(format!(
            "makes {done} of order {id} done, but only {} were ordered",
            order.quantity
        ));
    }
    let limit = order.limit_price?;
    let beyond = if order.side.is_buy() {
        fill.price > limit
    } else {
        fill.price < limit
    };
    beyond.then(|| {
        format!(
            "is at {}, beyond the limit {limit} of order {id}",
            fill.price
        )
    })
}

fn absurd(fill: &Fill, mark: Option<Price>) -> Option<String> {
    let mark = mark.filter(|mark| mark.is_positive())?;
    let factor = Decimal::from(PRICE_FACTOR);
    let (price, at) = (fill.price.decimal(), mark.decimal());
    let far = price.checked_div(at).is_none_or(|ratio| ratio > factor)
        || at.checked_div(price).is_none_or(|ratio| ratio > factor);
    far.then(|| format!("is at {}, the market is at {mark}", fill.price))
}
