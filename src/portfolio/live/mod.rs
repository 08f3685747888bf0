//! The portfolio kept up to date: history and newest prices in, a [`Study`](crate::event::Study) out.
//!
//! [`Live`] holds a window of closed bars and a last row valued at the newest prices. [`Live::plan`] says what
//! a change has touched, [`Live::work`] computes one piece of it, [`Live::keep`] takes the piece in, and
//! [`Live::study`] puts all of it together; what was not computed anew is handed on as it was. Whoever drives
//! it brings the time and measures the pieces: nothing here reads a clock, starts a thread or does I/O. A
//! method that fails or panics is a fault of its own figure and of no other.

mod figure;
mod frame;
mod plan;
mod settings;
mod sleeves;
mod state;
mod stood;

pub use frame::{Past, ROWS_MOST};
pub use plan::{Piece, Work};
pub use settings::{
    LiveSettings, METHODS_MOST, Method, Rule, SLEEVES_MOST, Scored, SleeveSettings, UNIVERSE_MOST,
};
pub use state::{Facts, Live, Methods};
pub use stood::Stood;
