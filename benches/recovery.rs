//! From a journal back to the books: all records replayed, or from a checkpoint with the records after it.
//!
//! The journals hold trading as it goes: most orders are filled, a quarter is
//! canceled, positions open and close again. A start from a checkpoint is measured
//! at its worst, just before the next one would have been written. Bytes come from
//! the page cache; what a cold disk adds is the disk's.

use std::path::Path;
use std::sync::atomic::AtomicBool;

use mts1b_desk::app::audit;
use mts1b_desk::app::keeper;
use mts1b_desk::app::recover::{Anchor, Recovered, recover};
use mts1b_desk::app::run::draft;
use mts1b_desk::domain::{FundId, OrderType, Side};
use mts1b_desk::engine::Kept;
use mts1b_desk::event::{Command, Input};
use mts1b_desk::journal::{Journal, SqliteJournal, verify};
use tempfile::TempDir;

use crate::build;
use crate::journal::PAGE;
use crate::rig::{self, Rig};
use crate::runner::{Case, Runner, Samples};

const SYMBOLS: usize = 50;
/// Records after the newest checkpoint, at most.
const TAIL: usize = 9_999;
/// Who writes and reads the checkpoints here.
const PROGRAM: &str = "bench";

struct Names {
    all: &'static str,
    kept: &'static str,
    verified: &'static str,
    audited: &'static str,
}

const SMALL: Names = Names {
    all: "recovery/100k records, all replayed",
    kept: "recovery/100k records, from a checkpoint",
    verified: "recovery/100k records, verified",
    audited: "recovery/100k records, audited",
};
const LARGE: Names = Names {
    all: "recovery/1M records, all replayed",
    kept: "recovery/1M records, from a checkpoint",
    verified: "recovery/1M records, verified",
    audited: "recovery/1M records, audited",
};
const HANDED: &str = "checkpoint/handed over, on the engine's thread";
const WRITTEN: &str = "checkpoint/written, on its own";

pub fn run(runner: &mut Runner) {
    recoveries(runner, 100_000, &SMALL, [60, 100]);
    recoveries(runner, 1_000_000, &LARGE, [1000, 2000]);
}

/// Times recoveries; `budgets` are milliseconds from a checkpoint, and from nothing.
fn recoveries(runner: &mut Runner, records: usize, names: &Names, budgets: [u64; 2]) {
    let wanted = [names.all, names.kept, names.verified, names.audited];
    let last = records == 1_000_000 && (runner.wants(HANDED) || runner.wants(WRITTEN));
    if !last && !wanted.iter().any(|name| runner.wants(name)) {
        return;
    }
    let past = past(runner.count(records), runner.count(TAIL));
    let folder = past.folder.path();
    let rounds = runner.count(7);
    let ms = 1_000_000;
    let mut all = Samples::default();
    for _ in 0..rounds {
        let (took, recovered) = runner.once(|| recovered(folder, "another"));
        assert_eq!(recovered.anchor, None);
        all.add(took, 1.0);
    }
    runner.note(Case::new(names.all).p50_ns(budgets[1] * ms), &all);
    let (mut from_kept, mut anchor) = (Samples::default(), None);
    for _ in 0..rounds * 3 {
        let (took, recovered) = runner.once(|| recovered(folder, PROGRAM));
        anchor = recovered.anchor;
        from_kept.add(took, 1.0);
    }
    runner.note(Case::new(names.kept).p50_ns(budgets[0] * ms), &from_kept);
    let anchor: Anchor = anchor.expect("the checkpoint is used");
    let (mut verified, mut audited) = (Samples::default(), Samples::default());
    for _ in 0..runner.count(3) {
        let (took, report) = runner.once(|| verify(folder).expect("it can be read"));
        assert!(report.ok);
        verified.add(took, 1.0);
        let empty = rig::empty(SYMBOLS);
        let (took, finding) =
            runner.once(|| audit::check(folder, empty, &anchor, &AtomicBool::default(), || true));
        assert_eq!(finding, None);
        audited.add(took, 1.0);
    }
    runner.note(Case::new(names.verified), &verified);
    runner.note(Case::new(names.audited), &audited);
    if last {
        checkpointing(runner, &past);
    }
}

fn checkpointing(runner: &mut Runner, past: &Past) {
    let (mut handed, mut written) = (Samples::default(), Samples::default());
    for _ in 0..runner.count(20) {
        let (took, kept) = runner.once(|| past.rig.state.keep());
        handed.add(took, 1.0);
        let to = tempfile::tempdir().expect("a folder");
        let (took, outcome) = runner.once(|| keeper::write(&kept, past.hash, to.path(), PROGRAM));
        outcome.expect("it is written");
        written.add(took, 1.0);
    }
    runner.note(Case::new(HANDED).p50_ns(1000), &handed);
    runner.note(Case::new(WRITTEN), &written);
}

fn recovered(folder: &Path, program: &str) -> Recovered {
    let journal = SqliteJournal::open(folder).expect("the journal opens");
    let empty = rig::empty(SYMBOLS);
    recover(empty, journal.reader(), folder, program).expect("it recovers")
}

/// A journal, the desk that wrote it, and a checkpoint before its last records.
struct Past {
    folder: TempDir,
    rig: Rig,
    hash: mts1b_desk::journal::Hash,
}

fn past(records: usize, tail: usize) -> Past {
    let folder = tempfile::tempdir().expect("a folder for the journal");
    let mut stored = SqliteJournal::open(folder.path()).expect("a journal");
    let fund: FundId = build::read("fund-1");
    let mut rig = Rig::open(SYMBOLS);
    let (mut turn, mut kept): (usize, Option<Kept>) = (0, None);
    loop {
        let seq = usize::try_from(rig.state.seq()).unwrap();
        let done = seq >= records;
        if done || rig.out.entries.len() >= PAGE {
            let entries = std::mem::take(&mut rig.out.entries);
            rig.out.effects.clear();
            let drafts = entries.into_iter().map(|entry| draft(entry, &fund));
            stored.append(drafts.collect()).expect("the page is kept");
            if kept.is_none() && seq + tail >= records {
                kept = Some(rig.state.keep());
                let (_, hash) = stored.last();
                let kept = rig.state.keep();
                keeper::write(&kept, hash, folder.path(), PROGRAM).expect("it is written");
            }
        }
        if done {
            let (_, hash) = stored.last();
            return Past { folder, rig, hash };
        }
        trade(&mut rig, turn);
        turn += 1;
    }
}

/// Sends an order and has it canceled or filled; what is bought in one round over the symbols is sold in the next.
fn trade(rig: &mut Rig, turn: usize) {
    let n = turn % SYMBOLS;
    if n % 4 == 3 {
        let id = rig.send(n, OrderType::Limit);
        rig.accept(&id);
        rig.canceled(&id);
        return;
    }
    let side = if (turn / SYMBOLS).is_multiple_of(2) {
        Side::Buy
    } else {
        Side::Sell
    };
    let mut ticket = rig.ticket(n, OrderType::Market);
    ticket.side = side;
    let place = rig.state.seq() + 1;
    rig.step(Input::Command(Command::Place {
        ticket: Box::new(ticket),
        reviewed: None,
    }));
    let id = build::read(&format!("bench-{place}"));
    rig.accept(&id);
    rig.fill_of(&id, n, side);
}
