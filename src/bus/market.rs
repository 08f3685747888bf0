//! The market lane: one slot a symbol, the newest quote wins, readers never slow the writers.
//!
//! A quote is stored once; each reader (the engine, and every tap) only has a
//! mark a symbol and the list of symbols that changed since it last looked. So
//! a reader that sleeps costs nothing, and memory is bounded by the number of
//! symbols. Trades and bars are not conflated: they wait for the engine in
//! bounded queues that let the oldest go, counted.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::Notify;

use crate::base::{FastHash, Ring};
use crate::bus::{LaneDepth, bell::Bell};
use crate::domain::{Quote, Symbol, Timestamp};
use crate::event::MarketEvent;

/// Trades that wait for the engine at most.
const TRADES_MOST: usize = 8192;
/// Sets of bars that wait for the engine at most; never fewer than one a symbol.
const BARS_LEAST: usize = 1024;

/// What the lane carries and passed over.
#[derive(Debug, Clone, Copy)]
pub(crate) struct MarketCounts {
    pub(crate) depth: LaneDepth,
    pub(crate) conflated: u64,
    pub(crate) symbols: usize,
    pub(crate) symbols_refused: u64,
    pub(crate) trades_dropped: u64,
    pub(crate) bars_dropped: u64,
}

/// Names a reader for as long as it lives.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct ReaderId(usize);

/// The engine's own reader.
const ENGINE: ReaderId = ReaderId(0);

/// The lane, shared by writers and readers.
#[derive(Debug)]
pub(crate) struct MarketLane {
    books: Mutex<Books>,
    waiting: AtomicBool,
    closed: AtomicBool,
    bell: Arc<Bell>,
}

impl MarketLane {
    pub(crate) fn new(symbols_most: usize, bell: Arc<Bell>) -> Self {
        let books = Books {
            index: HashMap::default(),
            slots: Vec::new(),
            symbols_most,
            readers: vec![Some(Reader::default())],
            trades: Ring::new(TRADES_MOST),
            bars: Ring::new(symbols_most.max(BARS_LEAST)),
            symbols_refused: 0,
            trades_dropped: 0,
            bars_dropped: 0,
            high_water: 0,
        };
        Self {
            books: Mutex::new(books),
            waiting: AtomicBool::new(false),
            closed: AtomicBool::new(false),
            bell,
        }
    }

    fn books(&self) -> MutexGuard<'_, Books> {
        self.books.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Stores market data under one lock and wakes whoever had nothing to read.
    pub(crate) fn put(&self, events: impl Iterator<Item = MarketEvent>) {
        let mut books = self.books();
        for event in events {
            match event {
                MarketEvent::Quote { quote, received_at } => books.quote(quote, received_at),
                MarketEvent::Trade(_) => {
                    let dropped = books.trades.push(event).is_some();
                    books.trades_dropped += u64::from(dropped);
                }
                MarketEvent::Bars { .. } => {
                    let dropped = books.bars.push(event).is_some();
                    books.bars_dropped += u64::from(dropped);
                }
            }
        }
        let waiting = books.waiting();
        books.high_water = books.high_water.max(waiting);
        // The engine hears the bell only when this lane turns from empty to not empty.
        let wake = waiting > 0 && !self.waiting.swap(true, Ordering::SeqCst);
        drop(books);
        if wake {
            self.bell.ring();
        }
    }

    /// Returns true when the engine has something to take.
    pub(crate) fn is_waiting(&self) -> bool {
        self.waiting.load(Ordering::SeqCst)
    }

    /// Takes what waits for the engine: bars, trades, quotes.
    pub(crate) fn drain(&self, into: &mut Vec<MarketEvent>) {
        let mut books = self.books();
        self.waiting.store(false, Ordering::SeqCst);
        into.extend(std::iter::from_fn(|| books.bars.pop_first()));
        into.extend(std::iter::from_fn(|| books.trades.pop_first()));
        books.take(ENGINE, |slot| {
            into.push(MarketEvent::Quote {
                quote: slot.quote.clone(),
                received_at: slot.received_at,
            });
        });
    }

    /// Adds a reader that has every symbol to read, and the hook that wakes it.
    pub(crate) fn add_reader(&self) -> (ReaderId, Arc<Notify>) {
        let mut books = self.books();
        let count = books.slots.len();
        let reader = Reader {
            marked: vec![true; count],
            changed: (0..count).collect(),
            conflated: 0,
            notify: Arc::new(Notify::new()),
        };
        let notify = Arc::clone(&reader.notify);
        let free = books.readers.iter().position(Option::is_none);
        let at = free.unwrap_or(books.readers.len());
        match books.readers.get_mut(at) {
            Some(place) => *place = Some(reader),
            None => books.readers.push(Some(reader)),
        }
        (ReaderId(at), notify)
    }

