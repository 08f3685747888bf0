//! Synthetic stops: where each position's stop lies, and when two quotes in a row have gone beyond it.
//!
//! Pure. A long is measured by the bid, a short by the ask, against the average price.
//! A quote that is crossed, absurdly wide, far from everything known, or older than
//! the one before says nothing; one that is the same as the one before is no second
//! one. What was seen once lives with the session: a restart begins to count anew.

use std::collections::BTreeMap;

use rust_decimal::Decimal;

use crate::domain::{Money, Price, Quote, Rate, Side, Symbol};
use crate::order::ledger::Holding;

/// A price so many times the average, or so small a part of it, is not believed.
const FACTOR: Decimal = Decimal::TEN;
/// How far two quotes in a row may lie apart, a part of the first.
const APART: Decimal = Decimal::from_parts(1, 0, 0, false, 1);

/// Returns the price at which a position's stop lies, not rounded; none while nothing is held.
pub fn level(holding: &Holding, distance: Rate) -> Option<Price> {
    if holding.quantity.is_zero() {
        return None;
    }
    let away = holding
        .avg_price
        .decimal()
        .checked_mul(distance.decimal())?;
    let away = Price::new(away).ok()?;
    Some(if holding.quantity.is_positive() {
        holding.avg_price - away
    } else {
        holding.avg_price + away
    })
}

/// Returns the side that closes a position.
pub fn exit_side(holding: &Holding) -> Side {
    if holding.quantity.is_positive() {
        Side::Sell
    } else {
        Side::Cover
    }
}

/// Returns true when a quote is at or beyond a position's stop.
///
/// Measured by what the position cost, so that the average's rounding decides nothing.
fn beyond(holding: &Holding, distance: Rate, quote: &Quote) -> bool {
    let cost = holding.cost.abs();
    let units = holding.quantity.abs();
    if holding.quantity.is_positive() {
        Money::from(quote.bid).times(units) <= cost - cost * distance
    } else {
        Money::from(quote.ask).times(units) >= cost + cost * distance
    }
}

fn is_absurd(holding: &Holding, quote: &Quote) -> bool {
    let (mid, average) = (quote.mid().decimal(), holding.avg_price.decimal());
    let times = |price: Decimal| price.checked_mul(FACTOR);
    times(mid).is_none_or(|mid| mid < average) || times(average).is_none_or(|most| mid > most)
}

fn far_apart(first: &Quote, second: &Quote) -> bool {
    let (first, second) = (first.mid().decimal(), second.mid().decimal());
    let most = first.checked_mul(APART);
    most.is_none_or(|most| (second - first).abs() > most)
}

/// What was seen of one position.
#[derive(Debug, Clone)]
struct Sighting {
    epoch: u32,
    first: Quote,
    second: Option<Quote>,
}

/// The positions whose quotes went beyond their stop, once or twice.
#[derive(Debug, Clone, Default)]
pub struct Watch {
    seen: BTreeMap<Symbol, Sighting>,
}

impl Watch {
    /// Takes in a quote of something held; returns true when it is the second in a row beyond the stop.
    pub fn see(&mut self, holding: &Holding, distance: Rate, quote: &Quote) -> bool {
        let known = self.seen.get(&holding.symbol);
        let known = known.filter(|known| known.epoch == holding.epoch);
        let last = known.map(|known| known.second.as_ref().unwrap_or(&known.first));
        // Old news and what was said already count neither way.
        if last.is_some_and(|last| quote.timestamp < last.timestamp || quote == last) {
            return false;
        }
        if quote.fault().is_some() || is_absurd(holding, quote) || !beyond(holding, distance, quote)
        {
            self.seen.remove(&holding.symbol);
            return false;
        }
        let first = known
            .map(|known| known.first.clone())
            .filter(|first| !far_apart(first, quote));
        let second = first.is_some();
        let sighting = Sighting {
            epoch: holding.epoch,
            first: first.unwrap_or_else(|| quote.clone()),
            second: second.then(|| quote.clone()),
        };
        self.seen.insert(holding.symbol.clone(), sighting);
        second
    }

    /// Forgets a symbol.
    pub fn forget(&mut self, symbol: &Symbol) {
        self.seen.remove(symbol);
    }

    /// Returns true when something was seen of a symbol.
    pub fn has(&self, symbol: &Symbol) -> bool {
        self.seen.contains_key(symbol)
    }

    /// Lists the positions seen beyond their stop twice, with the counts of their opening and the quotes.
    pub fn due(&self) -> Vec<(Symbol, u32, [Quote; 2])> {
        let twice = self.seen.iter().filter_map(|(symbol, seen)| {
            let quotes = [seen.first.clone(), seen.second.clone()?];
            Some((symbol.clone(), seen.epoch, quotes))
        });
        twice.collect()
    }
}
