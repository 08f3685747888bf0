//! Questions that are answered: their shapes are a promise to scripts.

use serde_json::json;

use crate::cli::{ends, in_folder, keys, object, object_in};
use crate::support::program::desk;

#[test]
fn a_symbol_is_translated_both_ways() {
    let all = object("symbol BTC-USD", 0);
    keys(&all, &["symbol", "asset_class", "native"]);
    assert_eq!(all["native"]["kraken"], "BTC/USD");
    assert!(all["native"]["schwab"].is_null(), "no crypto there: {all}");
    let one = object("symbol EUR/USD --venue polygon", 0);
    keys(&one, &["symbol", "venue", "native", "asset_class"]);
    assert_eq!(one["native"], "C:EURUSD");
    let back = object("symbol C:EURUSD --venue polygon --from-native", 0);
    assert_eq!(
        back,
        json!({ "symbol": "EUR/USD", "venue": "polygon", "native": "C:EURUSD", "asset_class": "fx" })
    );
    assert_eq!(ends("symbol BTC-USD --venue kraken", 0).0, "BTC/USD\n");
}

#[test]
fn schemas_come_one_by_one_together_and_as_openapi() {
    let order = object("schema Order", 0);
    assert!(order["properties"]["idempotency_key"].is_object());
    let all = object("schema", 0);
    assert!(all["Order"].is_object() && all["Quote"].is_object());
    assert_eq!(object("schema --openapi", 0)["openapi"], "3.1.0");
}

#[test]
fn an_order_is_judged_without_a_desk_and_without_a_journal() {
    let folder = tempfile::tempdir().unwrap();
    let passes = object_in(folder.path(), "order buy 100 AAPL --dry-run", 0);
    assert_eq!(passes["approved"], true);
    let verdicts = passes["verdicts"].as_array().unwrap();
    let gates: Vec<&str> = verdicts
        .iter()
        .map(|one| one["gate"].as_str().unwrap())
        .collect();
    assert_eq!(
        gates,
        [
            "idempotency",
            "schema",
            "static",
            "position_risk",
            "drawdown_halt",
            "short_side",
            "cro_veto"
        ]
    );
    for verdict in verdicts {
        for key in [
            "gate", "outcome", "code", "limit", "value", "headroom", "age_ms",
        ] {
            assert!(verdict.get(key).is_some(), "no {key}: {verdict}");
        }
    }

    let refused = object_in(folder.path(), "order buy 100 BTC-USD --dry-run", 1);
    assert_eq!(refused["approved"], false);
    assert_eq!(refused["verdicts"][2]["code"], "MAX_ORDER_NOTIONAL");
    let max = refused["max"]["quantity"].as_str().unwrap();
    assert!(refused["max"]["gate"].is_string());
    assert!(
        refused["fixes"]
            .as_array()
            .is_some_and(|fixes| !fixes.is_empty())
    );
    // A little under what is said to pass does pass: the market may have moved in between.
    let most: f64 = max.parse().unwrap();
    let line = format!("order buy {:.4} BTC-USD --dry-run", most * 0.9);
    assert_eq!(object_in(folder.path(), &line, 0)["approved"], true);
    assert!(
        !folder.path().join("data/journal.db").exists(),
        "a question left a journal"
    );
}

