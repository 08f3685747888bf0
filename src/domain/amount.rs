//! Money, price, quantity and rate: exact decimals that cannot be mistaken for each other.
//!
//! The representation is private so that it can change. Every amount is bounded
//! in size and scale when it is made, which is why the arithmetic here can
//! neither overflow nor panic: the largest product of two amounts still fits,
//! and a sum saturates at a bound no book of real positions comes near.
//! Amounts are read from text, never through a binary float.

use std::borrow::Cow;
use std::cmp::Ordering;
use std::fmt;
use std::iter::Sum;
use std::ops::{Add, AddAssign, Mul, Neg, Sub, SubAssign};
use std::str::FromStr;

use rust_decimal::Decimal;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::{MapAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::domain::Exact;

/// Why a text or number is not an amount.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum AmountError {
    /// The text is no decimal number.
    #[error("{kind} '{text}' is not a decimal number, such as 189.42")]
    NotANumber {
        /// What was read.
        kind: &'static str,
        /// The text as given, cut to 64 characters.
        text: String,
    },
    /// The number is too large.
    #[error("{kind} {value} is out of range: at most {most} either side of zero")]
    OutOfRange {
        /// What was read.
        kind: &'static str,
        /// The number as read.
        value: Decimal,
        /// The bound.
        most: Decimal,
    },
}

/// Reads a plain or exponent decimal from text, exactly.
///
/// Exponents are accepted because venues send them (`1e-7`); they are never written.
fn parse(kind: &'static str, text: &str) -> Result<Decimal, AmountError> {
    let refuse = || AmountError::NotANumber {
        kind,
        text: text.chars().take(64).collect(),
    };
    let plain = text
        .bytes()
        .all(|b| b.is_ascii_digit() || matches!(b, b'.' | b'-' | b'+'));
    if plain {
        return Decimal::from_str_exact(text).map_err(|_| refuse());
    }
    if text.bytes().any(|b| b == b'_') {
        return Err(refuse());
    }
    Decimal::from_scientific(text).map_err(|_| refuse())
}

