//! `desk journal export`: everything the journal holds, not only what a running desk keeps at hand.

use std::time::Duration;

use mts1b_desk::domain::{GateName, Order};
use mts1b_desk::event::{Fact, Header, OrderFact, Source};
use mts1b_desk::journal::{Draft, Journal, Payload, SqliteJournal};

use crate::support::build::{noon, order, read};
use crate::support::program::desk;

/// More than the finished orders that stay at hand.
const ORDERS: u64 = 2_100;

#[test]
fn every_order_of_the_journal_is_exported_however_old() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    std::fs::create_dir(&data).unwrap();
    let mut journal = SqliteJournal::open(&data).unwrap();
    let mut drafts = Vec::new();
    for n in 1..=ORDERS {
        let at = noon().plus(Duration::from_secs(n));
        let order = Order {
            order_id: read(&format!("o-{n}")),
            idempotency_key: read(&format!("key-{n}")),
            created_at: at,
            ..order("AAPL", "1")
        };
        let order_id = order.order_id.clone();
        let rejected = OrderFact::Rejected {
            order_id,
            gate: Some(GateName::Static),
            code: None,
            reason: "too much".to_owned(),
            at,
        };
        for fact in [OrderFact::Created(Box::new(order)), rejected] {
            let header = Header {
                seq: drafts.len() as u64 + 1,
                at,
                source: Source::Desk,
                cause: None,
            };
            let payload = Payload::Fact(Fact::Order(fact));
            drafts.push(Draft::new(header, payload, &read("paper-momentum")));
        }
    }
    journal.append(drafts).unwrap();
    drop(journal);
    let answer = desk(folder.path(), &["journal", "export", "orders", "--json"]);
    assert_eq!(answer.code, 0, "{}", answer.err);
    let orders = answer.json()["orders"].as_array().unwrap().clone();
    assert_eq!(orders.len() as u64, ORDERS);
    assert_eq!(orders[0]["order_id"], "o-1");
    for order in &orders {
        assert_eq!(order["rejected_reason"], "too much", "{order}");
    }
}
