//! A bounded history: when full, the oldest entry makes room for the newest.

use std::collections::VecDeque;

/// A queue that keeps at most `capacity` entries, the newest ones.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ring<T> {
    entries: VecDeque<T>,
    capacity: usize,
}

impl<T> Ring<T> {
    /// Makes an empty ring; a capacity of zero is taken as one.
    pub fn new(capacity: usize) -> Self {
        Self {
            entries: VecDeque::new(),
            capacity: capacity.max(1),
        }
    }

    /// Makes a ring of the newest of these, with no more room than they take.
    pub fn of(capacity: usize, mut entries: Vec<T>) -> Self {
        let capacity = capacity.max(1);
        entries.drain(..entries.len().saturating_sub(capacity));
        entries.shrink_to_fit();
        Self {
            entries: entries.into(),
            capacity,
        }
    }

    /// Adds an entry and returns the one that had to leave, if any.
    pub fn push(&mut self, entry: T) -> Option<T> {
        let out = if self.entries.len() >= self.capacity {
            self.entries.pop_front()
        } else {
            None
        };
        self.entries.push_back(entry);
        out
    }

    /// Returns the number of entries held.
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// Returns true when nothing is held.
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// Returns the most entries the ring will hold.
    pub fn capacity(&self) -> usize {
        self.capacity
    }

    /// Iterates from the oldest to the newest.
    pub fn iter(&self) -> std::collections::vec_deque::Iter<'_, T> {
        self.entries.iter()
    }

    /// Returns the newest entry.
    pub fn last(&self) -> Option<&T> {
        self.entries.back()
    }

    /// Returns the newest entry for change.
    pub fn last_mut(&mut self) -> Option<&mut T> {
        self.entries.back_mut()
    }

    /// Returns the oldest entry.
    pub fn first(&self) -> Option<&T> {
        self.entries.front()
    }

    /// Takes the oldest entry out.
    pub fn pop_first(&mut self) -> Option<T> {
        self.entries.pop_front()
    }

    /// Returns the entry at `index`, counted from the oldest.
    pub fn get(&self, index: usize) -> Option<&T> {
        self.entries.get(index)
    }
}

impl<'a, T> IntoIterator for &'a Ring<T> {
    type Item = &'a T;
    type IntoIter = std::collections::vec_deque::Iter<'a, T>;

    fn into_iter(self) -> Self::IntoIter {
        self.entries.iter()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_oldest_leaves_first_and_the_bound_holds() {
        let mut ring = Ring::new(3);
        let left: Vec<_> = (1..=5).filter_map(|n| ring.push(n)).collect();
        assert_eq!(left, [1, 2]);
        assert_eq!(ring.iter().copied().collect::<Vec<_>>(), [3, 4, 5]);
        assert_eq!((ring.len(), ring.capacity()), (3, 3));
        assert_eq!(Ring::of(3, (1..=5).collect()), ring);
        assert_eq!(Ring::of(3, vec![1]).push(2), None);
    }
}
