//! The panic key on the real desk: with something open over the panes, with the feed dead, and what outlives a restart.

use crate::pty::session::{Patience, Session};
use crate::pty::{SIM, open};
use crate::support::program::object;

/// Sends an order that works far from the market; the ticket takes the bid and lowers it.
fn work_far_below(session: &mut Session) {
    session.keys("b1");
    session.wait_for("Ticket");
    session.keys("o\t\t\u{15}1");
    session.wait_for("limit");
    session.keys("\r");
    session.wait_for("review");
    session.keys("y");
    session.wait_for("1 working");
}

#[test]
fn panic_halts_from_under_anything_that_is_open_and_outlives_the_session() {
    let folder = tempfile::tempdir().unwrap();
    let mut session = open(folder.path());
    for over in ["", "?", ":", "/", "b5", " ", "g"] {
        session.keys(over);
        session.keys("\x1c");
        session.wait_for("HALTED");
        if over.starts_with('b') {
            session.keys("\x1b");
            session.wait_for("none open");
        }
        session.keys("R");
        session.wait_for("lifted?");
        session.keys("drill\r");
        session.wait("the halt to be lifted", |screen| !screen.contains("HALTED"));
    }
    session.keys("\x1c");
    session.wait_for("HALTED");
    session.keys("q");
    assert_eq!(session.ended(), 0);
    let mut session = Session::start(folder.path(), &SIM, (200, 56));
    session.wait_for("HALTED");
    session.keys("q");
    assert_eq!(session.ended(), 0);
}

#[test]
fn panic_takes_back_what_opens_and_says_so_once_the_venue_has() {
    let folder = tempfile::tempdir().unwrap();
    let mut session = open(folder.path());
    work_far_below(&mut session);
    let patience = Patience::begin();
    session.keys("\x1c");
    session.wait_for("the halt has settled: 1 order ended");
    assert!(patience.lasts());
    session.keys("q");
    assert_eq!(session.ended(), 0);
    let orders = object(folder.path(), &["journal", "export", "orders"]);
    let canceled = orders["orders"].as_array().unwrap().iter();
    let canceled = canceled.filter(|order| !order["canceled_at"].is_null());
    assert_eq!(canceled.count(), 1, "{orders}");
}

#[test]
fn panic_works_while_the_feed_is_dead() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("one.csv");
    let quotes = "timestamp,symbol,bid,ask,bid_size,ask_size,venue\n\
        2026-01-05T09:00:00Z,ETH-USDT,2500.00,2500.10,5,5,testex\n";
    std::fs::write(&path, quotes).unwrap();
    let feed = format!("replay:{}@max", path.display());
    let mut session = Session::start(folder.path(), &["--feed", &feed], (200, 56));
    session.wait_for(" ended");
    session.keys("\x1c");
    session.wait_for("HALTED");
    session.keys("gh");
    session.wait_for("a name and a reason lift it");
    session.keys("\x1b");
    session.wait("the list to close", |screen| {
        !screen.contains("What is halted")
    });
    session.keys("q");
    assert_eq!(session.ended(), 0);
}
