//! What the books are worth at the market's marks.
//!
//! The mark is the newest mid. A missing mark or rate makes the row and every sum
//! over it unknown; it is never taken for zero and never guessed from another.

use std::collections::BTreeMap;

use crate::domain::{Currency, Money, Price, Quantity, Rate, Symbol};
use crate::market::Market;
use crate::order::ledger::{Holding, Ledger};

/// One position, valued. What is not known is none, never zero.
#[derive(Debug, Clone, PartialEq)]
pub struct PositionRow {
    /// What.
    pub symbol: Symbol,
    /// Currency of its prices.
    pub currency: Currency,
    /// Signed units.
    pub quantity: Quantity,
    /// Average price of what is open.
    pub avg_price: Price,
    /// Newest mark.
    pub last_price: Option<Price>,
    /// Signed value in USD.
    pub value_usd: Option<Money>,
    /// Profit not taken, in USD.
    pub unrealized_usd: Option<Money>,
    /// Profit not taken over cost, a ratio.
    pub unrealized_ratio: Option<Rate>,
    /// Value over NAV, a ratio.
    pub nav_ratio: Option<Rate>,
}

/// The fund, valued. What is not known is none, never zero.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Valuation {
    /// Cash in all currencies, in USD.
    pub cash_usd: Option<Money>,
    /// Signed value of all positions, in USD.
    pub positions_usd: Option<Money>,
    /// Cash and positions.
    pub nav_usd: Option<Money>,
    /// Sum of absolute position values.
    pub gross_usd: Option<Money>,
    /// Profit not taken.
    pub unrealized_usd: Option<Money>,
    /// Profit taken this calendar year, before fees.
    pub realized_usd: Money,
    /// False while some of that profit is in a currency whose rate is not known; it is not in the sum then.
    pub realized_known: bool,
    /// Change of NAV since the UTC day began.
    pub day_usd: Option<Money>,
    /// The same over the NAV the day began with, a ratio.
    pub day_ratio: Option<Rate>,
    /// Open positions, by symbol.
    pub rows: Vec<PositionRow>,
}

impl Valuation {
    /// Values the books at the market's newest marks.
    pub fn of(ledger: &Ledger, market: &Market) -> Self {
        let mut rates = Rates::new(market);
        let mut rows: Vec<PositionRow> = ledger
            .holdings()
            .filter(|holding| !holding.quantity.is_zero())
            .map(|holding| row(holding, market, &mut rates))
            .collect();
        let cash_usd: Option<Money> = ledger
            .cash()
            .iter()
            .filter(|(_, cash)| !cash.is_zero())
            .map(|(currency, cash)| rates.of(*currency).map(|rate| *cash * rate))
            .sum();
        // Before the books are opened nobody knows what there is: that is not nothing.
        let cash_usd = cash_usd.filter(|_| ledger.fund().is_some());
        let positions_usd: Option<Money> = rows.iter().map(|row| row.value_usd).sum();
        let nav_usd = cash_usd
            .zip(positions_usd)
            .map(|(cash, positions)| cash + positions);
        for row in &mut rows {
            let ratio = row.value_usd.zip(nav_usd);
            row.nav_ratio = ratio.and_then(|(value, nav)| value.ratio(nav));
        }
        let late: Option<Money> = ledger
            .unrated()
            .iter()
            .map(|(currency, profit)| rates.of(*currency).map(|rate| *profit * rate))
            .sum();
        let realized: Money = ledger
            .holdings()
            .map(|holding| holding.realized_ytd_usd)
            .sum();
        let start = ledger.day_start().map(|(_, nav)| nav);
        let day_usd = nav_usd.zip(start).map(|(nav, start)| nav - start);
        Self {
            cash_usd,
            positions_usd,
            nav_usd,
            gross_usd: rows.iter().map(|row| row.value_usd.map(Money::abs)).sum(),
            unrealized_usd: rows.iter().map(|row| row.unrealized_usd).sum(),
            realized_usd: realized + late.unwrap_or(Money::ZERO),
            realized_known: late.is_some(),
            day_usd,
            day_ratio: day_usd.zip(start).and_then(|(day, start)| day.ratio(start)),
            rows,
        }
    }
}

fn row(holding: &Holding, market: &Market, rates: &mut Rates<'_>) -> PositionRow {
    let mark = market.cell(&holding.symbol).and_then(|cell| cell.mid());
    let rate = rates.of(holding.currency);
    let value = mark.map(|mark| mark * holding.quantity);
    // Value less cost is quantity x (last - average) without the average's rounding.
    let profit = value.map(|value| value - holding.cost);
    let in_usd = |amount: Option<Money>| amount.zip(rate).map(|(amount, rate)| amount * rate);
    PositionRow {
        symbol: holding.symbol.clone(),
        currency: holding.currency,
        quantity: holding.quantity,
        avg_price: holding.avg_price,
        last_price: mark,
        value_usd: in_usd(value),
        unrealized_usd: in_usd(profit),
        unrealized_ratio: profit.and_then(|profit| profit.ratio(holding.cost.abs())),
        nav_ratio: None,
    }
}

/// Rates to USD, each looked up once.
struct Rates<'a> {
    market: &'a Market,
    known: BTreeMap<Currency, Option<Rate>>,
}

impl<'a> Rates<'a> {
    fn new(market: &'a Market) -> Self {
        Self {
            market,
            known: BTreeMap::new(),
        }
    }

    fn of(&mut self, currency: Currency) -> Option<Rate> {
        let market = self.market;
        *self
            .known
            .entry(currency)
            .or_insert_with(|| market.usd_rate(currency))
    }
}
