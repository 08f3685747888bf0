//! What must now be done outside. Released only after its cause is durable.
//!
//! Stands here and not among the events because placing an order takes an
//! [`Approved`] one, which only the gate chain can make: an effect that opens risk
//! without passing the gates does not compile.

use std::sync::Arc;
use std::time::Duration;

use crate::domain::{BrokerId, GateName, IdempotencyKey, Order, OrderId, RiskEnvelope};
use crate::event::Verdict;
use crate::order::gate::Approved;
use crate::protocol::GateContext;

/// A question to a gate outside. It carries the order as it stands, and no right to send it.
#[derive(Debug, Clone, PartialEq)]
pub struct Ask {
    /// The order.
    pub order: Arc<Order>,
    /// Which gate is asked.
    pub gate: GateName,
    /// How long it may take.
    pub within: Duration,
    /// The envelope in force.
    pub envelope: Arc<RiskEnvelope>,
    /// What the gates before it said.
    pub verdicts: Vec<Verdict>,
    /// What it may look at besides.
    pub context: GateContext,
}

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
    /// Ask a gate outside about an order that waits for its answer.
    Ask(Box<Ask>),
}

impl Effect {
    /// Returns the broker that must act; none for what no broker is asked.
    pub fn broker(&self) -> Option<&BrokerId> {
        match self {
            Self::Place(order) => Some(&order.get().broker),
            Self::Cancel { broker, .. }
            | Self::Find { broker, .. }
            | Self::Reread { broker, .. } => Some(broker),
            Self::Ask(_) => None,
        }
    }
}
