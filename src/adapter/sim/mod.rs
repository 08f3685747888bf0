//! The synthetic market as a feed: `sim[:rate=N,symbols=N,seed=N]`.
//!
//! [`Market`] is pure: the same seed gives the same market, counted from its origin.
//! [`SimFeed`] paces it by the clock. A desk that hands in the moment its books were
//! opened as the origin finds the market where it left it. Nothing here is a real
//! price, and every quote says so by its venue, `sim`.

mod daily;
mod history;
mod market;
mod path;
mod spec;
mod universe;

use std::collections::{HashSet, VecDeque};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use futures_util::future::BoxFuture;
use futures_util::stream::{self, BoxStream};

use crate::base::Clock;
use crate::domain::{Bar, Borrow, IdError, Instrument, Interval, Quote, Symbol, Timestamp, Trade};
use crate::event::{LinkHealth, MarketEvent};
use crate::protocol::{FeedError, FeedEvent, MarketData};

pub use daily::{Daily, is_stressed};
pub use market::{Market, Said};
pub use spec::SimSpec;
pub use universe::{Listing, Motion, Universe, UniverseError};

/// The stable name and the venue of its quotes.
pub const NAME: &str = "sim";

/// Steps made in one go; beyond this the stream lets others run first.
const STEPS_AT_ONCE: usize = 256;
/// Further behind than this the stream takes up at the present and leaves the rest unsaid.
const BEHIND_MOST: Duration = Duration::from_secs(1);
/// The least sleep: what falls due meanwhile travels together, so that a hundred quotes wake nobody a hundred times.
/// Longer, and one in ten would be replaced by a newer one of its symbol before anybody saw it.
///
/// A flood sleeps less, so that what it says at once stays little.
const NAP: Duration = Duration::from_millis(40);
const NAP_LEAST: Duration = Duration::from_millis(4);
/// Steps that may fall due within a sleep.
const STEPS_ASLEEP: u64 = 1024;
/// How far back prints are looked for, in steps, and how many are given.
const PRINTS_BACK: u64 = 20_000;
const PRINTS_MOST: usize = 50;

/// The synthetic market, paced by a clock.
#[derive(Debug)]
pub struct SimFeed {
    market: market::SharedMarket,
    clock: Arc<dyn Clock>,
}

impl SimFeed {
    /// Makes the feed; the market begins at `origin`, which may lie in the past.
    ///
    /// # Errors
    /// Never in practice: only when the feed's own name were not a valid id.
    pub fn new(
        spec: SimSpec,
        universe: &Universe,
        origin: Timestamp,
        clock: Arc<dyn Clock>,
    ) -> Result<Self, IdError> {
        let market = Market::new(spec, universe, origin)?;
        Ok(Self {
            market: Arc::new(Mutex::new(market)),
            clock,
        })
    }

    /// Returns the instruments it quotes, in watch order.
    pub fn instruments(&self) -> Vec<Instrument> {
        self.with(|market| market.instruments().cloned().collect())
    }

    /// Returns what borrowing costs of each instrument that can be borrowed.
    pub fn borrows(&self) -> Vec<(Symbol, Borrow)> {
        let owned = |(symbol, borrow): (&Symbol, Borrow)| (symbol.clone(), borrow);
        self.with(|market| market.borrows().map(owned).collect())
    }

    /// Returns a copy of the market that begins at the present, for a flood driven by hand with [`run_batch`].
    pub fn flood(&self) -> Market {
        let mut market = self.with(|market| market.clone());
        market.skip_to(self.now());
        market
    }

    fn now(&self) -> Timestamp {
        Timestamp::from_us(self.clock.wall_us())
    }

    fn with<T>(&self, look: impl FnOnce(&mut Market) -> T) -> T {
        // A poisoned lock holds only remembered values of a pure function.
        look(&mut self.market.lock().unwrap_or_else(PoisonError::into_inner))
    }

    fn index(&self, symbol: &Symbol) -> Result<usize, FeedError> {
        self.with(|market| market.index_of(symbol))
            .ok_or_else(|| not_carried(symbol))
    }
}

fn not_carried(symbol: &Symbol) -> FeedError {
    FeedError::NotCarried {
        feed: NAME.into(),
        what: format!("symbol {symbol}"),
    }
}

