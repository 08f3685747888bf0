//! Holding buckets: how long a sleeve's weights stand before they are made anew.
//!
//! A sleeve of a bucket is due once in each of its periods, at the first moment of it at which weights can be
//! made; between two such moments its last weights stand, whatever its scores do. Periods are of the UTC
//! calendar, the same as those of the loss limits. Reads no clock.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::domain::{LossPeriod, Timestamp};

/// How often a sleeve is rebalanced.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Bucket {
    /// Whenever its weights are computed.
    Intraday,
    /// Once a UTC day.
    Daily,
    /// Once an ISO week.
    Weekly,
    /// Once a calendar month.
    Monthly,
}

/// Why a text is not a bucket.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("bucket '{0}' is not known: write intraday, daily, weekly or monthly")]
pub struct BucketError(String);

impl Bucket {
    /// Every bucket, the shortest first.
    pub const ALL: [Self; 4] = [Self::Intraday, Self::Daily, Self::Weekly, Self::Monthly];

    /// Returns the name in a file.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Intraday => "intraday",
            Self::Daily => "daily",
            Self::Weekly => "weekly",
            Self::Monthly => "monthly",
        }
    }

    /// Returns true when weights made at `last` no longer stand at `now`; where none were ever made, at once.
    ///
    /// A clock that was set back makes nothing due: what was made in a later period stands.
    pub fn is_due(self, last: Option<Timestamp>, now: Timestamp) -> bool {
        let Some(last) = last else {
            return true;
        };
        match self.period() {
            None => true,
            Some(period) => period.of(now) > period.of(last),
        }
    }

    fn period(self) -> Option<LossPeriod> {
        match self {
            Self::Intraday => None,
            Self::Daily => Some(LossPeriod::Day),
            Self::Weekly => Some(LossPeriod::Week),
            Self::Monthly => Some(LossPeriod::Month),
        }
    }
}

impl fmt::Display for Bucket {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for Bucket {
    type Err = BucketError;

    fn from_str(text: &str) -> Result<Self, BucketError> {
        let found = Self::ALL.into_iter().find(|bucket| bucket.as_str() == text);
        found.ok_or_else(|| BucketError(text.chars().take(40).collect()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn due(bucket: Bucket, last: &str, now: &str) -> bool {
        bucket.is_due(Some(last.parse().unwrap()), now.parse().unwrap())
    }

    #[test]
    fn a_sleeve_is_due_once_in_each_period_of_the_calendar() {
        // 2026-11-29 is a Sunday, the last day of its ISO week.
        let (sunday, later) = ("2026-11-29T08:00:00Z", "2026-11-29T23:59:59.999999Z");
        let (monday, tuesday) = ("2026-11-30T00:00:00Z", "2026-12-01T00:00:00Z");
        let cases = [
            (Bucket::Intraday, sunday, sunday, true),
            (Bucket::Daily, sunday, later, false),
            (Bucket::Daily, later, monday, true),
            (Bucket::Weekly, sunday, later, false),
            (Bucket::Weekly, later, monday, true),
            (Bucket::Weekly, monday, tuesday, false),
            (Bucket::Monthly, sunday, monday, false),
            (Bucket::Monthly, monday, tuesday, true),
            (Bucket::Daily, monday, sunday, false),
        ];
        for (bucket, last, now, expected) in cases {
            assert_eq!(due(bucket, last, now), expected, "{bucket} {last} {now}");
        }
        for bucket in Bucket::ALL {
            assert!(bucket.is_due(None, sunday.parse().unwrap()));
            assert_eq!(bucket.as_str().parse(), Ok(bucket));
        }
        let error = "hourly".parse::<Bucket>().unwrap_err().to_string();
        assert!(error.contains("'hourly'"), "{error}");
    }
}
