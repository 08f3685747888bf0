//! The conformance suite: what ships passes it, and what is broken on purpose fails the step that is meant for it.

use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use futures_util::future::BoxFuture;
use futures_util::stream::{self, BoxStream};
use futures_util::{FutureExt, StreamExt};
use mts1b_desk::adapter::conformance::{BrokerBench, FeedBench, Step, broker_suite, feed_suite};
use mts1b_desk::adapter::paper::{Exchange, Memory, PaperBroker, Settings};
use mts1b_desk::adapter::sim::{SimFeed, SimSpec};
use mts1b_desk::base::Clock;
use mts1b_desk::domain::{
    Bar, Fill, FillCursor, IdempotencyKey, Interval, Money, Order, OrderId, Position, Quote, Side,
    Symbol, Timestamp, Trade,
};
use mts1b_desk::event::{BrokerReport, MarketEvent};
use mts1b_desk::protocol::{
    Broker, BrokerError, Capability, FeedError, FeedEvent, Found, MarketData,
};

use super::kit::{RuntimeClock, limit, ms, noon, order, quote, tape};
use super::replay::{SMALL, recording};
use super::sim::shipped;

/// How a broker is broken.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Fault {
    None,
    NewNameEachTime,
    NoSubmittedAt,
    TakesAKeyTwice,
    FindsWhatNeverWas,
    CancelIsAlwaysTrue,
    CancelIsNeverTrue,
    FillsTwice,
    FeesInYen,
    ForgetsTheCursor,
    LosesFillsOnRestart,
    ForgetsOrdersOnRestart,
    HoldsTooMuch,
    MiscountsOpenOrders,
}

#[derive(Debug)]
struct Flawed {
    inner: PaperBroker,
    fault: Fault,
    name: String,
    calls: AtomicU32,
}

impl Broker for Flawed {
    fn name(&self) -> &str {
        &self.name
    }

    fn capability(&self) -> Capability {
        self.inner.capability()
    }

    fn submit(&self, order: Order) -> BoxFuture<'_, Result<Order, BrokerError>> {
        let n = self.calls.fetch_add(1, Ordering::SeqCst);
        let mut sent = order.clone();
        if self.fault == Fault::TakesAKeyTwice {
            sent.order_id = format!("x-{n}").parse().unwrap();
            sent.idempotency_key = format!("x-{n}").parse().unwrap();
        }
        Box::pin(async move {
            let mut taken = self.inner.submit(sent).await?;
            taken.order_id = order.order_id;
            if self.fault == Fault::NoSubmittedAt {
                taken.submitted_at = None;
            }
            Ok(taken)
        })
    }

    fn cancel(&self, order_id: OrderId) -> BoxFuture<'_, Result<bool, BrokerError>> {
        Box::pin(async move {
            match self.fault {
                Fault::CancelIsAlwaysTrue => Ok(true),
                Fault::CancelIsNeverTrue => Ok(false),
                _ => self.inner.cancel(order_id).await,
            }
        })
    }

    fn get_open_orders(&self) -> BoxFuture<'_, Result<Vec<Order>, BrokerError>> {
        Box::pin(async move {
            let mut orders = self.inner.get_open_orders().await?;
            if self.fault == Fault::MiscountsOpenOrders {
                for order in &mut orders {
                    order.filled_quantity = order.quantity;
                }
            }
            Ok(orders)
        })
    }

    fn get_positions(&self) -> BoxFuture<'_, Result<Vec<Position>, BrokerError>> {
        Box::pin(async move {
            let mut positions = self.inner.get_positions().await?;
            if self.fault == Fault::HoldsTooMuch {
                for position in &mut positions {
                    position.quantity += position.quantity;
                }
            }
            Ok(positions)
        })
    }

    fn stream_fills(&self, after: Option<FillCursor>) -> BoxStream<'static, BrokerReport> {
        let fault = self.fault;
        let after = after.filter(|_| fault != Fault::ForgetsTheCursor);
        let reports = self.inner.stream_fills(after).flat_map(move |mut report| {
            if let (BrokerReport::Fill { fill, .. }, Fault::FeesInYen) = (&mut report, fault) {
                fill.fees = (fill.price * fill.quantity) * "0.08".parse().unwrap();
            }
            let times = if fault == Fault::FillsTwice { 2 } else { 1 };
            stream::iter(std::iter::repeat_n(report, times))
        });
        Box::pin(reports)
    }

    fn find(&self, key: IdempotencyKey) -> BoxFuture<'_, Result<Found, BrokerError>> {
        Box::pin(async move {
            if self.fault == Fault::FindsWhatNeverWas {
                let order = order(99, Side::Buy, "1", "AAPL");
                return Ok(Found::Order(Box::new(order)));
            }
            self.inner.find(key).await
        })
    }
}

