//! Where the portfolio's history comes from: the store in the data folder, filled with what is missing.
//!
//! A feed that has real bars of the past fills the store with them. For the rest the desk makes a past up that
//! ends at the price the market has, and keeps that too, marked as what it is. A store that cannot be used is
//! said, and everything goes on without one: the history is then made up and lives until the desk closes.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use crate::adapter::sim::{Daily, Listing, Universe};
use crate::config::read_text;
use crate::domain::{Bar, Interval, Price, Quantity, Symbol, Timestamp};
use crate::history::{History, HistoryError, Origin, Row};
use crate::portfolio::live::{Past, ROWS_MOST, UNIVERSE_MOST};
use crate::portfolio::panel::{Column, Split, read_splits};
use crate::protocol::MarketData;

/// Days of the calendar that are made up: two years, more than any window of the shipped settings looks back.
const MADE_UP_DAYS: u16 = 700;
/// One day.
const DAY: Duration = Duration::from_hours(24);

/// What the history of a desk is made from.
#[derive(Debug)]
pub struct Shelf {
    /// The data folder.
    pub folder: PathBuf,
    /// Length of the bars.
    pub interval: Interval,
    /// What is wanted; all of `symbols` that have a history where none are named.
    pub wanted: Option<Vec<Symbol>>,
    /// A file of splits, where there is one.
    pub splits: Option<PathBuf>,
    /// What the feed carries, in watch order.
    pub symbols: Vec<Symbol>,
    /// How made-up prices move.
    pub universe: Universe,
    /// What they grow from.
    pub seed: u64,
    /// The feed.
    pub feed: Arc<dyn MarketData>,
    /// True when its market is made up too: its bars are no history.
    pub made_up: bool,
    /// Where the feed's answers are waited for.
    pub runtime: tokio::runtime::Handle,
}

/// A history, and what is wrong with it in words.
#[derive(Debug, Default)]
pub struct Found {
    /// One for each symbol.
    pub past: Vec<Past>,
    /// What made more or fewer shares of one.
    pub splits: Vec<Split>,
    /// What could not be had.
    pub faults: Vec<String>,
}

impl Shelf {
    /// Opens the store; where it cannot be used the words say why.
    pub fn open(&self) -> Result<History, HistoryError> {
        History::open(&self.folder)
    }

    /// Fills what is missing and returns the newest rows of each symbol; a real feed is asked for what lies so far `back`.
    pub fn load(
        &self,
        mut store: Option<&mut History>,
        back: Option<Duration>,
        now: Timestamp,
    ) -> Found {
        let mut found = Found::default();
        match self.splits.as_deref().map(splits_of).transpose() {
            Ok(splits) => found.splits = splits.unwrap_or_default(),
            Err(why) => found.faults.push(why),
        }
        if let (Some(store), Some(back), false) = (store.as_deref_mut(), back, self.made_up) {
            self.ask(store, now, back, &mut found.faults);
        }
        let made_up = self.make_up(now);
        if let Some(store) = store.as_deref_mut()
            && let Err(error) = made_up.keep(store)
        {
            found.faults.push(error.to_string());
        }
        let mut listed = Vec::new();
        if let Some(store) = store.as_deref() {
            match store.list() {
                Ok(series) => listed = series,
                Err(error) => found.faults.push(error.to_string()),
            }
        }
        for symbol in self.chosen(&listed, &made_up) {
            let series = listed
                .iter()
                .find(|one| one.symbol == symbol && one.interval == self.interval);
            let real = series.filter(|one| one.origin != Origin::Synthetic);
            let stored = store.as_deref().filter(|_| real.is_some());
            let read = stored.map(|store| store.read(&symbol, self.interval, ROWS_MOST));
            let bars: Vec<Bar> = match read {
                Some(Ok(rows)) => rows
                    .iter()
                    .map(|row| bar_of(row, &symbol, self.interval))
                    .collect(),
                Some(Err(error)) => {
                    found.faults.push(error.to_string());
                    Vec::new()
                }
                None => made_up.bars(&symbol),
            };
            let synthetic = real.is_none();
            // Gathered one after the other: all bars at once would take three times the room, and leave it behind.
            let bars = Column::new(symbol.clone(), &bars).unwrap_or_else(|error| {
                found.faults.push(error.to_string());
                Column::none(symbol)
            });
            found.past.push(Past { bars, synthetic });
        }
        found
    }

    /// Asks a feed with a real market for its bars and keeps them; one that has none is no fault.
    fn ask(&self, store: &mut History, now: Timestamp, back: Duration, faults: &mut Vec<String>) {
        for symbol in self.symbols.iter().take(UNIVERSE_MOST) {
            let start = now.minus(back);
            let asked = self
                .feed
                .get_bars(symbol.clone(), self.interval, start, Some(now));
            let Ok(bars) = self.runtime.block_on(asked) else {
                continue;
            };
            let rows: Vec<Row> = bars.iter().map(row_of).collect();
            if rows.len() < 2 {
                continue;
            }
            let name = self.feed.name();
            if let Err(error) = store.append(symbol, self.interval, &rows, name) {
                faults.push(error.to_string());
                return;
            }
        }
    }

