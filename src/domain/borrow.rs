//! What borrowing a symbol costs, and how much of it can be had: what a short sale rests on.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::domain::{AssetClass, Quantity, Rate, Timestamp};

/// The terms of borrowing one symbol.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Borrow {
    /// Fee in basis points a year.
    pub fee_bps: Rate,
    /// Units the lender still has, where it says so.
    #[serde(default)]
    pub available: Option<Quantity>,
    /// Units located for us, where any were.
    #[serde(default)]
    pub located: Option<Quantity>,
    /// As of when; none when it holds until it is changed.
    #[serde(default)]
    pub asof: Option<Timestamp>,
}

impl AssetClass {
    /// Returns true for a class whose short sale delivers something borrowed; elsewhere a short is only a contract.
    pub const fn is_borrowed(self) -> bool {
        match self {
            Self::Equities | Self::Crypto => true,
            Self::Options | Self::Fx | Self::Futures | Self::Prediction | Self::Sports => false,
        }
    }
}
