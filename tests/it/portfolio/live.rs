//! What is kept up to date: only what changed is computed, and what breaks is one figure.

use std::sync::Arc;
use std::time::Duration;

use mts1b_desk::adapter::sim::{Daily, Listing, Universe};
use mts1b_desk::app::study::round;
use mts1b_desk::base::{Clock, ManualClock};
use mts1b_desk::config::{Overrides, Settings};
use mts1b_desk::domain::{Signal, Symbol, Timestamp};
use mts1b_desk::event::{HistoryKind, Study};
use mts1b_desk::portfolio::live::{Facts, Live, LiveSettings, Method, Methods, Past, Rule};
use mts1b_desk::portfolio::panel::Column;
use mts1b_desk::protocol::{Allocation, Allocator, ParamSpec, Params, PortfolioError, Returns};

use crate::support::build::noon;

fn settings() -> LiveSettings {
    let shipped = Settings::from_layers(None, &Overrides::default()).unwrap();
    shipped.portfolio().live.clone()
}

fn universe() -> Universe {
    Universe::parse(include_str!("../../../config/universe.toml")).unwrap()
}

/// A past that ends at the listed prices.
fn past(now: Timestamp) -> Vec<Past> {
    let universe = universe();
    let daily = Daily {
        universe: &universe,
        seed: 7,
        last: now.day() - 1,
        days: 1_200,
    };
    let past = |listing: &Listing| {
        let bars = daily.bars(listing, listing.motion.price);
        Past {
            bars: Column::new(listing.instrument.symbol.clone(), &bars).unwrap(),
            synthetic: true,
        }
    };
    universe.listings.iter().map(past).collect()
}

struct Bench {
    live: Live,
    clock: ManualClock,
    mids: Vec<Option<f64>>,
}

impl Bench {
    fn new(settings: LiveSettings, methods: Methods) -> Self {
        let clock = ManualClock::new(noon().as_us());
        let past = past(noon());
        let mut live = Live::new(settings, methods);
        live.take_history(&past, &[], Vec::new());
        let listed = universe().listings.into_iter();
        let mids = listed.map(|it| Some(it.motion.price.to_f64())).collect();
        Self { live, clock, mids }
    }

    fn now(&self) -> Timestamp {
        Timestamp::from_us(self.clock.wall_us())
    }

    fn look(&mut self) -> Option<Study> {
        let now = self.now();
        let facts = Facts {
            nav_usd: Some(1e6),
            usd_rates: vec![Some(1.0); self.mids.len()],
        };
        self.live.take_prices(&self.mids, facts, now);
        round(&mut self.live, &self.clock)
    }

    fn tick(&mut self, name: &str, by: f64) {
        let at = self
            .live
            .symbols()
            .iter()
            .position(|it| it.as_str() == name)
            .unwrap();
        self.mids[at] = self.mids[at].map(|mid| mid * by);
        self.clock.advance(Duration::from_secs(1));
    }
}

fn shipped() -> Bench {
    Bench::new(settings(), Methods::default())
}

#[test]
fn on_the_shipped_settings_every_figure_is_there_and_adds_up() {
    let mut bench = shipped();
    let study = bench.look().unwrap();
    assert_eq!(study.history, HistoryKind::Synthetic);
    assert_eq!(study.faults, Vec::<String>::new());
    let set = settings();
    assert_eq!(study.factors.len(), set.factors.len());
    for figures in study.factors.iter().chain(&study.sizers) {
        assert_eq!(figures.fault, None, "{}", figures.name);
        assert_eq!(figures.values.len(), study.symbols.len());
    }
    assert_eq!(study.allocators.len(), set.allocators.len());
    for allocated in &study.allocators {
        let name = &allocated.weights.name;
        assert_eq!(allocated.weights.fault, None, "{name}");
        let sum: f64 = allocated.weights.values.iter().flatten().sum();
        assert!((sum - 1.0).abs() < 1e-6, "{name} sums to {sum}");
        let risk: f64 = allocated.risk.iter().flatten().sum();
        assert!((risk - 1.0).abs() < 1e-9, "{name} has risk {risk}");
        assert!(allocated.volatility.unwrap() > 0.0);
    }
    let wanted: f64 = study.targets.iter().flatten().map(|it| it.wanted).sum();
    let given: f64 = set.sleeves.iter().map(|it| it.allocation).sum();
    assert!((wanted - given).abs() < 1e-6, "{wanted} of {given}");
    let clusters = study.clusters.as_ref().unwrap();
    assert_eq!(clusters.columns.len(), study.symbols.len());
    assert_eq!(clusters.merges.len(), study.symbols.len() - 1);
    assert!(study.frontier.as_ref().unwrap().points.len() > 5);
    // The row under way ends at midnight, and a weekday before today is the one before.
    let (_, last) = study.span.unwrap();
    assert!(last > bench.now() && last.since(bench.now()) <= Duration::from_hours(24));
}

fn signal(strategy: &str, id: &str, weight: f64) -> Signal {
    let text = format!(
        r#"{{"signal_id":"{id}","strategy_id":"{strategy}","asof":"2026-01-01T00:00:00Z","weights":{{"AAPL":{weight}}}}}"#
    );
    Signal::read(text.as_bytes()).unwrap()
}

