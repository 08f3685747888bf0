//! The journal in memory keeps the same promises, and breaks them on order.

use mts1b_desk::journal::{Fault, Journal, JournalError, MemoryJournal, SqliteJournal};

use crate::journal::{batch, same, submitted};

#[test]
fn it_holds_the_very_records_a_file_would() {
    let folder = tempfile::tempdir().unwrap();
    let mut file = SqliteJournal::open(folder.path()).unwrap();
    let mut memory = MemoryJournal::new();
    for first in [1, 5] {
        let acks = (file.append(batch(first)), memory.append(batch(first)));
        assert_eq!(acks.0.unwrap(), acks.1.unwrap());
        assert_eq!(file.last(), memory.last());
    }
    for from in [0, 1, 4, 8, 9, 100] {
        let read = |journal: &dyn Journal| -> Vec<_> {
            journal.read(from).unwrap().map(Result::unwrap).collect()
        };
        assert_eq!(read(&file), read(&memory), "from {from}");
    }
    for (record, draft) in memory.read(5).unwrap().zip(batch(5)) {
        same(&record.unwrap(), &draft);
    }
}

#[test]
fn a_fault_strikes_once_and_the_disk_outlives_it() {
    let kept = [
        (Fault::Refuse, 4),
        (Fault::Tear { keep: 2 }, 6),
        (Fault::LoseAck, 8),
    ];
    for (fault, records) in kept {
        let mut journal = MemoryJournal::new();
        journal.fail_at(2, fault);
        journal.append(batch(1)).unwrap();
        assert!(journal.append(batch(5)).is_err());
        assert!(journal.append(batch(9)).is_err(), "it stays stopped");
        let disk = journal.disk();
        drop(journal);
        assert_eq!(disk.len(), records, "{fault:?}");
        let mut journal = MemoryJournal::open(disk.clone());
        let last = records as u64;
        assert_eq!(journal.last().0, last);
        journal.append(batch(last + 1)).unwrap();
        let read = journal.read(1).unwrap().map(Result::unwrap);
        assert_eq!(read.count(), records + 4);
        disk.cut(3);
        assert_eq!(MemoryJournal::open(disk).last().0, 3);
    }
}

#[test]
fn an_order_is_submitted_once() {
    let mut journal = MemoryJournal::new();
    journal.append(vec![submitted(1, 1)]).unwrap();
    let error = journal.append(vec![submitted(2, 1)]).unwrap_err();
    assert!(matches!(error, JournalError::Duplicate { seq: 2, .. }));
    assert_eq!(journal.disk().len(), 1);
}

#[test]
fn a_write_that_ends_at_any_byte_leaves_whole_records_only() {
    let sizes: Vec<usize> = batch(5)
        .iter()
        .map(|draft| serde_json::to_string(&draft.payload).unwrap().len())
        .collect();
    let all: usize = sizes.iter().sum();
    for bytes in 0..=all {
        let mut journal = MemoryJournal::new();
        journal.fail_at(2, Fault::TearAt { bytes });
        journal.append(batch(1)).unwrap();
        assert!(journal.append(batch(5)).is_err());
        let mut whole = 0;
        let mut left = bytes;
        for size in &sizes {
            if left < *size {
                break;
            }
            (whole, left) = (whole + 1, left - size);
        }
        let again = MemoryJournal::open(journal.disk());
        let read: Vec<_> = again.read(1).unwrap().map(Result::unwrap).collect();
        assert_eq!(read.len(), 4 + whole, "{bytes} bytes of {all}");
        assert_eq!(again.last().0, read.len() as u64);
    }
}
