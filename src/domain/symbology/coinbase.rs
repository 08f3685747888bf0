//! Coinbase Advanced Trade: spot pairs, which it writes as the desk does.
//!
//! Its futures (`BIP-20DEC30-CDE`) and perpetuals (`BTC-PERP-INTX`) have no
//! canonical form and are refused. `BTC-USDC` is not folded into `BTC-USD`
//! here: which book a report is of is the adapter's to know.

use crate::domain::AssetClass;
use crate::domain::symbology::Scheme;
use crate::domain::symbology::shared::of_class;

pub(super) const SCHEME: Scheme = Scheme {
    classes: &[AssetClass::Crypto],
    forms: "spot pairs as BTC-USD",
    write: |symbol| Ok(symbol.as_str().to_owned()),
    read: |text| of_class(text, AssetClass::Crypto),
};
