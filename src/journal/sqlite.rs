//! The embedded journal: one SQLite file in the data folder, in write-ahead mode, synced at every commit.
//!
//! One process writes, held by the folder's lock, and in it whoever owns the journal
//! (`writer`). Reading goes through a connection of its own,
//! also from other processes while a desk runs. Any SQLite tool can open the
//! file; what it changes is found by the chain.

use std::collections::VecDeque;
use std::path::{Path, PathBuf};
use std::time::Duration;

use rusqlite::{Connection, OpenFlags, OptionalExtension};

use crate::journal::{
    Ack, Draft, Facts, FolderLock, Journal, JournalError, Records,
    batch::Batch,
    facts::paged,
    folder,
    record::{FORMAT, Hash, Row, open, open_fact},
    recover::{Checked, Head},
    witness::{self, Named},
    writer::Writer,
};

/// The journal's file in the data folder.
pub const JOURNAL_FILE: &str = "journal.db";

/// How long another program may hold the write lock before the journal gives up.
const BUSY: Duration = Duration::from_secs(5);
/// Rows fetched at a time.
const PAGE: i64 = 256;

/// The tables. An id that ends in its record's own place is unique by that place; only those that end in a
/// state, reached once in an entity's life, need an index, and those of one entity lie side by side in it:
/// an order then touches one page of it and not one for each of its records.
const SCHEMA: &str = "
    CREATE TABLE records (
        seq INTEGER PRIMARY KEY,
        at_us INTEGER NOT NULL,
        source TEXT NOT NULL,
        cause INTEGER,
        subject TEXT NOT NULL,
        message_id TEXT NOT NULL,
        payload TEXT NOT NULL,
        hash BLOB NOT NULL
    ) STRICT;
    CREATE UNIQUE INDEX once ON records (substr(message_id, instr(message_id, ':') + 1))
        WHERE substr(message_id, -length(seq) - 1) <> ':' || seq;
    CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT, WITHOUT ROWID;";

/// What every connection that writes is told: nothing moves the log but `writer`, nothing in the file is code.
pub(super) const WRITES: &str = "PRAGMA wal_autocheckpoint = 0; PRAGMA trusted_schema = OFF;";
/// And how it syncs: a commit is on the disk when it returns.
pub(super) const SYNCS: &str = "PRAGMA synchronous = FULL; PRAGMA fullfsync = ON;
    PRAGMA checkpoint_fullfsync = ON;";

pub(crate) const SELECT: &str =
    "SELECT seq, at_us, source, cause, subject, message_id, payload, hash
    FROM records WHERE seq >= ?1 ORDER BY seq LIMIT ?2";

/// The desk's own journal, open for writing.
#[derive(Debug)]
pub struct SqliteJournal {
    writer: Writer,
    reader: SqliteReader,
    last: Head,
    _lock: FolderLock,
}

impl SqliteJournal {
    /// Opens the journal of a data folder for writing, and makes both where they are missing.
    ///
    /// Records are checked when they are read, not here.
    ///
    /// # Errors
    /// When another desk uses the folder, the file is of another format, its end is
    /// damaged, or the system refuses.
    pub fn open(folder: &Path) -> Result<Self, JournalError> {
        Self::open_limited(folder, u32::MAX - 1)
    }

    /// Opens like [`Self::open`] a file that may not grow beyond `pages_most` pages of 4 KiB.
    ///
    /// Reaching that is the same error as a full disk, which is what it is for in tests.
    ///
    /// # Errors
    /// As [`Self::open`].
    pub fn open_limited(folder: &Path, pages_most: u32) -> Result<Self, JournalError> {
        let lock = FolderLock::take(folder)?;
        let path = folder.join(JOURNAL_FILE);
        let fresh = folder::make_file(&path)?;
        let failed = |error: rusqlite::Error| JournalError::sqlite("open", &path, &error);
        let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let connection = Connection::open_with_flags(&path, flags).map_err(failed)?;
        prepare(&connection, pages_most, fresh).map_err(failed)?;
        let reader = SqliteReader::connect(path.clone())?;
        let last = reader.last()?;
        Ok(Self {
            writer: Writer::start(connection, path, last)?,
            reader,
            last,
            _lock: lock,
        })
    }

