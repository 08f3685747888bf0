//! The file: `history.db`, SQLite in write-ahead mode, its owner's alone.
//!
//! A desk fills and reads it; another process may import while a desk runs, and the desk sees that by
//! [`History::version`]. What is put in goes in as one transaction: all of it or nothing. Prices are decimal
//! text, as they were told. Rows and series are bounded; of rows the newest stay.

use std::borrow::Borrow;
use std::path::{Path, PathBuf};
use std::time::Duration;

use rusqlite::{Connection, OpenFlags, OptionalExtension, Transaction, TransactionBehavior};
use smol_str::SmolStr;

use crate::base::private;
use crate::domain::{Interval, Symbol, Timestamp};
use crate::history::{HistoryError, Origin, Row, Rows, Series};

/// The file's name in the data folder.
pub const HISTORY_FILE: &str = "history.db";
/// Rows kept of one series; beyond that the oldest go.
pub const ROWS_MOST: usize = 10_000;
/// Series kept; a further one is refused.
pub const SERIES_MOST: u64 = 8_192;

/// The format this program writes and reads.
const FORMAT: i64 = 1;
/// How long another program may hold the write lock.
const BUSY: Duration = Duration::from_secs(3);
/// A feed goes on with a series only where no more intervals than these lie between them.
const GAP_MOST: u32 = 10;

const SCHEMA: &str = "
    CREATE TABLE IF NOT EXISTS series (
        id INTEGER PRIMARY KEY,
        symbol TEXT NOT NULL,
        interval TEXT NOT NULL,
        source TEXT NOT NULL,
        UNIQUE (symbol, interval)
    ) STRICT;
    CREATE TABLE IF NOT EXISTS bars (
        series INTEGER NOT NULL,
        end_us INTEGER NOT NULL,
        open TEXT,
        high TEXT,
        low TEXT,
        close TEXT NOT NULL,
        volume TEXT,
        PRIMARY KEY (series, end_us)
    ) STRICT, WITHOUT ROWID;";

/// What filling came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Filled {
    /// Series written.
    pub series: usize,
    /// Rows written.
    pub rows: usize,
    /// Series left as they were, because what is there is worth more.
    pub left: usize,
}

/// A history open for reading, and for writing unless opened otherwise.
#[derive(Debug)]
pub struct History {
    connection: Connection,
    path: PathBuf,
}

impl History {
    /// Opens the history of a data folder, and makes the file where it is missing.
    ///
    /// # Errors
    /// When it is no history, is locked, or the system refuses.
    pub fn open(folder: &Path) -> Result<Self, HistoryError> {
        let path = folder.join(HISTORY_FILE);
        private::folder(folder).map_err(|e| HistoryError::io("make the folder of", &path, &e))?;
        let failed = |error: std::io::Error| HistoryError::io("open", &path, &error);
        private::file(&path).map_err(failed)?;
        Self::narrow(folder)?;
        let this = Self::connect(path, OpenFlags::SQLITE_OPEN_READ_WRITE)?;
        this.prepare()?;
        Ok(this)
    }

    /// Takes the rights of others off the files of a history that may not be there.
    ///
    /// # Errors
    /// When one is no plain file, or the system refuses.
    pub fn narrow(folder: &Path) -> Result<(), HistoryError> {
        for suffix in ["", "-wal", "-shm"] {
            let path = folder.join(format!("{HISTORY_FILE}{suffix}"));
            private::narrow_file(&path).map_err(|e| HistoryError::io("open", &path, &e))?;
        }
        Ok(())
    }

    /// Opens the history of a data folder for reading only.
    ///
    /// # Errors
    /// When there is none, it is no history, or the system refuses.
    pub fn open_read_only(folder: &Path) -> Result<Self, HistoryError> {
        let path = folder.join(HISTORY_FILE);
        if std::fs::metadata(&path).map_or(true, |file| file.len() == 0) {
            return Err(HistoryError::Absent { path });
        }
        let this = Self::connect(path, OpenFlags::SQLITE_OPEN_READ_ONLY)?;
        this.check_format()?;
        Ok(this)
    }

