//! The real binary in a pseudo-terminal: few tests, each a thing a person does or a machine does to them.
//!
//! They wait for what the screen says, never for a time to pass. Only here may a test sleep.

mod session;

mod broken;
mod crash;
mod ending;
mod feed;
mod newcomer;
mod storm;
mod torture;

use std::path::Path;

use session::Session;

/// A synthetic market that moves, the same on every run.
const SIM: [&str; 2] = ["--feed", "sim:rate=100,seed=11"];

/// Opens the desk on the synthetic market and waits until the first symbol can be traded.
#[track_caller]
fn open(folder: &Path) -> Session {
    let session = Session::start(folder, &SIM, (200, 56));
    session.wait_for_price("AAPL");
    // An order needs its broker as much as its quote.
    session.wait_for("paper ●");
    session
}
