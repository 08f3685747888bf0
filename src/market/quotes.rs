//! Every symbol's cell, in watch order, and the rates between currencies.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use crate::base::{FastHash, PageVec, Ring};
use crate::domain::{
    Bar, Borrow, ClassPlaces, Currency, Instrument, Interval, Money, Quote, Rate, Symbol,
    Timestamp, Trade,
};
use crate::event::MarketEvent;
use crate::market::Cell;

/// Symbols at the head of the list that have bars from the start.
pub const CHARTED_MOST: usize = 4096;
/// Further symbols that have bars because their past was asked for.
const ASKED_MOST: usize = 256;

/// How a pair with USD may be written, the first that has a price is believed: its sign, and whether USD stands before it.
const WRITTEN: [(char, bool); 4] = [('/', false), ('-', false), ('/', true), ('-', true)];

/// Returns the currency that a symbol is the rate of, and which way it is written.
fn usd_pair(symbol: &Symbol) -> Option<(Currency, usize)> {
    let mut ways = WRITTEN.iter().enumerate();
    ways.find_map(|(way, (sign, inverse))| {
        let (base, quote) = symbol.as_str().split_once(*sign)?;
        let (usd, other) = if *inverse {
            (base, quote)
        } else {
            (quote, base)
        };
        (usd == "USD").then(|| other.parse().ok().map(|other| (other, way)))?
    })
}

/// How current a symbol's quote is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Freshness {
    /// No quote was ever received.
    Unknown,
    /// Received this long ago, within the limit.
    Fresh(Duration),
    /// Received this long ago, beyond the limit.
    Stale(Duration),
}

/// The market as the desk knows it.
#[derive(Debug, Clone)]
pub struct Market {
    index: Arc<HashMap<Symbol, usize, FastHash>>,
    cells: PageVec<Arc<Cell>>,
    /// How many cells have bars from the start: those at the head of the list.
    charted: usize,
    /// Further cells that have bars because somebody asked for their past, oldest first.
    asked: Arc<Ring<usize>>,
    pegs: Arc<HashMap<Currency, Currency>>,
    /// Where the pairs of a currency and USD stand, by which currency and which way it is written.
    pairs: Arc<HashMap<Currency, [Option<usize>; WRITTEN.len()]>>,
    places: Arc<ClassPlaces>,
    /// Terms of borrowing, of listed symbols and of others; at most as many as there may be symbols.
    borrows: Arc<HashMap<Symbol, Arc<Borrow>, FastHash>>,
    stale_after: Duration,
    symbols_most: usize,
    refused: u64,
}

impl Market {
    /// Makes a market of the given instruments, in watch order.
    ///
    /// `pegs` are currencies counted one to one as another (`USDT` as `USD`): an
    /// assumption of the operator, not a price. At most `symbols_most` symbols are
    /// kept; quotes of further ones are counted as refused.
    pub fn new(
        instruments: Vec<Instrument>,
        pegs: HashMap<Currency, Currency>,
        stale_after: Duration,
        symbols_most: usize,
    ) -> Self {
        let mut market = Self {
            index: Arc::new(HashMap::default()),
            cells: PageVec::default(),
            charted: 0,
            asked: Arc::new(Ring::new(ASKED_MOST)),
            pegs: Arc::new(pegs),
            pairs: Arc::default(),
            places: Arc::default(),
            borrows: Arc::default(),
            stale_after,
            symbols_most,
            refused: 0,
        };
        for instrument in instruments {
            let symbol = instrument.symbol.clone();
            market.add(&symbol, Some(Arc::new(instrument)));
        }
        market
    }

    /// Sets the sector and country of symbols that name none, by class; of those already listed too.
    pub fn placed(mut self, places: ClassPlaces) -> Self {
        for at in 0..self.cells.len() {
            if let Some(cell) = self.cells.get_mut(at) {
                Arc::make_mut(cell).place(&places);
            }
        }
        self.places = Arc::new(places);
        self
    }

