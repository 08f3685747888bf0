//! What can go wrong with a journal; each variant is a different thing for its owner to do.

use std::path::{Path, PathBuf};

use rusqlite::ErrorCode;

/// Why a journal cannot be opened, written or believed. All of them stop trading.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum JournalError {
    /// There is none.
    #[error("no journal at {}: start a desk with this data folder first", path.display())]
    Absent {
        /// Where it was looked for.
        path: PathBuf,
    },
    /// Another desk has the folder.
    #[error(
        "another desk ({}) uses {}; close it or give --data another folder",
        pid.map_or_else(|| "pid unknown".to_owned(), |pid| format!("pid {pid}")),
        path.display()
    )]
    Locked {
        /// The folder.
        path: PathBuf,
        /// The process that has it, where its name could be read.
        pid: Option<u32>,
    },
    /// No room on the disk.
    #[error("the disk of {} is full: free some space and start the desk again", path.display())]
    Full {
        /// The file.
        path: PathBuf,
    },
    /// Another program holds the file's write lock.
    #[error("{} is being written by another program: close it and start the desk again", path.display())]
    Busy {
        /// The file.
        path: PathBuf,
    },
    /// The system refused.
    #[error("cannot {doing} {}: {text}", path.display())]
    Io {
        /// What was tried.
        doing: &'static str,
        /// On which file or folder.
        path: PathBuf,
        /// The system's words.
        text: String,
    },
    /// A record is not what was written.
    #[error("record {seq} is damaged: {what}")]
    Damaged {
        /// The first bad record.
        seq: u64,
        /// What is wrong with it.
        what: String,
    },
    /// A message id came twice.
    #[error("record {seq} repeats message id '{message_id}': what it says was already recorded")]
    Duplicate {
        /// Where it was to stand.
        seq: u64,
        /// The id.
        message_id: String,
    },
    /// A record that must not be written.
    #[error("record {seq} cannot be kept: {what}")]
    Unfit {
        /// Where it was to stand.
        seq: u64,
        /// Why not.
        what: String,
    },
    /// Written by another version of the program.
    #[error("{} has journal format '{found}', this desk reads format {known}: use the version of the desk that wrote it", path.display())]
    Version {
        /// The file.
        path: PathBuf,
        /// What it says.
        found: String,
        /// What this program reads.
        known: u32,
    },
    /// It failed before and takes nothing more.
    #[error("the journal has stopped: {why}")]
    Stopped {
        /// The first error.
        why: String,
    },
}

impl JournalError {
    pub(crate) fn stopped(why: &(impl ToString + ?Sized)) -> Self {
        Self::Stopped {
            why: why.to_string(),
        }
    }

    pub(crate) fn damaged(seq: u64, what: impl Into<String>) -> Self {
        Self::Damaged {
            seq,
            what: what.into(),
        }
    }

    pub(crate) fn io(doing: &'static str, path: &Path, error: &std::io::Error) -> Self {
        let path = path.to_owned();
        if error.kind() == std::io::ErrorKind::StorageFull {
            return Self::Full { path };
        }
        Self::Io {
            doing,
            path,
            text: error.to_string(),
        }
    }

    pub(crate) fn sqlite(doing: &'static str, path: &Path, error: &rusqlite::Error) -> Self {
        let path = path.to_owned();
        match error.sqlite_error_code() {
            Some(ErrorCode::DiskFull) => Self::Full { path },
            Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => Self::Busy { path },
            _ => Self::Io {
                doing,
                path,
                text: error.to_string(),
            },
        }
    }
}
