//! What can go wrong with a history; each variant is a different thing for its owner to do.

use std::path::{Path, PathBuf};

use rusqlite::ErrorCode;

/// Why a history cannot be opened, read or filled. The desk goes on without it, and says so.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum HistoryError {
    /// There is none.
    #[error("no history at {}: a desk makes it at its first start, desk history import fills it", path.display())]
    Absent {
        /// Where it was looked for.
        path: PathBuf,
    },
    /// Another program holds the file's write lock.
    #[error("{} is being written by another program: try again when it is done", path.display())]
    Busy {
        /// The file.
        path: PathBuf,
    },
    /// No room on the disk.
    #[error("the disk of {} is full: free some space", path.display())]
    Full {
        /// The file.
        path: PathBuf,
    },
    /// What is in the file is not what a desk wrote.
    #[error("{}: {what}; move the file away, the desk makes another and files can be imported again", path.display())]
    Damaged {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        what: String,
    },
    /// More series than may be.
    #[error("{}: {series} series would be more than the {most} it may hold: import fewer symbols", path.display())]
    TooMany {
        /// The file.
        path: PathBuf,
        /// How many there would be.
        series: u64,
        /// The most.
        most: u64,
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
}

impl HistoryError {
    pub(super) fn io(doing: &'static str, path: &Path, error: &std::io::Error) -> Self {
        Self::Io {
            doing,
            path: path.to_owned(),
            text: error.to_string(),
        }
    }

    pub(super) fn sqlite(doing: &'static str, path: &Path, error: &rusqlite::Error) -> Self {
        let path = path.to_owned();
        match error.sqlite_error_code() {
            Some(ErrorCode::DiskFull) => Self::Full { path },
            Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => Self::Busy { path },
            Some(ErrorCode::NotADatabase | ErrorCode::DatabaseCorrupt) => Self::Damaged {
                path,
                what: error.to_string(),
            },
            _ => Self::Io {
                doing,
                path,
                text: error.to_string(),
            },
        }
    }
}

/// Why a file is no history: its first fault, with its place.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{file}{}{}: {text}", line.map_or_else(String::new, |line| format!(":{line}")), column.as_ref().map_or_else(String::new, |column| format!(", column '{column}'")))]
pub struct SheetError {
    /// Which file.
    pub file: String,
    /// Line, counted from 1; none where the file as a whole is at fault.
    pub line: Option<u64>,
    /// The column's name, where one cell is at fault.
    pub column: Option<String>,
    /// What is wrong and what would be right.
    pub text: String,
}
