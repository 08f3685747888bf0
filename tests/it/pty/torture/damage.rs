//! What happens to files while no desk looks: bytes turn, ends are cut off, files go or come back from the past.

use std::fs::{self, OpenOptions};
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};

use crate::pty::torture::chance::Chance;
use crate::pty::torture::disk::copy;

/// Damages one file of the data folder and says how; `older` is the same folder as it once was.
pub fn damage(data: &Path, older: Option<&Path>, chance: &mut Chance) -> String {
    if let Some(older) = older.filter(|_| chance.one_in(8)) {
        return turn_back(data, older, chance);
    }
    let files = files(data);
    let path = chance.pick(&files);
    let name = path.file_name().unwrap().to_string_lossy().into_owned();
    let size = fs::metadata(path).unwrap().len();
    match chance.below(8) {
        0..=3 => {
            let bits = 1 + chance.below(3);
            let places: Vec<String> = (0..bits)
                .map(|_| flip(path, size, chance).to_string())
                .collect();
            format!("{name}: a bit turned at {}", places.join(", "))
        }
        4..=5 => {
            let to = chance.below(size);
            let file = OpenOptions::new().write(true).open(path).unwrap();
            file.set_len(to).unwrap();
            format!("{name}: cut from {size} to {to} bytes")
        }
        6 => {
            let at = chance.below(size) / 4096 * 4096;
            let file = OpenOptions::new().write(true).open(path).unwrap();
            let most = usize::try_from(size - at).unwrap().min(4096);
            file.write_all_at(&vec![0; most], at).unwrap();
            format!("{name}: zeros for {most} bytes from {at}")
        }
        _ => {
            fs::remove_file(path).unwrap();
            format!("{name}: removed")
        }
    }
}

/// Returns the files that hold state; the log is for people and may say what it likes.
fn files(data: &Path) -> Vec<PathBuf> {
    let mut files: Vec<PathBuf> = fs::read_dir(data)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.is_file() && fs::metadata(path).unwrap().len() > 0)
        .collect();
    files.sort();
    files
}

fn flip(path: &Path, size: u64, chance: &mut Chance) -> u64 {
    let at = chance.below(size);
    let file = OpenOptions::new()
        .read(true)
        .write(true)
        .open(path)
        .unwrap();
    let mut byte = [0];
    file.read_exact_at(&mut byte, at).unwrap();
    byte[0] ^= 1 << chance.below(8);
    file.write_all_at(&byte, at).unwrap();
    at
}

/// Puts the journal's own files back to what they were, beside everything else as it is.
fn turn_back(data: &Path, older: &Path, chance: &mut Chance) -> String {
    let log_only = chance.one_in(2);
    for file in files(data) {
        let name = file.file_name().unwrap().to_string_lossy().into_owned();
        let of_journal = if log_only {
            name == "journal.db-wal"
        } else {
            name.starts_with("journal.db")
        };
        if of_journal {
            fs::remove_file(&file).unwrap();
        }
    }
    let from = tempfile::tempdir().unwrap();
    copy(older, from.path());
    for file in files(from.path()) {
        let name = file.file_name().unwrap().to_string_lossy().into_owned();
        let of_journal = if log_only {
            name == "journal.db-wal"
        } else {
            name.starts_with("journal.db")
        };
        if of_journal {
            fs::copy(&file, data.join(&name)).unwrap();
        }
    }
    if log_only {
        "journal.db-wal: an older one in its place".to_owned()
    } else {
        "the journal's files: older ones in their place".to_owned()
    }
}
