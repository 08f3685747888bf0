//! The books: fills become positions, lots, cash and profit.

mod book;
mod valuation;

pub use book::{BookedFill, Holding, Ledger};
pub use valuation::{PositionRow, Valuation};
