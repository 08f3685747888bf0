//! A fast hash for short keys in maps whose size is bounded elsewhere.
//!
//! It does not resist keys chosen to collide: use it only where the number of
//! keys is limited, so that the worst such keys can do is a slower lookup.

use std::hash::{BuildHasherDefault, Hasher};

/// Makes [`FastHasher`]s for a `HashMap`.
pub type FastHash = BuildHasherDefault<FastHasher>;

/// Multiplies and rotates, eight bytes at a time.
#[derive(Debug, Clone, Copy, Default)]
pub struct FastHasher(u64);

impl FastHasher {
    fn mix(&mut self, word: u64) {
        self.0 = (self.0.rotate_left(5) ^ word).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    }
}

impl Hasher for FastHasher {
    fn write(&mut self, bytes: &[u8]) {
        let (words, rest) = bytes.as_chunks::<8>();
        for word in words {
            self.mix(u64::from_le_bytes(*word));
        }
        if !rest.is_empty() {
            let tail = rest.iter().fold(0, |word, &b| (word << 8) | u64::from(b));
            self.mix(tail ^ ((rest.len() as u64) << 56));
        }
    }

    fn write_u8(&mut self, byte: u8) {
        self.mix(u64::from(byte));
    }

    fn finish(&self) -> u64 {
        // The product's high bits are the mixed ones, and maps pick the bucket by the low ones.
        self.0.rotate_left(26)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;
    use std::hash::BuildHasher;

    use super::*;

    #[test]
    fn short_keys_spread_over_the_low_bits() {
        let keys = (0..4096).map(|n| format!("SYM{n}-USD"));
        let hashes: Vec<u64> = keys.map(|k| FastHash::default().hash_one(k)).collect();
        let whole: HashSet<_> = hashes.iter().collect();
        assert_eq!(whole.len(), hashes.len());
        let buckets: HashSet<_> = hashes.iter().map(|h| h & 4095).collect();
        // 4096 keys thrown at random into 4096 buckets leave about 63 % of them used.
        assert!(buckets.len() > 2300, "{} buckets used", buckets.len());
    }
}
