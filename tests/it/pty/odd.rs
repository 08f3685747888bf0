//! Terminals and machines that are not as one expects: no UTF-8, no size, no colours, a clock far off.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use mts1b_desk::app::setup::Setup;
use mts1b_desk::app::{boot, panic};
use mts1b_desk::base::{Clock, SeededIds, SystemClock};
use mts1b_desk::config::{Overrides, Paths, Settings};
use portable_pty::CommandBuilder;

use crate::pty::SIM;
use crate::pty::session::Session;
use crate::support::program::object;

/// Opens the desk under some variables, trades, leaves, and returns what stood on the screen and every byte.
fn trades(variables: &[(&str, Option<&str>)], size: (u16, u16)) -> (String, Vec<u8>) {
    let folder = tempfile::tempdir().unwrap();
    let mut session = Session::start_in(variables, folder.path(), &SIM, size);
    session.wait_for_price("AAPL");
    session.wait(&format!("a working broker under {variables:?}"), |screen| {
        screen.contains("paper ●") || screen.contains("paper *")
    });
    session.keys("b10\ry");
    let screen = session.wait_for("filled");
    session.keys("q");
    assert_eq!(session.ended(), 0, "{variables:?}");
    session.given_back();
    (screen, session.bytes())
}

#[test]
fn without_utf_8_every_mark_is_ascii() {
    for variables in [
        &[("LC_ALL", Some("C")), ("LANG", Some("C"))][..],
        &[("LC_ALL", None), ("LC_CTYPE", None), ("LANG", None)],
        &[
            ("LC_ALL", None),
            ("LC_CTYPE", Some("de_DE.ISO-8859-1")),
            ("LANG", Some("C.UTF-8")),
        ],
    ] {
        let (screen, bytes) = trades(variables, (160, 45));
        let odd = bytes.iter().position(|byte| !byte.is_ascii());
        assert_eq!(odd, None, "{variables:?} shows:\n{screen}");
    }
}

#[test]
fn a_terminal_that_says_little_of_itself_is_taken_at_its_word() {
    for variables in [
        &[("TERM", Some("dumb")), ("COLORTERM", None)][..],
        &[("TERM", None), ("COLORTERM", None)],
        &[("TERM", Some("")), ("COLORTERM", Some(""))],
        &[("NO_COLOR", Some("1"))],
    ] {
        let (_, bytes) = trades(variables, (120, 36));
        let text = String::from_utf8_lossy(&bytes);
        for colour in ["\x1b[38;", "\x1b[48;", "\x1b[31m", "\x1b[32m"] {
            assert!(!text.contains(colour), "{variables:?} is coloured");
        }
    }
    for columns in ["0", "-1", "banana", "99999999999", ""] {
        let variables = [("COLUMNS", Some(columns)), ("LINES", Some(columns))];
        let (screen, _) = trades(&variables, (120, 36));
        assert!(
            screen.lines().any(|line| line.chars().count() > 100),
            "{screen}"
        );
    }
}

#[test]
fn a_terminal_without_a_size_is_drawn_on_as_if_it_had_the_usual_one() {
    let (screen, _) = trades(&[], (0, 0));
    assert!(screen.contains("PAPER"), "{screen}");
}

#[test]
fn a_terminal_larger_than_any_does_not_take_all_memory() {
    let folder = tempfile::tempdir().unwrap();
    let mut session = Session::start(folder.path(), &SIM, (80, 24));
    session.wait_for_price("AAPL");
    session.resize_blind((u16::MAX, u16::MAX));
    session.resize((80, 24));
    session.keys("?");
    session.wait_for("Keys");
    session.keys("\x1b");
    session.wait("the help to close", |screen| !screen.contains("Keys  "));
    session.keys("\x03");
    assert_eq!(session.ended(), 0);
    session.given_back();
}

fn line(folder: &Path, redirected: &str) -> CommandBuilder {
    let mut command = CommandBuilder::new("sh");
    let desk = env!("CARGO_BIN_EXE_desk");
    let data = folder.join("data");
    let config = folder.join("config");
    std::fs::create_dir_all(&config).unwrap();
    let line = format!(
        "\"{desk}\" --data \"{}\" --config \"{}\" --feed {} {redirected}",
        data.display(),
        config.display(),
        SIM[1]
    );
    command.args(["-c", &line]);
    command
}

