//! The bar: open, high, low, close over one interval. Its timestamp is the END of the interval.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::domain::{Price, Quantity, Symbol, Timestamp};

/// Length of a bar.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
pub enum Interval {
    /// One minute.
    #[serde(rename = "1m")]
    M1,
    /// Five minutes.
    #[serde(rename = "5m")]
    M5,
    /// Fifteen minutes.
    #[serde(rename = "15m")]
    M15,
    /// Thirty minutes.
    #[serde(rename = "30m")]
    M30,
    /// One hour.
    #[serde(rename = "1h")]
    H1,
    /// Four hours.
    #[serde(rename = "4h")]
    H4,
    /// One session, aligned to its close.
    #[serde(rename = "1d")]
    D1,
    /// One week, aligned to Friday's close.
    #[serde(rename = "1w")]
    W1,
}

impl Interval {
    /// Every interval, shortest first.
    pub const ALL: [Self; 8] = [
        Self::M1,
        Self::M5,
        Self::M15,
        Self::M30,
        Self::H1,
        Self::H4,
        Self::D1,
        Self::W1,
    ];

    /// Returns the published name.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::M1 => "1m",
            Self::M5 => "5m",
            Self::M15 => "15m",
            Self::M30 => "30m",
            Self::H1 => "1h",
            Self::H4 => "4h",
            Self::D1 => "1d",
            Self::W1 => "1w",
        }
    }

    /// Returns the length in clock time.
    pub const fn duration(self) -> Duration {
        let minutes = match self {
            Self::M1 => 1,
            Self::M5 => 5,
            Self::M15 => 15,
            Self::M30 => 30,
            Self::H1 => 60,
            Self::H4 => 240,
            Self::D1 => 1440,
            Self::W1 => 10_080,
        };
        Duration::from_secs(minutes * 60)
    }
}

impl fmt::Display for Interval {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl FromStr for Interval {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        Self::ALL
            .into_iter()
            .find(|interval| interval.as_str() == text)
            .ok_or_else(|| {
                format!("interval '{text}' is not one of 1m, 5m, 15m, 30m, 1h, 4h, 1d, 1w")
            })
    }
}

/// One bar. Prices are in the instrument's quote currency.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Bar {
    /// What.
    pub symbol: Symbol,
    /// Length.
    pub interval: Interval,
    /// First price.
    pub open: Price,
    /// Highest price.
    pub high: Price,
    /// Lowest price.
    pub low: Price,
    /// Last price.
    pub close: Price,
    /// Units traded; zero when only quotes were seen.
    #[serde(default)]
    pub volume: Quantity,
    /// Volume-weighted average price, where known.
    #[serde(default)]
    pub vwap: Option<Price>,
    /// Prints, where known.
    #[serde(default)]
    pub n_trades: Option<u64>,
    /// End of the interval (09:30 to 09:31 is stamped 09:31).
    pub timestamp: Timestamp,
}
