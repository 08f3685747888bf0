//! Every order of the session by id and by key, and where each stands.
//!
//! Owns the records and, per symbol, the running sums of what working orders may
//! still trade. Changes only by facts and fills. Finished orders, and their keys
//! with them, stay at hand until there are more than 2,000 of them *and* the
//! oldest ended at least five minutes ago; 10,000 are kept at the very most. A key
//! is forgotten with the order that first used it. Kept so that a change after a
//! snapshot was published copies a small part, however many orders there are.

use std::io::Write;
use std::sync::Arc;
use std::time::Duration;

use sha2::{Digest, Sha256};

use crate::base::{Ring, ShardMap};
use crate::domain::{Fill, IdempotencyKey, Order, OrderId, Quantity, Symbol, Timestamp};
use crate::event::OrderFact;
use crate::order::oms::{Flight, OrderRecord};

/// Finished orders kept at hand; older ones are in the journal.
const DONE_MOST: usize = 2000;
/// Finished orders kept when more than [`DONE_MOST`] ended within [`KEY_LEAST`].
pub(super) const DONE_BOUND: usize = 10_000;
/// How long a key is remembered after its order ended, within the bound.
const KEY_LEAST: Duration = Duration::from_mins(5);

/// Orders the venues may work at once; a further one is not made before one of them is done.
pub const LIVE_MOST: usize = 4096;

/// All orders at hand.
#[derive(Debug, Clone)]
pub struct Orders {
    pub(super) by_id: ShardMap<OrderId, Arc<OrderRecord>>,
    pub(super) by_key: ShardMap<IdempotencyKey, OrderId>,
    pub(super) live: Vec<OrderId>,
    pub(super) replacing: Vec<OrderId>,
    pub(super) waiting: Vec<OrderId>,
    pub(super) done: Arc<Ring<OrderId>>,
    pub(super) working: ShardMap<Symbol, (Quantity, Quantity)>,
    /// Live orders by symbol, oldest first.
    pub(super) live_of: ShardMap<Symbol, Vec<OrderId>>,
}

impl Default for Orders {
    fn default() -> Self {
        Self {
            by_id: ShardMap::default(),
            by_key: ShardMap::default(),
            live: Vec::new(),
            replacing: Vec::new(),
            waiting: Vec::new(),
            done: Arc::new(Ring::new(DONE_BOUND)),
            working: ShardMap::default(),
            live_of: ShardMap::default(),
        }
    }
}

impl Orders {
    /// Returns an order by its id.
    pub fn get(&self, id: &OrderId) -> Option<&Arc<OrderRecord>> {
        self.by_id.get(id)
    }

    /// Returns the order that first used an idempotency key, be it to change it.
    pub fn by_key(&self, key: &IdempotencyKey) -> Option<&Arc<OrderRecord>> {
        self.by_key.get(key).and_then(|id| self.by_id.get(id))
    }

    /// Iterates over the orders the venue works or may work, oldest first.
    pub fn live(&self) -> impl DoubleEndedIterator<Item = &Arc<OrderRecord>> {
        self.live.iter().filter_map(|id| self.by_id.get(id))
    }

    /// Iterates over the live orders of one symbol, oldest first; independent of how many others there are.
    pub fn live_of(&self, symbol: &Symbol) -> impl Iterator<Item = &Arc<OrderRecord>> {
        let ids = self.live_of.get(symbol).into_iter().flatten();
        ids.filter_map(|id| self.by_id.get(id))
    }

    /// Iterates over the orders that are being replaced, oldest change first.
    pub fn replacing(&self) -> impl Iterator<Item = &Arc<OrderRecord>> {
        self.replacing.iter().filter_map(|id| self.by_id.get(id))
    }

    /// Iterates over finished orders at hand, oldest first.
    pub fn done(&self) -> impl DoubleEndedIterator<Item = &Arc<OrderRecord>> {
        self.done.iter().filter_map(|id| self.by_id.get(id))
    }

    /// Lists the orders that were made and never sent nor refused, by id; looks at every order at hand.
    ///
    /// Between two inputs these are the ones that wait, and those of which the journal lost the end of a batch.
    pub fn pending(&self) -> Vec<&Arc<OrderRecord>> {
        let mut pending: Vec<_> = self
            .by_id
            .values()
            .filter(|record| matches!(record.flight, Flight::PendingRisk))
            .collect();
        pending.sort_unstable_by(|a, b| a.order.order_id.cmp(&b.order.order_id));
        pending
    }

