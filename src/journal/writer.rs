//! Writing: whoever appends commits and syncs by himself, and a thread beside him keeps the log small.
//!
//! What may be sent waits for the disk in any case, so handing a batch to another
//! thread would add two wake-ups to each order and spare nothing. Batches are grouped
//! where they come about: all that is ready in one turn of the engine is one batch.
//! Moving the log into the file takes two more syncs and nobody waits for it, so the
//! thread beside does it on a connection of its own while commits go on. The first
//! failure of either stops both: every later batch is told why.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;

use rusqlite::{Connection, ErrorCode, OpenFlags, params};

use crate::journal::{
    JournalError,
    batch::Batch,
    folder,
    place::Place,
    record::Row,
    recover::Head,
    sqlite::{SYNCS, WRITES},
    witness::Witness,
};

/// Pages of 4 KiB in the log from which it is moved into the file beside the commits: 2 MiB.
const LOG_SOFT: u64 = 512;
/// Pages from which a commit waits until it is moved: 32 MiB.
const LOG_HARD: u64 = 8192;

const INSERT: &str =
    "INSERT INTO records (seq, at_us, source, cause, subject, message_id, payload, hash)
     VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)";
const SET_HEAD: &str = "INSERT INTO meta VALUES ('head', ?1)
    ON CONFLICT (key) DO UPDATE SET value = excluded.value";

/// The first failure, of whichever side.
#[derive(Debug, Clone, Default)]
struct Stopped(Arc<Mutex<Option<JournalError>>>);

impl Stopped {
    fn set(&self, error: &JournalError) {
        let mut stopped = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        stopped.get_or_insert_with(|| error.clone());
    }

    fn check(&self) -> Result<(), JournalError> {
        let stopped = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        match &*stopped {
            Some(error) => Err(JournalError::stopped(error)),
            None => Ok(()),
        }
    }
}

/// The writing connection, and what is looked at and written outside the database with each commit.
#[derive(Debug)]
pub(crate) struct Writer {
    connection: Connection,
    path: PathBuf,
    place: Place,
    witness: Witness,
    /// The last record, until the first commit; then it has been named.
    begun: Option<Head>,
    mover: Mover,
    /// Pages in the log after the last commit.
    logged: Arc<AtomicU64>,
    stopped: Stopped,
}

impl Writer {
    /// Takes over a connection that is set up, behind the last record there is.
    pub(crate) fn start(
        mut connection: Connection,
        path: PathBuf,
        last: Head,
    ) -> Result<Self, JournalError> {
        let (place, witness) = (Place::of(&path)?, Witness::open(&path)?);
        let logged = Arc::new(AtomicU64::new(0));
        let seen = Arc::clone(&logged);
        connection
            .wal_hook(Some(move |_: &mut _, pages| {
                seen.store(u64::try_from(pages).unwrap_or(0), Ordering::Relaxed);
                Ok(())
            }))
            .map_err(|error| JournalError::sqlite("open", &path, &error))?;
        let stopped = Stopped::default();
        let mover = Mover::start(path.clone(), stopped.clone())?;
        Ok(Self {
            connection,
            path,
            place,
            witness,
            begun: Some(last),
            mover,
            logged,
            stopped,
        })
    }

    /// Returns the first failure, if there was one.
    pub(crate) fn check(&self) -> Result<(), JournalError> {
        self.stopped.check()
    }

    /// Refuses everything from here on.
    pub(crate) fn stop(&self, error: &JournalError) {
        self.stopped.set(error);
    }

    /// Makes a batch durable: all of it or nothing.
    pub(crate) fn commit(&mut self, batch: &Batch) -> Result<(), JournalError> {
        self.settle()?;
        let outcome = self
            .write(batch)
            .and_then(|head| self.follow(head))
            .and_then(|()| self.keep_small());
        outcome.inspect_err(|error| self.stop(error))
    }

    /// Waits, once, until what an earlier start left is on the disk, and names the record it ends with.
    fn settle(&mut self) -> Result<(), JournalError> {
        if let Some(last) = self.begun {
            self.mover.ready();
            self.check()?;
            self.follow(last).inspect_err(|error| self.stop(error))?;
            self.begun = None;
        }
        Ok(())
    }

    fn follow(&mut self, last: Head) -> Result<(), JournalError> {
        self.place.check()?;
        self.witness.write(last)
    }

    /// Has the log moved into the file when it has grown; does it here when it has grown too large.
    fn keep_small(&self) -> Result<(), JournalError> {
        match self.logged.load(Ordering::Relaxed) {
            LOG_HARD.. => move_log(&self.connection, &self.path),
            LOG_SOFT.. => {
                self.mover.wake();
                Ok(())
            }
            _ => Ok(()),
        }
    }

    /// Writes a batch in one synced transaction; returns the last record.
    fn write(&self, batch: &Batch) -> Result<Head, JournalError> {
        let outcome = self.insert_all(batch);
        if outcome.is_err() {
            // SQLite has already undone some failures by itself, and then has nothing to roll back.
            self.connection
                .execute_batch("ROLLBACK")
                .unwrap_or_default();
        }
        outcome
    }

