//! The MTS1B desk.

pub mod base;
pub mod bus;
pub mod domain;
pub mod event;
pub mod journal;
pub mod market;
pub mod protocol;
