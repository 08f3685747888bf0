//! Chance, all of it from the seed.
//!
//! What is done in a round is the same for the same seed; what the clock of the
//! machine makes of it is not, and that is the point of the exercise.

use std::time::Duration;

use rand_core::{Rng, SeedableRng};
use rand_xoshiro::Xoshiro256PlusPlus;

pub struct Chance(Xoshiro256PlusPlus);

impl Chance {
    /// The chance of one round, whichever rounds came before it.
    pub fn of(seed: u64, round: u64) -> Self {
        let mixed = seed ^ round.wrapping_mul(0x9e37_79b9_7f4a_7c15);
        Self(Xoshiro256PlusPlus::seed_from_u64(mixed))
    }

    /// Returns a number below `most`.
    pub fn below(&mut self, most: u64) -> u64 {
        self.0.next_u64() % most.max(1)
    }

    /// Returns true in one of `of` cases.
    pub fn one_in(&mut self, of: u64) -> bool {
        self.below(of) == 0
    }

    pub fn pick<'a, T>(&mut self, from: &'a [T]) -> &'a T {
        let at = self.below(from.len() as u64);
        &from[usize::try_from(at).unwrap()]
    }

    /// Lets a moment pass, up to so many milliseconds, and returns how many it were.
    pub fn pause(&mut self, most_ms: u64) -> u64 {
        let ms = self.below(most_ms + 1);
        std::thread::sleep(Duration::from_millis(ms));
        ms
    }
}
