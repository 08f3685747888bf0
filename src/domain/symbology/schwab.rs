//! Schwab: shares with a slash before the class, padded options, futures behind a slash, currency pairs.
//!
//! A slash between two government currencies is a currency pair, any other a
//! share class. Indexes (`$SPX`) have no canonical form.

use crate::domain::symbology::Scheme;
use crate::domain::symbology::shared::{
    currency_pair, fx, of_class, read_padded_option, read_share, write_fx, write_padded_option,
    write_share,
};
use crate::domain::{AssetClass, Symbol};

pub(super) const SCHEME: Scheme = Scheme {
    classes: &[
        AssetClass::Equities,
        AssetClass::Options,
        AssetClass::Futures,
        AssetClass::Fx,
    ],
    forms: "shares as AAPL or BRK/B, options as 'AAPL  260619C00200000', futures as /ESZ26, currencies as EUR/USD",
    write,
    read,
};

fn write(symbol: &Symbol) -> Result<String, &'static str> {
    match symbol.asset_class() {
        AssetClass::Options => write_padded_option(symbol),
        AssetClass::Futures => Ok(format!("/{symbol}")),
        AssetClass::Fx => write_fx(symbol, "/"),
        AssetClass::Equities | AssetClass::Crypto | AssetClass::Prediction | AssetClass::Sports => {
            write_share(symbol, "/")
        }
    }
}

fn read(text: &str) -> Option<Symbol> {
    if let Some(future) = text.strip_prefix('/') {
        return of_class(future, AssetClass::Futures);
    }
    if let Some((base, quote)) = currency_pair(text, '/') {
        return fx(base, quote);
    }
    read_padded_option(text).or_else(|| read_share(text, '/'))
}
