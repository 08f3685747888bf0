//! The quote path inside: newest quote, bars and freshness of every symbol.
//!
//! Owns one [`Cell`] per symbol, behind an `Arc` each, so that publishing a
//! snapshot copies pointers and a changed quote copies one cell. Pure: time comes
//! in as data. Nothing here is journaled; marks are derived.

mod bars;
mod cell;
pub mod indicator;
mod quotes;

pub use bars::{BarBook, Candle, Series};
pub use cell::{Cell, Move};
pub use quotes::{Freshness, Market};
