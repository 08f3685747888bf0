//! Changing a working order without a venue that can: cancel, be sure, place what is left.
//!
//! ```text
//! asked -> canceling -> canceled -> settled -> the new order is judged and placed
//! ```
//!
//! The new order leaves only after the venue has confirmed the cancel *and* said how
//! much it had done by then, and after that much is booked here: so old and new
//! together never do more than was asked for. Whatever else becomes of the old order
//! (done in full, expired, not canceled, not known) ends the change, and says so.
//! Everything it waits for is in facts, so a restart goes on where it stood.

use std::sync::Arc;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::domain::{OrderId, OrderState, Quantity, Ticket, TicketSize, Timestamp};
use crate::order::effect::Effect;
use crate::order::oms::{Flight, OrderRecord, Orders, find_effect};

/// How long a canceled order may take to be settled before its replacement is given up.
const SETTLE_WITHIN: Duration = Duration::from_mins(1);
/// Changes that may be asked for of one order; each one that succeeds makes a new order.
const CHANGES_MOST: usize = 16;

/// How an order is to be changed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Replacement {
    /// What it shall be; its quantity is the whole of it, what is done included.
    pub ticket: Ticket,
    /// When it was asked for.
    pub at: Timestamp,
    /// How much the venue had done of it when it was canceled, once it said.
    pub settled: Option<Quantity>,
}

/// What is to be done next about an order that is being replaced.
#[derive(Debug, Clone, PartialEq)]
pub enum Next {
    /// The venue has not answered.
    Wait,
    /// The venue is asked how much it has done.
    Ask(Effect),
    /// It is not replaced, for this reason.
    Drop(String),
    /// The rest is placed.
    Place(Ticket),
}

/// Returns the order a change is about, if it can be changed that way.
///
/// # Errors
/// In words: the order is not working, nothing changes, or what would change cannot.
pub fn replaceable<'o>(
    orders: &'o Orders,
    id: &OrderId,
    ticket: &Ticket,
) -> Result<&'o Arc<OrderRecord>, String> {
    let record = orders
        .get(id)
        .ok_or_else(|| format!("order {id} is not known"))?;
    let order = &record.order;
    if let Some(other) = orders.by_key(&ticket.idempotency_key) {
        return Err(format!(
            "this ticket was already used for order {}",
            other.order.order_id
        ));
    }
    match &record.flight {
        Flight::Working | Flight::InFlight { .. } => {}
        Flight::PendingRisk => return Err(format!("order {id} has not been sent")),
        Flight::Unknown { .. } => {
            return Err(format!("nobody knows whether the venue has order {id}"));
        }
        Flight::PendingCancel { .. } => return Err(format!("order {id} is being canceled")),
        Flight::Done => return Err(format!("order {id} has ended: it is {}", record.state())),
    }
    if record.changes.len() >= CHANGES_MOST {
        return Err(format!(
            "order {id} was changed {CHANGES_MOST} times already: cancel it and write a new one"
        ));
    }
    let same = (&ticket.symbol, ticket.side) == (&order.symbol, order.side)
        && (&ticket.fund_id, &ticket.broker) == (&order.fund_id, &order.broker)
        && ticket.strategy_id == order.strategy_id;
    if !same {
        return Err(
            "symbol, side, fund, strategy and broker cannot change: write a new order".to_owned(),
        );
    }
    let Some(TicketSize::Units(total)) = ticket.size else {
        return Err("the new quantity is a number of units, what is done included".to_owned());
    };
    if total <= order.filled_quantity {
        return Err(format!(
            "quantity {total} must be above the {} that are done",
            order.filled_quantity
        ));
    }
    let terms = (
        ticket.order_type,
        ticket.tif,
        ticket.limit_price,
        ticket.stop_price,
    );
    if total == order.quantity
        && terms
            == (
                order.order_type,
                order.tif,
                order.limit_price,
                order.stop_price,
            )
    {
        return Err("nothing would change".to_owned());
    }
    Ok(record)
}

/// Returns the ticket of what is still to be done of a changed order.
pub fn remainder(record: &OrderRecord, ticket: &Ticket) -> Ticket {
    let size = match ticket.size {
        Some(TicketSize::Units(total)) => {
            Some(TicketSize::Units(total - record.order.filled_quantity))
        }
        other => other,
    };
    Ticket {
        size,
        ..ticket.clone()
    }
}

/// Says what is to be done next about an order; nothing when it is not being replaced.
pub fn next(record: &OrderRecord, now: Timestamp) -> Option<Next> {
    let replacement = record.replacement.as_deref()?;
    Some(match record.flight {
        Flight::PendingRisk
        | Flight::InFlight { .. }
        | Flight::Unknown { .. }
        | Flight::PendingCancel { .. } => Next::Wait,
        // It was asked for, and the venue says that it works all the same.
        Flight::Working => Next::Drop("the venue did not cancel it: it works on as it was".into()),
        Flight::Done => match record.state() {
            OrderState::Canceled => settle(record, replacement, now),
            OrderState::Filled => Next::Drop("it was done in full before it was canceled".into()),
            state => Next::Drop(format!("it is {state}")),
        },
    })
}

/// Says what is to be done about an order whose cancel is confirmed.
fn settle(record: &OrderRecord, replacement: &Replacement, now: Timestamp) -> Next {
    let filled = record.order.filled_quantity;
    // A clock that was set back since must not keep the change waiting for as long.
    let ended_at = record.ended_at();
    let late = now.since(ended_at).max(ended_at.since(now)) >= SETTLE_WITHIN;
    match replacement.settled {
        Some(done) if filled >= done => {
            let rest = remainder(record, &replacement.ticket);
            match rest.size {
                Some(TicketSize::Units(units)) if units.is_positive() => Next::Place(rest),
                _ => Next::Drop(format!(
                    "{filled} are done, which is all that was asked for"
                )),
            }
        }
        Some(done) if late => Next::Drop(format!(
            "the venue has done {done} of it and only {filled} are booked here"
        )),
        None if late => Next::Drop("the venue does not say how much of it was done".into()),
        Some(_) | None => Next::Ask(find_effect(record)),
    }
}
