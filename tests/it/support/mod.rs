//! What the tests of several areas share.

pub mod build;
pub mod day;
pub mod program;
pub mod strategies;
pub mod study;
pub mod trader;

use mts1b_desk::domain::OrderId;
use mts1b_desk::engine::State;

/// The first order that is not done.
pub fn live_order(state: &State) -> OrderId {
    let record = state.orders().live().next();
    record.expect("an order lives").order.order_id.clone()
}
