//! When a market opens, where it is: a clock on a wall, and the rule by which that wall's time changes.
//!
//! The rule is a POSIX time zone (`EST5EDT,M3.2.0,M11.1.0`) and not a name, because a
//! name means what the machine's own table says; a journal must mean the same everywhere.

use std::time::Duration;

use jiff::civil::Weekday;
use jiff::tz::TimeZone;

use crate::domain::Timestamp;

/// The daily open of a market, Monday to Friday. Holidays are not known to it.
#[derive(Debug, Clone, PartialEq)]
pub struct DailyOpen {
    zone: TimeZone,
    minute: u32,
}

/// What the clock on a market's wall says.
#[derive(Debug, Clone, PartialEq)]
pub struct WallClock {
    zone: TimeZone,
}

/// Minutes of a day.
const DAY: u32 = 24 * 60;

impl WallClock {
    /// Makes the clock of a zone.
    ///
    /// # Errors
    /// In words: what is no zone.
    pub fn new(zone: &str) -> Result<Self, String> {
        let posix = TimeZone::posix(zone).map_err(|_| {
            format!("zone '{zone}' is no POSIX time zone, such as EST5EDT,M3.2.0,M11.1.0")
        })?;
        Ok(Self { zone: posix })
    }

    /// Returns how many days have passed since Monday, and how many minutes since midnight.
    pub fn read(&self, at: Timestamp) -> (u32, u32) {
        let there = self.zone.to_datetime(at.jiff());
        let day = there.date().weekday().to_monday_zero_offset();
        let minute = i32::from(there.hour()) * 60 + i32::from(there.minute());
        (u32::from(day.unsigned_abs()), minute.unsigned_abs())
    }
}

impl DailyOpen {
    /// Makes the open of a market at so many minutes after midnight of its zone.
    ///
    /// # Errors
    /// In words: what is no zone, or no minute of a day.
    pub fn new(zone: &str, minute: u32) -> Result<Self, String> {
        if minute >= DAY {
            return Err(format!("minute {minute} is not below {DAY}"));
        }
        let WallClock { zone } = WallClock::new(zone)?;
        Ok(Self { zone, minute })
    }

    /// Returns when the market opened last on the day that `now` falls into where it is; none before that, and on weekends.
    pub fn opened(&self, now: Timestamp) -> Option<Timestamp> {
        let now_there = self.zone.to_datetime(now.jiff());
        let day = now_there.date();
        if matches!(day.weekday(), Weekday::Saturday | Weekday::Sunday) {
            return None;
        }
        let (hour, minute) = (self.minute / 60, self.minute % 60);
        let open = day.at(i8::try_from(hour).ok()?, i8::try_from(minute).ok()?, 0, 0);
        let open = self.zone.to_timestamp(open).ok()?;
        let open = Timestamp::from_us(open.as_microsecond());
        (open <= now).then_some(open)
    }

    /// Returns how long ago the market opened, where it did on this day.
    pub fn since(&self, now: Timestamp) -> Option<Duration> {
        self.opened(now).map(|open| now.since(open))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn new_york_opens_at_half_past_nine_summer_and_winter() {
        let open = DailyOpen::new("EST5EDT,M3.2.0,M11.1.0", 570).unwrap();
        let cases = [
            ("2026-01-05T14:29:59Z", None),
            ("2026-01-05T14:30:00Z", Some("2026-01-05T14:30:00Z")),
            ("2026-01-05T23:00:00Z", Some("2026-01-05T14:30:00Z")),
            // The Friday before and the Monday after the clocks go forward.
            ("2026-03-06T14:31:00Z", Some("2026-03-06T14:30:00Z")),
            ("2026-03-09T13:31:00Z", Some("2026-03-09T13:30:00Z")),
            // And back.
            ("2026-10-30T13:31:00Z", Some("2026-10-30T13:30:00Z")),
            ("2026-11-02T13:31:00Z", None),
            // Weekends; the day is the one it is there.
            ("2026-01-03T15:00:00Z", None),
            ("2026-01-06T02:00:00Z", Some("2026-01-05T14:30:00Z")),
        ];
        for (now, expected) in cases {
            let opened = open.opened(now.parse().unwrap()).map(|at| at.to_string());
            assert_eq!(opened.as_deref(), expected, "{now}");
        }
        assert!(DailyOpen::new("America/New_York", 570).is_err());
        assert!(DailyOpen::new("EST5EDT,M3.2.0,M11.1.0", 1440).is_err());
    }

    #[test]
    fn the_clock_on_the_wall_shows_the_day_and_the_minute_there() {
        let clock = WallClock::new("EST5EDT,M3.2.0,M11.1.0").unwrap();
        let cases = [
            ("2026-01-05T14:30:59Z", (0, 570)),
            ("2026-01-05T04:59:00Z", (6, 1439)),
            ("2026-07-04T04:00:00Z", (5, 0)),
        ];
        for (at, expected) in cases {
            assert_eq!(clock.read(at.parse().unwrap()), expected, "{at}");
        }
    }
}
