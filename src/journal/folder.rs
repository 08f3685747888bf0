//! The data folder: who may read it, and that one desk at a time writes it.
//!
//! The lock is the operating system's on an open file: it cannot be left behind
//! by a crash. The file names its holder for the message only.

use std::fs::{self, DirBuilder, File, OpenOptions, TryLockError};
use std::io::Write;
use std::path::{Path, PathBuf};

use crate::journal::JournalError;

const LOCK_FILE: &str = "desk.lock";

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
        make_folder(folder).map_err(|e| JournalError::io("make the data folder", folder, &e))?;
        let path = folder.join(LOCK_FILE);
        let failed = |error: std::io::Error| JournalError::io("lock", &path, &error);
        let mut file = private().truncate(false).open(&path).map_err(failed)?;
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

fn make_folder(folder: &Path) -> std::io::Result<()> {
    let mut builder = DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(folder)
}

fn private() -> OpenOptions {
    let mut options = OpenOptions::new();
    options.read(true).write(true).create(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options
}

/// Makes `path` where it is missing, readable by its owner only, and returns true while nothing is in it.
///
/// That it is in its folder is durable only after [`sync_folder`].
pub(crate) fn make_file(path: &Path) -> Result<bool, JournalError> {
    let failed = |error: std::io::Error| JournalError::io("open", path, &error);
    let file = private().truncate(false).open(path).map_err(failed)?;
    restrict(&file).map_err(failed)?;
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

#[cfg(unix)]
fn restrict(file: &File) -> std::io::Result<()> {
    use std::os::unix::fs::PermissionsExt;
    file.set_permissions(fs::Permissions::from_mode(0o600))
}

#[cfg(not(unix))]
fn restrict(_: &File) -> std::io::Result<()> {
    Ok(())
}
