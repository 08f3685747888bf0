//! Corrections of the books: units a person booked because the venue holds them, without a fill that says why.
//!
//! Booked like a fill without fees: cash, lots and profit follow the same rules, so
//! the books stay right to the cent. It is no fill: it is not among them, and a
//! report of the venue is never taken for it.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::base::Ring;
use crate::domain::{Fill, OrderId, Quantity, Side, Symbol, VenueId};
use crate::event::Correction;
use crate::order::ledger::Ledger;
use crate::order::ledger::book::CORRECTIONS_MOST;

/// One correction as booked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BookedCorrection {
    /// What was booked, and by whom.
    pub correction: Correction,
    /// Whether another one has taken it back.
    pub undone: bool,
}

impl Ledger {
    /// Returns the newest correction that so many units would take back.
    pub fn correction_undone_by(&self, symbol: &Symbol, units: Quantity) -> Option<&Correction> {
        let found = self.corrections().iter().rev().find(|booked| {
            !booked.undone
                && booked.correction.symbol == *symbol
                && booked.correction.quantity == -units
        });
        found.map(|booked| &booked.correction)
    }

    /// Books a correction.
    pub(super) fn correct(&mut self, correction: &Correction) {
        let Some(fill) = as_fill(correction) else {
            return;
        };
        self.trade(&fill, correction.currency, correction.usd_rate);
        let undone = self
            .correction_undone_by(&correction.symbol, correction.quantity)
            .map(|known| known.correction_id.clone());
        let takes_back = undone.is_some();
        if let Some(id) = undone {
            let mut marked = Ring::new(CORRECTIONS_MOST);
            for known in &self.corrections {
                let mut known = Arc::clone(known);
                if known.correction.correction_id == id {
                    Arc::make_mut(&mut known).undone = true;
                }
                marked.push(known);
            }
            self.corrections = marked;
        }
        // One that takes another back is not taken back itself: that would be the first one again.
        self.corrections.push(Arc::new(BookedCorrection {
            correction: correction.clone(),
            undone: takes_back,
        }));
    }
}

/// Returns the trade a correction stands for.
fn as_fill(correction: &Correction) -> Option<Fill> {
    let side = if correction.quantity.is_positive() {
        Side::Buy
    } else {
        Side::Sell
    };
    Some(Fill {
        fill_id: correction.correction_id.clone(),
        order_id: OrderId::new(correction.correction_id.as_str()).ok()?,
        symbol: correction.symbol.clone(),
        side,
        quantity: correction.quantity.abs(),
        price: correction.price,
        fees: crate::domain::Money::ZERO,
        venue: VenueId::new(correction.broker.as_str()).ok()?,
        timestamp: correction.at,
        broker_order_id: None,
        liquidity: None,
    })
}
