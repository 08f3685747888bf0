//! Asks a feed for the past: of the chosen symbol at once and in full, of the others what a list shows.
//!
//! The screen says which symbol is chosen. A feed of thousands of symbols is asked
//! slowly, so that the past of what nobody looks at takes neither the processor nor
//! the memory from what somebody does.

use std::collections::HashSet;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;

use crate::base::Clock;
use crate::bus::Bus;
use crate::domain::{Interval, Symbol, Timestamp};
use crate::event::MarketEvent;
use crate::market::{BarBook, CHARTED_MOST};
use crate::protocol::MarketData;

/// Bars of each interval that make a chart.
const CHART: u32 = 300;
/// What a list shows of a symbol: its last hour, and the change since the day before.
const LISTED: [(Interval, u32); 2] = [(Interval::M1, 60), (Interval::D1, 2)];
/// Symbols, from the head of the list, that are loaded in full whether they are chosen or not.
const FULL_AHEAD: usize = 8;
/// Rest after each symbol beyond those.
const REST: Duration = Duration::from_millis(4);

/// The past of a feed's symbols, and who wants it.
pub struct History {
    /// Who is asked.
    pub feed: Arc<dyn MarketData>,
    /// What it carries, in watch order.
    pub symbols: Vec<Symbol>,
    /// Where the bars go.
    pub bus: Bus,
    /// Time.
    pub clock: Arc<dyn Clock>,
    /// The symbol the screen shows.
    pub chosen: watch::Receiver<Option<Symbol>>,
}

impl std::fmt::Debug for History {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("History")
            .field("symbols", &self.symbols.len())
            .finish_non_exhaustive()
    }
}

impl History {
    /// Loads until the screen is gone.
    pub async fn load(mut self) {
        let symbols = std::mem::take(&mut self.symbols);
        // Of those behind nothing is drawn before they are chosen.
        let mut listed = symbols.iter().take(CHARTED_MOST).enumerate();
        let mut ahead = symbols.iter().take(FULL_AHEAD);
        let mut full = HashSet::new();
        let first = self.chosen.borrow_and_update().clone();
        self.in_full(first.as_ref(), &mut full).await;
        loop {
            if self.chosen.has_changed().unwrap_or(false) {
                let chosen = self.chosen.borrow_and_update().clone();
                self.in_full(chosen.as_ref(), &mut full).await;
            } else if let Some((at, symbol)) = listed.next() {
                for (interval, count) in LISTED {
                    self.ask(symbol, interval, count).await;
                }
                if at >= FULL_AHEAD {
                    tokio::time::sleep(REST).await;
                }
            } else if let Some(symbol) = ahead.next() {
                self.in_full(Some(symbol), &mut full).await;
            } else if self.chosen.changed().await.is_ok() {
                self.chosen.mark_changed();
            } else {
                return;
            }
            tokio::task::yield_now().await;
        }
    }

    async fn in_full(&self, symbol: Option<&Symbol>, full: &mut HashSet<Symbol>) {
        let Some(symbol) = symbol.filter(|symbol| !full.contains(*symbol)) else {
            return;
        };
        full.insert(symbol.clone());
        self.bus.prefer(symbol);
        for interval in BarBook::CHARTED {
            self.ask(symbol, interval, CHART).await;
            tokio::task::yield_now().await;
        }
    }

    async fn ask(&self, symbol: &Symbol, interval: Interval, count: u32) {
        let now = Timestamp::from_us(self.clock.wall_us());
        let start = now.minus(interval.duration() * count);
        let asked = self.feed.get_bars(symbol.clone(), interval, start, None);
        if let Ok(bars) = asked.await {
            self.bus.market(MarketEvent::Bars {
                symbol: symbol.clone(),
                interval,
                bars,
            });
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use super::*;
    use crate::adapter::sim::{SimFeed, SimSpec, Universe};
    use crate::base::SystemClock;
    use crate::bus::{Bounds, bus};

    const UNIVERSE: &str = include_str!("../../config/universe.toml");

    #[tokio::test(start_paused = true)]
    async fn the_chosen_symbol_comes_first_and_in_full_and_a_far_one_only_as_listed() {
        let clock: Arc<dyn Clock> = Arc::new(SystemClock::new());
        let universe = Universe::parse(UNIVERSE).unwrap();
        let spec = SimSpec {
            rate: 1,
            symbols: Some(FULL_AHEAD + 2),
            seed: 7,
        };
        let origin = Timestamp::from_us(clock.wall_us());
        let feed = SimFeed::new(spec, &universe, origin, Arc::clone(&clock)).unwrap();
        let symbols: Vec<Symbol> = feed.instruments().into_iter().map(|i| i.symbol).collect();
        let (far, last) = (symbols[FULL_AHEAD].clone(), symbols[FULL_AHEAD + 1].clone());
        let (bus, mut inlets) = bus(Bounds::default());
        let (choose, chosen) = watch::channel(Some(last.clone()));
        let history = History {
            feed: Arc::new(feed),
            symbols: symbols.clone(),
            bus,
            clock,
            chosen,
        };
        // Gone already: what is chosen and what is listed is still loaded, then it ends.
        drop(choose);
        history.load().await;
        let mut events = Vec::new();
        let mut before = usize::MAX;
        while before != events.len() {
            before = events.len();
            inlets.drain_market(&mut events);
        }
        let mut asked: HashMap<Symbol, Vec<(Interval, usize)>> = HashMap::new();
        for event in &events {
            let MarketEvent::Bars {
                symbol,
                interval,
                bars,
            } = event
            else {
                panic!("only bars are asked for");
            };
            let of = asked.entry(symbol.clone()).or_default();
            of.push((*interval, bars.len()));
        }
        assert_eq!(asked.len(), symbols.len());
        assert_eq!(asked[&far], [(Interval::M1, 60), (Interval::D1, 2)]);
        for symbol in [&symbols[0], &last] {
            let charts = asked[symbol].iter().filter(|(_, bars)| *bars == 300);
            assert_eq!(charts.count(), BarBook::CHARTED.len(), "{symbol}");
        }
        let first = events.first().map(|event| match event {
            MarketEvent::Bars { symbol, .. } => symbol,
            other => panic!("{other:?}"),
        });
        assert_eq!(first, Some(&last));
    }
}