    fn connect(path: PathBuf, flags: OpenFlags) -> Result<Self, HistoryError> {
        let failed = |error: rusqlite::Error| HistoryError::sqlite("open", &path, &error);
        let flags = flags | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let connection = Connection::open_with_flags(&path, flags).map_err(failed)?;
        connection.busy_timeout(BUSY).map_err(failed)?;
        Ok(Self { connection, path })
    }

    fn prepare(&self) -> Result<(), HistoryError> {
        let run = |sql: &str| {
            let done = self.connection.execute_batch(sql);
            done.map_err(|error| self.failed("open", &error))
        };
        // Rows come in order and are read once: pages kept in memory would serve nobody.
        run(
            "PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; PRAGMA trusted_schema = OFF;
             PRAGMA cache_size = -256;",
        )?;
        let found = self.check_format()?;
        if found == 0 {
            run(&format!(
                "BEGIN IMMEDIATE; {SCHEMA} PRAGMA user_version = {FORMAT}; COMMIT;"
            ))?;
        }
        Ok(())
    }

    /// Returns the file's format; 0 when nothing is in it yet.
    fn check_format(&self) -> Result<i64, HistoryError> {
        let read = |sql: &str| -> Result<i64, HistoryError> {
            let found = self.connection.query_row(sql, [], |row| row.get(0));
            found.map_err(|error| self.failed("read", &error))
        };
        let found = read("PRAGMA user_version")?;
        let tables = read("SELECT count(*) FROM sqlite_schema")?;
        if found == FORMAT || (found == 0 && tables == 0) {
            return Ok(found);
        }
        Err(self.damaged(format!(
            "it has history format {found}, this desk reads format {FORMAT}"
        )))
    }

    fn failed(&self, doing: &'static str, error: &rusqlite::Error) -> HistoryError {
        HistoryError::sqlite(doing, &self.path, error)
    }

    fn damaged(&self, what: String) -> HistoryError {
        let path = self.path.clone();
        HistoryError::Damaged { path, what }
    }

