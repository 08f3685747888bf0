//! Cash by currency, holdings by symbol, lots by the fund's method; every fill booked once.
//!
//! Cash moves in the currency of the price (a share bought for USD moves USD, USD/JPY
//! bought moves JPY), so NAV is cash and holdings, each at its currency's rate, and
//! nothing is lost to rounding.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use crate::base::Ring;
use crate::domain::{
    BrokerId, Currency, Fill, FillCursor, FundConfig, Money, PositionLot, Price, Quantity, Symbol,
    Timestamp,
};

/// One fill as booked.
#[derive(Debug, Clone, PartialEq)]
pub struct BookedFill {
    /// Which broker.
    pub broker: BrokerId,
    /// The fill.
    pub fill: Fill,
    /// Currency of its price.
    pub currency: Currency,
    /// Profit it took, in USD, before fees; zero when it opened.
    pub realized_usd: Money,
}

/// What is held of one symbol.
#[derive(Debug, Clone, PartialEq)]
pub struct Holding {
    /// What.
    pub symbol: Symbol,
    /// Currency of its prices.
    pub currency: Currency,
    /// Signed units.
    pub quantity: Quantity,
    /// Average price of what is open.
    pub avg_price: Price,
    /// Open lots, oldest first.
    pub lots: Vec<PositionLot>,
    /// Profit taken this calendar year, in USD, before fees.
    pub realized_ytd_usd: Money,
    /// Fees paid, in USD.
    pub fees_usd: Money,
    /// Counts how often the position was opened from flat.
    pub epoch: u32,
    /// When it last changed.
    pub updated_at: Timestamp,
}

/// Fills kept at hand; older ones are in the journal.
const FILLS_MOST: usize = 2000;

/// The books of one fund.
#[derive(Debug, Clone)]
pub struct Ledger {
    fund: Option<Arc<FundConfig>>,
    cash: BTreeMap<Currency, Money>,
    holdings: BTreeMap<Symbol, Arc<Holding>>,
    fills: Ring<Arc<BookedFill>>,
    seen: HashMap<(BrokerId, crate::domain::FillId), Timestamp>,
    cursors: BTreeMap<BrokerId, FillCursor>,
    day_start: Option<(i64, Money)>,
}

impl Default for Ledger {
    fn default() -> Self {
        Self {
            fund: None,
            cash: BTreeMap::new(),
            holdings: BTreeMap::new(),
            fills: Ring::new(FILLS_MOST),
            seen: HashMap::new(),
            cursors: BTreeMap::new(),
            day_start: None,
        }
    }
}

impl Ledger {
    /// Returns the fund; none before the books were opened.
    pub fn fund(&self) -> Option<&Arc<FundConfig>> {
        self.fund.as_ref()
    }

    /// Returns cash by currency.
    pub fn cash(&self) -> &BTreeMap<Currency, Money> {
        &self.cash
    }

    /// Returns what is or was held of a symbol.
    pub fn holding(&self, symbol: &Symbol) -> Option<&Arc<Holding>> {
        self.holdings.get(symbol)
    }

    /// Iterates over everything that is or was held, by symbol; flat ones have quantity zero.
    pub fn holdings(&self) -> impl Iterator<Item = &Arc<Holding>> {
        self.holdings.values()
    }

    /// Returns the newest fills, oldest first.
    pub fn fills(&self) -> &Ring<Arc<BookedFill>> {
        &self.fills
    }

    /// Returns a broker's place in its stream of fills.
    pub fn cursor(&self, broker: &BrokerId) -> Option<&FillCursor> {
        self.cursors.get(broker)
    }

    /// Returns the UTC day (since the epoch) and the NAV it started with.
    pub fn day_start(&self) -> Option<(i64, Money)> {
        self.day_start
    }

    /// Returns how many fills are remembered for deduplication.
    pub fn remembered(&self) -> usize {
        self.seen.len()
    }
}
