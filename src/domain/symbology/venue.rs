//! The venues whose spelling is known.

use std::fmt;
use std::str::FromStr;

use crate::domain::AssetClass;
use crate::domain::symbology::{
    Scheme, coinbase, ibkr, kraken, moomoo, paper, polygon, schwab, tradier,
};

/// A venue with its own spelling of symbols.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum SymbologyVenue {
    /// Interactive Brokers.
    Ibkr,
    /// Coinbase Advanced Trade.
    Coinbase,
    /// Kraken spot.
    Kraken,
    /// Charles Schwab.
    Schwab,
    /// Tradier.
    Tradier,
    /// Moomoo through OpenD.
    Moomoo,
    /// Polygon market data.
    Polygon,
    /// The desk's own matching engine: canonical text.
    Paper,
    /// The synthetic market: canonical text.
    Sim,
    /// Recordings: canonical text.
    Replay,
}

impl SymbologyVenue {
    /// Every venue.
    pub const ALL: [Self; 10] = [
        Self::Ibkr,
        Self::Coinbase,
        Self::Kraken,
        Self::Schwab,
        Self::Tradier,
        Self::Moomoo,
        Self::Polygon,
        Self::Paper,
        Self::Sim,
        Self::Replay,
    ];

    /// Returns the name adapters and configuration use.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Ibkr => "ibkr",
            Self::Coinbase => "coinbase",
            Self::Kraken => "kraken",
            Self::Schwab => "schwab",
            Self::Tradier => "tradier",
            Self::Moomoo => "moomoo",
            Self::Polygon => "polygon",
            Self::Paper => "paper",
            Self::Sim => "sim",
            Self::Replay => "replay",
        }
    }

    /// Returns the asset classes the venue has a spelling for.
    pub const fn classes(self) -> &'static [AssetClass] {
        self.scheme().classes
    }

    pub(super) const fn scheme(self) -> &'static Scheme {
        match self {
            Self::Ibkr => &ibkr::SCHEME,
            Self::Coinbase => &coinbase::SCHEME,
            Self::Kraken => &kraken::SCHEME,
            Self::Schwab => &schwab::SCHEME,
            Self::Tradier => &tradier::SCHEME,
            Self::Moomoo => &moomoo::SCHEME,
            Self::Polygon => &polygon::SCHEME,
            Self::Paper | Self::Sim | Self::Replay => &paper::SCHEME,
        }
    }
}

impl fmt::Display for SymbologyVenue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl FromStr for SymbologyVenue {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        Self::ALL
            .into_iter()
            .find(|venue| venue.as_str() == text)
            .ok_or_else(|| {
                let known: Vec<_> = Self::ALL.iter().map(|venue| venue.as_str()).collect();
                format!("venue '{text}' is not one of {}", known.join(", "))
            })
    }
}
