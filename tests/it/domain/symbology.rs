//! Symbols at every venue: the table of forms, what is refused and how, and the round-trip law.

use mts1b_desk::domain::symbology::{SymbologyVenue, from_native, to_native};
use mts1b_desk::domain::{AssetClass, Symbol};
use proptest::prelude::*;
use proptest::sample::select;

use crate::support::strategies;

fn venue(name: &str) -> SymbologyVenue {
    name.parse().unwrap()
}

/// Canonical, venue, native: exact both ways.
const FORMS: [(&str, &str, &str); 43] = [
    ("AAPL", "ibkr", "AAPL"),
    ("BRK.B", "ibkr", "BRK B"),
    ("AAPL260619C00200000", "ibkr", "AAPL  260619C00200000"),
    ("ESZ26", "ibkr", "ESZ6"),
    ("ESU25", "ibkr", "ESU5"),
    ("6EH34", "ibkr", "6EH4"),
    ("M2KH30", "ibkr", "M2KH0"),
    ("EUR/USD", "ibkr", "EUR.USD"),
    ("BTC-USD", "ibkr", "BTC.USD"),
    ("BTC-USD", "coinbase", "BTC-USD"),
    ("ETH-USDC", "coinbase", "ETH-USDC"),
    ("EUR-USD", "coinbase", "EUR-USD"),
    ("BTC-USD", "kraken", "BTC/USD"),
    ("DOGE-EUR", "kraken", "DOGE/EUR"),
    ("ETH-BTC", "kraken", "ETH/BTC"),
    ("EUR-USDT", "kraken", "EUR/USDT"),
    ("AAPL", "schwab", "AAPL"),
    ("BRK.B", "schwab", "BRK/B"),
    ("BAC.PRB", "schwab", "BAC/PRB"),
    ("F260619P00012500", "schwab", "F     260619P00012500"),
    ("GOOGL7260619P00012500", "schwab", "GOOGL7260619P00012500"),
    ("ESZ26", "schwab", "/ESZ26"),
    ("EUR/USD", "schwab", "EUR/USD"),
    ("BRK.B", "tradier", "BRK/B"),
    ("SPY", "tradier", "SPY"),
    ("AAPL140118C00195000", "tradier", "AAPL140118C00195000"),
    ("AAPL", "moomoo", "US.AAPL"),
    ("BRK.B", "moomoo", "US.BRK.B"),
    ("700:XHKG", "moomoo", "HK.00700"),
    ("80700:XHKG", "moomoo", "HK.80700"),
    ("600519:XSHG", "moomoo", "SH.600519"),
    ("000001:XSHE", "moomoo", "SZ.000001"),
    ("AAPL210115C00185000", "moomoo", "US.AAPL210115C185000"),
    ("SPXW260619P12345678", "moomoo", "US.SPXW260619P12345678"),
    ("BRK.B", "polygon", "BRK.B"),
    ("SPY241220P00720000", "polygon", "O:SPY241220P00720000"),
    ("EUR/USD", "polygon", "C:EURUSD"),
    ("BTC-USD", "polygon", "X:BTCUSD"),
    ("USDT-USD", "polygon", "X:USDTUSD"),
    ("BTC-USDT", "polygon", "X:BTCUSDT"),
    ("PM:KALSHI:FED-26DEC", "paper", "PM:KALSHI:FED-26DEC"),
    ("700:XHKG", "sim", "700:XHKG"),
    ("BTC-USD", "replay", "BTC-USD"),
];

#[test]
fn each_form_is_exact_both_ways() {
    for (canonical, name, native) in FORMS {
        let symbol = Symbol::new(canonical).unwrap();
        let written = to_native(&symbol, venue(name)).unwrap();
        assert_eq!(written.as_str(), native, "{canonical} at {name}");
        assert_eq!(from_native(native, venue(name)), Ok(symbol), "{name}");
    }
}

