//! Changing a working order: races with fills, lost and refused cancels, duplicates, crashes at every record.

use std::time::Duration;

use mts1b_desk::domain::{HaltRequest, HaltScope, OrderId, OrderState, Side, Ticket};
use mts1b_desk::event::{BrokerReport, Command, Fact, OrderFact, Reviewed};
use mts1b_desk::order::oms::Flight;

use super::rig::{Desk, limit, place, refusals};
use crate::support::build::{noon, quote, read};

fn change(order_id: &OrderId, ticket: Ticket) -> Command {
    Command::Replace {
        order_id: order_id.clone(),
        ticket: Box::new(ticket),
        reviewed: None,
    }
}

/// A desk that works an order to buy 100 at 99, of which so many are done.
fn working(done: Option<&str>) -> (Desk, OrderId) {
    let mut desk = Desk::open();
    let order_id = desk.work(limit("old", Side::Buy, "100", "99"));
    if let Some(units) = done {
        desk.fill(&order_id, units);
    }
    desk.left();
    desk.wait(2000);
    (desk, order_id)
}

/// Has the venue say that the order has ended, with so much done.
fn stands(desk: &mut Desk, order_id: &OrderId, filled: &str) -> Vec<Fact> {
    says(desk, order_id, filled, true)
}

fn says(desk: &mut Desk, order_id: &OrderId, filled: &str, ended: bool) -> Vec<Fact> {
    desk.report(BrokerReport::Stands {
        broker: read("paper"),
        order_id: order_id.clone(),
        filled: read(filled),
        ended,
    })
}

/// Returns why a change was given up, where it was.
fn dropped(desk: &Desk) -> Option<String> {
    desk.facts.iter().rev().find_map(|(_, fact)| match fact {
        Fact::Order(OrderFact::ReplaceDropped { reason, .. }) => Some(reason.clone()),
        _ => None,
    })
}

/// Returns the order that took the place of another, as `quantity@limit`.
fn successor(desk: &Desk, order_id: &OrderId) -> Option<String> {
    let new = desk.record(order_id).replaced_by.as_ref()?;
    let new = desk.record(new);
    assert_eq!(new.replaces.as_ref(), Some(order_id));
    let limit = new.order.limit_price.unwrap();
    Some(format!("{}@{limit}", new.order.quantity))
}

#[test]
fn the_new_order_leaves_once_the_cancel_is_confirmed_and_settled() {
    let (mut desk, old) = working(Some("30"));
    let facts = desk.command(change(&old, limit("new", Side::Buy, "150", "98.50")));
    assert_eq!(refusals(&facts), Vec::<String>::new());
    assert_eq!(desk.left(), ["cancel"]);
    assert!(desk.record(&old).replacement.is_some(), "replacing");
    desk.canceled(&old);
    assert_eq!(desk.left(), ["find"], "how much was done?");
    stands(&mut desk, &old, "30");
    assert_eq!(desk.left(), ["place buy 120"]);
    assert_eq!(successor(&desk, &old).as_deref(), Some("120@98.50"));
    assert!(desk.record(&old).replacement.is_none());
    assert_eq!(desk.state.orders().replacing().count(), 0);
    assert_eq!(desk.replayed().hash(), desk.state.hash());
}

#[test]
fn what_is_filled_in_the_race_is_taken_off() {
    let (mut desk, old) = working(None);
    desk.command(change(&old, limit("new", Side::Buy, "150", "98.50")));
    desk.fill(&old, "40");
    desk.left();
    // The answer overtakes the stream: another 20 are done and not booked yet.
    desk.canceled(&old);
    stands(&mut desk, &old, "60");
    assert_eq!(
        desk.left(),
        ["find"],
        "nothing is placed while fills are missing"
    );
    desk.fill(&old, "20");
    assert_eq!(desk.left(), ["place buy 90"]);
    assert_eq!(successor(&desk, &old).as_deref(), Some("90@98.50"));
}

#[test]
fn an_answer_that_is_older_than_the_cancel_settles_nothing() {
    let (mut desk, old) = working(None);
    desk.command(change(&old, limit("new", Side::Buy, "150", "98.50")));
    desk.left();
    desk.canceled(&old);
    desk.left();
    // Asked while the order still worked: since then 40 were done, and their fills are on the way.
    says(&mut desk, &old, "0", false);
    assert!(!desk.left().iter().any(|word| word.starts_with("place")));
    stands(&mut desk, &old, "40");
    assert!(!desk.left().iter().any(|word| word.starts_with("place")));
    desk.fill(&old, "40");
    assert_eq!(desk.left(), ["place buy 110"]);
}