    /// Opens the journal of a data folder for reading only, also while a desk writes it.
    ///
    /// # Errors
    /// When there is none, it is of another format, or the system refuses.
    pub fn open_read_only(folder: &Path) -> Result<SqliteReader, JournalError> {
        let path = folder.join(JOURNAL_FILE);
        if std::fs::metadata(&path).map_or(true, |file| file.len() == 0) {
            return Err(JournalError::Absent { path });
        }
        SqliteReader::connect(path)
    }

    /// Returns the side of it that reads.
    pub fn reader(&self) -> &SqliteReader {
        &self.reader
    }
}

/// Sets the connection up for durable commits and makes the tables.
///
/// A fresh file is made without a sync: there is nothing in it to lose, and the thread that
/// keeps the log small syncs it with its folder before the first commit.
fn prepare(connection: &Connection, pages_most: u32, fresh: bool) -> rusqlite::Result<()> {
    connection.busy_timeout(BUSY)?;
    if fresh {
        connection.execute_batch("PRAGMA synchronous = OFF;")?;
    }
    let mode: String = connection.query_row("PRAGMA journal_mode = WAL", [], |row| row.get(0))?;
    if mode != "wal" {
        let text = "its file system does not allow write-ahead logging".to_owned();
        return Err(rusqlite::Error::SqliteFailure(
            rusqlite::ffi::Error::new(rusqlite::ffi::SQLITE_CANTOPEN),
            Some(text),
        ));
    }
    // A commit returns after the log is on the disk; the log moves into the file beside it.
    // The cache need not hold more than the ends of the table and its index: what is written comes last in both.
    connection.pragma_update_and_check(None, "max_page_count", pages_most, |_| Ok(()))?;
    connection.execute_batch(WRITES)?;
    connection.execute_batch("PRAGMA cache_size = -1024;")?;
    connection.execute_batch("BEGIN IMMEDIATE")?;
    let made = "SELECT EXISTS (SELECT 1 FROM sqlite_schema WHERE name = 'records')";
    if !connection.query_row(made, [], |row| row.get(0))? {
        connection.execute_batch(SCHEMA)?;
    }
    connection.execute(
        "INSERT OR IGNORE INTO meta VALUES ('format', ?1)",
        [FORMAT.to_string()],
    )?;
    connection.execute_batch("COMMIT;")?;
    connection.execute_batch(SYNCS)
}

impl Journal for SqliteJournal {
    fn last(&self) -> (u64, Hash) {
        (self.last.seq, self.last.hash)
    }

    fn append(&mut self, batch: Vec<Draft>) -> Result<Ack, JournalError> {
        self.writer.check()?;
        let ack = Ack {
            first: self.last.seq + 1,
            last: self.last.seq + batch.len() as u64,
        };
        if batch.is_empty() {
            return Ok(ack);
        }
        let batch =
            Batch::seal(batch, &mut self.last).inspect_err(|error| self.writer.stop(error))?;
        self.writer.commit(&batch)?;
        Ok(ack)
    }

    fn read(&self, from: u64) -> Result<Records<'_>, JournalError> {
        self.reader.read(from)
    }
}

/// Records that are to be read: what comes before the first, the end, and what is known of it outside.
struct Span {
    before: Head,
    end: Head,
    witness: Option<Named>,
}

/// A journal open for reading.
#[derive(Debug)]
pub struct SqliteReader {
    connection: Connection,
    path: PathBuf,
}

impl SqliteReader {
    pub(crate) fn connect(path: PathBuf) -> Result<Self, JournalError> {
        let failed = |error: rusqlite::Error| JournalError::sqlite("read", &path, &error);
        let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let connection = Connection::open_with_flags(&path, flags).map_err(failed)?;
        connection.busy_timeout(BUSY).map_err(failed)?;
        let reader = Self { connection, path };
        reader.check_format()?;
        Ok(reader)
    }

    fn check_format(&self) -> Result<(), JournalError> {
        let path = self.path.clone();
        let tables: u32 = self
            .connection
            .query_row(
                "SELECT count(*) FROM sqlite_schema WHERE name IN ('records', 'meta')",
                [],
                |row| row.get(0),
            )
            .map_err(|error| self.failed(&error))?;
        if tables < 2 {
            return Err(JournalError::Absent { path });
        }
        let found = self.meta("format")?.unwrap_or_else(|| "none".to_owned());
        if found == FORMAT.to_string() {
            return Ok(());
        }
        Err(JournalError::Version {
            path,
            found,
            known: FORMAT.into(),
        })
    }

