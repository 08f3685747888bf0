//! The reader's rules, on every golden file: what is forgiven, what is not, and what is never written.

use mts1b_desk::domain::{
    Bar, FundConfig, HaltRequest, Money, NavSnapshot, Order, OrderType, Position, Price, Quantity,
    Quote, RiskDecision, RiskEnvelope, TaxLot, TimeInForce, Timestamp, schema,
};
use serde_json::{Value, json};

use crate::domain::golden::{self, rewrite};

/// Calls `change` with each text in a document and returns how many it changed.
fn each_text(value: &mut Value, change: &impl Fn(&str) -> Option<Value>) -> usize {
    match value {
        Value::String(text) => {
            let Some(new) = change(text) else { return 0 };
            *value = new;
            1
        }
        Value::Array(items) => items.iter_mut().map(|item| each_text(item, change)).sum(),
        Value::Object(map) => map.values_mut().map(|item| each_text(item, change)).sum(),
        _ => 0,
    }
}

/// Returns the moment's text without its `Z` when the text is a moment.
fn moment(text: &str) -> Option<&str> {
    text.parse::<Timestamp>().ok()?;
    text.strip_suffix('Z')
}

#[test]
fn moments_are_read_with_z_or_an_offset_and_refused_without() {
    for file in golden::files() {
        let value: Value = serde_json::from_str(&file.text).unwrap();
        let mut offset = value.clone();
        each_text(&mut offset, &|text| {
            Some(format!("{}+00:00", moment(text)?).into())
        });
        let read = rewrite(&file.kind, &offset.to_string());
        assert_eq!(read.as_ref(), Ok(&file.text), "{}", file.name);

        let mut naive = value;
        let changed = each_text(&mut naive, &|text| Some(moment(text)?.into()));
        let read = rewrite(&file.kind, &naive.to_string());
        assert_eq!(read.is_err(), changed > 0, "{}: {read:?}", file.name);
    }
}

#[test]
fn unknown_keys_are_ignored() {
    for file in golden::files() {
        let mut value: Value = serde_json::from_str(&file.text).unwrap();
        value["a key of tomorrow"] = json!({ "deep": [1, 2.5, null] });
        let read = rewrite(&file.kind, &value.to_string());
        assert_eq!(read.as_ref(), Ok(&file.text), "{}", file.name);
    }
}

#[test]
fn a_missing_key_is_its_default_when_optional_and_an_error_naming_it_when_not() {
    for file in golden::files() {
        let document = schema::schema(&file.kind).unwrap();
        let required = document["required"].as_array().unwrap();
        let value: Value = serde_json::from_str(&file.text).unwrap();
        for key in value.as_object().unwrap().keys() {
            let mut less = value.clone();
            less.as_object_mut().unwrap().remove(key);
            let read = rewrite(&file.kind, &less.to_string());
            if required.contains(&json!(key)) {
                let error = read.unwrap_err();
                assert!(
                    error.contains(&format!("`{key}`")),
                    "{}: {error}",
                    file.name
                );
            } else {
                let read: Value = serde_json::from_str(&read.unwrap()).unwrap();
                let default = &document["properties"][key]["default"];
                assert_eq!(&read[key], default, "{} without {key}", file.name);
            }
        }
    }
}

