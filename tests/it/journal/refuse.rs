//! Who may not write, and what may not be written.

use std::fs;

use mts1b_desk::domain::Symbol;
use mts1b_desk::event::{Input, MarketEvent};
use mts1b_desk::journal::{JOURNAL_FILE, Journal, JournalError, Payload, SqliteJournal};
use rusqlite::Connection;

use crate::journal::{cancel, draft, twelve};

#[test]
fn a_second_desk_on_the_same_folder_is_refused_by_name() {
    let folder = tempfile::tempdir().unwrap();
    let journal = SqliteJournal::open(folder.path()).unwrap();
    let error = SqliteJournal::open(folder.path()).unwrap_err().to_string();
    let (pid, path) = (std::process::id(), folder.path().display());
    assert_eq!(
        error,
        format!("another desk (pid {pid}) uses {path}; close it or give --data another folder")
    );
    drop(journal);
    SqliteJournal::open(folder.path()).unwrap();
}

#[cfg(unix)]
#[test]
fn only_the_owner_may_read_the_folder_and_its_files() {
    use std::os::unix::fs::PermissionsExt;

    let parent = tempfile::tempdir().unwrap();
    let folder = parent.path().join("desk").join("data");
    let mut journal = SqliteJournal::open(&folder).unwrap();
    journal.append(vec![cancel(1)]).unwrap();
    let mode = |path: &std::path::Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(&folder), 0o700);
    let mut files = 0;
    for entry in fs::read_dir(&folder).unwrap() {
        assert_eq!(mode(&entry.unwrap().path()), 0o600);
        files += 1;
    }
    assert!(files >= 3, "journal, log and lock");
}

#[test]
fn a_journal_of_another_format_is_not_touched() {
    let folder = twelve();
    let path = folder.path().join(JOURNAL_FILE);
    let connection = Connection::open(&path).unwrap();
    connection
        .execute("UPDATE meta SET value = '2' WHERE key = 'format'", [])
        .unwrap();
    drop(connection);
    let write = SqliteJournal::open(folder.path()).unwrap_err();
    let read = SqliteJournal::open_read_only(folder.path()).unwrap_err();
    assert_eq!(write, read);
    assert!(matches!(write, JournalError::Version { known: 1, .. }));
    assert!(write.to_string().contains("'2'"), "{write}");
}

#[test]
fn nothing_to_read_is_said_so() {
    let folder = tempfile::tempdir().unwrap();
    let absent = SqliteJournal::open_read_only(folder.path()).unwrap_err();
    assert!(matches!(absent, JournalError::Absent { .. }));
    assert!(
        !folder.path().join(JOURNAL_FILE).exists(),
        "reading makes nothing"
    );
    fs::write(folder.path().join(JOURNAL_FILE), b"").unwrap();
    let empty = SqliteJournal::open_read_only(folder.path()).unwrap_err();
    assert!(matches!(empty, JournalError::Absent { .. }));
    fs::write(
        folder.path().join(JOURNAL_FILE),
        b"not a database, but long enough",
    )
    .unwrap();
    assert!(SqliteJournal::open_read_only(folder.path()).is_err());
    assert!(SqliteJournal::open(folder.path()).is_err());
}

#[test]
fn records_that_must_not_be_kept_stop_the_journal() {
    let bars = || MarketEvent::Bars {
        symbol: Symbol::new("AAPL").unwrap(),
        interval: mts1b_desk::domain::Interval::M1,
        bars: Vec::new(),
    };
    let market = draft(1, Payload::Input(Input::Market(bars())));
    let mut other_subject = cancel(1);
    other_subject.message_id = "mts.v1.oms.orders.created:d1-1:created".to_owned();
    let mut no_id = cancel(1);
    no_id.message_id = String::new();
    let mut late_cause = cancel(1);
    late_cause.cause = Some(1);
    let cases = [
        (market, "market data"),
        (other_subject, "does not begin with its subject"),
        (no_id, "message id has 0 bytes"),
        (late_cause, "cause 1 does not come before"),
    ];
    for (draft, words) in cases {
        let folder = tempfile::tempdir().unwrap();
        let mut journal = SqliteJournal::open(folder.path()).unwrap();
        let error = journal.append(vec![draft]).unwrap_err();
        assert!(matches!(error, JournalError::Unfit { seq: 1, .. }));
        assert!(error.to_string().contains(words), "{error}");
        let after = journal.append(vec![cancel(1)]).unwrap_err();
        assert!(matches!(after, JournalError::Stopped { .. }));
    }
}
