//! Parts of the screen that know no finance: text, tables, bars, charts, lists.
//!
//! Everything paints into a buffer it is handed, inside the rectangle it is
//! handed, and keeps no facts. Styles come from the caller.

pub mod bar;
pub mod candle;
pub mod grid;
pub mod paint;
pub mod picker;
pub mod plot;
pub mod sheet;
pub mod strip;
pub mod which_key;
