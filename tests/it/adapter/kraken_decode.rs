//! Captured Kraken messages through the decoder: what each means, what is refused, nothing panics.

use std::path::Path;

use mts1b_desk::adapter::decode::{Decoded, decode};
use mts1b_desk::domain::Timestamp;
use proptest::prelude::*;
use proptest::sample::{Index, select};

const STREAM: &str = include_str!("../../data/kraken/stream.jsonl");
const REST: &str = include_str!("../../data/kraken/rest.jsonl");
const FAULTS: &str = include_str!("../../data/kraken/faults.tsv");

fn run(input: &str) -> Vec<Decoded> {
    let received: Timestamp = "2026-03-02T12:00:00Z".parse().unwrap();
    decode("kraken", input, received)
}

/// Writes what a capture decodes to, an event a line.
fn lines(input: &str) -> String {
    let mut lines = Vec::new();
    for decoded in run(input) {
        match decoded.outcome {
            Ok(events) => {
                for event in events {
                    let json = serde_json::to_string(&event).unwrap();
                    lines.push(format!("{} {json}\n", decoded.line));
                }
            }
            Err(error) => lines.push(format!("{} ERROR {error}\n", decoded.line)),
        }
    }
    lines.concat()
}

fn check(name: &str, input: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/data/kraken")
        .join(name);
    let found = lines(input);
    if std::env::var_os("DESK_BLESS").is_some() {
        std::fs::write(&path, &found).unwrap();
    }
    let expected = std::fs::read_to_string(&path).unwrap_or_default();
    assert_eq!(found, expected, "{name}: DESK_BLESS=1 writes it anew");
}

#[test]
fn stream_messages_mean_what_they_say() {
    check("stream.expected", STREAM);
}

#[test]
fn rest_replies_mean_what_they_say() {
    check("rest.expected", REST);
}

#[test]
fn secrets_are_not_told() {
    let told = lines(STREAM) + &lines(REST);
    assert!(!told.contains("do-not-show"));
}

#[test]
fn faults_name_the_field_and_the_value() {
    for line in FAULTS.lines() {
        let (message, expected) = line.split_once('\t').expect("message, tab, error");
        let outcome = run(message).remove(0).outcome;
        assert_eq!(outcome, Err(expected.to_owned()), "{message}");
    }
}

#[test]
fn a_bad_message_does_not_stop_the_next_one() {
    let capture: String = FAULTS
        .lines()
        .zip(STREAM.lines())
        .flat_map(|(fault, good)| [fault.split('\t').next().unwrap(), "\n", good, "\n"])
        .collect();
    let decoded = run(&capture);
    let (bad, good): (Vec<&Decoded>, Vec<&Decoded>) = decoded.iter().partition(|d| d.line % 2 == 1);
    assert_eq!((bad.len(), good.len()), (20, 20));
    assert!(bad.iter().all(|d| d.outcome.is_err()));
    assert!(good.iter().all(|d| d.outcome.is_ok()), "{good:#?}");
}

#[test]
fn a_document_over_many_lines_is_one_message() {
    for line in STREAM.lines().chain(REST.lines()) {
        let value: serde_json::Value = serde_json::from_str(line).unwrap();
        let pretty = serde_json::to_string_pretty(&value).unwrap();
        let two = format!("{pretty}\n{pretty}\n");
        let (single, double) = (run(&pretty), run(&two));
        assert_eq!(single.len(), 1);
        assert_eq!(single[0].outcome, run(line)[0].outcome);
        assert_eq!(double.len(), 2, "{two}");
        assert_eq!(double[1].outcome, single[0].outcome);
    }
}

