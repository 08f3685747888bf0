//! The panel: where the numbers of factors, sizers and allocators come from.
//!
//! Builds a [`UniversePanel`](crate::domain::UniversePanel) of bars or of text, adjusts it for splits, and makes
//! returns of it. What is not known is NaN and stays so: before a late listing, on the holiday of one market, after the
//! last trade. How returns step over such holes is said in [`returns`]. Reads no file and fetches nothing.

mod bars;
mod cells;
mod closes;
pub mod returns;
mod scores;
mod split;

pub use bars::{BarsError, Column, from_columns};
pub use cells::{CELLS_MOST, TableError};
pub use closes::{Table, read_closes, read_returns};
pub use scores::read_scores;
pub use split::{Split, SplitError, adjust, read_splits};
