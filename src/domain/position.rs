//! Positions and the lots they are made of.

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Serialize};

use crate::domain::{FundId, LotId, Money, Price, Quantity, Symbol, TaxLotMethod, Timestamp};

/// What a fund holds of one symbol, valued.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Position {
    /// Whose.
    pub fund_id: FundId,
    /// What.
    pub symbol: Symbol,
    /// Signed units: long above zero, short below.
    pub quantity: Quantity,
    /// Average price of what is open, in the quote currency.
    pub avg_price: Price,
    /// Newest price, in the quote currency.
    pub last_price: Price,
    /// Signed value in USD; negative for a short.
    pub market_value_usd: Money,
    /// quantity x (last - average), in USD.
    #[serde(default)]
    pub unrealized_pl_usd: Money,
    /// Profit taken this calendar year, in USD.
    #[serde(default)]
    pub realized_pl_ytd_usd: Money,
    /// When any of this last changed.
    pub last_updated: Timestamp,
    /// The lots it is made of.
    #[serde(default)]
    pub tax_lots: Vec<TaxLot>,
}

/// One purchase (or short sale) and how it was closed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct TaxLot {
    /// The lot's name.
    pub lot_id: LotId,
    /// Whose.
    pub fund_id: FundId,
    /// What.
    pub symbol: Symbol,
    /// Day it was opened, UTC.
    #[schemars(schema_with = "date")]
    pub open_date: jiff::civil::Date,
    /// Signed units opened: above zero long, below zero short.
    pub open_qty: Quantity,
    /// Price it was opened at, in the quote currency.
    pub open_price: Price,
    /// Day the last unit was closed, UTC.
    #[serde(default)]
    #[schemars(schema_with = "optional_date")]
    pub close_date: Option<jiff::civil::Date>,
    /// Units closed so far, without sign.
    #[serde(default)]
    pub close_qty: Quantity,
    /// Average price of what was closed.
    #[serde(default)]
    pub close_price: Option<Price>,
    /// Profit taken on it, in USD, before fees.
    #[serde(default)]
    pub realized_pl_usd: Money,
    /// How lots are picked when closing.
    #[serde(default)]
    pub method: TaxLotMethod,
}

/// A piece of a position as the books carry it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct PositionLot {
    /// The lot's name.
    pub lot_id: LotId,
    /// Signed units still open.
    pub quantity: Quantity,
    /// Price it was opened at, in the quote currency.
    pub price: Price,
    /// When it was opened.
    pub opened_at: Timestamp,
}

pub(super) fn date(_: &mut SchemaGenerator) -> Schema {
    json_schema!({ "type": "string", "format": "date" })
}

fn optional_date(_: &mut SchemaGenerator) -> Schema {
    json_schema!({ "type": ["string", "null"], "format": "date" })
}
