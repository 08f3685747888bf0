//! The bytes that are hashed are pinned: a change of them is a new format.

use mts1b_desk::journal::{Hash, Journal, MemoryJournal, canonical_bytes};
use sha2::{Digest, Sha256};

use crate::journal::{cancel, filled, judged, submitted};

#[test]
fn a_record_is_these_bytes() {
    let bytes = canonical_bytes(submitted(2, 9), 2, Hash([0xab; 32])).unwrap();
    let texts = [
        "person:ana",
        "mts.v1.oms.orders.submitted.fund.paper-momentum",
        "mts.v1.oms.orders.submitted.fund.paper-momentum:d1-9:submitted",
        r#"{"fact":{"order":{"submitted":{"order_id":"d1-9","at":"1970-01-01T00:00:00Z"}}}}"#,
    ];
    let mut expected = vec![1];
    expected.extend([0xab; 32]);
    expected.extend(2_u64.to_be_bytes());
    expected.extend(1_700_000_000_000_002_i64.to_be_bytes());
    expected.extend([1, 0, 0, 0, 0, 0, 0, 0, 1]);
    for text in texts {
        expected.extend((text.len() as u64).to_be_bytes());
        expected.extend(text.as_bytes());
    }
    assert_eq!(bytes, expected);

    let first = canonical_bytes(cancel(1), 1, Hash::NONE).unwrap();
    assert_eq!(first[49], 0, "a missing cause");
    let mut journal = MemoryJournal::new();
    journal.append(vec![cancel(1)]).unwrap();
    let hash: [u8; 32] = Sha256::digest(&first).into();
    assert_eq!(journal.last().1, Hash(hash));
    assert_eq!(journal.last().1.to_string(), PINNED);
}

/// Of the same bytes, taken with another implementation of SHA-256.
const PINNED: &str = "b4d99e19e3167f405846b16007cf720fc090d15f4e091380eed797e86a165376";

#[test]
fn message_ids_end_in_a_state_where_that_state_comes_once() {
    let id = |draft: mts1b_desk::journal::Draft| draft.message_id;
    let fund = ".fund.paper-momentum";
    assert_eq!(
        id(submitted(5, 9)),
        format!("mts.v1.oms.orders.submitted{fund}:d1-9:submitted")
    );
    assert_eq!(
        id(filled(6, 3)),
        format!("mts.v1.oms.fills.created{fund}:paper/f3:filled")
    );
    assert_eq!(
        id(judged(7)),
        format!("mts.v1.risk.gate.failed{fund}:d1-1:7")
    );
    assert_eq!(id(cancel(8)), "mts.v1.operations.command.received:d1-8:8");
}
