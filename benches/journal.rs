//! Making records durable, beside what this disk takes for the same bytes; and reading them back into a state.
//!
//! Each append is followed by a bare write and `fdatasync` of the same bytes on
//! the same disk, so that both meet the same moods of the machine. Replay is
//! measured per record: one microsecond is a million records a second.

use std::fs::File;
use std::io::Write;

use mts1b_desk::app::recover::{Options, replay};
use mts1b_desk::app::run::draft;
use mts1b_desk::domain::FundId;
use mts1b_desk::domain::OrderType;
use mts1b_desk::journal::{
    Draft, Hash, Journal, JournalError, MemoryJournal, Record, SqliteJournal, canonical_bytes,
};

use crate::build;
use crate::rig::{self, Rig};
use crate::runner::{Case, Runner, Samples};

/// The most an append may take of what a bare write and sync takes.
const RATIO_MOST: f64 = 1.15;
/// Records replayed.
const RECORDS: usize = 20_000;
/// Records handed over at once where it does not matter.
pub const PAGE: usize = 1024;

pub fn run(runner: &mut Runner) {
    appends(runner);
    replays(runner);
}

fn appends(runner: &mut Runner) {
    let drafts = trading(runner.count(1024));
    let cases = [
        (
            "journal/append 1 record",
            "journal/bare fdatasync of the same",
            "journal/append 1 over bare",
            1,
            400,
        ),
        (
            "journal/append 64 records",
            "journal/bare fdatasync of 64",
            "journal/append 64 over bare",
            64,
            200,
        ),
        (
            "journal/append 1,024 records",
            "journal/bare fdatasync of 1,024",
            "journal/append 1,024 over bare",
            1024,
            60,
        ),
    ];
    for (name, bare_name, ratio_name, size, samples) in cases {
        if ![name, bare_name, ratio_name]
            .iter()
            .any(|name| runner.wants(name))
        {
            continue;
        }
        let folder = tempfile::tempdir().expect("a folder for the journal");
        let mut journal = SqliteJournal::open(folder.path()).expect("a journal");
        let mut log = File::create(folder.path().join("bare.log")).expect("a file beside it");
        let (mut ours, mut bare) = (Samples::default(), Samples::default());
        let samples = runner.count(samples);
        let mut turn = drafts.iter().cycle();
        for sample in 0..samples + samples / 10 {
            let (seq, _) = journal.last();
            let batch: Vec<Draft> = (seq + 1..)
                .zip(turn.by_ref().take(runner.count(size)))
                .map(|(seq, draft)| renamed(draft, seq))
                .collect();
            let bytes = plain(&batch, seq);
            let (took, outcome) = runner.once(|| journal.append(batch));
            outcome.expect("the batch is kept");
            let (synced, outcome) = runner.once(|| {
                log.write_all(&bytes)?;
                log.sync_data()
            });
            outcome.expect("the bytes are kept");
            if sample >= samples / 10 {
                ours.add(took, 1.0);
                bare.add(synced, 1.0);
            }
        }
        runner.note(Case::new(bare_name), &bare);
        runner.note(Case::new(name), &ours);
        runner.note_ratio(ratio_name, &ours, &bare, RATIO_MOST);
    }
}

/// Returns the bytes that a batch after `seq` comes to.
fn plain(batch: &[Draft], seq: u64) -> Vec<u8> {
    let bytes = (seq + 1..).zip(batch).map(|(seq, draft)| {
        canonical_bytes(draft.clone(), seq, Hash::NONE).expect("a record that can be kept")
    });
    bytes.flatten().collect()
}

/// Gives a record the place and the name of another one.
fn renamed(draft: &Draft, seq: u64) -> Draft {
    Draft {
        cause: None,
        message_id: format!("{}:{seq}", draft.subject),
        ..draft.clone()
    }
}

fn replays(runner: &mut Runner) {
    let names = ["replay/in memory, a record", "replay/from SQLite, a record"];
    if !names.iter().any(|name| runner.wants(name)) {
        return;
    }
    let count = runner.count(RECORDS);
    let drafts = trading(count);
    let folder = tempfile::tempdir().expect("a folder for the journal");
    let mut stored = SqliteJournal::open(folder.path()).expect("a journal");
    let mut memory = MemoryJournal::new();
    for page in drafts.chunks(PAGE) {
        stored.append(page.to_vec()).expect("the page is kept");
        memory.append(page.to_vec()).expect("the page is kept");
    }
    let rounds = runner.count(10);
    let (mut from_memory, mut from_disk) = (Samples::default(), Samples::default());
    let records: Vec<Record> = memory
        .read(1)
        .expect("the journal reads")
        .map(|record| record.expect("the record reads"))
        .collect();
    for _ in 0..rounds {
        let copy: Vec<Result<Record, JournalError>> = records.iter().cloned().map(Ok).collect();
        let (took, count) = runner.once(|| events(copy.into_iter()));
        from_memory.add(took, count as f64);
        let (took, count) = runner.once(|| events(stored.read(1).expect("the journal reads")));
        from_disk.add(took, count as f64);
    }
    let [memory_name, disk_name] = names;
    runner.note(Case::new(memory_name).p50_ns(1000), &from_memory);
    runner.note(Case::new(disk_name).p50_ns(1000), &from_disk);
}

fn events(records: impl Iterator<Item = Result<Record, JournalError>>) -> u64 {
    let replayed = replay(rig::empty(50), records, Options::default()).expect("it replays");
    replayed.events
}

/// Trades until there are so many records: each order is sent, accepted and filled or canceled.
fn trading(records: usize) -> Vec<Draft> {
    let fund: FundId = build::read("fund-1");
    let symbols = 50;
    let mut rig = Rig::open(symbols);
    let mut turn = 0;
    while rig.out.entries.len() < records {
        turn += 1;
        let n = turn % symbols;
        if turn % 4 == 0 {
            let id = rig.send(n, OrderType::Limit);
            rig.accept(&id);
            rig.canceled(&id);
        } else {
            let id = rig.send(n, OrderType::Market);
            rig.accept(&id);
            rig.fill(&id, n);
        }
    }
    let entries = std::mem::take(&mut rig.out.entries);
    entries
        .into_iter()
        .map(|entry| draft(entry, &fund))
        .collect()
}
