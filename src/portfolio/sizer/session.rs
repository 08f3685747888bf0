//! The session matrix: which sizer, and how much gross, by asset class and time.
//!
//! Settings and a moment in, a row out; it reads no clock and sizes nothing itself. A moment that no row speaks of is
//! one in which nothing may be sized. Holidays are not known to it.

use std::str::FromStr;

use smol_str::SmolStr;

use crate::domain::{AssetClass, Timestamp, WallClock};

/// A part of the trading day.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Session {
    /// Regular trading hours.
    Rth,
    /// Before the open.
    Pre,
    /// After the close.
    Post,
    /// The overnight session of Interactive Brokers, 20:00 to 03:50 New York time.
    Ibeos,
    /// Markets that do not close, or only for the weekend.
    AllDay,
}

impl Session {
    /// Every session.
    pub const ALL: [Self; 5] = [Self::Rth, Self::Pre, Self::Post, Self::Ibeos, Self::AllDay];

    /// Returns the documented name.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Rth => "RTH",
            Self::Pre => "pre",
            Self::Post => "post",
            Self::Ibeos => "IBEOS",
            Self::AllDay => "24h",
        }
    }

    /// Returns the documented sizing, as [`Sizing`] is written.
    pub const fn documented(self) -> &'static str {
        match self {
            Self::Rth | Self::AllDay => "kelly_voltarget_12@1.0",
            Self::Pre | Self::Post => "kelly_voltarget_8@0.3",
            Self::Ibeos => "equal_weight_ls@0.1",
        }
    }
}

/// What is used in a session; written as `kelly_voltarget_12@1.0`.
#[derive(Debug, Clone, PartialEq)]
pub struct Sizing {
    /// The sizer's name.
    pub sizer: SmolStr,
    /// Most gross, as a ratio of NAV.
    pub gross_cap: f64,
}

impl FromStr for Sizing {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let right = "expected a sizer and its most gross, such as kelly_voltarget_12@1.0";
        let (sizer, cap) = text.split_once('@').ok_or(right)?;
        let gross_cap: f64 = cap.parse().map_err(|_| right)?;
        if sizer.is_empty() || !gross_cap.is_finite() || gross_cap < 0.0 {
            return Err(right.to_owned());
        }
        Ok(Self {
            sizer: sizer.into(),
            gross_cap,
        })
    }
}

/// When a session of some asset classes is, by the clock on the market's wall.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hours {
    /// Of which classes.
    pub classes: Vec<AssetClass>,
    /// Which session.
    pub session: Session,
    /// Minutes since midnight at which it begins.
    pub from: u32,
    /// Minutes since midnight at which it is over. Not after `from`: on the next day.
    pub until: u32,
    /// The days on which it begins, from Monday on.
    pub days: [bool; 7],
}

/// The matrix: the hours of each class, and the sizing of each session.
#[derive(Debug, Clone, PartialEq)]
pub struct SessionMatrix {
    clock: WallClock,
    hours: Vec<Hours>,
    sizings: Vec<(Session, Sizing)>,
}

const NEW_YORK: &str = "EST5EDT,M3.2.0,M11.1.0";
const DAY: u32 = 24 * 60;
const WEEKDAYS: [bool; 7] = [true, true, true, true, true, false, false];
/// Evenings before a weekday.
const EVENINGS: [bool; 7] = [true, true, true, true, false, false, true];
const EVERY_DAY: [bool; 7] = [true; 7];

