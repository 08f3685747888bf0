//! The quote path inside: newest quote, bars and freshness of every symbol.
//!
//! Owns one [`Cell`] per symbol, behind an `Arc` each and in pages, so that
//! publishing a snapshot copies a pointer a thousand symbols and a changed quote
//! copies one cell and its page. Bars are kept of the symbols at the head of the
//! list and of those somebody asked for. Pure: time comes in as data. Nothing here
//! is journaled; marks are derived.

mod bars;
mod cell;
pub mod indicator;
mod quotes;

pub use bars::{BarBook, Candle, Series};
pub use cell::{Cell, Move};
pub use quotes::{CHARTED_MOST, Freshness, Market};
