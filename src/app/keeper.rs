//! Keeps what the records come to beside the journal, now and then, on a thread of its own.
//!
//! The engine only hands over a frozen state, which is a handful of pointers, and
//! never waits: while one is being written the next is not taken. A checkpoint
//! that cannot be written is said in the log and harms nothing, because whatever
//! is in it is in the journal.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread::JoinHandle;

use crate::app::system::give_way;
use crate::engine::{Kept, State};
use crate::journal::{Checkpoint, Hash, JournalError, drop_checkpoints};

/// Records between two checkpoints of a session: a start after a crash replays about so many.
const EVERY: u64 = 10_000;
/// Records since the last checkpoint from which the end of a session is worth one; fewer replay as fast.
const LEAST: u64 = 1000;

/// The engine's side of the thread.
#[derive(Debug)]
pub struct Keeper {
    jobs: Option<SyncSender<Job>>,
    thread: Option<JoinHandle<()>>,
    kept: u64,
}

#[derive(Debug)]
struct Job {
    kept: Kept,
    hash: Hash,
}

impl Keeper {
    /// Starts the thread; `kept` is the place of the newest checkpoint that can be used.
    ///
    /// Once `distrust` is set, what this session holds is not worth keeping: no checkpoint stays.
    ///
    /// # Errors
    /// When the system gives no thread.
    pub fn start(
        folder: PathBuf,
        program: String,
        kept: u64,
        distrust: Arc<AtomicBool>,
    ) -> std::io::Result<Self> {
        // Nothing waits in between: a state is taken when the thread is free, or not at all.
        let (jobs, queue) = sync_channel(0);
        let thread = std::thread::Builder::new()
            .name("keeper".into())
            .spawn(move || {
                give_way();
                run(&queue, &folder, &program, &distrust);
            })?;
        Ok(Self {
            jobs: Some(jobs),
            thread: Some(thread),
            kept,
        })
    }

    /// Offers the state after a commit; `last` is the journal's last record, which it must contain and nothing after.
    pub fn offer(&mut self, state: &State, last: (u64, Hash)) {
        if last.0.saturating_sub(self.kept) < EVERY || state.seq() != last.0 {
            return;
        }
        let job = Job {
            kept: state.keep(),
            hash: last.1,
        };
        let sent = self.jobs.as_ref().map(|jobs| jobs.try_send(job));
        if matches!(sent, Some(Ok(()))) {
            self.kept = last.0;
        }
    }

    /// Keeps the last state of a session and waits until it is written.
    pub fn finish(self, state: &State, last: (u64, Hash)) {
        if last.0.saturating_sub(self.kept) >= LEAST
            && state.seq() == last.0
            && let Some(jobs) = &self.jobs
        {
            let job = Job {
                kept: state.keep(),
                hash: last.1,
            };
            // A thread that is gone has said why in the log.
            jobs.send(job).unwrap_or_default();
        }
    }
}

impl Drop for Keeper {
    fn drop(&mut self) {
        drop(self.jobs.take());
        if let Some(thread) = self.thread.take() {
            thread.join().unwrap_or_default();
        }
    }
}

fn run(queue: &Receiver<Job>, folder: &Path, program: &str, distrust: &AtomicBool) {
    while let Ok(Job { kept, hash }) = queue.recv() {
        let seq = kept.seq();
        let written = write(&kept, hash, folder, program);
        // Looked at after it is written: whoever sets it removes what is there only then.
        let outcome = match written {
            Ok(()) if distrust.load(Ordering::SeqCst) => drop_checkpoints(folder),
            other => other,
        };
        match outcome {
            Ok(()) => tracing::debug!(seq, "a checkpoint was written"),
            Err(error) => {
                tracing::warn!(seq, %error, "no checkpoint was written; the journal holds everything");
            }
        }
    }
}

/// Writes a checkpoint of a frozen state that ends with the record of that hash.
///
/// # Errors
/// When the system refuses.
pub fn write(kept: &Kept, hash: Hash, folder: &Path, program: &str) -> Result<(), JournalError> {
    let written = kept.write().map_err(|what| JournalError::Unfit {
        seq: kept.seq(),
        what,
    })?;
    let checkpoint = Checkpoint {
        seq: kept.seq(),
        hash,
        state: kept.hash(),
        parts: vec![written.books, written.orders, written.links],
    };
    checkpoint.write(folder, program)
}
