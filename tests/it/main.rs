//! The integration tests: this list is the table of contents.
#![allow(
    missing_docs,
    unreachable_pub,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stderr,
    clippy::too_many_lines,
    reason = "tests stop at the first surprise, and their helpers may too"
)]

mod adapter;
mod bounds;
mod bus;
mod cli;
mod config;
mod dependencies;
mod domain;
mod engine;
mod floors;
mod journal;
mod order;
mod portfolio;
mod pty;
mod shipped;
mod sim;
mod support;
mod ui;
