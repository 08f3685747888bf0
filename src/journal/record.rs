//! The shape of a record on disk: its texts, the bytes that are hashed, and the way back.
//!
//! The payload becomes text once, when a record is sealed; the hash is taken
//! over that text, so nothing is ever serialised again to be checked. What is
//! checked before a record is written is checked again after it is read.

use std::fmt;

use serde::{Serialize, Serializer};
use sha2::{Digest, Sha256};
use smol_str::SmolStr;

use crate::domain::Timestamp;
use crate::event::{Input, Source};
use crate::journal::{Draft, JournalError, Payload, Record};

/// The version of the hashed bytes; their first byte.
pub(crate) const FORMAT: u8 = 1;
/// The largest payload. A venue's whole statement stays far below.
const PAYLOAD_MOST: usize = 16 << 20;
/// The longest source, subject or message id.
const TEXT_MOST: usize = 1024;

/// A SHA-256 over a record and, through the record before, over all of them.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct Hash(pub [u8; 32]);

impl Hash {
    /// What stands before the first record.
    pub const NONE: Self = Self([0; 32]);

    pub(crate) fn from_hex(text: &str) -> Option<Self> {
        let (pairs, rest) = text.as_bytes().as_chunks::<2>();
        let mut hash = Self::NONE;
        if !rest.is_empty() || pairs.len() != hash.0.len() {
            return None;
        }
        for (byte, pair) in hash.0.iter_mut().zip(pairs) {
            *byte = u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok()?;
        }
        Some(hash)
    }
}

impl fmt::Display for Hash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for Hash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl Serialize for Hash {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// A record as it is stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Row {
    pub(crate) seq: u64,
    pub(crate) at_us: i64,
    pub(crate) source: String,
    pub(crate) cause: Option<u64>,
    pub(crate) subject: String,
    pub(crate) message_id: String,
    pub(crate) payload: String,
    pub(crate) hash: Hash,
}

/// Gives a draft its place after the record that `previous` is the hash of.
pub(crate) fn seal(draft: Draft, seq: u64, previous: Hash) -> Result<Row, JournalError> {
    let unfit = |what: String| JournalError::Unfit { seq, what };
    if matches!(draft.payload, Payload::Input(Input::Market(_))) {
        return Err(unfit("market data is recorded, never journaled".to_owned()));
    }
    let payload = serde_json::to_string(&draft.payload)
        .map_err(|error| unfit(format!("its payload cannot be written as JSON: {error}")))?;
    let mut row = Row {
        seq,
        at_us: draft.at.as_us(),
        source: source_text(&draft.source),
        cause: draft.cause,
        subject: draft.subject.to_string(),
        message_id: draft.message_id,
        payload,
        hash: Hash::NONE,
    };
    check(&row).map_err(unfit)?;
    row.hash = hash(&row, previous);
    Ok(row)
}

/// Reads a row back; the words say what is wrong with it.
pub(crate) fn open(row: Row, previous: Hash) -> Result<Record, String> {
    if hash(&row, previous) != row.hash {
        return Err("its hash does not match its content and the record before".to_owned());
    }
    check(&row)?;
    let payload = serde_json::from_str(&row.payload)
        .map_err(|error| format!("its payload is not readable: {error}"))?;
    Ok(Record {
        seq: row.seq,
        at: Timestamp::from_us(row.at_us),
        source: source_from(&row.source)
            .ok_or_else(|| format!("source '{}' is not known", row.source))?,
        cause: row.cause,
        subject: row
            .subject
            .parse()
            .map_err(|error| format!("its subject is not readable: {error}"))?,
        message_id: row.message_id,
        payload,
        hash: row.hash,
    })
}

