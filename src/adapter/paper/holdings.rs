//! What is held at the venue, kept from its own fills.

use std::collections::BTreeMap;

use crate::domain::{Fill, FundId, Money, Position, Price, Quantity, Rate, Symbol};

/// Positions by fund and symbol.
#[derive(Debug)]
pub(super) struct Holdings {
    positions: BTreeMap<(FundId, Symbol), Position>,
}

impl Holdings {
    /// Takes up what was held before.
    pub(super) fn restore(positions: Vec<Position>) -> Self {
        let keyed = |p: Position| ((p.fund_id.clone(), p.symbol.clone()), p);
        Self {
            positions: positions.into_iter().map(keyed).collect(),
        }
    }

    /// Books a fill.
    pub(super) fn book(&mut self, fund: FundId, fill: &Fill) {
        let position = self
            .positions
            .entry((fund, fill.symbol.clone()))
            .or_insert_with_key(|(fund, symbol)| Position {
                fund_id: fund.clone(),
                symbol: symbol.clone(),
                quantity: Quantity::ZERO,
                avg_price: fill.price,
                last_price: fill.price,
                market_value_usd: Money::ZERO,
                unrealized_pl_usd: Money::ZERO,
                realized_pl_ytd_usd: Money::ZERO,
                last_updated: fill.timestamp,
                tax_lots: Vec::new(),
            });
        let signed = fill.side.signed(fill.quantity);
        let (before, after) = (position.quantity, position.quantity + signed);
        let adds = before.is_zero() || before.is_negative() == signed.is_negative();
        if adds {
            let cost = position.avg_price * before.abs() + fill.price * fill.quantity;
            position.avg_price = cost.per_unit(after.abs()).unwrap_or(fill.price);
        } else if !after.is_zero() && after.is_negative() != before.is_negative() {
            position.avg_price = fill.price;
        }
        position.quantity = after;
        position.last_price = fill.price;
        position.last_updated = fill.timestamp;
    }

    /// Lists what is not flat, valued by price and USD rate where `value` knows them.
    pub(super) fn list(&self, value: impl Fn(&Symbol) -> Option<(Price, Rate)>) -> Vec<Position> {
        let held = self.positions.values().filter(|p| !p.quantity.is_zero());
        let valued = |position: &Position| match value(&position.symbol) {
            Some((last_price, rate)) => Position {
                last_price,
                market_value_usd: last_price * position.quantity * rate,
                unrealized_pl_usd: (last_price - position.avg_price) * position.quantity * rate,
                ..position.clone()
            },
            None => position.clone(),
        };
        held.map(valued).collect()
    }
}