    /// Returns how many orders are live.
    pub fn live_count(&self) -> usize {
        self.live.len()
    }

    /// Returns the units live orders may still buy (or cover) and sell (or short) of a symbol.
    ///
    /// Orders in flight or of unknown outcome count in full. Independent of how many there are.
    pub fn working(&self, symbol: &Symbol) -> (Quantity, Quantity) {
        self.working.get(symbol).copied().unwrap_or_default()
    }

    /// Takes in a fact of an order's life.
    pub fn apply(&mut self, fact: &OrderFact) {
        match fact {
            OrderFact::Created(order) => self.create(order),
            OrderFact::Judged { order_id, .. }
            | OrderFact::Asked { order_id, .. }
            | OrderFact::Answered { order_id, .. }
            | OrderFact::Submitted { order_id, .. }
            | OrderFact::Accepted { order_id, .. }
            | OrderFact::Rejected { order_id, .. }
            | OrderFact::Unknown { order_id, .. }
            | OrderFact::CancelRequested { order_id, .. }
            | OrderFact::Settled { order_id, .. }
            | OrderFact::ReplaceDropped { order_id, .. }
            | OrderFact::CancelRefused { order_id, .. }
            | OrderFact::Canceled { order_id, .. }
            | OrderFact::Expired { order_id, .. } => {
                self.change(order_id, |record| record.take(fact));
            }
            OrderFact::ReplaceRequested {
                order_id, ticket, ..
            } => {
                self.change(order_id, |record| record.take(fact));
                let key = &ticket.idempotency_key;
                let taken = self
                    .by_id
                    .get(order_id)
                    .is_some_and(|record| record.changes.contains(key));
                // Until there is an order under it, the key leads to the one that is being changed.
                if taken && !self.by_key.contains_key(key) {
                    self.by_key.insert(key.clone(), order_id.clone());
                }
            }
            OrderFact::CommandRefused { .. } | OrderFact::AnswerIgnored { .. } => {}
        }
    }

    /// Takes in a fill that the books took for the first time; fills of orders not at hand change nothing here.
    pub fn apply_fill(&mut self, fill: &Fill) {
        self.change(&fill.order_id, |record| record.take_fill(fill));
    }

    /// Adds the orders to a digest of the durable state, in order of their ids.
    pub fn digest(&self, hasher: &mut Sha256) {
        let mut records: Vec<_> = self.by_id.values().collect();
        records.sort_unstable_by(|a, b| a.order.order_id.cmp(&b.order.order_id));
        // Writing to memory cannot fail; one piece of it serves every order.
        let mut line = Vec::new();
        for record in records {
            line.clear();
            let _ = serde_json::to_writer(&mut line, &record.order);
            let _ = writeln!(
                line,
                " {:?} {} {:?}",
                record.flight,
                record.filled_cost.decimal().normalize(),
                record.asked_at,
            );
            if let Some(replacement) = &record.replacement {
                let _ = writeln!(line, "{replacement:?}");
            }
            if let Some(waiting) = &record.waiting {
                let _ = writeln!(line, "{waiting:?}");
            }
            if !record.changes.is_empty() || record.replaces.is_some() {
                let _ = writeln!(
                    line,
                    "{:?} {:?} {:?}",
                    record.changes, record.replaces, record.replaced_by
                );
            }
            hasher.update(&line);
        }
    }

    fn create(&mut self, order: &Order) {
        let id = &order.order_id;
        if self.by_id.contains_key(id) {
            return;
        }
        let mut record = OrderRecord::new(order.clone());
        record.replaces = self.give_way(order);
        // A second order under the same key is refused by a gate: the key stays the first one's.
        let key = &order.idempotency_key;
        if record.replaces.is_some() || !self.by_key.contains_key(key) {
            self.by_key.insert(key.clone(), id.clone());
        }
        self.by_id.insert(id.clone(), Arc::new(record));
    }