/// The paper venue under a market that quotes every 50 ms, with the bench as its journal.
struct PaperBench {
    clock: Arc<RuntimeClock>,
    fault: Fault,
    broker: Mutex<Arc<Flawed>>,
    issued: Mutex<Vec<IdempotencyKey>>,
    count: AtomicU32,
}

fn start(memory: Memory, clock: &Arc<RuntimeClock>, fault: Fault, n: u32) -> Arc<Flawed> {
    let (sender, tape) = tape();
    let ticking = Arc::clone(clock);
    tokio::spawn(async move {
        loop {
            let now = Timestamp::from_us(ticking.wall_us());
            let quote = quote("AAPL", ("99", "40"), ("101", "40"));
            if sender.send((quote, now)).await.is_err() {
                return;
            }
            tokio::time::sleep(ms(50)).await;
        }
    });
    let exchange = Exchange::restore(Settings::default(), memory).unwrap();
    let name = if fault == Fault::NewNameEachTime {
        format!("paper-{n}")
    } else {
        "paper".into()
    };
    let clock: Arc<dyn Clock> = clock.clone();
    Arc::new(Flawed {
        inner: PaperBroker::start(exchange, tape, clock),
        fault,
        name,
        calls: AtomicU32::new(0),
    })
}

impl PaperBench {
    fn new(fault: Fault) -> Self {
        let clock = Arc::new(RuntimeClock::new());
        Self {
            broker: Mutex::new(start(Memory::default(), &clock, fault, 0)),
            clock,
            fault,
            issued: Mutex::default(),
            count: AtomicU32::new(0),
        }
    }

    fn next(&self, quantity: &str) -> Order {
        let n = self.count.fetch_add(1, Ordering::SeqCst);
        let order = order(n, Side::Buy, quantity, "AAPL");
        self.issued
            .lock()
            .unwrap()
            .push(order.idempotency_key.clone());
        order
    }
}

impl BrokerBench for PaperBench {
    fn broker(&self) -> Arc<dyn Broker> {
        self.broker.lock().unwrap().clone()
    }

    fn restart(&self) -> BoxFuture<'_, Arc<dyn Broker>> {
        Box::pin(async move {
            let before = self.broker.lock().unwrap().clone();
            let mut memory = Memory {
                positions: before.inner.get_positions().await.unwrap(),
                ..Memory::default()
            };
            let keys = self.issued.lock().unwrap().clone();
            for key in keys {
                if let Found::Order(order) = before.inner.find(key).await.unwrap() {
                    memory.orders.push(*order);
                }
            }
            // Let the venue answer, then take what it has ready.
            let mut stream = before.inner.stream_fills(None);
            while let Ok(Some(report)) = tokio::time::timeout(ms(1), stream.next()).await {
                if let BrokerReport::Fill { fill, cursor, .. } = report {
                    memory.fills.push((fill, cursor));
                }
            }
            match self.fault {
                Fault::LosesFillsOnRestart => drop(memory.fills.pop()),
                Fault::ForgetsOrdersOnRestart => memory.orders.clear(),
                _ => {}
            }
            let n = self.count.fetch_add(1, Ordering::SeqCst);
            let after = start(memory, &self.clock, self.fault, n + 1);
            *self.broker.lock().unwrap() = after.clone();
            after as Arc<dyn Broker>
        })
    }

    fn resting(&self) -> Order {
        limit(self.next("5"), "50")
    }

    fn crossing(&self) -> Order {
        // More than one quote shows, so that there are partial fills.
        self.next("100")
    }

    fn worth(&self, fill: &Fill) -> Option<Money> {
        Some(fill.price * fill.quantity)
    }

    fn patience(&self) -> Duration {
        Duration::from_secs(2)
    }
}

fn failed(steps: &[Step]) -> Vec<&str> {
    steps.iter().filter(|s| !s.ok).map(|s| s.name).collect()
}

#[tokio::test(start_paused = true)]
async fn the_paper_broker_does_all_it_must() {
    let bench = PaperBench::new(Fault::None);
    let steps = broker_suite(&bench, bench.clock.clone()).await;
    assert_eq!(failed(&steps), [""; 0], "{steps:#?}");
    assert!(steps.len() >= 20, "{steps:#?}");
}

