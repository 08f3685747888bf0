//! Simulation of hostile days: the whole desk, one seed, no threads, no clock, no chance but the seed's.
//!
//! The real loop, engine, gates, books and journal format run over a simulated
//! market, trader, network and venue. What is faked stands at the edges only.
//! Read `day` for what happens, `weather` for what goes wrong and how often, `law`
//! for what must hold after every round.

mod day;
mod desk;
mod dice;
mod law;
mod pit;
mod shadow;
mod story;
mod trader;
mod venue;
mod weather;
mod wire;

use std::fmt::Debug;
use std::str::FromStr;

pub use day::{Failure, Report, day};

/// Days lived by each of the two tests that every run makes; two, so that two cores share them.
const DAYS: u64 = 120;

/// Reads a value the simulation wrote itself.
fn read<T: FromStr<Err: Debug>>(text: &str) -> T {
    text.parse().unwrap()
}

/// A drawn amount; beyond its bounds, nothing.
fn lenient<T: Default, E>(amount: Result<T, E>) -> T {
    amount.unwrap_or_default()
}

#[test]
fn hostile_days() {
    live(0, DAYS);
}

#[test]
fn more_hostile_days() {
    live(DAYS, DAYS);
}

/// Lives more days when asked: `SIM_DAYS=5000 SIM_FROM=1000 cargo test --test it sim::as_many_days`.
#[test]
fn as_many_days_as_asked_for() {
    let number = |name: &str| std::env::var(name).map(|text| text.parse().unwrap());
    if let Ok(days) = number("SIM_DAYS") {
        live(number("SIM_FROM").unwrap_or(0), days);
    }
}

/// Lives the days of so many seeds; fails with the first story and a line for every further failure.
fn live(from: u64, days: u64) {
    let mut sum = Report::default();
    let mut failures: Vec<Failure> = Vec::new();
    for seed in from..from + days {
        match day(seed) {
            Ok(report) => sum.add(&report),
            Err(failure) => failures.push(*failure),
        }
    }
    eprintln!("{days} days: {sum:?}");
    if let Some(first) = failures.first() {
        let all: Vec<_> = failures.iter().map(Failure::line).collect();
        let count = failures.len();
        panic!("{first}\n{count} of {days} days:\n{}", all.join("\n"));
    }
    // Days on which nothing happens would prove nothing.
    for (what, count) in sum.counts() {
        assert!(count >= days / 3, "only {count} {what} in {days} days");
    }
}

/// Lives one day again: `SIM_SEED=7 cargo test --test it sim::one_seed`.
#[test]
fn one_seed() {
    let seed = std::env::var("SIM_SEED").map_or(1, |text| text.parse().unwrap());
    match day(seed) {
        Ok(report) => eprintln!("seed {seed}: {report:?}"),
        Err(failure) => panic!("{failure}"),
    }
}

#[test]
fn a_day_repeats_exactly() {
    for seed in 0..5 {
        let told = || format!("{:?}", day(seed));
        assert_eq!(told(), told());
    }
}
