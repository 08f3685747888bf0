//! Which fills were booked, so that none is booked twice.
//!
//! The newest 102,144 to 103,936 fills are remembered, by (broker, fill id). A
//! broker replays only what comes after the cursor kept with its newest fill, so
//! what can come twice lies far inside that window. Of each fill 128 bits of a
//! SHA-256 are kept: no two ids anybody could find share them. Kept in blocks behind
//! `Arc`: a copy of the books copies pointers and one block at most.

use std::collections::{HashSet, VecDeque};
use std::fmt::Write;
use std::hash::{BuildHasherDefault, Hasher};
use std::sync::Arc;

use sha2::{Digest, Sha256};

use crate::domain::{BrokerId, FillId};

/// Fills in a full block, which is what a table of 2,048 places takes, and full blocks kept.
const BLOCK: usize = 1792;
const BLOCKS_MOST: usize = 57;

type Block = HashSet<u128, BuildHasherDefault<AsItIs>>;

/// The fills booked lately.
#[derive(Debug, Clone, Default)]
pub(super) struct SeenFills {
    full: VecDeque<Arc<Block>>,
    newest: Block,
}

impl SeenFills {
    /// Returns true when the fill was booked within the window.
    pub(super) fn contains(&self, broker: &BrokerId, fill_id: &FillId) -> bool {
        let mark = mark(broker, fill_id);
        self.newest.contains(&mark) || self.full.iter().rev().any(|block| block.contains(&mark))
    }

    /// Remembers a fill.
    pub(super) fn insert(&mut self, broker: &BrokerId, fill_id: &FillId) {
        self.newest.insert(mark(broker, fill_id));
        if self.newest.len() < BLOCK {
            return;
        }
        self.full
            .push_back(Arc::new(std::mem::take(&mut self.newest)));
        if self.full.len() > BLOCKS_MOST {
            self.full.pop_front();
        }
    }

    /// Returns the fills block by block, each in order as hexadecimal digits; the last block is not full.
    pub(super) fn kept(&self) -> Vec<String> {
        let blocks = self.full.iter().map(|block| &**block);
        blocks.chain([&self.newest]).map(digits).collect()
    }

    /// Takes back what was kept; none when it is not that.
    pub(super) fn from_kept(kept: &[String]) -> Option<Self> {
        let mut blocks: VecDeque<Block> =
            kept.iter().map(|text| marks(text)).collect::<Option<_>>()?;
        let newest = blocks.pop_back().unwrap_or_default();
        Some(Self {
            full: blocks.into_iter().map(Arc::new).collect(),
            newest,
        })
    }

    /// Returns how many are remembered.
    pub(super) fn len(&self) -> usize {
        self.full.len() * BLOCK + self.newest.len()
    }
}

/// Digits of a mark.
const DIGITS: usize = 32;

fn digits(block: &Block) -> String {
    let mut marks: Vec<u128> = block.iter().copied().collect();
    marks.sort_unstable();
    let mut text = String::with_capacity(marks.len() * DIGITS);
    for mark in marks {
        // Writing to a String cannot fail.
        let _ = write!(text, "{mark:0DIGITS$x}");
    }
    text
}

fn marks(text: &str) -> Option<Block> {
    let (marks, rest) = text.as_bytes().as_chunks::<DIGITS>();
    if !rest.is_empty() {
        return None;
    }
    let read = |digits| u128::from_str_radix(std::str::from_utf8(digits).ok()?, 16).ok();
    marks.iter().map(|digits| read(digits)).collect()
}

/// Returns what stands for a fill.
fn mark(broker: &BrokerId, fill_id: &FillId) -> u128 {
    let (broker, fill_id) = (broker.as_str(), fill_id.as_str());
    let digest = Sha256::new()
        // The length parts the two, whatever either is made of.
        .chain_update(broker.len().to_le_bytes())
        .chain_update(broker)
        .chain_update(fill_id)
        .finalize();
    let (half, _) = digest.split_at(16);
    half.iter()
        .fold(0, |mark, byte| (mark << 8) | u128::from(*byte))
}

/// Takes a part of what is a hash already for the hash.
#[derive(Debug, Clone, Copy, Default)]
struct AsItIs(u64);

impl Hasher for AsItIs {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        self.0 = bytes
            .iter()
            .fold(self.0, |word, byte| (word << 8) | u64::from(*byte));
    }

    fn write_u128(&mut self, mark: u128) {
        // The lower half; the upper one tells marks apart that fall into one place.
        self.0 = u64::try_from(mark & u128::from(u64::MAX)).unwrap_or(0);
    }
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

    #[test]
    fn broker_and_fill_do_not_run_into_each_other() {
        let mut seen = SeenFills::default();
        let broker = |text| BrokerId::new(text).unwrap();
        let fill = |text| FillId::new(text).unwrap();
        seen.insert(&broker("ab"), &fill("c-1"));
        assert!(seen.contains(&broker("ab"), &fill("c-1")));
        assert!(!seen.contains(&broker("a"), &fill("bc-1")));
    }
}