/// Every shared sample decodes: what it holds, and how many of it.
#[test]
fn the_shared_samples_decode() {
    let Some(fixtures) = std::env::var_os("DESK_FIXTURES") else {
        return;
    };
    let expected = [
        ("http_add_order_spot", "ack", 1),
        ("http_asset_pairs", "instrument", 1),
        ("http_asset_pairs_tokenized", "pair", 1),
        ("http_cancel_order_spot", "ack", 1),
        ("http_closed_orders", "order", 2),
        ("http_ohlc", "bar", 721),
        ("http_open_orders", "order", 2),
        ("http_order_book", "book", 1),
        ("http_server_time", "time", 1),
        ("http_spot_balance", "balance", 3),
        ("http_spot_open_positions", "position", 1),
        ("http_spot_trade_balance", "trade_balance", 1),
        ("http_system_status", "status", 1),
        ("http_ticker", "quote", 1),
        ("http_trades", "trade", 1000),
        ("http_trades_history", "fill", 2),
        ("ws_add_order_request", "request", 1),
        ("ws_add_order_response_failure", "refusal", 1),
        ("ws_add_order_response_success", "ack", 1),
        ("ws_amend_order_request", "request", 1),
        ("ws_batch_add_request", "request", 2),
        ("ws_batch_add_response_partial", "ack", 2),
        ("ws_book_snapshot", "book", 1),
        ("ws_book_update", "book", 1),
        ("ws_cancel_order_request", "request", 1),
        ("ws_l3_snapshot", "level3", 1),
        ("ws_l3_update_add", "level3", 1),
        ("ws_l3_update_delete", "level3", 1),
        ("ws_l3_update_modify_price", "level3", 1),
        ("ws_l3_update_modify_qty", "level3", 1),
        ("ws_ohlc_update", "bar", 1),
        ("ws_pong", "pong", 1),
        ("ws_subscribe_response", "ack", 1),
        ("ws_ticker_snapshot", "quote", 1),
        ("ws_trade_update", "trade", 2),
    ];
    for (name, kind, count) in expected {
        let path = Path::new(&fixtures)
            .join("kraken")
            .join(format!("{name}.json"));
        let text = std::fs::read_to_string(&path).unwrap_or_else(|e| panic!("{path:?}: {e}"));
        let decoded = run(&text);
        assert_eq!(decoded.len(), 1, "{name}");
        let events = decoded[0]
            .outcome
            .as_ref()
            .unwrap_or_else(|e| panic!("{name}: {e}"));
        let first = serde_json::to_value(&events[0]).unwrap();
        assert_eq!(
            (first["kind"].as_str(), events.len()),
            (Some(kind), count),
            "{name}"
        );
    }
}

/// Decodes whatever it is; each outcome can be written, and an error is not empty.
fn survives(input: &str) {
    for decoded in run(input) {
        match decoded.outcome {
            Ok(events) => {
                serde_json::to_string(&events).unwrap();
            }
            Err(error) => assert!(error.contains(": "), "{error}"),
        }
    }
}

fn messages() -> Vec<&'static str> {
    STREAM.lines().chain(REST.lines()).collect()
}

/// Values that stand where another was expected.
const STRANGERS: [&str; 16] = [
    "null",
    "true",
    "\"\"",
    "\"abc\"",
    "\"\\u0000\\ud83d\\ude00\"",
    "[]",
    "{}",
    "[[[]]]",
    "-1",
    "0",
    "1e400",
    "1e-400",
    "99999999999999999999999999999999999999",
    "0.00000000000000000000000000000000001",
    "\"9e9\"",
    "18446744073709551616",
];

proptest! {
    #[test]
    fn random_bytes_never_panic(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
        survives(&String::from_utf8_lossy(&bytes));
    }

    #[test]
    fn random_json_words_never_panic(words in prop::collection::vec(
        select(vec!["{", "}", "[", "]", ",", ":", "\"", "\n", " ", "\"channel\"", "\"data\"",
            "\"ticker\"", "\"error\"", "\"result\"", "1", "-", "e9", "null", "\\u12", "é"]), 0..60)) {
        survives(&words.concat());
    }

    #[test]
    fn a_byte_changed_cut_or_doubled_never_panics(
        message in select(messages()), at in any::<Index>(), with in any::<char>(), how in 0u8..4,
    ) {
        let places: Vec<usize> = message.char_indices().map(|(i, _)| i).collect();
        let at = *at.get(&places);
        let (before, after) = message.split_at(at);
        let rest: String = after.chars().skip(1).collect();
        survives(&match how {
            0 => format!("{before}{with}{rest}"),
            1 => format!("{before}{rest}"),
            2 => before.to_owned(),
            _ => format!("{before}{after}{after}"),
        });
    }

    #[test]
    fn a_value_of_another_kind_is_refused_or_read_but_never_panics(
        message in select(messages()), at in any::<Index>(), with in select(STRANGERS.to_vec()),
    ) {
        let mut value: serde_json::Value = serde_json::from_str(message).unwrap();
        let stranger: serde_json::Value = serde_json::from_str(with).unwrap();
        let mut paths = Vec::new();
        leaves(&value, String::new(), &mut paths);
        let path: &String = at.get(&paths);
        *value.pointer_mut(path).unwrap() = stranger;
        survives(&value.to_string());
    }
}

/// Lists where every value stands, as JSON pointers.
fn leaves(value: &serde_json::Value, at: String, paths: &mut Vec<String>) {
    match value {
        serde_json::Value::Array(cells) => {
            for (index, cell) in cells.iter().enumerate() {
                leaves(cell, format!("{at}/{index}"), paths);
            }
        }
        serde_json::Value::Object(fields) => {
            for (name, field) in fields {
                let name = name.replace('~', "~0").replace('/', "~1");
                leaves(field, format!("{at}/{name}"), paths);
            }
        }
        _ => {}
    }
    paths.push(at);
}
