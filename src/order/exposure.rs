//! Running sums over the book, kept up to date by the engine, so that a gate never re-adds it.
//!
//! Owns what is held and may still be traded of each symbol and the book's sums in
//! USD. Each change takes one symbol's part out of the sums and puts its new part
//! in. A part is rounded to [`DECIMALS`] decimals, so what comes out is exactly what
//! went in and the sums never drift from a re-add. A part whose mark is not known
//! is counted as unknown, never as zero: the sums that need it are none.

use crate::base::ShardMap;
use crate::domain::{Currency, Money, Quantity, Quote, Rate, Side, Symbol};
use crate::event::Seen;

/// Decimals of a symbol's part of a sum, in USD.
pub const DECIMALS: u32 = 6;

/// What is held and may still be traded of one symbol.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Stake {
    /// Signed units held.
    pub position: Quantity,
    /// Units working orders may still buy.
    pub working_buy: Quantity,
    /// Units working orders may still sell.
    pub working_sell: Quantity,
    /// What one unit is worth in USD at the newest mark.
    pub unit_usd: Option<Money>,
    /// Currency of its prices, where it was ever held.
    pub currency: Option<Currency>,
}

/// A stake with its part of the sums, so that a decision does not work it out again.
#[derive(Debug, Clone, Copy, Default)]
pub struct Staked {
    /// What is held and may still be traded.
    pub stake: Stake,
    part: Part,
}

/// One symbol's part of the sums.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
struct Part {
    value: Money,
    gross: Money,
    high: Money,
    low: Money,
    /// 1 when it is held and its mark is not known.
    unknown_held: u32,
    /// 1 when it is held or worked and its mark is not known.
    unknown: u32,
}

impl Stake {
    /// Returns true when nothing is held and nothing works.
    pub fn is_flat(&self) -> bool {
        self.position.is_zero() && self.working_buy.is_zero() && self.working_sell.is_zero()
    }

    /// Returns true when an order can only make the position smaller, whatever else fills.
    ///
    /// The same as the gates' own definition, for readers that have no judgement at hand.
    pub fn reduces(&self, side: Side, quantity: Quantity) -> bool {
        let (held, working) = if side.is_buy() {
            (-self.position, self.working_buy)
        } else {
            (self.position, self.working_sell)
        };
        held.is_positive() && quantity.is_positive() && quantity + working <= held
    }

    fn part(&self) -> Part {
        if self.is_flat() {
            return Part::default();
        }
        let Some(unit) = self.unit_usd else {
            return Part {
                unknown_held: u32::from(!self.position.is_zero()),
                unknown: 1,
                ..Part::default()
            };
        };
        let worth = |units: Quantity| unit.times(units).round(DECIMALS);
        let (high, low) = (
            worth(self.position + self.working_buy),
            worth(self.position - self.working_sell),
        );
        Part {
            value: worth(self.position),
            gross: high.abs().max(low.abs()),
            high,
            low,
            unknown_held: 0,
            unknown: 0,
        }
    }
}

impl Part {
    fn add(&mut self, other: &Self) {
        self.value += other.value;
        self.gross += other.gross;
        self.high += other.high;
        self.low += other.low;
        self.unknown_held = self.unknown_held.saturating_add(other.unknown_held);
        self.unknown = self.unknown.saturating_add(other.unknown);
    }

    fn take(&mut self, other: &Self) {
        self.value -= other.value;
        self.gross -= other.gross;
        self.high -= other.high;
        self.low -= other.low;
        self.unknown_held = self.unknown_held.saturating_sub(other.unknown_held);
        self.unknown = self.unknown.saturating_sub(other.unknown);
    }
}

/// The book's sums in USD.
#[derive(Debug, Clone, Default)]
pub struct Exposure {
    stakes: ShardMap<Symbol, Staked>,
    sum: Part,
    cash_usd: Option<Money>,
}

impl Exposure {
    /// Returns what is known of one symbol; nothing held when it was never touched.
    pub fn stake(&self, symbol: &Symbol) -> Stake {
        self.staked(symbol)
            .map(|staked| staked.stake)
            .unwrap_or_default()
    }

    /// Looks one symbol up; none when it was never touched.
    pub fn staked(&self, symbol: &Symbol) -> Option<&Staked> {
        self.stakes.get(symbol)
    }

