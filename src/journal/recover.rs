//! Reading back: every record is checked against the one before, and the first bad one is named.
//!
//! A batch is one SQLite transaction, so a crash leaves all of it or none of
//! it: there is no torn tail to mend, and nothing here ever mends. What the
//! chain alone cannot show, records missing at its end, the head shows: the
//! place and hash of the last record, kept beside the records.

use crate::journal::{
    JournalError,
    record::{Hash, Row},
    witness::Named,
};

/// Where a chain stands: its last record.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Head {
    pub(crate) seq: u64,
    pub(crate) hash: Hash,
}

impl std::fmt::Display for Head {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}:{}", self.seq, self.hash)
    }
}

impl Head {
    /// Reads a head as it is written.
    pub(crate) fn from_text(text: &str) -> Option<Self> {
        let (seq, hash) = text.split_once(':')?;
        Some(Self {
            seq: seq.parse().ok()?,
            hash: Hash::from_hex(hash)?,
        })
    }
}

/// Reads a row that follows the record of that hash; the words say what is wrong with it.
type Open<T> = fn(Row, Hash) -> Result<T, String>;

/// Turns rows into what `open` reads of them, checking each; ends after the first error.
#[derive(Debug)]
pub(crate) struct Checked<I, T> {
    rows: I,
    open: Open<T>,
    at: Head,
    end: Head,
    witness: Option<Named>,
    done: bool,
}

impl<I: Iterator<Item = Result<Row, JournalError>>, T> Checked<I, T> {
    /// Reads `rows` that follow `start`, and must reach `end` and what the witness names; rows past it are read too.
    pub(crate) fn new(
        rows: I,
        open: Open<T>,
        start: Head,
        end: Head,
        witness: Option<Named>,
    ) -> Self {
        Self {
            rows,
            open,
            at: start,
            end,
            witness,
            done: false,
        }
    }

    fn check(&mut self, row: Row) -> Result<T, JournalError> {
        let seq = self.at.seq + 1;
        if row.seq != seq {
            let what = if row.seq > seq {
                format!("it is missing: record {} follows {}", row.seq, self.at.seq)
            } else {
                format!("record {} stands in its place", row.seq)
            };
            return Err(JournalError::damaged(seq, what));
        }
        let hash = row.hash;
        let read =
            (self.open)(row, self.at.hash).map_err(|what| JournalError::damaged(seq, what))?;
        self.at = Head { seq, hash };
        if self.at.seq == self.end.seq && self.at.hash != self.end.hash {
            let what = "its hash is not the one the journal's head names";
            return Err(JournalError::damaged(seq, what));
        }
        if let Some(witness) = self.witness.filter(|witness| witness.seq() == seq) {
            witness.agrees(self.at.hash)?;
        }
        Ok(read)
    }

    fn missing(&self) -> Option<JournalError> {
        let (seq, end) = (self.at.seq + 1, self.end.seq);
        let what = format!("it is missing: the journal's head names record {end}");
        if seq <= end {
            return Some(JournalError::damaged(seq, what));
        }
        self.witness
            .and_then(|witness| witness.reached(self.at.seq).err())
    }
}

impl<I: Iterator<Item = Result<Row, JournalError>>, T> Iterator for Checked<I, T> {
    type Item = Result<T, JournalError>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.done {
            return None;
        }
        let item = match self.rows.next() {
            Some(row) => Some(row.and_then(|row| self.check(row))),
            None => self.missing().map(Err),
        };
        self.done = !matches!(item, Some(Ok(_)));
        item
    }
}
