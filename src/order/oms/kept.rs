//! The orders as they are kept beside the journal, and back.
//!
//! Holds what cannot be worked out again: the records, their order, and which keys
//! lead to them. What works of each symbol is summed up anew. A field
//! added to [`Orders`] does not compile until it is kept or derived here.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::base::{Ring, ShardMap};
use crate::domain::{IdempotencyKey, OrderId, Quantity};
use crate::order::oms::orders::DONE_BOUND;
use crate::order::oms::{OrderRecord, Orders};

/// All orders at hand, oldest first in each list.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct KeptOrders {
    live: Vec<KeptOrder>,
    done: Vec<KeptOrder>,
    pending: Vec<KeptOrder>,
    /// Those that are being replaced, oldest change first.
    replacing: Vec<OrderId>,
    /// Those that wait for a gate outside, oldest first.
    #[serde(default)]
    waiting: Vec<OrderId>,
}

/// One order, and which keys lead to it: its own, and those of its changes.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct KeptOrder {
    record: Arc<OrderRecord>,
    keys: Vec<IdempotencyKey>,
}

impl Orders {
    /// Returns what is kept of them.
    pub fn kept(&self) -> KeptOrders {
        let Self {
            by_id,
            by_key,
            live,
            replacing,
            waiting,
            done,
            working: _,
            live_of: _,
        } = self;
        let keep = |record: &Arc<OrderRecord>| {
            let order = &record.order;
            let own = record.changes.iter().chain([&order.idempotency_key]);
            let leads = |key: &&IdempotencyKey| by_key.get(key) == Some(&order.order_id);
            KeptOrder {
                record: Arc::clone(record),
                keys: own.filter(leads).cloned().collect(),
            }
        };
        let listed = |id: &OrderId| by_id.get(id).map(keep);
        KeptOrders {
            live: live.iter().filter_map(listed).collect(),
            done: done.iter().filter_map(listed).collect(),
            pending: self.pending().into_iter().map(keep).collect(),
            replacing: replacing.clone(),
            waiting: waiting.clone(),
        }
    }
}

impl TryFrom<KeptOrders> for Orders {
    type Error = String;

    /// Says which order stands in a list it does not belong to, or twice.
    fn try_from(kept: KeptOrders) -> Result<Self, String> {
        let KeptOrders {
            live,
            done,
            pending,
            replacing,
            waiting,
        } = kept;
        let mut orders = Self {
            by_id: ShardMap::default(),
            by_key: ShardMap::default(),
            live: Vec::new(),
            replacing: Vec::new(),
            waiting: Vec::new(),
            done: Arc::new(Ring::new(DONE_BOUND)),
            working: ShardMap::default(),
            live_of: ShardMap::default(),
        };
        for one in &live {
            orders.take_back(one, one.record.is_live())?;
            let order = &one.record.order;
            orders.live.push(order.order_id.clone());
            orders.list_live(&order.symbol, &order.order_id);
            orders.shift_working(&order.symbol, Quantity::ZERO, one.record.working());
        }
        let mut ring = Ring::new(DONE_BOUND);
        for one in &done {
            orders.take_back(one, one.record.is_done())?;
            ring.push(one.record.order.order_id.clone());
        }
        orders.done = Arc::new(ring);
        for one in &pending {
            let record = &one.record;
            orders.take_back(one, !record.is_live() && !record.is_done())?;
        }
        for id in &replacing {
            if orders.get(id).is_none_or(|one| one.replacement.is_none()) {
                return Err(format!("order {id} is said to be replaced and is not"));
            }
        }
        orders.replacing = replacing;
        for id in &waiting {
            if orders.get(id).is_none_or(|one| one.waiting.is_none()) {
                return Err(format!("order {id} is said to wait and does not"));
            }
        }
        orders.waiting = waiting;
        Ok(orders)
    }
}

impl Orders {
    fn take_back(&mut self, kept: &KeptOrder, belongs: bool) -> Result<(), String> {
        let order = &kept.record.order;
        let id = &order.order_id;
        let twice = self.by_id.insert(id.clone(), Arc::clone(&kept.record));
        if !belongs || twice.is_some() {
            return Err(format!("order {id} stands where it does not belong"));
        }
        for key in &kept.keys {
            if let Some(other) = self.by_key.insert(key.clone(), id.clone())
                && other != *id
            {
                return Err(format!("orders {other} and {id} have the same key"));
            }
        }
        Ok(())
    }
}
