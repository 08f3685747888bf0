//! `desk journal`: reads the journal of a data folder, also while a desk runs on it.

use std::collections::HashMap;
use std::path::Path;

use serde::Serialize;
use serde_json::{Value, json};

use crate::app::answer::Answer;
use crate::app::args::{Exit, Export, Journal};
use crate::app::recover::{Options, replay};
use crate::domain::{Order, OrderId, Timestamp};
use crate::engine::{Replay, State};
use crate::event::{AccountFact, Fact};
use crate::journal::{
    JournalError, Payload, Record, SqliteJournal, fills, stats, verdicts, verify,
};

/// Disagreements printed at most; their number is always said.
const SHOWN_MOST: usize = 20;

/// Answers one of the journal commands; `empty` is the state of an empty journal.
///
/// # Errors
/// When the journal cannot be read.
pub fn answer(
    command: &Journal,
    folder: &Path,
    empty: State,
    now: Timestamp,
) -> Result<Answer, JournalError> {
    match command {
        Journal::Verify => verified(folder),
        Journal::Stats => counted(folder),
        Journal::Export { kind, .. } => exported(*kind, folder, empty, now),
        Journal::Replay { until, rejudge } => replayed(
            folder,
            empty,
            Options {
                until: *until,
                rejudge: *rejudge,
                marks: false,
            },
        ),
    }
}

fn verified(folder: &Path) -> Result<Answer, JournalError> {
    let report = verify(folder)?;
    let json = serde_json::to_value(&report).unwrap_or_default();
    let text = match &report.first_bad {
        None => format!(
            "✓ {} records, the chain is whole; last hash {}",
            report.records, report.last_hash
        ),
        Some(bad) => format!(
            "✗ record {}: {}; {} records before it are good",
            bad.seq, bad.what, report.records
        ),
    };
    let exit = if report.ok { Exit::Fine } else { Exit::Failed };
    Ok(Answer::fine(text, json).ending(exit))
}

fn counted(folder: &Path) -> Result<Answer, JournalError> {
    let stats = stats(folder)?;
    let json = serde_json::to_value(&stats).unwrap_or_default();
    let span = match (stats.first_at, stats.last_at) {
        (Some(first), Some(last)) => format!("{first} to {last}"),
        _ => "empty".to_owned(),
    };
    let mut lines = vec![format!(
        "{} records, {} bytes of payload, {} bytes on disk; {span}",
        stats.records, stats.payload_bytes, stats.file_bytes
    )];
    lines.extend(
        stats
            .by_subject
            .iter()
            .map(|(subject, count)| format!("{count:>10}  {subject}")),
    );
    Ok(Answer::fine(lines.join("\n"), json))
}

fn replayed(folder: &Path, empty: State, options: Options) -> Result<Answer, JournalError> {
    let reader = SqliteJournal::open_read_only(folder)?;
    let done = replay(empty, reader.read(1)?, options)?;
    let hash = done.replay.state().hash();
    let (judged, closings) = done.replay.compared();
    let bad = done.replay.disagreements();
    let mut json = json!({ "events": done.events, "hash": hash, "sessions_compared": closings });
    let mut lines = vec![format!("{} events, state hash {hash}", done.events)];
    if closings > 0 {
        lines.push(format!("{closings} session hashes on record were compared"));
    }
    if let (true, Some(object)) = (options.rejudge, json.as_object_mut()) {
        object.insert("rejudged".to_owned(), json!(judged));
        lines.push(format!("{judged} judgements were made again"));
    }
    if let Some(object) = json.as_object_mut() {
        let rows: Vec<Value> = bad
            .iter()
            .map(|one| json!({ "seq": one.seq, "what": one.what }))
            .collect();
        object.insert("disagreements".to_owned(), json!(rows));
    }
    lines.extend(
        bad.iter()
            .take(SHOWN_MOST)
            .map(|one| format!("✗ record {}: {}", one.seq, one.what)),
    );
    if bad.is_empty() {
        return Ok(Answer::fine(lines.join("\n"), json));
    }
    lines.push(format!("{} do not agree with the record", bad.len()));
    Ok(Answer::fine(lines.join("\n"), json).ending(Exit::Failed))
}

fn exported(
    kind: Export,
    folder: &Path,
    empty: State,
    now: Timestamp,
) -> Result<Answer, JournalError> {
    let reader = SqliteJournal::open_read_only(folder)?;
    let records = reader.read(1)?;
    Ok(match kind {
        Export::Fills => table("fills", &fills(records).collect::<Result<Vec<_>, _>>()?),
        Export::Verdicts => table(
            "verdicts",
            &verdicts(records).collect::<Result<Vec<_>, _>>()?,
        ),
        Export::Orders => {
            let mut all = every_order(empty, records)?;
            all.sort_by(|a, b| (a.created_at, &a.order_id).cmp(&(b.created_at, &b.order_id)));
            table("orders", &all)
        }
        Export::Positions => {
            let done = replay(
                empty,
                records,
                Options {
                    marks: true,
                    ..Options::default()
                },
            )?;
            let state = done.replay.state();
            table(
                "positions",
                &state.ledger().positions(state.market_state(), now),
            )
        }
    })
}

/// Returns each order as the last fact about it left it, also those the state keeps no longer.
fn every_order(
    empty: State,
    records: impl Iterator<Item = Result<Record, JournalError>>,
) -> Result<Vec<Order>, JournalError> {
    let mut replay = Replay::new(empty, false);
    let mut all = HashMap::new();
    for record in records {
        let record = record?;
        let Payload::Fact(fact) = &record.payload else {
            replay.input(record.seq);
            continue;
        };
        replay.fact(record.seq, fact);
        let known = order_of(fact).and_then(|id| replay.state().orders().get(id));
        if let Some(known) = known {
            all.insert(known.order.order_id.clone(), known.order.clone());
        }
    }
    Ok(all.into_values().collect())
}

/// Returns the order a fact changes.
fn order_of(fact: &Fact) -> Option<&OrderId> {
    match fact {
        Fact::Order(fact) => fact.order_id(),
        Fact::Account(AccountFact::Filled { fill, .. }) => Some(&fill.order_id),
        Fact::Account(_) | Fact::Risk(_) | Fact::Link(_) => None,
    }
}

/// Lays rows out as `{"kind": [...]}` and as comma-separated values.
fn table<T: Serialize>(kind: &str, rows: &[T]) -> Answer {
    let rows: Vec<Value> = rows
        .iter()
        .map(|row| serde_json::to_value(row).unwrap_or_default())
        .collect();
    let text = comma_separated(&rows).unwrap_or_default();
    let json = Value::Object(std::iter::once((kind.to_owned(), Value::Array(rows))).collect());
    Answer::fine(text, json)
}

fn comma_separated(rows: &[Value]) -> Option<String> {
    let mut writer = csv::Writer::from_writer(Vec::new());
    let header: Vec<&String> = rows.first()?.as_object()?.keys().collect();
    writer.write_record(&header).ok()?;
    for row in rows {
        let cells = header.iter().map(|key| match row.get(key.as_str()) {
            None | Some(Value::Null) => String::new(),
            Some(Value::String(text)) => text.clone(),
            Some(other) => other.to_string(),
        });
        writer.write_record(cells).ok()?;
    }
    String::from_utf8(writer.into_inner().ok()?).ok()
}
