//! Hours of desk time as fast as they can be made, and what they do to the memory.
//!
//! The whole desk but its terminal: 120 quotes a second, an order every two seconds,
//! keys, popups, changes of size. Prints what is resident and how long every history
//! is, each hour, and says at the end whether the last third of them stayed where the
//! one before had come to. `cargo run --release --example soak_memory -- --hours 24`

#![allow(
    missing_docs,
    unreachable_pub,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    reason = "a tool for a person at a terminal; it stops at the first surprise"
)]

#[path = "../tests/it/support/day.rs"]
mod day;
#[path = "../tests/it/support/trader.rs"]
mod trader;

use std::path::Path;
use std::time::Duration;

use mts1b_desk::app::log;
use mts1b_desk::config::{LogLevel, LogSettings};

use day::Day;

/// How much more than the hours before the last ones may need, in per cent.
const GROWTH_MOST: f64 = 3.0;
/// Looks of the desk at its clock, each second.
const LOOKS: u32 = 10;
const LOG: LogSettings = LogSettings {
    level: LogLevel::Debug,
    files_most: 3,
};

fn main() {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let hours: u32 = match words.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        [] => 24,
        ["--hours", hours] => hours.parse().expect("--hours N"),
        _ => panic!("soak_memory [--hours N]"),
    };
    let folder = std::env::temp_dir().join(format!("desk-soak-{}", std::process::id()));
    let mut day = Day::open(&folder, "sim:rate=120,symbols=29,seed=7");
    let guard = log::start(&folder.join("log"), LOG, day.clock.clone()).unwrap();
    let mut trader = trader::Trader::default();
    println!("hour  resident  journal  log      what is at hand");
    let mut resident = Vec::new();
    for hour in 1..=hours {
        for _ in 0..3600 {
            trader.second(&mut day);
            for _ in 0..LOOKS {
                day.pass(Duration::from_secs(1) / LOOKS);
            }
        }
        let now = resident_kib();
        resident.push(now);
        println!(
            "{hour:4}  {:5.1} MiB  {:4} MiB  {:4.1} MiB  {}",
            now as f64 / 1024.0,
            bytes_in(&folder, "journal.db") >> 20,
            bytes_in(&folder.join("log"), "desk.") as f64 / f64::from(1 << 20),
            trader::lengths(&day)
        );
    }
    println!(
        "orders {}, log lines dropped {}",
        trader.orders,
        guard.dropped_lines()
    );
    day.close();
    drop(guard);
    std::fs::remove_dir_all(&folder).unwrap();
    judge(&resident);
}

/// Says whether the last third of the hours needed more than the one before; in the first the histories fill.
fn judge(resident: &[u64]) {
    let third = resident.len() / 3;
    if third == 0 {
        println!("too few hours to say whether the memory is flat: at least 3");
        return;
    }
    let mean = |hours: &[u64]| hours.iter().sum::<u64>() as f64 / hours.len() as f64;
    let (before, last) = resident.split_at(resident.len() - third);
    let (_, middle) = before.split_at(before.len() - third);
    let growth = (mean(last) / mean(middle) - 1.0) * 100.0;
    let verdict = if growth <= GROWTH_MOST {
        "flat"
    } else {
        "GROWS"
    };
    println!("{verdict}: the last third of the hours needed {growth:+.1} % of the one before");
    assert!(growth <= GROWTH_MOST, "the memory grows");
}

/// Returns the memory that is resident and belongs to no file.
fn resident_kib() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status
        .lines()
        .find_map(|line| line.strip_prefix("RssAnon:"));
    let word = line.and_then(|line| line.split_whitespace().next());
    word.and_then(|word| word.parse().ok()).unwrap()
}

fn bytes_in(folder: &Path, prefix: &str) -> u64 {
    std::fs::read_dir(folder)
        .unwrap()
        .map(Result::unwrap)
        .filter(|entry| entry.file_name().to_string_lossy().starts_with(prefix))
        .map(|entry| entry.metadata().unwrap().len())
        .sum()
}