    /// Returns a number that differs once another program has changed the file.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn version(&self) -> Result<i64, HistoryError> {
        let found = self
            .connection
            .query_row("PRAGMA data_version", [], |row| row.get(0));
        found.map_err(|error| self.failed("read", &error))
    }

    /// Lists the series, by symbol and interval.
    ///
    /// # Errors
    /// When the file cannot be read or what is in it is not what a desk wrote.
    pub fn list(&self) -> Result<Vec<Series>, HistoryError> {
        let failed = |error: rusqlite::Error| self.failed("read", &error);
        let mut query = self
            .connection
            .prepare(
                "SELECT symbol, interval, source, count(*), min(end_us), max(end_us)
                 FROM series JOIN bars ON bars.series = series.id
                 GROUP BY series.id ORDER BY symbol, interval",
            )
            .map_err(failed)?;
        let rows = query
            .query_map([], |row| {
                Ok((
                    row.get::<_, String>(0)?,
                    row.get::<_, String>(1)?,
                    row.get::<_, String>(2)?,
                    row.get::<_, i64>(3)?,
                    row.get::<_, i64>(4)?,
                    row.get::<_, i64>(5)?,
                ))
            })
            .map_err(failed)?;
        rows.map(|row| {
            let (symbol, interval, source, rows, from, to) = row.map_err(failed)?;
            let known = (|| {
                Some(Series {
                    symbol: Symbol::new(&symbol).ok()?,
                    interval: interval.parse().ok()?,
                    rows: u64::try_from(rows).ok()?,
                    from: Timestamp::from_us(from),
                    to: Timestamp::from_us(to),
                    origin: source.parse().ok()?,
                })
            })();
            known.ok_or_else(|| {
                self.damaged(format!("series '{symbol}' {interval} '{source}' is none"))
            })
        })
        .collect()
    }

    /// Returns the newest rows of a series, at most so many, oldest first; none where there is no such series.
    ///
    /// # Errors
    /// When the file cannot be read or what is in it is not what a desk wrote.
    pub fn read(
        &self,
        symbol: &Symbol,
        interval: Interval,
        most: usize,
    ) -> Result<Vec<Row>, HistoryError> {
        let failed = |error: rusqlite::Error| self.failed("read", &error);
        let mut query = self
            .connection
            .prepare(
                "SELECT end_us, open, high, low, close, volume FROM bars
                 WHERE series = (SELECT id FROM series WHERE symbol = ?1 AND interval = ?2)
                 ORDER BY end_us DESC LIMIT ?3",
            )
            .map_err(failed)?;
        let most = i64::try_from(most).unwrap_or(i64::MAX);
        let stored = query
            .query_map((symbol.as_str(), interval.as_str(), most), Stored::of)
            .map_err(failed)?;
        let mut rows = Vec::new();
        for row in stored {
            let row = row.map_err(failed)?;
            let end = Timestamp::from_us(row.end_us);
            let read = row.read().filter(|row| row.close.is_positive());
            rows.push(read.ok_or_else(|| {
                self.damaged(format!("the bar of {symbol} that ended at {end} is none"))
            })?);
        }
        rows.reverse();
        Ok(rows)
    }

    /// Puts whole series in the place of what is there, all or none; what is made up never replaces what is real.
    ///
    /// # Errors
    /// When there would be too many series, the file is locked, or the system refuses.
    pub fn replace(
        &mut self,
        interval: Interval,
        sets: impl IntoIterator<Item = impl Borrow<Rows>>,
        origin: &Origin,
    ) -> Result<Filled, HistoryError> {
        let path = self.path.clone();
        let failed = |error: rusqlite::Error| HistoryError::sqlite("fill", &path, &error);
        let begun = self
            .connection
            .transaction_with_behavior(TransactionBehavior::Immediate)
            .map_err(failed)?;
        let mut filled = Filled::default();
        for set in sets {
            let (symbol, rows) = set.borrow();
            let known = source_of(&begun, symbol, interval).map_err(failed)?;
            let real = known.is_some_and(|(_, source)| source != Origin::Synthetic.to_string());
            if rows.is_empty() || (real && *origin == Origin::Synthetic) {
                filled.left += 1;
                continue;
            }
            filled.series += 1;
            filled.rows += refill(&begun, symbol, interval, rows, origin).map_err(failed)?;
        }
        let series: i64 = begun
            .query_row("SELECT count(*) FROM series", [], |row| row.get(0))
            .map_err(failed)?;
        let series = u64::try_from(series).unwrap_or(0);
        if series > SERIES_MOST {
            // Dropped without a commit: nothing of it stays.
            let most = SERIES_MOST;
            return Err(HistoryError::TooMany { path, series, most });
        }
        begun.commit().map_err(failed)?;
        Ok(filled)
    }

    /// Lets a feed go on with the series of a symbol, and returns how many rows are new.
    ///
    /// What was made up is replaced as a whole. Rows that lie apart from what is there, such as a file of years
    /// ago, are not taken: a return over the gap would be none.
    ///
    /// # Errors
    /// When the file is locked, or the system refuses.
    pub fn append(
        &mut self,
        symbol: &Symbol,
        interval: Interval,
        rows: &[Row],
        feed: &str,
    ) -> Result<usize, HistoryError> {
        let path = self.path.clone();
        let failed = |error: rusqlite::Error| HistoryError::sqlite("fill", &path, &error);
        let begun = self
            .connection
            .transaction_with_behavior(TransactionBehavior::Immediate)
            .map_err(failed)?;
        let known = source_of(&begun, symbol, interval).map_err(failed)?;
        let last = known
            .as_ref()
            .filter(|(_, source)| *source != Origin::Synthetic.to_string())
            .map(|(id, _)| last_end(&begun, *id))
            .transpose()
            .map_err(failed)?
            .flatten();
        let rows = match last {
            None => refill(
                &begun,
                symbol,
                interval,
                rows,
                &Origin::Feed(SmolStr::new(feed)),
            )
            .map_err(failed)?,
            Some(last) => {
                let newer = rows.partition_point(|row| row.end <= last);
                let newer = rows.get(newer..).unwrap_or_default();
                let near = last.plus(interval.duration() * GAP_MOST);
                let joins = newer.first().is_some_and(|row| row.end <= near);
                match &known {
                    Some((id, _)) if joins => {
                        let rows = insert(&begun, *id, newer).map_err(failed)?;
                        trim(&begun, *id).map_err(failed)?;
                        rows
                    }
                    Some(_) | None => 0,
                }
            }
        };
        begun.commit().map_err(failed)?;
        Ok(rows)
    }
}

