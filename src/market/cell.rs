//! What is known of one symbol: quote, last trade, the day's reference, bars.

use std::sync::Arc;

use smol_str::SmolStr;

use crate::domain::{
    Bar, Borrow, ClassPlaces, Instrument, Interval, Price, Quote, Rate, Symbol, Timestamp, Trade,
};
use crate::market::BarBook;

/// Which way the last change of the mid went.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Move {
    /// No change was seen yet.
    #[default]
    None,
    /// Up.
    Up,
    /// Down.
    Down,
}

/// One symbol's market.
#[derive(Debug, Clone)]
pub struct Cell {
    symbol: Symbol,
    instrument: Option<Arc<Instrument>>,
    quote: Option<Quote>,
    received_at: Timestamp,
    mid: Option<Price>,
    moved: Move,
    moved_at: Timestamp,
    /// The price the day's change is measured from, and the UTC day it belongs to.
    reference: Option<(i64, Price)>,
    updates: u64,
    last_trade: Option<Arc<Trade>>,
    borrow: Option<Arc<Borrow>>,
    bars: Option<Box<BarBook>>,
}

impl Cell {
    /// Makes an empty cell.
    pub fn new(symbol: Symbol, instrument: Option<Arc<Instrument>>) -> Self {
        Self {
            symbol,
            instrument,
            quote: None,
            received_at: Timestamp::EPOCH,
            mid: None,
            moved: Move::None,
            moved_at: Timestamp::EPOCH,
            reference: None,
            updates: 0,
            last_trade: None,
            borrow: None,
            bars: None,
        }
    }

    /// Returns the symbol.
    pub fn symbol(&self) -> &Symbol {
        &self.symbol
    }

    /// Returns the reference data, from a file or inferred from the first quote.
    pub fn instrument(&self) -> Option<&Arc<Instrument>> {
        self.instrument.as_ref()
    }

    /// Returns the name a person knows it by; empty when not known.
    pub fn name(&self) -> SmolStr {
        self.instrument
            .as_ref()
            .map(|i| i.name.clone())
            .unwrap_or_default()
    }

    /// Returns the newest quote and when it was received.
    pub fn quote(&self) -> Option<(&Quote, Timestamp)> {
        self.quote.as_ref().map(|quote| (quote, self.received_at))
    }

    /// Returns the newest mid.
    pub fn mid(&self) -> Option<Price> {
        self.mid
    }

    /// Returns which way the mid last moved, and when.
    pub fn moved(&self) -> (Move, Timestamp) {
        (self.moved, self.moved_at)
    }

    /// Returns the change of the mid since the day's reference, as a ratio (0.01 is 1 %).
    pub fn change(&self) -> Option<f64> {
        let (_, reference) = self.reference?;
        let mid = self.mid?;
        (mid - reference).ratio(reference).map(Rate::to_f64)
    }

    /// Returns how many quotes came in.
    pub fn updates(&self) -> u64 {
        self.updates
    }

    /// Returns the newest print.
    pub fn last_trade(&self) -> Option<&Trade> {
        self.last_trade.as_deref()
    }

    /// Returns the bars; none for a symbol that is not charted.
    pub fn bars(&self) -> Option<&BarBook> {
        self.bars.as_deref()
    }

    /// Returns what borrowing the symbol costs, where known.
    pub fn borrow_terms(&self) -> Option<&Borrow> {
        self.borrow.as_deref()
    }

    /// Fills in what holds for its class.
    pub(super) fn place(&mut self, places: &ClassPlaces) {
        if let Some(known) = &mut self.instrument {
            *known = Arc::new(places.place(Instrument::clone(known)));
        }
    }

    /// Takes in what borrowing the symbol costs.
    pub fn take_borrow(&mut self, borrow: Option<Arc<Borrow>>) {
        self.borrow = borrow;
    }

    /// Begins to keep bars of this symbol, or lets go of them.
    pub fn chart(&mut self, keep: bool) {
        if keep {
            self.bars.get_or_insert_default();
        } else {
            self.bars = None;
        }
    }

    /// Takes in a sane quote; returns true when the mid changed.
    ///
    /// A symbol that no reference file names is described by its own text and by what holds for its class.
    pub fn take_quote(
        &mut self,
        quote: &Quote,
        received_at: Timestamp,
        places: &ClassPlaces,
    ) -> bool {
        if self.instrument.is_none() {
            let inferred = Instrument::inferred(&self.symbol, grid_of(quote));
            self.instrument = inferred.map(|known| Arc::new(places.place(known)));
        }
        let mid = quote.mid();
        let changed = self.mid != Some(mid);
        if let (true, Some(before)) = (changed, self.mid) {
            self.moved = if mid > before { Move::Up } else { Move::Down };
            self.moved_at = received_at;
        }
        let day = received_at.day();
        if self.reference.is_none_or(|(of, _)| of != day) {
            // The last price of the day before is the reference; on the first day, the first price.
            self.reference = Some((day, self.mid.unwrap_or(mid)));
        }
        self.mid = Some(mid);
        self.quote = Some(quote.clone());
        self.received_at = received_at;
        self.updates += 1;
        if let Some(bars) = &mut self.bars {
            bars.take_price(mid.to_f64(), received_at);
        }
        changed
    }

    /// Takes in a print.
    pub fn take_trade(&mut self, trade: &Trade) {
        self.last_trade = Some(Arc::new(trade.clone()));
    }

    /// Takes in history; daily history also sets the day's reference.
    pub fn take_bars(&mut self, interval: Interval, bars: &[Bar]) {
        if let Some(book) = &mut self.bars {
            book.take_history(interval, bars);
        }
        if interval == Interval::D1
            && let Some(last) = bars.last()
        {
            let day = last.timestamp.day();
            if self.reference.is_none_or(|(of, _)| of <= day) {
                self.reference = Some((day, last.close));
            }
        }
    }
}

/// Returns the step of the finest decimal the quote is written with.
fn grid_of(quote: &Quote) -> Price {
    let scale = quote.bid.scale().max(quote.ask.scale());
    Price::new(rust_decimal::Decimal::new(1, scale)).unwrap_or(Price::ZERO)
}
