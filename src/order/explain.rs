//! What would have let a refused order pass: found once more from what was recorded of its judgement.
//!
//! Only what is on record counts: its market, its book, its position. What is not
//! (who was halted, how much was sent that second, which keys were used) is taken as
//! clear, and an order that passes then has nothing that could be changed about it.
//! Limits are those in force. Reads only.

use std::sync::Arc;

use crate::domain::RejectionCode;
use crate::event::RateLimits;
use crate::order::books::Books;
use crate::order::gate::{Change, Fix, GateInput, MaxSize, fixes, max_size, refusal};
use crate::order::rate::Rates;
use crate::order::risk::{Basis, Judgement};

/// What follows from a judgement on record under the limits in force.
#[derive(Debug, Clone, PartialEq)]
pub struct Explained {
    /// The code that refuses it; none when it would pass.
    pub refused: Option<RejectionCode>,
    /// The most of it that passes.
    pub max: MaxSize,
    /// Single changes of the order after which it passes.
    pub fixes: Vec<Fix>,
}

impl Books<'_> {
    /// Returns what a judgement on record comes to under the limits in force; none where too little is on record.
    pub fn explain(&self, judgement: &Judgement) -> Option<Explained> {
        let basis = judgement.basis.as_deref()?;
        let order = Arc::new(basis.order.clone());
        self.as_seen((&order, judgement.at), &basis.seen, |input| {
            self.explained(&input_then(input, basis, &unhurried()))
        })
    }

    fn explained(&self, input: &GateInput<'_>) -> Explained {
        let max = max_size(input);
        let mut fixes = fixes(input, &max, self.exposure);
        // Which orders worked then is not on record, and time has passed anyway.
        fixes.retain(|fix| !matches!(fix.apply, Change::Cancel(_) | Change::Wait(_)));
        Explained {
            refused: refusal(input).map(|(_, code)| code),
            max,
            fixes,
        }
    }
}

/// Returns rates by which nobody sends too fast.
pub(super) fn unhurried() -> Rates {
    Rates::new(RateLimits {
        fund: u32::MAX,
        ..RateLimits::default()
    })
}

/// Puts the facts on record in place of those that have changed since.
pub(super) fn input_then<'a>(
    input: &GateInput<'a>,
    basis: &'a Basis,
    rates: &'a Rates,
) -> GateInput<'a> {
    GateInput {
        position: basis.position,
        working_buy: basis.working_buy,
        working_sell: basis.working_sell,
        used_key: None,
        halt: None,
        locked: None,
        rates,
        ..*input
    }
}
