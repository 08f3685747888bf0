//! `desk weights`: every method from files, as scripts see it.

use std::path::Path;

use serde_json::{Value, json};

use crate::cli::{ends, in_folder, keys, object, object_in};
use crate::support::program::desk;

/// Writes files into a fresh folder.
fn files(files: &[(&str, &str)]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (name, text) in files {
        std::fs::write(folder.path().join(name), text).unwrap();
    }
    folder
}

/// Runs a line in which `{}` stands for the folder.
#[track_caller]
fn asked(folder: &Path, line: &str) -> Value {
    object_in(folder, &line.replace("{}", folder.to_str().unwrap()), 0)
}

const SCORES: &str = "symbol,score\nAAPL,0.5\nMSFT,1.2\nNVDA,-0.3\nTSLA,2.1\nXOM,-1.5\nKO,0.8\n";

#[test]
fn a_sizer_gives_the_weights_of_the_seed_in_the_order_of_the_file() {
    let folder = files(&[("scores.csv", SCORES)]);
    let line = "weights --sizer equal_weight_ls --input {}/scores.csv -p n_long=2 -p n_short=2";
    let answer = asked(folder.path(), line);
    let expected =
        json!({ "AAPL": 0.0, "MSFT": 0.25, "NVDA": -0.25, "TSLA": 0.25, "XOM": -0.25, "KO": 0.0 });
    assert_eq!(
        answer,
        json!({ "name": "equal_weight_ls", "weights": expected })
    );
    keys(
        &answer["weights"],
        &["AAPL", "MSFT", "NVDA", "TSLA", "XOM", "KO"],
    );
    let detailed = asked(folder.path(), &format!("{line} --details"));
    keys(&detailed, &["name", "weights", "details"]);
    assert_eq!(detailed["details"]["gross"], 1.0);
    let plain = line.replace("{}", folder.path().to_str().unwrap());
    let (text, _) = in_folder(folder.path(), &plain, 0);
    let lines: Vec<&str> = text.lines().collect();
    assert_eq!(lines.len(), 8, "{text}");
    assert_eq!(lines[1], "MSFT       0.250000");
    assert_eq!(lines[7], "gross      1.000000");
}

#[test]
fn a_factor_gives_the_last_row_and_null_where_there_is_none() {
    let folder = files(&[
        (
            "closes.csv",
            "date,AAPL,MSFT,NVDA\n2026-01-02,100,50,\n2026-01-05,110,50,\n2026-01-06,120,25,7\n",
        ),
        ("splits.csv", "MSFT,2026-01-06,2\n"),
    ]);
    let line = "weights --factor f_my_momentum --input {}/closes.csv -p h=3 -p zscore=false";
    let answer = asked(folder.path(), line);
    keys(&answer, &["name", "scores"]);
    assert!((answer["scores"]["AAPL"].as_f64().unwrap() - 0.2).abs() < 1e-12);
    assert_eq!(answer["scores"]["MSFT"], -0.5);
    assert_eq!(answer["scores"]["NVDA"], Value::Null);
    let answer = asked(folder.path(), &format!("{line} --splits {{}}/splits.csv"));
    assert_eq!(answer["scores"]["MSFT"], 0.0);
    let line = "weights --factor f_my_momentum --input {}/closes.csv -p h=3 --details";
    let answer = asked(folder.path(), line);
    for (symbol, expected) in [("AAPL", 1.0), ("MSFT", -1.0)] {
        let score = answer["scores"][symbol].as_f64().unwrap();
        assert!((score - expected).abs() < 1e-12, "{answer}");
    }
    assert_eq!(answer["scores"]["NVDA"], Value::Null);
    assert_eq!(answer["details"]["date"], "2026-01-06T00:00:00Z");
    assert_eq!(answer["details"]["figures"]["MSFT"], -0.5);
}

#[test]
fn parameters_come_from_files_too_and_a_history_is_matched_by_symbol() {
    let folder = files(&[
        ("scores.csv", "AAPL,0.5\nNVDA,\nMSFT,0.25\n"),
        ("weights.csv", "symbol,weight\nAAPL,0.6\nMSFT,0.4\n"),
        ("weights.json", "{\"AAPL\": 0.6, \"MSFT\": 0.4}"),
        ("rates.json", "{\"EUR\": 0.02, \"USD\": 0.045}"),
        ("fx.csv", "date,EUR/USD,AAPL\n2026-01-02,1.1,200\n"),
        (
            "returns.csv",
            "date,XOM,MSFT,AAPL\n2026-01-02,0.5,0.01,0.02\n2026-01-05,0.1,0.03,-0.02\n2026-01-06,0.2,-0.01,0.01\n",
        ),
    ]);
    for file in ["weights.csv", "weights.json"] {
        let line =
            format!("weights --sizer fixed_weight --input {{}}/scores.csv -p weights=@{{}}/{file}");
        let answer = asked(folder.path(), &line);
        assert_eq!(
            answer["weights"],
            json!({ "AAPL": 0.6, "NVDA": 0.0, "MSFT": 0.4 })
        );
    }
    let line =
        "weights --factor f_fx_carry --input {}/fx.csv -p rates=@{}/rates.json -p zscore=false";
    let answer = asked(folder.path(), line);
    assert!((answer["scores"]["EUR/USD"].as_f64().unwrap() + 0.025).abs() < 1e-15);
    assert_eq!(answer["scores"]["AAPL"], Value::Null);
    let line = "weights --sizer vol_target_weights --input {}/scores.csv -p returns=@{}/returns.csv -p periods=1 -p max_scale=100";
    let answer = asked(folder.path(), line);
    let gains = [(0.02_f64, 0.01_f64), (-0.02, 0.03), (0.01, -0.01)]
        .map(|(a, m)| 0.5 * a.ln_1p() + 0.25 * m.ln_1p());
    let mean = gains.iter().sum::<f64>() / 3.0;
    let deviation = (gains.iter().map(|gain| (gain - mean).powi(2)).sum::<f64>() / 2.0).sqrt();
    let scale = 0.12 / deviation;
    assert!(
        (answer["weights"]["AAPL"].as_f64().unwrap() - 0.5 * scale).abs() < 1e-9,
        "{answer}"
    );
    assert!(
        (answer["weights"]["MSFT"].as_f64().unwrap() - 0.25 * scale).abs() < 1e-9,
        "{answer}"
    );
    assert_eq!(answer["weights"]["NVDA"], 0.0);
}

