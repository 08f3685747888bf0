//! The order: what was asked of a broker, as a value that is never altered.
//!
//! Its state is derived from its fields and never stored, so an order read back
//! from anywhere says the same about itself.

use std::fmt;
use std::str::FromStr;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::domain::{
    BrokerId, BrokerOrderId, FundId, IdempotencyKey, OrderId, Price, Quantity, StrategyId, Symbol,
    Timestamp,
};

/// What an order does to a position.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "lowercase")]
pub enum Side {
    /// Opens or adds long.
    Buy,
    /// Reduces or closes long.
    Sell,
    /// Opens or adds short.
    Short,
    /// Reduces or closes short.
    Cover,
}

impl Side {
    /// Every side.
    pub const ALL: [Self; 4] = [Self::Buy, Self::Sell, Self::Short, Self::Cover];

    /// Returns true for the sides that add to the signed quantity.
    pub const fn is_buy(self) -> bool {
        matches!(self, Self::Buy | Self::Cover)
    }

    /// Returns `quantity` with this side's sign.
    pub fn signed(self, quantity: Quantity) -> Quantity {
        if self.is_buy() { quantity } else { -quantity }
    }

    /// Returns the published name.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Buy => "buy",
            Self::Sell => "sell",
            Self::Short => "short",
            Self::Cover => "cover",
        }
    }
}

/// Which way a person or program means to trade, before the position decides what that is called.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Intent {
    /// More of it: buys, or covers what is short.
    Buy,
    /// Less of it: sells what is long, or shorts.
    Sell,
}

impl Intent {
    /// Every intent.
    pub const ALL: [Self; 2] = [Self::Buy, Self::Sell];

    /// Returns the published name.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Buy => "buy",
            Self::Sell => "sell",
        }
    }

    /// Returns the side of an order with this intent over `held` signed units.
    ///
    /// Buying is BUY when nothing is short, else COVER; selling is SELL when something
    /// is long, else SHORT (the published mapping of the orders page).
    pub fn side(self, held: Quantity) -> Side {
        match self {
            Self::Buy if held.is_negative() => Side::Cover,
            Self::Buy => Side::Buy,
            Self::Sell if held.is_positive() => Side::Sell,
            Self::Sell => Side::Short,
        }
    }
}

/// How an order is priced.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum OrderType {
    /// At once, at the touch.
    Market,
    /// At the limit price or better.
    Limit,
    /// Becomes a market order at the stop price.
    Stop,
    /// Becomes a limit order at the stop price.
    StopLimit,
    /// A limit that is meant to cross: what it cannot take at once is canceled.
    MarketableLimit,
}

impl OrderType {
    /// Every type.
    pub const ALL: [Self; 5] = [
        Self::Market,
        Self::Limit,
        Self::Stop,
        Self::StopLimit,
        Self::MarketableLimit,
    ];

    /// Returns true for the types that need a limit price.
    pub const fn needs_limit(self) -> bool {
        matches!(self, Self::Limit | Self::StopLimit | Self::MarketableLimit)
    }

    /// Returns true for the types that need a stop price.
    pub const fn needs_stop(self) -> bool {
        matches!(self, Self::Stop | Self::StopLimit)
    }

    /// Returns the published name.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Market => "market",
            Self::Limit => "limit",
            Self::Stop => "stop",
            Self::StopLimit => "stop_limit",
            Self::MarketableLimit => "marketable_limit",
        }
    }
}

/// How long an order works.
#[derive(
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    Default,
    Serialize,
    Deserialize,
    JsonSchema,
)]
#[serde(rename_all = "lowercase")]
pub enum TimeInForce {
    /// Until the end of the session's day.
    #[default]
    Day,
    /// Until canceled.
    Gtc,
    /// What can be done at once; the rest is canceled.
    Ioc,
    /// All at once or nothing.
    Fok,
    /// At the opening only.
    Opg,
}

impl TimeInForce {
    /// Every time in force.
    pub const ALL: [Self; 5] = [Self::Day, Self::Gtc, Self::Ioc, Self::Fok, Self::Opg];

    /// Returns the published name.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Day => "day",
            Self::Gtc => "gtc",
            Self::Ioc => "ioc",
            Self::Fok => "fok",
            Self::Opg => "opg",
        }
    }
}

macro_rules! words {
    ($name:ident, $what:literal) => {
        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.pad(self.as_str())
            }
        }

        impl FromStr for $name {
            type Err = String;

            fn from_str(text: &str) -> Result<Self, String> {
                Self::ALL
                    .into_iter()
                    .find(|value| value.as_str() == text)
                    .ok_or_else(|| {
                        let known: Vec<_> = Self::ALL.iter().map(|value| value.as_str()).collect();
                        format!(
                            concat!($what, " '{}' is not one of {}"),
                            text,
                            known.join(", ")
                        )
                    })
            }
        }
    };
}

words!(Intent, "intent");
words!(Side, "side");
words!(OrderType, "order type");
words!(TimeInForce, "time in force");

/// Where an order stands, read from the order itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum OrderState {
    /// Made, not yet sent.
    Created,
    /// Sent; the venue has not answered.
    Submitted,
    /// The venue works it.
    Accepted,
    /// Part of it is done.
    PartiallyFilled,
    /// All of it is done.
    Filled,
    /// Ended by a cancel.
    Canceled,
    /// Ended by its time in force.
    Expired,
    /// Refused by a gate or by the broker.
    Rejected,
}

