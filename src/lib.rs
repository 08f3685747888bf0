//! The MTS1B desk.

pub mod base;
pub mod domain;
pub mod event;
pub mod protocol;

pub mod engine;
pub mod market;
pub mod order;

pub mod bus;
pub mod config;
pub mod journal;

pub mod adapter;
pub mod ui;

pub mod app;
