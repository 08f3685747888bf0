//! The life of every order: dedupe, in flight, cancel, expiry, reconciliation.

mod orders;

pub use orders::{Flight, OrderRecord, Orders};
