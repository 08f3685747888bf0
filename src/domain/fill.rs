//! The fill: a part of an order that was done, as the broker reports it.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use smol_str::SmolStr;

use crate::domain::{
    BrokerOrderId, FillId, Money, OrderId, Price, Quantity, Side, Symbol, Timestamp, VenueId,
};

/// Whether the order rested or crossed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Liquidity {
    /// It rested in the book.
    Maker,
    /// It crossed the spread.
    Taker,
}

/// One fill. Deduplicated on (broker, `fill_id`).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Fill {
    /// The venue's name of the fill.
    pub fill_id: FillId,
    /// The desk's order.
    pub order_id: OrderId,
    /// What was traded.
    pub symbol: Symbol,
    /// What it did to the position.
    pub side: Side,
    /// Units done; above zero.
    pub quantity: Quantity,
    /// Price of one unit in the quote currency.
    pub price: Price,
    /// Fees in the account's base currency (USD).
    pub fees: Money,
    /// Where.
    pub venue: VenueId,
    /// When, by the venue.
    pub timestamp: Timestamp,
    /// The venue's name of the order.
    #[serde(default)]
    pub broker_order_id: Option<BrokerOrderId>,
    /// Rested or crossed, where the venue says.
    #[serde(default)]
    pub liquidity: Option<Liquidity>,
}

/// A broker's place in its own stream of fills: opaque to the desk, kept durably, handed back on reconnect.
#[derive(
    Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(transparent)]
pub struct FillCursor(#[schemars(with = "String")] pub SmolStr);
