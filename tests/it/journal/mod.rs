//! The journal: what was acknowledged is there, in order, and nothing else passes for it.

mod anywhere;
mod checkpoint;
mod damage;
mod format;
mod group;
mod memory;
mod random;
mod read;
mod refuse;
mod witness;

use std::path::Path;

use mts1b_desk::domain::{
    BrokerId, Currency, Fill, FillCursor, FillId, FundId, GateName, Money, OrderId, Price,
    Quantity, RejectionCode, Side, Symbol, Timestamp, VenueId,
};
use mts1b_desk::event::{
    AccountFact, Command, Fact, Header, Input, Measure, OrderFact, Outcome, Source, Unit, Verdict,
};
use mts1b_desk::journal::{Draft, Journal, Payload, Record, SqliteJournal};

fn fund() -> FundId {
    FundId::new("paper-momentum").unwrap()
}

fn order_id(n: u64) -> OrderId {
    OrderId::new(format!("d1-{n}")).unwrap()
}

fn draft(seq: u64, payload: Payload) -> Draft {
    let header = Header {
        seq,
        at: Timestamp::from_us(1_700_000_000_000_000 + i64::try_from(seq).unwrap()),
        source: Source::Person("ana".into()),
        cause: (seq > 1).then(|| seq - 1),
    };
    Draft::new(header, payload, &fund())
}

/// A command to cancel order `seq`.
fn cancel(seq: u64) -> Draft {
    let order_id = order_id(seq);
    draft(
        seq,
        Payload::Input(Input::Command(Command::Cancel { order_id })),
    )
}

fn submitted(seq: u64, order: u64) -> Draft {
    let fact = OrderFact::Submitted {
        order_id: order_id(order),
        at: Timestamp::EPOCH,
    };
    draft(seq, Payload::Fact(Fact::Order(fact)))
}

fn fill(n: u64) -> Fill {
    Fill {
        fill_id: FillId::new(format!("f{n}")).unwrap(),
        order_id: order_id(1),
        symbol: Symbol::new("BRK.B").unwrap(),
        side: Side::Buy,
        quantity: Quantity::whole(3),
        price: "412.05".parse::<Price>().unwrap(),
        fees: "0.62".parse::<Money>().unwrap(),
        venue: VenueId::new("sim").unwrap(),
        timestamp: Timestamp::EPOCH,
        broker_order_id: None,
        liquidity: None,
    }
}

fn filled(seq: u64, n: u64) -> Draft {
    let fact = AccountFact::Filled {
        broker: BrokerId::new("paper").unwrap(),
        fill: fill(n),
        cursor: FillCursor(n.to_string().into()),
        currency: Currency::USD,
        usd_rate: None,
        quote: None,
    };
    draft(seq, Payload::Fact(Fact::Account(fact)))
}

fn judged(seq: u64) -> Draft {
    let verdict = Verdict {
        gate: GateName::Static,
        outcome: Outcome::Refuse,
        code: Some(RejectionCode::BUILT_IN[0].clone()),
        measure: Some(Measure {
            unit: Unit::Usd,
            limit: 100_u32.into(),
            value: 120_u32.into(),
        }),
        age_ms: Some(12),
        reason: "too much".into(),
    };
    let fact = OrderFact::Judged {
        order_id: order_id(1),
        verdicts: vec![verdict],
        seen: Box::default(),
        approved: false,
        at: None,
    };
    draft(seq, Payload::Fact(Fact::Order(fact)))
}

/// A mixed batch of records from place `first` on.
fn batch(first: u64) -> Vec<Draft> {
    vec![
        cancel(first),
        submitted(first + 1, first + 1),
        filled(first + 2, first + 2),
        judged(first + 3),
    ]
}

/// A folder with a closed journal of 12 records.
fn twelve() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let mut journal = SqliteJournal::open(folder.path()).unwrap();
    for first in [1, 5, 9] {
        journal.append(batch(first)).unwrap();
    }
    folder
}

fn records(folder: &Path) -> Vec<Record> {
    let reader = SqliteJournal::open_read_only(folder).unwrap();
    reader.read(1).unwrap().map(Result::unwrap).collect()
}

/// Says that a record is what its draft asked for.
fn same(record: &Record, draft: &Draft) {
    assert_eq!(record.at, draft.at);
    assert_eq!(record.source, draft.source);
    assert_eq!(record.cause, draft.cause);
    assert_eq!(record.subject, draft.subject);
    assert_eq!(record.message_id, draft.message_id);
    assert_eq!(record.payload, draft.payload);
}
