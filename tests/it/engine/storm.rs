//! More quotes than anybody can read meet the real loop: orders do not wait, and the newest price stands in the end.

use std::collections::HashMap;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use futures_util::FutureExt;
use mts1b_desk::adapter::sim::{Market as Sim, SimSpec, Universe, run_batch};
use mts1b_desk::app::run::{Core, Release, Turn};
use mts1b_desk::base::{Clock, ManualClock};
use mts1b_desk::bus::{Bounds, Bus, Latest, Watch, bus};
use mts1b_desk::domain::{Interval, OrderState, Quote, Side, Symbol, Timestamp};
use mts1b_desk::engine::{LoopStats, Snapshot, State};
use mts1b_desk::event::{BrokerReport, MarketEvent, RateLimits, Source};
use mts1b_desk::journal::MemoryJournal;
use mts1b_desk::market::Market;
use mts1b_desk::order::effect::Effect;

use super::rig::{self, person, place, ticket};
use crate::support::build::{fund, noon, read};

const SYMBOLS: usize = 10_000;
const RATE: u64 = 1_000_000;
/// What passes between two turns of the loop.
const STEP: Duration = Duration::from_millis(2);

struct Nowhere;

impl Release for Nowhere {
    fn release(&mut self, _effect: Effect) {}
}

/// The clock of a machine on which each quote that the engine reads takes so long.
#[derive(Debug)]
struct Laborious {
    clock: Arc<ManualClock>,
    a_quote: Duration,
    bus: OnceLock<Bus>,
}

impl Clock for Laborious {
    fn wall_us(&self) -> i64 {
        self.clock.wall_us()
    }

    fn elapsed(&self) -> Duration {
        // What was read does not wait any more; nothing may come in between.
        let waiting = self.bus.get().map_or(0, |bus| bus.depth().market.depth);
        let read = (1_usize << 15).checked_sub(waiting).unwrap();
        self.clock.elapsed() + self.a_quote * u32::try_from(read).unwrap()
    }
}

/// The real loop under the synthetic market.
struct Storm {
    sim: Sim,
    clock: Arc<ManualClock>,
    bus: Bus,
    core: Core,
    watch: Watch<Snapshot>,
    newest: HashMap<Symbol, Quote>,
}

impl Storm {
    fn begin(symbols: usize) -> Self {
        Self::where_a_quote_takes(symbols, Duration::ZERO)
    }

    fn where_a_quote_takes(symbols: usize, a_quote: Duration) -> Self {
        let clock = Arc::new(ManualClock::new(noon().as_us()));
        let laborious = Arc::new(Laborious {
            clock: Arc::clone(&clock),
            a_quote,
            bus: OnceLock::new(),
        });
        let universe = Universe::parse(include_str!("../../../config/universe.toml")).unwrap();
        let spec = SimSpec {
            rate: RATE,
            symbols: Some(symbols),
            seed: 7,
        };
        let sim = Sim::new(spec, &universe, noon()).unwrap();
        let instruments = sim.instruments().cloned().collect();
        let pegs = HashMap::new();
        let market = Market::new(instruments, pegs, Duration::from_secs(5), 1 << 20);
        let state = State::new(rig::info(), market);
        let (bus, inlets) = bus(Bounds::default());
        let latest = Latest::new(Arc::new(state.snapshot(noon(), LoopStats::default())));
        let watch = latest.subscribe();
        let core = Core::new(
            state,
            inlets,
            Box::new(MemoryJournal::new()),
            Box::new(Nowhere),
            latest,
            Arc::clone(&laborious) as _,
            fund().fund_id,
        );
        bus.control(Source::Desk, rig::opening(RateLimits::default()))
            .unwrap();
        let mut storm = Self {
            sim,
            clock,
            bus,
            core,
            watch,
            newest: HashMap::new(),
        };
        storm.turn();
        laborious.bus.set(storm.bus.clone()).unwrap();
        storm
    }

    fn now(&self) -> Timestamp {
        Timestamp::from_us(self.clock.wall_us())
    }

    /// Lets a moment pass in which quotes rain.
    fn rain(&mut self) {
        self.clock.advance(STEP);
        let (now, mut events) = (self.now(), Vec::new());
        run_batch(&mut self.sim, now, &mut events);
        for event in &events {
            if let MarketEvent::Quote { quote, .. } = event {
                self.newest.insert(quote.symbol.clone(), quote.clone());
            }
        }
        self.bus.market_batch(&mut events);
    }

    fn turn(&mut self) {
        assert_eq!(self.core.turn(), Turn::On);
    }