#[test]
fn two_answers_that_contradict_each_other_end_the_change() {
    let (mut desk, old) = working(None);
    desk.command(change(&old, limit("new", Side::Buy, "150", "98.50")));
    desk.canceled(&old);
    stands(&mut desk, &old, "40");
    stands(&mut desk, &old, "0");
    assert_eq!(
        dropped(&desk).as_deref(),
        Some("paper says that 0 of it are done, and said 40 before")
    );
    desk.left();
    desk.fill(&old, "40");
    assert!(!desk.left().iter().any(|word| word.starts_with("place")));
}

#[test]
fn an_order_done_in_the_race_is_not_replaced() {
    for (total, fills, reason) in [
        ("150", "100", "it was done in full before it was canceled"),
        ("60", "60", "60 are done, which is all that was asked for"),
        ("60", "80", "80 are done, which is all that was asked for"),
    ] {
        let (mut desk, old) = working(None);
        desk.command(change(&old, limit("new", Side::Buy, total, "98.50")));
        desk.left();
        desk.fill(&old, fills);
        desk.canceled(&old);
        stands(&mut desk, &old, fills);
        assert_eq!(dropped(&desk).as_deref(), Some(reason));
        assert!(!desk.left().iter().any(|word| word.starts_with("place")));
        assert_eq!(desk.state.orders().replacing().count(), 0);
    }
}

#[test]
fn a_cancel_that_is_refused_or_lost_waits_and_is_asked_after() {
    let (mut desk, old) = working(None);
    desk.command(change(&old, limit("new", Side::Buy, "150", "98.50")));
    desk.left();
    // Lost: asked for again, and still being replaced.
    desk.wait(6000);
    desk.tick();
    assert_eq!(desk.left(), ["cancel"]);
    assert!(desk.record(&old).replacement.is_some());
    // Refused: nobody knows why, so it is found out first.
    desk.report(BrokerReport::CancelRefused {
        broker: read("paper"),
        order_id: old.clone(),
        reason: "too late".into(),
    });
    assert_eq!(desk.left(), ["find"]);
    assert!(matches!(desk.record(&old).flight, Flight::Unknown { .. }));
    assert!(desk.record(&old).replacement.is_some());
    // It works all the same: it stays as it was, and the person is told.
    desk.accept(&old);
    assert_eq!(
        dropped(&desk).as_deref(),
        Some("the venue did not cancel it: it works on as it was")
    );
    assert!(matches!(desk.record(&old).flight, Flight::Working));
    assert_eq!(desk.left(), Vec::<String>::new());
}

#[test]
fn an_order_that_ends_otherwise_is_not_replaced() {
    let expired = |order_id| BrokerReport::Expired {
        broker: read("paper"),
        order_id,
    };
    let never = |order_id| BrokerReport::NotFound {
        broker: read("paper"),
        order_id,
        idempotency_key: read("old"),
    };
    for (expires, reason) in [
        (true, "it is expired"),
        (false, "paper does not confirm its cancel"),
    ] {
        let (mut desk, old) = working(None);
        desk.command(change(&old, limit("new", Side::Buy, "150", "98.50")));
        desk.left();
        desk.report(if expires {
            expired(old.clone())
        } else {
            never(old.clone())
        });
        assert_eq!(dropped(&desk).as_deref(), Some(reason));
        stands(&mut desk, &old, "0");
        assert_eq!(desk.left(), Vec::<String>::new());
    }
}

#[test]
fn a_venue_that_never_says_how_much_was_done_ends_the_change_in_a_minute() {
    let (mut desk, old) = working(None);
    desk.command(change(&old, limit("new", Side::Buy, "150", "98.50")));
    desk.canceled(&old);
    let mut asked = 0;
    for _ in 0..65 {
        desk.wait(1000);
        desk.tick();
        asked += desk.left().iter().filter(|word| *word == "find").count();
    }
    assert!((10..=61).contains(&asked), "{asked}");
    assert_eq!(
        dropped(&desk).as_deref(),
        Some("the venue does not say how much of it was done")
    );
    stands(&mut desk, &old, "0");
    assert_eq!(desk.left(), Vec::<String>::new(), "too late");
}

/// After a restart the session goes by the machine's clock, which somebody may have set back by a day.
#[test]
fn a_clock_set_back_does_not_keep_a_change_waiting() {
    let (mut desk, old) = working(None);
    desk.command(change(&old, limit("new", Side::Buy, "150", "98.50")));
    desk.canceled(&old);
    desk.now = desk.now.minus(Duration::from_hours(24));
    desk.tick();
    assert_eq!(
        dropped(&desk).as_deref(),
        Some("the venue does not say how much of it was done")
    );
}

