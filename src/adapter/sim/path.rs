//! A random path that is a pure function of seed and time, so it needs no memory.
//!
//! The path is a sum of octaves of noise: each octave has a random value at every
//! multiple of its period and goes straight between them. With variances in
//! proportion to the periods (a quarter of a second to half a year) increments
//! grow with the square root of time, as a price's do, while the whole stays
//! bounded. Any moment can be asked for, past ones too: history and live prices
//! are the same path.

use std::ops::Range;

/// Octaves, the shortest of 2^18 microseconds.
const OCTAVES: u32 = 26;
const SHORTEST_SHIFT: u32 = 18;
/// What the two shortest octaves count: the square roots of their periods over 6 seconds; two octaves on it is twice that.
const WEIGHTS: (f64, f64) = (0.209_023_124_717_497_87, 0.295_603_337_825_088_4);

/// Scrambles a number: nearby inputs give unrelated outputs (the finaliser of SplitMix64).
pub(super) fn scramble(n: u64) -> u64 {
    let mut z = n.wrapping_add(0x9e37_79b9_7f4a_7c15);
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

/// Returns a number spread like a bell with mean 0 and variance 1, made of four even ones.
pub(super) fn bell(bits: u64) -> f64 {
    let part = |shift: u32| f64::from(u16::try_from((bits >> shift) & 0xffff).unwrap_or(0));
    let sum = part(0) + part(16) + part(32) + part(48);
    (sum / 65_536.0 - 2.0) * 3.0_f64.sqrt()
}

/// The octaves below this are worked out anew for each moment; those from it on, and from `LONG` on, change so
/// seldom that their sums are kept.
const MIDDLE: u32 = 6;
const LONG: u32 = 13;

/// The sum of some octaves: it goes straight within a cell of the shortest of them.
#[derive(Debug, Clone, Copy)]
struct Line {
    cell: i64,
    from: f64,
    to: f64,
}

/// A line nobody asked for yet.
const UNSET: Line = Line {
    cell: i64::MIN,
    from: 0.0,
    to: 0.0,
};

impl Line {
    /// Returns the sum of `octaves` of a seed at a moment; works its ends out again when that is in another cell.
    fn at(&mut self, seed: u64, octaves: Range<u32>, us: i64) -> f64 {
        let shift = octaves.start + SHORTEST_SHIFT;
        let (cell, period) = (us >> shift, 1i64 << shift);
        let begins = cell << shift;
        if cell != self.cell {
            let next = cell.checked_sub(1) == Some(self.cell);
            let from = if next {
                self.to
            } else {
                sum(seed, octaves.clone(), begins)
            };
            // At the end of the calendar a cell is cut short, and then stands still.
            let to = sum(seed, octaves, begins.saturating_add(period));
            *self = Self { cell, from, to };
        }
        let part = (us - begins) as f64 / period as f64;
        self.from + (self.to - self.from) * part
    }
}

/// A path; remembers the longer octaves around the moment last asked for, for speed alone.
#[derive(Debug, Clone, Copy)]
pub(super) struct Path {
    seed: u64,
    middle: Line,
    long: Line,
}

impl Path {
    /// Makes the path of a seed.
    pub(super) fn new(seed: u64) -> Self {
        let (middle, long) = (UNSET, UNSET);
        Self { seed, middle, long }
    }

    /// Returns the path at `us` microseconds; its increments over t seconds have a variance of about t.
    pub(super) fn at(&mut self, us: i64) -> f64 {
        let middle = self.middle.at(self.seed, MIDDLE..LONG, us);
        let long = self.long.at(self.seed, LONG..OCTAVES, us);
        sum(self.seed, 0..MIDDLE, us) + middle + long
    }
}

fn sum(seed: u64, octaves: Range<u32>, us: i64) -> f64 {
    octaves.map(|octave| value(seed, octave, us)).sum()
}

/// Returns one octave at a moment.
fn value(seed: u64, octave: u32, us: i64) -> f64 {
    let shift = octave + SHORTEST_SHIFT;
    let cell = us >> shift;
    let seed = scramble(seed ^ u64::from(octave));
    let end = |cell: i64| bell(scramble(seed ^ u64::from_ne_bytes(cell.to_ne_bytes())));
    let (from, to) = (end(cell), end(cell.wrapping_add(1)));
    let part = (us - (cell << shift)) as f64 / (1i64 << shift) as f64;
    weight(octave) * (from + (to - from) * part)
}

/// Returns how much an octave counts: octaves of variance c x period add up to increments of about 6c x time.
fn weight(octave: u32) -> f64 {
    let even = octave.is_multiple_of(2);
    let least = if even { WEIGHTS.0 } else { WEIGHTS.1 };
    least * f64::from(1u32 << (octave / 2))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn increments_grow_with_the_square_root_of_time() {
        for lag_s in [1i64, 60, 3600] {
            let mut sum = 0.0;
            let n = 400;
            for seed in 0..n {
                let mut path = Path::new(scramble(seed));
                let at = i64::try_from(seed).unwrap() * 977_000_000;
                sum += (path.at(at + lag_s * 1_000_000) - path.at(at)).powi(2);
            }
            let ratio = sum / f64::from(u32::try_from(n).unwrap()) / lag_s as f64;
            assert!((0.6..1.6).contains(&ratio), "lag {lag_s} s: {ratio}");
        }
    }

    #[test]
    fn the_order_of_questions_does_not_matter() {
        let (mut a, mut b) = (Path::new(3), Path::new(3));
        let times = [-5_000_000, 0, 7, 1_000_000, 86_400_000_000];
        let forward: Vec<_> = times.iter().map(|t| a.at(*t)).collect();
        let mut back: Vec<_> = times.iter().rev().map(|t| b.at(*t)).collect();
        back.reverse();
        assert_eq!(forward, back);
    }
}
