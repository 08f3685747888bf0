//! Every order of the session by id and by key, and where each stands.

use std::collections::HashMap;
use std::sync::Arc;

use crate::base::Ring;
use crate::domain::{IdempotencyKey, Order, OrderId, OrderState, Timestamp};
use crate::event::{Seen, Verdict};

/// What the desk knows beyond the order's own fields.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Flight {
    /// Made, being judged; nothing has left.
    PendingRisk,
    /// The intent is durable and the order is on its way; no answer yet.
    InFlight {
        /// Since when.
        since: Timestamp,
    },
    /// Nobody knows whether the venue has it.
    Unknown {
        /// Since when.
        since: Timestamp,
        /// What went wrong.
        reason: String,
    },
    /// The venue works it.
    Working,
    /// The venue works it and was asked to cancel it.
    PendingCancel {
        /// Since when.
        since: Timestamp,
    },
    /// Nothing more can happen to it.
    Done,
}

/// One order with what is known about it.
#[derive(Debug, Clone, PartialEq)]
pub struct OrderRecord {
    /// The order as it stands.
    pub order: Order,
    /// What is under way.
    pub flight: Flight,
    /// What the gates said.
    pub verdicts: Vec<Verdict>,
    /// What they looked at.
    pub seen: Option<Box<Seen>>,
}

impl OrderRecord {
    /// Returns where the order stands.
    pub fn state(&self) -> OrderState {
        self.order.state()
    }

    /// Returns true while the venue works it or may do so.
    pub fn is_live(&self) -> bool {
        match self.flight {
            Flight::InFlight { .. }
            | Flight::Unknown { .. }
            | Flight::Working
            | Flight::PendingCancel { .. } => true,
            Flight::PendingRisk | Flight::Done => false,
        }
    }
}

/// Terminal orders kept at hand; older ones are in the journal.
const DONE_MOST: usize = 2000;

/// All orders at hand.
#[derive(Debug, Clone)]
pub struct Orders {
    by_id: HashMap<OrderId, Arc<OrderRecord>>,
    by_key: HashMap<IdempotencyKey, OrderId>,
    live: Vec<OrderId>,
    done: Ring<OrderId>,
}

impl Default for Orders {
    fn default() -> Self {
        Self {
            by_id: HashMap::new(),
            by_key: HashMap::new(),
            live: Vec::new(),
            done: Ring::new(DONE_MOST),
        }
    }
}

impl Orders {
    /// Returns an order by its id.
    pub fn get(&self, id: &OrderId) -> Option<&Arc<OrderRecord>> {
        self.by_id.get(id)
    }

    /// Returns an order by its idempotency key.
    pub fn by_key(&self, key: &IdempotencyKey) -> Option<&Arc<OrderRecord>> {
        self.by_key.get(key).and_then(|id| self.by_id.get(id))
    }

    /// Iterates over the orders the venue works or may work, oldest first.
    pub fn live(&self) -> impl DoubleEndedIterator<Item = &Arc<OrderRecord>> {
        self.live.iter().filter_map(|id| self.by_id.get(id))
    }

    /// Iterates over finished orders at hand, oldest first.
    pub fn done(&self) -> impl DoubleEndedIterator<Item = &Arc<OrderRecord>> {
        self.done.iter().filter_map(|id| self.by_id.get(id))
    }

    /// Returns how many orders are live.
    pub fn live_count(&self) -> usize {
        self.live.len()
    }
}
