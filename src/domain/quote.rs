//! The quote: best bid and ask of one symbol at one venue, and what makes one sane.

use rust_decimal::Decimal;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize, Serializer};

use crate::domain::{Bar, Money, Price, Quantity, Rate, Side, Symbol, Timestamp, Trade, VenueId};

/// Best bid and ask.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Quote {
    /// What is quoted.
    pub symbol: Symbol,
    /// Best price to sell at.
    pub bid: Price,
    /// Best price to buy at.
    pub ask: Price,
    /// Units wanted at the bid; an integer in JSON when integral.
    #[serde(default, serialize_with = "size")]
    pub bid_size: Quantity,
    /// Units offered at the ask; an integer in JSON when integral.
    #[serde(default, serialize_with = "size")]
    pub ask_size: Quantity,
    /// Where.
    pub venue: VenueId,
    /// When, by the venue.
    pub timestamp: Timestamp,
}

/// Why a quote must not be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum QuoteFault {
    /// Bid or ask is not above zero.
    NotPositive,
    /// Bid is above ask.
    Crossed,
    /// Ask is more than 10 % above bid.
    TooWide,
}

impl QuoteFault {
    /// Says the fault in words.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::NotPositive => "a price is not above zero",
            Self::Crossed => "bid is above ask",
            Self::TooWide => "ask is more than 10% above bid",
        }
    }
}

impl Quote {
    /// Returns the middle of bid and ask.
    pub fn mid(&self) -> Price {
        self.bid.middle(self.ask)
    }

    /// Returns the spread in basis points of the mid, or nothing when the mid is zero.
    pub fn spread_bps(&self) -> Option<Decimal> {
        let width = (self.ask - self.bid).ratio(self.mid())?;
        Some(width.decimal() * Decimal::from(10_000))
    }

    /// Returns what is wrong with the quote, if anything (the rule of the published market-data page).
    pub fn fault(&self) -> Option<QuoteFault> {
        if !self.bid.is_positive() || !self.ask.is_positive() {
            return Some(QuoteFault::NotPositive);
        }
        if self.bid > self.ask {
            return Some(QuoteFault::Crossed);
        }
        // (ask - bid) / bid > 0.1, without dividing.
        let width = Money::from(self.ask - self.bid) * Rate::whole(10);
        (width > self.bid.into()).then_some(QuoteFault::TooWide)
    }

    /// Returns the price an order of `side` would cross at.
    pub fn touch(&self, side: Side) -> Price {
        if side.is_buy() { self.ask } else { self.bid }
    }

    /// Returns the units standing at [`Self::touch`].
    pub fn touch_size(&self, side: Side) -> Quantity {
        if side.is_buy() {
            self.ask_size
        } else {
            self.bid_size
        }
    }
}

fn size<S: Serializer>(quantity: &Quantity, serializer: S) -> Result<S::Ok, S::Error> {
    use rust_decimal::prelude::ToPrimitive;
    match quantity.decimal().to_i64() {
        Some(whole) if quantity.decimal().fract().is_zero() => serializer.serialize_i64(whole),
        _ => quantity.serialize(serializer),
    }
}

/// What is known of one symbol's market at a moment.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct MarketSnapshot {
    /// What.
    pub symbol: Symbol,
    /// Newest quote.
    #[serde(default)]
    pub quote: Option<Quote>,
    /// Newest trade.
    #[serde(default)]
    pub last_trade: Option<Trade>,
    /// Newest bar.
    #[serde(default)]
    pub bar: Option<Bar>,
    /// When it was taken.
    pub timestamp: Timestamp,
}
