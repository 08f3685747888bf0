//! Pieces that several venues spell alike: share classes, padded options, government currencies.

use crate::domain::symbol::option_parts;
use crate::domain::{AssetClass, Symbol};

/// Currencies that governments issue, as far as brokers trade them against each other.
///
/// They tell a currency pair from a crypto pair or a share class where a venue writes both alike.
const CURRENCIES: [&str; 31] = [
    "USD", "EUR", "GBP", "JPY", "CHF", "CAD", "AUD", "NZD", "SEK", "NOK", "DKK", "HKD", "SGD",
    "CNH", "CNY", "MXN", "ZAR", "TRY", "PLN", "CZK", "HUF", "ILS", "INR", "KRW", "TWD", "THB",
    "BRL", "AED", "SAR", "IDR", "MYR",
];

/// Returns true for the code of a government's currency.
pub(super) fn is_currency(code: &str) -> bool {
    CURRENCIES.contains(&code)
}

/// Splits `BASE<separator>QUOTE` where both are government currencies.
pub(super) fn currency_pair(text: &str, separator: char) -> Option<(&str, &str)> {
    text.split_once(separator)
        .filter(|(base, quote)| is_currency(base) && is_currency(quote))
}

/// Makes a currency pair.
pub(super) fn fx(base: &str, quote: &str) -> Option<Symbol> {
    of_class(format!("{base}/{quote}"), AssetClass::Fx)
}

/// Makes a crypto pair.
pub(super) fn crypto(base: &str, quote: &str) -> Option<Symbol> {
    of_class(format!("{base}-{quote}"), AssetClass::Crypto)
}

/// Makes a symbol of `class`; the same text of another class is none.
pub(super) fn of_class(text: impl AsRef<str>, class: AssetClass) -> Option<Symbol> {
    Symbol::new(text)
        .ok()
        .filter(|symbol| symbol.asset_class() == class)
}

/// Spells a currency pair with `separator`, where both sides are government currencies.
pub(super) fn write_fx(symbol: &Symbol, separator: &str) -> Result<String, &'static str> {
    match symbol.pair() {
        Some((base, quote)) if is_currency(base) && is_currency(quote) => {
            Ok(format!("{base}{separator}{quote}"))
        }
        _ => Err("one side is not a currency it deals in"),
    }
}

/// Spells a US share with `separator` before the share class.
pub(super) fn write_share(symbol: &Symbol, separator: &str) -> Result<String, &'static str> {
    if symbol.as_str().contains(':') {
        return Err("only US listings have a text of their own there");
    }
    Ok(symbol.as_str().replace('.', separator))
}

/// Reads a US share with `separator` before the share class.
pub(super) fn read_share(text: &str, separator: char) -> Option<Symbol> {
    let stray = |c: char| c == ':' || (c == '.' && separator != '.');
    // Two currencies are never a ticker and its class, whether or not the venue deals in them.
    if text.contains(stray) || currency_pair(text, separator).is_some() {
        return None;
    }
    let canonical = match text.split_once(separator) {
        Some((ticker, class)) => format!("{ticker}.{class}"),
        None => text.to_owned(),
    };
    of_class(canonical, AssetClass::Equities)
}

/// Returns true when a share has no class or one of a single letter, which every venue spells plainly.
///
/// Preferred shares, units and warrants have longer classes and are spelled in a way of each venue's own.
pub(super) fn is_plain_share(symbol: &Symbol) -> bool {
    symbol
        .as_str()
        .split_once('.')
        .is_none_or(|(_, class)| class.len() == 1)
}

/// Spells an option with its root padded to six characters: 21 in all.
pub(super) fn write_padded_option(symbol: &Symbol) -> Result<String, &'static str> {
    let (root, date, right, strike) =
        option_parts(symbol.as_str()).ok_or("it is not an option of the listed form")?;
    Ok(format!("{root:<6}{date}{right}{strike}"))
}

/// Reads an option of exactly 21 characters.
pub(super) fn read_padded_option(text: &str) -> Option<Symbol> {
    if text.len() != 21 {
        return None;
    }
    let (root, rest) = text.split_at_checked(6)?;
    let root = root.trim_end_matches(' ');
    of_class(format!("{root}{rest}"), AssetClass::Options)
}
