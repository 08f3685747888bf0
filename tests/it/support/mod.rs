//! What the tests of several areas share.

pub mod build;
pub mod day;
pub mod program;
pub mod strategies;
pub mod study;
pub mod trader;
