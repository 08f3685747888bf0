//! Ends that nobody typed, and a second desk on the same data.

use std::path::Path;

use crate::pty::session::{SHELL, Session};
use crate::pty::{SIM, open};
use crate::support::program::{desk, object};

#[track_caller]
fn closed_in_good_order(folder: &Path) {
    let stats = object(folder, &["journal", "stats"]);
    assert_eq!(
        stats["by_subject"]["mts.v1.operations.desk.closed"], 1,
        "{stats}"
    );
    let replayed = object(folder, &["journal", "replay"]);
    assert_eq!(replayed["sessions_compared"], 1, "{replayed}");
}

#[test]
fn a_second_desk_on_the_same_data_is_refused_and_the_first_goes_on() {
    let folder = tempfile::tempdir().unwrap();
    let mut first = open(folder.path());
    let second = desk(folder.path(), &SIM);
    assert_eq!(second.code, 3, "{}", second.err);
    assert!(second.out.is_empty(), "{}", second.out);
    assert!(
        second.err.contains("data") && second.err.contains("desk"),
        "{}",
        second.err
    );
    assert_eq!(second.err.trim_end().lines().count(), 1, "{}", second.err);
    // In a terminal too, and without touching its state.
    let mut third = Session::start(folder.path(), &SIM, (80, 24));
    assert_eq!(third.ended(), 3);
    assert!(third.given_back().starts_with(SHELL));
    assert!(
        !third
            .bytes()
            .windows(8)
            .any(|bytes| bytes == b"\x1b[?1049h")
    );

    first.keys("b10\ry");
    first.wait_for_position("AAPL", "10");
    first.keys("q");
    assert_eq!(first.ended(), 0);
    closed_in_good_order(folder.path());
}

#[test]
fn a_signal_ends_the_desk_as_q_does() {
    for signal in ["TERM", "HUP", "INT"] {
        let folder = tempfile::tempdir().unwrap();
        let mut session = open(folder.path());
        session.keys("b10");
        session.wait_for("Ticket · BUY AAPL");
        session.signal(signal);
        assert_eq!(session.ended(), 0, "{signal}");
        assert_eq!(session.given_back(), SHELL, "{signal}");
        closed_in_good_order(folder.path());
    }
}

#[test]
fn a_terminal_that_goes_away_ends_the_desk_in_good_order() {
    let folder = tempfile::tempdir().unwrap();
    let mut session = open(folder.path());
    session.hang_up();
    session.ended();
    closed_in_good_order(folder.path());
}