    /// Lists a symbol behind those already there, with its reference data where there is some.
    ///
    /// A listed symbol shows that it has no quote yet; one that is not listed shows with its first quote.
    pub fn list(&mut self, symbol: &Symbol, instrument: Option<Instrument>) {
        self.add(symbol, instrument.map(Arc::new));
    }

    fn add(&mut self, symbol: &Symbol, instrument: Option<Arc<Instrument>>) -> Option<usize> {
        if let Some(&at) = self.index.get(symbol) {
            return Some(at);
        }
        if self.cells.len() >= self.symbols_most {
            self.refused += 1;
            return None;
        }
        let at = self.cells.len();
        if let Some((currency, way)) = usd_pair(symbol) {
            let ways = Arc::make_mut(&mut self.pairs).entry(currency).or_default();
            if let Some(place) = ways.get_mut(way) {
                *place = Some(at);
            }
        }
        Arc::make_mut(&mut self.index).insert(symbol.clone(), at);
        let instrument = instrument.map(|known| match Arc::try_unwrap(known) {
            Ok(known) => Arc::new(self.places.place(known)),
            Err(shared) => shared,
        });
        let mut cell = Cell::new(symbol.clone(), instrument);
        cell.take_borrow(self.borrows.get(symbol).cloned());
        if self.charted < CHARTED_MOST {
            self.charted += 1;
            cell.chart(true);
        }
        self.cells.push(Arc::new(cell));
        Some(at)
    }

    /// Returns the cells in watch order.
    pub fn cells(&self) -> &PageVec<Arc<Cell>> {
        &self.cells
    }

    /// Returns a symbol's place among the cells.
    pub fn place(&self, symbol: &Symbol) -> Option<usize> {
        self.index.get(symbol).copied()
    }

    /// Returns the cell of a symbol.
    pub fn cell(&self, symbol: &Symbol) -> Option<&Arc<Cell>> {
        self.index.get(symbol).and_then(|&at| self.cells.get(at))
    }

    /// Returns the reference data of a symbol.
    pub fn instrument(&self, symbol: &Symbol) -> Option<&Arc<Instrument>> {
        self.cell(symbol).and_then(|cell| cell.instrument())
    }

    /// Returns the newest sane quote of a symbol and how long ago it was received.
    pub fn quote(&self, symbol: &Symbol, now: Timestamp) -> Option<(&Quote, Duration)> {
        let cell = self.cell(symbol)?;
        let (quote, received_at) = cell.quote()?;
        Some((quote, now.since(received_at)))
    }

    /// Returns how current the quote of a symbol is.
    pub fn freshness(&self, symbol: &Symbol, now: Timestamp) -> Freshness {
        match self.quote(symbol, now) {
            None => Freshness::Unknown,
            Some((_, age)) if age > self.stale_after => Freshness::Stale(age),
            Some((_, age)) => Freshness::Fresh(age),
        }
    }

    /// Returns the age beyond which a quote is stale.
    pub fn stale_after(&self) -> Duration {
        self.stale_after
    }

    /// Returns how many quotes were refused: insane ones, and symbols beyond the bound.
    pub fn refused(&self) -> u64 {
        self.refused
    }

    /// Returns the currency that `currency` is counted one to one as; itself where it is not pegged.
    pub fn counted_as(&self, currency: Currency) -> Currency {
        self.pegs.get(&currency).copied().unwrap_or(currency)
    }

    /// Returns what one unit of `currency` is worth in USD, from pegs and the fx and crypto quotes at hand.
    pub fn usd_rate(&self, currency: Currency) -> Option<Rate> {
        Some(self.rate(currency)?.0)
    }

    /// Returns the same and how long ago the quote behind it was received; no age where no quote is behind it.
    pub fn usd_rate_aged(
        &self,
        currency: Currency,
        now: Timestamp,
    ) -> Option<(Rate, Option<Duration>)> {
        let (rate, received_at) = self.rate(currency)?;
        Some((rate, received_at.map(|at| now.since(at))))
    }

