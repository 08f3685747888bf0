//! Reading to the end of what may have none: up to so many bytes, and an error beyond.

use std::fs::File;
use std::io::{self, ErrorKind, Read};
use std::path::Path;

/// Reads to the end.
///
/// # Errors
/// What the reader says, or that there are more than `most` bytes.
pub fn whole(from: impl Read, most: u64) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    from.take(most.saturating_add(1)).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > most {
        let words = format!("has more than {most} bytes");
        return Err(io::Error::new(ErrorKind::FileTooLarge, words));
    }
    Ok(bytes)
}

/// Reads a plain file. Looked at before it is opened: opening a pipe waits for somebody to write into it.
///
/// # Errors
/// What the system says, that it is a folder or a device, or that it has more than `most` bytes.
pub fn file(path: &Path, most: u64) -> io::Result<Vec<u8>> {
    if !std::fs::metadata(path)?.is_file() {
        return Err(io::Error::new(ErrorKind::InvalidInput, "is no plain file"));
    }
    whole(File::open(path)?, most)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn as_many_bytes_as_may_be_are_read_and_one_more_is_too_many() {
        assert_eq!(whole(&b"four"[..], 4).unwrap(), b"four");
        let error = whole(&b"five5"[..], 4).unwrap_err();
        assert_eq!(error.to_string(), "has more than 4 bytes");
        let endless = whole(io::repeat(7), 1_000).unwrap_err();
        assert_eq!(endless.kind(), ErrorKind::FileTooLarge);
        let folder = tempfile::tempdir().unwrap();
        let error = file(folder.path(), 4).unwrap_err();
        assert_eq!(error.to_string(), "is no plain file");
        let missing = file(&folder.path().join("none"), 4).unwrap_err();
        assert_eq!(missing.kind(), ErrorKind::NotFound);
    }
}
