//! Kraken spot: pairs with a slash, as the second streaming version writes them.
//!
//! The older spellings of assets (XBT, XDG, and codes behind X and Z) are read
//! and never written. A text without a slash (`XBTUSD`, `XXBTZUSD`) is read only
//! where it splits in exactly one way into an asset and a quote both listed
//! here; any other pair must come with its slash. Two government currencies are
//! no crypto pair, so they are refused.

use crate::domain::symbology::Scheme;
use crate::domain::symbology::shared::{crypto, is_currency};
use crate::domain::{AssetClass, Symbol};

/// Older code and today's.
const RENAMED: [(&str, &str); 19] = [
    ("XBT", "BTC"),
    ("XDG", "DOGE"),
    ("XXBT", "BTC"),
    ("XXDG", "DOGE"),
    ("XETC", "ETC"),
    ("XETH", "ETH"),
    ("XLTC", "LTC"),
    ("XMLN", "MLN"),
    ("XREP", "REP"),
    ("XXLM", "XLM"),
    ("XXMR", "XMR"),
    ("XXRP", "XRP"),
    ("XZEC", "ZEC"),
    ("ZUSD", "USD"),
    ("ZEUR", "EUR"),
    ("ZGBP", "GBP"),
    ("ZJPY", "JPY"),
    ("ZCAD", "CAD"),
    ("ZAUD", "AUD"),
];

/// Assets that may stand first in a text without a slash, beside the older codes.
const ASSETS: [&str; 33] = [
    "AAVE", "ADA", "ALGO", "ATOM", "AVAX", "BCH", "BTC", "DAI", "DOGE", "DOT", "ETC", "ETH", "FIL",
    "GRT", "LINK", "LTC", "MATIC", "MLN", "NEAR", "PAXG", "PEPE", "POL", "REP", "SHIB", "SOL",
    "SUI", "TRX", "UNI", "USDC", "USDT", "XLM", "XMR", "XRP",
];

/// Quotes that may stand last in a text without a slash, beside the older codes.
const QUOTES: [&str; 11] = [
    "USD", "EUR", "GBP", "JPY", "CAD", "AUD", "CHF", "USDT", "USDC", "BTC", "ETH",
];

pub(super) const SCHEME: Scheme = Scheme {
    classes: &[AssetClass::Crypto],
    forms: "spot pairs as BTC/USD, and the older XBT/USD, XBTUSD and XXBTZUSD are read",
    write,
    read,
};

fn write(symbol: &Symbol) -> Result<String, &'static str> {
    match symbol.pair() {
        Some((base, quote)) if today(base) != base || today(quote) != quote => {
            Err("it has that code for an asset the desk knows by another, such as BTC for XBT")
        }
        Some((base, quote)) if is_currency(base) && is_currency(quote) => {
            Err("both sides are government currencies, and crypto is what it is used for here")
        }
        Some((base, quote)) => Ok(format!("{base}/{quote}")),
        None => Err("it is not a pair"),
    }
}

fn read(text: &str) -> Option<Symbol> {
    if let Some((base, quote)) = text.split_once('/') {
        return pair(base, quote);
    }
    let splits = (1..text.len()).filter_map(|at| text.split_at_checked(at));
    let mut read = splits
        .filter(|(base, quote)| is_asset(base) && is_quote(quote))
        .filter_map(|(base, quote)| pair(base, quote));
    let symbol = read.next()?;
    read.next().is_none().then_some(symbol)
}

fn pair(base: &str, quote: &str) -> Option<Symbol> {
    let (base, quote) = (today(base), today(quote));
    if is_currency(base) && is_currency(quote) || base == quote {
        return None;
    }
    crypto(base, quote)
}

fn today(code: &str) -> &str {
    RENAMED
        .into_iter()
        .find_map(|(older, newer)| (older == code).then_some(newer))
        .unwrap_or(code)
}

fn is_asset(code: &str) -> bool {
    ASSETS.contains(&code) || ASSETS.contains(&today(code))
}

fn is_quote(code: &str) -> bool {
    QUOTES.contains(&code) || QUOTES.contains(&today(code))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_listed_pair_without_a_slash_is_read_as_that_pair_or_not_at_all() {
        let older = || RENAMED.into_iter().map(|(older, _)| older);
        for base in ASSETS.into_iter().chain(older()).filter(|b| is_asset(b)) {
            for quote in QUOTES.into_iter().chain(older()).filter(|q| is_quote(q)) {
                let joined = read(&format!("{base}{quote}"));
                assert_eq!(joined, pair(base, quote), "{base} {quote}");
            }
        }
    }
}