#[test]
fn one_command_is_one_replacement_however_often_it_comes() {
    let (mut desk, old) = working(None);
    let command = || change(&old, limit("new", Side::Buy, "150", "98.50"));
    desk.command(command());
    let again = desk.command(command());
    assert_eq!(refusals(&again).len(), 1);
    assert_eq!(desk.left(), ["cancel"]);
    // The same key as a new order is no way around it.
    let placed = desk.command(place(limit("new", Side::Buy, "150", "98.50")));
    assert_eq!(refusals(&placed).len(), 1);
    desk.canceled(&old);
    stands(&mut desk, &old, "0");
    stands(&mut desk, &old, "0");
    desk.canceled(&old);
    desk.command(command());
    desk.tick();
    let left = desk.left();
    let placed = left.iter().filter(|word| word.starts_with("place"));
    assert_eq!(placed.count(), 1, "{left:?}");
    // A dropped change keeps its key, too.
    let (mut desk, old) = working(None);
    desk.command(change(&old, limit("new", Side::Buy, "150", "98.50")));
    desk.command(Command::Cancel {
        order_id: old.clone(),
    });
    assert_eq!(dropped(&desk).as_deref(), Some("canceled instead"));
    desk.canceled(&old);
    assert_eq!(
        refusals(&desk.command(place(limit("new", Side::Buy, "9", "98")))).len(),
        1
    );
}

#[test]
fn what_cannot_be_changed_says_why_and_the_order_works_on() {
    let (mut desk, old) = working(Some("30"));
    let held = |units: &str| Ticket {
        size: Some(read(units)),
        ..limit("new", Side::Buy, "150", "98.50")
    };
    let cases = [
        (limit("n1", Side::Buy, "100", "99"), "nothing would change"),
        (
            limit("n2", Side::Buy, "30", "98"),
            "quantity 30 must be above the 30 that are done",
        ),
        (limit("n3", Side::Sell, "150", "98"), "symbol, side, fund"),
        (held("$25k"), "the new quantity is a number of units"),
        (
            limit("old", Side::Buy, "150", "98"),
            "this ticket was already used for order",
        ),
        (limit("n4", Side::Buy, "2000", "98"), "static: notional"),
        (limit("n5", Side::Buy, "150", "98.005"), "schema: "),
    ];
    for (ticket, reason) in cases {
        let facts = desk.command(change(&old, ticket));
        assert!(refusals(&facts)[0].starts_with(reason), "{facts:?}");
    }
    assert_eq!(desk.left(), Vec::<String>::new());
    assert!(matches!(desk.record(&old).flight, Flight::Working));
    let nobody = desk.command(change(&read("nobody"), held("150")));
    assert_eq!(refusals(&nobody), ["order nobody is not known"]);
}

#[test]
fn the_old_order_is_taken_out_of_what_the_change_is_judged_by() {
    // 1,000 shares are the most one position may be: 900 of them work already.
    let mut desk = Desk::open();
    let old = desk.work(limit("old", Side::Buy, "900", "99"));
    let fits = desk.command(change(&old, limit("new", Side::Buy, "990", "99")));
    assert_eq!(refusals(&fits), Vec::<String>::new());
    let mut desk = Desk::open();
    let old = desk.work(limit("old", Side::Buy, "900", "99"));
    let other = desk.work(limit("other", Side::Buy, "50", "99"));
    let over = desk.command(change(&old, limit("new", Side::Buy, "990", "99")));
    assert!(
        refusals(&over)[0].starts_with("position_risk: "),
        "{over:?}"
    );
    let shown =
        desk.state
            .books()
            .preview_change(&limit("new", Side::Buy, "990", "99"), &old, desk.now);
    assert_eq!(shown.max.unwrap().quantity, read("949"));
    assert_eq!(shown.fixes[0].text, "quantity 949");
    assert!(matches!(desk.record(&other).flight, Flight::Working));
}

#[test]
fn the_new_order_is_judged_again_as_things_stand_then() {
    let (mut desk, old) = working(None);
    desk.command(change(&old, limit("new", Side::Buy, "150", "98.50")));
    desk.command(Command::Halt(HaltRequest {
        halt_id: "h".into(),
        scope: HaltScope::Fund,
        target: "fund-1".into(),
        reason: "panic".into(),
        actor: "ana".into(),
        cancel_open_orders: false,
        flatten: false,
        requested_at: desk.now,
    }));
    desk.left();
    desk.canceled(&old);
    stands(&mut desk, &old, "0");
    assert_eq!(desk.left(), ["find"]);
    let new = desk.record(&old).replaced_by.clone().unwrap();
    assert_eq!(desk.record(&new).state(), OrderState::Rejected);
    assert_eq!(
        desk.record(&new).verdicts.last().unwrap().gate.as_str(),
        "drawdown_halt"
    );
}

