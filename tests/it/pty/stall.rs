//! A terminal that stops reading, as a stalled line does: the desk goes on, ends when told, and is seen again.

use std::time::Duration;

use crate::pty::open;
use crate::pty::session::Session;
use crate::support::program::object;

/// Has the desk write more than any line between holds, so that its next write cannot be taken.
fn fill(session: &mut Session) {
    session.stand_still(true);
    for n in 0..40_u16 {
        // A new size is a whole new screen; each must have had the time to be drawn.
        session.resize((200 - n % 2, 56));
        std::thread::sleep(Duration::from_millis(25));
    }
}

#[test]
fn a_terminal_that_stands_still_is_no_reason_not_to_end() {
    for signal in ["TERM", "HUP"] {
        let folder = tempfile::tempdir().unwrap();
        let mut session = open(folder.path());
        fill(&mut session);
        session.signal(signal);
        assert_eq!(session.ended(), 0, "{signal}");
        let stats = object(folder.path(), &["journal", "stats"]);
        let closed = &stats["by_subject"]["mts.v1.operations.desk.closed"];
        assert_eq!(*closed, 1, "{signal}: {stats}");
    }
}

#[test]
fn what_is_typed_unseen_sends_nothing_and_the_newest_screen_follows() {
    let folder = tempfile::tempdir().unwrap();
    let mut session = open(folder.path());
    session.keys("b10\r");
    session.wait_for("reviewed on");
    fill(&mut session);
    // Longer than a slow frame takes: by now the desk knows that nobody sees what it shows.
    std::thread::sleep(Duration::from_millis(1500));
    session.keys("y");
    std::thread::sleep(Duration::from_millis(500));
    session.stand_still(false);
    session.resize((200, 56));
    session.wait_for("stands still");
    // The screen is whole again and keys work.
    session.keys("\x1b\x1b\x1b");
    session.wait("the ticket gone", |screen| !screen.contains("Ticket · BUY"));
    session.keys("b7\ry");
    session.wait_for_position("AAPL", "7");
    session.keys("q");
    assert_eq!(session.ended(), 0);
    session.given_back();
}
