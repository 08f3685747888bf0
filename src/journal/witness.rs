//! A second witness of the journal's end: a small file beside it that names the last record acknowledged.
//!
//! SQLite reads its log up to the first page that is not whole and takes that
//! for the end. After a crash a damaged, shortened or missing log therefore gives
//! an older journal that is consistent in itself. This file tells the two apart:
//! it is written after a commit was synced and before anything of it leaves, and
//! is not synced itself, so after a power cut it may name an earlier record but
//! never a later one. A journal without the file, such as a copy, has no witness.

use std::fs::{File, OpenOptions};
use std::path::{Path, PathBuf};

use crate::journal::{JournalError, folder, record::Hash, recover::Head};

const WITNESS_FILE: &str = "journal.head";
/// Times the file is read again at most until it reads the same twice.
const READS_MOST: usize = 8;

/// Returns where the witness of a journal's file stands.
fn beside(journal: &Path) -> PathBuf {
    journal.with_file_name(WITNESS_FILE)
}

/// Writes down the last record that was acknowledged.
#[derive(Debug)]
pub(crate) struct Witness {
    path: PathBuf,
    file: File,
}

impl Witness {
    /// Opens the witness of a journal's file for writing, and makes it where it is missing.
    pub(crate) fn open(journal: &Path) -> Result<Self, JournalError> {
        let path = beside(journal);
        folder::make_file(&path)?;
        let opened = OpenOptions::new().write(true).open(&path);
        let file = opened.map_err(|error| JournalError::io("open", &path, &error))?;
        Ok(Self { path, file })
    }

    /// Names the last record; does not wait for the disk.
    pub(crate) fn write(&mut self, head: Head) -> Result<(), JournalError> {
        // Always as long, in one write to the same place.
        let line = format!("{:020}:{}\n", head.seq, head.hash);
        write_at_start(&mut self.file, line.as_bytes())
            .map_err(|error| JournalError::io("write", &self.path, &error))
    }
}

/// The record a witness names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Named(Head);

/// Returns the record the witness of a journal's file names; none where there is no witness.
///
/// To be read before the journal is: a desk that writes moves the journal first.
pub(crate) fn read(journal: &Path) -> Result<Option<Named>, JournalError> {
    let path = beside(journal);
    let read = || match std::fs::read(&path) {
        Ok(bytes) => Ok(bytes),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(Vec::new()),
        Err(error) => Err(JournalError::io("read", &path, &error)),
    };
    // A desk may be in the middle of writing it: what reads the same twice is whole.
    let mut bytes = read()?;
    for _ in 0..READS_MOST {
        let again = read()?;
        if again == bytes {
            break;
        }
        bytes = again;
    }
    // Made and never written, or cut off by the power before it was on the disk.
    if bytes.iter().all(|&byte| byte == 0) {
        return Ok(None);
    }
    let text = std::str::from_utf8(&bytes).ok();
    let head = text.and_then(|text| Head::from_text(text.strip_suffix('\n')?));
    head.map(|head| Some(Named(head)))
        .ok_or_else(|| JournalError::Io {
            doing: "believe",
            path,
            text:
                "it does not name a record and its hash; when `desk journal verify` finds nothing \
               else once it is removed, only this file was damaged"
                    .to_owned(),
        })
}

impl Named {
    /// Returns the record's place.
    pub(crate) fn seq(self) -> u64 {
        self.0.seq
    }

    /// Fails when a journal ends before the record.
    pub(crate) fn reached(self, end: u64) -> Result<(), JournalError> {
        if end >= self.0.seq {
            return Ok(());
        }
        let what = format!(
            "it is missing: record {} was acknowledged, says {WITNESS_FILE}; put the journal's log \
             back, or remove that file when an older copy is what you want",
            self.0.seq
        );
        Err(JournalError::damaged(end + 1, what))
    }

    /// Fails when the record has another hash.
    pub(crate) fn agrees(self, hash: Hash) -> Result<(), JournalError> {
        if hash == self.0.hash {
            return Ok(());
        }
        let what = format!("it is not the record that was acknowledged, says {WITNESS_FILE}");
        Err(JournalError::damaged(self.0.seq, what))
    }
}

#[cfg(unix)]
fn write_at_start(file: &mut File, bytes: &[u8]) -> std::io::Result<()> {
    use std::os::unix::fs::FileExt;
    file.write_all_at(bytes, 0)
}

#[cfg(not(unix))]
fn write_at_start(file: &mut File, bytes: &[u8]) -> std::io::Result<()> {
    use std::io::{Seek, SeekFrom, Write};
    file.seek(SeekFrom::Start(0))?;
    file.write_all(bytes)
}
