//! Commits: what they wait for, what a failure takes along, and how large the log grows.

use mts1b_desk::journal::{JOURNAL_FILE, Journal, JournalError, SqliteJournal, verify};
use rusqlite::Connection;

use crate::journal::{batch, cancel, records, submitted};

#[test]
fn a_lock_that_another_program_holds_is_waited_for() {
    let folder = tempfile::tempdir().unwrap();
    let mut journal = SqliteJournal::open(folder.path()).unwrap();
    journal.append(batch(1)).unwrap();
    let other = Connection::open(folder.path().join(JOURNAL_FILE)).unwrap();
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    let writing = std::thread::spawn(move || journal.append(batch(5)));
    // Reading sees what was there, and only that.
    assert_eq!(records(folder.path()).len(), 4);
    other.execute_batch("COMMIT").unwrap();
    let ack = writing.join().unwrap().unwrap();
    assert_eq!((ack.first, ack.last), (5, 8));
    assert_eq!(records(folder.path()).len(), 8);
}

#[test]
fn a_record_that_cannot_be_kept_takes_its_batch_along_and_nothing_is_taken_after() {
    let folder = tempfile::tempdir().unwrap();
    let mut journal = SqliteJournal::open(folder.path()).unwrap();
    journal.append(vec![submitted(1, 7)]).unwrap();
    let twice = vec![cancel(2), submitted(3, 7)];
    let error = journal.append(twice).unwrap_err();
    assert!(
        matches!(&error, JournalError::Duplicate { seq: 3, message_id }
        if message_id.ends_with(":d1-7:submitted")),
        "{error:?}"
    );
    let error = journal.append(vec![cancel(4)]).unwrap_err();
    assert!(matches!(error, JournalError::Stopped { .. }));
    assert!(error.to_string().contains("d1-7:submitted"), "{error}");
    drop(journal);
    assert_eq!(verify(folder.path()).unwrap().records, 1);
    let mut journal = SqliteJournal::open(folder.path()).unwrap();
    journal.append(vec![cancel(2)]).unwrap();
}

#[test]
fn the_log_moves_into_the_file_and_stays_small() {
    let folder = tempfile::tempdir().unwrap();
    let mut journal = SqliteJournal::open(folder.path()).unwrap();
    for n in 0..300 {
        let drafts = (1..=200).map(|at| cancel(200 * n + at)).collect();
        journal.append(drafts).unwrap();
    }
    let size = |name: &str| std::fs::metadata(folder.path().join(name)).unwrap().len();
    let (file, log) = (size(JOURNAL_FILE), size(&format!("{JOURNAL_FILE}-wal")));
    assert!(file > 6 << 20, "{file} bytes in the file");
    // Beside a writer that never rests it may grow to where a commit waits for it, and no further.
    assert!(log < 34 << 20, "{log} bytes in the log");
    drop(journal);
    let left = std::fs::metadata(folder.path().join(format!("{JOURNAL_FILE}-wal")));
    assert_eq!(left.map_or(0, |log| log.len()), 0, "left in the log");
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

#[test]
fn a_journal_whose_ids_are_all_indexed_goes_on_as_it_is() {
    let folder = tempfile::tempdir().unwrap();
    let before = Connection::open(folder.path().join(JOURNAL_FILE)).unwrap();
    before
        .execute_batch(
            "CREATE TABLE records (seq INTEGER PRIMARY KEY, at_us INTEGER NOT NULL,
                source TEXT NOT NULL, cause INTEGER, subject TEXT NOT NULL,
                message_id TEXT NOT NULL UNIQUE, payload TEXT NOT NULL, hash BLOB NOT NULL) STRICT;
             CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT, WITHOUT ROWID;",
        )
        .unwrap();
    drop(before);
    let mut journal = SqliteJournal::open(folder.path()).unwrap();
    journal.append(vec![submitted(1, 7)]).unwrap();
    let error = journal.append(vec![submitted(2, 7)]).unwrap_err();
    assert!(matches!(error, JournalError::Duplicate { seq: 2, .. }));
    drop(journal);
    assert_eq!(records(folder.path()).len(), 1);
}