/// A row as it lies in the file.
struct Stored {
    end_us: i64,
    prices: [Option<String>; 3],
    close: String,
    volume: Option<String>,
}

impl Stored {
    fn of(row: &rusqlite::Row<'_>) -> rusqlite::Result<Self> {
        Ok(Self {
            end_us: row.get(0)?,
            prices: [row.get(1)?, row.get(2)?, row.get(3)?],
            close: row.get(4)?,
            volume: row.get(5)?,
        })
    }

    /// Reads it; none where a number is none.
    fn read(self) -> Option<Row> {
        let [open, high, low] = self.prices.map(|text| text.map(|text| text.parse().ok()));
        Some(Row {
            end: Timestamp::from_us(self.end_us),
            // An outer none is a value that is not there, an inner one a text that is no number.
            open: open.map_or(Some(None), |read| read.map(Some))?,
            high: high.map_or(Some(None), |read| read.map(Some))?,
            low: low.map_or(Some(None), |read| read.map(Some))?,
            close: self.close.parse().ok()?,
            volume: match self.volume {
                None => None,
                Some(text) => Some(text.parse().ok()?),
            },
        })
    }
}

fn source_of(
    begun: &Transaction<'_>,
    symbol: &Symbol,
    interval: Interval,
) -> rusqlite::Result<Option<(i64, String)>> {
    begun
        .prepare("SELECT id, source FROM series WHERE symbol = ?1 AND interval = ?2")?
        .query_row((symbol.as_str(), interval.as_str()), |row| {
            Ok((row.get(0)?, row.get(1)?))
        })
        .optional()
}

fn last_end(begun: &Transaction<'_>, id: i64) -> rusqlite::Result<Option<Timestamp>> {
    let last: Option<i64> = begun
        .prepare("SELECT max(end_us) FROM bars WHERE series = ?1")?
        .query_row([id], |row| row.get(0))?;
    Ok(last.map(Timestamp::from_us))
}

/// Puts rows in the place of the whole series.
fn refill(
    begun: &Transaction<'_>,
    symbol: &Symbol,
    interval: Interval,
    rows: &[Row],
    origin: &Origin,
) -> rusqlite::Result<usize> {
    let id: i64 = begun
        .prepare(
            "INSERT INTO series (symbol, interval, source) VALUES (?1, ?2, ?3)
             ON CONFLICT (symbol, interval) DO UPDATE SET source = excluded.source RETURNING id",
        )?
        .query_row(
            (symbol.as_str(), interval.as_str(), origin.to_string()),
            |row| row.get(0),
        )?;
    begun
        .prepare("DELETE FROM bars WHERE series = ?1")?
        .execute([id])?;
    let newest = rows.len().saturating_sub(ROWS_MOST);
    insert(begun, id, rows.get(newest..).unwrap_or_default())
}

fn insert(begun: &Transaction<'_>, id: i64, rows: &[Row]) -> rusqlite::Result<usize> {
    let mut put =
        begun.prepare("INSERT OR REPLACE INTO bars VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)")?;
    for row in rows {
        put.execute((
            id,
            row.end.as_us(),
            row.open.map(|price| price.to_string()),
            row.high.map(|price| price.to_string()),
            row.low.map(|price| price.to_string()),
            row.close.to_string(),
            row.volume.map(|quantity| quantity.to_string()),
        ))?;
    }
    Ok(rows.len())
}

/// Lets the oldest rows of a series go that are too many.
fn trim(begun: &Transaction<'_>, id: i64) -> rusqlite::Result<()> {
    let most = i64::try_from(ROWS_MOST).unwrap_or(i64::MAX);
    begun
        .prepare(
            "DELETE FROM bars WHERE series = ?1 AND end_us <= (
                SELECT end_us FROM bars WHERE series = ?1 ORDER BY end_us DESC LIMIT 1 OFFSET ?2)",
        )?
        .execute((id, most))?;
    Ok(())
}
