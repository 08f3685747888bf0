//! What the books are worth as the market moves: marks, rates and the running sums over them.
//!
//! Derived from market data and never journaled; a start works it out anew.

use std::sync::Arc;

use crate::domain::{Currency, Money, Symbol};
use crate::engine::state::State;
use crate::event::MarketEvent;

impl State {
    /// Takes in market data.
    pub fn market(&mut self, event: &MarketEvent) {
        if let MarketEvent::Study(study) = event {
            self.study = Some(Arc::clone(study));
            return;
        }
        let changed = Arc::make_mut(&mut self.market).apply(event);
        if let MarketEvent::Quote { quote, .. } = event
            && self.exposure.is_staked(&quote.symbol)
        {
            if changed.is_some() {
                self.mark(&quote.symbol);
            }
            self.watch_stop(quote);
        }
        let Some(changed) = changed else {
            return;
        };
        // A pair may also be the rate of a currency that cash or a price is held in.
        if let Some(currency) = rated_by(&changed) {
            self.revalue(currency);
        }
    }

    pub(super) fn mark(&mut self, symbol: &Symbol) {
        let unit_usd = self.market.unit_usd(symbol);
        let of = self.market.instrument(symbol).map(|known| &**known);
        Arc::make_mut(&mut self.exposure).set_mark(symbol, unit_usd, of);
    }

    /// Values again what counts in a currency whose rate changed: cash, and marks of what is priced in it.
    fn revalue(&mut self, changed: Currency) {
        let counts = |currency: Currency| self.market.counted_as(currency) == changed;
        // Whoever holds something priced in a currency holds cash in it, or owes it.
        if !self.ledger.cash().keys().any(|held| counts(*held)) {
            return;
        }
        let priced = |symbol: &Symbol| self.market.instrument(symbol).map(|known| known.currency);
        let staked: Vec<Symbol> = self
            .exposure
            .stakes()
            .filter(|(symbol, _)| priced(symbol).is_some_and(counts))
            .map(|(symbol, _)| symbol.clone())
            .collect();
        self.revalue_cash();
        for symbol in staked {
            self.mark(&symbol);
        }
    }

    /// Values cash of all currencies again.
    pub(super) fn revalue_cash(&mut self) {
        let cash: Option<Money> = self
            .ledger
            .cash()
            .iter()
            .map(|(currency, amount)| {
                if amount.is_zero() {
                    return Some(Money::ZERO);
                }
                self.market.usd_rate(*currency).map(|rate| *amount * rate)
            })
            .sum();
        Arc::make_mut(&mut self.exposure).set_cash_usd(cash);
    }

    /// Values everything again from an empty start: what is held, what works, cash.
    pub(super) fn value_all(&mut self) {
        let held: Vec<_> = self
            .ledger
            .holdings()
            .map(|held| (held.symbol.clone(), held.quantity, held.currency))
            .collect();
        for (symbol, quantity, currency) in held {
            Arc::make_mut(&mut self.exposure).set_position(&symbol, quantity, currency);
            self.mark(&symbol);
        }
        let mut working: Vec<Symbol> = self
            .orders
            .live()
            .map(|record| record.order.symbol.clone())
            .collect();
        working.sort_unstable();
        working.dedup();
        for symbol in working {
            let (buy, sell) = self.orders.working(&symbol);
            Arc::make_mut(&mut self.exposure).set_working(&symbol, buy, sell);
            self.mark(&symbol);
        }
        if self.is_open() {
            self.revalue_cash();
        }
    }
}

/// Returns the currency that a pair with the US dollar is the rate of.
fn rated_by(pair: &Symbol) -> Option<Currency> {
    let text = pair.as_str();
    let base = text
        .strip_suffix("/USD")
        .or_else(|| text.strip_suffix("-USD"));
    let other = base
        .or_else(|| text.strip_prefix("USD/"))
        .or_else(|| text.strip_prefix("USD-"));
    other?.parse().ok()
}
