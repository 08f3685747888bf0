//! The thread that owns the writing connection: batches that wait while one syncs are committed together.
//!
//! Its queue is bounded; when it is full the engine waits, so a slow disk slows
//! the desk and loses nothing. The first failure ends the thread: every batch
//! that waits and every later one is told why.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, TryRecvError, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;

use rusqlite::{Connection, ErrorCode, Statement, params};

use crate::journal::{
    Ack, JournalError, Pending, batch::Batch, folder, place::Place, record::Row, recover::Head,
    witness::Witness,
};

/// Batches that wait for the writer at most.
const QUEUE: usize = 64;
/// Records of one transaction at most, beyond its first batch.
const GROUP: usize = 8192;
/// The log's size from which it is moved into the file when nothing waits, and whatever waits.
const LOG_SOFT: usize = 2 << 20;
const LOG_HARD: usize = 32 << 20;
/// What a commit adds to the log beside its records: the pages it touches, about four.
const LOG_COMMIT: usize = 4 * 4096;

const INSERT: &str =
    "INSERT INTO records (seq, at_us, source, cause, subject, message_id, payload, hash)
     VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)";
const SET_HEAD: &str = "INSERT INTO meta VALUES ('head', ?1)
    ON CONFLICT (key) DO UPDATE SET value = excluded.value";

struct Job {
    batch: Batch,
    ack: Ack,
    reply: SyncSender<Result<Ack, JournalError>>,
}

#[derive(Debug, Default)]
struct Shared {
    stopped: Mutex<Option<JournalError>>,
    commits: AtomicU64,
}

impl Shared {
    /// Keeps the first error.
    fn stop(&self, error: &JournalError) {
        let mut stopped = self.stopped.lock().unwrap_or_else(PoisonError::into_inner);
        stopped.get_or_insert_with(|| error.clone());
    }

    fn check(&self) -> Result<(), JournalError> {
        let stopped = self.stopped.lock().unwrap_or_else(PoisonError::into_inner);
        match &*stopped {
            Some(error) => Err(JournalError::stopped(error)),
            None => Ok(()),
        }
    }
}

/// The journal's side of the thread; dropping it waits until all that was handed over is done.
#[derive(Debug)]
pub(crate) struct Writer {
    jobs: Option<SyncSender<Job>>,
    thread: Option<JoinHandle<()>>,
    shared: Arc<Shared>,
}

impl Writer {
    /// Starts the thread on a connection that is set up, behind the last record there is.
    pub(crate) fn start(
        connection: Connection,
        path: PathBuf,
        last: Head,
    ) -> Result<Self, JournalError> {
        let outside = Outside::open(&path)?;
        let shared = Arc::new(Shared::default());
        let (jobs, queue) = sync_channel(QUEUE);
        let failed = {
            let path = path.clone();
            move |error| JournalError::io("start the writer of", &path, &error)
        };
        let thread = std::thread::Builder::new()
            .name("journal".to_owned())
            .spawn({
                let shared = Arc::clone(&shared);
                move || run(&connection, &path, (outside, last), &queue, &shared)
            })
            .map_err(failed)?;
        Ok(Self {
            jobs: Some(jobs),
            thread: Some(thread),
            shared,
        })
    }

    /// Returns the first failure, if there was one.
    pub(crate) fn check(&self) -> Result<(), JournalError> {
        self.shared.check()
    }

    /// Refuses everything from here on.
    pub(crate) fn stop(&self, error: &JournalError) {
        self.shared.stop(error);
    }

    pub(crate) fn commits(&self) -> u64 {
        self.shared.commits.load(Ordering::Relaxed)
    }

    /// Puts a batch in the queue, waiting for room.
    pub(crate) fn hand_over(&self, batch: Batch, ack: Ack) -> Result<Pending, JournalError> {
        let (reply, answer) = sync_channel(1);
        let job = Job { batch, ack, reply };
        let taken = self
            .jobs
            .as_ref()
            .is_some_and(|jobs| jobs.send(job).is_ok());
        if !taken {
            self.check()?;
            return Err(JournalError::stopped("its writer is gone"));
        }
        Ok(Pending::on(answer))
    }
}

impl Drop for Writer {
    fn drop(&mut self) {
        drop(self.jobs.take());
        if let Some(thread) = self.thread.take() {
            // A writer that died has told everyone who waited by dropping their replies.
            thread.join().unwrap_or_default();
        }
    }
}

fn run(
    connection: &Connection,
    path: &Path,
    (mut outside, last): (Outside, Head),
    queue: &Receiver<Job>,
    shared: &Shared,
) {
    let mut statements = match Statements::prepare(connection) {
        Ok(statements) => statements,
        Err(error) => {
            // Dropping the queue tells whoever waits; what they are told is kept first.
            shared.stop(&JournalError::sqlite("write", path, &error));
            return;
        }
    };
    // Whatever an earlier start made of the file, or a cut left of it, is on the disk before anything relies on it.
    let ready = move_log(connection, path)
        .and_then(|()| folder::sync_folder(path))
        .and_then(|()| outside.witness.write(last));
    if let Err(error) = ready {
        shared.stop(&error);
        return;
    }
    let mut logged = 0;
    while let Some(first) = next(queue, connection, path, shared, &mut logged) {
        let jobs = gather(first, queue);
        let outcome = shared
            .check()
            .and_then(|()| statements.commit(connection, path, &jobs))
            .and_then(|(head, bytes)| outside.follow(head).map(|()| bytes));
        match &outcome {
            Ok(bytes) => {
                logged += bytes;
                shared.commits.fetch_add(1, Ordering::Relaxed);
            }
            Err(error) => shared.stop(error),
        }
        for job in jobs {
            let answer = outcome.clone().map(|_| job.ack);
            // Nobody may be waiting any more; the batch is as durable as it is.
            job.reply.send(answer).unwrap_or_default();
        }
    }
    // Closed in good order: the file alone holds everything, so that a copy of it does too.
    if shared.check().is_ok()
        && let Err(error) = empty_log(connection, path)
    {
        tracing::warn!(%error, "the journal's log could not be moved into its file; it is read from there next time");
    }
}

