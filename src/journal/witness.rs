//! A witness of the journal's end, outside its file: which record was written last.
//!
//! SQLite takes a damaged log for one that ends before the damage, and the head
//! beside the records goes with them: what was acknowledged would be gone without
//! a trace. So each commit, once it is on the disk, is also told here, by one
//! small write in place that is not synced: after a power cut the witness may be
//! behind the journal, never before it.

use std::fs::{self, File, OpenOptions};
use std::path::{Path, PathBuf};

use crate::journal::{JournalError, folder, recover::Head};

const FILE: &str = "journal.head";
/// Digits of a place, so that a text never outlives a longer one.
const DIGITS: usize = 20;

/// The witness of one journal, open for writing.
#[derive(Debug)]
pub(crate) struct Witness {
    file: File,
    path: PathBuf,
    well: bool,
}

impl Witness {
    /// Opens the witness of the journal at `journal`, and makes it where it is missing.
    pub(crate) fn open(journal: &Path) -> Result<Self, JournalError> {
        let path = journal.with_file_name(FILE);
        let failed = |error: std::io::Error| JournalError::io("open", &path, &error);
        folder::make_file(&path)?;
        let file = OpenOptions::new().write(true).open(&path).map_err(failed)?;
        Ok(Self {
            file,
            path,
            well: true,
        })
    }

    /// Tells that everything up to `head` is on the disk.
    ///
    /// The journal does not depend on it: that it cannot be written is said once.
    pub(crate) fn tell(&mut self, head: Head) {
        let text = format!("{:0DIGITS$}:{}\n", head.seq, head.hash);
        if let Err(error) = write(&mut self.file, text.as_bytes()) {
            if self.well {
                let path = self.path.display();
                tracing::warn!(%error, %path, "the witness of the journal cannot be written");
            }
            self.well = false;
        }
    }
}

#[cfg(unix)]
fn write(file: &mut File, bytes: &[u8]) -> std::io::Result<()> {
    std::os::unix::fs::FileExt::write_all_at(file, bytes, 0)
}

#[cfg(not(unix))]
fn write(file: &mut File, bytes: &[u8]) -> std::io::Result<()> {
    use std::io::{Seek, SeekFrom, Write};
    file.seek(SeekFrom::Start(0))?;
    file.write_all(bytes)
}

/// Returns what the witness of the journal at `journal` says; none where it says nothing that can be read.
///
/// A write that a power cut tore leaves such a text, so it says nothing against the journal.
pub(crate) fn heard(journal: &Path) -> Option<Head> {
    let text = fs::read_to_string(journal.with_file_name(FILE)).ok()?;
    let head = text.strip_suffix('\n').and_then(Head::from_text);
    if head.is_none() && !text.is_empty() {
        tracing::warn!("{FILE} is not readable: the end of the journal cannot be held against it");
    }
    head
}
