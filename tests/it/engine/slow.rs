//! A method that does not end: orders are judged and sent as if it were not there.

use std::collections::HashMap;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use futures_util::FutureExt;
use mts1b_desk::adapter::sim::{SimFeed, SimSpec, Universe};
use mts1b_desk::app::run::{Core, Release, Turn};
use mts1b_desk::app::shelf::Shelf;
use mts1b_desk::app::study::{Desk, Student};
use mts1b_desk::base::{Clock, ManualClock, SystemClock};
use mts1b_desk::bus::{Bounds, Latest, bus};
use mts1b_desk::config::{Overrides, Settings};
use mts1b_desk::domain::{Interval, Side};
use mts1b_desk::engine::{LoopStats, State};
use mts1b_desk::event::{MarketEvent, RateLimits, Source};
use mts1b_desk::journal::MemoryJournal;
use mts1b_desk::market::Market;
use mts1b_desk::order::effect::Effect;
use mts1b_desk::portfolio::live::{Live, Method, Methods};
use mts1b_desk::protocol::{
    Allocation, Allocator, MarketData, ParamSpec, Params, PortfolioError, Returns,
};

use super::rig::{self, person, place, ticket};
use crate::support::build::{fund, noon};

const PATIENCE: Duration = Duration::from_mins(1);

/// Tells that it was asked, and answers when it is let.
#[derive(Debug)]
struct Endless {
    asked: SyncSender<()>,
    let_go: Mutex<Receiver<()>>,
}

impl Allocator for Endless {
    fn name(&self) -> &'static str {
        "endless"
    }

    fn params(&self) -> &[ParamSpec] {
        &[]
    }

    fn allocate(&self, returns: &Returns<'_>, _: &Params) -> Result<Allocation, PortfolioError> {
        self.asked.send(()).unwrap();
        let _ = self.let_go.lock().unwrap().recv_timeout(PATIENCE);
        let count = returns.symbols.len();
        Ok(Allocation {
            weights: vec![1.0 / count as f64; count],
            details: Vec::new(),
        })
    }
}

struct Count(Arc<Mutex<usize>>);

impl Release for Count {
    fn release(&mut self, effect: Effect) {
        if matches!(effect, Effect::Place(_)) {
            *self.0.lock().unwrap() += 1;
        }
    }
}

#[test]
fn an_allocator_that_does_not_end_delays_no_order() {
    let clock = Arc::new(ManualClock::new(noon().as_us()));
    let universe = Universe::parse(include_str!("../../../config/universe.toml")).unwrap();
    let feed = SimFeed::new(
        SimSpec::default(),
        &universe,
        noon(),
        Arc::clone(&clock) as _,
    )
    .unwrap();
    let instruments = feed.instruments();
    let symbols = instruments.iter().map(|it| it.symbol.clone()).collect();
    let market = Market::new(instruments, HashMap::new(), Duration::from_secs(5), 4096);
    let state = State::new(rig::info(), market);
    let (bus, inlets) = bus(Bounds::default());
    let latest = Latest::new(Arc::new(state.snapshot(noon(), LoopStats::default())));
    let watch = latest.subscribe();
    let sent = Arc::new(Mutex::new(0));
    let mut core = Core::new(
        state,
        inlets,
        Box::new(MemoryJournal::new()),
        Box::new(Count(Arc::clone(&sent))),
        latest,
        Arc::clone(&clock) as _,
        fund().fund_id,
    );
    bus.control(Source::Desk, rig::opening(RateLimits::default()))
        .unwrap();
    let quote = feed.get_quote("AAPL".parse().unwrap());
    let quote = quote.now_or_never().unwrap().unwrap();
    let received_at = noon();
    bus.market(MarketEvent::Quote { quote, received_at });
    assert_eq!(core.turn(), Turn::On);

    let ((asked, was_asked), (let_go, going)) = (sync_channel(4), sync_channel(4));
    let mut methods = Methods::default();
    let endless = Endless {
        asked,
        let_go: Mutex::new(going),
    };
    methods.allocators.register(Arc::new(endless)).unwrap();
    let shipped = Settings::from_layers(None, &Overrides::default()).unwrap();
    let mut settings = shipped.portfolio().live.clone();
    settings.allocators = vec![Method::allocator("endless", &methods).unwrap()];
    let folder = tempfile::tempdir().unwrap();
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(1)
        .build()
        .unwrap();
    let student = Student::start(Desk {
        live: Live::new(settings, methods),
        shelf: Shelf {
            folder: folder.path().to_owned(),
            interval: Interval::D1,
            wanted: None,
            splits: None,
            symbols,
            universe,
            seed: 7,
            feed: Arc::new(feed),
            made_up: true,
            runtime: runtime.handle().clone(),
        },
        signals: None,
        published: None,
        pace: Duration::from_millis(5),
        watch: watch.clone(),
        bus: bus.clone(),
        clock: Arc::clone(&clock) as _,
    })
    .unwrap();
    was_asked.recv_timeout(PATIENCE).expect("it is asked");

    // It computes, and does not end: each order is judged and sent in the very next turn.
    for number in 1..=20_usize {
        clock.advance(Duration::from_millis(200));
        let name = format!("beside-{number}");
        bus.command(person(), place(ticket(&name, Side::Buy, "1")))
            .unwrap();
        assert_eq!(core.turn(), Turn::On);
        assert_eq!(*sent.lock().unwrap(), number);
        assert!(watch.get().study.is_none(), "it has not ended");
    }
    let_go.send(()).unwrap();
    let real = SystemClock::new();
    while watch.get().study.is_none() {
        assert!(real.elapsed() < PATIENCE, "what it came to is shown");
        clock.advance(Duration::from_millis(20));
        assert_eq!(core.turn(), Turn::On);
        std::thread::yield_now();
    }
    let study = watch.get().study.clone().unwrap();
    assert_eq!(study.allocators[0].weights.fault, None);
    drop((student, let_go));
}