    fn insert_all(&self, batch: &Batch) -> Result<Head, JournalError> {
        let failed = |error: rusqlite::Error| JournalError::sqlite("write", &self.path, &error);
        let cached = |sql| self.connection.prepare_cached(sql).map_err(failed);
        cached("BEGIN IMMEDIATE")?.execute([]).map_err(failed)?;
        let mut head = Head::default();
        let mut insert = cached(INSERT)?;
        for row in batch.rows() {
            insert_one(&mut insert, &row).map_err(|error| match error.sqlite_error_code() {
                Some(ErrorCode::ConstraintViolation) => JournalError::Duplicate {
                    seq: row.seq,
                    message_id: row.message_id.to_owned(),
                },
                _ => failed(error),
            })?;
            head = Head {
                seq: row.seq,
                hash: row.hash,
            };
        }
        let text = head.to_string();
        cached(SET_HEAD)?.execute([text]).map_err(failed)?;
        cached("COMMIT")?.execute([]).map_err(failed)?;
        Ok(head)
    }
}

fn insert_one(insert: &mut rusqlite::Statement<'_>, row: &Row<&str>) -> rusqlite::Result<usize> {
    let place = |seq: u64| i64::try_from(seq).unwrap_or(i64::MAX);
    insert.execute(params![
        place(row.seq),
        row.at_us,
        row.source,
        row.cause.map(place),
        row.subject,
        row.message_id,
        row.payload,
        row.hash.0,
    ])
}

impl Drop for Writer {
    fn drop(&mut self) {
        let settled = self.settle();
        self.mover.finish();
        // Closed in good order: the file alone holds everything, so that a copy of it does too.
        let closed = settled.and_then(|()| self.check());
        if closed.is_ok()
            && let Err(error) = empty_log(&self.connection, &self.path)
        {
            tracing::warn!(%error, "the journal's log could not be moved into its file; it is read from there next time");
        }
    }
}

/// The thread that moves the log into the file.
#[derive(Debug)]
struct Mover {
    bell: Option<SyncSender<()>>,
    ready: Option<Receiver<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Mover {
    /// Starts the thread: it first makes sure of whatever an earlier start made of the file, or a cut left of it.
    fn start(path: PathBuf, stopped: Stopped) -> Result<Self, JournalError> {
        // One ring is enough: whoever hears it moves all there is.
        let (bell, rings) = sync_channel(1);
        let (done, ready) = sync_channel(1);
        let at = path.clone();
        let thread = std::thread::Builder::new()
            .name("journal".to_owned())
            .spawn(move || {
                if let Err(error) = mind(&path, &done, &rings) {
                    stopped.set(&error);
                }
            })
            .map_err(|error| JournalError::io("start the keeper of", &at, &error))?;
        Ok(Self {
            bell: Some(bell),
            ready: Some(ready),
            thread: Some(thread),
        })
    }

    /// Waits until what there was is on the disk, or the thread has said why it is not.
    fn ready(&mut self) {
        if let Some(Err(_)) = self.ready.take().map(|ready| ready.recv()) {
            // It has ended without a word here: what it said stands once it is waited for.
            self.finish();
        }
    }

    fn wake(&self) {
        if let Some(bell) = &self.bell {
            // Full means that it was woken already.
            bell.try_send(()).unwrap_or_default();
        }
    }

    fn finish(&mut self) {
        drop(self.bell.take());
        if let Some(thread) = self.thread.take() {
            // Nothing depends on what it leaves undone.
            thread.join().unwrap_or_default();
        }
    }
}

fn mind(path: &Path, done: &SyncSender<()>, rings: &Receiver<()>) -> Result<(), JournalError> {
    move_beside(path)?;
    folder::sync_folder(path)?;
    // Nobody waits any more where the journal is closed already.
    done.send(()).unwrap_or_default();
    while rings.recv().is_ok() {
        move_beside(path)?;
    }
    Ok(())
}

/// Moves the log on a connection made for it: it is needed for moments, hours apart, and its cache takes room.
fn move_beside(path: &Path) -> Result<(), JournalError> {
    let failed = |error: rusqlite::Error| JournalError::sqlite("open", path, &error);
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(path, flags).map_err(failed)?;
    connection.execute_batch(WRITES).map_err(failed)?;
    connection.execute_batch(SYNCS).map_err(failed)?;
    move_log(&connection, path)
}

/// Syncs the log, moves what it holds into the file and syncs that; what is in the midst of a commit stays.
fn move_log(connection: &Connection, path: &Path) -> Result<(), JournalError> {
    let moved = connection.query_row("PRAGMA wal_checkpoint(PASSIVE)", [], |_| Ok(()));
    moved.map_err(|error| JournalError::sqlite("move the log into", path, &error))
}

/// Moves all of the log into the file, syncs it and leaves the log empty, unless a reader still needs it.
fn empty_log(connection: &Connection, path: &Path) -> Result<(), JournalError> {
    let moved = connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(()));
    moved.map_err(|error| JournalError::sqlite("move the log into", path, &error))
}
