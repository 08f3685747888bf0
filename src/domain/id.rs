//! Identifiers: short texts, each of its own type so that two never trade places.
//!
//! An id is 1 to 128 visible ASCII characters. Ids of up to 23 bytes are held
//! without allocation.

use schemars::JsonSchema;
use serde::{Deserialize, Deserializer, Serialize};
use smol_str::SmolStr;

/// Why a text is not an identifier.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{kind} '{text}' is not valid: use 1 to 128 visible ASCII characters without spaces")]
pub struct IdError {
    kind: &'static str,
    text: String,
}

fn check(kind: &'static str, text: &str) -> Result<(), IdError> {
    let fits = (1..=128).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_graphic());
    if fits {
        Ok(())
    } else {
        Err(IdError {
            kind,
            text: text.chars().take(160).collect(),
        })
    }
}

macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident = $kind:literal;)*) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, JsonSchema)]
        #[serde(transparent)]
        #[schemars(extend("minLength" = 1, "maxLength" = 128, "pattern" = "^[!-~]+$"))]
        pub struct $name(#[schemars(with = "String")] SmolStr);

        impl $name {
            /// Makes the id.
            ///
            /// # Errors
            /// When `text` is empty, longer than 128 bytes or not visible ASCII.
            pub fn new(text: impl AsRef<str>) -> Result<Self, IdError> {
                let text = text.as_ref();
                check($kind, text)?;
                Ok(Self(SmolStr::new(text)))
            }

            /// Returns the text.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.pad(&self.0)
            }
        }

        impl std::str::FromStr for $name {
            type Err = IdError;

            fn from_str(text: &str) -> Result<Self, IdError> {
                Self::new(text)
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let text = SmolStr::deserialize(deserializer)?;
                check($kind, &text).map_err(serde::de::Error::custom)?;
                Ok(Self(text))
            }
        }
    )*};
}

ids! {
    /// The desk's own name of an order.
    OrderId = "order id";
    /// Makes a repeated submit the same order: born with the ticket, kept for good.
    IdempotencyKey = "idempotency key";
    /// A fund: one book of positions under one envelope.
    FundId = "fund id";
    /// Who may write into a fund.
    StrategyId = "strategy id";
    /// A broker adapter's stable name: routing, logs, audit.
    BrokerId = "broker";
    /// The venue's name of an order.
    BrokerOrderId = "broker order id";
    /// The venue's name of a fill; unique within one broker.
    FillId = "fill id";
    /// A tax lot.
    LotId = "lot id";
    /// A risk envelope.
    EnvelopeId = "envelope id";
    /// Where a quote, trade or fill was made.
    VenueId = "venue";
}

impl From<&FillId> for LotId {
    /// Names a lot after the fill that opened it: a fill opens at most one.
    fn from(fill: &FillId) -> Self {
        Self(fill.0.clone())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_is_visible_ascii_of_bounded_length() {
        assert_eq!(OrderId::new("7f3a-12").unwrap().as_str(), "7f3a-12");
        for bad in ["", " ", "a b", "é", "a\n", &"x".repeat(129)] {
            assert!(OrderId::new(bad).is_err(), "{bad:?} should be refused");
        }
        assert!(
            serde_json::from_str::<FundId>("\"a b\"")
                .unwrap_err()
                .to_string()
                .contains("a b")
        );
    }
}