#[tokio::test(start_paused = true)]
async fn every_broken_broker_is_found_out() {
    let cases = [
        (Fault::NewNameEachTime, "name is stable"),
        (
            Fault::NoSubmittedAt,
            "submit returns the order with submitted_at set",
        ),
        (Fault::TakesAKeyTwice, "submit is idempotent on the key"),
        (Fault::FindsWhatNeverWas, "a key never used finds nothing"),
        (
            Fault::FindsWhatNeverWas,
            "a working order is found by its key",
        ),
        (
            Fault::CancelIsAlwaysTrue,
            "a confirmed cancel ends the order",
        ),
        (
            Fault::CancelIsAlwaysTrue,
            "a canceled order is not canceled twice",
        ),
        (
            Fault::CancelIsAlwaysTrue,
            "an order never sent is not canceled",
        ),
        (Fault::CancelIsAlwaysTrue, "a filled order is not canceled"),
        (
            Fault::CancelIsAlwaysTrue,
            "a cancel that races a fill tells the truth",
        ),
        (
            Fault::CancelIsNeverTrue,
            "a confirmed cancel ends the order",
        ),
        (
            Fault::CancelIsNeverTrue,
            "an order from before a restart can be canceled",
        ),
        (
            Fault::FillsTwice,
            "an order that crosses is filled, never beyond its quantity",
        ),
        (Fault::FillsTwice, "no fill id twice"),
        (Fault::FillsTwice, "positions agree with fills"),
        (Fault::FeesInYen, "fees are in the base currency"),
        (
            Fault::ForgetsTheCursor,
            "after a cursor come exactly the fills after it",
        ),
        (Fault::LosesFillsOnRestart, "a restart loses no fill"),
        (Fault::LosesFillsOnRestart, "a restart makes no fill twice"),
        (
            Fault::ForgetsOrdersOnRestart,
            "a working order outlives a restart",
        ),
        (Fault::HoldsTooMuch, "positions agree with fills"),
        (Fault::MiscountsOpenOrders, "open orders agree with fills"),
    ];
    for (fault, step) in cases {
        let bench = PaperBench::new(fault);
        let steps = broker_suite(&bench, bench.clock.clone()).await;
        assert!(
            failed(&steps).contains(&step),
            "{fault:?} passes '{step}': {:?}",
            failed(&steps)
        );
    }
}

fn sim_bench() -> (FeedBench, Arc<RuntimeClock>) {
    let clock = Arc::new(RuntimeClock::new());
    let feed = SimFeed::new(SimSpec::default(), &shipped(), noon(), clock.clone()).unwrap();
    let bench = FeedBench {
        symbols: feed.instruments().into_iter().map(|i| i.symbol).collect(),
        feed: Arc::new(feed),
        stranger: "NOSUCH".parse().unwrap(),
        patience: Duration::from_secs(20),
        quotes: 500,
        own_venue: true,
    };
    (bench, clock)
}

#[tokio::test(start_paused = true)]
async fn the_synthetic_market_does_all_a_feed_must() {
    let (bench, clock) = sim_bench();
    let steps = feed_suite(&bench, clock).await;
    assert_eq!(failed(&steps), [""; 0], "{steps:#?}");
}

#[tokio::test(start_paused = true)]
async fn a_recording_does_all_a_feed_must() {
    let clock = Arc::new(RuntimeClock::new());
    let feed = recording(&format!("{SMALL}@max"), clock.clone()).unwrap();
    let bench = FeedBench {
        symbols: feed.symbols().to_vec(),
        feed: Arc::new(feed),
        stranger: "NOSUCH".parse().unwrap(),
        patience: Duration::from_secs(20),
        quotes: 500,
        own_venue: false,
    };
    let steps = feed_suite(&bench, clock).await;
    assert_eq!(failed(&steps), [""; 0], "{steps:#?}");
}

/// How a feed is broken.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Flaw {
    Nameless,
    NeverSaysItsLink,
    Silent,
    SendsStrangers,
    NamesAnotherVenue,
    SendsCrossedQuotes,
    RunsBackwards,
    ReceivesTheFuture,
    AnswersWithAnotherSymbol,
    InventsPrices,
    ShufflesBars,
    PrintsTheFuture,
}

#[derive(Debug)]
struct FlawedFeed {
    inner: Arc<dyn MarketData>,
    flaw: Flaw,
}

