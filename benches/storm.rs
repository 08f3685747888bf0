//! A million quotes a second over a million symbols, through the real lane and the real loop.
//!
//! When it ends, the newest price of every symbol must stand in the snapshot; what the market said
//! last of each is worked out again from its seed. Says how long the lane took to be read empty,
//! and how many quotes a newer one replaced before they were read.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use mts1b_desk::adapter::sim::{Market as Sim, SimSpec, Universe, run_batch};
use mts1b_desk::app::run::{Core, Release};
use mts1b_desk::base::{Clock, SystemClock};
use mts1b_desk::bus::{Bounds, Latest, bus};
use mts1b_desk::domain::{Symbol, Timestamp};
use mts1b_desk::engine::{DeskInfo, LoopStats, State};
use mts1b_desk::event::{Control, Source};
use mts1b_desk::journal::MemoryJournal;
use mts1b_desk::market::Market;
use mts1b_desk::order::effect::Effect;

use crate::build;
use crate::runner::{Case, Runner, Samples};

const UNIVERSE: &str = include_str!("../config/universe.toml");
const NAMES: [&str; 2] = [
    "storm/one quote of 1M symbols made and put in the lane",
    "storm/1M quotes/s over 1M symbols, read empty after it ends",
];
const STORM: Duration = Duration::from_secs(5);
/// Every other step goes round the symbols: after so many rounds each was quoted.
const ROUNDS: u64 = 2;
const SEED: u64 = 7;
/// Events put into the lane under one lock, as the pump does.
const BATCH: usize = 256;

struct Nowhere;

impl Release for Nowhere {
    fn release(&mut self, _effect: Effect) {}
}

pub fn run(runner: &mut Runner) {
    if !NAMES.iter().any(|name| runner.wants(name)) {
        return;
    }
    let wide = if runner.is_tiny() { 2_000 } else { 1_000_000 };
    let clock = Arc::new(SystemClock::new());
    let now = |clock: &SystemClock| Timestamp::from_us(clock.wall_us());
    let spec = SimSpec {
        rate: 1_000_000,
        symbols: Some(wide),
        seed: SEED,
    };
    let universe = Universe::parse(UNIVERSE).expect("the shipped universe");
    let mut sim = Sim::new(spec, &universe, now(&clock)).expect("a market");
    let instruments = sim.instruments().cloned().collect();
    let market = Market::new(
        instruments,
        HashMap::default(),
        Duration::from_secs(5),
        1 << 20,
    );
    let state = State::new(info(), market);
    let (bus, inlets) = bus(Bounds::default());
    let latest = Latest::new(Arc::new(state.snapshot(now(&clock), LoopStats::default())));
    let watch = latest.subscribe();
    let mut core = Core::new(
        state,
        inlets,
        Box::new(MemoryJournal::new()),
        Box::new(Nowhere),
        latest,
        clock.clone(),
        build::fund().fund_id,
    );
    let engine = std::thread::spawn(move || core.run());
    let symbols: Vec<Symbol> = sim
        .instruments()
        .map(|known| known.symbol.clone())
        .collect();
    bus.list(&symbols);
    sim.skip_to(now(&clock));
    let first = sim.next_step();
    let storm = if runner.is_tiny() {
        Duration::from_millis(50)
    } else {
        STORM
    };
    let ends = clock.elapsed() + storm;
    let least = first + ROUNDS * u64::try_from(wide).unwrap_or(0) + 1;
    let (mut events, mut batch, mut made) = (Vec::new(), Vec::new(), Samples::default());
    while clock.elapsed() < ends || sim.next_step() < least {
        let step = sim.next_step();
        let (took, ()) = runner.once(|| {
            run_batch(&mut sim, now(&clock), &mut events);
            let mut said = events.drain(..);
            loop {
                batch.extend(said.by_ref().take(BATCH));
                if batch.is_empty() {
                    break;
                }
                bus.market_batch(&mut batch);
            }
        });
        let steps = sim.next_step() - step;
        if steps > 0 {
            made.add(took, steps as f64);
        }
        std::thread::sleep(Duration::from_millis(2));
    }
    let (emptied, ()) = runner.once(|| {
        while bus.depth().market.depth > 0 {
            std::thread::sleep(Duration::from_millis(1));
        }
    });
    let mut samples = Samples::default();
    samples.add(emptied, 1.0);
    let conflated = bus.depth().conflated;
    bus.control(Source::Desk, Control::Close)
        .expect("the session closes");
    engine.join().expect("the loop ends in good order");
    let wrong = wrong(&mut sim, first, wide, &watch.get().market);
    runner.note(Case::new(NAMES[0]), &made);
    runner.note(Case::new(NAMES[1]), &samples);
    let steps = sim.next_step() - first;
    runner.say("storm/quotes said", &steps.to_string(), true);
    runner.say(
        "storm/quotes a newer one replaced unread",
        &conflated.to_string(),
        true,
    );
    runner.say(
        "storm/symbols whose newest price is wrong",
        &wrong.to_string(),
        wrong == 0,
    );
}

/// Counts the symbols whose newest quote is not what the market said last of them.
fn wrong(sim: &mut Sim, first: u64, wide: usize, market: &Market) -> usize {
    let mut newest: Vec<Option<u64>> = vec![None; wide];
    for step in first..sim.next_step() {
        if let Some(place) = newest.get_mut(sim.symbol_of(step)) {
            *place = Some(step);
        }
    }
    let symbols: Vec<Symbol> = sim
        .instruments()
        .map(|known| known.symbol.clone())
        .collect();
    let pairs = symbols.iter().zip(newest);
    let differs = |(symbol, step): &(&Symbol, Option<u64>)| {
        let said = step.and_then(|step| sim.said(step)).map(|said| said.quote);
        let known = market.cell(symbol).and_then(|cell| cell.quote());
        said.as_ref() != known.map(|(quote, _)| quote)
    };
    pairs.filter(differs).count()
}

fn info() -> DeskInfo {
    DeskInfo {
        fund_id: build::fund().fund_id,
        broker: "paper".into(),
        feed: "sim".into(),
        live: false,
        read_only: false,
        capability: None,
        fee_bps: 0,
        simulated: Vec::new(),
    }
}
