//! What must now be done outside. Released only after its cause is durable.
//!
//! Stands here and not among the events because placing an order takes an
//! [`Approved`] one, which only the gate chain can make: an effect that opens risk
//! without passing the gates does not compile.

use crate::domain::{BrokerId, IdempotencyKey, Order, OrderId};
use crate::order::gate::Approved;

/// Something to be done by an adapter.
#[derive(Debug, Clone, PartialEq)]
pub enum Effect {
    /// Place the order.
    Place(Approved<Order>),
    /// Cancel the order.
    Cancel {
        /// At which broker.
        broker: BrokerId,
        /// Which order.
        order_id: OrderId,
    },
    /// Ask the broker, by key, what became of an order whose outcome is not known.
    Find {
        /// Which broker.
        broker: BrokerId,
        /// Which order.
        order_id: OrderId,
        /// Its key.
        idempotency_key: IdempotencyKey,
    },
    /// Ask the broker for everything it works and holds.
    Reread {
        /// Which broker.
        broker: BrokerId,
        /// Whether its fills are read again too, from a place that is safe.
        fills: bool,
    },
}

impl Effect {
    /// Returns the broker that must act.
    pub fn broker(&self) -> &BrokerId {
        match self {
            Self::Place(order) => &order.get().broker,
            Self::Cancel { broker, .. }
            | Self::Find { broker, .. }
            | Self::Reread { broker, .. } => broker,
        }
    }
}
