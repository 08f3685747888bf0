//! The real program in a pseudo-terminal, measured from outside as a person meets it.
//!
//! Start to the first full screen, a key to the paint that answers it, an order to its line,
//! memory, processor and bytes: each figure beside its goal, as one table at the end. What the
//! program wrote is kept with the moment it arrived and read by a terminal emulator only after
//! the measuring, so that looking costs nothing while time counts. `cargo bench` measures all in
//! about three minutes, `cargo bench -- key` the parts whose name has that word; run as a test it
//! goes through a few cases once, which only shows that they work. `DESK_BIN` names another build
//! to measure. A missed goal is marked and fails nothing: timing depends on the machine.
#![allow(
    missing_docs,
    unreachable_pub,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "what cannot be set up cannot be measured, and its helpers are nobody's interface"
)]

mod cases;
mod eyes;
mod past;
mod process;
mod session;
mod storm;
mod table;

use std::io::Write;

use crate::cases::Bench;

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
    if !process::can_be_read() {
        return writeln!(
            out,
            "skipped: what a process uses is read from /proc, which is not here"
        );
    }
    if let Err(error) = session::probe() {
        return writeln!(out, "skipped: no pseudo-terminal can be opened: {error}");
    }
    let mut bench = Bench::new(arguments.into_iter())?;
    bench.run();
    write!(out, "{}", bench.table())
}
