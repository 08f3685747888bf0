//! Drift: how far what is held is from its target, and whether that is worth a trade.
//!
//! Around each target lies a band within which nothing is traded. Beyond it the trade goes to the target, or
//! only to the near edge of the band: a setting. A target of nothing has no band: leaving an asset is never
//! put off, so no dust stays behind. Weights are ratios of NAV; what a weight is in units is not known here.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::protocol::PortfolioError;

/// How far a trade goes that leaves the band.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum TradeTo {
    /// To the target itself.
    Target,
    /// To the near edge of the band: less is traded, more often.
    Edge,
}

/// Why a text is not how far to trade.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("'{0}' is not how far to trade: write target or edge")]
pub struct TradeToError(String);

impl TradeTo {
    /// Both.
    pub const ALL: [Self; 2] = [Self::Target, Self::Edge];

    /// Returns the name in a file.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Target => "target",
            Self::Edge => "edge",
        }
    }
}

impl fmt::Display for TradeTo {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for TradeTo {
    type Err = TradeToError;

    fn from_str(text: &str) -> Result<Self, TradeToError> {
        let found = Self::ALL.into_iter().find(|to| to.as_str() == text);
        found.ok_or_else(|| TradeToError(text.chars().take(40).collect()))
    }
}

/// The width of bands, and how far a trade goes.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct DriftSettings {
    band: f64,
    band_of_target: f64,
    trade_to: TradeTo,
}

impl DriftSettings {
    /// No bands at all: every drift is traded to its target.
    pub const NONE: Self = Self {
        band: 0.0,
        band_of_target: 0.0,
        trade_to: TradeTo::Target,
    };

    /// Makes bands of a half width: so much of NAV or so much of the target, whichever is wider.
    ///
    /// # Errors
    /// When a width is not from 0 to 1.
    pub fn new(band: f64, band_of_target: f64, trade_to: TradeTo) -> Result<Self, PortfolioError> {
        for (what, width) in [("band", band), ("band_of_target", band_of_target)] {
            if !(0.0..=1.0).contains(&width) {
                let expected = "expected a number from 0 to 1";
                return Err(PortfolioError::bad("drift", what, width, expected));
            }
        }
        Ok(Self {
            band,
            band_of_target,
            trade_to,
        })
    }

    /// Returns the half width of the band around a target, as a ratio of NAV.
    pub fn width(&self, target: f64) -> f64 {
        if target == 0.0 {
            return 0.0;
        }
        self.band.max(self.band_of_target * target.abs())
    }

    /// Returns the weight to trade to; none where what is held is within the band, its edges included.
    pub fn aim(&self, held: f64, target: f64) -> Option<f64> {
        let (width, drift) = (self.width(target), drift(held, target));
        if drift.abs() <= width {
            return None;
        }
        Some(match self.trade_to {
            TradeTo::Target => target,
            TradeTo::Edge => target + width.copysign(drift),
        })
    }
}

/// Returns how far what is held is beyond its target: above zero where too much is held.
pub fn drift(held: f64, target: f64) -> f64 {
    held - target
}