#[test]
fn a_signal_is_one_more_source_and_what_its_sleeve_holds() {
    let rule = Rule::read("signal mom-v7", &Methods::default()).unwrap();
    let mut set = settings();
    set.sleeves.truncate(1);
    set.sleeves[0].rule = rule;
    set.sleeves[0].allocation = 1.0;
    let mut bench = Bench::new(set, Methods::default());
    let study = bench.look().unwrap();
    let said = study.sleeves[0].weights.fault.clone().unwrap();
    assert!(
        said.contains("mom-v7 has published no signal yet"),
        "{said}"
    );
    bench.clock.advance(Duration::from_secs(1));
    bench
        .live
        .take_signal(signal("mom-v7", "one", 0.125))
        .unwrap();
    bench
        .live
        .take_signal(signal("mom-v7", "one", 0.125))
        .unwrap();
    let study = bench.look().unwrap();
    let source = study.sizers.last().unwrap();
    assert_eq!(
        (source.name.as_str(), source.from.as_str()),
        ("mom-v7", "signal one")
    );
    let apple = study
        .symbols
        .iter()
        .position(|it| it.as_str() == "AAPL")
        .unwrap();
    assert_eq!(source.values[apple], Some(0.125));
    assert_eq!(
        source.values.iter().flatten().count(),
        1,
        "unknown is not zero"
    );
    let wanted = study.targets[apple].as_ref().unwrap().wanted;
    assert!((wanted - 0.125).abs() < 1e-12, "{wanted}");
    for n in 1..64 {
        bench
            .live
            .take_signal(signal(&format!("s{n}"), "x", 0.1))
            .unwrap();
    }
    let refused = bench
        .live
        .take_signal(signal("too-many", "x", 0.1))
        .unwrap_err();
    assert!(
        refused.contains("the signal of too-many is not taken"),
        "{refused}"
    );
    bench
        .live
        .take_signal(signal("mom-v7", "two", 0.25))
        .unwrap();
}

#[test]
fn nothing_is_computed_while_nothing_changes_and_what_stands_is_handed_on_as_it_is() {
    let mut bench = shipped();
    let first = bench.look().unwrap();
    bench.clock.advance(Duration::from_secs(5));
    assert!(bench.look().is_none(), "no price moved");
    bench.tick("AAPL", 1.05);
    let second = bench.look().unwrap();
    // Twelve months but the newest leave today out; other scores move with the price.
    let moved = |name: &str| {
        let of = |study: &Study| study.factors.iter().find(|it| it.name == name).cloned();
        let (before, after) = (of(&first).unwrap(), of(&second).unwrap());
        assert!(after.made.at > before.made.at, "{name}");
        after.values != before.values
    };
    assert!(!moved("f_momentum_12_1"));
    assert!(moved("f_my_momentum"));
    // Clusters and the frontier rest while no bar closes; daily weights stand for the day.
    let (a, b) = (first.clusters.unwrap(), second.clusters.unwrap());
    assert!(Arc::ptr_eq(&a, &b));
    assert!(Arc::ptr_eq(
        &first.frontier.unwrap(),
        &second.frontier.unwrap()
    ));
    let sleeve = |study: &[Arc<mts1b_desk::event::Sleeve>]| study[0].weights.made;
    assert_eq!(sleeve(&first.sleeves), sleeve(&second.sleeves));
    assert_eq!(first.rows, second.rows);
}

#[test]
fn figures_that_followed_a_hundred_ticks_are_those_made_of_the_last_prices_alone() {
    let named = [
        "inverse_volatility",
        "equal_risk_contribution",
        "risk_parity",
        "hrp linkage=ward",
        "markowitz",
        "markowitz lower=0.01 upper=0.2",
        "markowitz covariance=ewma",
        "black_litterman",
        "ledoit_wolf",
    ];
    let methods = Methods::default();
    let allocators = named.map(|text| Method::allocator(text, &methods).unwrap());
    let set = LiveSettings {
        allocators: allocators.to_vec(),
        ..settings()
    };
    let mut followed = Bench::new(set.clone(), Methods::default());
    let first = followed.look().unwrap();
    assert_eq!(first.drift, None, "nothing has drifted yet");
    let symbols = Arc::clone(followed.live.symbols());
    let mut last = first;
    for at in 0..100 {
        let name = symbols[at * 7 % symbols.len()].as_str();
        followed.tick(name, if at % 2 == 0 { 1.03 } else { 0.98 });
        last = followed.look().unwrap_or(last);
    }
    let mut anew = Bench::new(set, Methods::default());
    anew.mids.clone_from(&followed.mids);
    let anew = anew.look().unwrap();
    // A slow build lets figures rest for longer than a tick: one more moment, and the last one is in all of them.
    followed.clock.advance(Duration::from_hours(1));
    let last = followed.look().unwrap_or(last);
    assert!(last.drift.unwrap() < 1e-12, "{:?}", last.drift);
    for (a, b) in last.allocators.iter().zip(&anew.allocators) {
        let method = format!("{} {}", a.weights.name, a.weights.from);
        assert_eq!(
            (&a.weights.fault, &b.weights.fault),
            (&None, &None),
            "{method}"
        );
        let pairs = a.weights.values.iter().zip(&b.weights.values);
        let most = pairs.map(|(a, b)| (a.unwrap() - b.unwrap()).abs());
        let most = most.fold(0.0, f64::max);
        assert!(most < 1e-8, "{method} is off by {most:e}");
    }
}