macro_rules! amounts {
    ($($(#[$doc:meta])* $name:ident, $kind:literal, most $most:expr;)*) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, Hash, Default)]
        pub struct $name(Exact);

        impl $name {
            /// Nothing.
            pub const ZERO: Self = Self(Exact::ZERO);
            /// The largest size, either side of zero.
            pub const MOST: Self = Self(Exact::new($most));

            /// Makes the amount.
            ///
            /// # Errors
            /// When `value` is larger than [`Self::MOST`] either side of zero.
            pub fn new(value: Decimal) -> Result<Self, AmountError> {
                if value.abs() > $most {
                    return Err(AmountError::OutOfRange { kind: $kind, value, most: $most });
                }
                Ok(Self(Exact::new(value)))
            }

            /// Makes a whole amount.
            pub const fn whole(value: i32) -> Self {
                Self(Exact::new(Decimal::from_parts(value.unsigned_abs(), 0, 0, value < 0, 0)))
            }

            /// Returns the exact decimal.
            pub const fn decimal(self) -> Decimal {
                self.0.decimal()
            }

            /// Returns the size without its sign.
            pub fn abs(self) -> Self {
                Self(self.0.abs())
            }

            /// Returns true for zero of any scale.
            #[inline]
            pub fn is_zero(self) -> bool {
                self.0.is_zero()
            }

            /// Returns true above zero.
            #[inline]
            pub fn is_positive(self) -> bool {
                !self.0.has_minus() && !self.0.is_zero()
            }

            /// Returns true below zero.
            #[inline]
            pub fn is_negative(self) -> bool {
                self.0.has_minus() && !self.0.is_zero()
            }

            /// Returns the nearest binary float, for charts and statistics only.
            pub fn to_f64(self) -> f64 {
                use rust_decimal::prelude::ToPrimitive;
                self.decimal().to_f64().unwrap_or(f64::NAN)
            }
        }

        impl Ord for $name {
            #[inline]
            fn cmp(&self, other: &Self) -> Ordering {
                self.0.cmp(&other.0)
            }
        }
        impl PartialOrd for $name {
            #[inline]
            fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
                Some(self.cmp(other))
            }
        }
        impl Add for $name {
            type Output = Self;
            #[inline]
            fn add(self, other: Self) -> Self {
                Self(self.0.sum(other.0, false))
            }
        }
        impl Sub for $name {
            type Output = Self;
            #[inline]
            fn sub(self, other: Self) -> Self {
                Self(self.0.sum(other.0, true))
            }
        }
        impl AddAssign for $name {
            #[inline]
            fn add_assign(&mut self, other: Self) {
                *self = *self + other;
            }
        }
        impl SubAssign for $name {
            #[inline]
            fn sub_assign(&mut self, other: Self) {
                *self = *self - other;
            }
        }
        impl Neg for $name {
            type Output = Self;
            #[inline]
            fn neg(self) -> Self {
                Self(-self.0)
            }
        }
        impl From<$name> for Exact {
            #[inline]
            fn from(amount: $name) -> Exact {
                amount.0
            }
        }
        impl Sum for $name {
            fn sum<I: Iterator<Item = Self>>(items: I) -> Self {
                items.fold(Self::ZERO, Add::add)
            }
        }
        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Display::fmt(&self.0, f)
            }
        }
        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{}({})", stringify!($name), self.0)
            }
        }
        impl FromStr for $name {
            type Err = AmountError;
            fn from_str(text: &str) -> Result<Self, AmountError> {
                Self::new(parse($kind, text)?)
            }
        }
        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_str(&self.0)
            }
        }
        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let value = deserializer.deserialize_any(DecimalVisitor($kind))?;
                Self::new(value).map_err(serde::de::Error::custom)
            }
        }
        impl JsonSchema for $name {
            fn schema_name() -> Cow<'static, str> {
                stringify!($name).into()
            }
            fn json_schema(_: &mut SchemaGenerator) -> Schema {
                json_schema!({
                    "description": concat!("A ", $kind, " as decimal text, digits as held."),
                    "anyOf": [
                        { "type": "string", "pattern": r"^[+-]?[0-9]*\.?[0-9]+$" },
                        { "type": "number" }
                    ]
                })
            }
        }
    )*};
}

/// 10^9, 10^12, 10^27: the bounds below keep price x quantity x rate inside 96 bits.
const BILLION: Decimal = Decimal::from_parts(1_000_000_000, 0, 0, false, 0);
const TRILLION: Decimal = Decimal::from_parts(3_567_587_328, 232, 0, false, 0);
const OCTILLION: Decimal = Decimal::from_parts(3_892_314_112, 2_681_241_660, 54_210_108, false, 0);

amounts! {
    /// Price of one unit in the instrument's quote currency.
    Price, "price", most BILLION;
    /// How many units: shares, coins, contracts, base currency. Signed where direction is part of it.
    Quantity, "quantity", most TRILLION;
    /// An amount of money in a currency its place names; `usd` unless said otherwise.
    Money, "amount", most OCTILLION;
    /// A conversion rate or a plain ratio.
    Rate, "rate", most BILLION;
}

struct DecimalVisitor(&'static str);

impl<'de> Visitor<'de> for DecimalVisitor {
    type Value = Decimal;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "a {} as decimal text or a number", self.0)
    }

    fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<Decimal, E> {
        parse(self.0, text).map_err(E::custom)
    }

    fn visit_i64<E: serde::de::Error>(self, value: i64) -> Result<Decimal, E> {
        Ok(Decimal::from(value))
    }

    fn visit_u64<E: serde::de::Error>(self, value: u64) -> Result<Decimal, E> {
        Ok(Decimal::from(value))
    }

    // Only formats that hold a number as a binary float come here (TOML); its shortest text is what was written.
    fn visit_f64<E: serde::de::Error>(self, value: f64) -> Result<Decimal, E> {
        parse(self.0, &value.to_string()).map_err(E::custom)
    }

    // The JSON reader hands over a number's own text as a one-entry map.
    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Decimal, A::Error> {
        use serde::de::Error;
        let Some(key) = map.next_key::<Cow<'de, str>>()? else {
            return Err(A::Error::custom(format!("a {} is missing", self.0)));
        };
        if key != "$serde_json::private::Number" {
            return Err(A::Error::custom(format!(
                "a {} cannot be an object",
                self.0
            )));
        }
        let text: Cow<'de, str> = map.next_value()?;
        parse(self.0, &text).map_err(A::Error::custom)
    }
}

