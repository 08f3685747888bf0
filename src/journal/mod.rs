//! The journal: what was said and what happened, durable, in order, tamper-evident.
//!
//! Stands between the engine and everything that leaves: a batch of inputs and
//! facts is appended and synced first, effects and snapshots are released after.
//! Records are numbered without gaps, each carries the published JSON of its
//! event and a hash chained over the one before, and no message id comes twice.
//! A journal that failed once takes nothing more: it never skips a record.
//! Market data does not come here, and nothing here looks into an event except
//! to name it.

mod batch;
mod checkpoint;
mod error;
mod export;
mod facts;
mod folder;
mod memory;
mod name;
mod place;
mod record;
mod recover;
mod report;
mod sqlite;
mod witness;
mod writer;

pub use checkpoint::{Checkpoint, checkpoints, drop_checkpoints};
pub use error::JournalError;
pub use export::{VerdictRow, fills, verdicts};
pub use folder::FolderLock;
pub use memory::{Fault, MemoryDisk, MemoryJournal};
pub use name::{message_id, subject_of};
pub use record::{Hash, canonical_bytes};
pub use report::{Bad, Stats, VerifyReport, stats, verify};
pub use sqlite::{JOURNAL_FILE, SqliteJournal, SqliteReader};

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::domain::{FundId, Timestamp};
use crate::event::{Fact, Header, Input, Source, Subject};

/// What a record carries.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Payload {
    /// Something that reached the engine.
    Input(Input),
    /// Something that happened.
    Fact(Fact),
}

/// A record before it has its place.
#[derive(Debug, Clone, PartialEq)]
pub struct Draft {
    /// When it entered the engine.
    pub at: Timestamp,
    /// Who said it.
    pub source: Source,
    /// The input it answers; none for an input.
    pub cause: Option<u64>,
    /// What it is called on the bus.
    pub subject: Subject,
    /// Never twice in one journal.
    pub message_id: String,
    /// What it says.
    pub payload: Payload,
}

impl Draft {
    /// Names a payload; `header.seq` is the place it will have: `last().0 + 1 +` its index in the batch.
    pub fn new(header: Header, payload: Payload, fund: &FundId) -> Self {
        let subject = subject_of(&payload, fund);
        Self {
            message_id: message_id(&payload, &subject, header.seq),
            subject,
            at: header.at,
            source: header.source,
            cause: header.cause,
            payload,
        }
    }
}

/// A record as it stands in the journal.
#[derive(Debug, Clone, PartialEq)]
pub struct Record {
    /// Its place, from 1, without gaps.
    pub seq: u64,
    /// When it entered the engine.
    pub at: Timestamp,
    /// Who said it.
    pub source: Source,
    /// The input it answers; none for an input.
    pub cause: Option<u64>,
    /// What it is called on the bus.
    pub subject: Subject,
    /// Never twice in one journal.
    pub message_id: String,
    /// What it says.
    pub payload: Payload,
    /// Over this record and the hash of the one before.
    pub hash: Hash,
}

/// A batch is durable.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Ack {
    /// Place of the batch's first record; one past `last` for an empty batch.
    pub first: u64,
    /// Place of its last record.
    pub last: u64,
}

/// Records in order, each checked against the chain; ends after the first error.
pub type Records<'a> = Box<dyn Iterator<Item = Result<Record, JournalError>> + 'a>;

/// The places of records in order, with the fact of each that is one; ends after the first error.
pub type Facts<'a> = Box<dyn Iterator<Item = Result<(u64, Option<Fact>), JournalError>> + 'a>;

/// Keeps records.
///
/// One writer. Places are given in the order of appends, from `last().0 + 1`. After
/// an error every further append is refused; opening again shows what is durable.
pub trait Journal: Send + fmt::Debug {
    /// Returns the place and hash of the last record appended; zero for an empty journal.
    fn last(&self) -> (u64, Hash);

    /// Appends a batch, all of it or nothing, and returns after it is synced.
    ///
    /// # Errors
    /// When it is not, or may not be, durable. Trading must stop.
    fn append(&mut self, batch: Vec<Draft>) -> Result<Ack, JournalError>;

    /// Reads durable records from place `from` on, checking the chain.
    ///
    /// # Errors
    /// When the journal cannot be read at all; damage comes as an item.
    fn read(&self, from: u64) -> Result<Records<'_>, JournalError>;
}
