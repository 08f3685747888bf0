//! Exponential backoff with jitter, as arithmetic: the caller supplies the random part and waits.

use std::time::Duration;

/// Delays that double from `first` to `most`, each cut by up to half by jitter.
#[derive(Debug, Clone)]
pub struct Backoff {
    first: Duration,
    most: Duration,
    attempt: u32,
}

impl Backoff {
    /// Makes a backoff that starts at `first` and never waits longer than `most`.
    pub fn new(first: Duration, most: Duration) -> Self {
        Self {
            first,
            most,
            attempt: 0,
        }
    }

    /// Returns the next delay; `jitter` is any number, equally likely over its range.
    pub fn next(&mut self, jitter: u64) -> Duration {
        let doubled = self
            .first
            .saturating_mul(1u32.checked_shl(self.attempt).unwrap_or(u32::MAX));
        let full = doubled.min(self.most);
        self.attempt = self.attempt.saturating_add(1).min(31);
        let half_us = u64::try_from(full.as_micros() / 2).unwrap_or(u64::MAX);
        let cut = if half_us == 0 {
            0
        } else {
            jitter % (half_us + 1)
        };
        full.saturating_sub(Duration::from_micros(cut))
    }

    /// Starts over after a success.
    pub fn reset(&mut self) {
        self.attempt = 0;
    }

    /// Returns how many delays were given since the last success.
    pub fn attempts(&self) -> u32 {
        self.attempt
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn delays_double_up_to_the_most_and_start_over() {
        let mut backoff = Backoff::new(Duration::from_millis(100), Duration::from_secs(2));
        let full: Vec<_> = (0..7).map(|_| backoff.next(0).as_millis()).collect();
        assert_eq!(full, [100, 200, 400, 800, 1600, 2000, 2000]);
        backoff.reset();
        assert_eq!(backoff.next(0).as_millis(), 100);
    }

    #[test]
    fn jitter_takes_at_most_half() {
        for jitter in [1, 49_999, 50_000, 50_001, u64::MAX] {
            let delay =
                Backoff::new(Duration::from_millis(100), Duration::from_secs(2)).next(jitter);
            assert!(delay >= Duration::from_millis(50) && delay <= Duration::from_millis(100));
        }
    }
}
