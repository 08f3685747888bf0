//! Rows for `desk journal export` that the facts alone hold: fills and verdicts.
//!
//! Orders and positions are states, which the engine rebuilds from the facts.

use rust_decimal::Decimal;
use serde::Serialize;

use crate::domain::{Fill, GateName, OrderId, RejectionCode, Timestamp};
use crate::event::{AccountFact, Fact, OrderFact, Outcome, Unit, Verdict};
use crate::journal::{JournalError, Payload, Record};

/// Returns the fills as they were booked, in order.
pub fn fills(
    records: impl Iterator<Item = Result<Record, JournalError>>,
) -> impl Iterator<Item = Result<Fill, JournalError>> {
    records.filter_map(|record| match record {
        Ok(record) => match record.payload {
            Payload::Fact(Fact::Account(AccountFact::Filled { fill, .. })) => Some(Ok(fill)),
            Payload::Fact(_) | Payload::Input(_) => None,
        },
        Err(error) => Some(Err(error)),
    })
}

/// One gate's answer to one order, flat enough for a table.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct VerdictRow {
    /// Place of the record.
    pub seq: u64,
    /// When it was given.
    pub at: Timestamp,
    /// To which order.
    pub order_id: OrderId,
    /// By which gate.
    pub gate: GateName,
    /// How it answered.
    pub outcome: Outcome,
    /// Why it refused, as a code.
    pub code: Option<RejectionCode>,
    /// What limit and value are counted in.
    pub unit: Option<Unit>,
    /// The most that passes.
    #[serde(with = "rust_decimal::serde::str_option")]
    pub limit: Option<Decimal>,
    /// What it would have been.
    #[serde(with = "rust_decimal::serde::str_option")]
    pub value: Option<Decimal>,
    /// What was left.
    #[serde(with = "rust_decimal::serde::str_option")]
    pub headroom: Option<Decimal>,
    /// Age of the oldest market fact it used, in milliseconds.
    pub age_ms: Option<u64>,
    /// In words.
    pub reason: String,
}

impl VerdictRow {
    fn new(seq: u64, at: Timestamp, order_id: OrderId, verdict: Verdict) -> Self {
        let measure = verdict.measure;
        Self {
            seq,
            at,
            order_id,
            gate: verdict.gate,
            outcome: verdict.outcome,
            code: verdict.code,
            unit: measure.map(|measure| measure.unit),
            limit: measure.map(|measure| measure.limit.decimal()),
            value: measure.map(|measure| measure.value.decimal()),
            headroom: measure.map(|measure| measure.headroom()),
            age_ms: verdict.age_ms,
            reason: verdict.reason.into_owned(),
        }
    }
}

/// Returns every gate's answers, in order.
pub fn verdicts(
    records: impl Iterator<Item = Result<Record, JournalError>>,
) -> impl Iterator<Item = Result<VerdictRow, JournalError>> {
    records.flat_map(|record| match record {
        Ok(record) => rows(record).into_iter().map(Ok).collect::<Vec<_>>(),
        Err(error) => vec![Err(error)],
    })
}

fn rows(record: Record) -> Vec<VerdictRow> {
    let (seq, at) = (record.seq, record.at);
    match record.payload {
        Payload::Fact(Fact::Order(OrderFact::Judged {
            order_id, verdicts, ..
        })) => verdicts
            .into_iter()
            .map(|verdict| VerdictRow::new(seq, at, order_id.clone(), verdict))
            .collect(),
        Payload::Fact(_) | Payload::Input(_) => Vec::new(),
    }
}