impl FlawedFeed {
    fn spoil(&self) -> impl FnMut(FeedEvent) -> Option<FeedEvent> + Send + 'static {
        let flaw = self.flaw;
        move |event| match (flaw, event) {
            (Flaw::NeverSaysItsLink, FeedEvent::Link(..))
            | (Flaw::Silent, FeedEvent::Market(_)) => None,
            (
                _,
                FeedEvent::Market(MarketEvent::Quote {
                    mut quote,
                    mut received_at,
                }),
            ) => {
                match flaw {
                    Flaw::SendsStrangers => quote.symbol = "NOSUCH".parse().unwrap(),
                    Flaw::NamesAnotherVenue => quote.venue = "elsewhere".parse().unwrap(),
                    Flaw::SendsCrossedQuotes => std::mem::swap(&mut quote.bid, &mut quote.ask),
                    Flaw::RunsBackwards => {
                        quote.timestamp = noon().minus(quote.timestamp.since(noon()));
                    }
                    Flaw::ReceivesTheFuture => received_at = received_at.plus(ms(600_000)),
                    _ => {}
                }
                Some(FeedEvent::Market(MarketEvent::Quote { quote, received_at }))
            }
            (_, event) => Some(event),
        }
    }
}

impl MarketData for FlawedFeed {
    fn name(&self) -> &str {
        if self.flaw == Flaw::Nameless {
            ""
        } else {
            self.inner.name()
        }
    }

    fn get_quote(&self, symbol: Symbol) -> BoxFuture<'_, Result<Quote, FeedError>> {
        let asked = match self.flaw {
            Flaw::AnswersWithAnotherSymbol => "MSFT".parse().unwrap(),
            Flaw::InventsPrices => "AAPL".parse().unwrap(),
            _ => symbol,
        };
        self.inner.get_quote(asked)
    }

    fn get_bars(
        &self,
        symbol: Symbol,
        interval: Interval,
        start: Timestamp,
        end: Option<Timestamp>,
    ) -> BoxFuture<'_, Result<Vec<Bar>, FeedError>> {
        let bars = self.inner.get_bars(symbol, interval, start, end);
        let flaw = self.flaw;
        Box::pin(bars.map(move |bars| {
            let mut bars = bars?;
            if flaw == Flaw::ShufflesBars {
                bars.reverse();
            }
            Ok(bars)
        }))
    }

    fn get_trades(
        &self,
        symbol: Symbol,
        asof: Timestamp,
    ) -> BoxFuture<'_, Result<Vec<Trade>, FeedError>> {
        let trades = self.inner.get_trades(symbol, asof);
        let flaw = self.flaw;
        Box::pin(trades.map(move |trades| {
            let mut trades = trades?;
            if flaw == Flaw::PrintsTheFuture {
                for trade in &mut trades {
                    trade.timestamp = trade.timestamp.plus(ms(600_000));
                }
            }
            Ok(trades)
        }))
    }

    fn stream_quotes(&self, symbols: Vec<Symbol>) -> BoxStream<'static, FeedEvent> {
        let mut spoil = self.spoil();
        let events = self.inner.stream_quotes(symbols);
        Box::pin(events.filter_map(move |event| std::future::ready(spoil(event))))
    }
}

#[tokio::test(start_paused = true)]
async fn every_broken_feed_is_found_out() {
    let cases = [
        (Flaw::Nameless, "name is stable"),
        (Flaw::NeverSaysItsLink, "says how its link is"),
        (Flaw::Silent, "quotes come"),
        (Flaw::SendsStrangers, "only symbols that were asked for"),
        (Flaw::NamesAnotherVenue, "quotes name their venue"),
        (Flaw::SendsCrossedQuotes, "quotes are sane"),
        (
            Flaw::RunsBackwards,
            "time does not run backwards within a symbol",
        ),
        (Flaw::ReceivesTheFuture, "nothing is received before it is"),
        (Flaw::AnswersWithAnotherSymbol, "a quote on request"),
        (
            Flaw::InventsPrices,
            "a symbol it does not carry is an error, not a price",
        ),
        (Flaw::ShufflesBars, "bars are closed, whole and in order"),
        (
            Flaw::PrintsTheFuture,
            "trades are in order and not from the future",
        ),
    ];
    for (flaw, step) in cases {
        let (bench, clock) = sim_bench();
        let feed = Arc::new(FlawedFeed {
            inner: bench.feed.clone(),
            flaw,
        });
        let steps = feed_suite(&FeedBench { feed, ..bench }, clock).await;
        assert!(
            failed(&steps).contains(&step),
            "{flaw:?} passes '{step}': {:?}",
            failed(&steps)
        );
    }
}
