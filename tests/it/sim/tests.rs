//! Hostile days in every run of the tests, and what the simulation promises of itself.

use super::day::{Plan, live};
use super::shadow::Shadow;
use super::wire::Wire;
use super::{Failure, Report, day, shrink};

/// Days lived by each of the two tests that every run makes; two, so that two cores share them.
const DAYS: u64 = 120;

#[test]
fn hostile_days() {
    days(0, DAYS);
}

#[test]
fn more_hostile_days() {
    days(DAYS, DAYS);
}

/// Lives more days when asked: `SIM_DAYS=5000 SIM_FROM=1000 cargo test --test it sim::tests::as_many`.
#[test]
fn as_many_days_as_asked_for() {
    let number = |name: &str| std::env::var(name).map(|text| text.parse().unwrap());
    if let Ok(count) = number("SIM_DAYS") {
        days(number("SIM_FROM").unwrap_or(0), count);
    }
}

/// Lives the days of so many seeds; fails with the first story, made short, and a line for every failure.
fn days(from: u64, count: u64) {
    let mut sum = Report::default();
    let mut failures: Vec<Failure> = Vec::new();
    for seed in from..from + count {
        match day(seed) {
            Ok(report) => sum.add(&report),
            Err(failure) => failures.push(*failure),
        }
    }
    eprintln!("{count} days: {sum}");
    if let Some(first) = failures.first() {
        let short = shrink(first.seed, None).unwrap();
        let all: Vec<_> = failures.iter().map(Failure::line).collect();
        let (often, all) = (failures.len(), all.join("\n"));
        panic!("{short}\n{often} of {count} days:\n{all}");
    }
    // Days on which nothing happens would prove nothing.
    for (what, often) in sum.counts() {
        assert!(*often >= count / 3, "only {often} {what} in {count} days");
    }
}

/// Lives one day again: `SIM_SEED=7 cargo test --test it sim::tests::one_seed`; `SIM_WHOLE=1` leaves it as long as it is.
#[test]
fn one_seed() {
    let seed = std::env::var("SIM_SEED").map_or(1, |text| text.parse().unwrap());
    let whole = std::env::var_os("SIM_WHOLE").is_some();
    match day(seed) {
        Ok(report) => eprintln!("seed {seed}: {report}"),
        Err(failure) if whole => panic!("{failure}"),
        Err(failure) => panic!("{}", shrink(failure.seed, None).unwrap()),
    }
}

#[test]
fn a_day_repeats_exactly() {
    for seed in 0..5 {
        let told = || format!("{:?}", live(seed, &Plan::default(), true));
        assert_eq!(told(), told());
    }
}

/// A law that no day keeps for long, and that is nobody's fault.
fn no_fill_after_a_cut(wire: &Wire, shadow: &Shadow, at_cut: &mut u64) -> Result<(), String> {
    let fills = shadow.booked.len() as u64 + 1;
    if wire.cuts == 0 {
        return Ok(());
    }
    if *at_cut == 0 {
        *at_cut = fills;
    }
    if fills > *at_cut {
        return Err("a fill was booked after a cut".to_owned());
    }
    Ok(())
}

#[test]
fn a_day_that_fails_becomes_a_short_story() {
    let plan = Plan {
        law: Some(no_fill_after_a_cut),
        ..Plan::default()
    };
    let seed = (0..50)
        .find(|seed| live(*seed, &plan, false).is_err())
        .unwrap();
    let whole = live(seed, &plan, true).unwrap_err();
    let short = shrink(seed, plan.law).unwrap();
    eprintln!("{short}");
    let again = live(seed, &short.plan, true).unwrap_err();
    assert_eq!(again.failure, short.failure);
    assert_eq!(again.met, short.met);
    assert_eq!(again.failure.kind(), whole.failure.kind());
    assert!(
        short.met.len() <= 20,
        "{} incidents are left of {}: {:?}",
        short.met.len(),
        whole.met.len(),
        short.met
    );
    assert!(short.failure.story.len() <= 30, "{}", short.failure);
}