    /// Returns what one unit of a symbol is worth in USD at its mark.
    pub fn unit_usd(&self, symbol: &Symbol) -> Option<Money> {
        let cell = self.cell(symbol)?;
        let rate = self.usd_rate(cell.instrument()?.currency)?;
        Some(Money::from(cell.mid()?) * rate)
    }

    /// Returns a rate and when the quote behind it was received.
    fn rate(&self, currency: Currency) -> Option<(Rate, Option<Timestamp>)> {
        let counted = self.counted_as(currency);
        if currency == Currency::USD || counted == Currency::USD {
            return Some((Rate::ONE, None));
        }
        let ways = self.pairs.get(&counted)?;
        ways.iter().zip(WRITTEN).find_map(|(place, (_, inverse))| {
            let cell = self.cells.get((*place)?)?;
            let (_, received_at) = cell.quote()?;
            let rate = Rate::from(cell.mid()?);
            let rate = if inverse { rate.inverse()? } else { rate };
            Some((rate, Some(received_at)))
        })
    }

    /// Takes in one piece of market data and returns the symbol whose mark changed, if one did.
    pub fn apply(&mut self, event: &MarketEvent) -> Option<Symbol> {
        match event {
            MarketEvent::Quote { quote, received_at } => self.on_quote(quote, *received_at),
            MarketEvent::Trade(trade) => {
                self.on_trade(trade);
                None
            }
            MarketEvent::Bars {
                symbol,
                interval,
                bars,
            } => {
                self.on_bars(symbol, *interval, bars);
                None
            }
            MarketEvent::BorrowFee { symbol, borrow } => {
                self.on_borrow(symbol, *borrow);
                None
            }
            // Made from the market, no part of it.
            MarketEvent::Study(_) => None,
        }
    }

    fn on_quote(&mut self, quote: &Quote, received_at: Timestamp) -> Option<Symbol> {
        if quote.fault().is_some() {
            self.refused += 1;
            return None;
        }
        let at = self.add(&quote.symbol, None)?;
        let cell = Arc::make_mut(self.cells.get_mut(at)?);
        cell.take_quote(quote, received_at, &self.places)
            .then(|| quote.symbol.clone())
    }

    fn on_trade(&mut self, trade: &Trade) {
        let Some(at) = self.add(&trade.symbol, None) else {
            return;
        };
        if let Some(cell) = self.cells.get_mut(at) {
            Arc::make_mut(cell).take_trade(trade);
        }
    }

    fn on_borrow(&mut self, symbol: &Symbol, borrow: Borrow) {
        if self.borrows.len() >= self.symbols_most && !self.borrows.contains_key(symbol) {
            self.refused += 1;
            return;
        }
        let borrow = Arc::new(borrow);
        Arc::make_mut(&mut self.borrows).insert(symbol.clone(), Arc::clone(&borrow));
        let at = self.index.get(symbol).copied();
        if let Some(cell) = at.and_then(|at| self.cells.get_mut(at)) {
            Arc::make_mut(cell).take_borrow(Some(borrow));
        }
    }

    fn on_bars(&mut self, symbol: &Symbol, interval: Interval, bars: &[Bar]) {
        let Some(at) = self.add(symbol, None) else {
            return;
        };
        if self.cells.get(at).is_some_and(|cell| cell.bars().is_none()) {
            self.chart(at);
        }
        if let Some(cell) = self.cells.get_mut(at) {
            Arc::make_mut(cell).take_bars(interval, bars);
        }
    }

    /// Begins to keep bars of a cell whose past was asked for; the one asked for longest ago makes room.
    fn chart(&mut self, at: usize) {
        let left = Arc::make_mut(&mut self.asked).push(at);
        for (at, keep) in left
            .map(|left| (left, false))
            .into_iter()
            .chain([(at, true)])
        {
            if let Some(cell) = self.cells.get_mut(at) {
                Arc::make_mut(cell).chart(keep);
            }
        }
    }
}