    /// Says what past the desk makes up of what the feed carries; only days are made up.
    fn make_up(&self, now: Timestamp) -> MadeUp<'_> {
        let daily = Daily {
            universe: &self.universe,
            seed: self.seed,
            last: now.day().saturating_sub(1),
            days: MADE_UP_DAYS,
        };
        let mut series = BTreeMap::new();
        if self.interval == Interval::D1 {
            let wanted: BTreeSet<&Symbol> = self.symbols.iter().collect();
            let listings = self.universe.listings.iter();
            let listings = listings.filter(|it| wanted.contains(&it.instrument.symbol));
            series.extend(listings.map(|listing| {
                let symbol = &listing.instrument.symbol;
                let level = self.level(symbol, now).unwrap_or(listing.motion.price);
                (symbol, (listing, level))
            }));
        }
        MadeUp { daily, series }
    }

    /// Returns the price a made-up past ends at: the feed's last close where it has one.
    fn level(&self, symbol: &Symbol, now: Timestamp) -> Option<Price> {
        if !self.made_up {
            return None;
        }
        let start = now.minus(DAY * 3);
        let asked = self
            .feed
            .get_bars(symbol.clone(), Interval::D1, start, None);
        let bars = self.runtime.block_on(asked).ok()?;
        bars.last().map(|bar| bar.close)
    }

    fn chosen(&self, listed: &[crate::history::Series], made_up: &MadeUp<'_>) -> Vec<Symbol> {
        if let Some(wanted) = &self.wanted {
            return wanted.clone();
        }
        let known = |symbol: &&Symbol| {
            let stored = listed
                .iter()
                .any(|one| one.symbol == **symbol && one.interval == self.interval);
            stored || made_up.series.contains_key(*symbol)
        };
        let symbols = self.symbols.iter().filter(known);
        symbols.take(UNIVERSE_MOST).cloned().collect()
    }
}

/// The past that is made up, series by series as they are asked for.
struct MadeUp<'a> {
    daily: Daily<'a>,
    /// What is made up, each with the price it ends at.
    series: BTreeMap<&'a Symbol, (&'a Listing, Price)>,
}

impl MadeUp<'_> {
    /// Returns the bars of a symbol, oldest first; none where nothing is made up of it.
    fn bars(&self, symbol: &Symbol) -> Vec<Bar> {
        let series = self.series.get(symbol);
        series.map_or_else(Vec::new, |(listing, level)| {
            self.daily.bars(listing, *level)
        })
    }

    /// Keeps the series whose newest bar is not in the store already.
    fn keep(&self, store: &mut History) -> Result<(), HistoryError> {
        let mut stale = Vec::new();
        for (symbol, (listing, level)) in &self.series {
            let stored = store.read(symbol, Interval::D1, 1)?;
            let newest = self.daily.newest_first(listing, *level).next();
            if stored.first() != newest.as_ref().map(row_of).as_ref() {
                stale.push(*symbol);
            }
        }
        if !stale.is_empty() {
            let rows = |symbol| self.bars(symbol).iter().map(row_of).collect::<Vec<_>>();
            let sets = stale.iter().map(|symbol| ((*symbol).clone(), rows(symbol)));
            store.replace(Interval::D1, sets, &Origin::Synthetic)?;
        }
        Ok(())
    }
}

/// Reads a file of splits; bounded like any that is written by hand.
fn splits_of(path: &Path) -> Result<Vec<Split>, String> {
    let text = read_text(path).map_err(|error| error.to_string())?;
    let text = text.ok_or_else(|| format!("{}: there is no such file", path.display()))?;
    read_splits(text.as_bytes()).map_err(|error| format!("{}: {error}", path.display()))
}

fn row_of(bar: &Bar) -> Row {
    Row {
        end: bar.timestamp,
        open: Some(bar.open),
        high: Some(bar.high),
        low: Some(bar.low),
        close: bar.close,
        volume: Some(bar.volume),
    }
}

fn bar_of(row: &Row, symbol: &Symbol, interval: Interval) -> Bar {
    Bar {
        symbol: symbol.clone(),
        interval,
        open: row.open.unwrap_or(row.close),
        high: row.high.unwrap_or(row.close),
        low: row.low.unwrap_or(row.close),
        close: row.close,
        volume: row.volume.unwrap_or(Quantity::ZERO),
        vwap: None,
        n_trades: None,
        timestamp: row.end,
    }
}
