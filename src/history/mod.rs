//! The history of prices: closed bars of many symbols, kept beside the journal.
//!
//! What the portfolio side computes from. Each series (a symbol at one interval) has one source: made up,
//! imported from a file, or told by a feed; a real one takes the place of a made-up one as a whole, never in
//! parts. Unlike the journal it is no record of what happened here: it can be thrown away and filled again,
//! so the desk opens without it and says so. Holds text and numbers, and decides nothing.

mod error;
mod sheet;
mod store;

pub use error::{HistoryError, SheetError};
pub use sheet::{FILE_MOST, Form, read_file, read_sheet};
pub use store::{Filled, HISTORY_FILE, History, ROWS_MOST, SERIES_MOST};

use std::fmt;
use std::str::FromStr;

use smol_str::SmolStr;

use crate::domain::{Interval, Price, Quantity, Symbol, Timestamp};

/// Where a series comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Origin {
    /// The desk made it up.
    Synthetic,
    /// A file of that name.
    Import(SmolStr),
    /// A feed of that name.
    Feed(SmolStr),
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Synthetic => f.write_str("synthetic"),
            Self::Import(name) => write!(f, "import:{name}"),
            Self::Feed(name) => write!(f, "feed:{name}"),
        }
    }
}

impl FromStr for Origin {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        match text.split_once(':') {
            None if text == "synthetic" => Ok(Self::Synthetic),
            Some(("import", name)) => Ok(Self::Import(name.into())),
            Some(("feed", name)) => Ok(Self::Feed(name.into())),
            None | Some(_) => Err(()),
        }
    }
}

/// One closed bar of a series. A file of closes has nothing else, and what is not known is none.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    /// The END of the interval.
    pub end: Timestamp,
    /// First price.
    pub open: Option<Price>,
    /// Highest price.
    pub high: Option<Price>,
    /// Lowest price.
    pub low: Option<Price>,
    /// Last price.
    pub close: Price,
    /// Units traded.
    pub volume: Option<Quantity>,
}

impl Row {
    /// Makes a row of a close alone.
    pub fn close(end: Timestamp, close: Price) -> Self {
        Self {
            end,
            open: None,
            high: None,
            low: None,
            close,
            volume: None,
        }
    }
}

/// Rows of one symbol, oldest first.
pub type Rows = (Symbol, Vec<Row>);

/// What is known of a series without reading it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Series {
    /// Whose.
    pub symbol: Symbol,
    /// Length of its bars.
    pub interval: Interval,
    /// How many.
    pub rows: u64,
    /// End of the first.
    pub from: Timestamp,
    /// End of the last.
    pub to: Timestamp,
    /// Where it comes from.
    pub origin: Origin,
}