    fn failed(&self, error: &rusqlite::Error) -> JournalError {
        JournalError::sqlite("read", &self.path, error)
    }

    /// Returns the file.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Looks whether the file around the records is whole: its pages, its index, its tables.
    ///
    /// The chain tells of what is read; a page that only a later write or search would meet it cannot tell of.
    ///
    /// # Errors
    /// With SQLite's own words on the first fault, at the last record.
    pub(crate) fn check_file(&self) -> Result<(), JournalError> {
        let says: String = self
            .connection
            .query_row("PRAGMA integrity_check(1)", [], |row| row.get(0))
            .map_err(|error| self.failed(&error))?;
        if says == "ok" {
            return Ok(());
        }
        let says = says.replace('\n', " ");
        Err(JournalError::damaged(
            self.last()?.seq,
            format!("the file around the records: {says}"),
        ))
    }

    pub(crate) fn connection(&self) -> &Connection {
        &self.connection
    }

    fn meta(&self, key: &str) -> Result<Option<String>, JournalError> {
        let sql = "SELECT value FROM meta WHERE key = ?1";
        self.connection
            .query_row(sql, [key], |row| row.get(0))
            .optional()
            .map_err(|error| self.failed(&error))
    }

    /// Returns the head as kept beside the records, written with every commit, and the last record's place and hash.
    fn ends(&self) -> Result<(Option<Head>, Head), JournalError> {
        let sql = "SELECT (SELECT value FROM meta WHERE key = 'head'), seq, hash
            FROM (SELECT 1) LEFT JOIN (SELECT seq, hash FROM records ORDER BY seq DESC LIMIT 1)";
        let read = |row: &rusqlite::Row<'_>| {
            let (head, seq): (Option<String>, Option<i64>) = (row.get(0)?, row.get(1)?);
            // A hash of another size cannot be the one the head names.
            let hash = row.get::<_, [u8; 32]>(2).map_or(Hash::NONE, Hash);
            let seq = seq.and_then(|seq| u64::try_from(seq).ok()).unwrap_or(0);
            Ok((head, Head { seq, hash }))
        };
        let (head, last) = self
            .connection
            .query_row(sql, [], read)
            .map_err(|error| self.failed(&error))?;
        let head = head.map(|text| {
            Head::from_text(&text).ok_or_else(|| {
                JournalError::damaged(
                    last.seq,
                    format!("the journal's head '{text}' is not readable"),
                )
            })
        });
        Ok((head.transpose()?, last))
    }

    /// Returns the head; a journal without records has none.
    fn head(&self) -> Result<Head, JournalError> {
        match self.ends()? {
            (None, last) if last.seq > 0 => Err(JournalError::damaged(
                last.seq,
                "the journal's head is missing",
            )),
            (head, _) => Ok(head.unwrap_or_default()),
        }
    }

    /// Returns the last record's place and hash, which the head must name.
    pub(crate) fn last(&self) -> Result<Head, JournalError> {
        let witness = witness::read(&self.path)?;
        let (head, last) = self.ends()?;
        let head = head.unwrap_or_default();
        if head == last {
            // The chain vouches for the rest where the witness is behind.
            if let Some(witness) = witness {
                witness.reached(head.seq)?;
                witness.agrees(self.hash_of(witness.seq())?)?;
            }
            return Ok(head);
        }
        if last.seq < head.seq {
            let what = format!(
                "it is missing: the journal's head names record {}",
                head.seq
            );
            return Err(JournalError::damaged(last.seq + 1, what));
        }
        let what = format!(
            "it is not the end that the journal's head names, record {}",
            head.seq
        );
        Err(JournalError::damaged(last.seq, what))
    }

    /// Returns the hash a record stores, unchecked; none where there is no such record.
    ///
    /// # Errors
    /// When the journal cannot be read there.
    pub fn hash_at(&self, seq: u64) -> Result<Option<Hash>, JournalError> {
        let row = self.page(seq, 1)?.pop_front();
        Ok(row.filter(|row| row.seq == seq).map(|row| row.hash))
    }

    /// Returns the hash a record stores; what stands before the first for 0.
    fn hash_of(&self, seq: u64) -> Result<Hash, JournalError> {
        if seq == 0 {
            return Ok(Hash::NONE);
        }
        let hash = self.hash_at(seq)?;
        hash.ok_or_else(|| JournalError::damaged(seq, "it is missing"))
    }

    /// Reads records from place `from` on, checking the chain and that it reaches its end.
    ///
    /// # Errors
    /// When the journal cannot be read at all; damage comes as an item.
    pub fn read(&self, from: u64) -> Result<Records<'_>, JournalError> {
        let Some(span) = self.span(from)? else {
            return Ok(Box::new(std::iter::empty()));
        };
        let (start, end) = (span.before, span.end);
        let checked = Checked::new(self.rows(start), open, start, end, span.witness);
        Ok(Box::new(checked))
    }

    /// Reads up to the present end like [`Self::read`], leaving inputs unread: what a state is rebuilt from.
    ///
    /// With `threads` it takes every processor there is, else this thread alone.
    ///
    /// # Errors
    /// As [`Self::read`].
    pub fn facts(&self, from: u64, threads: bool) -> Result<Facts<'_>, JournalError> {
        let Some(Span {
            before,
            end,
            witness,
        }) = self.span(from)?
        else {
            return Ok(Box::new(std::iter::empty()));
        };
        if let Some(witness) = witness {
            // The chain, which is walked up to the end, vouches for what the record stores.
            witness.reached(end.seq)?;
            witness.agrees(self.hash_of(witness.seq())?)?;
        }
        let open = |row: Row, previous| open_fact(&row, previous);
        let carefully = move |at: Head| -> Facts<'_> {
            Box::new(Checked::new(self.rows(at), open, at, end, None))
        };
        paged(self, before, end, threads, carefully)
    }

    /// Returns where records from `from` on stand; none when there are none.
    fn span(&self, from: u64) -> Result<Option<Span>, JournalError> {
        // These are read first: rows that a desk appends meanwhile come after them.
        let witness = witness::read(&self.path)?;
        let end = self.head()?;
        let before = from.max(1) - 1;
        if before >= end.seq {
            if let Some(witness) = witness {
                witness.reached(end.seq)?;
            }
            return Ok(None);
        }
        let hash = self.hash_of(before)?;
        Ok(Some(Span {
            before: Head { seq: before, hash },
            end,
            witness,
        }))
    }

    fn rows(&self, after: Head) -> Rows<'_> {
        Rows {
            reader: self,
            next: after.seq + 1,
            page: VecDeque::new(),
        }
    }

    fn page(&self, from: u64, most: i64) -> Result<VecDeque<Row>, JournalError> {
        let Ok(first) = i64::try_from(from) else {
            return Ok(VecDeque::new());
        };
        let read = || -> rusqlite::Result<VecDeque<Row>> {
            let mut select = self.connection.prepare(SELECT)?;
            let rows = select.query_map([first, most], row_from)?;
            rows.collect()
        };
        read().map_err(|error| match error.sqlite_error_code() {
            None
            | Some(rusqlite::ErrorCode::DatabaseCorrupt | rusqlite::ErrorCode::NotADatabase) => {
                JournalError::damaged(from, format!("the file is not readable there: {error}"))
            }
            Some(_) => self.failed(&error),
        })
    }
}

