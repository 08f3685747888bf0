//! What can be said of a journal from outside: whether it is whole, and what is in it.
//!
//! Both read only, also while a desk writes. The results are the `--json` of
//! `desk journal verify` and `desk journal stats`.

use std::collections::BTreeMap;
use std::path::Path;

use serde::Serialize;

use crate::domain::Timestamp;
use crate::journal::{JournalError, SqliteJournal, SqliteReader, record::Hash};

/// The first record that is not what was written.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Bad {
    /// Its place.
    pub seq: u64,
    /// What is wrong.
    pub what: String,
}

/// Whether a journal is whole.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct VerifyReport {
    /// True when every record is what was written.
    pub ok: bool,
    /// Good records, from the first on.
    pub records: u64,
    /// The first bad one.
    pub first_bad: Option<Bad>,
    /// Hash of the last good record.
    pub last_hash: Hash,
    /// Time of the first record.
    pub first_at: Option<Timestamp>,
    /// Time of the last good record.
    pub last_at: Option<Timestamp>,
}

/// Checks every record of the journal in a data folder.
///
/// # Errors
/// When it cannot be read at all; damage is in the report.
pub fn verify(folder: &Path) -> Result<VerifyReport, JournalError> {
    let mut report = VerifyReport {
        ok: true,
        records: 0,
        first_bad: None,
        last_hash: Hash::NONE,
        first_at: None,
        last_at: None,
    };
    let outcome = read_all(folder, &mut report);
    if let Err(JournalError::Damaged { seq, what }) = outcome {
        report.ok = false;
        report.first_bad = Some(Bad { seq, what });
        return Ok(report);
    }
    outcome.map(|()| report)
}

fn read_all(folder: &Path, report: &mut VerifyReport) -> Result<(), JournalError> {
    let reader = SqliteJournal::open_read_only(folder)?;
    for record in reader.read(1)? {
        let record = record?;
        report.records = record.seq;
        report.last_hash = record.hash;
        report.first_at.get_or_insert(record.at);
        report.last_at = Some(record.at);
    }
    reader.last()?;
    reader.check_file()
}

/// What is in a journal.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Stats {
    /// Records.
    pub records: u64,
    /// Bytes of their payloads.
    pub payload_bytes: u64,
    /// Bytes of the file and its log.
    pub file_bytes: u64,
    /// Time of the first record.
    pub first_at: Option<Timestamp>,
    /// Time of the last record.
    pub last_at: Option<Timestamp>,
    /// Records by subject.
    pub by_subject: BTreeMap<String, u64>,
}

/// Counts what is in the journal of a data folder, without checking it.
///
/// # Errors
/// When it cannot be read.
pub fn stats(folder: &Path) -> Result<Stats, JournalError> {
    let reader = SqliteJournal::open_read_only(folder)?;
    count(&reader).map_err(|error| JournalError::sqlite("read", reader.path(), &error))
}

fn count(reader: &SqliteReader) -> rusqlite::Result<Stats> {
    let sql = "SELECT subject, count(*), sum(length(payload)), min(at_us), max(at_us)
        FROM records GROUP BY subject";
    let mut stats = Stats {
        records: 0,
        payload_bytes: 0,
        file_bytes: file_bytes(reader.path()),
        first_at: None,
        last_at: None,
        by_subject: BTreeMap::new(),
    };
    let mut select = reader.connection().prepare(sql)?;
    let mut rows = select.query([])?;
    while let Some(row) = rows.next()? {
        let number = |at: usize| row.get::<_, i64>(at).map(|n| u64::try_from(n).unwrap_or(0));
        let moment = |at: usize| row.get(at).map(Timestamp::from_us);
        let (first, last) = (moment(3)?, moment(4)?);
        stats.records += number(1)?;
        stats.payload_bytes += number(2)?;
        stats.first_at = Some(stats.first_at.map_or(first, |at| at.min(first)));
        stats.last_at = Some(stats.last_at.map_or(last, |at| at.max(last)));
        stats.by_subject.insert(row.get(0)?, number(1)?);
    }
    Ok(stats)
}

fn file_bytes(path: &Path) -> u64 {
    let mut log = path.as_os_str().to_owned();
    log.push("-wal");
    let size = |path: &Path| std::fs::metadata(path).map_or(0, |file| file.len());
    size(path) + size(Path::new(&log))
}
