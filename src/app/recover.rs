//! From the journal back to the state: the one path of every start, whether after a quit or a power cut.
//!
//! A start begins at the newest checkpoint that agrees with the journal and with
//! itself, and replays the records after it; without one it replays all of them.
//! Either way the state is what the records come to: `audit` proves it of the
//! records that a checkpoint stood for.

use std::path::Path;
use std::time::SystemTime;

use sha2::{Digest, Sha256};

use crate::domain::Timestamp;
use crate::engine::{Replay, State};
use crate::event::{AccountFact, Fact, MarketEvent};
use crate::journal::{Checkpoint, Hash, JournalError, Payload, Record, SqliteReader, checkpoints};

/// Where a recovery began: the record a checkpoint stands at, and what it said.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Anchor {
    /// The record's place.
    pub seq: u64,
    /// The record's hash.
    pub hash: Hash,
    /// SHA-256 over what the records up to it come to.
    pub books: Hash,
}

/// A state, and how it was come by.
#[derive(Debug)]
pub struct Recovered {
    /// The state.
    pub state: State,
    /// The checkpoint it began at; none when all records were replayed.
    pub anchor: Option<Anchor>,
    /// Records replayed.
    pub replayed: u64,
    /// Checkpoints that could not be used, and why, in words.
    pub aside: Vec<String>,
}

/// Rebuilds the state from the newest usable checkpoint in `folder` and the records after it.
///
/// `empty` is the state of an empty journal; `program` is who is asking, because
/// another version may make something else of the same records.
///
/// # Errors
/// At the first record replayed that cannot be read or is not what was written.
pub fn recover(
    empty: State,
    reader: &SqliteReader,
    folder: &Path,
    program: &str,
) -> Result<Recovered, JournalError> {
    let mut aside = Vec::new();
    let mut found = None;
    for (seq, path) in checkpoints(folder)? {
        let loaded = Checkpoint::read(&path, program)
            .and_then(|checkpoint| load(&empty, reader, seq, &checkpoint));
        match loaded {
            Ok(loaded) => {
                found = Some(loaded);
                break;
            }
            Err(why) => aside.push(format!(
                "the checkpoint at record {seq} is left aside: {why}"
            )),
        }
    }
    let (mut state, anchor) = match found {
        Some((state, anchor)) => (state, Some(anchor)),
        None => (empty, None),
    };
    let mut replayed = 0;
    for item in reader.facts(state.seq() + 1, true)? {
        let (seq, fact) = item?;
        replayed += 1;
        match &fact {
            Some(fact) => state.apply(seq, fact),
            None => state.pass(seq),
        }
    }
    Ok(Recovered {
        state,
        anchor,
        replayed,
        aside,
    })
}

fn load(
    empty: &State,
    reader: &SqliteReader,
    seq: u64,
    checkpoint: &Checkpoint,
) -> Result<(State, Anchor), String> {
    let at = reader.hash_at(seq).map_err(|error| error.to_string())?;
    if checkpoint.seq != seq || at.is_none() {
        return Err("the journal has no such record".to_owned());
    }
    if at != Some(checkpoint.hash) {
        return Err("the journal has another record there".to_owned());
    }
    let [books, orders, links] = checkpoint.parts.as_slice() else {
        return Err(format!("it has {} parts, not 3", checkpoint.parts.len()));
    };
    let state = empty.with_kept(books, orders, links)?;
    if state.seq() != seq || state.hash() != checkpoint.state {
        return Err("its state is not the one it was made of".to_owned());
    }
    let anchor = Anchor {
        seq,
        hash: checkpoint.hash,
        books: books_digest(books, orders),
    };
    Ok((state, anchor))
}

/// Returns SHA-256 over the parts of a written state that follow from records alone.
pub fn books_digest(books: &[u8], orders: &[u8]) -> Hash {
    let mut hasher = Sha256::new();
    for part in [books, orders] {
        hasher.update((part.len() as u64).to_be_bytes());
        hasher.update(part);
    }
    Hash(hasher.finalize().into())
}

/// Names this very program file: version, size and when it was written.
///
/// Two builds of one version may make different things of the same records.
pub fn program() -> String {
    let file = std::env::current_exe().and_then(std::fs::metadata).ok();
    let written = file.as_ref().and_then(|file| file.modified().ok());
    let since = written.and_then(|at| at.duration_since(SystemTime::UNIX_EPOCH).ok());
    let size = file.map_or(0, |file| file.len());
    let at = since.map_or(0, |since| since.as_micros());
    format!("{} {size} {at}", env!("CARGO_PKG_VERSION"))
}

/// Replays records into a state.
///
/// With `marks`, the quotes that simulated fills were made at are taken as marks, so
/// that a report without a live market can still value what is held.
///
/// # Errors
/// At the first record that cannot be read or is not what was written.
pub fn replay(
    state: State,
    records: impl Iterator<Item = Result<Record, JournalError>>,
    options: Options,
) -> Result<Replayed, JournalError> {
    let mut replay = Replay::new(state, options.rejudge);
    let mut events = 0;
    for record in records {
        let record = record?;
        if options.until.is_some_and(|until| record.seq > until) {
            break;
        }
        events += 1;
        match &record.payload {
            Payload::Input(_) => replay.input(record.seq),
            Payload::Fact(fact) => {
                if let (true, Some(mark)) = (options.marks, mark_of(fact)) {
                    replay.mark(&mark);
                }
                replay.fact(record.seq, fact);
            }
        }
    }
    Ok(Replayed { replay, events })
}

/// Returns when the books were opened, which is where the synthetic market begins; none for an empty journal.
///
/// # Errors
/// When the records looked at cannot be read or are not what was written.
pub fn opened_at(
    records: impl Iterator<Item = Result<Record, JournalError>>,
) -> Result<Option<Timestamp>, JournalError> {
    // The opening is the first fact and stands right behind the input that asked for it.
    for record in records.take(2) {
        if let Payload::Fact(Fact::Account(AccountFact::Opened { at, .. })) = record?.payload {
            return Ok(Some(at));
        }
    }
    Ok(None)
}

/// How to replay.
#[derive(Debug, Clone, Copy, Default)]
pub struct Options {
    /// Stop after this record.
    pub until: Option<u64>,
    /// Work every verdict out again.
    pub rejudge: bool,
    /// Take the quotes of fills as marks.
    pub marks: bool,
}

/// What a replay came to.
#[derive(Debug)]
pub struct Replayed {
    /// The replay, with its state and what did not agree.
    pub replay: Replay,
    /// Records read.
    pub events: u64,
}

fn mark_of(fact: &Fact) -> Option<MarketEvent> {
    match fact {
        Fact::Account(AccountFact::Filled {
            fill,
            quote: Some(quote),
            ..
        }) => Some(MarketEvent::Quote {
            quote: (**quote).clone(),
            received_at: fill.timestamp,
        }),
        Fact::Account(_) | Fact::Order(_) | Fact::Risk(_) | Fact::Link(_) => None,
    }
}
