//! What the portfolio computes from: a past that is made up once, and series that cannot be read.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use mts1b_desk::adapter::sim::{SimFeed, SimSpec, Universe};
use mts1b_desk::app::shelf::Shelf;
use mts1b_desk::base::ManualClock;
use mts1b_desk::domain::{Interval, Price, Symbol, Timestamp};
use mts1b_desk::history::{History, Origin, Row};
use mts1b_desk::protocol::MarketData;

use crate::support::build::{noon, read};

/// The shelf of the shipped universe, and what its feed is asked on.
fn shelf(folder: &Path) -> (Shelf, tokio::runtime::Runtime) {
    let universe = Universe::parse(include_str!("../../../config/universe.toml")).unwrap();
    let clock = Arc::new(ManualClock::new(noon().as_us()));
    let feed = SimFeed::new(SimSpec::default(), &universe, noon(), clock).unwrap();
    let runtime = tokio::runtime::Builder::new_current_thread()
        .build()
        .unwrap();
    let shelf = Shelf {
        folder: folder.to_owned(),
        interval: Interval::D1,
        wanted: None,
        splits: None,
        symbols: universe.symbols().cloned().collect(),
        universe,
        seed: 7,
        feed: Arc::new(feed) as Arc<dyn MarketData>,
        made_up: true,
        runtime: runtime.handle().clone(),
    };
    (shelf, runtime)
}

#[test]
fn what_is_made_up_is_kept_once_and_anew_only_when_a_day_is_over() {
    let folder = tempfile::tempdir().unwrap();
    let (shelf, _runtime) = shelf(folder.path());
    let mut store = shelf.open().unwrap();
    // Sees what the other connection writes.
    let witness = History::open(folder.path()).unwrap();
    let found = shelf.load(Some(&mut store), None, noon());
    assert_eq!(found.faults, [""; 0]);
    assert_eq!(found.past.len(), shelf.symbols.len());
    assert!(found.past.iter().all(|one| one.synthetic));
    let listed = witness.list().unwrap();
    assert_eq!(listed.len(), shelf.symbols.len());
    assert!(listed.iter().all(|one| one.origin == Origin::Synthetic));

    let filled = witness.version().unwrap();
    shelf.load(Some(&mut store), None, noon());
    assert_eq!(witness.version().unwrap(), filled, "nothing is new");
    let tomorrow = noon().plus(Duration::from_hours(24));
    shelf.load(Some(&mut store), None, tomorrow);
    assert_ne!(witness.version().unwrap(), filled, "a day is over");

    let alone = shelf.load(None, None, noon());
    assert_eq!(alone.past.len(), found.past.len(), "without a store too");
    assert!(alone.past.iter().all(|one| !one.bars.is_empty()));
}

#[test]
fn bars_that_make_no_series_are_said_and_cost_their_own_symbol_only() {
    let folder = tempfile::tempdir().unwrap();
    let (shelf, _runtime) = shelf(folder.path());
    let mut store = shelf.open().unwrap();
    let row = |text: &str| Row::close(read::<Timestamp>(text), Price::whole(100));
    // Two ends on one day: no two days, and no place for both in a row.
    let twice = vec![row("2026-01-05T20:00:00Z"), row("2026-01-05T21:00:00Z")];
    let apart = vec![row("2026-01-05T21:00:00Z"), row("2026-01-06T21:00:00Z")];
    let sets = [
        (read::<Symbol>("AAPL"), twice),
        (read::<Symbol>("MSFT"), apart),
    ];
    let origin = Origin::Import("a file".into());
    store.replace(Interval::D1, &sets, &origin).unwrap();
    let found = shelf.load(Some(&mut store), None, noon());
    let of = |name: &str| {
        let mut past = found.past.iter();
        past.find(|one| one.bars.symbol().as_str() == name).unwrap()
    };
    assert!(of("AAPL").bars.is_empty() && !of("AAPL").synthetic);
    assert!(!of("MSFT").bars.is_empty() && !of("MSFT").synthetic);
    assert!(!of("NVDA").bars.is_empty() && of("NVDA").synthetic);
    let [fault] = found.faults.as_slice() else {
        panic!("{:?}", found.faults);
    };
    assert!(
        fault.contains("the bar of AAPL at 2026-01-05T21:00:00Z"),
        "{fault}"
    );
}