impl OrderState {
    /// Returns true once nothing more can happen to the order.
    pub const fn is_terminal(self) -> bool {
        matches!(
            self,
            Self::Filled | Self::Canceled | Self::Expired | Self::Rejected
        )
    }

    /// Returns the published name.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Created => "created",
            Self::Submitted => "submitted",
            Self::Accepted => "accepted",
            Self::PartiallyFilled => "partially_filled",
            Self::Filled => "filled",
            Self::Canceled => "canceled",
            Self::Expired => "expired",
            Self::Rejected => "rejected",
        }
    }
}

impl fmt::Display for OrderState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// One order. Times are UTC; prices are in the instrument's quote currency.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Order {
    /// The desk's name of the order.
    pub order_id: OrderId,
    /// Makes a repeated submit the same order.
    pub idempotency_key: IdempotencyKey,
    /// What is traded.
    pub symbol: Symbol,
    /// What it does to the position.
    pub side: Side,
    /// How many units; above zero, the side carries direction.
    pub quantity: Quantity,
    /// How it is priced.
    pub order_type: OrderType,
    /// For the types that need one; null otherwise.
    #[serde(default)]
    pub limit_price: Option<Price>,
    /// For the types that need one; null otherwise.
    #[serde(default)]
    pub stop_price: Option<Price>,
    /// How long it works.
    #[serde(default)]
    pub tif: TimeInForce,
    /// Whose book it changes.
    pub fund_id: FundId,
    /// Who decided it.
    pub strategy_id: StrategyId,
    /// Where it goes.
    pub broker: BrokerId,
    /// Which part of the system or which person sent it.
    pub actor: String,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it left.
    #[serde(default)]
    pub submitted_at: Option<Timestamp>,
    /// When the venue took it.
    #[serde(default)]
    pub accepted_at: Option<Timestamp>,
    /// When the last unit was done.
    #[serde(default)]
    pub filled_at: Option<Timestamp>,
    /// When it was canceled or expired.
    #[serde(default)]
    pub canceled_at: Option<Timestamp>,
    /// When it was refused.
    #[serde(default)]
    pub rejected_at: Option<Timestamp>,
    /// The venue's name of the order.
    #[serde(default)]
    pub broker_order_id: Option<BrokerOrderId>,
    /// The order it was split from.
    #[serde(default)]
    pub parent_order_id: Option<OrderId>,
    /// How many units are done.
    #[serde(default)]
    pub filled_quantity: Quantity,
    /// Average price of what is done.
    #[serde(default)]
    pub avg_fill_price: Option<Price>,
    /// Why it was refused, or why it ended when nobody refused it (`expired`).
    #[serde(default)]
    pub rejected_reason: Option<String>,
    /// Why the trade was made, in the trader's words.
    #[serde(default)]
    pub thesis: String,
}

/// The reason text that marks an order ended by its time in force.
const EXPIRED: &str = "expired";

impl Order {
    /// Returns where the order stands.
    pub fn state(&self) -> OrderState {
        if self.rejected_at.is_some() {
            return OrderState::Rejected;
        }
        match (self.canceled_at, self.rejected_reason.as_deref()) {
            (Some(_), Some(EXPIRED)) => OrderState::Expired,
            (_, Some(_)) => OrderState::Rejected,
            (Some(_), None) => OrderState::Canceled,
            (None, None) => self.open_state(),
        }
    }

    /// Returns where an order stands that nobody refused or ended.
    fn open_state(&self) -> OrderState {
        if self.filled_quantity >= self.quantity {
            OrderState::Filled
        } else if self.filled_quantity.is_positive() {
            OrderState::PartiallyFilled
        } else if self.accepted_at.is_some() {
            OrderState::Accepted
        } else if self.submitted_at.is_some() {
            OrderState::Submitted
        } else {
            OrderState::Created
        }
    }

    /// Returns how many units are still to be done, whether or not the order works.
    pub fn open_quantity(&self) -> Quantity {
        let open = self.quantity - self.filled_quantity;
        if open.is_negative() {
            Quantity::ZERO
        } else {
            open
        }
    }

    /// Returns the order ended by its time in force at `at`.
    pub fn expired(self, at: Timestamp) -> Self {
        Self {
            canceled_at: Some(at),
            rejected_reason: Some(EXPIRED.into()),
            ..self
        }
    }

    /// Returns the order ended by a cancel at `at`.
    pub fn canceled(self, at: Timestamp) -> Self {
        Self {
            canceled_at: Some(at),
            ..self
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_position_decides_what_an_intent_is_called() {
        let held = |units: i32| Quantity::whole(units);
        let cases = [
            ("buy", 0, Side::Buy),
            ("buy", 5, Side::Buy),
            ("buy", -5, Side::Cover),
            ("sell", 5, Side::Sell),
            ("sell", 0, Side::Short),
            ("sell", -5, Side::Short),
        ];
        for (intent, units, side) in cases {
            assert_eq!(
                intent.parse::<Intent>().unwrap().side(held(units)),
                side,
                "{intent} {units}"
            );
        }
        assert!("hold".parse::<Intent>().unwrap_err().contains("buy, sell"));
    }
}
