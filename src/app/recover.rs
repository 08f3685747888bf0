//! From the journal back to the state: the one path of every start, whether after a quit or a power cut.

use crate::domain::Timestamp;
use crate::engine::{Replay, State};
use crate::event::{AccountFact, Fact, MarketEvent};
use crate::journal::{JournalError, Payload, Record};

/// Replays records into a state.
///
/// With `marks`, the quotes that simulated fills were made at are taken as marks, so
/// that a report without a live market can still value what is held.
///
/// # Errors
/// At the first record that cannot be read or is not what was written.
pub fn replay(
    state: State,
    records: impl Iterator<Item = Result<Record, JournalError>>,
    options: Options,
) -> Result<Replayed, JournalError> {
    let mut replay = Replay::new(state, options.rejudge);
    let mut events = 0;
    for record in records {
        let record = record?;
        if options.until.is_some_and(|until| record.seq > until) {
            break;
        }
        events += 1;
        match &record.payload {
            Payload::Input(_) => replay.input(record.seq),
            Payload::Fact(fact) => {
                if let (true, Some(mark)) = (options.marks, mark_of(fact)) {
                    replay.mark(&mark);
                }
                replay.fact(record.seq, fact);
            }
        }
    }
    Ok(Replayed { replay, events })
}

/// Returns when the books were opened, which is where the synthetic market begins; none for an empty journal.
///
/// # Errors
/// When the records looked at cannot be read or are not what was written.
pub fn opened_at(
    records: impl Iterator<Item = Result<Record, JournalError>>,
) -> Result<Option<Timestamp>, JournalError> {
    // The opening is the first fact and stands right behind the input that asked for it.
    for record in records.take(2) {
        if let Payload::Fact(Fact::Account(AccountFact::Opened { at, .. })) = record?.payload {
            return Ok(Some(at));
        }
    }
    Ok(None)
}

/// How to replay.
#[derive(Debug, Clone, Copy, Default)]
pub struct Options {
    /// Stop after this record.
    pub until: Option<u64>,
    /// Work every verdict out again.
    pub rejudge: bool,
    /// Take the quotes of fills as marks.
    pub marks: bool,
}

/// What a replay came to.
#[derive(Debug)]
pub struct Replayed {
    /// The replay, with its state and what did not agree.
    pub replay: Replay,
    /// Records read.
    pub events: u64,
}

fn mark_of(fact: &Fact) -> Option<MarketEvent> {
    match fact {
        Fact::Account(AccountFact::Filled {
            fill,
            quote: Some(quote),
            ..
        }) => Some(MarketEvent::Quote {
            quote: (**quote).clone(),
            received_at: fill.timestamp,
        }),
        Fact::Account(_) | Fact::Order(_) | Fact::Risk(_) | Fact::Link(_) => None,
    }
}
