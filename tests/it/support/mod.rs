//! What the tests of several areas share.

pub mod build;
pub mod program;
pub mod strategies;
