//! Simulation of hostile days: the whole desk, one seed, no threads, no clock, no chance but the seed's.
//!
//! The real loop, engine, gates, books and journal format run over a simulated
//! market, trader, network and venue. What is faked stands at the edges only.
//! Read `day` for what happens, `weather` for what goes wrong and how often, `law`
//! for what must hold after every round, `shrink` for how a day that failed becomes
//! a short story. The tests live a few days; `examples/soak.rs` lives many.

mod day;
mod desk;
mod dice;
mod failure;
mod garble;
mod law;
mod outside;
mod pit;
mod report;
mod same;
mod shadow;
mod shrink;
mod story;
#[cfg(test)]
mod tests;
mod trader;
mod venue;
mod weather;
mod wire;

use std::fmt::Debug;
use std::str::FromStr;

pub use day::day;
pub use failure::Failure;
pub use report::Report;
pub use shrink::shrink;

/// Reads a value the simulation wrote itself.
fn read<T: FromStr<Err: Debug>>(text: &str) -> T {
    text.parse().unwrap()
}

/// A drawn amount; beyond its bounds, nothing.
fn lenient<T: Default, E>(amount: Result<T, E>) -> T {
    amount.unwrap_or_default()
}