/// Adds to `out` everything the market says until `now`, at most 65,536 steps a call.
pub fn run_batch(market: &mut Market, now: Timestamp, out: &mut Vec<MarketEvent>) {
    market.run_until(now, 65_536, |said| {
        push(said, now, &mut |event| out.push(event));
    });
}

fn push(said: Said, received_at: Timestamp, out: &mut impl FnMut(MarketEvent)) {
    let quote = said.quote;
    out(MarketEvent::Quote { quote, received_at });
    if let Some(trade) = said.trade {
        out(MarketEvent::Trade(trade));
    }
}

impl MarketData for SimFeed {
    fn name(&self) -> &'static str {
        NAME
    }

    fn get_quote(&self, symbol: Symbol) -> BoxFuture<'_, Result<Quote, FeedError>> {
        Box::pin(async move {
            let (index, now) = (self.index(&symbol)?, self.now());
            self.with(|market| market.quote_at(index, now, 0))
                .ok_or_else(|| not_carried(&symbol))
        })
    }

    fn get_bars(
        &self,
        symbol: Symbol,
        interval: Interval,
        start: Timestamp,
        end: Option<Timestamp>,
    ) -> BoxFuture<'_, Result<Vec<Bar>, FeedError>> {
        Box::pin(async move {
            let now = self.now();
            let end = end.map_or(now, |end| end.min(now));
            self.with(|market| history::bars(market, &symbol, interval, start, end))
                .ok_or_else(|| not_carried(&symbol))
        })
    }

    fn get_trades(
        &self,
        symbol: Symbol,
        asof: Timestamp,
    ) -> BoxFuture<'_, Result<Vec<Trade>, FeedError>> {
        Box::pin(async move {
            let index = self.index(&symbol)?;
            let until = asof.min(self.now());
            let mut trades: Vec<Trade> = self.with(|market| {
                let after = market.step_after(until);
                let steps = (after.saturating_sub(PRINTS_BACK)..after).rev();
                let ours: Vec<u64> = steps.filter(|k| market.symbol_of(*k) == index).collect();
                let prints = ours.into_iter().filter_map(|k| market.said(k)?.trade);
                prints.take(PRINTS_MOST).collect()
            });
            trades.reverse();
            Ok(trades)
        })
    }

    fn stream_quotes(&self, symbols: Vec<Symbol>) -> BoxStream<'static, FeedEvent> {
        let mut market = self.with(|market| market.clone());
        market.skip_to(self.now());
        let words = format!("synthetic market, {} symbols", market.instruments().count());
        let wanted: HashSet<Symbol> = symbols.into_iter().collect();
        let all = market.instruments().all(|i| wanted.contains(&i.symbol));
        let wanted = (!all && !wanted.is_empty()).then_some(wanted);
        let asleep = Duration::from_micros(STEPS_ASLEEP * 1_000_000 / market.rate());
        let nap = asleep.clamp(NAP_LEAST, NAP);
        let pace = Pace {
            market,
            clock: Arc::clone(&self.clock),
            nap,
            wanted,
            ready: VecDeque::from([FeedEvent::Link(LinkHealth::Up, words)]),
        };
        Box::pin(stream::unfold(pace, |mut pace| async move {
            let event = pace.next().await;
            Some((event, pace))
        }))
    }
}

/// One stream: the market and the moment it has come to.
struct Pace {
    market: Market,
    clock: Arc<dyn Clock>,
    nap: Duration,
    wanted: Option<HashSet<Symbol>>,
    ready: VecDeque<FeedEvent>,
}

impl Pace {
    async fn next(&mut self) -> FeedEvent {
        loop {
            if let Some(event) = self.ready.pop_front() {
                return event;
            }
            let now = Timestamp::from_us(self.clock.wall_us());
            let due = self.market.next_at();
            if due > now {
                tokio::time::sleep(due.since(now).max(self.nap)).await;
                continue;
            }
            if now.since(due) > BEHIND_MOST {
                self.market.skip_to(now);
                continue;
            }
            let (ready, wanted) = (&mut self.ready, &self.wanted);
            self.market.run_until(now, STEPS_AT_ONCE, |said| {
                let is_wanted = |set: &HashSet<Symbol>| set.contains(&said.quote.symbol);
                if wanted.as_ref().is_none_or(is_wanted) {
                    push(said, now, &mut |event| {
                        ready.push_back(FeedEvent::Market(event));
                    });
                }
            });
        }
    }
}
