//! Cash by currency, holdings by symbol, lots by the fund's method; every fill booked once.
//!
//! Cash moves in the currency of the price (a share bought for USD moves USD, USD/JPY
//! bought moves JPY), so NAV is cash and holdings, each at its currency's rate, and
//! nothing is lost to rounding. Fees leave in USD. Profit is counted in USD at the
//! rate its fact carries; where there was none it is kept in its own currency
//! (`unrated`) until it is valued, and never taken for zero.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::base::Ring;
use crate::domain::{
    BrokerId, Currency, Fill, FillCursor, FillId, FundConfig, LossPeriod, Money, OrderId, Quantity,
    Rate, Symbol, TaxLot, TaxLotMethod, Timestamp,
};
use crate::event::AccountFact;
use crate::order::ledger::Holding;
use crate::order::ledger::corrections::BookedCorrection;
use crate::order::ledger::holding::Taken;
use crate::order::ledger::seen::SeenFills;
use crate::order::ledger::starts::{Flow, Starts};

/// One fill as booked.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct BookedFill {
    /// Which broker.
    pub broker: BrokerId,
    /// The fill.
    pub fill: Fill,
    /// The broker's place after it.
    pub cursor: FillCursor,
    /// Currency of its price.
    pub currency: Currency,
    /// One unit of that currency in USD when booked; none where it was not known.
    pub usd_rate: Option<Rate>,
    /// Profit it took, in that currency, before fees; zero when it opened.
    pub realized: Money,
    /// The same in USD; zero where the rate was not known.
    pub realized_usd: Money,
}

/// Something about the books a person must look at.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Drift {
    /// Which order, where it is about one.
    pub order_id: Option<OrderId>,
    /// What, in words.
    pub what: String,
    /// When.
    pub at: Timestamp,
}

/// Why nothing opens risk in a symbol.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Lock {
    /// In words that stay the same while the question does.
    pub why: String,
    /// True when a person lifted it: the same question does not lock again.
    pub lifted: bool,
}

/// Fills and closed lots kept at hand; older ones are in the journal.
pub(super) const FILLS_MOST: usize = 2000;
pub(super) const CLOSED_MOST: usize = 2000;
/// Doubted fills kept; with more of them the oldest would have to be said twice more.
pub(super) const DOUBTS_MOST: usize = 200;
/// Symbols locked at once; as many as are quoted at most.
const LOCKS_MOST: usize = 16_384;
/// Flows kept at hand.
pub(super) const FLOWS_MOST: usize = 200;
/// Corrections kept at hand.
pub(super) const CORRECTIONS_MOST: usize = 200;
/// Drifts kept at hand.
pub(super) const DRIFTS_MOST: usize = 200;
/// How long the same drift is not said again.
const DRIFT_AGAIN: Duration = Duration::from_hours(1);

/// The books of one fund.
#[derive(Debug, Clone)]
pub struct Ledger {
    pub(super) fund: Option<Arc<FundConfig>>,
    pub(super) cash: BTreeMap<Currency, Money>,
    pub(super) holdings: BTreeMap<Symbol, Arc<Holding>>,
    pub(super) unrated: BTreeMap<Currency, Money>,
    pub(super) year: Option<i16>,
    pub(super) closed: Ring<Arc<TaxLot>>,
    pub(super) fills: Ring<Arc<BookedFill>>,
    pub(super) seen: SeenFills,
    pub(super) cursors: BTreeMap<BrokerId, FillCursor>,
    pub(super) starts: Starts,
    pub(super) flows: Ring<Arc<Flow>>,
    pub(super) corrections: Ring<Arc<BookedCorrection>>,
    pub(super) drifts: Ring<Arc<Drift>>,
    pub(super) doubts: Ring<Arc<(BrokerId, Fill)>>,
    pub(super) locks: BTreeMap<Symbol, Lock>,
}

