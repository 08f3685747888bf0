//! Whether the journal's files are still where they were opened.
//!
//! A file that is removed or replaced stays usable for whoever has it open: a
//! journal would go on being written where nobody will ever find it. So after
//! each commit, and before it is acknowledged, the names are looked up again.

use std::path::{Path, PathBuf};

use crate::journal::JournalError;

/// The journal's files, as they were when it was opened.
#[derive(Debug)]
pub(crate) struct Place {
    files: Vec<(PathBuf, Identity)>,
}

impl Place {
    /// Remembers the journal's file and its log.
    pub(crate) fn of(journal: &Path) -> Result<Self, JournalError> {
        let mut log = journal.as_os_str().to_owned();
        log.push("-wal");
        let files = [journal.to_owned(), log.into()].map(|path: PathBuf| {
            let identity = identity(&path)?;
            Ok((path, identity))
        });
        let files = files.into_iter().collect::<Result<_, JournalError>>()?;
        Ok(Self { files })
    }

    /// Fails when one of the names leads to another file, or to none.
    pub(crate) fn check(&self) -> Result<(), JournalError> {
        for (path, before) in &self.files {
            if identity(path)? != *before {
                return Err(JournalError::Io {
                    doing: "rely on",
                    path: path.clone(),
                    text: "it was replaced while the desk wrote to it".to_owned(),
                });
            }
        }
        Ok(())
    }
}

#[cfg(unix)]
type Identity = (u64, u64);
#[cfg(not(unix))]
type Identity = ();

fn identity(path: &Path) -> Result<Identity, JournalError> {
    let found = std::fs::metadata(path).map_err(|error| JournalError::io("find", path, &error))?;
    #[cfg(unix)]
    let identity = {
        use std::os::unix::fs::MetadataExt;
        (found.dev(), found.ino())
    };
    #[cfg(not(unix))]
    let identity = drop(found);
    Ok(identity)
}
