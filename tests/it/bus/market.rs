//! The market lane and its taps.

use std::sync::Arc;
use std::time::Duration;

use mts1b_desk::bus::{Bounds, Inlets, bus};
use mts1b_desk::domain::{Interval, Price, Quantity, Quote, Symbol, Timestamp, Trade, VenueId};
use mts1b_desk::event::{HistoryKind, Made, MarketEvent, Study};

use crate::bus::{PATIENCE, market, quote};

fn two_symbols() -> Bounds {
    Bounds {
        market_symbols: 2,
        ..Bounds::default()
    }
}

fn trade(n: i32) -> MarketEvent {
    MarketEvent::Trade(Trade {
        trade_id: n.to_string().into(),
        symbol: Symbol::new("AAPL").unwrap(),
        price: Price::whole(n),
        size: Quantity::whole(1),
        side: None,
        venue: VenueId::new("sim").unwrap(),
        timestamp: Timestamp::EPOCH,
    })
}

fn bars(symbol: &str) -> MarketEvent {
    MarketEvent::Bars {
        symbol: Symbol::new(symbol).unwrap(),
        interval: Interval::M1,
        bars: Vec::new(),
    }
}

fn study(rows: usize) -> MarketEvent {
    MarketEvent::Study(Arc::new(Study {
        symbols: Arc::default(),
        interval: Interval::D1,
        rows,
        span: None,
        history: HistoryKind::None,
        synthetic: Arc::default(),
        factors: Vec::new(),
        sizers: Vec::new(),
        allocators: Vec::new(),
        sleeves: Vec::new(),
        targets: Arc::default(),
        clusters: None,
        frontier: None,
        drift: None,
        heard: None,
        made: Made {
            at: Timestamp::EPOCH,
            took_us: 0,
        },
        faults: Vec::new(),
    }))
}

fn taken(inlets: &mut Inlets) -> Vec<MarketEvent> {
    let mut events = Vec::new();
    inlets.drain_market(&mut events);
    events
}

#[test]
fn the_newest_quote_of_each_symbol_wins_each_in_its_turn() {
    let (bus, mut inlets) = bus(two_symbols());
    for event in [("MSFT", 1), ("AAPL", 2), ("MSFT", 3), ("MSFT", 4)] {
        bus.market(market(event.0, event.1));
    }
    assert_eq!(bus.depth().market.depth, 2);
    assert!(inlets.wait(PATIENCE));
    assert_eq!(taken(&mut inlets), [market("MSFT", 4), market("AAPL", 2)]);
    assert_eq!(bus.depth().conflated, 2);
    assert_eq!(taken(&mut inlets), []);
    assert!(!inlets.wait(Duration::ZERO));
    bus.market_batch(&mut vec![market("AAPL", 5), market("MSFT", 6)]);
    assert!(inlets.wait(PATIENCE));
    assert_eq!(taken(&mut inlets), [market("MSFT", 6), market("AAPL", 5)]);
    assert_eq!(bus.depth().conflated, 2);
}

#[test]
fn symbols_beyond_the_bound_are_refused_and_counted() {
    let (bus, mut inlets) = bus(two_symbols());
    for symbol in ["A", "B", "C", "D", "C", "A"] {
        bus.market(market(symbol, 1));
    }
    assert_eq!(taken(&mut inlets), [market("A", 1), market("B", 1)]);
    let depth = bus.depth();
    assert_eq!((depth.symbols, depth.symbols_refused), (2, 3));
}

#[test]
fn trades_and_bars_keep_their_order_and_let_the_oldest_go() {
    let (bus, mut inlets) = bus(two_symbols());
    let mut batch = vec![trade(1), market("AAPL", 7), bars("AAPL"), trade(2)];
    bus.market_batch(&mut batch);
    assert!(batch.is_empty());
    let expected = [bars("AAPL"), trade(1), trade(2), market("AAPL", 7)];
    assert_eq!(taken(&mut inlets), expected);

    for n in 0..20_000 {
        bus.market(trade(n));
        bus.market(bars("AAPL"));
    }
    let depth = bus.depth();
    assert!(depth.trades_dropped > 0 && depth.bars_dropped > 0);
    assert!(depth.market.depth <= depth.market.bound);
    let mut events = Vec::new();
    while inlets.wait(Duration::ZERO) {
        let before = events.len();
        inlets.drain_market(&mut events);
        assert!(events.len() - before < 1024, "an order would wait");
    }
    let last = events
        .iter()
        .rfind(|event| matches!(event, MarketEvent::Trade(_)));
    assert_eq!(last, Some(&trade(19_999)));
    let dropped = usize::try_from(depth.trades_dropped + depth.bars_dropped).unwrap();
    assert_eq!(events.len() + dropped, 40_000);
}