    /// Iterates over the symbols held or worked, in no order.
    pub fn stakes(&self) -> impl Iterator<Item = (&Symbol, &Stake)> {
        self.stakes
            .iter()
            .map(|(symbol, staked)| (symbol, &staked.stake))
            .filter(|(_, stake)| !stake.is_flat())
    }

    /// Sets what is held of a symbol, and the currency of its prices.
    pub fn set_position(&mut self, symbol: &Symbol, quantity: Quantity, currency: Currency) {
        self.change(symbol, |stake| {
            stake.position = quantity;
            stake.currency = Some(currency);
        });
    }

    /// Sets what working orders may still buy and sell of a symbol.
    pub fn set_working(&mut self, symbol: &Symbol, buy: Quantity, sell: Quantity) {
        self.change(symbol, |stake| {
            stake.working_buy = buy;
            stake.working_sell = sell;
        });
    }

    /// Sets what one unit of a symbol is worth in USD; none when its mark or rate is not known.
    ///
    /// Needed for symbols held or worked; a mark of another one is kept for when it
    /// is, and may be left out if it is set then ([`Self::is_staked`] tells).
    pub fn set_mark(&mut self, symbol: &Symbol, unit_usd: Option<Money>) {
        self.change(symbol, |stake| stake.unit_usd = unit_usd);
    }

    /// Sets cash of all currencies in USD; none when a rate is not known.
    pub fn set_cash_usd(&mut self, cash: Option<Money>) {
        self.cash_usd = cash;
    }

    /// Returns true when the symbol is held or worked.
    pub fn is_staked(&self, symbol: &Symbol) -> bool {
        self.stakes
            .get(symbol)
            .is_some_and(|staked| !staked.stake.is_flat())
    }

    fn change(&mut self, symbol: &Symbol, change: impl FnOnce(&mut Stake)) {
        if let Some(Staked { stake, part }) = self.stakes.get_mut(symbol) {
            let before = *stake;
            change(stake);
            if *stake != before {
                self.sum.take(part);
                *part = stake.part();
                self.sum.add(part);
            }
        } else {
            let mut stake = Stake::default();
            change(&mut stake);
            let part = stake.part();
            self.sum.add(&part);
            self.stakes.insert(symbol.clone(), Staked { stake, part });
        }
    }

    /// Returns cash of all currencies in USD.
    pub fn cash_usd(&self) -> Option<Money> {
        self.cash_usd
    }

    /// Returns cash and positions in USD; none when the mark of anything held, or a rate of cash, is not known.
    pub fn nav_usd(&self) -> Option<Money> {
        let cash = self.cash_usd?;
        (self.sum.unknown_held == 0).then(|| cash + self.sum.value)
    }

    /// Returns the sum of absolute values at worst: of each symbol the worse of all working buys or all sells done.
    pub fn gross_usd(&self) -> Option<Money> {
        (self.sum.unknown == 0).then_some(self.sum.gross)
    }

    /// Returns the signed value of the book with all working sells done, and with all working buys done.
    pub fn net_usd(&self) -> Option<(Money, Money)> {
        (self.sum.unknown == 0).then_some((self.sum.low, self.sum.high))
    }

    /// Returns what a decision about `symbol` sees: its market as given, and the book without it.
    pub fn seen(
        &self,
        symbol: &Symbol,
        quote: Option<(&Quote, u64)>,
        usd_rate: Option<Rate>,
    ) -> Seen {
        self.seen_beside(self.staked(symbol), quote, usd_rate)
    }

    /// Returns the same for a symbol that was looked up already.
    pub fn seen_beside(
        &self,
        staked: Option<&Staked>,
        quote: Option<(&Quote, u64)>,
        usd_rate: Option<Rate>,
    ) -> Seen {
        let mut others = self.sum;
        if let Some(Staked { part, .. }) = staked {
            others.take(part);
        }
        let known = |sum: Money| (others.unknown == 0).then_some(sum);
        Seen {
            quote: quote.map(|(quote, _)| quote.clone()),
            quote_age_ms: quote.map(|(_, age_ms)| age_ms),
            usd_rate,
            tick: None,
            nav_usd: self.nav_usd(),
            other_gross_usd: known(others.gross),
            other_net_high_usd: known(others.high),
            other_net_low_usd: known(others.low),
        }
    }
}