impl SessionMatrix {
    /// Makes a matrix. The first hours that hold a moment are those it is in.
    ///
    /// # Errors
    /// In words: a zone that is none, a minute that no day has, a cap that is no ratio, a session without sizing or
    /// with two.
    pub fn new(
        zone: &str,
        hours: Vec<Hours>,
        sizings: Vec<(Session, Sizing)>,
    ) -> Result<Self, String> {
        let clock = WallClock::new(zone)?;
        for one in &hours {
            let name = one.session.as_str();
            if let Some(minute) = [one.from, one.until].into_iter().find(|it| *it >= DAY) {
                return Err(format!(
                    "session {name}: minute {minute} is not below {DAY}"
                ));
            }
            let sized = sizings
                .iter()
                .filter(|(session, _)| *session == one.session);
            let sized = sized.count();
            if sized != 1 {
                return Err(format!("session {name} has {sized} sizings, expected one"));
            }
        }
        for (session, sizing) in &sizings {
            let (name, cap) = (session.as_str(), sizing.gross_cap);
            if !(cap.is_finite() && cap >= 0.0) {
                return Err(format!(
                    "session {name}: gross_cap is {cap}, expected a ratio of NAV from 0"
                ));
            }
        }
        Ok(Self {
            clock,
            hours,
            sizings,
        })
    }

    /// Makes the matrix of the documented rows. Shares: pre 04:00 to 09:30, RTH to 16:00, post to 20:00, IBEOS 20:00 to 03:50 on evenings
    /// before a weekday. Options: RTH. Currencies and futures: from one evening (17:00, 18:00) to the next 17:00, as 24h.
    /// Crypto, prediction and sports: 24h. New York time.
    ///
    /// # Errors
    /// Never for these rows; they are checked as any others are.
    pub fn documented() -> Result<Self, String> {
        let read = |session: Session| Ok((session, session.documented().parse()?));
        let sizings: Result<_, String> = Session::ALL.into_iter().map(read).collect();
        Self::with(sizings?)
    }

    /// Makes the matrix of the documented hours with other sizings, one for each session.
    ///
    /// # Errors
    /// As [`SessionMatrix::new`].
    pub fn with(sizings: Vec<(Session, Sizing)>) -> Result<Self, String> {
        use AssetClass::{Crypto, Equities, Futures, Fx, Options, Prediction, Sports};
        let hours = |classes: &[AssetClass], session, (from, until), days| Hours {
            classes: classes.to_vec(),
            session,
            from,
            until,
            days,
        };
        let hours = vec![
            hours(&[Equities, Options], Session::Rth, (570, 960), WEEKDAYS),
            hours(&[Equities], Session::Pre, (240, 570), WEEKDAYS),
            hours(&[Equities], Session::Post, (960, 1200), WEEKDAYS),
            hours(&[Equities], Session::Ibeos, (1200, 230), EVENINGS),
            hours(&[Fx], Session::AllDay, (1020, 1020), EVENINGS),
            hours(&[Futures], Session::AllDay, (1080, 1020), EVENINGS),
            hours(
                &[Crypto, Prediction, Sports],
                Session::AllDay,
                (0, 0),
                EVERY_DAY,
            ),
        ];
        Self::new(NEW_YORK, hours, sizings)
    }

    /// Returns the session that the class is in, and its sizing; none while its market is closed.
    pub fn resolve(&self, class: AssetClass, asof: Timestamp) -> Option<(Session, &Sizing)> {
        let (day, minute) = self.clock.read(asof);
        let holds = |one: &&Hours| one.classes.contains(&class) && one.hold(day, minute);
        let session = self.hours.iter().find(holds)?.session;
        let sizing = self.sizings.iter().find(|(of, _)| *of == session);
        sizing.map(|(_, sizing)| (session, sizing))
    }

    /// Returns when each session is.
    pub fn hours(&self) -> &[Hours] {
        &self.hours
    }

    /// Returns what is used in each session.
    pub fn sizings(&self) -> &[(Session, Sizing)] {
        &self.sizings
    }
}

impl Hours {
    fn hold(&self, day: u32, minute: u32) -> bool {
        let begins = |day: u32| self.days.get(day as usize).is_some_and(|day| *day);
        if self.from < self.until {
            return begins(day) && (self.from..self.until).contains(&minute);
        }
        let before = (day + 6) % 7;
        (begins(day) && minute >= self.from) || (begins(before) && minute < self.until)
    }
}
