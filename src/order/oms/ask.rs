//! Asking after orders that nobody has answered for: as time passes, and after a restart.
//!
//! Every question is a fact first (`Unknown` or `CancelRequested` said again, with
//! the moment), so when to ask next follows from facts alone: after 5 seconds, then
//! at doubling distances up to a minute. Never places anything.

use std::sync::Arc;
use std::time::Duration;

use crate::domain::Timestamp;
use crate::event::{Fact, OrderFact};
use crate::order::effect::Effect;
use crate::order::oms::send::cancel_effect;
use crate::order::oms::{Flight, OrderRecord, Orders};

/// How long a venue may take to answer before it is asked.
const ANSWER_WITHIN: Duration = Duration::from_secs(5);
/// The longest wait between two questions about one order.
const ASK_WITHIN: Duration = Duration::from_mins(1);

/// Says which orders are overdue by now, and what to ask about them.
pub fn tick(orders: &Orders, now: Timestamp) -> (Vec<Fact>, Vec<Effect>) {
    let (mut facts, mut effects) = (Vec::new(), Vec::new());
    for record in orders.live() {
        let order_id = record.order.order_id.clone();
        match &record.flight {
            Flight::InFlight { since } if is_past(*since, ANSWER_WITHIN, now) => {
                facts.push(Fact::Order(OrderFact::Unknown {
                    order_id,
                    reason: format!("no answer from {} in 5 s", record.order.broker),
                    at: now,
                }));
                effects.push(find(record));
            }
            Flight::Unknown { since, reason } if is_due(record, *since, now) => {
                facts.push(Fact::Order(OrderFact::Unknown {
                    order_id,
                    reason: reason.clone(),
                    at: now,
                }));
                effects.push(find(record));
            }
            Flight::PendingCancel { since } if is_due(record, *since, now) => {
                facts.push(Fact::Order(OrderFact::CancelRequested {
                    order_id,
                    at: now,
                }));
                effects.extend(ask_cancel(record));
            }
            Flight::InFlight { .. }
            | Flight::Unknown { .. }
            | Flight::PendingCancel { .. }
            | Flight::PendingRisk
            | Flight::Working
            | Flight::Done => {}
        }
    }
    (facts, effects)
}

/// Returns what must be asked when a session begins over existing orders.
///
/// What was in flight when the last session ended may or may not have arrived: the
/// venue is asked by key. A cancel is asked for again, which can do no harm.
pub fn resume(orders: &Orders) -> Vec<Effect> {
    orders
        .live()
        .flat_map(|record| match record.flight {
            Flight::InFlight { .. } | Flight::Unknown { .. } => vec![find(record)],
            Flight::PendingCancel { .. } => ask_cancel(record),
            Flight::PendingRisk | Flight::Working | Flight::Done => Vec::new(),
        })
        .collect()
}

/// Says what became of orders that were made and not sent when the last session ended: nothing of them left.
pub fn abandon(orders: &Orders, now: Timestamp) -> Vec<Fact> {
    let refuse = |record: &&Arc<OrderRecord>| {
        let reason = match &record.waiting {
            Some(waiting) => format!("the desk ended while it waited for {}", waiting.gate),
            None => "the desk ended before it was sent".to_owned(),
        };
        Fact::Order(OrderFact::Rejected {
            order_id: record.order.order_id.clone(),
            gate: None,
            code: None,
            reason,
            at: now,
        })
    };
    orders.pending().iter().map(refuse).collect()
}

/// Returns what must be asked because of facts just said: what became of an order whose cancel was refused.
pub fn follow(orders: &Orders, facts: &[Fact]) -> Vec<Effect> {
    let refused = facts.iter().filter_map(|fact| match fact {
        Fact::Order(OrderFact::CancelRefused { order_id, .. }) => orders.get(order_id),
        Fact::Order(_) | Fact::Account(_) | Fact::Risk(_) | Fact::Link(_) => None,
    });
    refused
        .filter(|record| record.is_live())
        .map(|record| find(record))
        .collect()
}

/// A cancel, and a question where the venue is not known to have the order.
fn ask_cancel(record: &OrderRecord) -> Vec<Effect> {
    let mut effects = vec![cancel_effect(record)];
    if !record.was_accepted() {
        effects.push(find(record));
    }
    effects
}

/// Returns the effect that asks the venue for an order by its key.
pub(super) fn find(record: &OrderRecord) -> Effect {
    Effect::Find {
        broker: record.order.broker.clone(),
        order_id: record.order.order_id.clone(),
        idempotency_key: record.order.idempotency_key.clone(),
    }
}

/// The longer it has lasted, the longer the wait: as long again as until the last question.
fn is_due(record: &OrderRecord, since: Timestamp, now: Timestamp) -> bool {
    let asked_at = record.asked_at.unwrap_or(since);
    let wait = asked_at.since(since).clamp(ANSWER_WITHIN, ASK_WITHIN);
    is_past(asked_at, wait, now)
}

/// True once so long has passed; at once when the moment is yet to come, for then the clock was set back.
fn is_past(from: Timestamp, wait: Duration, now: Timestamp) -> bool {
    now < from || now.since(from) >= wait
}
