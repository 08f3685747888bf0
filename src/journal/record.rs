//! The shape of a record on disk: its texts, the bytes that are hashed, and the way back.
//!
//! The payload becomes text once, when a record is sealed (`batch`); the hash is
//! taken over that text, so nothing is ever serialised again to be checked. What
//! is checked before a record is written is checked again after it is read.

use std::fmt;

use serde::{Serialize, Serializer};
use sha2::{Digest, Sha256};
use smol_str::SmolStr;

use crate::domain::Timestamp;
use crate::event::{Fact, Source};
use crate::journal::{Draft, JournalError, Payload, Record, batch::Batch, recover::Head};

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
pub(crate) struct Row<T = String> {
    pub(crate) seq: u64,
    pub(crate) at_us: i64,
    pub(crate) source: T,
    pub(crate) cause: Option<u64>,
    pub(crate) subject: T,
    pub(crate) message_id: T,
    pub(crate) payload: T,
    pub(crate) hash: Hash,
}

impl Row<&str> {
    /// Copies the texts.
    pub(crate) fn to_owned(&self) -> Row {
        Row {
            seq: self.seq,
            at_us: self.at_us,
            source: self.source.to_owned(),
            cause: self.cause,
            subject: self.subject.to_owned(),
            message_id: self.message_id.to_owned(),
            payload: self.payload.to_owned(),
            hash: self.hash,
        }
    }
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

/// How the payload of an input begins.
const INPUT: &str = "{\"input\":";

/// Reads the fact of a row and leaves an input unread: what follows from inputs is in the facts.
///
/// The hash says that both are what was written; the words say what is wrong.
pub(crate) fn open_fact<T: AsRef<str>>(
    row: &Row<T>,
    previous: Hash,
) -> Result<(u64, Option<Fact>), String> {
    if hash(row, previous) != row.hash {
        return Err("its hash does not match its content and the record before".to_owned());
    }
    check(row)?;
    let payload = row.payload.as_ref();
    if payload.starts_with(INPUT) {
        return Ok((row.seq, None));
    }
    match serde_json::from_str(payload) {
        Ok(Payload::Fact(fact)) => Ok((row.seq, Some(fact))),
        Ok(Payload::Input(_)) => Ok((row.seq, None)),
        Err(error) => Err(format!("its payload is not readable: {error}")),
    }
}

/// Says what no record may be, before it is written and after it is read.
pub(crate) fn check<T: AsRef<str>>(row: &Row<T>) -> Result<(), String> {
    if row.seq == 0 || i64::try_from(row.seq).is_err() {
        return Err(format!("place {} is out of range", row.seq));
    }
    if let Some(cause) = row.cause.filter(|&cause| cause >= row.seq) {
        return Err(format!("its cause {cause} does not come before it"));
    }
    for (name, text) in [
        ("source", row.source.as_ref()),
        ("subject", row.subject.as_ref()),
        ("message id", row.message_id.as_ref()),
    ] {
        if text.is_empty() || text.len() > TEXT_MOST {
            let len = text.len();
            return Err(format!("its {name} has {len} bytes, not 1 to {TEXT_MOST}"));
        }
    }
    let (message_id, subject) = (row.message_id.as_ref(), row.subject.as_ref());
    let entity = message_id.strip_prefix(subject);
    if !entity.is_some_and(|entity| entity.starts_with(':')) {
        return Err(format!(
            "message id '{message_id}' does not begin with its subject '{subject}'"
        ));
    }
    let len = row.payload.as_ref().len();
    if len > PAYLOAD_MOST {
        return Err(format!(
            "its payload has {len} bytes, more than {PAYLOAD_MOST}"
        ));
    }
    Ok(())
}

/// Returns the hash of a record that follows the one `previous` is the hash of.
pub(crate) fn hash<T: AsRef<str>>(row: &Row<T>, previous: Hash) -> Hash {
    let mut hasher = Sha256::new();
    canonical(row, previous, |bytes| hasher.update(bytes));
    Hash(hasher.finalize().into())
}

/// Hands out the hashed bytes: format, hash before, place, time, cause, then each text behind its length.
///
/// Integers are big-endian, 8 bytes; a missing cause is one zero byte, a present one follows a 1.
fn canonical<T: AsRef<str>>(row: &Row<T>, previous: Hash, mut to: impl FnMut(&[u8])) {
    to(&[FORMAT]);
    to(&previous.0);
    to(&row.seq.to_be_bytes());
    to(&row.at_us.to_be_bytes());
    match row.cause {
        Some(cause) => {
            to(&[1]);
            to(&cause.to_be_bytes());
        }
        None => to(&[0]),
    }
    for text in [&row.source, &row.subject, &row.message_id, &row.payload] {
        let text = text.as_ref();
        to(&(text.len() as u64).to_be_bytes());
        to(text.as_bytes());
    }
}

/// Returns the bytes whose SHA-256 is the hash of `draft` at `seq` after `previous`.
///
/// # Errors
/// When the draft is none a journal would keep.
pub fn canonical_bytes(draft: Draft, seq: u64, previous: Hash) -> Result<Vec<u8>, JournalError> {
    let mut head = Head {
        seq: seq.saturating_sub(1),
        hash: previous,
    };
    let batch = Batch::seal(vec![draft], &mut head)?;
    let mut bytes = Vec::new();
    for row in batch.rows() {
        canonical(&row, previous, |part| bytes.extend_from_slice(part));
    }
    Ok(bytes)
}

pub(crate) fn write_source(source: &Source, to: &mut Vec<u8>) {
    let (kind, name) = match source {
        Source::Desk => return to.extend_from_slice(b"desk"),
        Source::Person(name) => (&b"person:"[..], name),
        Source::Program(name) => (&b"program:"[..], name),
        Source::Broker(name) => (&b"broker:"[..], name),
        Source::Feed(name) => (&b"feed:"[..], name),
        Source::Gate(name) => (&b"gate:"[..], name),
    };
    to.extend_from_slice(kind);
    to.extend_from_slice(name.as_bytes());
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
        "gate" => Some(Source::Gate(name)),
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
            Source::Gate("cro_veto".into()),
        ];
        for source in sources {
            let mut text = Vec::new();
            write_source(&source, &mut text);
            let text = String::from_utf8(text).unwrap();
            assert_eq!(source_from(&text), Some(source));
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
