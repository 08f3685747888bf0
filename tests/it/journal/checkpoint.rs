//! A checkpoint and the records after it come to what all records come to, or it is left aside.

use std::fs;
use std::path::Path;
use std::sync::atomic::AtomicBool;
use std::time::Duration;

use mts1b_desk::app::audit;
use mts1b_desk::app::keeper;
use mts1b_desk::app::recover::{Options, Recovered, recover, replay};
use mts1b_desk::domain::{OrderType, Quantity, Ticket, TicketSize};
use mts1b_desk::engine::{Kept, Out, State};
use mts1b_desk::event::{BrokerReport, Command, Input, Source};
use mts1b_desk::journal::{Checkpoint, JOURNAL_FILE, Journal, SqliteJournal, checkpoints, verify};
use proptest::prelude::*;
use rusqlite::Connection;
use tempfile::TempDir;

use crate::journal::random::{self, Trading};
use crate::support::build;
use crate::support::live_order;

const PROGRAM: &str = "test 1";

/// A closed journal of random trading, and what was kept after some of its records.
struct Past {
    folder: TempDir,
    kept: Vec<Kept>,
}

fn past(seed: u64, steps: usize) -> Past {
    let folder = tempfile::tempdir().unwrap();
    let mut journal = SqliteJournal::open(folder.path()).unwrap();
    let mut trading = Trading::new(seed);
    let mut kept = Vec::new();
    for _ in 0..steps {
        let drafts = trading.step();
        if !drafts.is_empty() {
            journal.append(drafts).unwrap();
            kept.push(trading.state().keep());
        }
    }
    assert_eq!(trading.state().seq(), journal.last().0);
    Past { folder, kept }
}

impl Past {
    fn path(&self) -> &Path {
        self.folder.path()
    }

    fn checkpoint(&self, kept: &Kept) {
        let journal = SqliteJournal::open_read_only(self.path()).unwrap();
        let hash = journal.hash_at(kept.seq()).unwrap().unwrap();
        keeper::write(kept, hash, self.path(), PROGRAM).unwrap();
    }

    fn recover(&self) -> Recovered {
        let journal = SqliteJournal::open_read_only(self.path()).unwrap();
        recover(random::empty(), &journal, self.path(), PROGRAM).unwrap()
    }

    fn replayed(&self) -> State {
        let journal = SqliteJournal::open_read_only(self.path()).unwrap();
        let records = journal.read(1).unwrap();
        let replayed = replay(random::empty(), records, Options::default()).unwrap();
        replayed.replay.into_state()
    }

    fn tamper(&self, sql: &str) {
        let connection = Connection::open(self.path().join(JOURNAL_FILE)).unwrap();
        connection.execute_batch(sql).unwrap();
    }
}

/// Says that two states are the same to every reader, whatever the market then does.
fn same(mut ours: State, mut theirs: State) {
    assert_eq!((ours.seq(), ours.hash()), (theirs.seq(), theirs.hash()));
    let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
    let (written, expected) = (ours.keep().write().unwrap(), theirs.keep().write().unwrap());
    assert_eq!(text(&written.books), text(&expected.books));
    assert_eq!(text(&written.orders), text(&expected.orders));
    // What is not kept but worked out: sums over the book, and what works of each symbol.
    for quotes in [random::quotes(), Vec::new()] {
        for n in 0..random::SYMBOLS {
            let symbol = random::symbol(n);
            let stake = |state: &State| {
                let stake = state.books().exposure.stake(&symbol);
                let working = (stake.working_buy, stake.working_sell);
                assert_eq!(state.orders().working(&symbol), working, "{symbol}");
                (stake.position, working, stake.unit_usd)
            };
            assert_eq!(stake(&ours), stake(&theirs), "{symbol}");
        }
        let sums = |state: &State| {
            let sums = state.books().exposure;
            (
                sums.cash_usd(),
                sums.nav_usd(),
                sums.gross_usd(),
                sums.net_usd(),
            )
        };
        assert_eq!(sums(&ours), sums(&theirs));
        for quote in &quotes {
            ours.market(quote);
            theirs.market(quote);
        }
    }
}

/// An order for coins that will rest.
fn resting(key: &str, size: &str) -> Input {
    let size: Quantity = build::read(size);
    Input::Command(Command::Place {
        ticket: Box::new(Ticket {
            idempotency_key: build::read(key),
            order_type: OrderType::Limit,
            limit_price: Some(build::read("100.01")),
            ..build::ticket("BTC-USD", Some(TicketSize::Units(size)))
        }),
        reviewed: None,
    })
}

