//! A recording on disk, read line by line: `timestamp,symbol,bid,ask,bid_size,ask_size,venue`.
//!
//! Columns are found by name, in any order; others are ignored. Compression is
//! told by the file's first bytes. A line that cannot be read is an error of its
//! own, with file, line, column and value, and the next line is read all the same.

use std::fs::File;
use std::io::{BufReader, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};
use std::str::FromStr;

use csv::ByteRecord;

use crate::domain::{Quote, Timestamp};

const COLUMNS: [&str; 7] = [
    "timestamp",
    "symbol",
    "bid",
    "ask",
    "bid_size",
    "ask_size",
    "venue",
];
/// The longest line that is read: above what one read from disk may bring without a line's end.
const LINE_MOST: usize = 256 * 1024;
const ZSTD_MAGIC: [u8; 4] = [0x28, 0xb5, 0x2f, 0xfd];

/// What is wrong with a recording.
#[derive(Debug, thiserror::Error)]
pub enum RecordingError {
    /// The file cannot be read.
    #[error("recording {file} cannot be read: {why}", file = file.display())]
    Unreadable {
        /// Which file.
        file: PathBuf,
        /// The system's words.
        why: String,
    },
    /// There is nothing in it.
    #[error("recording {file} is empty: it must begin with a line that names the columns {columns}", file = file.display(), columns = COLUMNS.join(","))]
    Empty {
        /// Which file.
        file: PathBuf,
    },
    /// Columns are missing.
    #[error("recording {file}, line 1: no column {missing}; needed are {columns}", file = file.display(), columns = COLUMNS.join(","))]
    MissingColumns {
        /// Which file.
        file: PathBuf,
        /// The columns that are not there.
        missing: String,
    },
    /// One line cannot be used; the next may be.
    #[error("recording {file}, line {line}: {column} is '{value}': {why}", file = file.display())]
    BadLine {
        /// Which file.
        file: PathBuf,
        /// Which line, from 1.
        line: u64,
        /// Which column.
        column: &'static str,
        /// The value there, cut to 60 characters.
        value: String,
        /// What would be right.
        why: String,
    },
}

impl RecordingError {
    /// Returns true when only one line is lost and reading can go on.
    pub fn is_one_line(&self) -> bool {
        matches!(self, Self::BadLine { .. })
    }
}

/// An open recording.
pub struct Recording {
    file: PathBuf,
    reader: csv::Reader<Box<dyn Read + Send>>,
    places: [usize; 7],
    record: ByteRecord,
}

impl std::fmt::Debug for Recording {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Recording")
            .field("file", &self.file)
            .finish_non_exhaustive()
    }
}

impl Recording {
    /// Opens the file and finds its columns.
    ///
    /// # Errors
    /// When it cannot be read, is empty, or a column is missing.
    pub fn open(file: &Path) -> Result<Self, RecordingError> {
        let unreadable = |why: String| RecordingError::Unreadable {
            file: file.to_path_buf(),
            why,
        };
        let raw = open_plain_or_zstd(file).map_err(|error| unreadable(error.to_string()))?;
        let mut reader = csv::ReaderBuilder::new()
            .has_headers(false)
            .flexible(true)
            .trim(csv::Trim::All)
            .from_reader(raw);
        let mut record = ByteRecord::new();
        let some = reader
            .read_byte_record(&mut record)
            .map_err(|error| unreadable(error.to_string()))?;
        if !some {
            return Err(RecordingError::Empty {
                file: file.to_path_buf(),
            });
        }
        let names: Vec<String> = record
            .iter()
            .map(|name| {
                String::from_utf8_lossy(name)
                    .trim_start_matches('\u{feff}')
                    .to_string()
            })
            .collect();
        let mut places = [0; 7];
        let mut missing = Vec::new();
        for (place, column) in places.iter_mut().zip(COLUMNS) {
            match names.iter().position(|name| name == column) {
                Some(found) => *place = found,
                None => missing.push(column),
            }
        }
        if !missing.is_empty() {
            return Err(RecordingError::MissingColumns {
                file: file.to_path_buf(),
                missing: missing.join(", "),
            });
        }
        Ok(Self {
            file: file.to_path_buf(),
            reader,
            places,
            record,
        })
    }

    /// Reads the next line; nothing at the end.
    pub fn next_quote(&mut self) -> Option<Result<Quote, RecordingError>> {
        match self.reader.read_byte_record(&mut self.record) {
            Ok(false) => None,
            Ok(true) => Some(self.read()),
            Err(error) => Some(Err(RecordingError::Unreadable {
                file: self.file.clone(),
                why: format!("after line {}: {error}", self.reader.position().line()),
            })),
        }
    }

    fn read(&self) -> Result<Quote, RecordingError> {
        Ok(Quote {
            timestamp: self.field::<Timestamp>(0)?,
            symbol: self.field(1)?,
            bid: self.field(2)?,
            ask: self.field(3)?,
            bid_size: self.field(4)?,
            ask_size: self.field(5)?,
            venue: self.field(6)?,
        })
    }

    fn field<T: FromStr<Err: std::fmt::Display>>(&self, n: usize) -> Result<T, RecordingError> {
        let column = COLUMNS.get(n).copied().unwrap_or("");
        let raw = self.places.get(n).and_then(|place| self.record.get(*place));
        let value = String::from_utf8_lossy(raw.unwrap_or_default());
        let parsed = if raw.is_none() {
            Err("the line ends before it".to_owned())
        } else {
            value.parse::<T>().map_err(|why| why.to_string())
        };
        parsed.map_err(|why| RecordingError::BadLine {
            file: self.file.clone(),
            line: self.record.position().map_or(0, csv::Position::line),
            column,
            value: value.chars().take(60).collect(),
            why,
        })
    }
}

/// Refuses a file whose lines never end, which would otherwise be held whole.
struct ShortLines<R> {
    inner: R,
    since_newline: usize,
}

impl<R: Read> Read for ShortLines<R> {
    fn read(&mut self, buf: &mut [u8]) -> std::io::Result<usize> {
        let count = self.inner.read(buf)?;
        let fresh = buf.get(..count).unwrap_or_default();
        self.since_newline = match fresh.iter().rposition(|byte| *byte == b'\n') {
            Some(last) => count - last - 1,
            None => self.since_newline + count,
        };
        if self.since_newline > LINE_MOST {
            let words = format!("a line is longer than {LINE_MOST} bytes");
            return Err(std::io::Error::other(words));
        }
        Ok(count)
    }
}

fn open_plain_or_zstd(file: &Path) -> std::io::Result<Box<dyn Read + Send>> {
    // Opening a pipe would wait for somebody to write into it, and there is no going back in one.
    if !std::fs::metadata(file)?.is_file() {
        let words = "it is a folder, a device or a pipe, expected a file";
        return Err(std::io::Error::other(words));
    }
    let mut raw = File::open(file)?;
    let mut magic = Vec::new();
    Read::by_ref(&mut raw).take(4).read_to_end(&mut magic)?;
    raw.seek(SeekFrom::Start(0))?;
    if magic == ZSTD_MAGIC {
        return Ok(Box::new(ShortLines {
            inner: zstd::Decoder::new(raw)?,
            since_newline: 0,
        }));
    }
    Ok(Box::new(ShortLines {
        inner: BufReader::new(raw),
        since_newline: 0,
    }))
}
