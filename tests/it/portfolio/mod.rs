//! The portfolio: what to hold.

mod capacity;
mod drift;
mod sleeve;
mod target;
