//! The market lane: one slot a symbol, the newest quote wins, readers never slow the writers.
//!
//! A quote is stored once; each reader (the engine, and every tap) only has a
//! mark a symbol and the list of symbols that changed since it last looked. So
//! a reader that sleeps costs nothing, and memory is bounded by the number of
//! symbols. A reader takes so many at a time, so that however many changed it is
//! soon back at what else it has to do; it may also follow only some symbols.
//! Trades and bars are not conflated: they wait for the engine in bounded queues
//! that let the oldest go, counted.

use std::collections::{HashMap, HashSet, VecDeque};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::Notify;

use crate::base::{FastHash, Ring};
use crate::bus::{LaneDepth, bell::Bell};
use crate::domain::{Quote, Symbol, Timestamp};
use crate::event::MarketEvent;

/// Trades that wait for the engine at most.
const TRADES_MOST: usize = 8192;
/// Sets of bars that wait for the engine: one a symbol, but never fewer or more than these.
const BARS: (usize, usize) = (1024, 16_384);
/// Quotes a reader takes at a time.
const TAKEN_MOST: usize = 512;
/// Symbols without a quote yet that a reader may follow.
const AWAITED_MOST: usize = 1024;

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
            readers: vec![Some(Reader::new(true))],
            trades: Ring::new(TRADES_MOST),
            bars: Ring::new(symbols_most.clamp(BARS.0, BARS.1)),
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
                MarketEvent::Bars { .. } | MarketEvent::BorrowFee { .. } => {
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

    /// Takes what waits for the engine: bars, trades, and of the quotes a part; the rest goes on waiting.
    pub(crate) fn drain(&self, into: &mut Vec<MarketEvent>) {
        let mut books = self.books();
        into.extend(std::iter::from_fn(|| books.bars.pop_first()));
        into.extend(std::iter::from_fn(|| books.trades.pop_first()));
        books.take(ENGINE, |slot| {
            into.push(MarketEvent::Quote {
                quote: slot.quote.clone(),
                received_at: slot.received_at,
            });
        });
        self.waiting.store(books.waiting() > 0, Ordering::SeqCst);
    }

    /// Adds a reader and the hook that wakes it: of every symbol, all of which it has to read, or of those it follows.
    pub(crate) fn add_reader(&self, all: bool) -> (ReaderId, Arc<Notify>) {
        let mut books = self.books();
        let count = if all { books.slots.len() } else { 0 };
        let mut reader = Reader::new(all);
        reader.marks = vec![Mark::Changed; count];
        reader.changed = (0..count).collect();
        let notify = Arc::clone(&reader.notify);
        let free = books.readers.iter().position(Option::is_none);
        let at = free.unwrap_or(books.readers.len());
        match books.readers.get_mut(at) {
            Some(place) => *place = Some(reader),
            None => books.readers.push(Some(reader)),
        }
        (ReaderId(at), notify)
    }

    /// Has a reader of chosen symbols follow one more; its quote, where there is one, waits at once.
    pub(crate) fn follow(&self, reader: ReaderId, symbol: &Symbol) {
        let mut books = self.books();
        let at = books.index.get(symbol).copied();
        let Some(Some(reader)) = books.readers.get_mut(reader.0) else {
            return;
        };
        match at {
            Some(at) => reader.follow(at),
            None if reader.awaited.len() < AWAITED_MOST => {
                reader.awaited.insert(symbol.clone());
            }
            None => {}
        }
    }

    /// Forgets a reader.
    pub(crate) fn remove_reader(&self, reader: ReaderId) {
        if let Some(place) = self.books().readers.get_mut(reader.0) {
            *place = None;
        }
    }

    /// Takes a part of what waits for a reader.
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

/// Where a reader stands with one symbol.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Mark {
    /// It does not read this one.
    Passed,
    /// It has read the newest quote.
    Read,
    /// It has not.
    Changed,
}

/// What one reader has not yet taken: a mark a symbol, and the changed ones in the order they changed.
#[derive(Debug)]
struct Reader {
    /// True when it reads every symbol; else those marked and those awaited.
    all: bool,
    awaited: HashSet<Symbol>,
    marks: Vec<Mark>,
    changed: VecDeque<usize>,
    conflated: u64,
    notify: Arc<Notify>,
}

impl Reader {
    fn new(all: bool) -> Self {
        Self {
            all,
            awaited: HashSet::new(),
            marks: Vec::new(),
            changed: VecDeque::new(),
            conflated: 0,
            notify: Arc::new(Notify::new()),
        }
    }

    /// Makes room for a symbol that came up, and decides whether it is read.
    fn list(&mut self, at: usize, symbol: &Symbol) {
        if self.all || self.awaited.remove(symbol) {
            self.mark(at, Mark::Read);
        }
    }

    fn follow(&mut self, at: usize) {
        if self.marks.get(at).is_none_or(|mark| *mark == Mark::Passed) {
            self.mark(at, Mark::Read);
            self.change(at);
        }
    }

    fn mark(&mut self, at: usize, mark: Mark) {
        if self.marks.len() <= at {
            self.marks.resize(at + 1, Mark::Passed);
        }
        if let Some(place) = self.marks.get_mut(at) {
            *place = mark;
        }
    }

    /// Notes that a symbol's quote is a new one.
    fn change(&mut self, at: usize) {
        match self.marks.get_mut(at) {
            None | Some(Mark::Passed) => {}
            Some(Mark::Changed) => self.conflated += 1,
            Some(mark) => {
                *mark = Mark::Changed;
                if self.changed.is_empty() {
                    self.notify.notify_one();
                }
                self.changed.push_back(at);
            }
        }
    }
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
                for reader in self.readers.iter_mut().flatten() {
                    reader.list(at, &quote.symbol);
                }
                self.slots.push(Slot { quote, received_at });
            }
        }
        for reader in self.readers.iter_mut().flatten() {
            reader.change(at);
        }
    }

    fn take(&mut self, reader: ReaderId, mut each: impl FnMut(&Slot)) {
        let Some(Some(reader)) = self.readers.get_mut(reader.0) else {
            return;
        };
        let most = reader.changed.len().min(TAKEN_MOST);
        for at in reader.changed.drain(..most) {
            if let (Some(slot), Some(mark)) = (self.slots.get(at), reader.marks.get_mut(at)) {
                *mark = Mark::Read;
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
