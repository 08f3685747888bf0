//! Panic: the block, what is taken back and what is kept, and the checklist that stays until all is settled.

use mts1b_desk::domain::{HaltRequest, HaltScope, OrderType, RejectionCode, Side, Ticket};
use mts1b_desk::engine::LoopStats;
use mts1b_desk::event::{BrokerReport, Command, Fact, LinkHealth, OrderFact, RateLimits, RiskFact};
use mts1b_desk::order::checklist::Checklist;

use super::rig::{Desk, limit, place, ticket};
use crate::support::build::read;

fn panic(desk: &Desk) -> Command {
    Command::Halt(HaltRequest {
        halt_id: format!("panic-{}", desk.now.as_us()),
        scope: HaltScope::Fund,
        target: "fund-1".into(),
        reason: "panic key".into(),
        actor: "ana".into(),
        cancel_open_orders: true,
        flatten: false,
        requested_at: desk.now,
    })
}

fn checklist(desk: &Desk) -> Checklist {
    let snap = desk.state.snapshot(desk.now, LoopStats::default());
    snap.checklist(desk.now).expect("a halt swept")
}

/// Sent, acknowledged, filled, unverified at the only venue, and whether all is settled.
fn row(desk: &Desk) -> (usize, usize, usize, usize, bool) {
    let list = checklist(desk);
    assert_eq!(list.rows.len(), 1);
    let row = &list.rows[0];
    (
        row.sent,
        row.acked,
        row.filled,
        row.unverified,
        list.is_settled(),
    )
}

fn stop(key: &str, side: Side, units: &str, price: &str) -> Ticket {
    Ticket {
        order_type: OrderType::Stop,
        stop_price: Some(read(price)),
        tif: mts1b_desk::domain::TimeInForce::Gtc,
        ..ticket(key, side, units)
    }
}

/// Long 100 with a protective stop, two entries working.
fn busy() -> (Desk, [mts1b_desk::domain::OrderId; 3]) {
    let mut desk = Desk::open();
    desk.link(LinkHealth::Up);
    let entry = desk.work(limit("entry", Side::Buy, "100", "100.02"));
    desk.fill(&entry, "100");
    let protects = desk.work(stop("stop", Side::Sell, "100", "95"));
    let one = desk.work(limit("one", Side::Buy, "10", "90"));
    let two = desk.work(limit("two", Side::Buy, "10", "91"));
    desk.wait(3000);
    desk.left();
    (desk, [protects, one, two])
}

#[test]
fn the_block_holds_for_the_very_next_order_and_the_protective_stop_is_kept() {
    let (mut desk, [protects, one, two]) = busy();
    desk.command(panic(&desk));
    let facts = desk.command(place(limit("late", Side::Buy, "1", "90")));
    let code = facts.iter().find_map(|fact| match fact {
        Fact::Order(OrderFact::Rejected { code, .. }) => code.clone(),
        _ => None,
    });
    assert_eq!(code, Some(RejectionCode::FundHalted));
    assert_eq!(desk.left(), ["cancel", "cancel"]);
    assert!(desk.record(&protects).order.canceled_at.is_none());
    assert_eq!(row(&desk), (2, 0, 0, 0, false));
    assert_eq!(checklist(&desk).kept, 1);
    desk.canceled(&one);
    assert_eq!(row(&desk), (1, 1, 0, 0, false));
    // The other one was filled before the cancel reached it.
    desk.fill(&two, "10");
    assert_eq!(row(&desk), (0, 2, 1, 0, true));
    assert_eq!(desk.replayed().hash(), desk.state.hash());
}

#[test]
fn a_venue_that_hangs_is_unverified_until_it_speaks_and_a_restart_forgets_nothing() {
    let (mut desk, [_, one, two]) = busy();
    desk.command(panic(&desk));
    desk.wait(4999);
    assert_eq!(row(&desk), (2, 0, 0, 0, false));
    desk.wait(1);
    assert_eq!(row(&desk), (0, 0, 0, 2, false));
    desk.tick();
    assert!(!desk.left().is_empty(), "it is asked again");
    desk.restart(RateLimits::default());
    desk.link(LinkHealth::Down);
    assert_eq!(row(&desk), (0, 0, 0, 2, false));
    assert!(!checklist(&desk).rows[0].up);
    desk.canceled(&one);
    desk.canceled(&two);
    assert_eq!(row(&desk), (0, 2, 0, 0, true));
}

#[test]
fn what_works_in_spite_of_its_cancel_is_canceled_again_while_the_halt_stands() {
    let (mut desk, [_, one, two]) = busy();
    desk.command(panic(&desk));
    desk.canceled(&two);
    desk.report(BrokerReport::CancelRefused {
        broker: read("paper"),
        order_id: one.clone(),
        reason: "busy".into(),
    });
    desk.accept(&one);
    assert_eq!(row(&desk), (0, 1, 0, 1, false));
    desk.left();
    desk.wait(6000);
    desk.tick();
    assert_eq!(desk.left(), ["cancel"]);
    assert_eq!(row(&desk), (1, 1, 0, 0, false));
    desk.report(BrokerReport::CancelRefused {
        broker: read("paper"),
        order_id: one.clone(),
        reason: "busy".into(),
    });
    desk.accept(&one);
    desk.left();
    // Once the halt is lifted the order is a person's business.
    desk.command(Command::Resume {
        target: "fund-1".into(),
        actor: "ana".into(),
        reason: "false alarm".into(),
    });
    desk.wait(6000);
    desk.tick();
    assert_eq!(desk.left(), Vec::<String>::new());
    assert_eq!(desk.replayed().hash(), desk.state.hash());
}

#[test]
fn a_second_panic_goes_on_with_what_the_first_has_not_settled() {
    let (mut desk, [_, one, _]) = busy();
    desk.command(panic(&desk));
    desk.wait(20_000);
    desk.command(panic(&desk));
    assert_eq!(row(&desk).3, 2);
    desk.canceled(&one);
    desk.command(panic(&desk));
    let swept = desk.facts.iter().rev().find_map(|(_, fact)| match fact {
        Fact::Risk(RiskFact::Swept { orders, .. }) => Some(orders.len()),
        _ => None,
    });
    assert_eq!(swept, Some(1));
}

#[test]
fn with_nothing_working_the_checklist_is_settled_at_once() {
    let mut desk = Desk::open();
    desk.command(panic(&desk));
    assert_eq!(row(&desk), (0, 0, 0, 0, true));
}
