//! The far end: an honest venue, and what it answers to a call.
//!
//! The paper venue's own matching engine, with the answers an adapter would make of
//! what it says. Knows nothing of the network between.

use std::collections::{BTreeMap, HashMap, HashSet};

use mts1b_desk::adapter::paper::{Cancel, Exchange, Settings};
use mts1b_desk::domain::{
    BrokerId, Fill, IdempotencyKey, Order, OrderId, OrderState, OrderType, Quantity, Side, Symbol,
    TimeInForce, Timestamp,
};
use mts1b_desk::event::BrokerReport;

use super::desk::BROKER;
use super::dice::Dice;
use super::pit::Pit;
use super::read;

/// The venue.
#[derive(Debug)]
pub struct Venue {
    broker: BrokerId,
    pub exchange: Exchange,
    /// Orders it worked and has no memory of.
    lost: HashMap<IdempotencyKey, OrderId>,
    /// Orders of others in the same account.
    strangers: HashSet<OrderId>,
    /// What the others hold by them.
    pub theirs: BTreeMap<Symbol, Quantity>,
}

impl Venue {
    pub fn new() -> Self {
        Self {
            broker: read(BROKER),
            exchange: Exchange::new(Settings::default()).unwrap(),
            lost: HashMap::new(),
            strangers: HashSet::new(),
            theirs: BTreeMap::new(),
        }
    }

    /// Forgets an order it works.
    pub fn lose(&mut self, order: &Order, now: Timestamp) {
        if !self.is_strangers(&order.order_id)
            && self.exchange.cancel(&order.order_id, now) == Cancel::Done
        {
            self.lost
                .insert(order.idempotency_key.clone(), order.order_id.clone());
        }
    }

    /// Returns the orders it forgot.
    pub fn lost(&self) -> impl Iterator<Item = &OrderId> {
        self.lost.values()
    }

    pub fn is_strangers(&self, order_id: &OrderId) -> bool {
        self.strangers.contains(order_id)
    }

    /// Counts a fill of others.
    pub fn filled(&mut self, fill: &Fill) {
        if self.is_strangers(&fill.order_id) {
            *self.theirs.entry(fill.symbol.clone()).or_default() += fill.side.signed(fill.quantity);
        }
    }

    /// Takes an order of somebody else.
    pub fn stranger(&mut self, dice: &mut Dice, now: Timestamp) -> Order {
        let number = self.strangers.len();
        let symbol = dice.pick(&Pit::symbols());
        let limit = dice.chance(500);
        let order = Order {
            order_id: read(&format!("elsewhere-{number}")),
            idempotency_key: read(&format!("elsewhere-{number}")),
            side: dice.pick(&[Side::Buy, Side::Sell]),
            quantity: dice.pick(&["1", "3", "20"].map(read)),
            order_type: if limit {
                OrderType::Limit
            } else {
                OrderType::Market
            },
            limit_price: limit.then(|| dice.pick(&["1", "15", "250"].map(read))),
            stop_price: None,
            tif: TimeInForce::Gtc,
            symbol,
            fund_id: read("fund-1"),
            strategy_id: read("elsewhere"),
            broker: self.broker.clone(),
            actor: "somebody".to_owned(),
            created_at: now,
            submitted_at: None,
            accepted_at: None,
            filled_at: None,
            canceled_at: None,
            rejected_at: None,
            broker_order_id: None,
            parent_order_id: None,
            filled_quantity: Quantity::ZERO,
            avg_fill_price: None,
            rejected_reason: None,
            thesis: String::new(),
        };
        self.strangers.insert(order.order_id.clone());
        // Refused or not is the stranger's business.
        let _ = self.exchange.submit(order.clone(), now);
        order
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
        let found = self
            .exchange
            .find(key)
            .filter(|_| !self.lost.contains_key(key));
        let Some(order) = found else {
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
            ended: state.is_terminal(),
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