/// What is looked at and written outside the database between a commit and its acknowledgement.
struct Outside {
    place: Place,
    witness: Witness,
}

impl Outside {
    fn open(path: &Path) -> Result<Self, JournalError> {
        Ok(Self {
            place: Place::of(path)?,
            witness: Witness::open(path)?,
        })
    }

    fn follow(&mut self, last: Head) -> Result<(), JournalError> {
        self.place.check()?;
        self.witness.write(last)
    }
}

/// Moves all of the log into the file, syncs it and leaves the log empty, unless a reader still needs it.
fn empty_log(connection: &Connection, path: &Path) -> Result<(), JournalError> {
    let moved = connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(()));
    moved.map_err(|error| JournalError::sqlite("move the log into", path, &error))
}

/// Waits for the next batch; moves the log into the file when there is none, or when it grew too large.
fn next(
    queue: &Receiver<Job>,
    connection: &Connection,
    path: &Path,
    shared: &Shared,
    logged: &mut usize,
) -> Option<Job> {
    let waiting = match queue.try_recv() {
        Ok(job) => Some(job),
        Err(TryRecvError::Empty) => None,
        Err(TryRecvError::Disconnected) => return None,
    };
    let limit = if waiting.is_some() {
        LOG_HARD
    } else {
        LOG_SOFT
    };
    if *logged > limit {
        *logged = 0;
        if let Err(error) = move_log(connection, path) {
            shared.stop(&error);
        }
    }
    waiting.or_else(|| queue.recv().ok())
}

/// Syncs the log, moves what it holds into the file and syncs that.
fn move_log(connection: &Connection, path: &Path) -> Result<(), JournalError> {
    let moved = connection.query_row("PRAGMA wal_checkpoint(PASSIVE)", [], |_| Ok(()));
    moved.map_err(|error| JournalError::sqlite("move the log into", path, &error))
}

fn gather(first: Job, queue: &Receiver<Job>) -> Vec<Job> {
    let mut records = first.batch.len();
    let mut jobs = vec![first];
    while records < GROUP {
        let Ok(job) = queue.try_recv() else { break };
        records += job.batch.len();
        jobs.push(job);
    }
    jobs
}

/// The statements of a commit, prepared once.
struct Statements<'a> {
    begin: Statement<'a>,
    insert: Statement<'a>,
    set_head: Statement<'a>,
    commit: Statement<'a>,
}

impl<'a> Statements<'a> {
    fn prepare(connection: &'a Connection) -> rusqlite::Result<Self> {
        Ok(Self {
            begin: connection.prepare("BEGIN IMMEDIATE")?,
            insert: connection.prepare(INSERT)?,
            set_head: connection.prepare(SET_HEAD)?,
            commit: connection.prepare("COMMIT")?,
        })
    }

    /// Writes all batches in one synced transaction; returns the last record and roughly how many bytes the log grew by.
    fn commit(
        &mut self,
        connection: &Connection,
        path: &Path,
        jobs: &[Job],
    ) -> Result<(Head, usize), JournalError> {
        let outcome = self.write(path, jobs);
        if outcome.is_err() {
            // SQLite has already undone some failures by itself, and then has nothing to roll back.
            connection.execute_batch("ROLLBACK").unwrap_or_default();
        }
        outcome
    }

    fn write(&mut self, path: &Path, jobs: &[Job]) -> Result<(Head, usize), JournalError> {
        let failed = |error: rusqlite::Error| JournalError::sqlite("write", path, &error);
        self.begin.execute([]).map_err(failed)?;
        let (mut head, mut bytes) = (Head::default(), LOG_COMMIT);
        for row in jobs.iter().flat_map(|job| job.batch.rows()) {
            self.insert(&row)
                .map_err(|error| match error.sqlite_error_code() {
                    Some(ErrorCode::ConstraintViolation) => JournalError::Duplicate {
                        seq: row.seq,
                        message_id: row.message_id.to_owned(),
                    },
                    _ => failed(error),
                })?;
            bytes += 256 + row.payload.len();
            head = Head {
                seq: row.seq,
                hash: row.hash,
            };
        }
        self.set_head.execute([head.to_string()]).map_err(failed)?;
        self.commit.execute([]).map_err(failed)?;
        Ok((head, bytes))
    }

    fn insert(&mut self, row: &Row<&str>) -> rusqlite::Result<usize> {
        let place = |seq: u64| i64::try_from(seq).unwrap_or(i64::MAX);
        self.insert.execute(params![
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
}
