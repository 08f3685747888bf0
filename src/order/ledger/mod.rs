//! The books: fills become positions, lots, cash and profit.
//!
//! [`Ledger`] changes only by facts, each fill once. [`Valuation`] is what it is
//! worth at the market's marks, computed when asked for and never kept.

mod book;
mod corrections;
mod digest;
mod holding;
mod kept;
mod published;
mod seen;
mod starts;
mod valuation;

pub use book::{BookedFill, Drift, Ledger, Lock};
pub use corrections::BookedCorrection;
pub use holding::{Holding, Lot};
pub use kept::KeptLedger;
pub use starts::Flow;
pub use valuation::{PositionRow, Valuation};
