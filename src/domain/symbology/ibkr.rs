//! Interactive Brokers: the local symbol of a contract.
//!
//! Shares have a space before the class, options are padded, currency pairs
//! and crypto both read `BASE.QUOTE`: two government currencies are a currency
//! pair, anything else against the dollar is crypto (PAXOS quotes in no other).
//! A future carries one digit of its year, so the years of exactly one decade
//! can be told apart; a contract outside of it is refused, not wrapped around.

use crate::domain::symbol::future_parts;
use crate::domain::symbology::Scheme;
use crate::domain::symbology::shared::{
    crypto, currency_pair, fx, is_currency, of_class, read_padded_option, read_share, write_fx,
    write_padded_option, write_share,
};
use crate::domain::{AssetClass, Symbol};

/// The decade a single digit is read in begins with this year of the century: 2025 to 2034.
const FIRST_YEAR: u8 = 25;

pub(super) const SCHEME: Scheme = Scheme {
    classes: &[
        AssetClass::Equities,
        AssetClass::Options,
        AssetClass::Futures,
        AssetClass::Fx,
        AssetClass::Crypto,
    ],
    forms: "shares as AAPL or 'BRK B', options as 'AAPL  260619C00200000', futures as ESZ6 (2025 to 2034), currencies as EUR.USD, crypto as BTC.USD",
    write,
    read,
};

fn write(symbol: &Symbol) -> Result<String, &'static str> {
    match symbol.asset_class() {
        AssetClass::Options => write_padded_option(symbol),
        AssetClass::Futures => write_future(symbol),
        AssetClass::Fx => write_fx(symbol, "."),
        AssetClass::Crypto => match symbol.pair() {
            Some((base, "USD")) if !is_currency(base) => Ok(format!("{base}.USD")),
            _ => Err("it deals in crypto against USD only"),
        },
        AssetClass::Equities | AssetClass::Prediction | AssetClass::Sports => {
            write_share(symbol, " ")
        }
    }
}

fn write_future(symbol: &Symbol) -> Result<String, &'static str> {
    let (root, month, year) =
        future_parts(symbol.as_str()).ok_or("it is not a future of the listed form")?;
    let outside =
        "it writes one digit of the year, which is read as 2025 to 2034, and this is another year";
    let year: u8 = year.parse().map_err(|_| outside)?;
    if !(FIRST_YEAR..FIRST_YEAR + 10).contains(&year) {
        return Err(outside);
    }
    Ok(format!("{root}{month}{}", year % 10))
}

fn read(text: &str) -> Option<Symbol> {
    if let Some((base, quote)) = currency_pair(text, '.') {
        return fx(base, quote);
    }
    if let Some(base) = text.strip_suffix(".USD") {
        return crypto(base, "USD");
    }
    read_padded_option(text)
        .or_else(|| read_future(text))
        .or_else(|| read_share(text, ' '))
}

fn read_future(text: &str) -> Option<Symbol> {
    let (contract, digit) = text.split_at_checked(text.len().checked_sub(1)?)?;
    let digit: u8 = digit.parse().ok()?;
    let behind = (digit + 10 - FIRST_YEAR % 10) % 10;
    let year = FIRST_YEAR + behind;
    of_class(format!("{contract}{year:02}"), AssetClass::Futures)
}