impl Default for Ledger {
    fn default() -> Self {
        Self {
            fund: None,
            cash: BTreeMap::new(),
            holdings: BTreeMap::new(),
            unrated: BTreeMap::new(),
            year: None,
            closed: Ring::new(CLOSED_MOST),
            fills: Ring::new(FILLS_MOST),
            seen: SeenFills::default(),
            cursors: BTreeMap::new(),
            starts: Starts::default(),
            flows: Ring::new(FLOWS_MOST),
            corrections: Ring::new(CORRECTIONS_MOST),
            drifts: Ring::new(DRIFTS_MOST),
            doubts: Ring::new(DOUBTS_MOST),
            locks: BTreeMap::new(),
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

    /// Returns the signed units held of a symbol.
    pub fn quantity(&self, symbol: &Symbol) -> Quantity {
        self.holding(symbol)
            .map_or(Quantity::ZERO, |holding| holding.quantity)
    }

    /// Iterates over everything that is or was held, by symbol; flat ones have quantity zero.
    pub fn holdings(&self) -> impl Iterator<Item = &Arc<Holding>> {
        self.holdings.values()
    }

    /// Returns this year's profit, by currency, that was taken while the currency's USD rate was not known.
    pub fn unrated(&self) -> &BTreeMap<Currency, Money> {
        &self.unrated
    }

    /// Returns the calendar year the profit of the year is counted for.
    pub fn year(&self) -> Option<i16> {
        self.year
    }

    /// Returns the newest fills, oldest first.
    pub fn fills(&self) -> &Ring<Arc<BookedFill>> {
        &self.fills
    }

    /// Returns the newest lots that were closed in full, oldest first.
    pub fn closed_lots(&self) -> &Ring<Arc<TaxLot>> {
        &self.closed
    }

    /// Returns the newest drifts, oldest first.
    pub fn drifts(&self) -> &Ring<Arc<Drift>> {
        &self.drifts
    }

    /// Returns true when the same drift was said within the last hour.
    pub fn said(&self, order_id: Option<&OrderId>, what: &str, now: Timestamp) -> bool {
        self.drifts.iter().any(|drift| {
            drift.order_id.as_ref() == order_id
                && drift.what == what
                && now.since(drift.at).max(drift.at.since(now)) < DRIFT_AGAIN
        })
    }

    /// Returns true when a fill was booked, within the window of about 100,000 fills.
    pub fn knows(&self, broker: &BrokerId, fill_id: &FillId) -> bool {
        self.seen.contains(broker, fill_id)
    }

    /// Returns a fill as it was booked, while it is at hand.
    pub fn booked(&self, broker: &BrokerId, fill_id: &FillId) -> Option<&Fill> {
        let known =
            |booked: &&Arc<BookedFill>| booked.fill.fill_id == *fill_id && booked.broker == *broker;
        self.fills
            .iter()
            .rev()
            .find(known)
            .map(|booked| &booked.fill)
    }

    /// Returns true when the very same fill was said before and held back.
    pub fn doubted(&self, broker: &BrokerId, fill: &Fill) -> bool {
        self.doubts
            .iter()
            .any(|doubt| doubt.0 == *broker && doubt.1 == *fill)
    }

    /// Returns why nothing opens risk in a symbol, where a question stands; it may have been lifted.
    pub fn lock(&self, symbol: &Symbol) -> Option<&Lock> {
        self.locks.get(symbol)
    }

    /// Returns why nothing may open risk in a symbol, while that is so.
    pub fn locked(&self, symbol: &Symbol) -> Option<&str> {
        let lock = self.lock(symbol).filter(|lock| !lock.lifted);
        lock.map(|lock| lock.why.as_str())
    }

    /// Iterates over every symbol whose books are in question, by symbol.
    pub fn locks(&self) -> impl Iterator<Item = (&Symbol, &Lock)> {
        self.locks.iter()
    }

    /// Returns the place from which a broker's fills are read when its stream begins anew.
    ///
    /// A stream that delivered out of order and then broke may have lost fills from before its newest
    /// place, so the last `again` are read again: those that were booked are known. None while there are
    /// no more than that.
    pub fn reread_from(&self, broker: &BrokerId, again: usize) -> Option<&FillCursor> {
        let of_broker = self
            .fills
            .iter()
            .rev()
            .filter(|booked| booked.broker == *broker);
        of_broker.map(|booked| &booked.cursor).nth(again)
    }

    /// Returns a broker's place in its stream of fills.
    pub fn cursor(&self, broker: &BrokerId) -> Option<&FillCursor> {
        self.cursors.get(broker)
    }

    /// Iterates over the brokers' places in their streams of fills, by broker.
    pub fn cursors(&self) -> impl Iterator<Item = (&BrokerId, &FillCursor)> {
        self.cursors.iter()
    }

    /// Returns the newest UTC day (since the epoch) and the NAV it started with.
    pub fn day_start(&self) -> Option<(i64, Money)> {
        self.starts.newest(LossPeriod::Day)
    }

    /// Returns the NAV that a loss on `day` is measured from; none when the day has not begun.
    pub fn day_start_on(&self, day: i64) -> Option<Money> {
        self.starts.on(LossPeriod::Day, day)
    }

    /// Returns the NAV that a loss over the period of `at` is measured from; none when it has not begun.
    pub fn start_on(&self, period: LossPeriod, at: Timestamp) -> Option<Money> {
        self.starts.on(period, period.of(at))
    }

    /// Returns the NAV each known period started with, oldest first; flows since are counted with it.
    pub fn starts(&self, period: LossPeriod) -> impl Iterator<Item = (i64, Money)> {
        self.starts.known(period)
    }

    /// Returns the newest flows, oldest first.
    pub fn flows(&self) -> &Ring<Arc<Flow>> {
        &self.flows
    }

    /// Returns the newest corrections, oldest first.
    pub fn corrections(&self) -> &Ring<Arc<BookedCorrection>> {
        &self.corrections
    }

    /// Measures the loss of a period from another NAV from here on: a person lifted its halt.
    pub fn rebase(&mut self, period: LossPeriod, at: Timestamp, nav_usd: Money) {
        self.starts.rebase(period, period.of(at), nav_usd);
    }

    /// Returns how many fills are remembered for deduplication.
    pub fn remembered(&self) -> usize {
        self.seen.len()
    }

    /// Takes in a fact of the account. A fill that was booked changes nothing a second time.
    pub fn apply(&mut self, fact: &AccountFact) {
        match fact {
            AccountFact::Opened { fund, cash, at, .. } => {
                // The books are opened once; a second opening would make money of nothing.
                if self.fund.is_none() {
                    *self.cash.entry(fund.base_currency).or_default() += *cash;
                    self.fund = Some(Arc::new((**fund).clone()));
                    self.turn_year(*at);
                }
            }
            AccountFact::Resumed { fund, at, .. } => {
                self.fund = Some(Arc::new((**fund).clone()));
                self.turn_year(*at);
            }
            AccountFact::Filled {
                broker,
                fill,
                cursor,
                currency,
                usd_rate,
                quote: _,
            } => {
                if !self.knows(broker, &fill.fill_id) {
                    self.seen.insert(broker, &fill.fill_id);
                    self.cursors.insert(broker.clone(), cursor.clone());
                    self.book((broker, cursor), fill, *currency, *usd_rate);
                }
            }
            AccountFact::Corrected(correction) => self.correct(correction),
            AccountFact::Doubted { broker, fill, .. } => {
                self.doubts.push(Arc::new((broker.clone(), fill.clone())));
            }
            AccountFact::Locked { symbol, why, .. } => {
                let lock = Lock {
                    why: why.clone(),
                    lifted: false,
                };
                if self.locks.len() < LOCKS_MOST || self.locks.contains_key(symbol) {
                    self.locks.insert(symbol.clone(), lock);
                }
            }
            AccountFact::Unlocked { symbol, by, .. } => match self.locks.get_mut(symbol) {
                Some(lock) if by.is_some() => lock.lifted = true,
                _ => {
                    self.locks.remove(symbol);
                }
            },
            AccountFact::Closed { .. } => {}
            AccountFact::DayStarted { day, nav_usd } => {
                self.starts.begin(LossPeriod::Day, *day, *nav_usd);
                self.turn_year(Timestamp::from_us(day.saturating_mul(86_400_000_000)));
            }
            AccountFact::PeriodStarted {
                period,
                nav_usd,
                at,
            } => self.starts.begin(*period, period.of(*at), *nav_usd),
            AccountFact::Flowed {
                amount_usd,
                by,
                reason,
                at,
            } => {
                *self.cash.entry(Currency::USD).or_default() += *amount_usd;
                self.starts.shift(*amount_usd);
                self.flows.push(Arc::new(Flow {
                    amount_usd: *amount_usd,
                    by: by.clone(),
                    reason: reason.clone(),
                    at: *at,
                }));
            }
            AccountFact::Drift { order_id, what, at } => {
                self.drifts.push(Arc::new(Drift {
                    order_id: order_id.clone(),
                    what: what.clone(),
                    at: *at,
                }));
            }
        }
    }

    fn book(
        &mut self,
        (broker, cursor): (&BrokerId, &FillCursor),
        fill: &Fill,
        currency: Currency,
        rate: Option<Rate>,
    ) {
        let taken = self.trade(fill, currency, rate);
        let realized_usd = rate.map(|rate| taken.realized * rate);
        self.fills.push(Arc::new(BookedFill {
            broker: broker.clone(),
            fill: fill.clone(),
            cursor: cursor.clone(),
            currency,
            usd_rate: rate,
            realized: taken.realized,
            realized_usd: realized_usd.unwrap_or(Money::ZERO),
        }));
    }

    /// Moves cash, lots and profit as a trade does.
    pub(super) fn trade(&mut self, fill: &Fill, currency: Currency, rate: Option<Rate>) -> Taken {
        let of_this_year = self.year_of_fill(fill);
        let signed = fill.side.signed(fill.quantity);
        *self.cash.entry(currency).or_default() -= fill.price * signed;
        *self.cash.entry(Currency::USD).or_default() -= fill.fees;

        let method = self.method();
        let slot = self
            .holdings
            .entry(fill.symbol.clone())
            .or_insert_with(|| Arc::new(Holding::flat(&fill.symbol, currency)));
        let holding = Arc::make_mut(slot);
        if holding.quantity.is_zero() {
            holding.currency = currency;
        }
        let taken = holding.trade(fill, method, rate);
        let realized_usd = rate.map(|rate| taken.realized * rate);
        if of_this_year {
            match realized_usd {
                Some(usd) => holding.realized_ytd_usd += usd,
                None if taken.realized.is_zero() => {}
                None => *self.unrated.entry(currency).or_default() += taken.realized,
            }
        }
        for lot in &taken.closed {
            if let Some(lot) = self.tax_lot(&fill.symbol, lot) {
                self.closed.push(Arc::new(lot));
            }
        }
        taken
    }

    /// Returns the fund's method of picking lots.
    pub(super) fn method(&self) -> TaxLotMethod {
        self.fund
            .as_ref()
            .map_or_else(TaxLotMethod::default, |fund| fund.tax_lot_method)
    }

    /// Turns the year where the fill is the first of the next one, and says whether it counts for this year.
    ///
    /// The desk's own time turns the year; a venue's may only run ahead of it by one,
    /// so that one mad timestamp does not end the counting.
    fn year_of_fill(&mut self, fill: &Fill) -> bool {
        let year = fill.timestamp.date().year();
        if self.year.is_none_or(|now| year == now.saturating_add(1)) {
            self.turn_year(fill.timestamp);
        }
        self.year.is_none_or(|now| year >= now)
    }

    /// Begins a new calendar year: profit of the year starts at zero.
    fn turn_year(&mut self, at: Timestamp) {
        let year = at.date().year();
        if self.year.is_some_and(|now| year <= now) {
            return;
        }
        self.year = Some(year);
        self.unrated.clear();
        for holding in self.holdings.values_mut() {
            if !holding.realized_ytd_usd.is_zero() {
                Arc::make_mut(holding).realized_ytd_usd = Money::ZERO;
            }
        }
    }
}
