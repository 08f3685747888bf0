//! `kill -9` in the middle of trading: on reopening everything is there, and nothing was sent twice.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::time::Duration;

use rust_decimal::Decimal;
use serde_json::Value;

use crate::pty::open;
use crate::pty::session::{Patience, Session};
use crate::support::program::object;

fn list(folder: &Path, kind: &str) -> Vec<Value> {
    let object = object(folder, &["journal", "export", kind]);
    object[kind].as_array().unwrap().clone()
}

fn decimal(value: &Value) -> Decimal {
    value.as_str().unwrap().parse().unwrap()
}

/// Returns what fills and orders on record come to, having checked each against the other.
fn held(folder: &Path) -> BTreeMap<String, Decimal> {
    let (mut held, mut of_order, mut ids) = (BTreeMap::new(), BTreeMap::new(), BTreeSet::new());
    for fill in list(folder, "fills") {
        assert!(
            ids.insert(fill["fill_id"].to_string()),
            "booked twice: {fill}"
        );
        let quantity = decimal(&fill["quantity"]);
        let sign = if fill["side"] == "buy" {
            Decimal::ONE
        } else {
            -Decimal::ONE
        };
        let symbol = fill["symbol"].as_str().unwrap().to_owned();
        *held.entry(symbol).or_insert(Decimal::ZERO) += quantity * sign;
        *of_order
            .entry(fill["order_id"].to_string())
            .or_insert(Decimal::ZERO) += quantity;
    }
    let (mut keys, mut venue_ids) = (BTreeSet::new(), BTreeSet::new());
    for order in list(folder, "orders") {
        assert!(
            keys.insert(order["idempotency_key"].to_string()),
            "one key, two orders: {order}"
        );
        let venue_id = &order["broker_order_id"];
        assert!(
            venue_id.is_null() || venue_ids.insert(venue_id.to_string()),
            "one order at the venue, two of ours: {order}"
        );
        let filled = of_order
            .remove(&order["order_id"].to_string())
            .unwrap_or_default();
        assert_eq!(decimal(&order["filled_quantity"]), filled, "{order}");
        assert!(filled <= decimal(&order["quantity"]), "{order}");
    }
    assert!(of_order.is_empty(), "fills of no order: {of_order:?}");
    held
}

/// Checks the journal as it stands after a crash, with nobody writing it.
fn whole(folder: &Path) {
    let verified = object(folder, &["journal", "verify"]);
    assert_eq!(verified["ok"], true, "{verified}");
    let once = object(folder, &["journal", "replay", "--rejudge"]);
    let again = object(folder, &["journal", "replay", "--rejudge"]);
    assert_eq!(once["hash"], again["hash"]);
    assert_eq!(once["disagreements"], Value::Array(Vec::new()));
    let held = held(folder);
    for position in list(folder, "positions") {
        let symbol = position["symbol"].as_str().unwrap();
        let expected = held.get(symbol).copied().unwrap_or_default();
        assert_eq!(decimal(&position["quantity"]), expected, "{position}");
    }
}

/// Waits until no order is on its way any more, and returns the orders.
#[track_caller]
fn settled(folder: &Path) -> Vec<Value> {
    let patience = Patience::begin();
    loop {
        let orders = list(folder, "orders");
        let settled = orders.iter().all(|order| {
            let at_rest = ["filled_at", "canceled_at", "rejected_at"];
            let rests = order["order_type"] == "limit" && order["accepted_at"].is_string();
            rests || at_rest.iter().any(|at| order[*at].is_string())
        });
        if settled {
            return orders;
        }
        assert!(patience.lasts(), "unsettled: {orders:#?}");
        std::thread::sleep(Duration::from_millis(50));
    }
}

/// Reopens the desk after a crash and holds the screen against the journal.
#[track_caller]
fn reopen(folder: &Path) -> Session {
    if !folder.join("data").exists() {
        return open(folder);
    }
    whole(folder);
    let session = open(folder);
    settled(folder);
    let held = held(folder).get("AAPL").copied().unwrap_or_default();
    if !held.is_zero() {
        session.wait_for_position("AAPL", &held.normalize().to_string());
    }
    session
}

#[test]
fn killed_at_any_moment_nothing_is_lost_and_nothing_is_sent_twice() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    // From before the order is on record to after it has filled: the venue takes 100 ms.
    for (round, wait_ms) in [0, 15, 60, 140].into_iter().enumerate() {
        let mut session = reopen(folder);
        session.keys("b10\ry");
        std::thread::sleep(Duration::from_millis(wait_ms));
        session.kill();
        assert!(
            list(folder, "orders").len() <= round + 1,
            "an order too many"
        );
    }

    let mut session = reopen(folder);
    session.keys("b10o\t\t\x15150\r");
    session.wait_for("y send");
    session.keys("y");
    session.wait_for("1 working");
    let resting = list(folder, "orders");
    session.kill();

    let mut session = reopen(folder);
    session.wait_for("1 working");
    assert_eq!(
        list(folder, "orders"),
        resting,
        "a working order changed in a crash"
    );
    session.keys("c");
    session.kill();

    let mut session = reopen(folder);
    // The cancel was taken or it was not; asked for now, it is.
    session.keys("c");
    session.wait_for("0 working");
    session.keys("q");
    assert_eq!(session.ended(), 0);
    whole(folder);
    let orders = settled(folder);
    assert_eq!(orders.len(), resting.len());
    let stats = object(folder, &["journal", "stats"]);
    assert_eq!(
        stats["by_subject"]["mts.v1.operations.desk.open_requested"], 7,
        "{stats}"
    );
    assert_eq!(
        stats["by_subject"]["mts.v1.operations.desk.closed"], 1,
        "{stats}"
    );
}
