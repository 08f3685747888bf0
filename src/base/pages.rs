//! A list that is cheap to copy and, after it was copied, cheap to change.
//!
//! It is cut into leaves and the leaves are gathered in nodes, each behind an
//! `Arc`: a copy copies one pointer a thousand entries, and a change after that
//! copies one node's pointers and one leaf. For long lists of which readers hold
//! frozen copies while few entries change. Grows at its end only.

use std::sync::Arc;

/// Entries of a leaf.
const LEAF: usize = 16;
/// Leaves of a node.
const NODE: usize = 64;
/// Entries of a node.
const SPAN: usize = LEAF * NODE;

type Node<T> = Vec<Arc<Vec<T>>>;

/// A list in pages.
#[derive(Debug, Clone)]
pub struct PageVec<T> {
    nodes: Vec<Arc<Node<T>>>,
    len: usize,
}

impl<T> Default for PageVec<T> {
    fn default() -> Self {
        Self {
            nodes: Vec::new(),
            len: 0,
        }
    }
}

impl<T> PageVec<T> {
    /// Returns the number of entries.
    pub fn len(&self) -> usize {
        self.len
    }

    /// Returns true when there is none.
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// Returns an entry.
    #[inline]
    pub fn get(&self, at: usize) -> Option<&T> {
        let node = self.nodes.get(at / SPAN)?;
        node.get(at % SPAN / LEAF)?.get(at % LEAF)
    }

    /// Returns the first entry.
    pub fn first(&self) -> Option<&T> {
        self.get(0)
    }

    /// Iterates over the entries in their order.
    pub fn iter(&self) -> impl Iterator<Item = &T> {
        self.nodes
            .iter()
            .flat_map(|node| node.iter())
            .flat_map(|leaf| leaf.iter())
    }
}

impl<T: Clone> PageVec<T> {
    /// Returns an entry for change; copies its leaf when a frozen copy holds it too.
    pub fn get_mut(&mut self, at: usize) -> Option<&mut T> {
        let node = Arc::make_mut(self.nodes.get_mut(at / SPAN)?);
        Arc::make_mut(node.get_mut(at % SPAN / LEAF)?).get_mut(at % LEAF)
    }

    /// Adds an entry at the end.
    pub fn push(&mut self, entry: T) {
        if self.len.is_multiple_of(SPAN) {
            self.nodes.push(Arc::new(Vec::with_capacity(NODE)));
        }
        let Some(node) = self.nodes.last_mut().map(Arc::make_mut) else {
            return;
        };
        if self.len.is_multiple_of(LEAF) {
            node.push(Arc::new(Vec::with_capacity(LEAF)));
        }
        if let Some(leaf) = node.last_mut() {
            Arc::make_mut(leaf).push(entry);
            self.len += 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_holds_what_a_plain_list_holds() {
        let (mut cut, mut plain) = (PageVec::default(), Vec::new());
        assert!(cut.is_empty() && cut.first().is_none());
        for n in 0..3 * SPAN + LEAF + 3 {
            cut.push(n);
            plain.push(n);
            let at = n * 7 / 11;
            *cut.get_mut(at).unwrap() += n;
            plain[at] += n;
            assert_eq!((cut.len(), cut.get(n + 1)), (plain.len(), None));
        }
        assert_eq!(cut.first(), plain.first());
        assert!(cut.iter().eq(plain.iter()));
        assert!((0..plain.len()).all(|at| cut.get(at) == plain.get(at)));
    }

    #[test]
    fn a_copy_keeps_what_it_held_and_a_change_copies_one_leaf() {
        let mut list = PageVec::default();
        (0..2 * SPAN).for_each(|n| list.push(n));
        let frozen = list.clone();
        *list.get_mut(SPAN + 5).unwrap() = 0;
        list.push(9);
        assert_eq!(frozen.get(SPAN + 5), Some(&(SPAN + 5)));
        assert_eq!((frozen.len(), frozen.get(2 * SPAN)), (2 * SPAN, None));
        let leaves = |of: &PageVec<usize>| -> Vec<Arc<Vec<usize>>> {
            of.nodes
                .iter()
                .flat_map(|node| node.iter().cloned())
                .collect()
        };
        let (ours, theirs) = (leaves(&list), leaves(&frozen));
        let pairs = ours.iter().zip(&theirs);
        let copied = pairs.filter(|(a, b)| !Arc::ptr_eq(a, b)).count();
        assert_eq!(copied, 1);
    }
}