fn row_from(row: &rusqlite::Row<'_>) -> rusqlite::Result<Row> {
    let unsigned = |at: usize, value: i64| {
        u64::try_from(value).map_err(|_| rusqlite::Error::IntegralValueOutOfRange(at, value))
    };
    let cause: Option<i64> = row.get(3)?;
    Ok(Row {
        seq: unsigned(0, row.get(0)?)?,
        at_us: row.get(1)?,
        source: row.get(2)?,
        cause: cause.map(|cause| unsigned(3, cause)).transpose()?,
        subject: row.get(4)?,
        message_id: row.get(5)?,
        payload: row.get(6)?,
        hash: Hash(row.get(7)?),
    })
}

/// Rows in order, a page at a time, so that no read transaction stays open between two of them.
struct Rows<'a> {
    reader: &'a SqliteReader,
    next: u64,
    page: VecDeque<Row>,
}

impl Iterator for Rows<'_> {
    type Item = Result<Row, JournalError>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.page.is_empty() {
            match self.reader.page(self.next, PAGE) {
                Ok(page) => self.page = page,
                // Some row of the page is bad: one at a time shows which, and gives those before it.
                Err(_) => match self.reader.page(self.next, 1) {
                    Ok(page) => self.page = page,
                    Err(error) => return Some(Err(error)),
                },
            }
        }
        let row = self.page.pop_front()?;
        self.next = row.seq.saturating_add(1);
        Some(Ok(row))
    }
}