    /// Ends the change that an order comes from, and returns the order it takes the place of, if it does.
    fn give_way(&mut self, order: &Order) -> Option<OrderId> {
        let old = self.by_key(&order.idempotency_key)?;
        let key = &old.replacement.as_ref()?.ticket.idempotency_key;
        if *key != order.idempotency_key {
            return None;
        }
        let old = old.order.order_id.clone();
        self.change(&old, |record| {
            record.replacement = None;
            record.replaced_by = Some(order.order_id.clone());
        });
        Some(old)
    }

    /// Changes one record and keeps the lists and sums in step with it.
    fn change(&mut self, id: &OrderId, change: impl FnOnce(&mut OrderRecord)) {
        let Some(slot) = self.by_id.get_mut(id) else {
            return;
        };
        let record = Arc::make_mut(slot);
        let before = (record.is_live(), record.is_done(), record.working());
        let replaced_before = record.replacement.is_some();
        let waited_before = record.waiting.is_some();
        change(record);
        let after = (record.is_live(), record.is_done(), record.working());
        match (replaced_before, record.replacement.is_some()) {
            (false, true) => self.replacing.push(id.clone()),
            (true, false) => self.replacing.retain(|other| other != id),
            (false, false) | (true, true) => {}
        }
        match (waited_before, record.waiting.is_some()) {
            (false, true) => self.waiting.push(id.clone()),
            (true, false) => self.waiting.retain(|other| other != id),
            (false, false) | (true, true) => {}
        }
        let (symbol, ended_at) = (record.order.symbol.clone(), record.ended_at());

        if before.2 != after.2 {
            self.shift_working(&symbol, before.2, after.2);
        }
        match (before.0, after.0) {
            (false, true) => {
                self.live.push(id.clone());
                self.list_live(&symbol, id);
            }
            (true, false) => {
                self.live.retain(|live| live != id);
                self.unlist_live(&symbol, id);
            }
            (false, false) | (true, true) => {}
        }
        if !before.1 && after.1 {
            self.finish(id.clone(), ended_at);
        }
    }

    pub(super) fn list_live(&mut self, symbol: &Symbol, id: &OrderId) {
        if let Some(ids) = self.live_of.get_mut(symbol) {
            ids.push(id.clone());
        } else {
            self.live_of.insert(symbol.clone(), vec![id.clone()]);
        }
    }

    fn unlist_live(&mut self, symbol: &Symbol, id: &OrderId) {
        let Some(ids) = self.live_of.get_mut(symbol) else {
            return;
        };
        ids.retain(|live| live != id);
        if ids.is_empty() {
            self.live_of.remove(symbol);
        }
    }

    pub(super) fn shift_working(&mut self, symbol: &Symbol, before: Quantity, after: Quantity) {
        let mut sums = self.working.get(symbol).copied().unwrap_or_default();
        for (signed, add) in [(before, false), (after, true)] {
            let sum = if signed.is_negative() {
                &mut sums.1
            } else {
                &mut sums.0
            };
            if add {
                *sum += signed.abs();
            } else {
                *sum -= signed.abs();
            }
        }
        // Without the decimals of what is gone: added up anew from what works, it is the same to the last digit.
        let sums = (sums.0.shortest(), sums.1.shortest());
        if sums.0.is_zero() && sums.1.is_zero() {
            self.working.remove(symbol);
        } else {
            self.working.insert(symbol.clone(), sums);
        }
    }

    fn finish(&mut self, id: OrderId, now: Timestamp) {
        if let Some(out) = Arc::make_mut(&mut self.done).push(id) {
            self.forget(&out);
        }
        while self.done.len() > DONE_MOST {
            let young = self
                .done()
                .next()
                .is_some_and(|record| now.since(record.ended_at()) < KEY_LEAST);
            if young {
                break;
            }
            if let Some(out) = Arc::make_mut(&mut self.done).pop_first() {
                self.forget(&out);
            }
        }
    }

    fn forget(&mut self, id: &OrderId) {
        let Some(record) = self.by_id.remove(id) else {
            return;
        };
        self.replacing.retain(|other| other != id);
        for key in record.changes.iter().chain([&record.order.idempotency_key]) {
            if self.by_key.get(key) == Some(id) {
                self.by_key.remove(key);
            }
        }
    }
}
