//! Nothing grows without end: the written table names tests that are there, and an hour of the whole desk shows it.

use std::collections::BTreeSet;
use std::path::Path;
use std::time::Duration;

use mts1b_desk::domain::{CustomGate, RejectionCode};
use mts1b_desk::market::{CHARTED_MOST, Market};
use mts1b_desk::order::oms::LIVE_MOST;

use crate::support::build::{instrument, quote, symbol};
use crate::support::day::Day;
use crate::support::trader::{Trader, candles, lengths};
use crate::ui::rig::{Rig, Setup};

fn read(path: &str) -> String {
    std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(path)).unwrap()
}

/// Returns the name of every test function in the tree.
fn tests() -> BTreeSet<String> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut folders = vec![root.join("src"), root.join("tests/it")];
    let mut names = BTreeSet::new();
    while let Some(folder) = folders.pop() {
        for path in std::fs::read_dir(folder)
            .unwrap()
            .map(|it| it.unwrap().path())
        {
            if path.is_dir() {
                folders.push(path);
                continue;
            }
            let text = std::fs::read_to_string(&path).unwrap_or_default();
            let mut marked = false;
            for line in text.lines().map(str::trim_start) {
                marked |= line.starts_with("#[test]") || line.starts_with("#[tokio::test");
                let name = line.trim_start_matches("async ").strip_prefix("fn ");
                if let (true, Some(name)) = (marked, name) {
                    names.extend(name.split('(').next().map(str::to_owned));
                    marked = false;
                }
            }
        }
    }
    names
}

/// Returns every row of the tables of a document: its first cell, and the one under `test`.
fn rows(text: &str) -> Vec<(&str, &str)> {
    let mut rows = Vec::new();
    let mut under = None;
    for line in text.lines() {
        let mut cells = line.trim_matches('|').split('|').map(str::trim);
        if !line.starts_with('|') {
            under = None;
        } else if let Some(at) = under {
            let cells: Vec<&str> = cells.collect();
            rows.push((cells[0], cells[at]));
        } else {
            under = cells.position(|cell| cell == "test");
            assert!(under.is_some(), "a table without tests: {line}");
        }
    }
    rows.retain(|(first, _)| !first.starts_with("---"));
    rows
}

#[test]
fn every_bound_threat_and_control_names_tests_that_are_there() {
    let known = tests();
    let mut faults = Vec::new();
    for (file, least) in [
        ("docs/bounds.md", 40),
        ("docs/threats.md", 12),
        ("docs/controls.md", 20),
    ] {
        let text = read(file);
        let rows = rows(&text);
        assert!(rows.len() >= least, "{file}: {} rows", rows.len());
        for (what, cell) in rows {
            let named: Vec<&str> = cell.split('`').skip(1).step_by(2).collect();
            // What has no test says so and why.
            if named.is_empty() && !cell.starts_with("none: ") {
                faults.push(format!("{file}: no test is named for '{what}'"));
            }
            let absent = named.into_iter().filter(|name| !known.contains(*name));
            faults.extend(absent.map(|name| format!("{file}: '{what}': no test {name}")));
        }
    }
    assert!(faults.is_empty(), "\n{}\n", faults.join("\n"));
}

#[test]
fn every_code_that_is_named_as_a_control_is_one_and_none_of_the_pure_ones_is_left_out() {
    let text = read("docs/controls.md");
    let codes: BTreeSet<&str> = text
        .lines()
        .filter(|line| line.starts_with("| "))
        .filter_map(|line| line.split('|').nth(4))
        .flat_map(|cell| cell.split('`').skip(1).step_by(2))
        .collect();
    let custom = CustomGate::NAMES.map(|name| RejectionCode::Custom(name.into()));
    let pure = RejectionCode::BUILT_IN.iter().chain(&custom);
    let known: BTreeSet<String> = pure
        .filter(|code| **code != RejectionCode::CroVeto)
        .map(ToString::to_string)
        .collect();
    let known: BTreeSet<&str> = known.iter().map(String::as_str).collect();
    assert_eq!(codes, known);
}

#[test]
fn a_market_lists_no_more_symbols_than_it_may() {
    let listed = (0..8).map(|n| instrument(&format!("AAA{}", char::from(b'A' + n)), "0.01", "1"));
    let stale_after = Duration::from_secs(5);
    let mut market = Market::new(
        listed.collect(),
        std::collections::HashMap::new(),
        stale_after,
        10,
    );
    for n in 0..100u8 {
        let name = format!(
            "ZZ{}{}",
            char::from(b'A' + n / 26),
            char::from(b'A' + n % 26)
        );
        market.apply(&mts1b_desk::event::MarketEvent::Quote {
            quote: quote(&name, "1.00", "1.01"),
            received_at: crate::support::build::noon(),
        });
    }
    assert_eq!((market.cells().len(), market.refused()), (10, 98));
    for n in 0..100u8 {
        let name = [b'A' + n / 26, b'A' + n % 26, b'Z'].map(char::from);
        market.apply(&mts1b_desk::event::MarketEvent::BorrowFee {
            symbol: symbol(&String::from_iter(name)),
            borrow: crate::support::build::borrow(),
        });
    }
    assert_eq!((market.cells().len(), market.refused()), (10, 98 + 90));
    assert!(market.cell(&symbol("ZZAB")).is_some() && market.cell(&symbol("ZZAC")).is_none());
}

