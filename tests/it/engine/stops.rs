//! Synthetic stops: which quotes set one off, and that one position is left once, whatever happens on the way.

use std::time::Duration;

use mts1b_desk::domain::{Quote, RiskEnvelope, Side, Timestamp};
use mts1b_desk::event::{
    Asks, BrokerReport, Command, Control, Fact, LinkHealth, MarketEvent, Opening, RateLimits,
    RiskFact,
};

use super::rig::{AAPL, Desk, limit, place, refusals, ticket};
use crate::support::build::{self, envelope, fund, read};
use crate::support::live_order;

/// What it shows, whether it is long, bids and asks, whether it stops out.
type Case = (&'static str, bool, Vec<(&'static str, &'static str)>, bool);

/// Quotes the share a moment later and lets the loop do what is due.
fn quoted(desk: &mut Desk, bid: &str, ask: &str) -> Vec<Fact> {
    desk.now = desk.now.plus(Duration::from_millis(100));
    let at = desk.now;
    quoted_at(desk, bid, ask, at)
}

/// The same, with the venue's own time.
fn quoted_at(desk: &mut Desk, bid: &str, ask: &str, at: Timestamp) -> Vec<Fact> {
    let quote = Quote {
        timestamp: at,
        ..build::quote(AAPL, bid, ask)
    };
    desk.state.market(&MarketEvent::Quote {
        quote,
        received_at: desk.now,
    });
    if desk.state.take_due() {
        return desk.control(Control::Stop);
    }
    Vec::new()
}

fn reopen(desk: &mut Desk, envelope: RiskEnvelope) {
    desk.control(Control::Open(Box::new(Opening {
        desk_id: "t1".into(),
        fund: fund(),
        envelope,
        rates: RateLimits::default(),
        gates: Vec::new(),
        asks: Asks::default(),
        version: "test".into(),
    })));
}

/// Long 100 at 100.02: the stop lies at 90.018.
fn long() -> Desk {
    let mut desk = Desk::open();
    desk.link(LinkHealth::Up);
    let entry = desk.work(limit("entry", Side::Buy, "100", "100.02"));
    desk.fill(&entry, "100");
    desk.left();
    desk
}

/// Short 100 at 100.00: the stop lies at 110.
fn short() -> Desk {
    let mut desk = Desk::open();
    desk.link(LinkHealth::Up);
    reopen(
        &mut desk,
        RiskEnvelope {
            enable_shorting: true,
            ..envelope()
        },
    );
    let entry = desk.work(limit("entry", Side::Short, "100", "100.00"));
    desk.fill(&entry, "100");
    desk.left();
    desk
}

fn decided(desk: &Desk) -> usize {
    let decided = |fact: &&(u64, Fact)| matches!(fact.1, Fact::Risk(RiskFact::ExitDecided { .. }));
    desk.facts.iter().filter(decided).count()
}

/// Long, beyond its stop twice: the exit has left.
fn stopped() -> Desk {
    let mut desk = long();
    quoted(&mut desk, "90.01", "90.03");
    quoted(&mut desk, "90.00", "90.02");
    assert_eq!(desk.left(), ["place sell 100"]);
    desk
}

#[test]
fn two_sane_quotes_in_a_row_and_the_side_that_counts() {
    let at = |bid: &'static str, ask: &'static str| (bid, ask);
    let cases: [Case; 12] = [
        ("one quote", true, vec![at("90.01", "90.03")], false),
        (
            "two at the very stop",
            true,
            vec![at("90.018", "90.02"), at("90.018", "90.03")],
            true,
        ),
        (
            "a hair above it",
            true,
            vec![at("90.019", "90.02"), at("90.019", "90.03")],
            false,
        ),
        (
            "the ask is not the side",
            true,
            vec![at("95", "95.1"), at("94", "94.1")],
            false,
        ),
        (
            "one is back above",
            true,
            vec![at("90", "90.02"), at("91", "91.02"), at("90", "90.02")],
            false,
        ),
        (
            "a crossed one between",
            true,
            vec![at("90", "90.02"), at("90", "89"), at("90", "90.02")],
            false,
        ),
        (
            "two crossed",
            true,
            vec![at("90", "89"), at("90", "89.5")],
            false,
        ),
        (
            "too wide",
            true,
            vec![at("80", "89"), at("80", "89.5")],
            false,
        ),
        (
            "absurd",
            true,
            vec![at("10.00", "10.001"), at("10", "10.002")],
            false,
        ),
        (
            "apart",
            true,
            vec![at("90", "90.02"), at("60", "60.02")],
            false,
        ),
        (
            "apart and then together",
            true,
            vec![at("90", "90.02"), at("60", "60.02"), at("60.1", "60.12")],
            true,
        ),
        (
            "a short by the ask",
            false,
            vec![at("109.98", "110"), at("109.5", "110")],
            true,
        ),
    ];
    for (what, is_long, quotes, stops) in cases {
        let mut desk = if is_long { long() } else { short() };
        for (bid, ask) in quotes {
            quoted(&mut desk, bid, ask);
        }
        assert_eq!(decided(&desk), usize::from(stops), "{what}");
        let side = if is_long {
            "place sell 100"
        } else {
            "place cover 100"
        };
        let expected = if stops { vec![side] } else { vec![] };
        assert_eq!(desk.left(), expected, "{what}");
        assert_eq!(desk.replayed().hash(), desk.state.hash(), "{what}");
    }
}

#[test]
fn old_news_and_the_same_quote_again_are_no_second_one() {
    let mut desk = long();
    quoted(&mut desk, "90.01", "90.03");
    let said = desk.now;
    desk.now = desk.now.plus(Duration::from_secs(1));
    quoted_at(&mut desk, "90.01", "90.03", said);
    quoted_at(
        &mut desk,
        "90.00",
        "90.03",
        said.minus(Duration::from_millis(1)),
    );
    assert_eq!(decided(&desk), 0);
    quoted(&mut desk, "90.00", "90.03");
    assert_eq!(decided(&desk), 1);
}

#[test]
fn what_was_reached_and_is_stale_by_then_is_not_done() {
    let mut desk = long();
    quoted(&mut desk, "90.01", "90.03");
    let quote = Quote {
        timestamp: desk.now,
        ..build::quote(AAPL, "90.00", "90.03")
    };
    desk.state.market(&MarketEvent::Quote {
        quote,
        received_at: desk.now,
    });
    assert!(desk.state.take_due());
    desk.now = desk.now.plus(Duration::from_secs(6));
    desk.control(Control::Stop);
    assert_eq!(decided(&desk), 0);
}

#[test]
fn the_order_is_the_whole_position_at_market_under_the_key_of_that_opening() {
    let desk = stopped();
    let record = desk
        .state
        .orders()
        .by_key(&read("sstop-fund-1-AAPL-1"))
        .unwrap();
    let order = &record.order;
    assert_eq!(
        (order.side, order.quantity, order.actor.as_str()),
        (Side::Sell, read("100"), "synthetic_stop")
    );
    assert_eq!(order.order_type, mts1b_desk::domain::OrderType::Market);
    let exit = desk.state.books().risk.exit(&read(AAPL)).unwrap();
    assert_eq!(exit.order_id.as_ref(), Some(&order.order_id));
}

#[test]
fn until_the_position_is_flat_there_is_no_second_exit_and_the_next_opening_has_its_own() {
    let mut desk = stopped();
    let id = desk.record_of("sstop-fund-1-AAPL-1");
    desk.accept(&id);
    for _ in 0..5 {
        quoted(&mut desk, "89.90", "89.92");
        quoted(&mut desk, "89.91", "89.93");
        desk.tick();
    }
    desk.fill(&id, "60");
    desk.report(BrokerReport::Canceled {
        broker: read("paper"),
        order_id: id.clone(),
    });
    // The venue gave up on the rest: a person's business now.
    quoted(&mut desk, "89.90", "89.92");
    quoted(&mut desk, "89.91", "89.93");
    desk.tick();
    assert_eq!((decided(&desk), desk.left().len()), (1, 0));
    desk.restart_up();
    quoted(&mut desk, "89.90", "89.92");
    quoted(&mut desk, "89.91", "89.93");
    assert_eq!(
        (decided(&desk), desk.left().len()),
        (1, 0),
        "a restart forgets nothing of it"
    );

    let rest = desk.work(limit("rest", Side::Sell, "40", "89"));
    desk.fill(&rest, "40");
    assert!(desk.state.books().risk.exit(&read(AAPL)).is_none());
    let again = desk.work(limit("again", Side::Buy, "10", "89.93"));
    desk.fill(&again, "10");
    desk.left();
    quoted(&mut desk, "80.00", "80.02");
    quoted(&mut desk, "80.01", "80.03");
    assert_eq!(desk.left(), ["place sell 10"]);
    assert!(
        desk.state
            .orders()
            .by_key(&read("sstop-fund-1-AAPL-2"))
            .is_some()
    );
    assert_eq!(desk.replayed().hash(), desk.state.hash());
}

#[test]
fn what_works_in_the_symbol_is_canceled_first_and_the_exit_waits_for_it() {
    let mut desk = long();
    let target = desk.work(limit("target", Side::Sell, "100", "120"));
    let more = desk.work(limit("more", Side::Buy, "10", "80"));
    desk.left();
    quoted(&mut desk, "90.01", "90.03");
    quoted(&mut desk, "90.00", "90.02");
    assert_eq!(desk.left(), ["cancel", "cancel"]);
    desk.canceled(&target);
    assert_eq!(desk.left(), Vec::<String>::new());
    // A restart in between changes nothing.
    desk.restart_up();
    desk.left();
    quoted(&mut desk, "90.00", "90.02");
    desk.canceled(&more);
    assert_eq!(desk.left(), ["place sell 100"]);
    assert_eq!(decided(&desk), 1);
    assert_eq!(desk.replayed().hash(), desk.state.hash());
}

#[test]
fn an_exit_that_waits_is_given_up_when_the_position_goes_flat_another_way() {
    let mut desk = long();
    let target = desk.work(limit("target", Side::Sell, "100", "120"));
    quoted(&mut desk, "90.01", "90.03");
    quoted(&mut desk, "90.00", "90.02");
    desk.left();
    // The cancel lost the race: the target was filled.
    desk.fill(&target, "100");
    assert_eq!(desk.held(), read("0"));
    desk.tick();
    assert_eq!(desk.left(), Vec::<String>::new());
    assert!(desk.state.books().risk.exit(&read(AAPL)).is_none());
}

#[test]
fn an_exit_order_that_lives_is_canceled_when_the_position_goes_flat_another_way() {
    let mut desk = stopped();
    let id = desk.record_of("sstop-fund-1-AAPL-1");
    desk.accept(&id);
    // Nobody can send a second exit by hand beside it.
    let by_hand = desk.command(place(ticket("hand", Side::Sell, "100")));
    assert_eq!(refusals(&by_hand).len(), 1, "{by_hand:?}");
    // But a fill the venue had not told of yet can come: of an order that was thought done.
    let late = desk.work(limit("late", Side::Buy, "1", "50"));
    desk.canceled(&late);
    desk.left();
    desk.fill_as(&late, Side::Sell, "100");
    desk.fill_as(&late, Side::Sell, "100");
    if desk.held() == read("0") {
        assert_eq!(desk.left(), ["cancel"]);
        desk.canceled(&id);
        assert!(desk.state.books().risk.exit(&read(AAPL)).is_none());
    } else {
        panic!("{} are held", desk.held());
    }
}

#[test]
fn a_halted_fund_still_stops_out_and_a_switched_off_stop_does_not() {
    let mut desk = long();
    desk.command(Command::Halt(mts1b_desk::domain::HaltRequest {
        halt_id: "h".into(),
        scope: mts1b_desk::domain::HaltScope::Fund,
        target: "fund-1".into(),
        reason: "drill".into(),
        actor: "ana".into(),
        cancel_open_orders: true,
        flatten: false,
        requested_at: desk.now,
    }));
    quoted(&mut desk, "90.01", "90.03");
    quoted(&mut desk, "90.00", "90.02");
    assert_eq!(desk.left(), ["place sell 100"]);

    let mut desk = long();
    reopen(
        &mut desk,
        RiskEnvelope {
            enable_synthetic_stop: false,
            ..envelope()
        },
    );
    quoted(&mut desk, "50.01", "50.03");
    quoted(&mut desk, "50.00", "50.02");
    assert_eq!(decided(&desk), 0);
}

#[test]
fn while_the_broker_cannot_be_reached_or_a_gate_refuses_the_exit_is_kept_and_tried_again() {
    let mut desk = long();
    desk.link(LinkHealth::Down);
    quoted(&mut desk, "90.01", "90.03");
    quoted(&mut desk, "90.00", "90.02");
    assert_eq!(desk.left(), Vec::<String>::new());
    let held_up = |desk: &Desk| {
        desk.state
            .books()
            .risk
            .exit(&read(AAPL))
            .unwrap()
            .held_up
            .clone()
    };
    assert_eq!(
        held_up(&desk).as_deref(),
        Some("the broker cannot be reached")
    );
    let before = desk.facts.len();
    desk.tick();
    desk.tick();
    assert_eq!(desk.facts.len(), before, "the same is not said again");
    desk.link(LinkHealth::Up);
    // No type of order that leaves at once is allowed.
    let mut no_market = envelope();
    no_market.allowed_order_types = vec![mts1b_desk::domain::OrderType::Limit];
    reopen(&mut desk, no_market);
    quoted(&mut desk, "90.00", "90.02");
    desk.tick();
    assert_eq!(
        held_up(&desk).as_deref(),
        Some("static refuses it: ORDER_TYPE_NOT_ALLOWED")
    );
    reopen(&mut desk, envelope());
    quoted(&mut desk, "90.00", "90.02");
    desk.tick();
    assert_eq!(
        desk.left()
            .iter()
            .filter(|left| *left == "place sell 100")
            .count(),
        1
    );
    assert_eq!(desk.replayed().hash(), desk.state.hash());
}

#[test]
fn flatten_is_a_second_step_and_leaves_each_position_once() {
    let flatten = || Command::Flatten {
        actor: "ana".into(),
        reason: "enough".into(),
    };
    let mut desk = long();
    assert_eq!(
        refusals(&desk.command(flatten())),
        ["it is the second step: halt the fund first"]
    );
    desk.command(Command::Halt(mts1b_desk::domain::HaltRequest {
        halt_id: "h".into(),
        scope: mts1b_desk::domain::HaltScope::Fund,
        target: "fund-1".into(),
        reason: "panic key".into(),
        actor: "ana".into(),
        cancel_open_orders: true,
        flatten: false,
        requested_at: desk.now,
    }));
    desk.command(flatten());
    assert_eq!(desk.left(), ["place sell 100"]);
    desk.command(flatten());
    quoted(&mut desk, "80.01", "80.03");
    quoted(&mut desk, "80.00", "80.02");
    assert_eq!(desk.left(), Vec::<String>::new(), "it is leaving already");
    let id = live_order(&desk.state);
    desk.fill(&id, "100");
    assert_eq!(refusals(&desk.command(flatten())), ["nothing is held"]);
    assert_eq!(desk.replayed().hash(), desk.state.hash());
}
