//! What a crash left of the log cannot be shortened unseen, and files that go away stop the journal.

use std::fs;
use std::path::Path;

use mts1b_desk::journal::{JOURNAL_FILE, Journal, JournalError, SqliteJournal, verify};
use tempfile::TempDir;

use crate::journal::batch;

const LOG: &str = "journal.db-wal";
const WITNESS: &str = "journal.head";

fn copied(from: &Path) -> TempDir {
    let to = tempfile::tempdir().unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        fs::copy(entry.path(), to.path().join(entry.file_name())).unwrap();
    }
    to
}

/// A folder as a kill leaves it: twelve records, all of them still in the log.
fn crashed() -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    let mut journal = SqliteJournal::open(folder.path()).unwrap();
    for first in [1, 5, 9] {
        journal.append(batch(first)).unwrap();
    }
    copied(folder.path())
}

/// Says what a start and a reader make of a folder: nothing when all twelve records are there.
#[track_caller]
fn said(folder: &Path, what: &str) -> Option<String> {
    let outcome = match verify(folder) {
        Ok(report) if report.ok => {
            assert_eq!(report.records, 12, "{what}: not a word of the records lost");
            None
        }
        Ok(report) => Some(report.first_bad.unwrap().what),
        Err(error) => Some(error.to_string()),
    };
    let opened = SqliteJournal::open(folder);
    match &outcome {
        None => assert_eq!(opened.unwrap().last().0, 12, "{what}"),
        Some(words) => assert!(opened.is_err(), "{what}: opened in spite of {words}"),
    }
    outcome
}

#[test]
fn a_log_that_lost_its_end_is_found_wherever_it_was_cut() {
    assert_eq!(said(crashed().path(), "whole"), None);
    let whole = crashed();
    let size = fs::metadata(whole.path().join(LOG)).unwrap().len();
    for to in (0..size).step_by(2593) {
        let folder = copied(whole.path());
        let log = fs::OpenOptions::new()
            .write(true)
            .open(folder.path().join(LOG));
        log.unwrap().set_len(to).unwrap();
        let words = said(folder.path(), "cut").unwrap_or_else(|| panic!("cut to {to} of {size}"));
        assert!(
            words.contains("acknowledged") || words.contains("no journal at"),
            "{to}: {words}"
        );
    }
    fs::remove_file(whole.path().join(LOG)).unwrap();
    assert!(said(whole.path(), "removed").is_some());
}

#[test]
fn a_bit_that_turned_in_the_log_is_found_or_does_no_harm() {
    let whole = crashed();
    let size = fs::metadata(whole.path().join(LOG)).unwrap().len();
    let mut found = 0;
    for at in (0..size).step_by(2741) {
        let folder = copied(whole.path());
        let path = folder.path().join(LOG);
        let mut bytes = fs::read(&path).unwrap();
        bytes[usize::try_from(at).unwrap()] ^= 4;
        fs::write(&path, bytes).unwrap();
        found += usize::from(said(folder.path(), &format!("bit at {at}")).is_some());
    }
    assert!(found > 10, "only {found} were found");
}

#[test]
fn an_older_copy_of_the_journal_alone_is_found() {
    let folder = tempfile::tempdir().unwrap();
    let mut journal = SqliteJournal::open(folder.path()).unwrap();
    journal.append(batch(1)).unwrap();
    let older = copied(folder.path());
    journal.append(batch(5)).unwrap();
    journal.append(batch(9)).unwrap();
    drop(journal);
    for name in [JOURNAL_FILE, LOG] {
        fs::copy(older.path().join(name), folder.path().join(name)).unwrap();
    }
    let words = said(folder.path(), "older").unwrap();
    assert!(words.contains("record 12 was acknowledged"), "{words}");
    // Taken on purpose it is a journal like any other.
    fs::remove_file(folder.path().join(WITNESS)).unwrap();
    assert_eq!(verify(folder.path()).unwrap().records, 4);
}

#[test]
fn the_witness_may_be_missing_empty_or_behind_but_not_unreadable() {
    let folder = crashed();
    let early = fs::read(folder.path().join(WITNESS)).unwrap();
    let mut journal = SqliteJournal::open(folder.path()).unwrap();
    journal.append(batch(13)).unwrap();
    let crash = copied(folder.path());
    drop(journal);
    let check = |bytes: Option<&[u8]>| {
        let path = crash.path().join(WITNESS);
        match bytes {
            Some(bytes) => fs::write(path, bytes).unwrap(),
            None => fs::remove_file(path).unwrap(),
        }
        verify(crash.path()).map(|report| report.records)
    };
    assert_eq!(
        check(Some(&early)),
        Ok(16),
        "the power went before it was on the disk"
    );
    assert_eq!(check(Some(b"")), Ok(16));
    assert_eq!(check(Some(&[0; 86])), Ok(16));
    let words = check(Some(b"00000000000000000016:zz\n"))
        .unwrap_err()
        .to_string();
    assert!(words.contains("journal.head"), "{words}");
    assert_eq!(check(None), Ok(16));
}

/// Appends, does something to the folder, and expects the next append to fail.
#[track_caller]
fn stops(harm: impl FnOnce(&Path)) {
    let parent = tempfile::tempdir().unwrap();
    let folder = parent.path().join("data");
    let mut journal = SqliteJournal::open(&folder).unwrap();
    journal.append(batch(1)).unwrap();
    harm(&folder);
    let error = journal.append(batch(5)).unwrap_err();
    assert!(error.to_string().contains("journal.db"), "{error}");
    let again = journal.append(batch(9)).unwrap_err();
    assert!(matches!(again, JournalError::Stopped { .. }), "{again}");
}

#[cfg(unix)]
#[test]
fn a_folder_or_a_file_that_goes_away_stops_the_journal() {
    stops(|folder| fs::remove_dir_all(folder).unwrap());
    stops(|folder| fs::rename(folder, folder.with_file_name("moved")).unwrap());
    stops(|folder| fs::remove_file(folder.join(JOURNAL_FILE)).unwrap());
    stops(|folder| fs::remove_file(folder.join(LOG)).unwrap());
    stops(|folder| {
        fs::copy(folder.join(JOURNAL_FILE), folder.join("new")).unwrap();
        fs::rename(folder.join("new"), folder.join(JOURNAL_FILE)).unwrap();
    });
}
