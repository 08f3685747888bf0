//! A moment in UTC, to the microsecond: the published form carries no more.

use std::borrow::Cow;
use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::domain::text;

/// Why a text is not a moment in UTC.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("time '{0}' is not RFC 3339 with an offset, such as 2026-11-22T17:42:08.123456Z")]
pub struct TimestampError(String);

/// Microseconds since 1970-01-01T00:00:00Z, within the years 1 to 9999.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Timestamp(i64);

/// 0001-01-01T00:00:00Z and 9999-12-30T22:00:00Z: the calendar behind this ends there, so that
/// every offset of its last moment is still a date.
const FIRST_US: i64 = -62_135_596_800_000_000;
const LAST_US: i64 = 253_402_207_200_000_000;

impl Timestamp {
    /// 1970-01-01T00:00:00Z.
    pub const EPOCH: Self = Self(0);

    /// Makes a moment from microseconds since the epoch, held within the years 1 to 9999.
    pub const fn from_us(us: i64) -> Self {
        let us = if us < FIRST_US { FIRST_US } else { us };
        Self(if us > LAST_US { LAST_US } else { us })
    }

    /// Returns microseconds since the epoch.
    pub const fn as_us(self) -> i64 {
        self.0
    }

    /// Returns the time from `earlier` to this moment; zero when that lies in the future.
    pub fn since(self, earlier: Timestamp) -> Duration {
        Duration::from_micros(u64::try_from(self.0.saturating_sub(earlier.0)).unwrap_or(0))
    }

    /// Returns the moment `by` later.
    pub fn plus(self, by: Duration) -> Self {
        let us = i64::try_from(by.as_micros()).unwrap_or(i64::MAX);
        Self::from_us(self.0.saturating_add(us))
    }

    /// Returns the moment `by` earlier.
    pub fn minus(self, by: Duration) -> Self {
        let us = i64::try_from(by.as_micros()).unwrap_or(i64::MAX);
        Self::from_us(self.0.saturating_sub(us))
    }

    /// Returns the start of the whole `step` this moment falls into, counted from the epoch.
    pub fn floor(self, step: Duration) -> Self {
        let step = i64::try_from(step.as_micros()).unwrap_or(i64::MAX).max(1);
        Self::from_us(self.0.div_euclid(step).saturating_mul(step))
    }

    /// Returns the number of the UTC day since the epoch.
    pub fn day(self) -> i64 {
        self.0.div_euclid(86_400_000_000)
    }

    /// Returns the calendar date in UTC.
    pub fn date(self) -> jiff::civil::Date {
        self.to_jiff().to_zoned(jiff::tz::TimeZone::UTC).date()
    }

    /// Returns `(hour, minute, second)` in UTC.
    pub fn clock(self) -> (u8, u8, u8) {
        let second = self.0.div_euclid(1_000_000).rem_euclid(86_400);
        let part = |n: i64| u8::try_from(n).unwrap_or(0);
        (
            part(second / 3600),
            part(second / 60 % 60),
            part(second % 60),
        )
    }

    /// Returns the moment as the calendar's own type.
    pub(super) fn jiff(self) -> jiff::Timestamp {
        self.to_jiff()
    }

    fn to_jiff(self) -> jiff::Timestamp {
        jiff::Timestamp::from_microsecond(self.0).unwrap_or(jiff::Timestamp::UNIX_EPOCH)
    }
}

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // The published form has six digits of fraction or, at a whole second, none.
        let us = self.0.rem_euclid(1_000_000);
        let text = self.to_jiff();
        if us == 0 {
            write!(f, "{text:.0}")
        } else {
            write!(f, "{text:.6}")
        }
    }
}

impl fmt::Debug for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl FromStr for Timestamp {
    type Err = TimestampError;

    /// Reads RFC 3339 with an offset; digits finer than a microsecond are cut.
    fn from_str(text: &str) -> Result<Self, TimestampError> {
        let refuse = || TimestampError(text.chars().take(64).collect());
        let moment: jiff::Timestamp = text.parse().map_err(|_| refuse())?;
        let us = moment.as_nanosecond().div_euclid(1000);
        let us = i64::try_from(us).map_err(|_| refuse())?;
        if (FIRST_US..=LAST_US).contains(&us) {
            Ok(Self(us))
        } else {
            Err(refuse())
        }
    }
}

impl Serialize for Timestamp {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Timestamp {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        text::read(deserializer)
    }
}

impl JsonSchema for Timestamp {
    fn schema_name() -> Cow<'static, str> {
        "Timestamp".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "string", "format": "date-time" })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_published_form_is_utc_with_six_digits_or_none() {
        let cases = [
            ("2026-05-23T16:00:00Z", "2026-05-23T16:00:00Z"),
            ("2026-05-23T16:00:00+00:00", "2026-05-23T16:00:00Z"),
            ("2026-05-23T18:00:00+02:00", "2026-05-23T16:00:00Z"),
            ("2026-05-23T16:00:00.5Z", "2026-05-23T16:00:00.500000Z"),
            (
                "2023-10-04T16:25:00.123456789Z",
                "2023-10-04T16:25:00.123456Z",
            ),
        ];
        for (text, expected) in cases {
            assert_eq!(text.parse::<Timestamp>().unwrap().to_string(), expected);
        }
        for bad in [
            "",
            "2026-05-23",
            "2026-05-23T16:00:00",
            "yesterday",
            "2026-13-01T00:00:00Z",
        ] {
            assert!(
                bad.parse::<Timestamp>().is_err(),
                "{bad:?} should be refused"
            );
        }
    }

    #[test]
    fn steps_of_time() {
        let at: Timestamp = "2026-05-23T16:07:31.5Z".parse().unwrap();
        let five = Duration::from_mins(5);
        assert_eq!(at.floor(five).to_string(), "2026-05-23T16:05:00Z");
        assert_eq!(at.clock(), (16, 7, 31));
        assert_eq!(at.since(at.plus(five)), Duration::ZERO);
        assert_eq!(at.date().to_string(), "2026-05-23");
    }
}