#[test]
fn only_so_many_symbols_have_candles_that_nobody_asked_for() {
    let stale_after = Duration::from_secs(5);
    let mut market = Market::new(
        Vec::new(),
        std::collections::HashMap::new(),
        stale_after,
        2 * CHARTED_MOST,
    );
    for n in 0..CHARTED_MOST + 100 {
        let letters =
            [n / 676, n / 26 % 26, n % 26].map(|n| char::from(b'A' + u8::try_from(n).unwrap()));
        market.list(&symbol(&String::from_iter(letters)), None);
    }
    let charted = market.cells().iter().filter_map(|cell| cell.bars());
    assert_eq!(charted.count(), CHARTED_MOST);
    assert_eq!(market.cells().len(), CHARTED_MOST + 100);
}

#[test]
fn going_back_ends_after_sixty_four_places() {
    let mut rig = Rig::new(&Setup::default());
    for _ in 0..200 {
        rig.keys("g c g f g p g o");
    }
    let mut steps = 0;
    loop {
        let before = rig.desk.focus();
        rig.keys("H");
        if rig.desk.focus() == before {
            break;
        }
        steps += 1;
    }
    assert_eq!(steps, 64);
    // And forward again no further than one came back.
    for _ in 0..200 {
        rig.keys("L");
    }
    rig.keys("g c g f");
}

#[test]
fn a_pasted_book_does_not_get_into_the_desk() {
    let mut rig = Rig::new(&Setup::default());
    let book = "lots of words ".repeat(100_000);
    rig.desk.on_paste(&book, rig.now);
    rig.keys(":");
    for _ in 0..50 {
        rig.desk.on_paste(&book, rig.now);
    }
    let digits = "1234567890".repeat(1000);
    rig.keys("esc b");
    rig.desk.on_paste(&digits, rig.now);
    let draft = rig.desk.ticket().draft().expect("a ticket is open");
    assert_eq!(draft.quantity.len(), 24);
}

#[test]
fn an_hour_of_the_whole_desk_leaves_every_history_within_its_bound() {
    let folder = tempfile::tempdir().unwrap();
    let mut day = Day::open(folder.path(), "sim:rate=20,symbols=29,seed=7");
    day.resize(80, 24);
    let mut trader = Trader::default();
    for minute in 0..60 {
        for second in 0..60 {
            if second % 2 == 0 {
                trader.second(&mut day);
            }
            day.pass(Duration::from_secs(1));
        }
        let (snap, depth) = (day.snapshot(), day.bus.depth());
        let cells = snap.market.cells();
        let longest = cells.iter().filter_map(|cell| cell.bars());
        let longest = longest.map(candles).max().unwrap();
        for (what, length, most) in [
            ("working orders", snap.orders.live_count(), LIVE_MOST),
            ("finished orders", snap.orders.done().count(), 2000),
            ("fills", snap.ledger.fills().len(), 2000),
            ("closed lots", snap.ledger.closed_lots().len(), 2000),
            ("drifts", snap.ledger.drifts().len(), 200),
            ("judgements", snap.risk.judgements().len(), 500),
            ("notices", snap.notices.len(), 200),
            ("symbols", cells.len(), 29),
            ("candles", longest, 400),
            ("links", snap.links.len(), 2),
            (
                "control lane",
                depth.control.high_water,
                depth.control.bound,
            ),
            (
                "execution lane",
                depth.execution.high_water,
                depth.execution.bound,
            ),
            (
                "command lane",
                depth.command.high_water,
                depth.command.bound,
            ),
        ] {
            assert!(
                length <= most,
                "minute {minute}: {length} {what}, at most {most}"
            );
        }
    }
    // It was no idle hour.
    assert!(trader.orders > 900, "{} orders", trader.orders);
    let snap = day.snapshot();
    assert!(snap.ledger.fills().len() > 500, "{}", lengths(&day));
    assert_eq!(
        snap.ledger.drifts().len(),
        0,
        "the books and the venue agree"
    );
    assert!(snap.stopped.is_none());
    drop(snap);
    day.close();
    // The log was moved into the file as the hour went on.
    let wal = folder.path().join("journal.db-wal").metadata();
    assert!(wal.map_or(0, |file| file.len()) < 40 << 20);
}