/// Says what no record may be, before it is written and after it is read.
fn check(row: &Row) -> Result<(), String> {
    if row.seq == 0 || i64::try_from(row.seq).is_err() {
        return Err(format!("place {} is out of range", row.seq));
    }
    if let Some(cause) = row.cause.filter(|&cause| cause >= row.seq) {
        return Err(format!("its cause {cause} does not come before it"));
    }
    for (name, text) in [
        ("source", &row.source),
        ("subject", &row.subject),
        ("message id", &row.message_id),
    ] {
        if text.is_empty() || text.len() > TEXT_MOST {
            let len = text.len();
            return Err(format!("its {name} has {len} bytes, not 1 to {TEXT_MOST}"));
        }
    }
    let entity = row.message_id.strip_prefix(&row.subject);
    if !entity.is_some_and(|entity| entity.starts_with(':')) {
        return Err(format!(
            "message id '{}' does not begin with its subject '{}'",
            row.message_id, row.subject
        ));
    }
    if row.payload.len() > PAYLOAD_MOST {
        let len = row.payload.len();
        return Err(format!(
            "its payload has {len} bytes, more than {PAYLOAD_MOST}"
        ));
    }
    Ok(())
}

fn hash(row: &Row, previous: Hash) -> Hash {
    Hash(Sha256::digest(canonical(row, previous)).into())
}

/// Writes the hashed bytes: format, hash before, place, time, cause, then each text behind its length.
///
/// Integers are big-endian, 8 bytes; a missing cause is one zero byte, a present one follows a 1.
fn canonical(row: &Row, previous: Hash) -> Vec<u8> {
    let texts = [&row.source, &row.subject, &row.message_id, &row.payload];
    let size = 96 + texts.iter().map(|text| text.len()).sum::<usize>();
    let mut bytes = Vec::with_capacity(size);
    bytes.push(FORMAT);
    bytes.extend_from_slice(&previous.0);
    bytes.extend_from_slice(&row.seq.to_be_bytes());
    bytes.extend_from_slice(&row.at_us.to_be_bytes());
    match row.cause {
        Some(cause) => {
            bytes.push(1);
            bytes.extend_from_slice(&cause.to_be_bytes());
        }
        None => bytes.push(0),
    }
    for text in texts {
        bytes.extend_from_slice(&(text.len() as u64).to_be_bytes());
        bytes.extend_from_slice(text.as_bytes());
    }
    bytes
}

/// Returns the bytes whose SHA-256 is the hash of `draft` at `seq` after `previous`.
///
/// # Errors
/// When the draft is none a journal would keep.
pub fn canonical_bytes(draft: Draft, seq: u64, previous: Hash) -> Result<Vec<u8>, JournalError> {
    seal(draft, seq, previous).map(|row| canonical(&row, previous))
}

fn source_text(source: &Source) -> String {
    match source {
        Source::Desk => "desk".to_owned(),
        Source::Person(name) => format!("person:{name}"),
        Source::Program(name) => format!("program:{name}"),
        Source::Broker(name) => format!("broker:{name}"),
        Source::Feed(name) => format!("feed:{name}"),
    }
}

fn source_from(text: &str) -> Option<Source> {
    if text == "desk" {
        return Some(Source::Desk);
    }
    let (kind, name) = text.split_once(':')?;
    let name = SmolStr::new(name);
    match kind {
        "person" => Some(Source::Person(name)),
        "program" => Some(Source::Program(name)),
        "broker" => Some(Source::Broker(name)),
        "feed" => Some(Source::Feed(name)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sources_read_back_as_written() {
        let sources = [
            Source::Desk,
            Source::Person("ana: risk".into()),
            Source::Program("rebalance".into()),
            Source::Broker("paper".into()),
            Source::Feed("kraken".into()),
        ];
        for source in sources {
            assert_eq!(source_from(&source_text(&source)), Some(source));
        }
        for bad in ["", "desk:", "robot:x", "person"] {
            assert_eq!(source_from(bad), None, "{bad:?}");
        }
    }

    #[test]
    fn hashes_read_back_as_written() {
        let hash = Hash(Sha256::digest(b"desk").into());
        assert_eq!(Hash::from_hex(&hash.to_string()), Some(hash));
        for bad in ["", "00", &"g0".repeat(32), &"0".repeat(65)] {
            assert_eq!(Hash::from_hex(bad), None, "{bad:?}");
        }
    }
}
