//! The data folder: who may read it, and that one desk at a time writes it.
//!
//! The lock is the operating system's on an open file: it cannot be left behind
//! by a crash. The file names its holder for the message only. Files are the
//! owner's alone, those that SQLite keeps beside the journal too; none is written
//! through a symbolic link.

use std::fs::{self, File, TryLockError};
use std::io::Write;
use std::path::{Path, PathBuf};

use crate::base::private;
use crate::journal::JournalError;

const LOCK_FILE: &str = "desk.lock";

/// What SQLite puts behind the journal's name for the files it keeps beside it.
const BESIDE: [&str; 3] = ["-wal", "-shm", "-journal"];

/// Held for as long as this desk uses the folder.
#[derive(Debug)]
pub struct FolderLock {
    path: PathBuf,
    _file: File,
}

impl FolderLock {
    /// Makes the folder where it is missing, readable by its owner only, and locks it.
    ///
    /// # Errors
    /// When another desk holds it, or the system refuses.
    pub fn take(folder: &Path) -> Result<Self, JournalError> {
        private::folder(folder)
            .map_err(|e| JournalError::io("make the data folder", folder, &e))?;
        let path = folder.join(LOCK_FILE);
        let failed = |error: std::io::Error| JournalError::io("lock", &path, &error);
        let mut file = private::file(&path).map_err(failed)?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                return Err(JournalError::Locked {
                    path: folder.to_owned(),
                    pid: holder(&path),
                });
            }
            Err(TryLockError::Error(error)) => return Err(failed(error)),
        }
        file.set_len(0).map_err(failed)?;
        writeln!(file, "{}", std::process::id()).map_err(failed)?;
        Ok(Self {
            path: folder.to_owned(),
            _file: file,
        })
    }

    /// Returns the folder.
    pub fn folder(&self) -> &Path {
        &self.path
    }
}

fn holder(path: &Path) -> Option<u32> {
    fs::read_to_string(path).ok()?.trim().parse().ok()
}

/// Makes `path` where it is missing, readable by its owner only, and returns true while nothing is in it.
///
/// That it is in its folder is durable only after [`sync_folder`].
pub(crate) fn make_file(path: &Path) -> Result<bool, JournalError> {
    let failed = |error: std::io::Error| JournalError::io("open", path, &error);
    let file = private::file(path).map_err(failed)?;
    for suffix in BESIDE {
        let mut beside = path.as_os_str().to_owned();
        beside.push(suffix);
        // SQLite gives them the journal's mode when it makes them, and follows what is there.
        private::narrow_file(Path::new(&beside)).map_err(failed)?;
    }
    Ok(file.metadata().map_err(failed)?.len() == 0)
}

/// Waits until the folder of `path` is on the disk.
pub(crate) fn sync_folder(path: &Path) -> Result<(), JournalError> {
    let failed = |error: std::io::Error| JournalError::io("sync the folder of", path, &error);
    match path.parent().filter(|_| cfg!(unix)) {
        None => Ok(()),
        Some(folder) => File::open(folder)
            .and_then(|folder| folder.sync_all())
            .map_err(failed),
    }
}
