//! How long something takes, over many times: a histogram of bounded size, and what it comes to.
//!
//! Buckets grow with what they hold, eight to each doubling, so a quantile is never
//! more than an eighth too high and the whole takes the same room after a billion
//! times as after one. Knows no clock: durations come in as data.

use std::time::Duration;

/// Buckets to each doubling.
const STEPS: usize = 8;
/// Its power of two.
const STEP_BITS: u32 = STEPS.trailing_zeros();
/// Doublings told apart: up to about nine minutes in nanoseconds; what takes longer counts as that long.
const DOUBLINGS: usize = 36;

/// Counts of durations by size.
#[derive(Debug, Clone)]
pub struct Histogram {
    counts: Box<[u32]>,
    all: u64,
}

/// What a histogram comes to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Spread {
    /// How many times.
    pub count: u64,
    /// Half of them took no longer.
    pub p50: Duration,
    /// All but one in a hundred took no longer.
    pub p99: Duration,
}

impl Default for Histogram {
    fn default() -> Self {
        Self {
            counts: vec![0; STEPS * (DOUBLINGS + 1)].into_boxed_slice(),
            all: 0,
        }
    }
}

impl Histogram {
    /// Counts one duration.
    pub fn add(&mut self, took: Duration) {
        let nanos = u64::try_from(took.as_nanos()).unwrap_or(u64::MAX);
        let last = self.counts.len() - 1;
        if let Some(count) = self.counts.get_mut(bucket(nanos).min(last)) {
            *count = count.saturating_add(1);
            self.all += 1;
        }
    }

    /// Returns what it comes to; none before anything was counted.
    pub fn spread(&self) -> Option<Spread> {
        (self.all > 0).then(|| Spread {
            count: self.all,
            p50: self.quantile(50),
            p99: self.quantile(99),
        })
    }

    /// Returns the end of the bucket that so many of a hundred do not exceed.
    fn quantile(&self, percent: u64) -> Duration {
        let rank = (self.all.saturating_mul(percent)).div_ceil(100).max(1);
        let mut seen = 0;
        let reached = self.counts.iter().position(|count| {
            seen += u64::from(*count);
            seen >= rank
        });
        Duration::from_nanos(reached.map_or(0, end_of))
    }
}

/// Returns the bucket of a number of nanoseconds.
fn bucket(nanos: u64) -> usize {
    let Some(top) = nanos.checked_ilog2().filter(|top| *top >= STEP_BITS) else {
        return usize::try_from(nanos).unwrap_or(0);
    };
    let shift = top - STEP_BITS;
    let within = usize::try_from(nanos >> shift).unwrap_or(0) - STEPS;
    STEPS * (shift as usize + 1) + within
}

/// Returns the most nanoseconds a bucket holds.
fn end_of(bucket: usize) -> u64 {
    let (doubling, within) = (bucket / STEPS, bucket % STEPS);
    let Some(shift) = doubling.checked_sub(1) else {
        return within as u64;
    };
    (((STEPS + within + 1) as u64) << shift) - 1
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_quantile_is_at_most_an_eighth_too_high_at_any_size() {
        for nanos in (0..4_000).chain((12..36).flat_map(|power| {
            let whole = 1_u64 << power;
            [whole - 1, whole, whole + whole / 3, whole + whole / 2]
        })) {
            let mut one = Histogram::default();
            one.add(Duration::from_nanos(nanos));
            let said = u64::try_from(one.spread().unwrap().p99.as_nanos()).unwrap();
            assert!(
                (nanos..=nanos + nanos / 8).contains(&said),
                "{nanos}: {said}"
            );
        }
    }

    #[test]
    fn the_slowest_of_a_hundred_is_not_hidden_and_the_size_stays() {
        let mut times = Histogram::default();
        assert_eq!(times.spread(), None);
        let size = times.counts.len();
        for _ in 0..98 {
            times.add(Duration::from_nanos(100));
        }
        times.add(Duration::from_micros(50));
        times.add(Duration::MAX);
        let spread = times.spread().unwrap();
        assert_eq!(spread.count, 100);
        assert!(spread.p50 < Duration::from_nanos(113), "{spread:?}");
        assert!(spread.p99 >= Duration::from_micros(50), "{spread:?}");
        assert!(spread.p99 < Duration::from_micros(57), "{spread:?}");
        assert_eq!(times.counts.len(), size);
    }
}
