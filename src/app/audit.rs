//! Works out again, beside a running desk, what a checkpoint said at its start.
//!
//! A start from a checkpoint checks only the records after it. The ones before are
//! read here, from the first on: each against the chain, and all of them replayed
//! into a state that must come out, byte for byte, as the checkpoint had it. What
//! does not agree is told at once. Takes turns with the rest of the desk.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, sync_channel};
use std::thread::JoinHandle;
use std::time::Duration;

use crate::app::recover::{Anchor, books_digest};
use crate::app::system::give_way;
use crate::engine::State;
use crate::journal::{JournalError, SqliteJournal, drop_checkpoints};

/// Records read between two rests, and how long one is: about half of one processor at most.
const PAGE: u64 = 256;
const REST: Duration = Duration::from_micros(600);

/// What does not agree.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{words}; `desk journal verify` reads every record")]
pub struct Finding {
    /// In words, with the record's place.
    pub words: String,
}

/// A check that is under way.
#[derive(Debug)]
pub struct Audit {
    stop: SyncSender<()>,
    thread: JoinHandle<Option<Finding>>,
}

impl Audit {
    /// Starts to check the journal of a folder up to an anchor; `found` hears of the first thing that does not agree.
    ///
    /// `distrust` is set when the checkpoint was wrong, so that nothing that came of it is kept.
    ///
    /// # Errors
    /// When the system gives no thread.
    pub fn start(
        folder: PathBuf,
        empty: State,
        anchor: Anchor,
        distrust: Arc<AtomicBool>,
        found: impl FnOnce(&Finding) + Send + 'static,
    ) -> std::io::Result<Self> {
        let (stop, stopped) = sync_channel(1);
        let thread = std::thread::Builder::new()
            .name("audit".into())
            .spawn(move || {
                give_way();
                let go_on = || !stopped_within(&stopped, REST);
                let finding = check(&folder, empty, &anchor, &distrust, go_on)?;
                tracing::error!(finding = %finding.words, "the journal is not what the books came from");
                found(&finding);
                Some(finding)
            })?;
        Ok(Self { stop, thread })
    }

    /// Stops it and returns what it found until now.
    pub fn end(self) -> Option<Finding> {
        self.stop.try_send(()).unwrap_or_default();
        self.thread.join().unwrap_or_default()
    }
}

fn stopped_within(stopped: &Receiver<()>, rest: Duration) -> bool {
    !matches!(stopped.recv_timeout(rest), Err(RecvTimeoutError::Timeout))
}

/// Reads and replays the records up to an anchor, and returns what does not agree; `go_on` is asked now and then.
pub fn check(
    folder: &Path,
    empty: State,
    anchor: &Anchor,
    distrust: &AtomicBool,
    go_on: impl FnMut() -> bool,
) -> Option<Finding> {
    match replayed(folder, empty, anchor, go_on) {
        Ok(true) => None,
        Ok(false) => {
            // The next start is not to believe it, nor anything this session makes of it.
            distrust.store(true, Ordering::SeqCst);
            let dropped = drop_checkpoints(folder);
            let next = match dropped {
                Ok(()) => "close the desk and start it again: it then reads all records".to_owned(),
                Err(error) => error.to_string(),
            };
            let seq = anchor.seq;
            let words = format!(
                "the checkpoint at record {seq} is not what the records before it come to: {next}"
            );
            Some(Finding { words })
        }
        Err(error) => Some(Finding {
            words: error.to_string(),
        }),
    }
}

/// Returns whether the records come to what the anchor says; true when it was told to stop.
fn replayed(
    folder: &Path,
    mut state: State,
    anchor: &Anchor,
    mut go_on: impl FnMut() -> bool,
) -> Result<bool, JournalError> {
    let reader = SqliteJournal::open_read_only(folder)?;
    for item in reader.facts(1, false)? {
        let (seq, fact) = item?;
        match &fact {
            Some(fact) => state.apply(seq, fact),
            None => state.pass(seq),
        }
        if seq == anchor.seq {
            break;
        }
        if seq % PAGE == 0 && !go_on() {
            return Ok(true);
        }
    }
    let same_record = reader.hash_at(anchor.seq)? == Some(anchor.hash);
    let written = state.keep().write();
    let digest = written.map(|written| books_digest(&written.books, &written.orders));
    Ok(same_record && digest.as_ref() == Ok(&anchor.books))
}
