//! Tradier: shares with a slash before the class, options without padding.

use crate::domain::symbology::Scheme;
use crate::domain::symbology::shared::{of_class, read_share, write_share};
use crate::domain::{AssetClass, Symbol};

pub(super) const SCHEME: Scheme = Scheme {
    classes: &[AssetClass::Equities, AssetClass::Options],
    forms: "shares as AAPL or BRK/B, options as AAPL260619C00200000",
    write,
    read,
};

fn write(symbol: &Symbol) -> Result<String, &'static str> {
    if symbol.asset_class() == AssetClass::Options {
        return Ok(symbol.as_str().to_owned());
    }
    write_share(symbol, "/")
}

fn read(text: &str) -> Option<Symbol> {
    of_class(text, AssetClass::Options).or_else(|| read_share(text, '/'))
}