#[test]
fn keys_come_from_the_terminal_when_standard_input_is_something_else() {
    for redirected in ["</dev/null", "<&-", "2>&-"] {
        let folder = tempfile::tempdir().unwrap();
        let mut session = Session::spawn(line(folder.path(), redirected), (120, 36));
        session.wait_for_price("AAPL");
        session.keys("?");
        session.wait_for("Keys");
        session.keys("\x1b");
        session.wait("the help to close", |screen| !screen.contains("Keys  "));
        session.keys("\x03");
        assert_eq!(session.ended(), 0, "{redirected}");
        session.given_back();
    }
}

#[test]
fn nothing_is_drawn_into_a_pipe_and_the_terminal_stays_as_it_was() {
    let folder = tempfile::tempdir().unwrap();
    let mut session = Session::spawn(line(folder.path(), "| cat"), (120, 36));
    assert_eq!(session.ended(), 0, "the end of cat");
    let left = session.given_back();
    assert!(left.contains("standard output is not a terminal"), "{left}");
    let bytes = session.bytes();
    assert!(!bytes.contains(&0x1b), "{left}");
    let stats = object(folder.path(), &["journal", "stats"]);
    assert_eq!(stats["records"], 0, "{stats}");
}

const YEARS: &str = "DESK_TEST_CLOCK_YEARS";
const FOLDER: &str = "DESK_TEST_CLOCK_FOLDER";

/// The machine's clock, so many years off.
#[derive(Debug)]
struct FarClock(SystemClock, i64);

impl Clock for FarClock {
    fn wall_us(&self) -> i64 {
        self.0
            .wall_us()
            .saturating_add(self.1.saturating_mul(365 * 86_400_000_000))
    }

    fn elapsed(&self) -> Duration {
        self.0.elapsed()
    }
}

/// Opens a workstation under a clock that is off, inside the pseudo-terminal.
fn open_under(years: i64, folder: &Path) {
    let paths = Paths::find(Some(folder), Some(&folder.join("data"))).unwrap();
    paths.make().unwrap();
    let overrides = Overrides {
        feed: Some(SIM[1].to_owned()),
        ..Overrides::default()
    };
    let settings = Settings::load(None, &overrides).unwrap();
    let clock = FarClock(SystemClock::new(), years);
    let setup = Setup::new(settings, Arc::new(clock), Arc::new(SeededIds::new(1))).unwrap();
    let exit = boot::workstation(&setup, &paths, panic::install(true)).unwrap();
    assert_eq!(exit.code(), 0);
}

#[test]
fn a_clock_centuries_off_trades_and_what_it_wrote_is_read_back() {
    if let (Ok(years), Some(folder)) = (std::env::var(YEARS), std::env::var_os(FOLDER)) {
        return open_under(years.parse().unwrap(), Path::new(&folder));
    }
    // Before 1970, before the calendar, at its end; and back again: a clock that was set right.
    let folder = tempfile::tempdir().unwrap();
    for (nth, years) in [-100, -3000, 7960, 100_000, 0].into_iter().enumerate() {
        let mut command = CommandBuilder::new(std::env::current_exe().unwrap());
        let name = "pty::odd::a_clock_centuries_off_trades_and_what_it_wrote_is_read_back";
        command.args(["--exact", name, "--nocapture", "--test-threads=1"]);
        command.env(YEARS, years.to_string());
        command.env(FOLDER, folder.path());
        let mut session = Session::spawn(command, (120, 36));
        session.wait_for("PAPER");
        session.keys("?");
        session.wait_for("Keys");
        session.keys("\x1b");
        session.wait("the help to close", |screen| !screen.contains("Keys  "));
        session.keys("\x03");
        session.keys("\x03");
        session.ended();
        let left = session.given_back();
        assert!(!left.contains("broken invariant"), "{years}: {left}");
        let replayed = object(folder.path(), &["journal", "replay", "--rejudge"]);
        assert_eq!(replayed["disagreements"], serde_json::json!([]), "{years}");
        assert_eq!(replayed["sessions_compared"], nth + 1, "{years}: {left}");
    }
}
