//! A map that is cheap to copy and, after it was copied, cheap to change.
//!
//! It is cut into [`SHARDS`] maps, each behind an `Arc`: a copy copies so many
//! pointers, and a change after that copies the one shard it falls into. For
//! slices of state of which readers hold frozen copies. Hashed fast, so the number
//! of keys must be bounded elsewhere. Iteration is in no order.

use std::collections::HashMap;
use std::hash::{BuildHasher, Hash};
use std::sync::Arc;

use crate::base::FastHash;

/// Maps it is cut into; a power of two.
const SHARDS: usize = 64;

type Shard<K, V> = HashMap<K, V, FastHash>;

/// A map in shards.
#[derive(Debug, Clone)]
pub struct ShardMap<K, V> {
    shards: Vec<Arc<Shard<K, V>>>,
    len: usize,
}

impl<K, V> Default for ShardMap<K, V> {
    fn default() -> Self {
        let empty = Arc::new(Shard::default());
        Self {
            shards: vec![empty; SHARDS],
            len: 0,
        }
    }
}

impl<K: Hash + Eq + Clone, V: Clone> ShardMap<K, V> {
    /// Picks by bits that the map inside does not pick its bucket by.
    fn at(key: &K) -> usize {
        let hash = FastHash::default().hash_one(key) >> 40;
        usize::try_from(hash).unwrap_or(0) % SHARDS
    }

    /// Returns what stands under a key.
    pub fn get(&self, key: &K) -> Option<&V> {
        self.shards.get(Self::at(key))?.get(key)
    }

    /// Returns what stands under a key for change; copies the shard when a frozen copy holds it too.
    pub fn get_mut(&mut self, key: &K) -> Option<&mut V> {
        let shard = self.shards.get_mut(Self::at(key))?;
        if !shard.contains_key(key) {
            return None;
        }
        Arc::make_mut(shard).get_mut(key)
    }

    /// Returns true when something stands under a key.
    pub fn contains_key(&self, key: &K) -> bool {
        self.get(key).is_some()
    }

    /// Puts a value under a key and returns the one that stood there.
    pub fn insert(&mut self, key: K, value: V) -> Option<V> {
        let shard = self.shards.get_mut(Self::at(&key))?;
        let before = Arc::make_mut(shard).insert(key, value);
        self.len += usize::from(before.is_none());
        before
    }

    /// Takes out what stands under a key.
    pub fn remove(&mut self, key: &K) -> Option<V> {
        let shard = self.shards.get_mut(Self::at(key))?;
        if !shard.contains_key(key) {
            return None;
        }
        let out = Arc::make_mut(shard).remove(key);
        self.len -= usize::from(out.is_some());
        out
    }

    /// Iterates over keys and values, in no order.
    pub fn iter(&self) -> impl Iterator<Item = (&K, &V)> {
        self.shards.iter().flat_map(|shard| shard.iter())
    }

    /// Iterates over the values, in no order.
    pub fn values(&self) -> impl Iterator<Item = &V> {
        self.iter().map(|(_, value)| value)
    }

    /// Returns how many keys there are.
    pub fn len(&self) -> usize {
        self.len
    }

    /// Returns true when there is none.
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use super::*;

    #[test]
    fn it_holds_what_a_plain_map_holds() {
        let (mut cut, mut plain) = (ShardMap::default(), HashMap::new());
        for n in 0..5000_u64 {
            let key = format!("k{}", n * 7 % 700);
            if n % 3 == 0 {
                assert_eq!(cut.remove(&key), plain.remove(&key));
            } else {
                assert_eq!(cut.insert(key.clone(), n), plain.insert(key.clone(), n));
            }
            if let Some(value) = cut.get_mut(&key) {
                *value += 1;
            }
            plain.entry(key.clone()).and_modify(|value| *value += 1);
            assert_eq!(cut.get(&key), plain.get(&key));
            assert_eq!(cut.len(), plain.len());
        }
        let held: HashMap<_, _> = cut.iter().map(|(k, v)| (k.clone(), *v)).collect();
        assert_eq!(held, plain);
    }

    #[test]
    fn a_copy_keeps_what_it_held() {
        let mut map = ShardMap::default();
        for n in 0..200 {
            map.insert(n, n);
        }
        let frozen = map.clone();
        *map.get_mut(&7).unwrap() = 0;
        map.remove(&8);
        map.insert(1000, 1);
        assert_eq!((frozen.get(&7), frozen.get(&8)), (Some(&7), Some(&8)));
        assert_eq!((frozen.len(), frozen.get(&1000)), (200, None));
        let shared = map.shards.iter().zip(&frozen.shards);
        let copied = shared.filter(|(a, b)| !Arc::ptr_eq(a, b)).count();
        assert!(copied <= 3, "{copied} shards copied for three changes");
    }
}
