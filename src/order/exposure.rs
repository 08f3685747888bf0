//! Running sums over the book, kept up to date by the engine, so that a gate never re-adds it.
//!
//! Owns what is held and may still be traded of each symbol and the book's sums in
//! USD, in all and by sector, asset class and country. Each change takes one symbol's
//! part out of the sums and puts its new part in. A part is rounded to [`DECIMALS`]
//! decimals, so what comes out is exactly what went in and the sums never drift from a
//! re-add. A part whose mark is not known is counted as unknown, never as zero: the sums
//! that need it are none. What is held of an unknown sector or country may be of any, and
//! counts in every one.

mod groups;

pub use groups::{GROUPS_MOST, GroupSum};

use smol_str::SmolStr;

use crate::base::ShardMap;
use crate::domain::{
    AssetClass, Currency, Instrument, Money, Order, Quantity, Quote, Rate, Side, Symbol,
};
use crate::event::{Groups, Seen};
use crate::order::exposure::groups::{Home, Kind, Sums, UNKNOWN, class_place};

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
    /// The groups it counts in, once its reference data are known.
    home: Option<Home>,
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
    groups: Sums,
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
        self.change(symbol, None, |stake| {
            stake.position = quantity;
            stake.currency = Some(currency);
        });
    }

    /// Sets what working orders may still buy and sell of a symbol.
    pub fn set_working(&mut self, symbol: &Symbol, buy: Quantity, sell: Quantity) {
        self.change(symbol, None, |stake| {
            stake.working_buy = buy;
            stake.working_sell = sell;
        });
    }

    /// Sets what one unit of a symbol is worth in USD; none when its mark or rate is not known. Its
    /// reference data say which groups it counts in; they are looked at until they are there.
    ///
    /// Needed for symbols held or worked; a mark of another one is kept for when it
    /// is, and may be left out if it is set then ([`Self::is_staked`] tells).
    pub fn set_mark(&mut self, symbol: &Symbol, unit_usd: Option<Money>, of: Option<&Instrument>) {
        self.change(symbol, of, |stake| stake.unit_usd = unit_usd);
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

    fn change(
        &mut self,
        symbol: &Symbol,
        of: Option<&Instrument>,
        change: impl FnOnce(&mut Stake),
    ) {
        let Self {
            stakes,
            sum,
            groups,
            ..
        } = self;
        if let Some(Staked { stake, part, home }) = stakes.get_mut(symbol) {
            let before = *stake;
            change(stake);
            let moves = home.is_none() && of.is_some();
            if *stake != before || moves {
                let (old, from) = (*part, home.unwrap_or_else(|| groups.home(symbol, None)));
                sum.take(&old);
                *part = stake.part();
                sum.add(part);
                if moves {
                    let to = groups.home(symbol, of);
                    groups.shift(from, &old, &Part::default());
                    groups.shift(to, &Part::default(), part);
                    *home = Some(to);
                } else if old != *part {
                    groups.shift(from, &old, part);
                }
            }
        } else {
            let mut stake = Stake::default();
            change(&mut stake);
            let part = stake.part();
            sum.add(&part);
            let to = groups.home(symbol, of);
            groups.shift(to, &Part::default(), &part);
            let home = of.map(|_| to);
            stakes.insert(symbol.clone(), Staked { stake, part, home });
        }
    }

    /// Iterates over what there is by sector, in no order; the unnamed one is of no known sector.
    ///
    /// Meaningless while [`Self::gross_usd`] is not known.
    pub fn sectors(&self) -> impl Iterator<Item = (Option<&SmolStr>, GroupSum)> {
        self.groups.sectors.all()
    }

    /// Iterates over the same by country.
    pub fn countries(&self) -> impl Iterator<Item = (Option<&SmolStr>, GroupSum)> {
        self.groups.countries.all()
    }

    /// Iterates over the same by asset class.
    pub fn classes(&self) -> impl Iterator<Item = (AssetClass, GroupSum)> {
        AssetClass::ALL.into_iter().zip(self.groups.classes)
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
        of: Option<&Instrument>,
        quote: Option<(&Quote, u64)>,
        usd_rate: Option<(Rate, Option<u64>)>,
    ) -> Seen {
        self.seen_beside(self.staked(symbol), of, quote, usd_rate)
    }

    /// Returns the same for a symbol that was looked up already.
    pub fn seen_beside(
        &self,
        staked: Option<&Staked>,
        of: Option<&Instrument>,
        quote: Option<(&Quote, u64)>,
        usd_rate: Option<(Rate, Option<u64>)>,
    ) -> Seen {
        let mut others = self.sum;
        if let Some(Staked { part, .. }) = staked {
            others.take(part);
        }
        let known = |sum: Money| (others.unknown == 0).then_some(sum);
        Seen {
            quote: quote.map(|(quote, _)| quote.clone()),
            quote_age_ms: quote.map(|(_, age_ms)| age_ms),
            usd_rate: usd_rate.map(|(rate, _)| rate),
            usd_rate_age_ms: usd_rate.and_then(|(_, age_ms)| age_ms),
            tick: of.map(|of| of.tick),
            nav_usd: self.nav_usd(),
            other_gross_usd: known(others.gross),
            other_net_high_usd: known(others.high),
            other_net_low_usd: known(others.low),
            groups: match of {
                Some(of) => self.groups_beside(staked, of, others.unknown == 0),
                None => Groups::default(),
            },
            borrow: None,
        }
    }

    /// Returns what would be seen if a working order of another symbol were gone; none where its symbol was never touched.
    pub fn seen_without(&self, seen: &Seen, gone: &Order) -> Option<Seen> {
        let staked = self.staked(&gone.symbol)?;
        let mut stake = staked.stake;
        let working = if gone.side.is_buy() {
            &mut stake.working_buy
        } else {
            &mut stake.working_sell
        };
        *working = (*working - gone.open_quantity()).max(Quantity::ZERO);
        let (before, after) = (staked.part, stake.part());
        let shift = |sum: &mut Option<Money>, before: Money, after: Money| {
            if let Some(sum) = sum {
                *sum = *sum - before + after;
            }
        };
        let mut then = seen.clone();
        shift(&mut then.other_gross_usd, before.gross, after.gross);
        shift(&mut then.other_net_high_usd, before.high, after.high);
        shift(&mut then.other_net_low_usd, before.low, after.low);
        let home = staked.home;
        let counts = |kind: &Kind, name: Option<&SmolStr>, at: usize| {
            at == UNKNOWN || name.is_some_and(|name| kind.places.get(name) == Some(&at))
        };
        let groups = &mut then.groups;
        let at = home.map_or(UNKNOWN, |home| home.sector);
        if counts(&self.groups.sectors, groups.sector.as_ref(), at) {
            shift(&mut groups.other_sector_usd, before.gross, after.gross);
        }
        let at = home.map_or(UNKNOWN, |home| home.country);
        if counts(&self.groups.countries, groups.country.as_ref(), at) {
            shift(&mut groups.other_country_usd, before.gross, after.gross);
        }
        let own = seen.quote.as_ref().map(|quote| quote.symbol.asset_class());
        if own == Some(gone.symbol.asset_class()) {
            shift(&mut groups.other_class_usd, before.gross, after.gross);
        }
        Some(then)
    }

    fn groups_beside(&self, staked: Option<&Staked>, of: &Instrument, known: bool) -> Groups {
        let groups = &self.groups;
        let home = staked.and_then(|staked| staked.home);
        // Wherever the symbol itself counts, of a known group or an unknown one, it is in the sum.
        let gross = staked.map_or(Money::ZERO, |staked| staked.part.gross);
        let others = |sum: Money| known.then(|| if gross.is_zero() { sum } else { sum - gross });
        let sector = groups
            .sectors
            .around(of.sector.as_ref(), home.map(|home| home.sector));
        let country = groups
            .countries
            .around(of.country.as_ref(), home.map(|home| home.country));
        let class = home.map_or_else(|| class_place(of.asset_class), |home| home.class);
        Groups {
            sector: of.sector.clone(),
            country: of.country.clone(),
            other_sector_usd: others(sector),
            other_class_usd: groups.classes.get(class).and_then(|sum| others(sum.gross)),
            other_country_usd: others(country),
        }
    }
}
