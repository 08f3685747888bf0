//! A journal in memory, for tests and simulations: same records, same checks, and faults on order.
//!
//! Its disk outlives it: dropping the journal and opening the disk again is a
//! crash and a restart.

use std::collections::HashSet;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::journal::{
    Ack, Draft, Journal, JournalError, Records,
    batch::Batch,
    record::{Hash, Row, open},
    recover::{Checked, Head},
};

/// What may happen to an append.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// Nothing is written; the append fails.
    Refuse,
    /// Only the first records are written; the append fails. No real journal does this.
    Tear {
        /// How many are.
        keep: usize,
    },
    /// The writing ends in the middle, at any byte; the append fails. A record that was begun is on the disk
    /// and does not check; opening the disk drops it.
    TearAt {
        /// Bytes of payload that are written.
        bytes: usize,
    },
    /// Everything is written; the append fails all the same.
    LoseAck,
}

#[derive(Debug, Default)]
struct Disk {
    rows: Vec<Row>,
    ids: HashSet<String>,
}

/// What survives the journal; clones are the same disk.
#[derive(Debug, Clone, Default)]
pub struct MemoryDisk(Arc<Mutex<Disk>>);

impl MemoryDisk {
    fn disk(&self) -> MutexGuard<'_, Disk> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Returns the number of records on it.
    pub fn len(&self) -> usize {
        self.disk().rows.len()
    }

    /// Returns true when there are none.
    pub fn is_empty(&self) -> bool {
        self.disk().rows.is_empty()
    }

    /// Drops a last record that was begun and not finished.
    fn drop_torn(&self) {
        let mut disk = self.disk();
        let Some(row) = disk.rows.last().cloned() else {
            return;
        };
        let before = disk.rows.iter().rev().nth(1);
        let previous = before.map_or(Hash::NONE, |row| row.hash);
        if open(row.clone(), previous).is_err() {
            disk.ids.remove(&row.message_id);
            disk.rows.pop();
        }
    }

    /// Loses all but the first `keep` records.
    pub fn cut(&self, keep: usize) {
        let mut disk = self.disk();
        let keep = keep.min(disk.rows.len());
        for row in disk.rows.split_off(keep) {
            disk.ids.remove(&row.message_id);
        }
    }
}

/// The journal over a [`MemoryDisk`].
#[derive(Debug)]
pub struct MemoryJournal {
    disk: MemoryDisk,
    last: Head,
    appends: u64,
    fault: Option<(u64, Fault)>,
    stopped: Option<JournalError>,
}

impl Default for MemoryJournal {
    fn default() -> Self {
        Self::new()
    }
}

impl MemoryJournal {
    /// Opens an empty disk.
    pub fn new() -> Self {
        Self::open(MemoryDisk::default())
    }

    /// Opens a disk as it was left.
    pub fn open(disk: MemoryDisk) -> Self {
        disk.drop_torn();
        let last = disk.disk().rows.last().map_or(Head::default(), |row| Head {
            seq: row.seq,
            hash: row.hash,
        });
        Self {
            disk,
            last,
            appends: 0,
            fault: None,
            stopped: None,
        }
    }

    /// Returns its disk.
    pub fn disk(&self) -> MemoryDisk {
        self.disk.clone()
    }

    /// Orders a fault for the `append`th append from opening, counted from 1.
    pub fn fail_at(&mut self, append: u64, fault: Fault) {
        self.fault = Some((append, fault));
    }

    fn write(&mut self, batch: Vec<Draft>) -> Result<Ack, JournalError> {
        if let Some(error) = &self.stopped {
            return Err(JournalError::stopped(error));
        }
        self.appends += 1;
        let fault = self.fault.filter(|(at, _)| *at == self.appends);
        let (mut head, mut ids) = (self.last, HashSet::new());
        let batch = Batch::seal(batch, &mut head)?;
        let mut rows: Vec<Row> = batch.rows().map(|row| row.to_owned()).collect();
        let mut disk = self.disk.disk();
        for row in &rows {
            if disk.ids.contains(&row.message_id) || !ids.insert(row.message_id.clone()) {
                return Err(JournalError::Duplicate {
                    seq: row.seq,
                    message_id: row.message_id.clone(),
                });
            }
        }
        let keep = match fault {
            Some((_, Fault::Refuse)) => 0,
            Some((_, Fault::Tear { keep })) => keep,
            Some((_, Fault::TearAt { bytes })) => tear(&mut rows, bytes),
            Some((_, Fault::LoseAck)) | None => rows.len(),
        };
        rows.truncate(keep);
        disk.ids
            .extend(rows.iter().map(|row| row.message_id.clone()));
        disk.rows.append(&mut rows);
        drop(disk);
        if let Some((at, fault)) = fault {
            return Err(JournalError::stopped(&format!("{fault:?} at append {at}")));
        }
        let first = self.last.seq + 1;
        self.last = head;
        Ok(Ack {
            first,
            last: head.seq,
        })
    }
}

/// Breaks the row in which so many bytes of payload end; returns how many rows are on the disk, that one with them.
fn tear(rows: &mut [Row], bytes: usize) -> usize {
    let mut left = bytes;
    for (at, row) in rows.iter_mut().enumerate() {
        if left < row.payload.len() {
            let end = row.payload.floor_char_boundary(left);
            row.payload.truncate(end);
            return at + 1;
        }
        left -= row.payload.len();
    }
    rows.len()
}

impl Journal for MemoryJournal {
    fn last(&self) -> (u64, Hash) {
        (self.last.seq, self.last.hash)
    }

    fn append(&mut self, batch: Vec<Draft>) -> Result<Ack, JournalError> {
        let result = self.write(batch);
        if let Err(error) = &result {
            self.stopped.get_or_insert_with(|| error.clone());
        }
        result
    }

    fn read(&self, from: u64) -> Result<Records<'_>, JournalError> {
        let skip = usize::try_from(from.max(1) - 1).unwrap_or(usize::MAX);
        let disk = self.disk.disk();
        let start = skip.checked_sub(1).and_then(|at| disk.rows.get(at));
        let start = start.map_or(Head::default(), |row| Head {
            seq: row.seq,
            hash: row.hash,
        });
        let rows = disk.rows.get(skip..).unwrap_or_default().to_vec();
        let rows = rows.into_iter().map(Ok);
        Ok(Box::new(Checked::new(
            rows,
            open,
            start,
            Head::default(),
            None,
        )))
    }
}