#[test]
fn canceling_what_opens_risk_ends_its_change_too() {
    for done in [false, true] {
        let (mut desk, old) = working(None);
        desk.command(change(&old, limit("new", Side::Buy, "150", "98.50")));
        if done {
            desk.canceled(&old);
        }
        desk.command(Command::CancelOpening { symbol: None });
        assert!(dropped(&desk).is_some());
        desk.canceled(&old);
        stands(&mut desk, &old, "0");
        assert!(!desk.left().iter().any(|word| word.starts_with("place")));
    }
}

#[test]
fn sending_is_refused_when_the_market_moved_since_the_review() {
    let (mut desk, old) = working(None);
    let reviewed = |bid: &str, ask: &str| {
        let reviewed = Reviewed {
            quote: Some(quote("AAPL", bid, ask)),
            refusals: Vec::new(),
            at: noon(),
            slip: read("0.05"),
        };
        Command::Replace {
            order_id: old.clone(),
            ticket: Box::new(limit("new", Side::Buy, "150", "98.50")),
            reviewed: Some(Box::new(reviewed)),
        }
    };
    let moved = desk.command(reviewed("99.00", "99.02"));
    assert!(
        refusals(&moved)[0].starts_with("the price moved"),
        "{moved:?}"
    );
    let stands = desk.command(reviewed("100.00", "100.02"));
    assert_eq!(refusals(&stands), Vec::<String>::new());
}

#[test]
fn a_crash_at_any_record_goes_on_from_the_facts() {
    // The whole story once, then again with the journal cut after each of its facts.
    let story = |desk: &mut Desk, old: &OrderId| {
        desk.command(change(old, limit("new", Side::Buy, "150", "98.50")));
        desk.fill(old, "10");
        desk.canceled(old);
        stands(desk, old, "10");
    };
    let (mut whole, old) = working(None);
    let before = whole.facts.len();
    story(&mut whole, &old);
    assert_eq!(successor(&whole, &old).as_deref(), Some("140@98.50"));
    for keep in before..=whole.facts.len() {
        let (mut desk, old) = working(None);
        story(&mut desk, &old);
        desk.facts.truncate(keep);
        desk.restart(mts1b_desk::event::RateLimits::default());
        // The venue has done 10 and canceled the rest, whatever the desk remembers of it.
        for _ in 0..3 {
            desk.wait(3000);
            desk.tick();
        }
        let asked = keep > before;
        let booked = desk.record(&old).order.filled_quantity;
        if booked.is_zero() {
            desk.fill(&old, "10");
        }
        if asked {
            desk.canceled(&old);
            stands(&mut desk, &old, "10");
        }
        let places: Vec<_> = desk
            .left()
            .into_iter()
            .filter(|word| word.starts_with("place"))
            .collect();
        assert!(places.len() <= 1, "{keep}: {places:?}");
        let made = whole.facts[before..keep]
            .iter()
            .any(|(_, fact)| matches!(fact, Fact::Order(OrderFact::Created(_))));
        assert_eq!(
            places.first().map(String::as_str),
            (asked && !made).then_some("place buy 140"),
            "cut after {keep}"
        );
        assert_eq!(desk.state.orders().replacing().count(), 0);
        assert_eq!(desk.replayed().hash(), desk.state.hash());
    }
}

#[test]
fn an_order_is_changed_sixteen_times_and_no_more() {
    let (mut desk, old) = working(None);
    for n in 0..16 {
        let total = (150 + n).to_string();
        let ticket = limit(&format!("new-{n}"), Side::Buy, &total, "98.50");
        let facts = desk.command(change(&old, ticket));
        assert_eq!(refusals(&facts), Vec::<String>::new(), "change {n}");
        // The venue does not let go of it, so it works on as it was.
        desk.report(BrokerReport::CancelRefused {
            broker: read("paper"),
            order_id: old.clone(),
            reason: "too late".into(),
        });
        desk.accept(&old);
        desk.wait(2000);
    }
    let facts = desk.command(change(&old, limit("last", Side::Buy, "90", "98.50")));
    let told = refusals(&facts);
    assert!(told[0].contains("was changed 16 times already"), "{told:?}");
}
