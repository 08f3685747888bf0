//! What the desk's own work costs, each figure beside its budget, as one table at the end.
//!
//! `cargo bench` measures all, `cargo bench -- gates` those whose name has that
//! word. Run as a test it goes through every case once or twice, which only shows
//! that they work. A case that is over its budget is marked and fails nothing.
//! One module per part of the desk.
#![allow(
    missing_docs,
    unreachable_pub,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "what cannot be set up cannot be measured, and its helpers are nobody's interface"
)]

#[expect(
    dead_code,
    reason = "the tests' builders; not every one is needed here"
)]
#[path = "../tests/it/support/build.rs"]
mod build;
mod engine;
mod feed;
mod frame;
mod gate;
mod journal;
mod markowitz;
mod path;
mod recovery;
mod rig;
mod runner;
mod storm;

use std::io::Write;

use crate::runner::Runner;

fn main() -> std::io::Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let mut out = std::io::stdout().lock();
    if arguments.iter().any(|argument| argument == "--list") {
        // What a test runner needs to see to run this once as a test.
        let ignored = arguments.iter().any(|argument| argument == "--ignored");
        return if ignored {
            Ok(())
        } else {
            writeln!(out, "every_case_once: test")
        };
    }
    let mut runner = Runner::new(arguments.into_iter());
    engine::run(&mut runner);
    gate::run(&mut runner);
    feed::run(&mut runner);
    frame::run(&mut runner);
    journal::run(&mut runner);
    recovery::run(&mut runner);
    path::run(&mut runner);
    markowitz::run(&mut runner);
    storm::run(&mut runner);
    write!(out, "{}", runner.table())
}
