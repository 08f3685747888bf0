//! The session matrix: which sizer at which hour of which market.

use mts1b_desk::domain::AssetClass::{self, Crypto, Equities, Futures, Fx, Options};
use mts1b_desk::domain::Symbol;
use mts1b_desk::portfolio::sizer::registry;
use mts1b_desk::portfolio::sizer::session::{Hours, Session, SessionMatrix, Sizing};
use mts1b_desk::protocol::{SizerInput, param};

fn found(class: AssetClass, asof: &str) -> Option<(&'static str, String, f64)> {
    let matrix = SessionMatrix::documented().unwrap();
    let (session, sizing) = matrix.resolve(class, asof.parse().unwrap())?;
    Some((session.as_str(), sizing.sizer.to_string(), sizing.gross_cap))
}

#[test]
fn the_documented_rows_are_found_by_class_and_time() {
    let rth = Some(("RTH", "kelly_voltarget_12", 1.0));
    let pre = Some(("pre", "kelly_voltarget_8", 0.3));
    let post = Some(("post", "kelly_voltarget_8", 0.3));
    let ibeos = Some(("IBEOS", "equal_weight_ls", 0.1));
    let all_day = Some(("24h", "kelly_voltarget_12", 1.0));
    let cases = [
        // A Wednesday in winter: New York is five hours behind.
        (Equities, "2026-01-07T08:59:59Z", None),
        (Equities, "2026-01-07T09:00:00Z", pre),
        (Equities, "2026-01-07T14:29:59Z", pre),
        (Equities, "2026-01-07T14:30:00Z", rth),
        (Equities, "2026-01-07T20:59:59Z", rth),
        (Equities, "2026-01-07T21:00:00Z", post),
        (Equities, "2026-01-08T00:59:59Z", post),
        (Equities, "2026-01-08T01:00:00Z", ibeos),
        (Equities, "2026-01-08T08:49:59Z", ibeos),
        (Equities, "2026-01-08T08:50:00Z", None),
        // In summer it is four.
        (Equities, "2026-07-08T13:30:00Z", rth),
        (Equities, "2026-07-08T20:00:00Z", post),
        // Friday night and Saturday there is none, Sunday night there is.
        (Equities, "2026-01-10T01:30:00Z", None),
        (Equities, "2026-01-10T15:00:00Z", None),
        (Equities, "2026-01-12T01:30:00Z", ibeos),
        (Equities, "2026-01-11T08:00:00Z", None),
        (Options, "2026-01-07T14:30:00Z", rth),
        (Options, "2026-01-07T21:30:00Z", None),
        (Crypto, "2026-01-10T15:00:00Z", all_day),
        (Fx, "2026-01-07T03:00:00Z", all_day),
        (Fx, "2026-01-09T21:59:00Z", all_day),
        (Fx, "2026-01-09T22:00:00Z", None),
        (Fx, "2026-01-11T22:00:00Z", all_day),
        (Futures, "2026-01-07T22:30:00Z", None),
        (Futures, "2026-01-07T23:00:00Z", all_day),
    ];
    for (class, asof, expected) in cases {
        let expected = expected.map(|(session, sizer, cap)| (session, sizer.to_owned(), cap));
        assert_eq!(found(class, asof), expected, "{class} at {asof}");
    }
}

#[test]
fn every_documented_sizer_is_there_and_faulty_rows_are_refused() {
    let matrix = SessionMatrix::documented().unwrap();
    let sizers = registry();
    for (session, sizing) in matrix.sizings() {
        assert!(sizers.get(&sizing.sizer).is_ok(), "{}", session.as_str());
    }
    let hours = |from, until| Hours {
        classes: vec![Equities],
        session: Session::Rth,
        from,
        until,
        days: [true; 7],
    };
    let sizing = |gross_cap| {
        let sizer = "fixed_weight".into();
        (Session::Rth, Sizing { sizer, gross_cap })
    };
    let zone = "EST5EDT,M3.2.0,M11.1.0";
    let refused = [
        ("New York", vec![], vec![], "no POSIX time zone"),
        (
            zone,
            vec![hours(570, 1440)],
            vec![sizing(1.0)],
            "minute 1440 is not below 1440",
        ),
        (zone, vec![hours(570, 960)], vec![], "RTH has 0 sizings"),
        (
            zone,
            vec![hours(570, 960)],
            vec![sizing(1.0), sizing(0.5)],
            "RTH has 2 sizings",
        ),
        (zone, vec![], vec![sizing(f64::NAN)], "gross_cap is NaN"),
    ];
    for (zone, hours, sizings, said) in refused {
        let error = SessionMatrix::new(zone, hours, sizings).unwrap_err();
        assert!(error.contains(said), "{error}");
    }
}

fn sized(symbols: &[&str], params: &[(&str, &str)]) -> Result<Vec<f64>, String> {
    let symbols: Vec<Symbol> = symbols
        .iter()
        .map(|name| Symbol::new(name).unwrap())
        .collect();
    let signal: Vec<f64> = (0..symbols.len()).map(|at| 10.0 - at as f64).collect();
    let input = SizerInput {
        signal: &signal,
        symbols: &symbols,
        returns: None,
    };
    let pairs = params
        .iter()
        .map(|(name, text)| ((*name).to_owned(), param(text)));
    let registry = registry();
    let sizer = registry.get("session_matrix").unwrap();
    let weights = sizer.size(&input, &pairs.collect());
    weights.map_err(|error| error.to_string())
}

#[test]
fn what_trades_at_a_moment_is_sized_by_its_session_and_held_to_its_gross() {
    let set = [
        ("RTH", "equal_weight_long@0.8"),
        ("pre", "equal_weight_long@0.2"),
        ("24h", "equal_weight_long@2"),
    ];
    let at = |asof: &'static str| {
        let params = [&set[..], &[("asof", asof)]].concat();
        sized(&["AAPL", "MSFT", "BTC/USD"], &params).unwrap()
    };
    // A Wednesday in winter: regular hours, before the open, and the night between two sessions.
    assert_eq!(at("2026-01-07T15:00:00Z"), [0.4, 0.4, 1.0]);
    assert_eq!(at("2026-01-07T10:00:00Z"), [0.1, 0.1, 1.0]);
    assert_eq!(at("2026-01-07T08:55:00Z"), [0.0, 0.0, 1.0]);
    let night = [&set[..], &[("asof", "2026-01-07T08:55:00Z")]].concat();
    let error = sized(&["AAPL", "MSFT"], &night).unwrap_err();
    assert!(
        error.contains("nothing of this trades at 2026-01-07T08:55:00"),
        "{error}"
    );
    let refused = |name: &str, text: &str| {
        let moment = ("asof", "2026-01-07T15:00:00Z");
        sized(&["AAPL"], &[moment, (name, text)]).unwrap_err()
    };
    let error = sized(&["AAPL"], &[]).unwrap_err();
    assert!(
        error.contains("asof is missing, expected a moment"),
        "{error}"
    );
    let error = refused("RTH", "equal_weight_lang@1");
    assert!(
        error.contains("did you mean 'equal_weight_long'?"),
        "{error}"
    );
    let error = refused("RTH", "session_matrix@1");
    assert!(
        error.contains("expected a sizer that asks for no session"),
        "{error}"
    );
    let error = refused("post", "equal_weight_long@-1");
    assert!(
        error.contains("expected a sizer and its most gross"),
        "{error}"
    );
}
