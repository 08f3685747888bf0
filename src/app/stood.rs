//! `sleeves.json`: the weights of sleeves that still stand, beside the history, so that a restart does not trade.
//!
//! Can be thrown away: what is not there is computed anew. Written whole and put in place at once.

use std::fs;
use std::io::Write as _;
use std::path::Path;

use crate::base::{bounded, private};
use crate::domain::Timestamp;
use crate::portfolio::live::Stood;

/// The file, in the folder of the journal.
const FILE: &str = "sleeves.json";
/// What is written before it takes the file's place.
const UNFINISHED: &str = "sleeves.json.new";
/// The largest file that is read.
const FILE_MOST: u64 = 8 << 20;

/// Reads what stood when the desk last wrote it; nothing where there is no file, or of a time that is ahead.
///
/// # Errors
/// In words: what cannot be read, and what becomes of it.
pub fn read(folder: &Path, now: Timestamp) -> Result<Vec<Stood>, String> {
    let path = folder.join(FILE);
    let fault = |why: String| format!("{}: {why}; sleeves are computed anew", path.display());
    let bytes = match bounded::file(&path, FILE_MOST) {
        Ok(bytes) => bytes,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(fault(error.to_string())),
    };
    let mut stood: Vec<Stood> =
        serde_json::from_slice(&bytes).map_err(|error| fault(error.to_string()))?;
    stood.retain(|one| one.at <= now);
    Ok(stood)
}

/// Writes what stands.
///
/// # Errors
/// When the system refuses; what was there is still there.
pub fn write(folder: &Path, stood: &[Stood]) -> std::io::Result<()> {
    let unfinished = folder.join(UNFINISHED);
    let bytes = serde_json::to_vec(stood)?;
    let mut file = private::file(&unfinished)?;
    file.set_len(0)?;
    file.write_all(&bytes)?;
    file.sync_all()?;
    fs::rename(&unfinished, folder.join(FILE))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_stands_comes_back_and_what_is_no_such_file_is_said() {
        let folder = tempfile::tempdir().unwrap();
        let now = Timestamp::from_us(1_700_000_000_000_000);
        assert_eq!(read(folder.path(), now), Ok(Vec::new()));
        let stood = |at| Stood {
            name: "core".into(),
            rule: "hrp of []".into(),
            at,
            weights: [("AAPL".parse().unwrap(), 0.1 + 0.2)].into(),
        };
        let ahead = now.plus(std::time::Duration::from_secs(1));
        write(folder.path(), &[stood(now), stood(ahead)]).unwrap();
        write(folder.path(), &[stood(now), stood(ahead)]).unwrap();
        assert_eq!(read(folder.path(), now), Ok(vec![stood(now)]));
        for text in ["", "[{}]", "[{\"name\": \"a\"", "\u{0}"] {
            fs::write(folder.path().join(FILE), text).unwrap();
            let why = read(folder.path(), now).unwrap_err();
            assert!(
                why.contains("sleeves.json: ") && why.ends_with("computed anew"),
                "{why}"
            );
        }
    }
}
