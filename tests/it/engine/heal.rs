//! What was lost without a trace comes back: statements by the clock and after a drift, and what they heal.

use mts1b_desk::domain::{OrderId, Side};
use mts1b_desk::engine::LoopStats;
use mts1b_desk::event::{AccountFact, BrokerReport, Command, Fact, LinkHealth};
use mts1b_desk::order::oms::Flight;

use super::rig::{self, Desk, limit, refusals};
use crate::support::build::{noon, read};

/// States so many orders as they stand here, and no position.
fn statement(desk: &mut Desk, orders: &[&OrderId]) -> Vec<Fact> {
    let orders = orders
        .iter()
        .map(|id| desk.record(id).order.clone())
        .collect();
    desk.report(BrokerReport::Statement {
        broker: read("paper"),
        orders,
        positions: Vec::new(),
    })
}

/// Ticks for so many seconds and returns what left, with the second it left in.
fn ticks(desk: &mut Desk, seconds: u64) -> Vec<(u64, String)> {
    let mut left = Vec::new();
    for second in 1..=seconds {
        desk.wait(1000);
        desk.tick();
        left.extend(desk.left().into_iter().map(|word| (second, word)));
    }
    left
}

#[test]
fn a_broker_is_asked_for_everything_every_five_minutes_while_it_can_be_reached() {
    let mut desk = Desk::open();
    assert_eq!(ticks(&mut desk, 700), [], "not connected");
    desk.link(LinkHealth::Up);
    statement(&mut desk, &[]);
    let reread = || "reread".to_owned();
    assert_eq!(ticks(&mut desk, 700), [(300, reread()), (600, reread())]);
    desk.link(LinkHealth::Down);
    assert_eq!(ticks(&mut desk, 700), []);
}

#[test]
fn what_agrees_leaves_no_record() {
    let mut desk = Desk::open();
    let order_id = desk.work(limit("old", Side::Buy, "100", "99"));
    let before = desk.state.seq();
    assert_eq!(statement(&mut desk, &[&order_id]), []);
    assert_eq!(desk.state.seq(), before);
    assert_eq!(desk.accept(&order_id), []);
    assert_eq!(desk.state.seq(), before + 1, "other reports do");
}

#[test]
fn a_lost_cancel_is_found_by_the_next_statement() {
    let mut desk = Desk::open();
    desk.link(LinkHealth::Up);
    let order_id = desk.work(limit("old", Side::Buy, "100", "99"));
    desk.left();
    // The venue ended it and its word was lost: the statement does not list it.
    statement(&mut desk, &[]);
    assert!(matches!(
        desk.record(&order_id).flight,
        Flight::Unknown { .. }
    ));
    let left = ticks(&mut desk, 6);
    assert!(left.iter().any(|(_, word)| word == "find"), "{left:?}");
    desk.canceled(&order_id);
    assert!(desk.record(&order_id).is_done());
}

#[test]
fn a_lost_fill_is_read_again_soon() {
    let mut desk = Desk::open();
    desk.link(LinkHealth::Up);
    let order_id = desk.work(limit("old", Side::Buy, "100", "99"));
    desk.left();
    let mut theirs = desk.record(&order_id).order.clone();
    theirs.filled_quantity = read("40");
    let facts = desk.report(BrokerReport::Statement {
        broker: read("paper"),
        orders: vec![theirs],
        positions: Vec::new(),
    });
    assert!(
        facts
            .iter()
            .any(|fact| matches!(fact, Fact::Account(AccountFact::Drift { .. })))
    );
    assert_eq!(ticks(&mut desk, 30), [(10, "reread with fills".to_owned())]);
}

#[test]
fn a_part_done_of_an_order_nobody_knew_of_leaves_it_unknown_until_the_venue_says() {
    let mut desk = Desk::open();
    let order_id = desk.work(limit("old", Side::Buy, "100", "99"));
    statement(&mut desk, &[]);
    desk.fill(&order_id, "40");
    let record = desk.record(&order_id);
    assert!(matches!(record.flight, Flight::Unknown { .. }));
    assert_eq!(record.order.filled_quantity, read("40"));
    assert_eq!(desk.held(), read("40"));
    desk.accept(&order_id);
    assert!(matches!(desk.record(&order_id).flight, Flight::Working));
    // What is done in full is done, whatever was not known.
    statement(&mut desk, &[]);
    desk.fill(&order_id, "60");
    assert!(desk.record(&order_id).is_done());
}

#[test]
fn canceling_nothing_is_said() {
    let mut desk = Desk::open();
    let facts = desk.command(Command::CancelOpening {
        symbol: Some(read("AAPL")),
    });
    assert_eq!(
        refusals(&facts),
        ["no working order of AAPL opens risk: nothing to cancel"]
    );
    let facts = desk.command(Command::CancelOpening { symbol: None });
    assert_eq!(
        refusals(&facts),
        ["no working order opens risk: nothing to cancel"]
    );
}

#[test]
fn before_the_books_are_opened_nobody_knows_what_there_is() {
    let closed = rig::state()
        .snapshot(noon(), LoopStats::default())
        .valuation();
    assert_eq!(
        (closed.nav_usd, closed.cash_usd, closed.day_usd),
        (None, None, None)
    );
    let desk = Desk::open();
    let open = desk
        .state
        .snapshot(noon(), LoopStats::default())
        .valuation();
    assert_eq!(open.nav_usd, Some(read("1000000")));
}
