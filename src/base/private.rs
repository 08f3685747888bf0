//! Files and folders that are their owner's alone from the first byte, whatever the umask says.
//!
//! What is made here has mode 0600 or 0700 and never another; what was there with a
//! wider mode is narrowed by [`file()`], [`narrow_file`] and [`narrow_folder`]. A symbolic link or anything
//! else that is no plain file is refused, so that nothing placed in a folder makes
//! the desk write into, or change the rights of, a file elsewhere. Where the system
//! or the file system has no such modes, [`others`] still tells what stands.

use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{Error, ErrorKind, Result};
use std::path::Path;

/// Bits of a mode that give rights to others than the owner.
const OTHERS: u32 = 0o077;

/// Makes a folder and whatever is missing above it; one that is there stays as it is.
///
/// # Errors
/// What the system says.
pub fn folder(path: &Path) -> Result<()> {
    if path.as_os_str().is_empty() || path.is_dir() {
        return Ok(());
    }
    if let Some(above) = path.parent() {
        folder(above)?;
    }
    let mut builder = DirBuilder::new();
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    match builder.create(path) {
        Ok(()) => set_mode(path, 0o700),
        // Somebody else was faster.
        Err(error) if error.kind() == ErrorKind::AlreadyExists && path.is_dir() => Ok(()),
        Err(error) => Err(error),
    }
}

/// Opens a file for reading and writing, makes it where it is missing, and narrows its mode where it is wider.
///
/// # Errors
/// When it is no plain file, and what the system says.
pub fn file(path: &Path) -> Result<File> {
    is_plain(path)?;
    let mut options = OpenOptions::new();
    options.read(true).write(true).create(true).truncate(false);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let file = options.open(path)?;
    // Looked at again: what was opened must be what stands there.
    is_plain(path)?;
    set_mode_of(&file)?;
    Ok(file)
}

/// Takes the rights of others off a file that may not be there.
///
/// # Errors
/// When it is no plain file, and what the system says.
pub fn narrow_file(path: &Path) -> Result<()> {
    is_plain(path)?;
    match others(path) {
        Some(_) => set_mode(path, 0o600),
        None => Ok(()),
    }
}

/// Takes the rights of others off a folder.
///
/// # Errors
/// What the system says.
pub fn narrow_folder(path: &Path) -> Result<()> {
    match others(path) {
        Some(_) => set_mode(path, 0o700),
        None => Ok(()),
    }
}

/// Returns the mode of something that others have rights to; none when it is the owner's alone or not there.
pub fn others(path: &Path) -> Option<u32> {
    mode(path).filter(|mode| mode & OTHERS != 0)
}

/// Refuses what is there and is no plain file.
fn is_plain(path: &Path) -> Result<()> {
    let what = match fs::symlink_metadata(path) {
        Ok(meta) if meta.is_file() => return Ok(()),
        Ok(meta) if meta.is_symlink() => {
            "it is a symbolic link, and what it points to is left alone: remove it"
        }
        Ok(_) => "it is no plain file: move it away",
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(error),
    };
    Err(Error::other(what))
}

#[cfg(unix)]
fn mode(path: &Path) -> Option<u32> {
    use std::os::unix::fs::PermissionsExt;
    Some(fs::metadata(path).ok()?.permissions().mode() & 0o777)
}

#[cfg(not(unix))]
fn mode(_: &Path) -> Option<u32> {
    None
}

/// Sets a mode where it is another: a umask may have taken rights off the owner, too.
#[cfg(unix)]
fn set_mode(path: &Path, to: u32) -> Result<()> {
    use std::os::unix::fs::PermissionsExt;
    if mode(path) == Some(to) {
        return Ok(());
    }
    modeless(fs::set_permissions(path, fs::Permissions::from_mode(to)))
}

/// Lets a file system without modes be: there is nothing to narrow on it.
#[cfg(unix)]
fn modeless(outcome: Result<()>) -> Result<()> {
    outcome.or_else(|error| match error.kind() {
        ErrorKind::PermissionDenied | ErrorKind::Unsupported => Ok(()),
        _ => Err(error),
    })
}

#[cfg(not(unix))]
fn set_mode(_: &Path, _: u32) -> Result<()> {
    Ok(())
}

#[cfg(unix)]
fn set_mode_of(file: &File) -> Result<()> {
    use std::os::unix::fs::PermissionsExt;
    if file.metadata()?.permissions().mode() & 0o777 == 0o600 {
        return Ok(());
    }
    modeless(file.set_permissions(fs::Permissions::from_mode(0o600)))
}

#[cfg(not(unix))]
fn set_mode_of(_: &File) -> Result<()> {
    Ok(())
}

#[cfg(unix)]
#[cfg(test)]
mod tests {
    use std::os::unix::fs::{PermissionsExt, symlink};

    use super::*;

    fn set(path: &Path, mode: u32) {
        fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
    }

    #[test]
    fn what_is_made_and_what_was_open_is_the_owners_alone() {
        let dir = tempfile::tempdir().unwrap();
        let (deep, path) = (dir.path().join("a/b/c"), dir.path().join("a/b/c/file"));
        folder(&deep).unwrap();
        drop(file(&path).unwrap());
        for made in ["a", "a/b", "a/b/c"] {
            assert_eq!(mode(&dir.path().join(made)), Some(0o700), "{made}");
        }
        assert_eq!(mode(&path), Some(0o600));
        set(&path, 0o666);
        set(&deep, 0o755);
        // One that is there is not ours to narrow unasked.
        folder(&deep).unwrap();
        assert_eq!(others(&deep), Some(0o755));
        narrow_folder(&deep).unwrap();
        drop(file(&path).unwrap());
        assert_eq!((others(&deep), others(&path)), (None, None));
        set(&path, 0o640);
        narrow_file(&path).unwrap();
        narrow_file(&dir.path().join("nothing")).unwrap();
        assert_eq!(others(&path), None);
    }

    #[test]
    fn a_link_is_refused_and_what_it_points_to_keeps_its_mode() {
        let dir = tempfile::tempdir().unwrap();
        let (theirs, link) = (dir.path().join("theirs"), dir.path().join("link"));
        fs::write(&theirs, "words").unwrap();
        set(&theirs, 0o644);
        symlink(&theirs, &link).unwrap();
        for refused in [file(&link).map(drop), narrow_file(&link)] {
            let said = refused.unwrap_err().to_string();
            assert!(said.contains("symbolic link"), "{said}");
        }
        assert_eq!(mode(&theirs), Some(0o644));
        let nowhere = dir.path().join("nowhere");
        symlink(dir.path().join("new"), &nowhere).unwrap();
        assert!(file(&nowhere).is_err());
        assert!(!dir.path().join("new").exists());
        assert!(file(dir.path()).is_err(), "a folder is no file");
    }
}