#[test]
fn weights_of_a_sleeve_stand_over_a_restart_and_another_history_until_their_bucket_is_over() {
    let weights = |study: &Study| {
        let sleeves = study.sleeves.iter();
        let each = sleeves.map(|it| {
            (
                it.name.clone(),
                it.weights.made.at,
                it.weights.values.clone(),
            )
        });
        each.collect::<Vec<_>>()
    };
    let mut before = shipped();
    let first = before.look().unwrap();
    let stood = before.live.stood();
    assert_eq!(stood.len(), first.sleeves.len());
    // Prices moved while the desk was down; and then a history was imported.
    let mut after = shipped();
    after.live.stand(&stood);
    after.tick("AAPL", 1.4);
    let second = after.look().unwrap();
    assert_eq!(weights(&second), weights(&first));
    after.live.take_history(&past(noon()), &[], Vec::new());
    after.tick("AAPL", 1.1);
    assert_eq!(weights(&after.look().unwrap()), weights(&first));
    // Of another rule, of another name or without a symbol they do not.
    let mut strange = stood.clone();
    strange[0].rule = "hrp of []".into();
    let mut other = shipped();
    other.live.stand(&strange);
    other.tick("AAPL", 1.4);
    let study = other.look().unwrap();
    assert_ne!(weights(&study)[0], weights(&first)[0]);
    // Two months on every bucket is over.
    after.clock.advance(Duration::from_hours(24 * 62));
    after.live.take_history(&past(after.now()), &[], Vec::new());
    let later = after.look().unwrap();
    assert!(
        later
            .sleeves
            .iter()
            .all(|it| it.weights.made.at == after.now())
    );
}

#[test]
fn when_its_day_ends_a_row_stays_as_it_stood_and_the_next_begins() {
    let mut bench = shipped();
    let first = bench.look().unwrap();
    // The end of a Friday; most of these symbols rest until Monday is over.
    bench.clock.advance(Duration::from_hours(24));
    let next = bench.look().unwrap();
    let (before, after) = (first.span.unwrap(), next.span.unwrap());
    assert_eq!(after.1.since(before.1), Duration::from_hours(72));
    assert_eq!(next.rows, first.rows, "the oldest left: the window is full");
    assert!(after.0 > before.0);
    assert!(!Arc::ptr_eq(
        &first.clusters.unwrap(),
        &next.clusters.unwrap()
    ));
}

#[derive(Debug)]
struct Broken;

impl Allocator for Broken {
    fn name(&self) -> &'static str {
        "broken"
    }

    fn params(&self) -> &[ParamSpec] {
        &[]
    }

    fn allocate(&self, returns: &Returns<'_>, _: &Params) -> Result<Allocation, PortfolioError> {
        let beyond = returns.symbols.len();
        let weight = returns.values.values()[..beyond][beyond];
        Ok(Allocation {
            weights: vec![weight; beyond],
            details: Vec::new(),
        })
    }
}

#[test]
fn a_method_that_panics_is_a_fault_of_its_own_figure_and_of_no_other() {
    let mut methods = Methods::default();
    methods.allocators.register(Arc::new(Broken)).unwrap();
    let method = Method::allocator("broken", &methods).unwrap();
    let mut set = settings();
    set.allocators.insert(0, method);
    let mut bench = Bench::new(set, methods);
    let study = bench.look().unwrap();
    let fault = study.allocators[0].weights.fault.as_ref().unwrap();
    assert!(fault.starts_with("it broke:"), "{fault}");
    assert_eq!(
        study.allocators[0].weights.values,
        vec![None; study.symbols.len()]
    );
    for allocated in &study.allocators[1..] {
        assert_eq!(allocated.weights.fault, None, "{}", allocated.weights.name);
    }
}

#[test]
fn a_symbol_without_a_history_has_no_numbers_and_spoils_none() {
    let mut past = past(noon());
    let dry = past
        .iter()
        .position(|one| one.bars.symbol().as_str() == "MSFT")
        .unwrap();
    past[dry].bars = Column::none(past[dry].bars.symbol().clone());
    let mut bench = shipped();
    bench.live.take_history(&past, &[], Vec::new());
    let study = bench.look().unwrap();
    assert_eq!(study.factors[0].values[dry], None);
    for allocated in &study.allocators {
        assert_eq!(allocated.weights.fault, None, "{}", allocated.weights.name);
        assert_eq!(allocated.weights.values[dry], None);
    }
    assert!(!study.synthetic[dry]);
    let none: Vec<Past> = Vec::new();
    bench
        .live
        .take_history(&none, &[], vec!["the file is gone".to_owned()]);
    let symbols: &[Symbol] = bench.live.symbols();
    assert!(symbols.is_empty());
}