#[test]
fn the_digits_of_what_works_do_not_tell_what_worked_before() {
    let first = Trading::through([resting("one", "1.1234")]);
    let id = live_order(first.state());
    let gone = BrokerReport::Canceled {
        broker: build::read("paper"),
        order_id: id,
    };
    let inputs = [
        resting("one", "1.1234"),
        resting("two", "2.05"),
        Input::Execution(gone),
    ];
    let lived = Trading::through(inputs.clone())
        .state()
        .keep()
        .write()
        .unwrap();
    let mut again = random::empty()
        .with_kept(&lived.books, &lived.orders, &lived.links)
        .unwrap();
    let mut straight = Trading::through(inputs);
    let now = build::noon().plus(Duration::from_secs(1));
    for state in [&mut again, straight.state_mut()] {
        for quote in random::quotes() {
            state.market(&quote);
        }
        state.step(
            Source::Desk,
            resting("three", "3"),
            now,
            &mut Out::default(),
        );
    }
    let working = |state: &State| state.orders().working(&random::symbol(3)).0.to_string();
    assert_eq!(
        (working(&again), working(straight.state())),
        ("5.05".into(), "5.05".into())
    );
    same(again, straight.into_state());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn a_checkpoint_and_its_tail_are_what_all_records_come_to(
        seed in any::<u64>(),
        steps in 2_usize..160,
        at in any::<prop::sample::Index>(),
    ) {
        let past = past(seed, steps);
        let kept = at.get(&past.kept);
        past.checkpoint(kept);
        let recovered = past.recover();
        let anchor = recovered.anchor.clone().expect("the checkpoint is used");
        prop_assert_eq!(anchor.seq, kept.seq());
        prop_assert!(recovered.aside.is_empty());
        // The session that lived it has it so too, marks aside.
        let lived = past.kept.last().unwrap().write().unwrap();
        let written = recovered.state.keep().write().unwrap();
        prop_assert!(lived.books == written.books && lived.orders == written.orders);
        same(recovered.state, past.replayed());
        prop_assert_eq!(audit::check(past.path(), random::empty(), &anchor, &AtomicBool::default(), || true), None);
    }

    #[test]
    fn a_damaged_checkpoint_is_left_aside_and_the_one_before_is_used(
        seed in any::<u64>(),
        flip in any::<prop::sample::Index>(),
        bit in 0_u8..8,
        cut in prop::bool::weighted(0.3),
    ) {
        let past = past(seed, 60);
        let half = &past.kept[past.kept.len() / 2];
        let end = past.kept.last().unwrap();
        past.checkpoint(half);
        past.checkpoint(end);
        let (_, path) = checkpoints(past.path()).unwrap().remove(0);
        let mut bytes = fs::read(&path).unwrap();
        if cut {
            bytes.truncate(flip.index(bytes.len()));
        } else {
            let at = flip.index(bytes.len());
            bytes[at] ^= 1 << bit;
        }
        fs::write(&path, bytes).unwrap();
        let recovered = past.recover();
        prop_assert_eq!(recovered.aside.len(), 1);
        prop_assert_eq!(recovered.anchor.as_ref().map(|anchor| anchor.seq), Some(half.seq()));
        same(recovered.state, past.replayed());
    }
}

/// Says why the one checkpoint there is cannot be used, and that the records make up for it.
fn aside(past: &Past, why: &str) {
    let recovered = past.recover();
    assert_eq!(recovered.anchor, None, "{why}");
    assert_eq!(recovered.replayed, recovered.state.seq());
    let words = recovered.aside.join("; ");
    assert!(words.contains(why), "{words}");
    same(recovered.state, past.replayed());
}

#[test]
fn a_checkpoint_of_another_program_journal_or_place_is_left_aside_in_words() {
    let one = past(1, 80);
    let last = one.kept.last().unwrap();
    one.checkpoint(last);
    let (seq, path) = checkpoints(one.path()).unwrap().remove(0);

    // Another program.
    let journal = SqliteJournal::open_read_only(one.path()).unwrap();
    let other = recover(random::empty(), &journal, one.path(), "test 2").unwrap();
    assert!(
        other.aside[0].contains("another version"),
        "{:?}",
        other.aside
    );
    assert_eq!(other.anchor, None);

    // Another journal, which ends before it or has another record there.
    let two = past(2, 200);
    assert!(two.kept.last().unwrap().seq() > seq);
    fs::copy(&path, two.path().join(path.file_name().unwrap())).unwrap();
    aside(&two, "another record there");
    let three = past(3, 5);
    assert!(three.kept.last().unwrap().seq() < seq);
    fs::copy(&path, three.path().join(path.file_name().unwrap())).unwrap();
    aside(&three, "no such record");

    // Another place, by its name.
    let moved = path.with_file_name(format!("checkpoint-{:020}", seq - 1));
    fs::rename(&path, moved).unwrap();
    aside(&one, "no such record");
}