#[test]
fn other_spellings_a_venue_uses_are_read_as_the_same_symbol() {
    let cases = [
        ("kraken", "XBT/USD", "BTC-USD"),
        ("kraken", "XDG/USD", "DOGE-USD"),
        ("kraken", "ETH/XBT", "ETH-BTC"),
        ("kraken", "XXBTZUSD", "BTC-USD"),
        ("kraken", "XBTUSD", "BTC-USD"),
        ("kraken", "XBTUSDT", "BTC-USDT"),
        ("kraken", "XETHXXBT", "ETH-BTC"),
        ("kraken", "USDTZUSD", "USDT-USD"),
        ("kraken", "XDGEUR", "DOGE-EUR"),
        ("kraken", "SOLUSD", "SOL-USD"),
        ("moomoo", "US.AAPL210115C00185000", "AAPL210115C00185000"),
        ("polygon", "BTC-USD", "BTC-USD"),
        ("polygon", "X:BTC-USD", "BTC-USD"),
        ("polygon", "USD/CNH", "USD/CNH"),
        ("polygon", "C:USD-EUR", "USD/EUR"),
    ];
    for (name, native, canonical) in cases {
        let read = from_native(native, venue(name)).unwrap();
        assert_eq!(read.as_str(), canonical, "{native} at {name}");
    }
}

#[test]
fn what_has_no_exact_form_is_refused_with_symbol_venue_and_reason() {
    let cases = [
        ("AAPL", "coinbase", "takes crypto"),
        ("AAPL", "kraken", "takes crypto"),
        ("EUR/USD", "kraken", "takes crypto"),
        ("ESZ26", "tradier", "takes equities, options"),
        ("BTC-USD", "schwab", "takes equities, options, futures, fx"),
        ("PM:KALSHI:FED", "ibkr", "of class prediction"),
        ("EUR-USD", "kraken", "government currencies"),
        ("XBT-USD", "kraken", "another"),
        ("ESZ24", "ibkr", "2025 to 2034"),
        ("ESZ35", "ibkr", "2025 to 2034"),
        ("ESZ6", "ibkr", "something else"),
        ("BTC-EUR", "ibkr", "USD only"),
        ("EUR-USD", "ibkr", "USD only"),
        ("BTC/USD", "ibkr", "not a currency"),
        ("700:XHKG", "ibkr", "US listings"),
        ("700:XHKG", "schwab", "US listings"),
        ("EUR.USD", "schwab", "something else"),
        ("EUR.USD", "tradier", "something else"),
        ("00700:XHKG", "moomoo", "XHKG"),
        ("BARC:XLON", "moomoo", "XHKG"),
        ("BAC.PRB", "moomoo", "one letter"),
        ("A260619C5", "moomoo", "something else"),
        ("BAC.PRB", "polygon", "one letter"),
        ("BTC-PYUSD", "polygon", "quotes crypto"),
    ];
    for (canonical, name, words) in cases {
        let error = to_native(&Symbol::new(canonical).unwrap(), venue(name))
            .unwrap_err()
            .to_string();
        for part in [canonical, name, words] {
            assert!(error.contains(part), "{error} should say {part}");
        }
    }
}

