//! Moomoo: the market, a dot, the code.
//!
//! Hong Kong codes have five digits there and no leading zero in a canonical
//! symbol; mainland codes have six in both. Options are US only and carry the
//! strike without leading zeros; the eight-digit strike is read as well.

use crate::domain::symbol::option_parts;
use crate::domain::symbology::Scheme;
use crate::domain::symbology::shared::{is_plain_share, of_class, read_share};
use crate::domain::{AssetClass, Symbol};

pub(super) const SCHEME: Scheme = Scheme {
    classes: &[AssetClass::Equities, AssetClass::Options],
    forms: "shares as US.AAPL, US.BRK.B, HK.00700, SH.600519 or SZ.000001, options as US.AAPL260619C200000",
    write,
    read,
};

fn write(symbol: &Symbol) -> Result<String, &'static str> {
    if let Some((root, date, right, strike)) = option_parts(symbol.as_str()) {
        let bare = strike.trim_start_matches('0');
        let bare = if bare.is_empty() { "0" } else { bare };
        return Ok(format!("US.{root}{date}{right}{bare}"));
    }
    match symbol.as_str().split_once(':') {
        None if is_plain_share(symbol) => Ok(format!("US.{symbol}")),
        None => Err("only share classes of one letter, such as BRK.B, are spelled alike there"),
        Some((code, "XHKG")) if is_code(code, 1..=5) && !code.starts_with('0') => {
            Ok(format!("HK.{code:0>5}"))
        }
        Some((code, "XSHG")) if is_code(code, 6..=6) => Ok(format!("SH.{code}")),
        Some((code, "XSHE")) if is_code(code, 6..=6) => Ok(format!("SZ.{code}")),
        Some(_) => Err(
            "outside the US it takes XHKG codes of up to five digits and XSHG and XSHE codes of six",
        ),
    }
}

fn is_code(code: &str, digits: std::ops::RangeInclusive<usize>) -> bool {
    digits.contains(&code.len()) && code.bytes().all(|b| b.is_ascii_digit())
}

fn read(text: &str) -> Option<Symbol> {
    let (market, code) = text.split_once('.')?;
    match market {
        "US" => read_option(code).or_else(|| read_share(code, '.').filter(is_plain_share)),
        "HK" if is_code(code, 5..=5) => {
            let code = code.trim_start_matches('0');
            of_class(format!("{code}:XHKG"), AssetClass::Equities)
        }
        "SH" if is_code(code, 6..=6) => of_class(format!("{code}:XSHG"), AssetClass::Equities),
        "SZ" if is_code(code, 6..=6) => of_class(format!("{code}:XSHE"), AssetClass::Equities),
        _ => None,
    }
}

/// Reads root, date, right and a strike in thousandths of one to eight digits.
fn read_option(code: &str) -> Option<Symbol> {
    let contract = code.trim_end_matches(|c: char| c.is_ascii_digit());
    let strike = code.get(contract.len()..)?;
    let padded = strike.len() == 8;
    let bare = (1..8).contains(&strike.len()) && (strike == "0" || !strike.starts_with('0'));
    if !padded && !bare {
        return None;
    }
    of_class(format!("{contract}{strike:0>8}"), AssetClass::Options)
}
