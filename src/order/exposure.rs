//! Running sums over the book, kept up to date by the engine, so that a gate never re-adds it.

use std::collections::HashMap;

use crate::domain::{Money, Quantity, Symbol};

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
}

/// The book's sums in USD.
#[derive(Debug, Clone, Default)]
pub struct Exposure {
    stakes: HashMap<Symbol, Stake>,
}

impl Exposure {
    /// Returns what is known of one symbol; nothing held when it was never touched.
    pub fn stake(&self, symbol: &Symbol) -> Stake {
        self.stakes.get(symbol).copied().unwrap_or_default()
    }
}
