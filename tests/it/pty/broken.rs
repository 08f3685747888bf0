//! A broken invariant, on each of the desk's threads: the terminal is given back, and then there are words.
//!
//! The desk has no way to be broken from outside, so this test runs itself once
//! more inside the pseudo-terminal: there it opens the real workstation over a
//! clock that panics on one thread.

use std::path::Path;
use std::sync::Arc;
use std::thread::ThreadId;
use std::time::Duration;

use mts1b_desk::app::setup::Setup;
use mts1b_desk::app::{boot, panic};
use mts1b_desk::base::{Clock, SeededIds, SystemClock};
use mts1b_desk::config::{Overrides, Paths, Settings};
use portable_pty::CommandBuilder;

use crate::pty::SIM;
use crate::pty::session::Session;

const THREAD: &str = "DESK_TEST_BREAKS";
const FOLDER: &str = "DESK_TEST_FOLDER";

/// The machine's clock, until it is read on one thread a second after the start.
#[derive(Debug)]
struct BreakingClock {
    clock: SystemClock,
    thread: String,
    screen: ThreadId,
}

impl BreakingClock {
    fn look(&self) {
        let thread = std::thread::current();
        let name = if thread.id() == self.screen {
            "screen"
        } else {
            thread.name().unwrap_or_default()
        };
        let due = self.clock.elapsed() > Duration::from_secs(1);
        assert!(!due || name != self.thread, "the {name} thread broke");
    }
}

impl Clock for BreakingClock {
    fn wall_us(&self) -> i64 {
        self.look();
        self.clock.wall_us()
    }

    fn elapsed(&self) -> Duration {
        self.look();
        self.clock.elapsed()
    }
}

/// Opens a workstation that will break, inside the pseudo-terminal.
fn break_on(thread: String, folder: &Path) {
    let paths = Paths::find(Some(folder), Some(&folder.join("data"))).unwrap();
    paths.make().unwrap();
    let overrides = Overrides {
        feed: Some(SIM[1].to_owned()),
        ..Overrides::default()
    };
    let settings = Settings::load(None, &overrides).unwrap();
    let clock = BreakingClock {
        clock: SystemClock::new(),
        thread,
        screen: std::thread::current().id(),
    };
    let setup = Setup::new(settings, Arc::new(clock), Arc::new(SeededIds::new(1))).unwrap();
    let exit = boot::workstation(&setup, &paths, panic::install(true)).unwrap();
    assert_eq!(exit.code(), 1);
}

#[test]
fn a_panic_on_any_thread_gives_the_terminal_back_before_it_speaks() {
    if let (Ok(thread), Some(folder)) = (std::env::var(THREAD), std::env::var_os(FOLDER)) {
        return break_on(thread, Path::new(&folder));
    }
    for thread in ["engine", "feed", "screen"] {
        let folder = tempfile::tempdir().unwrap();
        let mut command = CommandBuilder::new(std::env::current_exe().unwrap());
        let name = "pty::broken::a_panic_on_any_thread_gives_the_terminal_back_before_it_speaks";
        command.args(["--exact", name, "--nocapture", "--test-threads=1"]);
        command.env(THREAD, thread);
        command.env(FOLDER, folder.path());
        let mut session = Session::spawn(command, (120, 36));
        session.wait_for_price("AAPL");
        session.ended();
        let left = session.given_back();
        let words = format!("the {thread} thread broke");
        assert!(left.contains(&words), "{thread}: nothing said why:\n{left}");
        assert!(
            left.contains("it recovers from the journal"),
            "{thread}: {left}"
        );
        // No frame was drawn over the words.
        assert!(!left.contains("PAPER"), "{thread}: {left}");
        let bytes = session.bytes();
        let leaves = bytes
            .windows(8)
            .filter(|bytes| *bytes == b"\x1b[?1049l")
            .count();
        assert_eq!(
            leaves, 1,
            "{thread}: the words were left behind by a second restore"
        );
    }
}