impl Mul<Quantity> for Price {
    type Output = Money;
    #[inline]
    fn mul(self, quantity: Quantity) -> Money {
        Money(self.0.product(quantity.0))
    }
}

impl Mul<Rate> for Money {
    type Output = Money;
    #[inline]
    fn mul(self, rate: Rate) -> Money {
        Money(self.0.product(rate.0))
    }
}

impl Money {
    /// Returns the ratio to `whole`, or nothing when `whole` is zero.
    pub fn ratio(self, whole: Money) -> Option<Rate> {
        self.0.divided(whole.0).map(Rate)
    }

    /// Returns the value of `quantity` units worth this much each.
    #[inline]
    pub fn times(self, quantity: Quantity) -> Money {
        Money(self.0.product(quantity.0))
    }

    /// Returns the amount rounded to `places` decimals, halves to even.
    pub fn round(self, places: u32) -> Money {
        Money(Exact::new(self.decimal().round_dp(places)))
    }

    /// Returns the average price of `quantity` units, or nothing for none.
    pub fn per_unit(self, quantity: Quantity) -> Option<Price> {
        self.0.divided(quantity.0).map(Price)
    }
}

impl Price {
    /// Returns the middle of two prices, exactly.
    #[inline]
    pub fn middle(self, other: Price) -> Price {
        const HALF: Exact = Exact::new(Decimal::from_parts(5, 0, 0, false, 1));
        Price(self.0.sum(other.0, false).product(HALF))
    }

    /// Returns the ratio to `other`, or nothing when that is zero.
    pub fn ratio(self, other: Price) -> Option<Rate> {
        self.0.divided(other.0).map(Rate)
    }

    /// Returns the price moved to the grid of `tick`, down or up; unchanged when `tick` is not above zero.
    pub fn to_tick(self, tick: Price, up: bool) -> Price {
        if !tick.is_positive() {
            return self;
        }
        let Some(steps) = self.decimal().checked_div(tick.decimal()) else {
            return self;
        };
        let steps = if up { steps.ceil() } else { steps.floor() };
        Price(Exact::new(steps.saturating_mul(tick.decimal())))
    }

    /// Returns true when the price is on the grid of `tick`; every price is when that is not above zero.
    #[inline]
    pub fn is_on_tick(self, tick: Price) -> bool {
        !tick.is_positive() || self.0.is_multiple(tick.0)
    }

    /// Returns the number of decimals the price is written with.
    pub fn scale(self) -> u32 {
        self.0.scale()
    }
}

impl Quantity {
    /// Returns the quantity cut towards zero to whole lots of `lot`; unchanged when `lot` is not above zero.
    pub fn to_lot(self, lot: Quantity) -> Quantity {
        if !lot.is_positive() {
            return self;
        }
        let Some(lots) = self.decimal().checked_div(lot.decimal()) else {
            return self;
        };
        Quantity(Exact::new(lots.trunc().saturating_mul(lot.decimal()))).shortest()
    }

    /// Returns the same quantity with no more digits than it needs.
    pub fn shortest(self) -> Quantity {
        Quantity(Exact::new(self.decimal().normalize()))
    }

    /// Returns the quantity cut towards zero to `places` decimals.
    pub fn cut(self, places: u32) -> Quantity {
        let cut = self
            .decimal()
            .round_dp_with_strategy(places, rust_decimal::RoundingStrategy::ToZero);
        Quantity(Exact::new(cut))
    }

