//! The gates an operator adds, with their parameters: what a `[[gate]]` entry says and a journal keeps.
//!
//! One variant a gate. What it does is in the file of its name under
//! `order/gate/custom`, whose head says how to add another one.

use serde::{Deserialize, Serialize};

use crate::domain::{AssetClass, GateName, Symbol};

/// One registered gate. Its name in the file, in verdicts and in its code is that of the variant.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CustomGate {
    /// Opens nothing right after a market opens.
    NoTradesNearOpen {
        /// How long after the open, in minutes.
        minutes: u32,
        /// When the market opens, in minutes after midnight where it is.
        open_minute: u32,
        /// Where it is, as a POSIX time zone: `EST5EDT,M3.2.0,M11.1.0`.
        zone: String,
        /// The classes it holds for.
        classes: Vec<AssetClass>,
    },
    /// Holds every priced order within a distance of the mid.
    PriceCollar {
        /// The distance in basis points of the mid, either side.
        bps: u32,
    },
    /// Opens nothing in the symbols listed.
    RestrictedList {
        /// The symbols.
        symbols: Vec<Symbol>,
    },
    /// Keeps the fund from trading with itself.
    SelfCross {
        /// How far beyond the touch an order without a price may trade, in basis points.
        reach_bps: u32,
        /// Whether it also holds back orders that only reduce.
        exits: bool,
    },
}

impl CustomGate {
    /// Every name, as written in files.
    pub const NAMES: [&str; 4] = [
        "no_trades_near_open",
        "price_collar",
        "restricted_list",
        "self_cross",
    ];

    /// Returns its name.
    pub const fn as_str(&self) -> &'static str {
        let [near_open, collar, restricted, crossing] = Self::NAMES;
        match self {
            Self::NoTradesNearOpen { .. } => near_open,
            Self::PriceCollar { .. } => collar,
            Self::RestrictedList { .. } => restricted,
            Self::SelfCross { .. } => crossing,
        }
    }

    /// Returns its name as a stage of the chain.
    pub fn gate(&self) -> GateName {
        GateName::Custom(smol_str::SmolStr::new_static(self.as_str()))
    }
}
