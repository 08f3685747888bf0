//! Where unique tokens come from: the machine's random source, or a seed.
//!
//! Logic never makes ids out of nothing: it derives them from sequence numbers.
//! Only things born outside the journal (a ticket's idempotency key, the desk's
//! own id) take a token from here.

use std::sync::atomic::{AtomicU64, Ordering};

/// Makes tokens that do not repeat.
pub trait IdSource: Send + Sync + std::fmt::Debug {
    /// Returns a token of 16 lower-case hexadecimal digits.
    fn token(&self) -> String;
}

/// Tokens from the operating system's random source.
#[derive(Debug, Default)]
pub struct SystemIds {
    fallback: AtomicU64,
}

impl IdSource for SystemIds {
    fn token(&self) -> String {
        let mut bytes = [0u8; 8];
        if getrandom::fill(&mut bytes).is_ok() {
            return format!("{:016x}", u64::from_be_bytes(bytes));
        }
        // Without a random source a token must still not repeat within this process.
        let n = self.fallback.fetch_add(1, Ordering::Relaxed);
        format!("{:08x}{:08x}", std::process::id(), n)
    }
}

/// Tokens from a seed: the same seed gives the same tokens in the same order.
#[derive(Debug)]
pub struct SeededIds {
    state: AtomicU64,
}

impl SeededIds {
    /// Starts the sequence of `seed`.
    pub fn new(seed: u64) -> Self {
        Self {
            state: AtomicU64::new(seed),
        }
    }
}

impl IdSource for SeededIds {
    fn token(&self) -> String {
        // SplitMix64 (Steele, Lea, Flood 2014): a bijection of the counter, so tokens never repeat.
        let step = 0x9e37_79b9_7f4a_7c15_u64;
        let mut z = self
            .state
            .fetch_add(step, Ordering::Relaxed)
            .wrapping_add(step);
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        format!("{:016x}", z ^ (z >> 31))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_seed_repeats_its_tokens_and_never_one_twice() {
        let (a, b) = (SeededIds::new(7), SeededIds::new(7));
        let first: Vec<_> = (0..1000).map(|_| a.token()).collect();
        let again: Vec<_> = (0..1000).map(|_| b.token()).collect();
        assert_eq!(first, again);
        let unique: std::collections::HashSet<_> = first.iter().collect();
        assert_eq!(unique.len(), 1000);
    }
}
