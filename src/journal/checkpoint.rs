//! Checkpoints: what the records come to at one place, kept in files beside the journal.
//!
//! A checkpoint is a cache. It names the record it stands at by place and hash and
//! ends in a SHA-256 over all of itself, so a torn, changed or foreign one is seen
//! and left aside; without any, everything is still in the journal. Nothing here
//! knows what is in it. The newest two are kept; a new one is written beside them,
//! synced and renamed, a piece at a time so that a commit beside it never waits for
//! all of it to reach the disk.

use std::fs::{self, File, OpenOptions};
use std::io::{Read, Write};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::journal::{Hash, JournalError, folder};

/// The version of the file's layout.
const FORMAT: u32 = 1;
/// Files kept.
const KEPT: usize = 2;
/// Bytes written between two syncs.
const PIECE: usize = 512 << 10;
/// The largest file that is read; a state that fills every bound stays far below.
const BYTES_MOST: u64 = 1 << 30;
const PREFIX: &str = "checkpoint-";
/// One that is being written.
const UNFINISHED: &str = "checkpoint.new";
/// Bytes of a digest.
const DIGEST: usize = 32;

/// What the records up to a place come to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Checkpoint {
    /// The place of the last record it contains.
    pub seq: u64,
    /// The hash of that record.
    pub hash: Hash,
    /// What the state hashes to.
    pub state: String,
    /// What it says, part by part.
    pub parts: Vec<Vec<u8>>,
}

/// The file's first line.
#[derive(Serialize, Deserialize)]
struct Head {
    format: u32,
    program: String,
    seq: u64,
    hash: String,
    state: String,
    parts: Vec<usize>,
}

impl Checkpoint {
    /// Writes it durably and drops all but the newest two; `program` tells who may read it again.
    ///
    /// # Errors
    /// When the system refuses; what was there is still there.
    pub fn write(&self, folder: &Path, program: &str) -> Result<(), JournalError> {
        let unfinished = folder.join(UNFINISHED);
        let path = folder.join(format!("{PREFIX}{:020}", self.seq));
        let failed = |error: std::io::Error| JournalError::io("write", &unfinished, &error);
        folder::make_file(&unfinished)?;
        let mut file = OpenOptions::new()
            .write(true)
            .truncate(true)
            .open(&unfinished)
            .map_err(failed)?;
        let bytes = self.bytes(program).map_err(|error| failed(error.into()))?;
        for piece in bytes.chunks(PIECE) {
            file.write_all(piece).map_err(failed)?;
            file.sync_data().map_err(failed)?;
        }
        file.sync_all().map_err(failed)?;
        fs::rename(&unfinished, &path).map_err(failed)?;
        folder::sync_folder(&path)?;
        for (_, old) in checkpoints(folder)?.into_iter().skip(KEPT) {
            fs::remove_file(&old).map_err(|error| JournalError::io("remove", &old, &error))?;
        }
        Ok(())
    }

    fn bytes(&self, program: &str) -> serde_json::Result<Vec<u8>> {
        let head = Head {
            format: FORMAT,
            program: program.to_owned(),
            seq: self.seq,
            hash: self.hash.to_string(),
            state: self.state.clone(),
            parts: self.parts.iter().map(Vec::len).collect(),
        };
        let mut bytes = serde_json::to_vec(&head)?;
        bytes.push(b'\n');
        bytes.extend(self.parts.iter().flatten());
        let digest: [u8; DIGEST] = Sha256::digest(&bytes).into();
        bytes.extend(digest);
        Ok(bytes)
    }

    /// Reads one that this `program` wrote.
    ///
    /// # Errors
    /// In words: why it cannot be used.
    pub fn read(path: &Path, program: &str) -> Result<Self, String> {
        let bytes = read(path).map_err(|error| error.to_string())?;
        let (body, digest) = bytes
            .len()
            .checked_sub(DIGEST)
            .and_then(|at| bytes.split_at_checked(at))
            .ok_or("it is cut short")?;
        let found: [u8; DIGEST] = Sha256::digest(body).into();
        if found != digest {
            return Err("it is not what was written".to_owned());
        }
        let end = body.iter().position(|byte| *byte == b'\n');
        let (head, mut rest) = end
            .and_then(|at| body.split_at_checked(at))
            .ok_or("its first line does not end")?;
        let head: Head = serde_json::from_slice(head)
            .map_err(|error| format!("its first line is not readable: {error}"))?;
        if head.format != FORMAT || head.program != program {
            return Err("another version of the desk wrote it".to_owned());
        }
        rest = rest.get(1..).unwrap_or_default();
        let mut parts = Vec::new();
        for size in head.parts {
            let (part, after) = rest.split_at_checked(size).ok_or("a part is cut short")?;
            parts.push(part.to_vec());
            rest = after;
        }
        let hash = Hash::from_hex(&head.hash).ok_or("the hash it stands at is not readable")?;
        Ok(Self {
            seq: head.seq,
            hash,
            state: head.state,
            parts,
        })
    }
}

fn read(path: &Path) -> std::io::Result<Vec<u8>> {
    let file = File::open(path)?;
    let size = file.metadata()?.len();
    if size > BYTES_MOST {
        let text = format!("it has {size} bytes, more than {BYTES_MOST}");
        return Err(std::io::Error::other(text));
    }
    let mut bytes = Vec::with_capacity(usize::try_from(size).unwrap_or(0));
    file.take(BYTES_MOST).read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// Lists the checkpoints of a data folder by the place they stand at, newest first.
///
/// # Errors
/// When the folder cannot be read.
pub fn checkpoints(folder: &Path) -> Result<Vec<(u64, PathBuf)>, JournalError> {
    let failed = |error: std::io::Error| JournalError::io("list", folder, &error);
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).map_err(failed)? {
        let path = entry.map_err(failed)?.path();
        let name = path.file_name().and_then(|name| name.to_str());
        let seq = name.and_then(|name| name.strip_prefix(PREFIX)?.parse().ok());
        if let Some(seq) = seq {
            found.push((seq, path));
        }
    }
    found.sort_unstable_by(|a, b| b.cmp(a));
    Ok(found)
}

/// Removes every checkpoint of a data folder, so that the next start replays all.
///
/// # Errors
/// When the system refuses.
pub fn drop_checkpoints(folder: &Path) -> Result<(), JournalError> {
    for (_, path) in checkpoints(folder)? {
        fs::remove_file(&path).map_err(|error| JournalError::io("remove", &path, &error))?;
    }
    Ok(())
}
