//! What leaves: placing an approved order, canceling one, canceling those that open risk.

use std::collections::HashMap;

use crate::domain::{Order, OrderId, Quantity, Symbol, Timestamp};
use crate::event::OrderFact;
use crate::order::effect::Effect;
use crate::order::gate::Approved;
use crate::order::oms::{Flight, OrderRecord, Orders};

/// Sends an approved order: the intent, to be made durable, and the effect that may leave after it.
pub fn submit(order: Approved<Order>, now: Timestamp) -> (OrderFact, Effect) {
    let intent = OrderFact::Submitted {
        order_id: order.get().order_id.clone(),
        at: now,
    };
    (intent, Effect::Place(order))
}

/// Asks for the cancel of one order; also of one whose acceptance is not known.
///
/// # Errors
/// In words: the order is not known, was never sent, has ended, or is being canceled.
pub fn cancel(
    orders: &Orders,
    id: &OrderId,
    now: Timestamp,
) -> Result<(OrderFact, Effect), String> {
    let record = orders
        .get(id)
        .ok_or_else(|| format!("order {id} is not known"))?;
    match &record.flight {
        Flight::PendingRisk => Err(format!("order {id} has not been sent")),
        Flight::Done => Err(format!("order {id} has ended: it is {}", record.state())),
        Flight::PendingCancel { since } => {
            Err(format!("order {id} is being canceled, asked at {since}"))
        }
        Flight::InFlight { .. } | Flight::Unknown { .. } | Flight::Working => Ok((
            OrderFact::CancelRequested {
                order_id: id.clone(),
                at: now,
            },
            cancel_effect(record),
        )),
    }
}

/// Returns the effect that cancels an order.
pub fn cancel_effect(record: &OrderRecord) -> Effect {
    Effect::Cancel {
        broker: record.order.broker.clone(),
        order_id: record.order.order_id.clone(),
    }
}

/// Lists the live orders that open risk, oldest first; of one symbol, or of all.
///
/// An order is kept when it can only reduce what is held, the other kept ones
/// counted with it: protective stops have the first claim on the position, then
/// the older orders. Orders already being canceled are not listed, unless another
/// is to take their place, but count, for they may still fill.
pub fn cancel_opening(
    orders: &Orders,
    position: impl Fn(&Symbol) -> Quantity,
    symbol: Option<&Symbol>,
) -> Vec<OrderId> {
    let mut candidates: Vec<_> = orders
        .live()
        .filter(|record| symbol.is_none_or(|only| record.order.symbol == *only))
        .enumerate()
        .collect();
    candidates.sort_by_key(|(age, record)| (!record.order.order_type.needs_stop(), *age));
    let mut left: HashMap<&Symbol, Quantity> = HashMap::new();
    let mut opening = Vec::new();
    for (age, record) in candidates {
        let held = left
            .entry(&record.order.symbol)
            .or_insert_with(|| position(&record.order.symbol));
        let after = *held + record.working();
        let reduces = if held.is_negative() {
            record.order.side.is_buy() && !after.is_positive()
        } else {
            held.is_positive() && !record.order.side.is_buy() && !after.is_negative()
        };
        if reduces {
            *held = after;
        } else if !matches!(record.flight, Flight::PendingCancel { .. })
            || record.replacement.is_some()
        {
            opening.push((age, record.order.order_id.clone()));
        }
    }
    opening.sort_unstable_by_key(|(age, _)| *age);
    opening.into_iter().map(|(_, id)| id).collect()
}
