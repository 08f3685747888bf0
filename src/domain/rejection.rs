//! Every gate by name and every reason an order can be refused for, once.
//!
//! The codes are published and stable; a code is never reused for another meaning.

use std::borrow::Cow;
use std::fmt;
use std::str::FromStr;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use smol_str::SmolStr;

use crate::domain::text;

/// A stage of the gate chain.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum GateName {
    /// 1: the same key again.
    Idempotency,
    /// 2: is it an order at all.
    Schema,
    /// 3: allow lists and sizes.
    Static,
    /// 4: what the book would become.
    PositionRisk,
    /// 5: is the fund halted.
    DrawdownHalt,
    /// 6: shorting.
    ShortSide,
    /// Between 6 and 7: a gate the user registered.
    Custom(SmolStr),
    /// 7: the chief-risk-officer model.
    CroVeto,
}

impl GateName {
    /// The seven documented gates, in their order.
    pub const DOCUMENTED: [Self; 7] = [
        Self::Idempotency,
        Self::Schema,
        Self::Static,
        Self::PositionRisk,
        Self::DrawdownHalt,
        Self::ShortSide,
        Self::CroVeto,
    ];

    /// Returns the published name.
    pub fn as_str(&self) -> &str {
        match self {
            Self::Idempotency => "idempotency",
            Self::Schema => "schema",
            Self::Static => "static",
            Self::PositionRisk => "position_risk",
            Self::DrawdownHalt => "drawdown_halt",
            Self::ShortSide => "short_side",
            Self::CroVeto => "cro_veto",
            Self::Custom(name) => name,
        }
    }
}

impl fmt::Display for GateName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl FromStr for GateName {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let fits = !text.is_empty()
            && text.len() <= 64
            && text
                .bytes()
                .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_');
        if !fits {
            return Err(format!(
                "gate '{text}' is not a name of lower-case letters, digits and _"
            ));
        }
        let known = Self::DOCUMENTED
            .into_iter()
            .find(|gate| gate.as_str() == text);
        Ok(known.unwrap_or_else(|| Self::Custom(SmolStr::new(text))))
    }
}

macro_rules! codes {
    ($($(#[$doc:meta])* $name:ident = $text:literal;)*) => {
        /// Why a gate refused.
        #[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum RejectionCode {
            $($(#[$doc])* $name,)*
            /// A custom gate refused; the text is its name.
            Custom(SmolStr),
        }

        impl RejectionCode {
            /// Every built-in code.
            pub const BUILT_IN: &'static [Self] = &[$(Self::$name,)*];

            fn built_in(&self) -> Option<&'static str> {
                match self {
                    $(Self::$name => Some($text),)*
                    Self::Custom(_) => None,
                }
            }
        }
    };
}

codes! {
    /// Another order already used this idempotency key.
    DuplicateKey = "DUPLICATE_KEY";
    /// A field is not valid.
    SchemaInvalid = "SCHEMA_INVALID";
    /// The order type needs a price that is not there.
    MissingPrice = "MISSING_PRICE";
    /// The broker is not on the envelope's list.
    BrokerNotAllowed = "BROKER_NOT_ALLOWED";
    /// The order type is not on the envelope's list, or the broker cannot do it.
    OrderTypeNotAllowed = "ORDER_TYPE_NOT_ALLOWED";
    /// The asset class is not on the envelope's or the fund's list.
    AssetClassNotAllowed = "ASSET_CLASS_NOT_ALLOWED";
    /// The strategy may not write into the fund.
    StrategyNotAllowed = "STRATEGY_NOT_ALLOWED";
    /// The order is worth more than one order may be.
    MaxOrderNotional = "MAX_ORDER_NOTIONAL";
    /// The order has more units than one order may have.
    MaxOrderQty = "MAX_ORDER_QTY";
    /// There is no price to judge it by.
    NoReferencePrice = "NO_REFERENCE_PRICE";
    /// The price to judge it by is too old, or the rate of its currency is.
    StaleQuote = "STALE_QUOTE";
    /// The venue and the books do not agree about the symbol.
    SymbolLocked = "SYMBOL_LOCKED";
    /// Too many messages to one venue or from one fund.
    RateLimit = "RATE_LIMIT";
    /// The position would be too large a part of NAV.
    MaxPositionPct = "MAX_POSITION_PCT";
    /// The position would be worth too much.
    MaxPositionUsd = "MAX_POSITION_USD";
    /// Gross exposure would be too large.
    MaxGross = "MAX_GROSS";
    /// Net exposure would be too large.
    MaxNet = "MAX_NET";
    /// One sector would be too large, or it is not known which.
    MaxSector = "MAX_SECTOR";
    /// One asset class would be too large.
    MaxAssetClass = "MAX_ASSET_CLASS";
    /// One country would be too large, or it is not known which.
    MaxCountry = "MAX_COUNTRY";
    /// The fund is halted.
    FundHalted = "FUND_HALTED";
    /// Opening shorts is switched off.
    ShortingDisabled = "SHORTING_DISABLED";
    /// Borrowing costs too much, or its cost is unknown.
    BorrowFee = "BORROW_FEE";
    /// A borrow must be located first, or there is too little to borrow.
    LocateRequired = "LOCATE_REQUIRED";
    /// The chief-risk-officer model vetoed.
    CroVeto = "CRO_VETO";
}

impl RejectionCode {
    /// Returns the published text; `CUSTOM:<gate>` for a custom gate.
    pub fn text(&self) -> Cow<'static, str> {
        match (self.built_in(), self) {
            (Some(text), _) => Cow::Borrowed(text),
            (None, Self::Custom(name)) => Cow::Owned(format!("CUSTOM:{name}")),
            (None, _) => Cow::Borrowed(""),
        }
    }
}

impl fmt::Display for RejectionCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.text())
    }
}

impl FromStr for RejectionCode {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        if let Some(name) = text.strip_prefix("CUSTOM:") {
            return Ok(Self::Custom(SmolStr::new(name)));
        }
        Self::BUILT_IN
            .iter()
            .find(|code| code.built_in() == Some(text))
            .cloned()
            .ok_or_else(|| format!("rejection code '{text}' is not known"))
    }
}

macro_rules! as_text {
    ($name:ident) => {
        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_str(self)
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                text::read(deserializer)
            }
        }

        impl JsonSchema for $name {
            fn schema_name() -> Cow<'static, str> {
                stringify!($name).into()
            }

            fn json_schema(_: &mut SchemaGenerator) -> Schema {
                json_schema!({ "type": "string" })
            }
        }
    };
}

as_text!(GateName);
as_text!(RejectionCode);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_code_and_gate_reads_back_as_itself() {
        for code in RejectionCode::BUILT_IN {
            assert_eq!(code.text().parse::<RejectionCode>().as_ref(), Ok(code));
        }
        let custom = RejectionCode::Custom("no_trades_near_open".into());
        assert_eq!(custom.to_string(), "CUSTOM:no_trades_near_open");
        assert_eq!(custom.to_string().parse::<RejectionCode>(), Ok(custom));
        for gate in GateName::DOCUMENTED {
            assert_eq!(gate.as_str().parse::<GateName>(), Ok(gate.clone()));
        }
        assert!("Bad Gate".parse::<GateName>().is_err());
    }
}