#[test]
fn a_basket_is_judged_line_by_line_and_nothing_is_sent() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("targets.csv");
    let line = format!("rebalance --targets {} --dry-run", file.display());
    std::fs::write(&file, "symbol,weight\nAAPL,5%\nBTC-USD,0.02\nZZZZ,0.01\n").unwrap();
    let basket = object_in(folder.path(), &line, 0);
    keys(
        &basket,
        &["approved", "nav_usd", "turnover_usd", "counts", "lines"],
    );
    assert_eq!(basket["counts"]["now"], 2);
    assert_eq!(basket["counts"]["skipped"], 1);
    let lines = basket["lines"].as_array().unwrap();
    for (line, name, usd) in [
        (&lines[0], "AAPL", 50_000.0),
        (&lines[1], "BTC-USD", 20_000.0),
    ] {
        assert_eq!(
            (&line["symbol"], &line["side"]),
            (&json!(name), &json!("buy"))
        );
        assert_eq!(line["verdicts"].as_array().unwrap().len(), 7);
        let worth: f64 = line["notional_usd"].as_str().unwrap().parse().unwrap();
        // Whole lots below the target: a share costs less than a thousand.
        assert!(
            worth <= usd + 1e-6 && worth > usd - 1000.0,
            "{name} {worth}"
        );
    }
    assert_eq!(lines[2]["why"], "not known to this desk");

    std::fs::write(&file, "AAPL,30%\n").unwrap();
    let cut = object_in(folder.path(), &line, 1);
    assert_eq!(cut["approved"], false);
    let reduced = &cut["lines"][0]["reduced"];
    keys(reduced, &["wanted", "gate", "code"]);
    assert!(reduced["gate"].is_string(), "{cut}");
    let (words, _) = in_folder(folder.path(), &line, 1);
    assert!(words.contains("in place of"), "{words}");

    std::fs::write(&file, "AAPL,much\n").unwrap();
    let (_, error) = in_folder(folder.path(), &line, 2);
    assert!(
        error.contains("targets.csv:1: weight 'much' of AAPL"),
        "{error}"
    );
    assert!(
        !folder.path().join("data/journal.db").exists(),
        "a question left a journal"
    );
}

#[test]
fn captured_messages_are_decoded_to_the_last_line_whatever_stands_between() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("captured.jsonl");
    let bytes = b"garbage\n{\"channel\":\"ticker\"}\n\xff\xfe\n{\"channel\":\"heartbeat\"}\n";
    std::fs::write(&file, bytes).unwrap();
    let line = format!("decode kraken {}", file.display());
    let decoded = object_in(folder.path(), &line, 1);
    keys(&decoded, &["venue", "messages", "faults"]);
    assert_eq!(decoded["faults"], 3);
    let messages = decoded["messages"].as_array().unwrap();
    assert_eq!(messages.len(), 4);
    keys(&messages[0], &["line", "ok", "error"]);
    assert_eq!(messages[1]["error"], "type: is missing");
    keys(&messages[3], &["line", "ok", "events"]);
    assert_eq!(in_folder(folder.path(), &line, 1).0.lines().count(), 4);

    let recorded = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/tests/data/kraken/stream.jsonl"
    );
    let good = object(&format!("decode kraken {recorded}"), 0);
    assert_eq!(good["faults"], 0);
    // Standard input is empty here, which holds no message.
    ends("decode kraken -", 1);
}

#[test]
fn the_configuration_and_the_machine_are_looked_at() {
    let folder = tempfile::tempdir().unwrap();
    assert_eq!(
        object_in(folder.path(), "config check", 0),
        json!({ "ok": true, "problems": [] })
    );
    std::fs::write(
        folder.path().join("config/desk.toml"),
        "[desk]\nthemee = \"slate\"\n",
    )
    .unwrap();
    let bad = object_in(folder.path(), "config check", 2);
    let problem = &bad["problems"][0];
    keys(problem, &["file", "line", "text"]);
    assert_eq!(problem["line"], 2);
    assert_eq!(
        problem["text"],
        "unknown key 'themee' in [desk], did you mean 'theme'?"
    );

    let themes = object("theme list", 0);
    assert!(
        themes["themes"]
            .as_array()
            .is_some_and(|all| all.len() >= 2)
    );
    // What it finds depends on the machine; how it says so does not.
    let doctor = desk(folder.path(), &["doctor", "--json"]).json();
    keys(&doctor["checks"][0], &["name", "ok", "detail"]);
}

#[test]
fn help_completions_and_the_manual_come_from_one_table() {
    let (help, _) = ends("--help", 0);
    for word in [
        "journal",
        "order",
        "rebalance",
        "symbol",
        "decode",
        "schema",
        "config",
        "doctor",
        "completions",
        "--feed",
        "Exit codes",
    ] {
        assert!(help.contains(word), "no {word} in\n{help}");
    }
    assert!(ends("--version", 0).0.starts_with("desk "));
    for shell in ["bash", "zsh", "fish"] {
        assert!(ends(&format!("completions {shell}"), 0).0.contains("desk"));
    }
    assert!(ends("man", 0).0.contains(".TH desk"));
}
