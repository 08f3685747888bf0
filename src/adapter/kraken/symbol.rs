//! Symbols as Kraken writes them: `BTC/USD` on its streams, `XXBTZUSD` or `XBTUSD` in REST replies.
//!
//! A pair of two fiat currencies is fx and keeps its slash; any other pair is
//! crypto. What does not come back exactly as it went is refused, never guessed.

use super::error::shown;
use crate::domain::{AssetClass, Symbol};

/// Currencies of states that the venue lists; a pair of two of them is fx.
const FIAT: [&str; 9] = [
    "USD", "EUR", "GBP", "JPY", "CAD", "AUD", "CHF", "AED", "ARS",
];

/// Quotes that REST names may end in, the longer before those they end with.
const QUOTES: [&str; 19] = [
    "USDT", "USDC", "USDG", "USDQ", "USDR", "PYUSD", "EURC", "EURQ", "EURR", "DAI", "USD", "EUR",
    "GBP", "JPY", "CAD", "AUD", "CHF", "XBT", "ETH",
];

/// Returns the name the streams use.
///
/// # Errors
/// When the symbol is no currency or crypto pair, or would come back as another.
pub(super) fn to_native(symbol: &Symbol) -> Result<String, String> {
    let (base, quote) = symbol.pair().ok_or_else(|| {
        format!(
            "symbol '{symbol}' is not carried by kraken: it has pairs such as BTC-USD or EUR/USD"
        )
    })?;
    let native = format!("{base}/{quote}");
    match from_native(&native) {
        Ok(back) if back == *symbol => Ok(native),
        Ok(back) => Err(format!("symbol '{symbol}' is written {back} at kraken")),
        Err(error) => Err(error),
    }
}

/// Returns the canonical symbol of a name the streams use.
///
/// # Errors
/// When the text is no pair, or one without a canonical name (tokenised equities).
pub(super) fn from_native(native: &str) -> Result<Symbol, String> {
    let refuse = || format!("'{}' is no pair such as BTC/USD", shown(native));
    let (base, quote) = native.split_once('/').ok_or_else(refuse)?;
    if matches!(base, "XBT" | "XDG") || matches!(quote, "XBT" | "XDG") {
        return Err(format!(
            "'{}' is the old spelling; the streams write BTC and DOGE",
            shown(native)
        ));
    }
    let is_fiat = |code: &str| FIAT.contains(&code);
    if is_fiat(base) && is_fiat(quote) {
        return Symbol::new(native).map_err(|_| refuse());
    }
    // Written on the stack: this runs for every tick.
    let mut buffer = [0u8; 32];
    let room = buffer.get_mut(..native.len()).ok_or_else(refuse)?;
    room.copy_from_slice(native.as_bytes());
    if let Some(slash) = room.get_mut(base.len()) {
        *slash = b'-';
    }
    let text = std::str::from_utf8(room).map_err(|_| refuse())?;
    match Symbol::new(text) {
        Ok(symbol) if symbol.asset_class() == AssetClass::Crypto => Ok(symbol),
        Ok(_) | Err(_) => Err(refuse()),
    }
}

/// Returns the canonical symbol of an old-style pair such as `XBT/USD` (the `wsname` of a REST reply).
///
/// # Errors
/// As [`from_native`].
pub(super) fn from_wsname(name: &str) -> Result<Symbol, String> {
    let (base, quote) = name
        .split_once('/')
        .ok_or_else(|| format!("'{}' is no pair such as XBT/USD", shown(name)))?;
    from_native(&format!("{}/{}", renamed(base), renamed(quote)))
}

/// Returns the canonical symbol of a name in REST replies, such as `XXBTZUSD` or `XBTUSDT`.
///
/// # Errors
/// When the name cannot be split into base and quote with certainty.
pub(super) fn from_rest(name: &str) -> Result<Symbol, String> {
    let refuse = || format!("'{}' is no pair such as XXBTZUSD or XBTUSDT", shown(name));
    if name.contains('/') {
        return from_wsname(name);
    }
    let (base, quote) = split_legacy(name)
        .or_else(|| {
            QUOTES
                .iter()
                .find_map(|quote| Some((name.strip_suffix(quote)?, *quote)))
        })
        .filter(|(base, _)| !base.is_empty())
        .ok_or_else(refuse)?;
    from_native(&format!("{}/{}", renamed(base), renamed(quote))).map_err(|_| refuse())
}

/// Returns the asset as the streams write it: `XXBT` and `XBT` are BTC, `ZUSD` is USD.
pub(super) fn asset(name: &str) -> &str {
    let bare = match name.len() {
        4 if name.starts_with('Z') => name
            .get(1..)
            .filter(|code| FIAT.contains(code))
            .unwrap_or(name),
        4 if name.starts_with('X') => name.get(1..).unwrap_or(name),
        _ => name,
    };
    renamed(bare)
}

fn renamed(code: &str) -> &str {
    match code {
        "XBT" => "BTC",
        "XDG" => "DOGE",
        other => other,
    }
}

/// Splits `XXBTZUSD`: two assets of four letters, crypto marked X, fiat marked Z.
fn split_legacy(name: &str) -> Option<(&str, &str)> {
    if name.len() != 8 || !name.is_ascii() {
        return None;
    }
    let (base, quote) = name.split_at(4);
    let fits = base.starts_with(['X', 'Z'])
        && (quote.starts_with('Z') || quote == "XXBT" || quote == "XETH");
    fits.then(|| Some((base.get(1..)?, quote.get(1..)?)))?
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pairs_go_out_and_come_back() {
        for (canonical, native) in [
            ("BTC-USD", "BTC/USD"),
            ("DOGE-EUR", "DOGE/EUR"),
            ("EUR/USD", "EUR/USD"),
            ("USDT-USD", "USDT/USD"),
            ("ETH-BTC", "ETH/BTC"),
        ] {
            let symbol = Symbol::new(canonical).unwrap();
            assert_eq!(to_native(&symbol).unwrap(), native);
            assert_eq!(from_native(native).unwrap(), symbol);
        }
    }

    #[test]
    fn what_is_not_exact_is_refused() {
        for bad in ["AAPL", "EUR-USD", "SEK/NOK", "XBT-USD"] {
            assert!(to_native(&Symbol::new(bad).unwrap()).is_err(), "{bad}");
        }
        for bad in [
            "",
            "/",
            "BTC",
            "btc/usd",
            "BTC-USD",
            "XBT/USD",
            "AAPLx/USD",
            "BTC/USD/EUR",
            "É/USD",
            "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA/USD",
        ] {
            assert!(from_native(bad).is_err(), "{bad:?}");
        }
    }

    #[test]
    fn rest_names_are_split_with_certainty() {
        for (name, canonical) in [
            ("XXBTZUSD", "BTC-USD"),
            ("XBTUSDT", "BTC-USDT"),
            ("ETHUSDT", "ETH-USDT"),
            ("XETHXXBT", "ETH-BTC"),
            ("ZEURZUSD", "EUR/USD"),
            ("XDGUSD", "DOGE-USD"),
            ("SOLUSD", "SOL-USD"),
            ("XBT/USD", "BTC-USD"),
        ] {
            assert_eq!(from_rest(name).unwrap().as_str(), canonical, "{name}");
        }
        for bad in ["", "USD", "FOO", "AAPLxUSD", "last"] {
            assert!(from_rest(bad).is_err(), "{bad:?}");
        }
        assert_eq!(
            (asset("XXBT"), asset("ZUSD"), asset("ETH"), asset("XDG")),
            ("BTC", "USD", "ETH", "DOGE")
        );
    }
}