    /// Forgets a reader.
    pub(crate) fn remove_reader(&self, reader: ReaderId) {
        if let Some(place) = self.books().readers.get_mut(reader.0) {
            *place = None;
        }
    }

    /// Takes what waits for a reader.
    pub(crate) fn drain_reader(&self, reader: ReaderId, into: &mut Vec<(Quote, Timestamp)>) {
        let push = |slot: &Slot| into.push((slot.quote.clone(), slot.received_at));
        self.books().take(reader, push);
    }

    /// Returns true when a reader has something to take.
    pub(crate) fn has_changed(&self, reader: ReaderId) -> bool {
        let books = self.books();
        let reader = books.readers.get(reader.0).and_then(Option::as_ref);
        reader.is_some_and(|reader| !reader.changed.is_empty())
    }

    /// Returns how many quotes a newer one replaced before a reader took them.
    pub(crate) fn conflated(&self, reader: ReaderId) -> u64 {
        let books = self.books();
        let reader = books.readers.get(reader.0).and_then(Option::as_ref);
        reader.map_or(0, |reader| reader.conflated)
    }

    /// Returns the newest quote of a symbol and when it was received.
    pub(crate) fn latest(&self, symbol: &Symbol) -> Option<(Quote, Timestamp)> {
        let books = self.books();
        let slot = books.slots.get(*books.index.get(symbol)?)?;
        Some((slot.quote.clone(), slot.received_at))
    }

    /// Says that no more will come, and wakes every reader to see it.
    pub(crate) fn close(&self) {
        self.closed.store(true, Ordering::SeqCst);
        for reader in self.books().readers.iter().flatten() {
            reader.notify.notify_one();
        }
    }

    /// Returns true when no more will come.
    pub(crate) fn is_closed(&self) -> bool {
        self.closed.load(Ordering::SeqCst)
    }

    /// Returns what the lane carries and passed over.
    pub(crate) fn counts(&self) -> MarketCounts {
        let books = self.books();
        let engine = books.readers.first().and_then(Option::as_ref);
        MarketCounts {
            depth: LaneDepth {
                depth: books.waiting(),
                bound: books.symbols_most + books.trades.capacity() + books.bars.capacity(),
                high_water: books.high_water,
            },
            conflated: engine.map_or(0, |reader| reader.conflated),
            symbols: books.slots.len(),
            symbols_refused: books.symbols_refused,
            trades_dropped: books.trades_dropped,
            bars_dropped: books.bars_dropped,
        }
    }
}

#[derive(Debug)]
struct Slot {
    quote: Quote,
    received_at: Timestamp,
}

/// What one reader has not yet taken: a mark a symbol, and the marked ones in the order they changed.
#[derive(Debug, Default)]
struct Reader {
    marked: Vec<bool>,
    changed: Vec<usize>,
    conflated: u64,
    notify: Arc<Notify>,
}

#[derive(Debug)]
struct Books {
    index: HashMap<Symbol, usize, FastHash>,
    slots: Vec<Slot>,
    symbols_most: usize,
    readers: Vec<Option<Reader>>,
    trades: Ring<MarketEvent>,
    bars: Ring<MarketEvent>,
    symbols_refused: u64,
    trades_dropped: u64,
    bars_dropped: u64,
    high_water: usize,
}

impl Books {
    fn quote(&mut self, quote: Quote, received_at: Timestamp) {
        let known = self.index.get(&quote.symbol).copied();
        let at = known.unwrap_or(self.slots.len());
        match self.slots.get_mut(at) {
            Some(slot) => *slot = Slot { quote, received_at },
            None if at >= self.symbols_most => {
                self.symbols_refused += 1;
                return;
            }
            None => {
                self.index.insert(quote.symbol.clone(), at);
                self.slots.push(Slot { quote, received_at });
                for reader in self.readers.iter_mut().flatten() {
                    reader.marked.push(false);
                }
            }
        }
        for reader in self.readers.iter_mut().flatten() {
            let Some(marked) = reader.marked.get_mut(at) else {
                continue;
            };
            if std::mem::replace(marked, true) {
                reader.conflated += 1;
                continue;
            }
            if reader.changed.is_empty() {
                reader.notify.notify_one();
            }
            reader.changed.push(at);
        }
    }

    fn take(&mut self, reader: ReaderId, mut each: impl FnMut(&Slot)) {
        let Some(Some(reader)) = self.readers.get_mut(reader.0) else {
            return;
        };
        for at in reader.changed.drain(..) {
            if let (Some(slot), Some(marked)) = (self.slots.get(at), reader.marked.get_mut(at)) {
                *marked = false;
                each(slot);
            }
        }
    }

    fn waiting(&self) -> usize {
        let engine = self.readers.first().and_then(Option::as_ref);
        let quotes = engine.map_or(0, |reader| reader.changed.len());
        quotes + self.trades.len() + self.bars.len()
    }
}