fn drained(symbol: &str, n: i32) -> (Quote, Timestamp) {
    (quote(symbol, n), Timestamp::from_us(i64::from(n)))
}

#[tokio::test]
async fn a_tap_reads_at_its_own_pace() {
    let (bus, mut inlets) = bus(two_symbols());
    bus.market(market("AAPL", 1));
    let tap = bus.tap();
    let late = bus.tap();
    let mut quotes = Vec::new();
    assert!(tap.changed().await, "what came before is there to read");
    tap.drain(&mut quotes);
    assert_eq!(quotes, [drained("AAPL", 1)]);
    for n in 2..=4 {
        bus.market(market("AAPL", n));
        bus.market(market("MSFT", n));
        assert_eq!(taken(&mut inlets).len(), 2);
    }
    quotes.clear();
    tap.drain(&mut quotes);
    assert_eq!(quotes, [drained("AAPL", 4), drained("MSFT", 4)]);
    assert_eq!((tap.conflated(), bus.depth().conflated), (4, 1));
    quotes.clear();
    late.drain(&mut quotes);
    assert_eq!(quotes, [drained("AAPL", 4), drained("MSFT", 4)]);
    let aapl = Symbol::new("AAPL").unwrap();
    let newest = (quote("AAPL", 4), Timestamp::from_us(4));
    assert_eq!(tap.latest(&aapl), Some(newest));
    assert_eq!(tap.latest(&Symbol::new("TSLA").unwrap()), None);
}

