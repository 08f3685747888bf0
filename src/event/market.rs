//! What feeds say of the market, and what is computed from it. Never journaled; newest wins.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::domain::{Bar, Borrow, Interval, Quote, Symbol, Timestamp, Trade};
use crate::event::Study;

/// One piece of market data.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MarketEvent {
    /// Best bid and ask changed; received here at the given moment.
    Quote {
        /// The quote.
        quote: Quote,
        /// When its bytes reached this machine.
        received_at: Timestamp,
    },
    /// A print.
    Trade(Trade),
    /// History or closed bars of one symbol and interval, oldest first.
    Bars {
        /// What.
        symbol: Symbol,
        /// Length of each.
        interval: Interval,
        /// Closed bars, ascending and unique by time.
        bars: Vec<Bar>,
    },
    /// What borrowing a symbol costs.
    BorrowFee {
        /// What.
        symbol: Symbol,
        /// The terms.
        borrow: Borrow,
    },
    /// What was last computed of the portfolio; it is handed on, and nothing is decided by it.
    Study(Arc<Study>),
}
