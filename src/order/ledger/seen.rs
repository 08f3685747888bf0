//! Which fills were booked, so that none is booked twice.
//!
//! The newest 102,400 to 103,424 fills are remembered, by (broker, fill id). A
//! broker replays only what comes after the cursor kept with its newest fill, so
//! what can come twice lies far inside that window. Kept in blocks behind `Arc`:
//! a copy of the books copies pointers and one block at most.

use std::collections::{BTreeMap, HashSet, VecDeque};
use std::sync::Arc;

use crate::domain::{BrokerId, FillId};

/// Fills in a full block, and full blocks kept.
const BLOCK: usize = 1024;
const BLOCKS_MOST: usize = 100;

type Key = (BrokerId, FillId);

/// The fills booked lately.
#[derive(Debug, Clone, Default)]
pub(super) struct SeenFills {
    full: VecDeque<Arc<HashSet<Key>>>,
    newest: HashSet<Key>,
}

impl SeenFills {
    /// Returns true when the fill was booked within the window.
    pub(super) fn contains(&self, broker: &BrokerId, fill_id: &FillId) -> bool {
        let key = (broker.clone(), fill_id.clone());
        self.newest.contains(&key) || self.full.iter().rev().any(|block| block.contains(&key))
    }

    /// Remembers a fill.
    pub(super) fn insert(&mut self, broker: &BrokerId, fill_id: &FillId) {
        self.newest.insert((broker.clone(), fill_id.clone()));
        if self.newest.len() < BLOCK {
            return;
        }
        self.full
            .push_back(Arc::new(std::mem::take(&mut self.newest)));
        if self.full.len() > BLOCKS_MOST {
            self.full.pop_front();
        }
    }

    /// Returns the fills block by block, each in order of their names; the last block is not full.
    pub(super) fn kept(&self) -> Vec<BTreeMap<BrokerId, Vec<FillId>>> {
        let blocks = self.full.iter().map(|block| &**block);
        blocks.chain([&self.newest]).map(by_broker).collect()
    }

    /// Takes back what was kept.
    pub(super) fn from_kept(kept: Vec<BTreeMap<BrokerId, Vec<FillId>>>) -> Self {
        let mut blocks: VecDeque<HashSet<Key>> = kept.into_iter().map(together).collect();
        let newest = blocks.pop_back().unwrap_or_default();
        Self {
            full: blocks.into_iter().map(Arc::new).collect(),
            newest,
        }
    }

    /// Returns how many are remembered.
    pub(super) fn len(&self) -> usize {
        self.full.len() * BLOCK + self.newest.len()
    }
}

fn by_broker(block: &HashSet<Key>) -> BTreeMap<BrokerId, Vec<FillId>> {
    let mut brokers: BTreeMap<BrokerId, Vec<FillId>> = BTreeMap::new();
    for (broker, fill_id) in block {
        match brokers.get_mut(broker) {
            Some(fills) => fills.push(fill_id.clone()),
            None => {
                brokers.insert(broker.clone(), vec![fill_id.clone()]);
            }
        }
    }
    for fills in brokers.values_mut() {
        fills.sort_unstable();
    }
    brokers
}

fn together(brokers: BTreeMap<BrokerId, Vec<FillId>>) -> HashSet<Key> {
    let fills = brokers.into_iter().flat_map(|(broker, fills)| {
        let of = move |fill_id| (broker.clone(), fill_id);
        fills.into_iter().map(of)
    });
    fills.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_window_is_bounded_and_forgets_the_oldest_first() {
        let broker = BrokerId::new("paper").unwrap();
        let id = |n: usize| FillId::new(format!("f{n}")).unwrap();
        let mut seen = SeenFills::default();
        for n in 0..110_000 {
            seen.insert(&broker, &id(n));
        }
        assert!((BLOCK * BLOCKS_MOST..=BLOCK * (BLOCKS_MOST + 1)).contains(&seen.len()));
        assert!(seen.contains(&broker, &id(109_999)));
        assert!(seen.contains(&broker, &id(110_000 - 100_000)));
        assert!(!seen.contains(&broker, &id(0)));
        assert!(!seen.contains(&BrokerId::new("other").unwrap(), &id(109_999)));
    }
}
