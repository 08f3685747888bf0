//! The clock seam: the only place that reads the machine's clocks.
//!
//! Logic takes time as data; edges take it from a [`Clock`]. The machine's wall time
//! may step in both directions; monotonic time never goes back. A [`SteadyClock`] is
//! what a session lives by: wall time that does not step.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use rustix::time::{ClockId, clock_gettime};

/// A source of wall time and of monotonic time.
pub trait Clock: Send + Sync + std::fmt::Debug {
    /// Returns microseconds since the Unix epoch, UTC.
    fn wall_us(&self) -> i64;
    /// Returns the time since this clock was made; it never decreases.
    fn elapsed(&self) -> Duration;
}

impl<C: Clock + ?Sized> Clock for Arc<C> {
    fn wall_us(&self) -> i64 {
        (**self).wall_us()
    }

    fn elapsed(&self) -> Duration {
        (**self).elapsed()
    }
}

/// A clock whose wall time is read once and from then on moved by monotonic time alone.
///
/// The machine's clock may be set by hand or by a time server while a session runs: to
/// the session no time passed by that, so no quote turns fresh or stale, no day begins
/// twice and no question is put off. The next session takes the machine's new time over.
#[derive(Debug)]
pub struct SteadyClock<C> {
    inner: C,
    began_us: i64,
    began: Duration,
}

impl<C: Clock> SteadyClock<C> {
    /// Takes the wall time of `inner` over, once.
    pub fn new(inner: C) -> Self {
        let (began_us, began) = (inner.wall_us(), inner.elapsed());
        Self {
            inner,
            began_us,
            began,
        }
    }

    /// Returns how far, in microseconds, the machine's wall time has stepped ahead of the session's; below zero, behind.
    pub fn stepped_us(&self) -> i64 {
        self.inner.wall_us().saturating_sub(self.wall_us())
    }
}

impl<C: Clock> Clock for SteadyClock<C> {
    fn wall_us(&self) -> i64 {
        let since = self.inner.elapsed().saturating_sub(self.began);
        let us = i64::try_from(since.as_micros()).unwrap_or(i64::MAX);
        self.began_us.saturating_add(us)
    }

    fn elapsed(&self) -> Duration {
        self.inner.elapsed()
    }
}

/// The machine's own clocks.
#[derive(Debug)]
pub struct SystemClock {
    start: Duration,
}

/// Returns the time since the machine started, sleep included: a lid that was closed made every quote old.
fn uptime() -> Duration {
    #[cfg(target_os = "linux")]
    let id = ClockId::Boottime;
    #[cfg(not(target_os = "linux"))]
    let id = ClockId::Monotonic;
    let time = clock_gettime(id);
    let nanos = u32::try_from(time.tv_nsec).unwrap_or(0);
    Duration::new(u64::try_from(time.tv_sec).unwrap_or(0), nanos)
}

impl SystemClock {
    /// Starts a clock whose monotonic time is zero now.
    pub fn new() -> Self {
        Self { start: uptime() }
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
        uptime().saturating_sub(self.start)
    }
}

/// A clock that moves only when told to: for tests and simulations.
#[derive(Debug)]
#[expect(
    clippy::struct_field_names,
    reason = "each is a number of microseconds"
)]
pub struct ManualClock {
    start_us: i64,
    now_us: AtomicI64,
    stepped_us: AtomicI64,
}

impl ManualClock {
    /// Makes a clock that stands at `start_us` microseconds since the epoch.
    pub fn new(start_us: i64) -> Self {
        Self {
            start_us,
            now_us: AtomicI64::new(start_us),
            stepped_us: AtomicI64::new(0),
        }
    }

    /// Moves the clock forward.
    pub fn advance(&self, by: Duration) {
        let us = i64::try_from(by.as_micros()).unwrap_or(i64::MAX);
        self.now_us.fetch_add(us, Ordering::SeqCst);
    }

    /// Sets the wall time forward, or back, by so many microseconds; no time passes by it.
    pub fn step(&self, by_us: i64) {
        self.stepped_us.fetch_add(by_us, Ordering::SeqCst);
    }
}

impl Clock for ManualClock {
    fn wall_us(&self) -> i64 {
        let stepped_us = self.stepped_us.load(Ordering::SeqCst);
        self.now_us
            .load(Ordering::SeqCst)
            .saturating_add(stepped_us)
    }

    fn elapsed(&self) -> Duration {
        let us = self
            .now_us
            .load(Ordering::SeqCst)
            .saturating_sub(self.start_us);
        Duration::from_micros(u64::try_from(us).unwrap_or(0))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_step_of_the_wall_clock_is_no_time_to_a_session() {
        let machine = Arc::new(ManualClock::new(1_000_000));
        let session = SteadyClock::new(Arc::clone(&machine));
        for (step, stands) in [
            (3_600_000_000, 3_600_000_000),
            (-7_200_000_000, -3_600_000_000),
        ] {
            let before = session.wall_us();
            machine.step(step);
            assert_eq!((session.wall_us(), session.stepped_us()), (before, stands));
            machine.advance(Duration::from_secs(1));
            assert_eq!(session.wall_us(), before + 1_000_000);
        }
        // The next session lives by the machine's time as it is then.
        assert_eq!(
            SteadyClock::new(Arc::clone(&machine)).wall_us(),
            machine.wall_us()
        );
    }
}
