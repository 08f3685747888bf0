//! The ticket: what a person or program asks for before it is an order.
//!
//! A ticket may be incomplete or wrong; `order::ticket` turns it into an order
//! or says which field is at fault. Its idempotency key is born with it, so
//! however often it is sent, it is one order.

use std::fmt;
use std::str::FromStr;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::domain::{
    BrokerId, FundId, IdempotencyKey, Money, OrderType, Price, Quantity, Rate, Side, StrategyId,
    Symbol, TimeInForce,
};

/// How much is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum TicketSize {
    /// So many units: `100`.
    Units(Quantity),
    /// As many whole lots as so much money buys, in USD: `$25k`.
    Notional(Money),
    /// As many whole lots as this part of NAV buys, a ratio: `2%` is 0.02.
    NavRatio(Rate),
    /// As many whole lots as lose this part of NAV at the stop price: `r0.5%` is 0.005.
    RiskRatio(Rate),
    /// The most that every gate passes: `max`.
    Max,
}

/// Why a text is not a size.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("size '{0}' is not understood: write 100, $25k, 2%, r0.5% or max")]
pub struct TicketSizeError(String);

impl FromStr for TicketSize {
    type Err = TicketSizeError;

    /// Reads `100`, `1.5k`, `$25k`, `$1.2m`, `2%`, `r0.5%` or `max`; commas and underscores group digits.
    fn from_str(text: &str) -> Result<Self, TicketSizeError> {
        let refuse = || TicketSizeError(text.chars().take(40).collect());
        let word: String = text.trim().to_ascii_lowercase().replace([',', '_'], "");
        if word == "max" {
            return Ok(Self::Max);
        }
        let (risk, rest) = match word.strip_prefix('r') {
            Some(rest) => (true, rest),
            None => (false, word.as_str()),
        };
        if let Some(percent) = rest.strip_suffix('%') {
            let ratio = scaled(percent, -2).and_then(|value| Rate::new(value).ok());
            let ratio = ratio.filter(|r| r.is_positive()).ok_or_else(refuse)?;
            return Ok(if risk {
                Self::RiskRatio(ratio)
            } else {
                Self::NavRatio(ratio)
            });
        }
        if risk {
            return Err(refuse());
        }
        let (money, digits) = match rest.strip_prefix('$') {
            Some(digits) => (true, digits),
            None => (false, rest),
        };
        let (digits, power) = match (digits.strip_suffix('k'), digits.strip_suffix('m')) {
            (Some(thousands), _) => (thousands, 3),
            (_, Some(millions)) => (millions, 6),
            (None, None) => (digits, 0),
        };
        let value = scaled(digits, power).ok_or_else(refuse)?;
        if money {
            let money = Money::new(value)
                .ok()
                .filter(|m| m.is_positive())
                .ok_or_else(refuse)?;
            return Ok(Self::Notional(money));
        }
        let units = Quantity::new(value)
            .ok()
            .filter(|q| q.is_positive())
            .ok_or_else(refuse)?;
        Ok(Self::Units(units))
    }
}

/// Reads a plain decimal and multiplies it by a power of ten.
fn scaled(digits: &str, power: i32) -> Option<rust_decimal::Decimal> {
    use rust_decimal::Decimal;
    if digits.is_empty() || !digits.bytes().all(|b| b.is_ascii_digit() || b == b'.') {
        return None;
    }
    let value = Decimal::from_str_exact(digits).ok()?;
    let factor = Decimal::from(10_i64.checked_pow(power.unsigned_abs())?);
    let value = if power < 0 {
        value.checked_div(factor)?
    } else {
        value.checked_mul(factor)?
    };
    Some(value.normalize())
}

impl fmt::Display for TicketSize {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let percent =
            |rate: &Rate| (rate.decimal() * rust_decimal::Decimal::ONE_HUNDRED).normalize();
        match self {
            Self::Units(units) => write!(f, "{units}"),
            Self::Notional(money) => write!(f, "${money}"),
            Self::NavRatio(rate) => write!(f, "{}%", percent(rate)),
            Self::RiskRatio(rate) => write!(f, "r{}%", percent(rate)),
            Self::Max => f.write_str("max"),
        }
    }
}

/// A draft of an order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Ticket {
    /// Born with the ticket; two sends of one ticket are one order.
    pub idempotency_key: IdempotencyKey,
    /// Whose book.
    pub fund_id: FundId,
    /// Who decided.
    pub strategy_id: StrategyId,
    /// Where it goes.
    pub broker: BrokerId,
    /// Who sends it.
    pub actor: String,
    /// What is traded.
    pub symbol: Symbol,
    /// What it does to the position.
    pub side: Side,
    /// How much, if said.
    #[serde(default)]
    pub size: Option<TicketSize>,
    /// How it is priced.
    pub order_type: OrderType,
    /// Limit price, if said.
    #[serde(default)]
    pub limit_price: Option<Price>,
    /// Stop price, if said.
    #[serde(default)]
    pub stop_price: Option<Price>,
    /// How long it works.
    #[serde(default)]
    pub tif: TimeInForce,
    /// Why, in the trader's words.
    #[serde(default)]
    pub thesis: String,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_read_as_traders_type_them() {
        let units = |t: &str| TicketSize::Units(t.parse().unwrap());
        let cases = [
            ("100", units("100")),
            ("1,000", units("1000")),
            ("1.5k", units("1500")),
            ("0.25", units("0.25")),
            ("$25k", TicketSize::Notional("25000".parse().unwrap())),
            ("$1.2m", TicketSize::Notional("1200000".parse().unwrap())),
            ("2%", TicketSize::NavRatio("0.02".parse().unwrap())),
            ("r0.5%", TicketSize::RiskRatio("0.005".parse().unwrap())),
            ("MAX", TicketSize::Max),
        ];
        for (text, expected) in cases {
            assert_eq!(text.parse::<TicketSize>().unwrap(), expected, "{text}");
        }
        for bad in [
            "",
            "0",
            "-5",
            "$",
            "%",
            "r5",
            "1kk",
            "1e5",
            "max5",
            "r",
            "$0",
            "..",
            "99999999999999999999999999999",
        ] {
            let error = bad.parse::<TicketSize>().unwrap_err().to_string();
            assert!(error.contains(bad), "{error}");
        }
    }
}
