//! A record changed where a start from a checkpoint does not look: found beside the running desk, said, and ended on.

use std::path::Path;

use mts1b_desk::event::{Fact, Header, OrderFact, Source};
use mts1b_desk::journal::{Draft, JOURNAL_FILE, Journal, Payload, SqliteJournal};
use rusqlite::Connection;

use crate::pty::open;
use crate::support::build::{noon, read};
use crate::support::program::desk;

/// Enough that the end of a session leaves a checkpoint.
const RECORDS: u64 = 1_200;

/// Makes the journal long by things that change no books.
fn lengthen(data: &Path) {
    let mut journal = SqliteJournal::open(data).unwrap();
    let first = journal.last().0 + 1;
    let dull = (first..first + RECORDS).map(|seq| {
        let header = Header {
            seq,
            at: noon(),
            source: Source::Desk,
            cause: None,
        };
        let fact = OrderFact::CommandRefused {
            what: "cancel".to_owned(),
            reason: "there is no such order".to_owned(),
            at: noon(),
        };
        let payload = Payload::Fact(Fact::Order(fact));
        Draft::new(header, payload, &read("paper-momentum"))
    });
    journal.append(dull.collect()).unwrap();
}

#[test]
fn a_record_changed_behind_a_checkpoint_halts_the_desk_and_ends_it_with_1() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let mut session = open(folder.path());
    session.keys("q");
    assert_eq!(session.ended(), 0);
    lengthen(&data);
    let mut session = open(folder.path());
    session.keys("q");
    assert_eq!(session.ended(), 0, "a checkpoint is left");

    let connection = Connection::open(data.join(JOURNAL_FILE)).unwrap();
    let changed = connection
        .execute(
            "UPDATE records SET payload = replace(payload, 'no such', 'one such') WHERE seq = 700",
            [],
        )
        .unwrap();
    assert_eq!(changed, 1);
    drop(connection);

    let mut session = open(folder.path());
    session.wait("the halt, with the record", |screen| {
        screen.contains("HALTED") && screen.contains("record 700")
    });
    session.keys("q");
    assert_eq!(session.ended(), 1);
    let verified = desk(folder.path(), &["journal", "verify", "--json"]);
    assert_eq!(verified.code, 1);
    assert_eq!(verified.json()["first_bad"]["seq"], 700);
}
