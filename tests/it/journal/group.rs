//! Group commit, and what becomes of those that wait when it fails.

use mts1b_desk::journal::{JOURNAL_FILE, Journal, JournalError, SqliteJournal, verify};
use rusqlite::Connection;

use crate::journal::{batch, cancel, records, submitted};

#[test]
fn batches_that_wait_for_one_sync_share_the_next() {
    let folder = tempfile::tempdir().unwrap();
    let mut journal = SqliteJournal::open(folder.path()).unwrap();
    // Another program holds the write lock: the first batch waits for it, the others queue behind.
    let other = Connection::open(folder.path().join(JOURNAL_FILE)).unwrap();
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    let pending: Vec<_> = (0..10)
        .map(|n| journal.start(batch(1 + 4 * n)).unwrap())
        .collect();
    assert_eq!(journal.last().0, 40, "places are given before the sync");
    assert_eq!(journal.commits(), 0);
    other.execute_batch("COMMIT").unwrap();
    for (pending, n) in pending.into_iter().zip(0..) {
        let ack = pending.wait().unwrap();
        assert_eq!((ack.first, ack.last), (1 + 4 * n, 4 + 4 * n));
    }
    assert!(journal.commits() <= 2, "{} commits", journal.commits());
    assert_eq!(records(folder.path()).len(), 40);
}

#[test]
fn what_waits_behind_a_failure_fails_too_and_nothing_is_taken_after() {
    let folder = tempfile::tempdir().unwrap();
    let mut journal = SqliteJournal::open(folder.path()).unwrap();
    journal.append(vec![submitted(1, 7)]).unwrap();
    let twice = journal.start(vec![cancel(2), submitted(3, 7)]).unwrap();
    let behind = journal.start(vec![cancel(4)]);
    let error = twice.wait().unwrap_err();
    assert!(
        matches!(&error, JournalError::Duplicate { seq: 3, message_id }
        if message_id.ends_with(":d1-7:submitted")),
        "{error:?}"
    );
    if let Ok(behind) = behind {
        assert!(behind.wait().is_err());
    }
    let error = journal.append(vec![cancel(5)]).unwrap_err();
    assert!(matches!(error, JournalError::Stopped { .. }));
    assert!(error.to_string().contains("d1-7:submitted"), "{error}");
    drop(journal);
    assert_eq!(verify(folder.path()).unwrap().records, 1);
    let mut journal = SqliteJournal::open(folder.path()).unwrap();
    journal.append(vec![cancel(2)]).unwrap();
}

#[test]
fn dropping_the_journal_finishes_what_was_handed_over() {
    let folder = tempfile::tempdir().unwrap();
    let mut journal = SqliteJournal::open(folder.path()).unwrap();
    let pending: Vec<_> = (1..=50)
        .map(|seq| journal.start(vec![cancel(seq)]).unwrap())
        .collect();
    drop(journal);
    assert!(pending.into_iter().all(|pending| pending.wait().is_ok()));
    assert_eq!(records(folder.path()).len(), 50);
}

#[test]
fn the_log_moves_into_the_file_and_stays_small() {
    let folder = tempfile::tempdir().unwrap();
    let mut journal = SqliteJournal::open(folder.path()).unwrap();
    for n in 0..200 {
        let drafts = (1..=200).map(|at| cancel(200 * n + at)).collect();
        journal.append(drafts).unwrap();
    }
    let size = |name: &str| std::fs::metadata(folder.path().join(name)).unwrap().len();
    let (file, log) = (size(JOURNAL_FILE), size(&format!("{JOURNAL_FILE}-wal")));
    assert!(file > 6 << 20, "{file} bytes in the file");
    assert!(log < 5 << 20, "{log} bytes in the log");
}

#[test]
fn a_full_disk_stops_the_journal_and_keeps_what_was_there() {
    let folder = tempfile::tempdir().unwrap();
    let mut journal = SqliteJournal::open(folder.path()).unwrap();
    journal.append(batch(1)).unwrap();
    drop(journal);
    // The file may not grow beyond what it has: SQLite answers as it does for a disk without room.
    let mut journal = SqliteJournal::open_limited(folder.path(), 8).unwrap();
    let mut first = 5;
    let error = loop {
        match journal.append(batch(first)) {
            Ok(ack) => first = ack.last + 1,
            Err(error) => break error,
        }
    };
    assert!(matches!(error, JournalError::Full { .. }), "{error:?}");
    assert!(error.to_string().contains("disk"), "{error}");
    assert!(journal.append(batch(first)).is_err());
    drop(journal);
    let report = verify(folder.path()).unwrap();
    assert!(report.ok);
    assert_eq!(report.records, first - 1);
}
