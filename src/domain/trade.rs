//! The trade: a market print, somebody else's or ours.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use smol_str::SmolStr;

use crate::domain::{Price, Quantity, Symbol, Timestamp, VenueId};

/// Which side crossed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Aggressor {
    /// A buyer took the ask.
    Buy,
    /// A seller hit the bid.
    Sell,
}

/// One print.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Trade {
    /// The venue's name of the print.
    #[schemars(with = "String")]
    pub trade_id: SmolStr,
    /// What.
    pub symbol: Symbol,
    /// At which price, in the quote currency.
    pub price: Price,
    /// Units.
    pub size: Quantity,
    /// Which side crossed, where the venue says.
    #[serde(default)]
    pub side: Option<Aggressor>,
    /// Where.
    pub venue: VenueId,
    /// When, by the venue.
    pub timestamp: Timestamp,
}
