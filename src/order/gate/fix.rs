//! The smallest changes that make a refused order pass, each proven by asking the gates again.

use std::sync::Arc;
use std::time::Duration;

use crate::domain::{Order, Price, Quantity};
use crate::event::Seen;
use crate::order::gate::{GateInput, MaxSize, refusal, words};

/// What a fix changes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Change {
    /// The quantity, to so many units.
    Quantity(Quantity),
    /// The limit price.
    LimitPrice(Price),
    /// The stop price.
    StopPrice(Price),
    /// Nothing but the time.
    Wait(Duration),
}

/// One change that makes the order pass.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fix {
    /// In words: `quantity 229`.
    pub text: String,
    /// What to change.
    pub apply: Change,
}

/// Returns up to three single changes after which every pure gate passes; none when it passes already.
///
/// `max` is what [`crate::order::gate::max_size`] found for the same input.
pub fn fixes(input: &GateInput<'_>, max: &MaxSize) -> Vec<Fix> {
    if refusal(input).is_none() {
        return Vec::new();
    }
    let mut found = Vec::new();
    found.extend(wait(input));
    if max.quantity.is_positive() && max.quantity < input.order.quantity {
        found.push(Fix {
            text: format!("quantity {}", max.quantity.decimal().normalize()),
            apply: Change::Quantity(max.quantity),
        });
    }
    let lot = input.instrument.map(|known| known.lot);
    let whole = lot.map(|lot| input.order.quantity.to_lot(lot));
    if let Some(whole) = whole.filter(|whole| whole.is_positive() && found.is_empty()) {
        let order = Order {
            quantity: whole,
            ..Order::clone(input.order)
        };
        let text = format!("quantity {}", whole.decimal());
        try_fix(input, order, text, Change::Quantity(whole), &mut found);
    }
    // Towards the safer side: a buyer pays less, a seller asks more.
    let up = !input.order.side.is_buy();
    let tick = input.instrument.map_or(Price::ZERO, |known| known.tick);
    let moved = |price: Option<Price>| {
        let on_grid = price?.to_tick(tick, up);
        (Some(on_grid) != price).then_some(on_grid)
    };
    if let Some(price) = moved(input.order.limit_price) {
        let order = Order {
            limit_price: Some(price),
            ..Order::clone(input.order)
        };
        let text = format!("limit {price}");
        try_fix(input, order, text, Change::LimitPrice(price), &mut found);
    }
    if let Some(price) = moved(input.order.stop_price) {
        let order = Order {
            stop_price: Some(price),
            ..Order::clone(input.order)
        };
        let text = format!("stop {price}");
        try_fix(input, order, text, Change::StopPrice(price), &mut found);
    }
    found
}

/// Returns how long to wait until there is room in the rate, if that is all that is in the way.
fn wait(input: &GateInput<'_>) -> Option<Fix> {
    let over = input
        .rates
        .over(&input.order.broker, input.reduces(), input.now)?;
    // Rounded up to what is said, so that waiting as told is waiting long enough.
    let wait =
        Duration::from_millis(u64::try_from(over.wait.as_millis()).ok()?.div_ceil(100) * 100);
    let ms = u64::try_from(wait.as_millis()).ok()?;
    let later = Seen {
        quote_age_ms: input.seen.quote_age_ms.map(|age| age.saturating_add(ms)),
        ..input.seen.clone()
    };
    let then = GateInput {
        now: input.now.plus(wait),
        seen: &later,
        ..*input
    };
    refusal(&then).is_none().then(|| Fix {
        text: words::wait(wait),
        apply: Change::Wait(wait),
    })
}

fn try_fix(input: &GateInput<'_>, order: Order, text: String, apply: Change, found: &mut Vec<Fix>) {
    let order = &Arc::new(order);
    if refusal(&GateInput { order, ..*input }).is_none() {
        found.push(Fix { text, apply });
    }
}
