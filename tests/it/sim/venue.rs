//! The far end: an honest venue, and what it answers to a call.
//!
//! The paper venue's own matching engine, with the answers an adapter would make of
//! what it says. Knows nothing of the network between.

use mts1b_desk::adapter::paper::{Cancel, Exchange, Settings};
use mts1b_desk::domain::{BrokerId, IdempotencyKey, Order, OrderId, OrderState, Timestamp};
use mts1b_desk::event::BrokerReport;

use super::desk::BROKER;
use super::read;

/// The venue.
#[derive(Debug)]
pub struct Venue {
    broker: BrokerId,
    pub exchange: Exchange,
}

impl Venue {
    pub fn new() -> Self {
        Self {
            broker: read(BROKER),
            exchange: Exchange::new(Settings::default()).unwrap(),
        }
    }

    pub fn place(&mut self, order: Order, now: Timestamp) -> BrokerReport {
        let (broker, order_id) = (self.broker.clone(), order.order_id.clone());
        match self.exchange.submit(order, now) {
            Ok(taken) => BrokerReport::Accepted {
                broker,
                order_id,
                broker_order_id: taken.broker_order_id,
            },
            Err(refusal) => BrokerReport::Rejected {
                broker,
                order_id,
                reason: refusal.text,
            },
        }
    }

    pub fn cancel(&mut self, order_id: OrderId, now: Timestamp) -> BrokerReport {
        let broker = self.broker.clone();
        match self.exchange.cancel(&order_id, now) {
            Cancel::Done => BrokerReport::Canceled { broker, order_id },
            Cancel::TooLate | Cancel::NoSuchOrder => BrokerReport::CancelRefused {
                broker,
                order_id,
                reason: "done or not there".to_owned(),
            },
        }
    }

    /// Answers what became of a key; never "never" while a placement under it is still on its way.
    pub fn find(
        &mut self,
        order_id: OrderId,
        key: &IdempotencyKey,
        under_way: bool,
        now: Timestamp,
    ) -> Vec<BrokerReport> {
        self.exchange.on_timer(now);
        let broker = self.broker.clone();
        let Some(order) = self.exchange.find(key) else {
            return vec![if under_way {
                BrokerReport::Unknown {
                    broker,
                    order_id,
                    reason: "asked by key: the venue cannot tell".to_owned(),
                }
            } else {
                BrokerReport::NotFound {
                    broker,
                    order_id,
                    idempotency_key: key.clone(),
                }
            }];
        };
        let state = order.state();
        if state == OrderState::Rejected {
            let reason = order.rejected_reason.clone().unwrap_or_default();
            return vec![BrokerReport::Rejected {
                broker,
                order_id,
                reason,
            }];
        }
        let mut reports = vec![BrokerReport::Accepted {
            broker: broker.clone(),
            order_id: order_id.clone(),
            broker_order_id: order.broker_order_id.clone(),
        }];
        match state {
            OrderState::Canceled => reports.push(BrokerReport::Canceled {
                broker: broker.clone(),
                order_id: order_id.clone(),
            }),
            OrderState::Expired => reports.push(BrokerReport::Expired {
                broker: broker.clone(),
                order_id: order_id.clone(),
            }),
            OrderState::Created
            | OrderState::Submitted
            | OrderState::Accepted
            | OrderState::PartiallyFilled
            | OrderState::Filled
            | OrderState::Rejected => {}
        }
        reports.push(BrokerReport::Stands {
            broker,
            order_id,
            filled: order.filled_quantity,
        });
        reports
    }
}

/// Says a report in a line.
pub fn words(report: &BrokerReport) -> String {
    match report {
        BrokerReport::Fill { fill, cursor, .. } => format!(
            "fill {} of {}: {} {} {} at {}, cursor {}",
            fill.fill_id,
            fill.order_id,
            fill.side,
            fill.quantity,
            fill.symbol,
            fill.price,
            cursor.0
        ),
        BrokerReport::Statement {
            orders, positions, ..
        } => format!(
            "statement: {} orders, {} positions",
            orders.len(),
            positions.len()
        ),
        BrokerReport::Accepted { order_id, .. } => format!("accepted {order_id}"),
        BrokerReport::Rejected {
            order_id, reason, ..
        } => format!("rejected {order_id}: {reason}"),
        BrokerReport::Unknown {
            order_id, reason, ..
        } => format!("unknown {order_id}: {reason}"),
        BrokerReport::NotFound { order_id, .. } => format!("not found {order_id}"),
        BrokerReport::Canceled { order_id, .. } => format!("canceled {order_id}"),
        BrokerReport::CancelRefused { order_id, .. } => format!("cancel refused {order_id}"),
        BrokerReport::Stands {
            order_id, filled, ..
        } => format!("{filled} of {order_id} are done"),
        BrokerReport::Expired { order_id, .. } => format!("expired {order_id}"),
    }
}
