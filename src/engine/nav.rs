//! NAV over time, for the eye: a sample a minute, kept with the session and in no fact.

use std::sync::Arc;

use crate::base::Ring;
use crate::domain::{Money, Timestamp};

/// Samples kept: two days of minutes.
const SAMPLES_MOST: usize = 2880;
const MINUTE_US: i64 = 60_000_000;

/// NAV by the minute, oldest first; a minute holds the newest NAV of it.
#[derive(Debug, Clone)]
pub(super) struct NavCurve(Arc<Ring<(Timestamp, Money)>>);

impl Default for NavCurve {
    fn default() -> Self {
        Self(Arc::new(Ring::new(SAMPLES_MOST)))
    }
}

impl NavCurve {
    /// Takes in NAV as it is now.
    pub(super) fn sample(&mut self, now: Timestamp, nav_usd: Money) {
        let minute = |at: Timestamp| at.as_us().div_euclid(MINUTE_US);
        let newest = self.0.last();
        // Also where the clock was set back: the curve does not run backwards.
        if newest.is_none_or(|(at, _)| minute(now) > minute(*at)) {
            Arc::make_mut(&mut self.0).push((now, nav_usd));
        }
    }

    /// Returns the samples.
    pub(super) fn points(&self) -> Arc<Ring<(Timestamp, Money)>> {
        Arc::clone(&self.0)
    }
}
