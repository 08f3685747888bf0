//! The canonical symbol: one text per instrument, the same at every venue.
//!
//! Grammar per asset class (upper-case ASCII, no spaces):
//! equities `AAPL`, `BRK.B`, `700:XHKG` · options `AAPL260619C00200000` ·
//! futures `ESZ26` · fx `EUR/USD` · crypto `BTC-USD` · prediction
//! `PM:VENUE:ID` · sports `SP:LEAGUE:ID`. The class is inferred from the text
//! alone, so two machines always agree on it.

use std::fmt;
use std::str::FromStr;

use schemars::JsonSchema;
use serde::{Deserialize, Deserializer, Serialize};
use smol_str::SmolStr;

use crate::domain::{AssetClass, Currency, text};

/// Why a text is not a canonical symbol.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("symbol '{text}' {why}")]
pub struct SymbolError {
    text: String,
    why: &'static str,
}

/// A canonical symbol. Up to 23 bytes are held without allocation; a clone never copies text.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, JsonSchema)]
#[serde(transparent)]
pub struct Symbol(#[schemars(with = "String")] SmolStr);

/// Roots of listed futures that `ROOT + month + year` is read as; anything else of that shape is an equity.
const FUTURES_ROOTS: [&str; 36] = [
    "ES", "NQ", "YM", "RTY", "MES", "MNQ", "MYM", "M2K", "CL", "MCL", "NG", "RB", "HO", "BZ", "GC",
    "MGC", "SI", "HG", "PL", "PA", "ZC", "ZS", "ZW", "ZL", "ZM", "LE", "HE", "ZN", "ZB", "ZF",
    "ZT", "6E", "6J", "6B", "6A", "VX",
];

/// Markets of US listings. A symbol never names them, or one share would have two texts.
const US_MARKETS: [&str; 7] = ["XNAS", "XNYS", "ARCX", "BATS", "XASE", "IEXG", "OTCM"];

/// January to December as the exchanges letter them.
pub(crate) const FUTURES_MONTHS: &str = "FGHJKMNQUVXZ";

impl Symbol {
    /// Makes a symbol from its canonical text.
    ///
    /// # Errors
    /// When the text is not of any class's grammar.
    pub fn new(text: impl AsRef<str>) -> Result<Self, SymbolError> {
        let text = text.as_ref();
        check(text).map_err(|why| SymbolError {
            text: text.chars().take(80).collect(),
            why,
        })?;
        Ok(Self(SmolStr::new(text)))
    }

    /// Returns the canonical text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Returns the asset class the text denotes.
    pub fn asset_class(&self) -> AssetClass {
        classify(&self.0)
    }

    /// Returns base and quote of a currency or crypto pair.
    pub fn pair(&self) -> Option<(&str, &str)> {
        match self.asset_class() {
            AssetClass::Fx => self.0.split_once('/'),
            AssetClass::Crypto => self.0.split_once('-'),
            AssetClass::Equities
            | AssetClass::Options
            | AssetClass::Futures
            | AssetClass::Prediction
            | AssetClass::Sports => None,
        }
    }

    /// Returns the currency its price is in where the text tells: the quote of a pair.
    pub fn quote_currency(&self) -> Option<Currency> {
        self.pair().and_then(|(_, quote)| quote.parse().ok())
    }
}

fn classify(text: &str) -> AssetClass {
    if text.starts_with("PM:") {
        AssetClass::Prediction
    } else if text.starts_with("SP:") {
        AssetClass::Sports
    } else if option_parts(text).is_some() {
        AssetClass::Options
    } else if text.contains('/') {
        AssetClass::Fx
    } else if text.contains('-') {
        AssetClass::Crypto
    } else if future_parts(text).is_some() {
        AssetClass::Futures
    } else {
        AssetClass::Equities
    }
}

/// Splits an OCC option into root, `YYMMDD`, `C` or `P`, and the strike's eight digits.
pub(crate) fn option_parts(text: &str) -> Option<(&str, &str, &str, &str)> {
    let root_len = text.len().checked_sub(15).filter(|n| (1..=6).contains(n))?;
    let (root, rest) = (text.get(..root_len)?, text.get(root_len..)?);
    let (date, right, strike) = (rest.get(..6)?, rest.get(6..7)?, rest.get(7..)?);
    let digits = |t: &str| t.bytes().all(|b| b.is_ascii_digit());
    let month: u8 = date.get(2..4)?.parse().ok()?;
    let day: u8 = date.get(4..6)?.parse().ok()?;
    let root_fits = root
        .bytes()
        .all(|b| b.is_ascii_uppercase() || b.is_ascii_digit());
    let fits = root_fits
        && root.starts_with(|c: char| c.is_ascii_uppercase())
        && digits(date)
        && (1..=12).contains(&month)
        && (1..=31).contains(&day)
        && matches!(right, "C" | "P")
        && digits(strike);
    fits.then_some((root, date, right, strike))
}

/// Splits a future into root, month letter and two-digit year.
pub(crate) fn future_parts(text: &str) -> Option<(&str, &str, &str)> {
    let root_len = text.len().checked_sub(3)?;
    let (root, month, year) = (
        text.get(..root_len)?,
        text.get(root_len..root_len + 1)?,
        text.get(root_len + 1..)?,
    );
    // The year first: it alone tells nearly every share from a future.
    let fits = year.bytes().all(|b| b.is_ascii_digit())
        && FUTURES_MONTHS.contains(month)
        && FUTURES_ROOTS.contains(&root);
    fits.then_some((root, month, year))
}

fn check(text: &str) -> Result<(), &'static str> {
    if text.is_empty() || text.len() > 80 {
        return Err("is not 1 to 80 characters long");
    }
    match classify(text) {
        AssetClass::Prediction | AssetClass::Sports => {
            let mut parts = text.splitn(3, ':');
            let (_, group, id) = (
                parts.next(),
                parts.next().unwrap_or(""),
                parts.next().unwrap_or(""),
            );
            let id_fits = !id.is_empty()
                && id.bytes().all(|b| {
                    b.is_ascii_uppercase() || b.is_ascii_digit() || matches!(b, b'-' | b'.' | b'_')
                });
            if word(group) && id_fits {
                Ok(())
            } else {
                Err("is not PM:VENUE:ID or SP:LEAGUE:ID in upper case")
            }
        }
        AssetClass::Options | AssetClass::Futures => Ok(()),
        AssetClass::Fx => match text.split_once('/') {
            Some((base, quote))
                if base.len() == 3
                    && quote.len() == 3
                    && word(base)
                    && word(quote)
                    && base != quote =>
            {
                Ok(())
            }
            _ => Err("is not two currencies of three letters, such as EUR/USD"),
        },
        AssetClass::Crypto => match text.split_once('-') {
            Some((base, quote))
                if word(base)
                    && word(quote)
                    && base.len() <= 16
                    && (2..=8).contains(&quote.len()) =>
            {
                Ok(())
            }
            _ => Err("is not BASE-QUOTE in upper case, such as BTC-USD"),
        },
        AssetClass::Equities => check_equity(text),
    }
}

