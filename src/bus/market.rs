//! The market lane: one slot a symbol, the newest quote wins, readers never slow the writers.
//!
//! A quote is stored once; each reader (the engine, and every tap) only has a
//! mark a symbol. So a reader that sleeps costs nothing, and memory is bounded by
//! the number of symbols. It takes so many at a time, so that however many changed
//! it is soon back at what else it has to do: first those somebody looks at, then
//! the others in a sweep over their places, which reads memory as it lies and
//! comes to each in its turn. It may also follow only some symbols. Trades and bars wait for
//! the engine in bounded queues that let the oldest go, counted; of studies the newest waits.

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
/// Quotes a reader takes at a time, and the trades and sets of bars that the engine takes with them.
const TAKEN_MOST: usize = 512;
const TRADES_TAKEN: usize = 128;
const BARS_TAKEN: usize = 16;
/// Places of a batch that are kept room for; a larger batch pays for its own.
const PLACES_KEPT: usize = 1024;
/// Symbols without a quote yet that a reader may follow, or that are preferred.
const AWAITED_MOST: usize = 8192;
/// Of those taken at a time, how many preferred symbols may be; the rest is for the others.
const PREFERRED_MOST: usize = TAKEN_MOST / 4 * 3;

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
            places: Vec::new(),
            preferred: Vec::new(),
            awaited: HashSet::new(),
            symbols_most,
            readers: vec![Some(Reader::new(true))],
            trades: Ring::new(TRADES_MOST),
            bars: Ring::new(symbols_most.clamp(BARS.0, BARS.1)),
            study: None,
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

    /// Stores market data under one lock, wakes whoever had nothing to read, and leaves `events` empty.
    pub(crate) fn put(&self, events: &mut Vec<MarketEvent>) {
        let mut books = self.books();
        // All are looked up before any is stored: of a million symbols each lies somewhere else in
        // memory, and so the processor fetches many at once.
        let mut places = std::mem::take(&mut books.places);
        places.extend(events.iter().map(|event| books.place(event)));
        for (event, place) in events.drain(..).zip(places.drain(..)) {
            match event {
                MarketEvent::Quote { quote, received_at } => {
                    books.quote(place, quote, received_at);
                }
                MarketEvent::Trade(_) => {
                    let dropped = books.trades.push(event).is_some();
                    books.trades_dropped += u64::from(dropped);
                }
                MarketEvent::Bars { .. } | MarketEvent::BorrowFee { .. } => {
                    let dropped = books.bars.push(event).is_some();
                    books.bars_dropped += u64::from(dropped);
                }
                MarketEvent::Study(_) => books.study = Some(event),
            }
        }
        if places.capacity() <= PLACES_KEPT {
            books.places = places;
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

    /// Takes a part of what waits for the engine: bars, trades, quotes; the rest goes on waiting.
    pub(crate) fn drain(&self, into: &mut Vec<MarketEvent>) {
        let mut books = self.books();
        into.extend(books.study.take());
        into.extend(std::iter::from_fn(|| books.bars.pop_first()).take(BARS_TAKEN));
        into.extend(std::iter::from_fn(|| books.trades.pop_first()).take(TRADES_TAKEN));
        books.take(ENGINE, |quote, received_at| {
            let quote = quote.clone();
            into.push(MarketEvent::Quote { quote, received_at });
        });
        self.waiting.store(books.waiting() > 0, Ordering::SeqCst);
    }

    /// Adds a reader and the hook that wakes it: of every symbol, all of which it has to read, or of those it follows.
    pub(crate) fn add_reader(&self, all: bool) -> (ReaderId, Arc<Notify>) {
        let mut books = self.books();
        let mut reader = Reader::new(all);
        for (at, slot) in books.slots.iter().enumerate().filter(|_| all) {
            reader.mark(at, Mark::Read);
            if slot.is_some() {
                reader.change(at, false);
            }
        }
        let notify = Arc::clone(&reader.notify);
        let free = books.readers.iter().position(Option::is_none);
        let at = free.unwrap_or(books.readers.len());
        match books.readers.get_mut(at) {
            Some(place) => *place = Some(reader),
            None => books.readers.push(Some(reader)),
        }
        (ReaderId(at), notify)
    }

    /// Gives symbols their places in an order: that in which a reader comes to them, best that of its own list.
    pub(crate) fn list(&self, symbols: &[Symbol]) {
        let mut books = self.books();
        for symbol in symbols {
            if !books.index.contains_key(symbol) {
                books.list(symbol);
            }
        }
    }

    /// Has every reader read a symbol's quotes before those of symbols that nobody looks at.
    pub(crate) fn prefer(&self, symbol: &Symbol) {
        let mut books = self.books();
        if let Some(at) = books.index.get(symbol).copied() {
            if let Some(preferred) = books.preferred.get_mut(at) {
                *preferred = true;
            }
        } else if books.awaited.len() < AWAITED_MOST {
            books.awaited.insert(symbol.clone());
        }
    }

    /// Has a reader of chosen symbols follow one more; its quote, where there is one, waits at once.
    pub(crate) fn follow(&self, reader: ReaderId, symbol: &Symbol) {
        let mut books = self.books();
        let at = books.index.get(symbol).copied();
        let quoted = at.is_some_and(|at| books.slots.get(at).is_some_and(Option::is_some));
        let Some(Some(reader)) = books.readers.get_mut(reader.0) else {
            return;
        };
        match at {
            Some(at) => reader.follow(at, quoted),
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
        let push = |quote: &Quote, at| into.push((quote.clone(), at));
        self.books().take(reader, push);
    }

    /// Returns true when a reader has something to take.
    pub(crate) fn has_changed(&self, reader: ReaderId) -> bool {
        let books = self.books();
        let reader = books.readers.get(reader.0).and_then(Option::as_ref);
        reader.is_some_and(|reader| reader.waiting() > 0)
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
        books.slots.get(*books.index.get(symbol)?)?.clone()
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
                bound: books.symbols_most + books.trades.capacity() + books.bars.capacity() + 1,
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

/// A symbol's newest quote; none until the first.
type Slot = Option<(Quote, Timestamp)>;

/// Where a reader stands with one symbol.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Mark {
    /// It does not read this one.
    Passed,
    /// It has read the newest quote.
    Read,
    /// It has not, and will before the others.
    First,
    /// It has not, and will when the sweep comes to it.
    Swept,
}

/// Marks that are counted together, so that a sweep passes over what did not change.
const BLOCK: usize = 1024;

/// What one reader has not yet taken.
#[derive(Debug)]
struct Reader {
    /// True when it reads every symbol; else those marked and those awaited.
    all: bool,
    awaited: HashSet<Symbol>,
    marks: Vec<Mark>,
    /// Changed ones that somebody looks at, in the order they changed.
    first: VecDeque<usize>,
    /// How many others changed: in all, and in each block.
    others: usize,
    blocks: Vec<u16>,
    /// Where the sweep stands.
    hand: usize,
    conflated: u64,
    notify: Arc<Notify>,
}

impl Reader {
    fn new(all: bool) -> Self {
        Self {
            all,
            awaited: HashSet::new(),
            marks: Vec::new(),
            first: VecDeque::new(),
            others: 0,
            blocks: Vec::new(),
            hand: 0,
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

    fn follow(&mut self, at: usize, quoted: bool) {
        if self.marks.get(at).is_none_or(|mark| *mark == Mark::Passed) {
            self.mark(at, Mark::Read);
            if quoted {
                self.change(at, true);
            }
        }
    }

    fn mark(&mut self, at: usize, mark: Mark) {
        if self.marks.len() <= at {
            self.marks.resize(at + 1, Mark::Passed);
            self.blocks.resize(at / BLOCK + 1, 0);
        }
        if let Some(place) = self.marks.get_mut(at) {
            *place = mark;
        }
    }

    fn waiting(&self) -> usize {
        self.first.len() + self.others
    }

    /// Notes that a symbol's quote is a new one.
    fn change(&mut self, at: usize, preferred: bool) {
        let nothing = self.waiting() == 0;
        match self.marks.get_mut(at) {
            None | Some(Mark::Passed) => return,
            Some(Mark::First | Mark::Swept) => {
                self.conflated += 1;
                return;
            }
            Some(mark) if preferred => {
                *mark = Mark::First;
                self.first.push_back(at);
            }
            Some(mark) => {
                *mark = Mark::Swept;
                self.others += 1;
                if let Some(count) = self.blocks.get_mut(at / BLOCK) {
                    *count += 1;
                }
            }
        }
        if nothing {
            self.notify.notify_one();
        }
    }

    /// Takes the next changed symbol, one that is preferred or the next the sweep comes to.
    fn next(&mut self, preferred: bool) -> Option<usize> {
        let at = if preferred {
            self.first.pop_front()
        } else {
            self.sweep()
        }?;
        if let Some(mark) = self.marks.get_mut(at) {
            *mark = Mark::Read;
        }
        Some(at)
    }

    fn sweep(&mut self) -> Option<usize> {
        // Once round brings it back into the block it began in.
        for _ in 0..self.blocks.len() + 2 {
            let block = self.hand / BLOCK;
            let end = ((block + 1) * BLOCK).min(self.marks.len());
            if let Some(count) = self.blocks.get_mut(block).filter(|count| **count > 0) {
                let ahead = self.marks.get(self.hand..end).unwrap_or_default();
                if let Some(on) = ahead.iter().position(|mark| *mark == Mark::Swept) {
                    let at = self.hand + on;
                    *count -= 1;
                    self.others -= 1;
                    self.hand = at + 1;
                    return Some(at);
                }
            }
            self.hand = if end < self.marks.len() { end } else { 0 };
        }
        None
    }
}

#[derive(Debug)]
struct Books {
    index: HashMap<Symbol, usize, FastHash>,
    slots: Vec<Slot>,
    /// Room for the places of one batch.
    places: Vec<Option<usize>>,
    preferred: Vec<bool>,
    /// Preferred symbols that have no quote yet.
    awaited: HashSet<Symbol>,
    symbols_most: usize,
    readers: Vec<Option<Reader>>,
    trades: Ring<MarketEvent>,
    bars: Ring<MarketEvent>,
    /// What was last computed of the portfolio, until the engine takes it.
    study: Option<MarketEvent>,
    symbols_refused: u64,
    trades_dropped: u64,
    bars_dropped: u64,
    high_water: usize,
}

impl Books {
    fn place(&self, event: &MarketEvent) -> Option<usize> {
        match event {
            MarketEvent::Quote { quote, .. } => self.index.get(&quote.symbol).copied(),
            MarketEvent::Trade(_)
            | MarketEvent::Bars { .. }
            | MarketEvent::BorrowFee { .. }
            | MarketEvent::Study(_) => None,
        }
    }

    /// Gives a symbol a place behind those already there; none beyond the bound.
    fn list(&mut self, symbol: &Symbol) -> Option<usize> {
        let at = self.slots.len();
        if at >= self.symbols_most {
            return None;
        }
        self.index.insert(symbol.clone(), at);
        for reader in self.readers.iter_mut().flatten() {
            reader.list(at, symbol);
        }
        self.preferred.push(self.awaited.remove(symbol));
        self.slots.push(None);
        Some(at)
    }

    /// Stores a quote at its place; one that had none may have got it from the quote before.
    fn quote(&mut self, place: Option<usize>, quote: Quote, received_at: Timestamp) {
        let known = place.or_else(|| self.index.get(&quote.symbol).copied());
        let Some(at) = known.or_else(|| self.list(&quote.symbol)) else {
            self.symbols_refused += 1;
            return;
        };
        if let Some(slot) = self.slots.get_mut(at) {
            *slot = Some((quote, received_at));
        }
        let preferred = self.preferred.get(at).copied().unwrap_or(false);
        for reader in self.readers.iter_mut().flatten() {
            reader.change(at, preferred);
        }
    }

    fn take(&mut self, reader: ReaderId, mut each: impl FnMut(&Quote, Timestamp)) {
        let Some(Some(reader)) = self.readers.get_mut(reader.0) else {
            return;
        };
        let mut left = TAKEN_MOST;
        for (preferred, most) in [(true, PREFERRED_MOST), (false, TAKEN_MOST)] {
            for _ in 0..most.min(left) {
                let Some(at) = reader.next(preferred) else {
                    break;
                };
                left -= 1;
                if let Some((quote, received_at)) = self.slots.get(at).and_then(Option::as_ref) {
                    each(quote, *received_at);
                }
            }
        }
    }

    fn waiting(&self) -> usize {
        let engine = self.readers.first().and_then(Option::as_ref);
        let quotes = engine.map_or(0, Reader::waiting);
        quotes + self.trades.len() + self.bars.len() + usize::from(self.study.is_some())
    }
}
