//! Asset classes and currencies.

use std::borrow::Cow;
use std::fmt;
use std::str::FromStr;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::domain::text;

/// What kind of thing a symbol denotes.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "lowercase")]
pub enum AssetClass {
    /// Shares and funds traded as shares.
    Equities,
    /// Listed options.
    Options,
    /// Currency pairs.
    Fx,
    /// Futures.
    Futures,
    /// Crypto assets.
    Crypto,
    /// Prediction market contracts.
    Prediction,
    /// Sports contracts.
    Sports,
}

impl AssetClass {
    /// Every class, in the order of the glossary.
    pub const ALL: [Self; 7] = [
        Self::Equities,
        Self::Options,
        Self::Fx,
        Self::Futures,
        Self::Crypto,
        Self::Prediction,
        Self::Sports,
    ];

    /// Returns the published name.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Equities => "equities",
            Self::Options => "options",
            Self::Fx => "fx",
            Self::Futures => "futures",
            Self::Crypto => "crypto",
            Self::Prediction => "prediction",
            Self::Sports => "sports",
        }
    }
}

impl fmt::Display for AssetClass {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// A currency or the unit a price is quoted in: 2 to 8 upper-case letters or digits.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Currency {
    bytes: [u8; 8],
    len: u8,
}

impl Currency {
    /// The US dollar: the currency of funds, limits and the books.
    pub const USD: Self = Self {
        bytes: *b"USD\0\0\0\0\0",
        len: 3,
    };

    /// Returns the code.
    pub fn as_str(&self) -> &str {
        self.bytes
            .get(..usize::from(self.len))
            .and_then(|b| std::str::from_utf8(b).ok())
            .unwrap_or("")
    }
}

impl FromStr for Currency {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let good = |b: u8| b.is_ascii_uppercase() || b.is_ascii_digit();
        if !(2..=8).contains(&text.len()) || !text.bytes().all(good) {
            return Err(format!(
                "currency '{text}' is not 2 to 8 upper-case letters, such as USD"
            ));
        }
        let mut bytes = [0; 8];
        for (slot, byte) in bytes.iter_mut().zip(text.bytes()) {
            *slot = byte;
        }
        Ok(Self {
            bytes,
            len: u8::try_from(text.len()).unwrap_or(0),
        })
    }
}

impl fmt::Display for Currency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl fmt::Debug for Currency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl Serialize for Currency {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

impl<'de> Deserialize<'de> for Currency {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        text::read(deserializer)
    }
}

impl JsonSchema for Currency {
    fn schema_name() -> Cow<'static, str> {
        "Currency".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "string", "pattern": "^[A-Z0-9]{2,8}$" })
    }
}