    /// Lets the loop read on until nothing waits.
    fn calm(&mut self) {
        for _ in 0..10_000 {
            if self.bus.depth().market.depth == 0 {
                return;
            }
            self.clock.advance(STEP);
            self.turn();
        }
        panic!("{:?} still waits", self.bus.depth().market);
    }

    fn known(&self, symbol: &Symbol) -> Option<Quote> {
        let cell = self.core.state().market_state().cell(symbol)?;
        cell.quote().map(|(quote, _)| quote.clone())
    }
}

#[test]
fn when_a_storm_ends_the_newest_price_of_every_symbol_stands() {
    let mut storm = Storm::begin(SYMBOLS);
    for _ in 0..60 {
        storm.rain();
        storm.turn();
    }
    let depths = storm.bus.depth();
    assert!(
        depths.conflated > 10_000 && depths.market.depth > 1000,
        "{depths:?}"
    );
    storm.calm();
    assert_eq!(storm.newest.len(), SYMBOLS, "every symbol was quoted");
    for (symbol, quote) in &storm.newest {
        assert_eq!(storm.known(symbol).as_ref(), Some(quote));
    }
    let shown = storm.watch.get();
    assert!(shown.stats.taken + storm.bus.depth().conflated >= 120_000);
}

#[test]
fn in_a_storm_an_order_and_its_fill_are_taken_in_the_next_turn_and_what_is_looked_at_is_never_old()
{
    let mut storm = Storm::begin(SYMBOLS);
    let apple: Symbol = read("AAPL");
    storm.bus.prefer(&apple);
    // Its past of every symbol comes at once as well.
    for symbol in storm.sim.instruments().map(|known| known.symbol.clone()) {
        storm.bus.market(MarketEvent::Bars {
            symbol,
            interval: Interval::M1,
            bars: Vec::new(),
        });
    }
    for round in 0..40_u32 {
        storm.rain();
        let sends = round == 20;
        if sends {
            let buy = place(ticket("in-the-rain", Side::Buy, "1"));
            storm.bus.command(person(), buy).unwrap();
        }
        storm.turn();
        if sends {
            let shown = storm.watch.get();
            let order = &shown
                .orders
                .live()
                .next()
                .expect("it was judged at once")
                .order;
            let report = BrokerReport::Accepted {
                broker: order.broker.clone(),
                order_id: order.order_id.clone(),
                broker_order_id: None,
            };
            let reported = storm.bus.report(Source::Broker("paper".into()), report);
            reported.now_or_never().unwrap().unwrap();
        }
        if round == 21 {
            let shown = storm.watch.get();
            let order = &shown.orders.live().next().unwrap().order;
            assert_eq!(order.state(), OrderState::Accepted);
        }
        // However many others wait: each turn reads what somebody looks at.
        assert_eq!(
            storm.known(&apple),
            storm.newest.get(&apple).cloned(),
            "{round}"
        );
    }
    assert!(storm.bus.depth().market.depth > 1000);
}

#[test]
fn what_nobody_could_see_is_left_to_be_replaced() {
    let mut storm = Storm::begin(SYMBOLS);
    for _ in 0..20 {
        storm.rain();
    }
    let waiting = |storm: &Storm| storm.bus.depth().market.depth;
    let before = waiting(&storm);
    // A loop that is woken again and again, while no snapshot of the market is due.
    for _ in 0..100 {
        storm.clock.advance(Duration::from_micros(10));
        storm.turn();
    }
    let taken = before - waiting(&storm);
    assert!((6144..6800).contains(&taken), "{taken} of {before}");
    storm.calm();
}

#[test]
fn where_reading_takes_long_less_is_read_and_orders_come_first() {
    // So long that one turn reads the whole share.
    let mut storm = Storm::where_a_quote_takes(SYMBOLS, Duration::from_micros(10));
    for _ in 0..20 {
        storm.rain();
    }
    let waiting = |storm: &Storm| storm.bus.depth().market.depth;
    storm.clock.advance(Duration::from_secs(1));
    let before = waiting(&storm);
    for _ in 0..20 {
        storm.turn();
    }
    let taken = before - waiting(&storm);
    assert!(
        (512..=640).contains(&taken),
        "{taken} in one share: five milliseconds of sixteen are for the market"
    );
    let buy = place(ticket("in-the-rain", Side::Buy, "1"));
    storm.bus.command(person(), buy).unwrap();
    storm.turn();
    assert_eq!(storm.watch.get().orders.live().count(), 1);
    assert_eq!(before - waiting(&storm), taken);
    storm.clock.advance(Duration::from_millis(16));
    storm.turn();
    assert!(before - waiting(&storm) > taken, "then it is read on");
}
