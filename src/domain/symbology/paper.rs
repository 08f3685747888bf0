//! Paper, the synthetic market and recordings: canonical text, every class.

use crate::domain::symbology::Scheme;
use crate::domain::{AssetClass, Symbol};

pub(super) const SCHEME: Scheme = Scheme {
    classes: &AssetClass::ALL,
    forms: "canonical symbols, such as AAPL, BTC-USD, EUR/USD or ESZ26",
    write: |symbol| Ok(symbol.as_str().to_owned()),
    read: |text| Symbol::new(text).ok(),
};
