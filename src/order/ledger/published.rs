//! The books in the published form: tax lots, positions, the NAV of a moment.
//!
//! The published records have no place for what is not known, so a position
//! without a mark is left out here and a NAV with one missing is none;
//! `Valuation` shows both as they are.

use rust_decimal::Decimal;

use crate::domain::{Money, NavSnapshot, Position, Price, Quantity, Symbol, TaxLot, Timestamp};
use crate::market::Market;
use crate::order::ledger::{Ledger, Lot, Valuation};

impl Ledger {
    /// Returns the lots of a symbol: closed ones at hand, then open ones, each oldest first.
    pub fn tax_lots(&self, symbol: &Symbol) -> Vec<TaxLot> {
        let closed = self
            .closed_lots()
            .iter()
            .filter(|lot| lot.symbol == *symbol)
            .map(|lot| (**lot).clone());
        closed.chain(self.open_tax_lots(symbol)).collect()
    }

    /// Returns the open lots of a symbol, oldest first.
    pub fn open_tax_lots(&self, symbol: &Symbol) -> Vec<TaxLot> {
        let lots = self
            .holding(symbol)
            .map_or(&[][..], |holding| &holding.lots);
        lots.iter()
            .filter_map(|lot| self.tax_lot(symbol, lot))
            .collect()
    }

    /// Returns the open positions whose mark and currency rate are known, by symbol.
    pub fn positions(&self, market: &Market, now: Timestamp) -> Vec<Position> {
        let Some(fund) = self.fund() else {
            return Vec::new();
        };
        let this_year = self.year() == Some(now.date().year());
        Valuation::of(self, market)
            .rows
            .into_iter()
            .filter_map(|row| {
                let holding = self.holding(&row.symbol)?;
                let cell = market.cell(&row.symbol)?;
                let (_, received_at) = cell.quote()?;
                Some(Position {
                    fund_id: fund.fund_id.clone(),
                    quantity: row.quantity,
                    avg_price: row.avg_price,
                    last_price: row.last_price?,
                    market_value_usd: row.value_usd?,
                    unrealized_pl_usd: row.unrealized_usd?,
                    realized_pl_ytd_usd: if this_year {
                        holding.realized_ytd_usd
                    } else {
                        Money::ZERO
                    },
                    // A venue's clock may run ahead; no reader is told of the future.
                    last_updated: holding.updated_at.max(received_at).min(now),
                    tax_lots: self.open_tax_lots(&row.symbol),
                    symbol: row.symbol,
                })
            })
            .collect()
    }

    /// Returns what the fund is worth now; none before the books were opened or while a mark or rate is missing.
    pub fn nav_snapshot(&self, market: &Market, now: Timestamp) -> Option<NavSnapshot> {
        let fund = self.fund()?;
        let value = Valuation::of(self, market);
        Some(NavSnapshot {
            fund_id: fund.fund_id.clone(),
            asof: now.date(),
            nav_usd: value.nav_usd?,
            cash_usd: value.cash_usd?,
            positions_value_usd: value.positions_usd?,
            realized_pl_usd: value.realized_usd,
            unrealized_pl_usd: value.unrealized_usd?,
            flows_usd: Money::ZERO,
        })
    }

    /// Returns a lot in the published form; none before the books were opened.
    pub(super) fn tax_lot(&self, symbol: &Symbol, lot: &Lot) -> Option<TaxLot> {
        let fund = self.fund()?;
        let ended = lot.closed_at.filter(|_| lot.quantity.is_zero());
        Some(TaxLot {
            lot_id: lot.lot_id.clone(),
            fund_id: fund.fund_id.clone(),
            symbol: symbol.clone(),
            open_date: lot.opened_at.date(),
            open_qty: lot.opened,
            open_price: lot.price,
            close_date: ended.map(Timestamp::date),
            close_qty: plain(lot.closed()),
            close_price: lot.closed_value.per_unit(lot.closed()).map(short),
            realized_pl_usd: lot.realized_usd,
            method: self.method(),
        })
    }
}

/// Writes no trailing zeros that only the arithmetic brought in.
fn plain(quantity: Quantity) -> Quantity {
    Quantity::new(quantity.decimal().normalize()).unwrap_or(quantity)
}

/// Writes no trailing zeros, nor more than the sixteen decimals anyone prices in.
fn short(price: Price) -> Price {
    let digits: Decimal = price.decimal().round_dp(16).normalize();
    Price::new(digits).unwrap_or(price)
}