#[test]
fn every_method_is_listed_with_its_parameters() {
    for line in ["weights", "weights --list"] {
        let list = object(line, 0);
        let methods = list["methods"].as_array().unwrap();
        let named = |kind: &str, name: &str| {
            methods
                .iter()
                .find(|it| it["kind"] == kind && it["name"] == name)
        };
        for name in [
            "f_momentum_12_1",
            "f_realized_vol",
            "f_crypto_realized_vol",
            "f_sma_cross",
            "f_my_momentum",
            "f_fx_carry",
        ] {
            assert!(named("factor", name).is_some(), "{name}");
        }
        for name in [
            "equal_weight_long",
            "equal_weight_ls",
            "kelly_fraction",
            "vol_target_weights",
            "kelly_voltarget_12",
            "kelly_voltarget_8",
            "fixed_weight",
        ] {
            assert!(named("sizer", name).is_some(), "{name}");
        }
        let momentum = &named("factor", "f_momentum_12_1").unwrap()["params"][0];
        keys(momentum, &["name", "default", "what"]);
        assert_eq!(
            (&momentum["name"], &momentum["default"]),
            (&json!("h_long"), &json!(252))
        );
    }
    assert!(ends("weights --list", 0).0.contains("h_long=252"));
}

#[test]
fn what_is_wrong_is_named_and_ends_as_it_must() {
    let folder = files(&[
        ("scores.csv", SCORES),
        ("bad.csv", "date,AAPL\n2026-01-02,1\n2026-01-05,-1\n"),
        ("good.csv", "date,AAPL\n2026-01-02,1\n"),
        ("bad.json", "{\n\"AAPL\": }"),
        ("splits.csv", "AAPL,2026-01-02,none\n"),
    ]);
    let cases = [
        (
            2,
            "--factor f_momentm_12_1 --input {}/good.csv",
            "did you mean 'f_momentum_12_1'",
        ),
        (
            2,
            "--sizer equal_weight --input {}/scores.csv",
            "did you mean 'equal_weight",
        ),
        (
            2,
            "--sizer equal_weight_ls --input {}/scores.csv -p n_lnog=2",
            "did you mean 'n_long'",
        ),
        (
            2,
            "--sizer equal_weight_ls --input {}/scores.csv -p n_long=2 -p n_long=3",
            "n_long is given more than once",
        ),
        (
            2,
            "--sizer equal_weight_ls --input {}/scores.csv -p n_long=two",
            "n_long is \"two\", expected a whole number",
        ),
        (2, "--sizer equal_weight_ls", "no input: add --input FILE"),
        (
            2,
            "--sizer kelly_fraction --input {}/scores.csv -p returns=here",
            "expected @FILE",
        ),
        (
            1,
            "--sizer kelly_fraction --input {}/scores.csv",
            "returns is missing",
        ),
        (
            1,
            "--sizer kelly_fraction --input {}/scores.csv -p returns=@{}/good.csv",
            "good.csv, line 1: no column MSFT",
        ),
        (
            1,
            "--factor f_my_momentum --input {}/bad.csv",
            "bad.csv, line 3: column 2 (AAPL): close is '-1', expected more than 0",
        ),
        (
            1,
            "--factor f_my_momentum --input -",
            "standard input, line 1: nothing here",
        ),
        (
            1,
            "--factor f_my_momentum --input {}/good.csv --splits {}/splits.csv",
            "splits.csv, line 1: ratio is 'none'",
        ),
        (
            1,
            "--factor f_fx_carry --input {}/good.csv -p rates=@{}/bad.json",
            "bad.json, line 2: no JSON",
        ),
        (
            3,
            "--factor f_my_momentum --input {}/none.csv",
            "none.csv: ",
        ),
    ];
    for (code, line, said) in cases {
        let line = format!("weights {line}").replace("{}", folder.path().to_str().unwrap());
        let (out, err) = in_folder(folder.path(), &line, code);
        assert!(err.contains(said), "{line}: {err}");
        assert_eq!(out, "", "{line}");
        let words: Vec<&str> = line.split(' ').chain(["--json"]).collect();
        let answer = desk(folder.path(), &words).json();
        assert!(answer["error"].as_str().unwrap().contains(said), "{answer}");
    }
}