    /// Returns true when the quantity is a whole number of `lot`.
    pub fn is_whole_lots(self, lot: Quantity) -> bool {
        !lot.is_positive() || self.0.is_multiple(lot.0)
    }

    /// Returns the ratio to `other`, or nothing when that is zero.
    pub fn ratio(self, other: Quantity) -> Option<Rate> {
        self.0.divided(other.0).map(Rate)
    }

    /// Returns the quantity scaled by `rate`.
    pub fn scaled(self, rate: Rate) -> Quantity {
        Quantity(self.0.product(rate.0))
    }
}

impl Rate {
    /// One to one.
    pub const ONE: Self = Self(Exact::new(Decimal::ONE));

    /// Returns `1 / self`, or nothing for zero or when the inverse is out of range.
    pub fn inverse(self) -> Option<Rate> {
        Decimal::ONE
            .checked_div(self.decimal())
            .and_then(|value| Rate::new(value).ok())
    }

    /// Reads a setting held as a binary float by its shortest decimal text, so that 0.1 is exactly 0.1.
    pub fn from_setting(value: f64) -> Option<Rate> {
        parse("rate", &value.to_string())
            .ok()
            .and_then(|value| Rate::new(value).ok())
    }
}

impl From<Price> for Money {
    /// Reads a price as the worth of one unit, in the price's currency.
    fn from(price: Price) -> Money {
        Money(price.0)
    }
}

impl From<Price> for Rate {
    fn from(price: Price) -> Rate {
        Rate(price.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_bounds_are_what_they_are_called() {
        assert_eq!(Price::MOST.to_string(), "1000000000");
        assert_eq!(Quantity::MOST.to_string(), "1000000000000");
        assert_eq!(Money::MOST.to_string(), "1000000000000000000000000000");
        let most = Price::MOST * Quantity::MOST;
        assert_eq!(most.to_string(), "1000000000000000000000");
        assert!((most + most) * Rate::whole(100_000) < Money::MOST);
    }

    #[test]
    fn text_is_read_exactly_and_written_as_held() {
        for text in ["180.50", "0.00000001", "-3", "0", "105944.20"] {
            assert_eq!(text.parse::<Price>().unwrap().to_string(), text);
        }
        assert_eq!("1e-7".parse::<Quantity>().unwrap().to_string(), "0.0000001");
        for bad in [
            "",
            "abc",
            "1_000",
            "NaN",
            "inf",
            "--1",
            "1.2.3",
            "1e99",
            "99999999999",
        ] {
            assert!(bad.parse::<Price>().is_err(), "{bad:?} should be refused");
        }
    }

    #[test]
    fn json_numbers_keep_their_digits() {
        let price: Price = serde_json::from_str("105944.20").unwrap();
        assert_eq!(serde_json::to_string(&price).unwrap(), "\"105944.20\"");
        let fine: Price = serde_json::from_str("0.12345678901234567890").unwrap();
        assert_eq!(fine.to_string(), "0.12345678901234567890");
        assert!(serde_json::from_str::<Price>("[1]").is_err());
        assert!(serde_json::from_str::<Price>("{\"a\":1}").is_err());
    }

    #[test]
    fn grids_and_lots() {
        let price = |t: &str| t.parse::<Price>().unwrap();
        assert_eq!(
            price("10.007").to_tick(price("0.01"), false),
            price("10.00")
        );
        assert_eq!(price("10.007").to_tick(price("0.01"), true), price("10.01"));
        let quantity = |t: &str| t.parse::<Quantity>().unwrap();
        assert_eq!(quantity("2.7").to_lot(quantity("1")), quantity("2"));
        assert!(quantity("0.30").is_whole_lots(quantity("0.1")));
        assert!(!quantity("0.35").is_whole_lots(quantity("0.1")));
        assert_eq!(Rate::from_setting(0.1).unwrap().to_string(), "0.1");
    }
}
