//! Polygon: shares plainly, the other classes behind a letter and a colon.
//!
//! `X:BTCUSD` does not say where the base ends. It is read by the currencies
//! Polygon quotes crypto in; none of them ends in another, so at most one fits.
//! The streams' own spellings, `BTC-USD`, `X:BTC-USD`, `EUR/USD` and `C:EUR-USD`,
//! are read too.

use crate::domain::symbology::Scheme;
use crate::domain::symbology::shared::{
    crypto, fx, is_plain_share, of_class, read_share, write_share,
};
use crate::domain::{AssetClass, Symbol};

/// What crypto is quoted in. No entry may be the end of another.
const CRYPTO_QUOTES: [&str; 11] = [
    "USD", "EUR", "GBP", "JPY", "AUD", "CAD", "CHF", "BTC", "ETH", "USDT", "USDC",
];

pub(super) const SCHEME: Scheme = Scheme {
    classes: &[
        AssetClass::Equities,
        AssetClass::Options,
        AssetClass::Fx,
        AssetClass::Crypto,
    ],
    forms: "shares as AAPL or BRK.B, options as O:AAPL260619C00200000, currencies as C:EURUSD, crypto as X:BTCUSD",
    write,
    read,
};

fn write(symbol: &Symbol) -> Result<String, &'static str> {
    match (symbol.asset_class(), symbol.pair()) {
        (AssetClass::Options, _) => Ok(format!("O:{symbol}")),
        (AssetClass::Fx, Some((base, quote))) => Ok(format!("C:{base}{quote}")),
        (AssetClass::Crypto, Some((base, quote))) if CRYPTO_QUOTES.contains(&quote) => {
            Ok(format!("X:{base}{quote}"))
        }
        (AssetClass::Crypto, _) => {
            Err("it quotes crypto in USD, EUR, GBP, JPY, AUD, CAD, CHF, BTC, ETH, USDT and USDC")
        }
        _ if is_plain_share(symbol) => write_share(symbol, "."),
        _ => Err("only share classes of one letter, such as BRK.B, are spelled alike there"),
    }
}

fn read(text: &str) -> Option<Symbol> {
    if let Some(option) = text.strip_prefix("O:") {
        return of_class(option, AssetClass::Options);
    }
    if let Some(pair) = text.strip_prefix("C:") {
        return read_currencies(pair).or_else(|| fx(pair.get(..3)?, pair.get(3..)?));
    }
    if let Some(pair) = text.strip_prefix("X:") {
        return read_crypto(pair).or_else(|| split_crypto(pair));
    }
    if text.contains('-') {
        return read_crypto(text);
    }
    if text.contains('/') {
        return read_currencies(text);
    }
    read_share(text, '.').filter(is_plain_share)
}

fn read_currencies(pair: &str) -> Option<Symbol> {
    let (base, quote) = pair.split_once(['/', '-'])?;
    fx(base, quote)
}

fn read_crypto(pair: &str) -> Option<Symbol> {
    let (base, quote) = pair.split_once('-')?;
    crypto(base, quote).filter(|_| CRYPTO_QUOTES.contains(&quote))
}

fn split_crypto(pair: &str) -> Option<Symbol> {
    let mut splits = CRYPTO_QUOTES
        .into_iter()
        .filter_map(|quote| Some((pair.strip_suffix(quote)?, quote)));
    let (base, quote) = splits.next()?;
    crypto(base, quote)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_quote_ends_in_another() {
        for quote in CRYPTO_QUOTES {
            let ends = CRYPTO_QUOTES
                .iter()
                .filter(|other| quote.ends_with(**other));
            assert_eq!(ends.count(), 1, "{quote}");
        }
    }
}