/// Returns true for one or more upper-case letters and digits.
fn word(text: &str) -> bool {
    let good = |b: u8| b.is_ascii_uppercase() || b.is_ascii_digit();
    !text.is_empty() && text.bytes().all(good)
}

fn check_equity(text: &str) -> Result<(), &'static str> {
    let (name, market) = match text.split_once(':') {
        Some((name, market)) => (name, Some(market)),
        None => (text, None),
    };
    let (ticker, class) = match name.split_once('.') {
        Some((ticker, class)) => (ticker, Some(class)),
        None => (name, None),
    };
    let market_fits = market.is_none_or(|m| m.len() == 4 && word(m));
    let class_fits = class.is_none_or(|c| word(c) && c.len() <= 4);
    if market.is_some_and(|m| US_MARKETS.contains(&m)) {
        return Err("names a US market: a US listing is written without it, such as AAPL");
    }
    let fits = word(ticker) && ticker.len() <= 12 && class_fits && market_fits;
    if fits {
        Ok(())
    } else {
        Err("is not an upper-case ticker, such as AAPL, BRK.B or 700:XHKG")
    }
}

impl fmt::Display for Symbol {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

impl FromStr for Symbol {
    type Err = SymbolError;

    fn from_str(text: &str) -> Result<Self, SymbolError> {
        Self::new(text)
    }
}

impl<'de> Deserialize<'de> for Symbol {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        text::read(deserializer)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_class_is_read_from_the_text() {
        use AssetClass::{Crypto, Equities, Futures, Fx, Options, Prediction, Sports};
        let cases = [
            ("AAPL", Equities),
            ("BRK.B", Equities),
            ("700:XHKG", Equities),
            ("AAPL260619C00200000", Options),
            ("ESZ26", Futures),
            ("ABZ26", Equities),
            ("EUR/USD", Fx),
            ("BTC-USD", Crypto),
            ("PM:KALSHI:FED-26DEC", Prediction),
            ("SP:NFL:KC-BUF", Sports),
        ];
        for (text, class) in cases {
            assert_eq!(Symbol::new(text).unwrap().asset_class(), class, "{text}");
        }
    }

    #[test]
    fn what_is_not_canonical_is_refused_with_its_text() {
        for bad in [
            "",
            "aapl",
            "BRK B",
            "EURO/USD",
            "USD/USD",
            "BTC-",
            "-USD",
            "PM:KALSHI",
            "A:B",
            "Ä",
            "BTC-USD-X",
            "AAPL:XNAS",
        ] {
            let error = Symbol::new(bad).unwrap_err().to_string();
            assert!(error.contains(bad), "{error}");
        }
    }
}