#[test]
fn the_defaults_are_the_published_ones() {
    let moment = "2026-11-20T15:30:00Z";
    let order: Order = serde_json::from_value(json!({
        "order_id": "o", "idempotency_key": "k", "symbol": "AAPL", "side": "buy",
        "quantity": "1", "order_type": "market", "fund_id": "f", "strategy_id": "s",
        "broker": "paper", "actor": "a", "created_at": moment,
    }))
    .unwrap();
    assert_eq!(order.tif, TimeInForce::Day);
    assert_eq!(
        (order.filled_quantity, order.limit_price),
        (Quantity::ZERO, None)
    );
    assert_eq!((order.thesis.as_str(), order.rejected_reason), ("", None));

    let envelope: RiskEnvelope = serde_json::from_value(json!({
        "envelope_id": "env-alpha", "fund_id": "alpha", "nav_usd": "250000",
        "created_at": "2026-01-05T08:00:00Z",
    }))
    .unwrap();
    let files = golden::files();
    let defaults = |name: &str| files.iter().find(|file| file.name == name).unwrap();
    let golden = &defaults("RiskEnvelope.defaults.json").text;
    assert_eq!(
        serde_json::from_str::<RiskEnvelope>(golden).unwrap(),
        envelope
    );
    assert!(envelope.faults().is_empty(), "{:?}", envelope.faults());

    let fund: FundConfig = serde_json::from_value(json!({
        "fund_id": "alpha", "name": "Alpha", "target_nav_usd": "250000", "broker": "paper",
        "created_at": "2026-01-05T08:00:00Z",
    }))
    .unwrap();
    let golden = &defaults("FundConfig.defaults.json").text;
    assert_eq!(serde_json::from_str::<FundConfig>(golden).unwrap(), fund);

    let quote: Quote = serde_json::from_value(json!({
        "symbol": "AAPL", "bid": 1, "ask": 2, "venue": "x", "timestamp": moment,
    }))
    .unwrap();
    assert_eq!(
        (quote.bid_size, quote.ask_size),
        (Quantity::ZERO, Quantity::ZERO)
    );

    let bar: Bar = serde_json::from_value(json!({
        "symbol": "AAPL", "interval": "1d", "open": 1, "high": 1, "low": 1, "close": 1,
        "timestamp": moment,
    }))
    .unwrap();
    assert_eq!(
        (bar.volume, bar.vwap, bar.n_trades),
        (Quantity::ZERO, None, None)
    );

    let halt: HaltRequest = serde_json::from_value(json!({
        "halt_id": "h", "scope": "firm", "target": "", "reason": "r", "actor": "a",
        "requested_at": moment,
    }))
    .unwrap();
    assert!(halt.cancel_open_orders && !halt.flatten);
}

#[test]
fn an_envelope_out_of_range_says_which_limit() {
    let files = golden::files();
    let file = files
        .iter()
        .find(|f| f.name == "RiskEnvelope.set.json")
        .unwrap();
    let set: Value = serde_json::from_str(&file.text).unwrap();
    let cases = [
        ("nav_usd", json!("0"), json!("0.01")),
        ("max_gross_exposure_pct", json!(5.01), json!(0.0)),
        ("max_net_exposure_pct", json!(-5.01), json!(-5.0)),
        ("max_position_pct", json!(0.0), json!(1.0)),
        ("max_sector_pct", json!(1.01), json!(0.01)),
        ("max_asset_class_pct", json!(0.0), json!(1.0)),
        ("max_country_pct", json!(-0.5), json!(1.0)),
        ("daily_loss_halt_pct", json!(0.0), json!(1.0)),
        ("weekly_loss_halt_pct", json!(1.5), json!(1.0)),
        ("monthly_loss_halt_pct", json!(0.0), json!(1.0)),
    ];
    for (key, wrong, right) in cases {
        let faults = |value: Value| {
            let mut changed = set.clone();
            changed[key] = value;
            serde_json::from_value::<RiskEnvelope>(changed)
                .unwrap()
                .faults()
        };
        let named = faults(wrong);
        assert_eq!(named.len(), 1, "{named:?}");
        assert!(named[0].starts_with(key), "{named:?}");
        assert_eq!(faults(right), Vec::<String>::new(), "{key}");
    }
}

#[test]
fn decimals_are_read_from_text_or_number_in_every_place() {
    for file in golden::files() {
        let document = schema::schema(&file.kind).unwrap();
        let value: Value = serde_json::from_str(&file.text).unwrap();
        for (key, text) in value.as_object().unwrap() {
            let property = document["properties"][key].to_string();
            let amounts = ["Price\"", "Quantity\"", "Money\"", "Rate\""];
            let amount = amounts.iter().any(|name| property.contains(name));
            let Some(digits) = text.as_str().filter(|_| amount) else {
                continue;
            };
            // The text of a whole document, so that the number's own digits reach the reader.
            let asked = format!("\"{key}\": \"{digits}\"");
            let given = format!("\"{key}\": {digits}");
            let numbers = file.text.replace(&asked, &given);
            if digits == "max" {
                continue;
            }
            assert_ne!(numbers, file.text, "{}: {key}", file.name);
            let read = rewrite(&file.kind, &numbers);
            assert_eq!(read.as_ref(), Ok(&file.text), "{}: {key}", file.name);
        }
    }
}

