//! Factors against what pandas makes of the same panel, and what holds of every one.

use mts1b_desk::domain::{Timestamp, UniversePanel};
use mts1b_desk::portfolio::factor::{registry, zscore_cross_sectional};
use mts1b_desk::portfolio::panel::read_closes;
use mts1b_desk::protocol::{Factor, Params};
use serde_json::Value;

use crate::portfolio::{matrix, near, params, symbols};

const CLOSES: &str = include_str!("../../data/portfolio/closes.csv");
const GOLDEN: &str = include_str!("../../data/portfolio/factors.json");

fn panel(rows: &[&[f64]], names: &[&str]) -> UniversePanel {
    let close = matrix(rows);
    UniversePanel {
        high: close.clone(),
        low: close.clone(),
        volume: close.clone(),
        open: None,
        vwap: None,
        dates: (1..).map(Timestamp::from_us).take(rows.len()).collect(),
        symbols: symbols(names),
        close,
    }
}

fn numbers(row: &Value) -> Vec<f64> {
    let cells = row.as_array().unwrap().iter();
    cells
        .map(|cell| cell.as_f64().unwrap_or(f64::NAN))
        .collect()
}

#[track_caller]
fn scores(name: &str, panel: &UniversePanel, params: &Params) -> Vec<Vec<f64>> {
    let factors = registry();
    let scores = factors.get(name).unwrap().score(panel, params).unwrap();
    let rows = (0..scores.rows()).map(|t| scores.row(t).unwrap().to_vec());
    rows.collect()
}

#[test]
fn every_factor_says_what_pandas_says() {
    let panel = read_closes(CLOSES.as_bytes()).unwrap();
    let golden: Value = serde_json::from_str(GOLDEN).unwrap();
    let cases = golden["cases"].as_array().unwrap();
    assert_eq!(cases.len(), 7);
    let mut known = 0;
    for case in cases {
        let name = case["factor"].as_str().unwrap();
        let mut params: Params = serde_json::from_value(case["params"].clone()).unwrap();
        for (wanted, zscore) in [("scores", true), ("figures", false)] {
            params.insert("zscore".to_owned(), zscore.into());
            let found = scores(name, &panel, &params);
            for (t, expected) in golden["rows"]
                .as_array()
                .unwrap()
                .iter()
                .zip(case[wanted].as_array().unwrap())
            {
                let t = usize::try_from(t.as_u64().unwrap()).unwrap();
                let expected = numbers(expected);
                known += expected.iter().filter(|it| !it.is_nan()).count();
                println!("{name} {wanted} row {t}");
                near(&found[t], &expected, 1e-9);
            }
        }
    }
    assert!(known > 1000, "only {known} numbers were compared");
}

#[test]
fn the_last_row_alone_is_the_end_of_all_rows_whatever_is_missing() {
    let whole = read_closes(CLOSES.as_bytes()).unwrap();
    let rates = r#"{"EUR": 0.02, "USD": 0.045, "JPY": 0.005}"#;
    for rows in [1, 2, 25, 75, 97, 104, 136, 150] {
        let part = whole.close.values()[..rows * 8].to_vec();
        let close = mts1b_desk::domain::Matrix::new(rows, 8, part).unwrap();
        let panel = UniversePanel {
            close,
            dates: whole.dates[..rows].to_vec(),
            ..whole.clone()
        };
        for factor in registry().iter() {
            let mut given = params(&[]);
            if factor.params().iter().any(|spec| spec.name == "rates") {
                given = params(&[("rates", rates)]);
            }
            if factor.params().iter().any(|spec| spec.name == "h_long") {
                given = params(&[("h_long", "40")]);
            }
            let last = factor.latest(&panel, &given).unwrap();
            let all = factor.score(&panel, &given).unwrap();
            assert_eq!(all.rows(), rows);
            // To the last bit: a number must not depend on how it was asked for.
            let end = format!("{:?}", all.row(rows - 1).unwrap());
            assert_eq!(format!("{last:?}"), end, "{} of {rows} rows", factor.name());
        }
    }
}

