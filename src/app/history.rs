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
use crate::market::BarBook;
use crate::protocol::MarketData;

/// Bars of each interval that make a chart.
const CHART: u32 = 300;
/// What a list shows of a symbol: its last hour, and the change since the day before.
const LISTED: [(Interval, u32); 2] = [(Interval::M1, 60), (Interval::D1, 2)];
/// Symbols, from the head of the list, that are loaded in full whether they are chosen or not.
const FULL_AHEAD: usize = 64;
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
        let mut listed = symbols.iter().enumerate();
        let mut ahead = symbols.iter().take(FULL_AHEAD);
        let mut full = HashSet::new();
        self.chosen.mark_changed();
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
