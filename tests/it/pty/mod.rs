//! The real binary in a pseudo-terminal: few tests, each a thing a person does or a machine does to them.
//!
//! They wait for what the screen says, never for a time to pass. Only here may a test sleep.

mod session;

mod asked;
mod audit;
mod broken;
mod crash;
mod ending;
mod feed;
mod monkey;
mod newcomer;
mod odd;
mod offline;
mod owner;
mod panic;
mod secrets;
mod stall;
mod storm;
mod torture;

use std::path::Path;

use portable_pty::CommandBuilder;

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

/// A program that finds everything at its own places in the home folder `home`.
fn at_home(home: &Path, program: &str, arguments: &[&str]) -> CommandBuilder {
    let mut command = CommandBuilder::new(program);
    command.args(arguments);
    command.env("HOME", home);
    for name in ["XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_STATE_HOME"] {
        command.env_remove(name);
    }
    command
}
