//! Whatever is changed in the file is found, and the first bad record is named.

use std::path::Path;

use mts1b_desk::journal::{
    Hash, JOURNAL_FILE, Journal, JournalError, SqliteJournal, canonical_bytes, verify,
};
use rusqlite::Connection;
use sha2::{Digest, Sha256};

use crate::journal::{cancel, records, twelve};

fn tamper(folder: &Path, sql: &str) {
    let connection = Connection::open(folder.join(JOURNAL_FILE)).unwrap();
    connection.execute_batch(sql).unwrap();
}

/// Runs `sql` on a journal of twelve records: `verify` must name record `seq` and say `what`.
fn check(sql: &str, seq: u64, what: &str) {
    let folder = twelve();
    tamper(folder.path(), sql);
    let report = verify(folder.path()).unwrap();
    let bad = report
        .first_bad
        .unwrap_or_else(|| panic!("not found: {sql}"));
    assert!(!report.ok);
    assert_eq!(
        (bad.seq, report.records),
        (seq, seq - 1),
        "{sql}: {}",
        bad.what
    );
    assert!(bad.what.contains(what), "{sql}: {}", bad.what);
}

#[test]
fn a_changed_byte_in_any_column_is_found() {
    for column in [
        "at_us = at_us + 1",
        "source = 'person:anb'",
        "source = 'robot'",
        "cause = cause - 1",
        "cause = NULL",
        "subject = replace(subject, 'fund', 'fumd')",
        "message_id = message_id || '0'",
        "payload = replace(payload, '412.05', '412.06')",
        "payload = payload || ' '",
        "hash = zeroblob(32)",
    ] {
        check(
            &format!("UPDATE records SET {column} WHERE seq = 7"),
            7,
            "hash",
        );
    }
    check(
        "UPDATE records SET hash = x'00' WHERE seq = 7",
        7,
        "not readable",
    );
    check(
        "UPDATE records SET cause = -3 WHERE seq = 7",
        7,
        "not readable",
    );
}

#[test]
fn missing_moved_and_added_records_are_found() {
    check("DELETE FROM records WHERE seq = 1", 1, "missing");
    check("DELETE FROM records WHERE seq = 7", 7, "missing");
    check("DELETE FROM records WHERE seq > 10", 11, "missing");
    check("DELETE FROM records", 1, "missing");
    check("UPDATE records SET seq = 99 WHERE seq = 7", 7, "missing");
    let swap = "UPDATE records SET seq = 99 WHERE seq = 6;
        UPDATE records SET seq = 6 WHERE seq = 7;
        UPDATE records SET seq = 7 WHERE seq = 99;";
    check(swap, 6, "hash");
    let copy = "INSERT INTO records SELECT 13, at_us, source, cause, subject, message_id || 'x',
        payload, hash FROM records WHERE seq = 12";
    check(copy, 13, "hash");
}

#[test]
fn a_changed_head_is_found_also_by_a_desk_that_opens() {
    for sql in [
        "UPDATE meta SET value = replace(value, '12:', '11:') WHERE key = 'head'",
        "UPDATE meta SET value = 'x' WHERE key = 'head'",
        "DELETE FROM meta WHERE key = 'head'",
        "DELETE FROM records WHERE seq = 12",
        "UPDATE records SET hash = zeroblob(32) WHERE seq = 12",
    ] {
        let folder = twelve();
        tamper(folder.path(), sql);
        let report = verify(folder.path()).unwrap();
        assert!(!report.ok && report.first_bad.is_some(), "{sql}");
        let opened = SqliteJournal::open(folder.path());
        let damaged = matches!(opened, Err(JournalError::Damaged { .. }));
        assert!(damaged, "{sql}: {opened:?}");
    }
}

/// The hash is right, the content is not of this version: the field is named.
#[test]
fn readable_bytes_that_are_no_event_are_named_by_their_field() {
    let folder = tempfile::tempdir().unwrap();
    let mut journal = SqliteJournal::open(folder.path()).unwrap();
    journal.append(vec![cancel(1)]).unwrap();
    drop(journal);
    let mut bytes = canonical_bytes(cancel(1), 1, Hash::NONE).unwrap();
    let at = bytes.windows(8).position(|w| w == b"order_id").unwrap();
    bytes[at..at + 8].copy_from_slice(b"order_ix");
    let hash = Hash(Sha256::digest(&bytes).into());
    let sql = format!(
        "UPDATE records SET payload = replace(payload, 'order_id', 'order_ix'), hash = x'{hash}';
         UPDATE meta SET value = '1:{hash}' WHERE key = 'head'"
    );
    tamper(folder.path(), &sql);
    let bad = verify(folder.path()).unwrap().first_bad.unwrap();
    assert_eq!(bad.seq, 1);
    assert!(bad.what.contains("order_id"), "{}", bad.what);
}

/// No read of the records meets it, the next write would.
#[test]
fn a_turned_byte_in_the_index_is_found() {
    let folder = twelve();
    tamper(folder.path(), "PRAGMA wal_checkpoint(TRUNCATE)");
    let path = folder.path().join(JOURNAL_FILE);
    let index: u32 = Connection::open(&path)
        .unwrap()
        .query_row(
            "SELECT rootpage FROM sqlite_schema WHERE type = 'index' AND tbl_name = 'records'",
            [],
            |row| row.get(0),
        )
        .unwrap();
    let mut bytes = std::fs::read(&path).unwrap();
    // The last byte of a page is the end of the entry that was written first.
    bytes[index as usize * 4096 - 1] ^= 0x01;
    std::fs::write(&path, bytes).unwrap();
    assert_eq!(records(folder.path()).len(), 12, "the records are whole");
    let bad = verify(folder.path()).unwrap().first_bad.unwrap();
    assert_eq!(bad.seq, 12);
    assert!(bad.what.contains("around the records"), "{}", bad.what);
}

#[test]
fn bytes_flipped_in_the_file_itself_are_found_or_harmless() {
    let clean = twelve();
    // The records are in the log until it is moved; here the file is to hold them all.
    tamper(clean.path(), "PRAGMA wal_checkpoint(TRUNCATE)");
    let bytes = std::fs::read(clean.path().join(JOURNAL_FILE)).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join(JOURNAL_FILE);
    let whole = records(clean.path());
    std::fs::write(&path, &bytes).unwrap();
    assert_eq!(records(folder.path()), whole, "the file alone holds them");
    for at in (0..bytes.len()).step_by(97) {
        let mut flipped = bytes.clone();
        flipped[at] ^= 0x40;
        std::fs::write(&path, flipped).unwrap();
        if let Ok(report) = verify(folder.path())
            && report.ok
        {
            assert_eq!(records(folder.path()), whole, "byte {at}");
        }
    }
}