#[test]
fn a_text_that_is_none_of_a_venues_forms_is_refused_and_the_forms_are_named() {
    let cases = [
        (
            "ibkr",
            &["BRK.B", "ESZ26", "BTC/USD", "BTC.EUR", "aapl", ""][..],
        ),
        ("coinbase", &["BTC/USD", "BIP-20DEC30-CDE", "BTC-PERP-INTX"]),
        ("kraken", &["BTC-USD", "EUR/USD", "ZEURZUSD", "AAPLx/USD"]),
        (
            "kraken",
            &["FOOUSD", "BTCPYUSD", "XBT/BTC", "/", "XBTUSD.d"],
        ),
        (
            "schwab",
            &["ESZ26", "$SPX", "AAPL 260619C00200000", "/AAPL"],
        ),
        ("schwab", &["AAPL260619C00200000", " AAPL 260619C00200000"]),
        ("tradier", &["EUR/USD", "BRK.B", "AAPL  140118C00195000"]),
        (
            "moomoo",
            &["AAPL", "HK.700", "HK.00000", "JP.7203", "US.ESZ26"],
        ),
        ("moomoo", &["US.AAPL210115C0185000", "US.BAC.PRB", "SH.1"]),
        (
            "polygon",
            &["I:SPX", "X:USD", "X:BTCPLN", "C:EURUS", "O:SPY"],
        ),
        (
            "polygon",
            &["ESZ26", "BTC-PLN", "AAPL240119C00150000", "C:€UR"],
        ),
        ("paper", &["aapl", "BRK B", "700.HK.X"]),
    ];
    for (name, texts) in cases {
        for text in texts {
            let error = from_native(text, venue(name)).unwrap_err().to_string();
            assert!(error.contains(&format!("'{text}'")), "{error}");
            assert!(error.contains(name) && error.contains("writes"), "{error}");
        }
    }
}

#[test]
fn an_unknown_venue_is_answered_with_the_known_ones() {
    let error = "binance".parse::<SymbologyVenue>().unwrap_err();
    assert!(error.contains("binance"), "{error}");
    for known in SymbologyVenue::ALL {
        assert!(error.contains(known.as_str()), "{error}");
        assert_eq!(known.to_string().parse(), Ok(known));
    }
}

#[test]
fn each_venue_takes_some_symbol_of_every_class_it_names() {
    for at in SymbologyVenue::ALL {
        for class in at.classes() {
            let taken = FORMS.iter().any(|(canonical, _, _)| {
                let symbol = Symbol::new(canonical).unwrap();
                symbol.asset_class() == *class && to_native(&symbol, at).is_ok()
            });
            let listed = !matches!(class, AssetClass::Sports);
            assert!(taken || !listed, "{at} should take some {class}");
        }
    }
}

/// Texts near the forms of some venue, and texts of any characters.
fn native() -> impl Strategy<Value = String> {
    prop_oneof![
        3 => "(US\\.|HK\\.|SH\\.|O:|X:|C:|/|X|Z)?[A-Z0-9]{1,8}[/. :-]?[A-Z0-9]{0,8}",
        1 => "(US\\.|O:)?[A-Z]{1,6} {0,5}[0-9]{6}[CP][0-9]{1,8}",
        1 => "(ES|CL|6E)[FGHZ][0-9]{1,2}",
        1 => "(XXBT|XBT|ETH|XETH|SOL|USDT|EUR)/?(ZUSD|USD|EUR|XBT|XXBT|USDT|PYUSD)",
        1 => "\\PC{0,30}",
        1 => any::<String>(),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(4000))]

    #[test]
    fn a_symbol_comes_back_exactly_or_is_refused(
        symbol in strategies::symbol(),
        at in select(&SymbologyVenue::ALL[..]),
    ) {
        match to_native(&symbol, at) {
            Ok(native) => prop_assert_eq!(from_native(native.as_str(), at), Ok(symbol)),
            Err(error) => {
                let text = error.to_string();
                prop_assert!(text.contains(symbol.as_str()) && text.contains(at.as_str()));
            }
        }
    }

    #[test]
    fn whatever_is_read_can_be_written_and_read_again(
        text in native(),
        at in select(&SymbologyVenue::ALL[..]),
    ) {
        if let Ok(symbol) = from_native(&text, at) {
            prop_assert!(at.classes().contains(&symbol.asset_class()));
            let written = to_native(&symbol, at).unwrap();
            prop_assert_eq!(from_native(written.as_str(), at), Ok(symbol));
        }
    }

    #[test]
    fn two_symbols_never_share_a_native_text(
        one in strategies::symbol(),
        other in strategies::symbol(),
        at in select(&SymbologyVenue::ALL[..]),
    ) {
        if let (Ok(a), Ok(b)) = (to_native(&one, at), to_native(&other, at)) {
            prop_assert_eq!(a == b, one == other);
        }
    }
}
