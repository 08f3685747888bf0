//! The MTS1B desk.

pub mod app;
pub mod base;
pub mod config;
pub mod domain;
pub mod engine;
pub mod event;
pub mod market;
pub mod order;
pub mod protocol;
