//! The MTS1B desk.

pub mod base;
pub mod bus;
pub mod domain;
pub mod engine;
pub mod event;
pub mod market;
pub mod order;
pub mod protocol;
pub mod ui;
