//! The clock seam: the only place that reads the machine's clocks.
//!
//! Logic takes time as data; edges take it from a [`Clock`]. Wall time may step
//! in both directions; monotonic time never goes back.

use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

/// A source of wall time and of monotonic time.
pub trait Clock: Send + Sync + std::fmt::Debug {
    /// Returns microseconds since the Unix epoch, UTC.
    fn wall_us(&self) -> i64;
    /// Returns the time since this clock was made; it never decreases.
    fn elapsed(&self) -> Duration;
}

/// The machine's own clocks.
#[derive(Debug)]
pub struct SystemClock {
    start: Instant,
}

impl SystemClock {
    /// Starts a clock whose monotonic time is zero now.
    #[expect(
        clippy::disallowed_methods,
        reason = "this is the one seam to the machine's clock"
    )]
    pub fn new() -> Self {
        Self {
            start: Instant::now(),
        }
    }
}

impl Default for SystemClock {
    fn default() -> Self {
        Self::new()
    }
}

impl Clock for SystemClock {
    #[expect(
        clippy::disallowed_methods,
        reason = "this is the one seam to the machine's clock"
    )]
    fn wall_us(&self) -> i64 {
        // A clock set before 1970 reads as the epoch: later stages treat it as stale, not as a crash.
        let since = SystemTime::now()
            .duration_since(UNIX_EPOCH)
            .unwrap_or(Duration::ZERO);
        i64::try_from(since.as_micros()).unwrap_or(i64::MAX)
    }

    fn elapsed(&self) -> Duration {
        self.start.elapsed()
    }
}

/// A clock that moves only when told to: for tests and simulations.
#[derive(Debug)]
pub struct ManualClock {
    start_us: i64,
    now_us: AtomicI64,
}

impl ManualClock {
    /// Makes a clock that stands at `start_us` microseconds since the epoch.
    pub fn new(start_us: i64) -> Self {
        Self {
            start_us,
            now_us: AtomicI64::new(start_us),
        }
    }

    /// Moves the clock forward.
    pub fn advance(&self, by: Duration) {
        let us = i64::try_from(by.as_micros()).unwrap_or(i64::MAX);
        self.now_us.fetch_add(us, Ordering::SeqCst);
    }
}

impl Clock for ManualClock {
    fn wall_us(&self) -> i64 {
        self.now_us.load(Ordering::SeqCst)
    }

    fn elapsed(&self) -> Duration {
        let us = self
            .now_us
            .load(Ordering::SeqCst)
            .saturating_sub(self.start_us);
        Duration::from_micros(u64::try_from(us).unwrap_or(0))
    }
}
