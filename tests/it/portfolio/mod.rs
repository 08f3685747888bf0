//! The portfolio: the history it is computed from, and the figures that are kept up to date.

mod history;
mod live;
mod signals;
