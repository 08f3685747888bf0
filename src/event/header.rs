//! What every message carries: order, time, source and cause, stamped on entry.

use serde::{Deserialize, Serialize};
use smol_str::SmolStr;

use crate::domain::Timestamp;

/// The four lanes of the bus, in the order they are drained.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Lane {
    /// Start, stop, time, links. Durable.
    Control,
    /// Acceptances, fills, cancels. Durable.
    Execution,
    /// What people and programs ask for. Durable.
    Command,
    /// Quotes, trades, bars. Conflated, not journaled.
    Market,
}

/// Who said it.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Source {
    /// The engine itself.
    Desk,
    /// A person at a screen, by name.
    Person(SmolStr),
    /// A program that trades on the desk, by name.
    Program(SmolStr),
    /// A broker adapter, by name.
    Broker(SmolStr),
    /// A data feed, by name.
    Feed(SmolStr),
    /// A gate that asks outside, by name.
    Gate(SmolStr),
}

/// Stamped once, on entry to the engine; never changed after.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Header {
    /// Position in the journal, from 1, without gaps. Market inputs carry the last durable one.
    pub seq: u64,
    /// When it entered the engine, UTC.
    pub at: Timestamp,
    /// Who said it.
    pub source: Source,
    /// The input this is an answer to; none for an input itself.
    pub cause: Option<u64>,
}