#[test]
fn quote_sizes_are_integers_when_integral_and_text_otherwise() {
    let quote = |size: &str| {
        let text = format!(
            r#"{{"symbol":"A","bid":"1","ask":"1","bid_size":{size},"venue":"v","timestamp":"2026-01-01T00:00:00Z"}}"#
        );
        let quote: Quote = serde_json::from_str(&text).unwrap();
        serde_json::to_value(&quote).unwrap()["bid_size"].clone()
    };
    let cases = [
        ("100", json!(100)),
        ("\"100\"", json!(100)),
        ("\"100.00\"", json!(100)),
        ("0.5", json!("0.5")),
        ("\"0.50\"", json!("0.50")),
        ("1e-7", json!("0.0000001")),
        ("1000000000000", json!(1_000_000_000_000_i64)),
    ];
    for (given, written) in cases {
        assert_eq!(quote(given), written, "{given}");
    }
}

#[test]
fn what_is_no_decimal_is_refused() {
    for bad in [
        "null",
        "true",
        "\"\"",
        "\"abc\"",
        "\"1,5\"",
        "\"NaN\"",
        "\"Infinity\"",
        "\"1_0\"",
        "[1]",
        "{}",
        "\" 1\"",
        "1e99",
    ] {
        assert!(serde_json::from_str::<Price>(bad).is_err(), "{bad}");
    }
}

#[test]
fn words_out_of_the_list_are_refused() {
    for bad in ["\"BUY\"", "\"Buy\"", "\"hold\"", "1", "null"] {
        assert!(
            serde_json::from_str::<mts1b_desk::domain::Side>(bad).is_err(),
            "{bad}"
        );
    }
    assert!(serde_json::from_str::<OrderType>("\"stoplimit\"").is_err());
    assert!(serde_json::from_str::<TimeInForce>("\"gtd\"").is_err());
}

#[test]
fn a_decision_is_read_with_either_name_of_its_code() {
    for key in ["code", "rejection_code"] {
        let text = format!(
            r#"{{"order_id":"o","approved":false,"rejecting_gate":"static","{key}":"MAX_ORDER_QTY","envelope_version":1}}"#
        );
        let decision: RiskDecision = serde_json::from_str(&text).unwrap();
        assert_eq!(decision.code, "MAX_ORDER_QTY");
        let written = serde_json::to_string(&decision).unwrap();
        assert!(written.contains("\"code\":") && !written.contains("rejection_code"));
    }
}

#[test]
fn old_and_short_records_of_positions_are_read() {
    let lot: TaxLot = serde_json::from_value(json!({
        "lot_id": "l", "fund_id": "f", "symbol": "AAPL", "open_date": "2026-01-02",
        "open_qty": 5, "open_price": 10.25,
    }))
    .unwrap();
    assert_eq!(
        (lot.close_date, lot.close_qty, lot.close_price),
        (None, Quantity::ZERO, None)
    );
    let position: Position = serde_json::from_value(json!({
        "fund_id": "f", "symbol": "AAPL", "quantity": -5, "avg_price": "10.25",
        "last_price": "10", "market_value_usd": "-50", "last_updated": "2026-01-02T00:00:00Z",
    }))
    .unwrap();
    assert!(position.tax_lots.is_empty());
    assert_eq!(position.avg_price.to_string(), "10.25");
}

#[test]
fn a_nav_adds_up_to_the_last_digit() {
    let files = golden::files();
    let file = files
        .iter()
        .find(|file| file.kind == "NavSnapshot")
        .unwrap();
    let nav: NavSnapshot = serde_json::from_str(&file.text).unwrap();
    assert!(nav.adds_up());
    let off = NavSnapshot {
        cash_usd: nav.cash_usd + "0.01".parse::<Money>().unwrap(),
        ..nav
    };
    assert!(!off.adds_up());
}