#[tokio::test]
async fn a_new_tap_takes_the_place_of_a_closed_one_and_knows_nothing_of_it() {
    let (bus, _inlets) = bus(two_symbols());
    let first = bus.tap();
    bus.market(market("AAPL", 1));
    drop(first);
    let second = bus.tap();
    bus.market(market("AAPL", 2));
    let mut quotes = Vec::new();
    second.drain(&mut quotes);
    assert_eq!(quotes, [drained("AAPL", 2)]);
    drop(bus);
    assert!(!second.changed().await, "no more will come");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_tap_never_misses_the_last_quote() {
    const LAST: i32 = 20_000;
    let (bus, _inlets) = bus(two_symbols());
    let tap = bus.tap();
    let feed = std::thread::spawn(move || {
        for n in 1..=LAST {
            bus.market(market("AAPL", n));
        }
        bus
    });
    let mut newest = 0;
    let mut quotes = Vec::new();
    while newest < LAST {
        let changed = tokio::time::timeout(PATIENCE, tap.changed()).await;
        assert!(changed.expect("a wake was lost"));
        tap.drain(&mut quotes);
        for (quote, _) in quotes.drain(..) {
            newest = quote.bid.to_string().parse().unwrap();
        }
    }
    drop(feed.join().unwrap());
}

/// More symbols than a reader takes at a time.
const MANY: i32 = 5000;

fn flood(round: i32) -> Vec<MarketEvent> {
    let quote = |n| market(&format!("S{n}X"), round * MANY + n + 1);
    // Not in the order they were first heard of, so that the oldest change is not always the same.
    (0..MANY).map(|n| quote(n * 7 % MANY)).collect()
}

#[test]
fn a_flood_is_taken_in_parts_and_ends_with_the_newest_quote_of_every_symbol() {
    let (bus, mut inlets) = bus(Bounds::default());
    let mut seen = std::collections::HashMap::new();
    let mut most = 0;
    let mut take = |inlets: &mut Inlets| {
        let events = taken(inlets);
        most = most.max(events.len());
        for event in events {
            let MarketEvent::Quote { quote, .. } = &event else {
                panic!("only quotes were sent");
            };
            seen.insert(quote.symbol.clone(), event);
        }
    };
    // Each round is only begun to be read before the next one replaces it.
    for round in 0..10 {
        bus.market_batch(&mut flood(round));
        assert!(inlets.wait(Duration::ZERO));
        take(&mut inlets);
    }
    while inlets.wait(Duration::ZERO) {
        take(&mut inlets);
    }
    assert!(most < 1024, "{most} at a time would hold up an order");
    let newest = flood(9).into_iter().map(|event| match &event {
        MarketEvent::Quote { quote, .. } => (quote.symbol.clone(), event),
        other => panic!("{other:?}"),
    });
    assert_eq!(seen, newest.collect());
    let passed_over = 10 * u64::try_from(MANY).unwrap() - bus.depth().conflated;
    assert!(passed_over < 40_000, "{passed_over} quotes were taken");
}

#[test]
fn an_inbox_of_some_symbols_hears_those_and_no_other() {
    let (bus, _inlets) = bus(Bounds::default());
    bus.market_batch(&mut vec![market("A", 1), market("B", 1)]);
    let tap = bus.tap_of_some();
    let mut heard = Vec::new();
    tap.drain(&mut heard);
    assert_eq!(heard, []);
    // One that has a quote, and one that is not known yet.
    tap.follow(&Symbol::new("B").unwrap());
    tap.follow(&Symbol::new("C").unwrap());
    tap.drain(&mut heard);
    assert_eq!(heard, [(quote("B", 1), Timestamp::from_us(1))]);
    bus.market_batch(&mut vec![market("A", 2), market("C", 2), market("B", 3)]);
    heard.clear();
    tap.drain(&mut heard);
    let told: Vec<_> = heard
        .iter()
        .map(|(quote, _)| quote.symbol.as_str())
        .collect();
    assert_eq!(told, ["B", "C"]);
    // Following twice is following once.
    tap.follow(&Symbol::new("B").unwrap());
    heard.clear();
    tap.drain(&mut heard);
    assert_eq!(heard, []);
}

#[test]
fn what_somebody_looks_at_is_read_before_what_nobody_does() {
    let (bus, mut inlets) = bus(Bounds::default());
    // One that has a quote already, and one that is not known yet.
    bus.market_batch(&mut flood(0));
    while inlets.wait(Duration::ZERO) {
        taken(&mut inlets);
    }
    bus.prefer(&Symbol::new("S17X").unwrap());
    bus.prefer(&Symbol::new("NEWX").unwrap());
    let mut batch = flood(1);
    batch.push(market("NEWX", 1));
    bus.market_batch(&mut batch);
    let first = taken(&mut inlets);
    let symbols: Vec<&str> = first
        .iter()
        .take(2)
        .filter_map(|event| match event {
            MarketEvent::Quote { quote, .. } => Some(quote.symbol.as_str()),
            MarketEvent::Trade(_)
            | MarketEvent::Bars { .. }
            | MarketEvent::BorrowFee { .. }
            | MarketEvent::Study(_) => None,
        })
        .collect();
    assert_eq!(symbols, ["S17X", "NEWX"]);
    assert!(first.len() > 100, "the others are read too");
}

#[test]
fn of_what_is_computed_only_the_newest_waits_and_quotes_go_on_beside_it() {
    let (bus, mut inlets) = bus(two_symbols());
    let bound = bus.depth().market.bound;
    for rows in 1..=1000 {
        bus.market(study(rows));
    }
    bus.market(market("MSFT", 1));
    let depth = bus.depth().market;
    assert_eq!((depth.depth, depth.bound), (2, bound));
    assert!(inlets.wait(PATIENCE));
    assert_eq!(taken(&mut inlets), [study(1000), market("MSFT", 1)]);
    assert!(!inlets.wait(Duration::ZERO));
    bus.market(study(7));
    assert!(inlets.wait(PATIENCE), "a study alone wakes the engine");
    assert_eq!(taken(&mut inlets), [study(7)]);
}