#[test]
fn momentum_takes_the_closes_that_the_seed_takes() {
    let rows: Vec<[f64; 2]> = (0..275_u32).map(|t| [f64::from(t + 1), 100.0]).collect();
    let rows: Vec<&[f64]> = rows.iter().map(<[f64; 2]>::as_slice).collect();
    let panel = panel(&rows, &["AAPL", "MSFT"]);
    let plain = params(&[("zscore", "false")]);
    let found = scores("f_momentum_12_1", &panel, &plain);
    // close[-22] is that of row 253 and close[-274] that of row 1.
    near(&found[274], &[254.0 / 2.0 - 1.0, 0.0], 1e-12);
    assert!(found[272].iter().all(|it| it.is_nan()));
    near(&found[273], &[253.0 - 1.0, 0.0], 1e-12);
    let found = scores(
        "f_my_momentum",
        &panel,
        &params(&[("zscore", "false"), ("h", "5")]),
    );
    near(&found[274], &[275.0 / 271.0 - 1.0, 0.0], 1e-12);
    assert!(found[3][0].is_nan() && !found[4][0].is_nan());
}

#[test]
fn equal_assets_score_zero_and_an_asset_alone_scores_zero() {
    let series: Vec<[f64; 3]> = (0..60_u32)
        .map(|t| f64::from(t).sin().mul_add(5.0, 100.0))
        .map(|close| [close, close, close * 8.0])
        .collect();
    let rows: Vec<&[f64]> = series.iter().map(<[f64; 3]>::as_slice).collect();
    let three = panel(&rows, &["A", "B", "C"]);
    let alone: Vec<&[f64]> = rows.iter().map(|row| &row[..1]).collect();
    let alone = panel(&alone, &["A"]);
    for name in [
        "f_realized_vol",
        "f_crypto_realized_vol",
        "f_sma_cross",
        "f_my_momentum",
    ] {
        let found = scores(name, &three, &params(&[]));
        assert!(
            found[59].iter().all(|it| it.abs() < 1e-6),
            "{name}: {:?}",
            found[59]
        );
        assert_eq!(scores(name, &alone, &params(&[]))[59], [0.0], "{name}");
    }
}

#[test]
fn closes_that_are_no_prices_and_empty_panels_have_no_scores() {
    let odd = panel(
        &[
            &[1.0, 0.0],
            &[2.0, -5.0],
            &[f64::INFINITY, 3.0],
            &[4.0, 3.0],
        ],
        &["AAPL", "CLF27"],
    );
    let given = params(&[("h", "2"), ("zscore", "false"), ("carry", "0")]);
    let found = scores("f_my_momentum", &odd, &given);
    near(&found[1], &[1.0, f64::NAN], 0.0);
    near(&found[3], &[f64::NAN, 0.0], 0.0);
    let empty = panel(&[], &[]);
    for factor in registry().iter().filter(|it| it.name() != "f_fx_carry") {
        assert_eq!(factor.score(&empty, &params(&[])).unwrap().rows(), 0);
        assert_eq!(
            factor.latest(&empty, &params(&[])).unwrap(),
            Vec::<f64>::new()
        );
    }
}

#[test]
fn parameters_that_make_no_sense_are_refused_by_name() {
    let panel = panel(&[&[1.0]], &["AAPL"]);
    for (name, given, said) in [
        ("f_momentum_12_1", ("h_lnog", "9"), "did you mean 'h_long'"),
        (
            "f_momentum_12_1",
            ("h_skip", "-1"),
            "h_skip is -1, expected a whole number from 0",
        ),
        (
            "f_realized_vol",
            ("h", "1"),
            "h is 1, expected a whole number from 2",
        ),
        (
            "f_crypto_realized_vol",
            ("ema_alpha", "1.5"),
            "ema_alpha is 1.5, expected a number",
        ),
        (
            "f_sma_cross",
            ("p_slow", "20"),
            "p_slow is 20, expected a whole number from 21",
        ),
        ("f_fx_carry", ("carry", "1"), "rates is missing, expected"),
        (
            "f_fx_carry",
            ("rates", "{\"EUR\": \"x\"}"),
            "rates of EUR is \"x\"",
        ),
        (
            "f_my_momentum",
            ("zscore", "1"),
            "zscore is 1, expected true or false",
        ),
    ] {
        let factors = registry();
        let factor: &dyn Factor = factors.get(name).unwrap().as_ref();
        let error = factor
            .latest(&panel, &params(&[given]))
            .unwrap_err()
            .to_string();
        assert!(error.contains(said), "{name}: {error}");
        assert_eq!(
            factor
                .score(&panel, &params(&[given]))
                .unwrap_err()
                .to_string(),
            error
        );
    }
}

#[test]
fn a_matrix_is_scored_row_by_row() {
    let found = zscore_cross_sectional(&matrix(&[&[1.0, 3.0, f64::NAN], &[5.0, 5.0, 5.0]]));
    near(found.row(0).unwrap(), &[-1.0, 1.0, f64::NAN], 1e-15);
    near(found.row(1).unwrap(), &[0.0; 3], 0.0);
}
