//! A batch on its way to the disk: the texts of all its records in one piece, and where each stands.
//!
//! Sealing writes each text once, where the writer binds it from and the hash is
//! taken over it, so a record costs no allocation of its own.

use std::fmt::Display;
use std::io::Write;
use std::ops::Range;

use crate::event::Input;
use crate::journal::{
    Draft, JournalError, Payload,
    record::{Hash, Row, check, hash, write_source},
    recover::Head,
};

/// Bytes set aside for a record's texts; most need fewer.
const ROOM: usize = 768;

/// Records that follow each other, sealed.
#[derive(Debug)]
pub(crate) struct Batch {
    texts: String,
    slots: Vec<Slot>,
}

/// Where a record's texts end, and what is no text.
#[derive(Debug)]
struct Slot {
    seq: u64,
    at_us: i64,
    cause: Option<u64>,
    start: usize,
    /// Ends of source, subject, message id and payload.
    ends: [usize; 4],
    hash: Hash,
}

impl Slot {
    /// Borrows the record from the texts; one whose place is not in them is empty, and its hash is wrong.
    fn row<'t>(&self, texts: &'t str) -> Row<&'t str> {
        let text = |range: Range<usize>| texts.get(range).unwrap_or_default();
        let [source, subject, message_id, payload] = self.ends;
        Row {
            seq: self.seq,
            at_us: self.at_us,
            source: text(self.start..source),
            cause: self.cause,
            subject: text(source..subject),
            message_id: text(subject..message_id),
            payload: text(message_id..payload),
            hash: self.hash,
        }
    }
}

impl Batch {
    /// Gives drafts their places after `head`, which is moved to the last of them.
    pub(crate) fn seal(drafts: Vec<Draft>, head: &mut Head) -> Result<Self, JournalError> {
        let mut texts = Vec::with_capacity(drafts.len().saturating_mul(ROOM));
        let mut slots = Vec::with_capacity(drafts.len());
        for (seq, draft) in (head.seq + 1..).zip(drafts) {
            let slot =
                write(&draft, seq, &mut texts).map_err(|what| JournalError::Unfit { seq, what })?;
            slots.push(slot);
        }
        let unfit = |seq| move |what: String| JournalError::Unfit { seq, what };
        let texts = String::from_utf8(texts)
            .map_err(|error| error.to_string())
            .map_err(unfit(head.seq + 1))?;
        for slot in &mut slots {
            let row = slot.row(&texts);
            check(&row).map_err(unfit(slot.seq))?;
            slot.hash = hash(&row, head.hash);
            *head = Head {
                seq: slot.seq,
                hash: slot.hash,
            };
        }
        Ok(Self { texts, slots })
    }

    /// Iterates over its records.
    pub(crate) fn rows(&self) -> impl Iterator<Item = Row<&str>> {
        self.slots.iter().map(|slot| slot.row(&self.texts))
    }
}

/// Writes a record's texts behind those before it.
fn write(draft: &Draft, seq: u64, texts: &mut Vec<u8>) -> Result<Slot, String> {
    if matches!(draft.payload, Payload::Input(Input::Market(_))) {
        return Err("market data is recorded, never journaled".to_owned());
    }
    let start = texts.len();
    let text = |texts: &mut Vec<u8>, what: &dyn Display| {
        write!(texts, "{what}").map_err(|error| error.to_string())?;
        Ok::<usize, String>(texts.len())
    };
    write_source(&draft.source, texts);
    let source = texts.len();
    let subject = text(texts, &draft.subject)?;
    let message_id = text(texts, &draft.message_id)?;
    serde_json::to_writer(&mut *texts, &draft.payload)
        .map_err(|error| format!("its payload cannot be written as JSON: {error}"))?;
    Ok(Slot {
        seq,
        at_us: draft.at.as_us(),
        cause: draft.cause,
        start,
        ends: [source, subject, message_id, texts.len()],
        hash: Hash::NONE,
    })
}
