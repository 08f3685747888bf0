//! The smallest changes that make a refused order pass, each proven by asking the gates again.

use std::sync::Arc;

use crate::domain::{Order, Price, Quantity};
use crate::order::gate::{GateInput, MaxSize, refusal};

/// What a fix changes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Change {
    /// The quantity, to so many units.
    Quantity(Quantity),
    /// The limit price.
    LimitPrice(Price),
    /// The stop price.
    StopPrice(Price),
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

fn try_fix(input: &GateInput<'_>, order: Order, text: String, apply: Change, found: &mut Vec<Fix>) {
    let order = &Arc::new(order);
    if refusal(&GateInput { order, ..*input }).is_none() {
        found.push(Fix { text, apply });
    }
}
