//! What is appended is read back, at any time and by anyone.

use std::fs;

use mts1b_desk::journal::{
    Hash, JOURNAL_FILE, Journal, SqliteJournal, fills, stats, verdicts, verify,
};

use crate::journal::{batch, cancel, fill, records, same, twelve};

#[test]
fn records_read_back_as_appended_and_the_chain_goes_on_after_reopening() {
    let folder = tempfile::tempdir().unwrap();
    let mut journal = SqliteJournal::open(folder.path()).unwrap();
    assert_eq!(journal.last(), (0, Hash::NONE));
    assert_eq!(journal.read(1).unwrap().count(), 0);
    let ack = journal.append(batch(1)).unwrap();
    assert_eq!((ack.first, ack.last), (1, 4));
    let last = journal.last();
    drop(journal);

    let mut journal = SqliteJournal::open(folder.path()).unwrap();
    assert_eq!(journal.last(), last);
    let ack = journal.append(batch(5)).unwrap();
    assert_eq!((ack.first, ack.last), (5, 8));
    let empty = journal.append(Vec::new()).unwrap();
    assert_eq!((empty.first, empty.last), (9, 8));

    let read: Vec<_> = journal.read(1).unwrap().map(Result::unwrap).collect();
    let drafts: Vec<_> = [batch(1), batch(5)].concat();
    assert_eq!(read.len(), drafts.len());
    for (record, (draft, seq)) in read.iter().zip(drafts.iter().zip(1..)) {
        assert_eq!(record.seq, seq);
        same(record, draft);
    }
    assert_eq!(read[3].hash, last.1);
    let tail: Vec<_> = journal.read(7).unwrap().map(Result::unwrap).collect();
    assert_eq!(tail, read[6..]);
    assert_eq!(journal.read(9).unwrap().count(), 0);
}

#[test]
fn reading_goes_on_beside_the_writer_and_sees_what_was_acknowledged() {
    let folder = tempfile::tempdir().unwrap();
    let mut journal = SqliteJournal::open(folder.path()).unwrap();
    for seq in 1..=600 {
        journal.append(vec![cancel(seq)]).unwrap();
        if seq % 200 == 0 {
            let read = records(folder.path());
            assert_eq!(read.len(), usize::try_from(seq).unwrap());
            assert_eq!(read.last().unwrap().hash, journal.last().1);
            assert!(verify(folder.path()).unwrap().ok);
        }
    }
    let reader = SqliteJournal::open_read_only(folder.path()).unwrap();
    let mut half_read = reader.read(1).unwrap();
    half_read.next().unwrap().unwrap();
    journal.append(vec![cancel(601)]).unwrap();
    assert_eq!(half_read.map(Result::unwrap).last().unwrap().seq, 601);
}

#[test]
fn a_crash_loses_nothing_that_was_acknowledged() {
    let folder = tempfile::tempdir().unwrap();
    let mut journal = SqliteJournal::open(folder.path()).unwrap();
    for seq in 1..=40 {
        journal.append(vec![cancel(seq)]).unwrap();
        // What a killed process leaves: the files as they are, nothing closed.
        let copy = tempfile::tempdir().unwrap();
        for name in [JOURNAL_FILE.to_owned(), format!("{JOURNAL_FILE}-wal")] {
            fs::copy(folder.path().join(&name), copy.path().join(&name)).unwrap();
        }
        assert_eq!(records(copy.path()).len(), usize::try_from(seq).unwrap());
        let mut reopened = SqliteJournal::open(copy.path()).unwrap();
        assert_eq!(reopened.last(), journal.last());
        reopened.append(vec![cancel(seq + 1)]).unwrap();
        drop(reopened);
        let report = verify(copy.path()).unwrap();
        assert!(report.ok && report.records == seq + 1);
    }
}

/// A batch is one transaction: cut the log anywhere, and it is there whole or not at all.
#[test]
fn a_torn_log_keeps_whole_batches_only() {
    let folder = tempfile::tempdir().unwrap();
    let mut journal = SqliteJournal::open(folder.path()).unwrap();
    for first in [1, 5, 9] {
        journal.append(batch(first)).unwrap();
    }
    let log = fs::read(folder.path().join(format!("{JOURNAL_FILE}-wal"))).unwrap();
    let mut seen = std::collections::BTreeSet::new();
    for cut in (0..=log.len()).rev().step_by(1031) {
        let copy = tempfile::tempdir().unwrap();
        let path = copy.path().join(JOURNAL_FILE);
        fs::copy(folder.path().join(JOURNAL_FILE), &path).unwrap();
        fs::write(copy.path().join(format!("{JOURNAL_FILE}-wal")), &log[..cut]).unwrap();
        let mut reopened = SqliteJournal::open(copy.path()).unwrap();
        let (last, _) = reopened.last();
        assert_eq!(last % 4, 0, "after {cut} of {} bytes", log.len());
        reopened.append(batch(last + 1)).unwrap();
        assert_eq!(reopened.read(1).unwrap().flatten().count() as u64, last + 4);
        seen.insert(last);
    }
    assert_eq!(seen.into_iter().collect::<Vec<_>>(), [0, 4, 8, 12]);
}

#[test]
fn a_journal_tells_what_is_in_it() {
    let folder = twelve();
    let stats = stats(folder.path()).unwrap();
    assert_eq!(stats.records, 12);
    assert_eq!(stats.by_subject.values().sum::<u64>(), 12);
    assert_eq!(stats.by_subject["mts.v1.operations.command.received"], 3);
    let read = records(folder.path());
    assert_eq!(stats.first_at, Some(read[0].at));
    assert_eq!(stats.last_at, Some(read[11].at));
    assert!(stats.file_bytes > stats.payload_bytes && stats.payload_bytes > 1000);

    let report = serde_json::to_value(verify(folder.path()).unwrap()).unwrap();
    assert_eq!(report["ok"], true);
    assert_eq!(report["records"], 12);
    assert_eq!(report["last_hash"], read[11].hash.to_string());
    assert!(report["first_bad"].is_null());

    let booked: Vec<_> = fills(read.clone().into_iter().map(Ok))
        .map(Result::unwrap)
        .collect();
    assert_eq!(booked, [fill(3), fill(7), fill(11)]);
    let given: Vec<_> = verdicts(read.into_iter().map(Ok))
        .map(Result::unwrap)
        .collect();
    assert_eq!(
        given.iter().map(|row| row.seq).collect::<Vec<_>>(),
        [4, 8, 12]
    );
    let row = serde_json::to_value(&given[0]).unwrap();
    assert_eq!(row["headroom"], "-20");
    assert_eq!(row["outcome"], "refuse");
}