#[test]
fn a_checkpoint_that_says_what_its_state_does_not_is_left_aside() {
    let past = past(4, 80);
    past.checkpoint(past.kept.last().unwrap());
    let (_, path) = checkpoints(past.path()).unwrap().remove(0);
    let good = Checkpoint::read(&path, PROGRAM).unwrap();
    let write = |checkpoint: Checkpoint| checkpoint.write(past.path(), PROGRAM).unwrap();
    let state = "0".repeat(64);
    write(Checkpoint {
        state,
        ..good.clone()
    });
    aside(&past, "not the one it was made of");
    write(Checkpoint {
        parts: good.parts[..2].to_vec(),
        ..good.clone()
    });
    aside(&past, "2 parts, not 3");
    let mut parts = good.parts.clone();
    parts[1] = b"{}".to_vec();
    write(Checkpoint { parts, ..good });
    aside(&past, "its orders");
}

/// Everything in it agrees with itself: only the records say that it is not so.
#[test]
fn a_checkpoint_made_up_with_care_is_found_by_the_audit() {
    let past = past(5, 120);
    past.checkpoint(past.kept.last().unwrap());
    let (seq, path) = checkpoints(past.path()).unwrap().remove(0);
    let good = Checkpoint::read(&path, PROGRAM).unwrap();
    let books = String::from_utf8(good.parts[0].clone()).unwrap();
    let changed = books.replacen("100.", "101.", 1).into_bytes();
    assert_ne!(changed, good.parts[0]);
    let mut parts = good.parts.clone();
    parts[0] = changed;
    let forged = random::empty()
        .with_kept(&parts[0], &parts[1], &parts[2])
        .unwrap();
    let state = forged.hash();
    let checkpoint = Checkpoint {
        state,
        parts,
        ..good
    };
    checkpoint.write(past.path(), PROGRAM).unwrap();
    let recovered = past.recover();
    let anchor = recovered
        .anchor
        .expect("nothing at the start contradicts it");
    let finding = audit::check(
        past.path(),
        random::empty(),
        &anchor,
        &AtomicBool::default(),
        || true,
    )
    .unwrap();
    assert!(
        finding.words.contains(&format!("record {seq}")),
        "{finding:?}"
    );
    assert_eq!(checkpoints(past.path()).unwrap(), []);
    same(past.recover().state, past.replayed());
}

#[test]
fn a_record_that_a_start_skipped_is_audited_and_named() {
    let place = |past: &Past| past.kept[past.kept.len() / 3].seq();
    let changes: [fn(u64) -> String; 4] = [
        |seq| format!("UPDATE records SET payload = payload || ' ' WHERE seq = {seq}"),
        |seq| format!("UPDATE records SET at_us = at_us + 1 WHERE seq = {seq}"),
        |seq| format!("UPDATE records SET hash = zeroblob(32) WHERE seq = {seq}"),
        |seq| format!("DELETE FROM records WHERE seq = {seq}"),
    ];
    for change in changes {
        let past = past(6, 80);
        past.checkpoint(past.kept.last().unwrap());
        let seq = place(&past);
        past.tamper(&change(seq));
        let anchor = past.recover().anchor.expect("the record is skipped");
        let finding = audit::check(
            past.path(),
            random::empty(),
            &anchor,
            &AtomicBool::default(),
            || true,
        )
        .unwrap();
        assert!(
            finding.words.contains(&format!("record {seq}")),
            "{finding:?}"
        );
        let report = verify(past.path()).unwrap();
        assert_eq!(report.first_bad.unwrap().seq, seq);
    }
}

#[test]
fn two_checkpoints_are_kept_and_only_their_owner_may_read_them() {
    let past = past(7, 80);
    for kept in &past.kept[past.kept.len() - 5..] {
        past.checkpoint(kept);
    }
    let there = checkpoints(past.path()).unwrap();
    let places: Vec<u64> = there.iter().map(|(seq, _)| *seq).collect();
    let newest = past.kept.iter().rev().map(Kept::seq).take(2);
    assert_eq!(places, newest.collect::<Vec<_>>());
    #[cfg(unix)]
    for (_, path) in there {
        use std::os::unix::fs::PermissionsExt;
        assert_eq!(
            fs::metadata(path).unwrap().permissions().mode() & 0o777,
            0o600
        );
    }
}

/// Random journals that never fill or halt would prove little.
#[test]
fn random_trading_does_what_trading_does() {
    let (mut fills, mut judged, mut done, mut drifts, mut halts) = (0, 0, 0, 0, 0);
    for seed in 0..20 {
        let mut trading = Trading::new(seed);
        for _ in 0..160 {
            trading.step();
            halts += usize::from(!trading.state().books().risk.halts().is_empty());
        }
        let books = trading.state().books();
        fills += books.ledger.fills().len();
        drifts += books.ledger.drifts().len();
        judged += books.risk.judgements().len();
        done += books.orders.done().count();
    }
    for (what, count) in [
        ("fills", fills),
        ("judged", judged),
        ("done", done),
        ("drifts", drifts),
        ("halts", halts),
    ] {
        assert!(count > 60, "only {count} {what}");
    }
}
