//! What to hold: from a panel of history to scores, weights and targets.
//!
//! factor (panel → scores) → sizer (scores → weights); allocator (returns → weights); sleeves of both
//! are composed into targets. All of it is pure: settings and numbers in, numbers out. Binary floats
//! live here; money and quantity do not. Nothing here knows an order: what becomes of a target is
//! `order`'s.

pub mod allocator;
pub mod bucket;
pub mod capacity;
pub mod covariance;
pub mod drift;
pub mod factor;
pub mod live;
pub mod panel;
mod registry;
pub mod sizer;
pub mod sleeve;
pub mod target;
mod wide;

pub use registry::{Named, Registry, RegistryError};
