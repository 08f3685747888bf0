//! Reading a text file that a person wrote: whole, bounded, and said in words when it cannot be.
//!
//! Settings, keys and themes all come through here. A file that is not there is no
//! fault; anything else that stands in its place is: a folder, a pipe that would
//! never end, bytes that are no UTF-8. Says what is wrong, not what the text means.

use std::fs::File;
use std::io::{ErrorKind, Read};
use std::path::{Path, PathBuf};

/// The largest file, in bytes; what people write by hand stays far below.
const SIZE_MOST: u64 = 1 << 20;

/// Why a file cannot be used as text.
#[derive(Debug, thiserror::Error)]
pub enum TextError {
    /// The system does not let it be read.
    #[error("{}: cannot be read: {source}; make it readable or take it away", path.display())]
    Unreadable {
        /// Which file.
        path: PathBuf,
        /// What the system says.
        source: std::io::Error,
    },
    /// A folder or a device stands in its place.
    #[error("{}: is {what}, expected a text file", path.display())]
    NoFile {
        /// Which file.
        path: PathBuf,
        /// What it is.
        what: &'static str,
    },
    /// It is too large to have been written by hand.
    #[error("{}: has more than {most} bytes, expected a file written by hand", path.display())]
    TooLarge {
        /// Which file.
        path: PathBuf,
        /// The most it may have.
        most: u64,
    },
    /// It holds bytes that are no text.
    #[error("{}:{line}: the byte {byte:#04x} is not UTF-8 text: save the file as UTF-8", path.display())]
    NotText {
        /// Which file.
        path: PathBuf,
        /// Line, counted from 1.
        line: usize,
        /// The first byte that is none.
        byte: u8,
    },
}

/// Reads the file at `path`; nothing when there is none.
///
/// # Errors
/// When something is there that is no text file of a person's size.
pub fn read_text(path: &Path) -> Result<Option<String>, TextError> {
    let unreadable = |source| TextError::Unreadable {
        path: path.to_owned(),
        source,
    };
    // Looked at before it is opened: opening a pipe waits for somebody to write into it.
    let kind = match std::fs::metadata(path) {
        Ok(meta) => meta.file_type(),
        Err(error) if error.kind() == ErrorKind::NotADirectory => return Ok(None),
        Err(error) if error.kind() == ErrorKind::NotFound && !is_link(path) => return Ok(None),
        Err(source) => return Err(unreadable(source)),
    };
    if !kind.is_file() {
        let what = if kind.is_dir() {
            "a folder"
        } else {
            "a device or a pipe"
        };
        let path = path.to_owned();
        return Err(TextError::NoFile { path, what });
    }
    let mut bytes = Vec::new();
    File::open(path)
        .and_then(|file| file.take(SIZE_MOST + 1).read_to_end(&mut bytes))
        .map_err(unreadable)?;
    if bytes.len() as u64 > SIZE_MOST {
        return Err(TextError::TooLarge {
            path: path.to_owned(),
            most: SIZE_MOST,
        });
    }
    String::from_utf8(bytes).map(Some).map_err(|error| {
        let at = error.utf8_error().valid_up_to();
        let bytes = error.as_bytes();
        let before = bytes.get(..at).unwrap_or_default();
        TextError::NotText {
            path: path.to_owned(),
            line: before.split(|byte| *byte == b'\n').count(),
            byte: bytes.get(at).copied().unwrap_or_default(),
        }
    })
}

/// Returns true for a link, which when it leads nowhere is a mistake worth saying.
fn is_link(path: &Path) -> bool {
    std::fs::symlink_metadata(path).is_ok_and(|meta| meta.is_symlink())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn refused(path: &Path, words: &str) {
        let said = read_text(path).unwrap_err().to_string();
        assert!(said.starts_with(&path.display().to_string()), "{said}");
        assert!(said.contains(words), "{said}");
    }

    #[test]
    fn what_is_no_text_file_is_said_and_what_is_not_there_is_not() {
        let dir = tempfile::tempdir().unwrap();
        let path = |name: &str| dir.path().join(name);
        assert_eq!(read_text(&path("none")).unwrap(), None);
        std::fs::write(path("good"), "a\u{feff}b").unwrap();
        assert_eq!(
            read_text(&path("good")).unwrap().as_deref(),
            Some("a\u{feff}b")
        );
        std::fs::write(path("latin"), b"a = 1\nb = \"\xe9\"\n").unwrap();
        refused(&path("latin"), "latin:2: the byte 0xe9 is not UTF-8");
        std::fs::create_dir(path("folder")).unwrap();
        refused(&path("folder"), "is a folder");
        let large = vec![b'#'; usize::try_from(SIZE_MOST).unwrap() + 1];
        std::fs::write(path("large"), &large[1..]).unwrap();
        assert!(read_text(&path("large")).unwrap().is_some());
        std::fs::write(path("large"), large).unwrap();
        refused(&path("large"), "more than 1048576 bytes");
    }

    #[cfg(unix)]
    #[test]
    fn neither_a_device_nor_a_link_in_a_circle_holds_it_up() {
        use std::os::unix::fs::symlink;
        let dir = tempfile::tempdir().unwrap();
        let path = |name: &str| dir.path().join(name);
        symlink("/dev/zero", path("zero")).unwrap();
        refused(&path("zero"), "is a device");
        symlink(path("circle"), path("circle")).unwrap();
        refused(&path("circle"), "cannot be read");
        symlink(path("nowhere"), path("lost")).unwrap();
        refused(&path("lost"), "cannot be read");
    }
}
