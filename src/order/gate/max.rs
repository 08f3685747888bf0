//! The most that passes, and the gate that binds one lot further.
//!
//! Whether a size passes is decided by the gates and by nothing else. Sizes that
//! pass are a run from one lot upwards (a larger order is never further from any
//! limit, and what is too large to reduce is judged as opening), so the end of the
//! run is found by doubling and halving from an estimate. The estimate only saves
//! questions: a wrong one costs a few more, never a wrong answer.

use std::sync::Arc;

use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive;

use crate::domain::{GateName, Money, Order, Quantity, RejectionCode};
use crate::order::gate::{GateInput, refusal};

/// The largest size that passes every gate, and the gate that binds one lot further.
#[derive(Debug, Clone, PartialEq)]
pub struct MaxSize {
    /// Units, whole lots; zero when nothing passes.
    pub quantity: Quantity,
    /// The refusal that the next lot meets; none when only the type's own bound stops it.
    pub binds: Option<(GateName, RejectionCode)>,
}

/// Finds the largest quantity of the input's order that every pure gate passes.
///
/// The order's own quantity does not matter.
pub fn max_size(input: &GateInput<'_>) -> MaxSize {
    let mut search = Search::new(input);
    let most = search.most();
    let mut guess = search.estimate(input).clamp(0, most);
    let mut step = 1_i128;
    // low passes (zero counts as passing), high refuses or is the type's bound.
    let (mut low, mut high) = (0, most);
    if search.passes(guess, input) {
        low = guess;
        while low < most {
            guess = low.saturating_add(step).min(most);
            if !search.passes(guess, input) {
                high = guess;
                break;
            }
            low = guess;
            step = step.saturating_mul(2);
        }
    } else {
        high = guess;
        while high > 0 {
            guess = high.saturating_sub(step).max(0);
            if search.passes(guess, input) {
                low = guess;
                break;
            }
            high = guess;
            step = step.saturating_mul(2);
        }
    }
    while high - low > 1 {
        let middle = low + (high - low) / 2;
        if search.passes(middle, input) {
            low = middle;
        } else {
            high = middle;
        }
    }
    MaxSize {
        quantity: search.quantity(low),
        binds: search.ask(low + 1, input),
    }
}

/// Asks the gates about one order at many sizes, counted in lots.
struct Search {
    order: Arc<Order>,
    lot: Decimal,
}

impl Search {
    fn new(input: &GateInput<'_>) -> Self {
        // Without reference data no size passes; one unit is as good a step as any.
        let lot = input
            .instrument
            .map_or(Decimal::ONE, |known| known.lot.decimal());
        let lot = if lot > Decimal::ZERO {
            lot
        } else {
            Decimal::ONE
        };
        Self {
            order: Arc::clone(input.order),
            lot: lot.normalize(),
        }
    }

    /// Returns how many lots the quantity type can hold.
    fn most(&self) -> i128 {
        lots(Quantity::MOST, self.lot)
    }

    fn quantity(&self, lots: i128) -> Quantity {
        let units = lots.checked_mul(self.lot.mantissa());
        units
            .and_then(|units| Decimal::try_from_i128_with_scale(units, self.lot.scale()).ok())
            .and_then(|units| Quantity::new(units.normalize()).ok())
            .unwrap_or(Quantity::MOST)
    }

    fn passes(&mut self, lots: i128, input: &GateInput<'_>) -> bool {
        lots == 0 || self.ask(lots, input).is_none()
    }

    fn ask(&mut self, lots: i128, input: &GateInput<'_>) -> Option<(GateName, RejectionCode)> {
        if lots > self.most() {
            return None;
        }
        let quantity = self.quantity(lots);
        Arc::make_mut(&mut self.order).quantity = quantity;
        refusal(&GateInput {
            order: &self.order,
            ..*input
        })
    }

    /// Guesses the answer from the limits that usually bind.
    fn estimate(&self, input: &GateInput<'_>) -> i128 {
        let limits = input.limits;
        let per = |room: Money, unit: Option<Money>| {
            let units = room.decimal().checked_div(unit?.decimal())?;
            Quantity::new(units).ok()
        };
        let buys = input.order.side.is_buy();
        let towards = if buys {
            input.position + input.working_buy
        } else {
            input.working_sell - input.position
        };
        let one = per(limits.order_usd, input.order_unit_usd());
        let one = [one, limits.order_units].into_iter().flatten().min();
        let opening = || {
            if !buys && !input.envelope.enable_shorting {
                return Some(-towards);
            }
            let seen = input.seen;
            let nav = seen.nav_usd?;
            let others = if buys {
                seen.other_net_high_usd?
            } else {
                -seen.other_net_low_usd?
            };
            let rooms = [
                Some(nav * limits.position),
                limits.position_usd,
                Some(nav * limits.gross - seen.other_gross_usd?),
                Some(nav * limits.net - others),
            ];
            let room = rooms.into_iter().flatten().min()?;
            Some(per(room, input.mark_unit_usd())? - towards)
        };
        // What closes the position passes even where nothing may be opened.
        let book = opening().unwrap_or(Quantity::ZERO).max(-towards);
        lots(one.map_or(book, |one| one.min(book)), self.lot)
    }
}

fn lots(quantity: Quantity, lot: Decimal) -> i128 {
    quantity
        .decimal()
        .checked_div(lot)
        .and_then(|lots| lots.trunc().to_i128())
        .unwrap_or(0)
}
