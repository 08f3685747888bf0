//! What differs between two envelopes and which way: every field, both directions.

use std::collections::BTreeSet;

use mts1b_desk::domain::{EnvelopeField, RiskEnvelope};

use crate::support::build::envelope;

/// Field, tighter, looser.
const DIRECTIONS: [(&str, &str, &str); 24] = [
    ("nav_usd", "900000", "1000000"),
    ("max_gross_exposure_pct", "99.9%", "100%"),
    ("max_net_exposure_pct", "0%", "0.1%"),
    ("max_position_pct", "9.99%", "10%"),
    ("max_position_usd", "1", "no limit"),
    ("max_sector_pct", "0.29", "0.3"),
    ("max_asset_class_pct", "99%", "100%"),
    ("max_country_pct", "99%", "100%"),
    ("daily_loss_halt_pct", "2.9%", "3%"),
    ("weekly_loss_halt_pct", "7.9%", "8%"),
    ("monthly_loss_halt_pct", "14.9%", "15%"),
    ("max_order_notional_usd", "99999.99", "100,000"),
    ("max_order_qty", "0.5", "no limit"),
    ("allowed_brokers", "nothing", "paper"),
    ("allowed_order_types", "market", "market, limit"),
    ("allowed_asset_classes", "crypto", "equities"),
    ("enable_shorting", "off", "on"),
    ("max_short_fee_bps", "199.5", "200"),
    ("require_borrow_locate", "on", "off"),
    ("enable_synthetic_stop", "on", "off"),
    ("synthetic_stop_pct", "9%", "10%"),
    ("cro_veto_enabled", "on", "off"),
    ("cro_veto_confidence_threshold", "84%", "85%"),
    ("cro_veto_timeout_s", "5", "4.5"),
];

fn with(envelope: &RiskEnvelope, name: &str, text: &str) -> RiskEnvelope {
    let mut envelope = envelope.clone();
    let field = EnvelopeField::named(name).unwrap();
    field.set(&mut envelope, text).unwrap();
    envelope
}

#[test]
fn every_field_is_looser_one_way_and_tighter_the_other() {
    let mut named: BTreeSet<&str> = BTreeSet::from(["envelope_id", "notes"]);
    for (name, tighter, looser) in DIRECTIONS {
        named.insert(name);
        let (tight, loose) = (
            with(&envelope(), name, tighter),
            with(&envelope(), name, looser),
        );
        assert_eq!(
            tight.loosened(&loose),
            [name],
            "{name} {tighter} -> {looser}"
        );
        let back = loose.loosened(&tight);
        // Another class instead of one is neither: what is new on a list is looser.
        let expected = if name == "allowed_asset_classes" {
            vec![name]
        } else {
            vec![]
        };
        assert_eq!(back, expected, "{name} {looser} -> {tighter}");
        assert_eq!(loose.changes(&tight).len(), 1, "{name}");
        assert!(tight.changes(&tight).is_empty());
    }
    let table: BTreeSet<&str> = EnvelopeField::ALL.iter().map(|field| field.name).collect();
    assert_eq!(
        table, named,
        "every field of the table has its directions here"
    );
    let record = serde_json::to_value(envelope()).unwrap();
    let apart = ["fund_id", "version", "created_at"];
    let keys = record.as_object().unwrap().keys().map(String::as_str);
    let keys: BTreeSet<&str> = keys.filter(|key| !apart.contains(key)).collect();
    assert_eq!(keys, table, "every field of the record is in the table");
}

#[test]
fn a_net_limit_that_crosses_zero_lets_something_in_either_way() {
    let net = |text: &str| with(&envelope(), "max_net_exposure_pct", text);
    for (was, now, looser) in [
        ("10%", "20%", true),
        ("20%", "10%", false),
        ("10%", "-10%", true),
        ("-10%", "-20%", false),
        ("-20%", "-10%", true),
        ("-10%", "10%", true),
        ("0", "-1%", true),
    ] {
        let found = !net(was).loosened(&net(now)).is_empty();
        assert_eq!(found, looser, "{was} -> {now}");
    }
}

#[test]
fn a_list_that_loses_one_name_and_gains_another_is_looser() {
    let brokers = |text: &str| with(&envelope(), "allowed_brokers", text);
    assert_eq!(
        brokers("a, b").loosened(&brokers("b")),
        Vec::<String>::new()
    );
    assert_eq!(
        brokers("a, b").loosened(&brokers("b, c")),
        ["allowed_brokers"]
    );
}

#[test]
fn every_field_reads_back_what_it_writes() {
    for field in EnvelopeField::ALL {
        let text = field.text(&envelope());
        let mut again = envelope();
        field.set(&mut again, &text).unwrap();
        assert_eq!(again, envelope(), "{} '{text}'", field.name);
    }
    let shares = [
        ("7%", "7%"),
        ("0.07", "7%"),
        ("0.1234", "12.34%"),
        (" 5 % ", "5%"),
    ];
    for (typed, shown) in shares {
        let made = with(&envelope(), "max_position_pct", typed);
        let field = EnvelopeField::named("max_position_pct").unwrap();
        assert_eq!(field.text(&made), shown);
    }
    assert!((with(&envelope(), "max_position_pct", "7%").max_position_pct - 0.07).abs() < 1e-18);
}

#[test]
fn a_fault_names_the_field_the_value_and_what_would_be_right() {
    for (name, typed, words) in [
        (
            "max_position_pct",
            "110%",
            "max_position_pct 1.1 must be above 0 and at most 1",
        ),
        (
            "max_position_pct",
            "much",
            "max_position_pct 'much' must be a share: 5% or 0.05",
        ),
        (
            "max_order_qty",
            "-1",
            "max_order_qty '-1' must be an amount of 0 or more",
        ),
        (
            "enable_shorting",
            "maybe",
            "enable_shorting 'maybe' must be on or off",
        ),
        (
            "allowed_order_types",
            "fancy",
            "allowed_order_types 'fancy': unknown variant `fancy`",
        ),
        (
            "cro_veto_timeout_s",
            "61",
            "cro_veto_timeout_s 61 must be above 0 and at most 60",
        ),
    ] {
        let mut changed = envelope();
        let why = EnvelopeField::named(name)
            .unwrap()
            .set(&mut changed, typed)
            .unwrap_err();
        assert!(why.starts_with(words), "{why}");
        assert_eq!(changed, envelope(), "what is at fault changes nothing");
    }
}
