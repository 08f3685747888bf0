//! The rate of sending: per fund and per venue, over restarts, and with the way out always open.

use std::collections::BTreeMap;

use mts1b_desk::domain::{IdempotencyKey, RejectionCode, Side};
use mts1b_desk::event::{Command, Fact, OrderFact, RateLimits};

use super::rig::{Desk, limit, place, refusals};
use crate::support::build::read;

fn rates(fund: u32, venue: u32) -> RateLimits {
    RateLimits {
        fund,
        brokers: BTreeMap::from([(read("paper"), venue)]),
        ..RateLimits::default()
    }
}

fn code(facts: &[Fact]) -> Option<RejectionCode> {
    facts.iter().find_map(|fact| match fact {
        Fact::Order(OrderFact::Rejected { code, .. }) => code.clone(),
        _ => None,
    })
}

/// Sends one more order to buy a share, far from the market.
fn buy(desk: &mut Desk) -> Vec<Fact> {
    let key = format!("k{}", desk.facts.len());
    desk.command(place(limit(&key, Side::Buy, "1", "90")))
}

#[test]
fn the_limit_that_binds_is_named_with_its_numbers_and_the_wait() {
    for (limits, words) in [
        (rates(3, 9), "messages of the fund 4 > 3 in 1 s: wait 0.7 s"),
        (
            rates(9, 3),
            "messages to the venue 4 > 3 in 1 s: wait 0.7 s",
        ),
    ] {
        let mut desk = Desk::with(limits);
        for _ in 0..3 {
            assert_eq!(code(&buy(&mut desk)), None);
            desk.wait(100);
        }
        desk.wait(20);
        let facts = buy(&mut desk);
        assert_eq!(code(&facts), Some(RejectionCode::RateLimit));
        assert_eq!(refusals(&facts), [words]);
        // As long as told, and there is room for one more and no second one.
        desk.wait(700);
        assert_eq!(code(&buy(&mut desk)), None);
        assert_eq!(code(&buy(&mut desk)), Some(RejectionCode::RateLimit));
    }
}

#[test]
fn a_restart_within_the_second_has_not_forgotten_what_left() {
    let mut desk = Desk::with(rates(2, 9));
    buy(&mut desk);
    buy(&mut desk);
    desk.restart(rates(2, 9));
    assert_eq!(code(&buy(&mut desk)), Some(RejectionCode::RateLimit));
    assert_eq!(desk.replayed().hash(), desk.state.hash());
    // What may be sent is a fact: a replay judges as it was, whatever the configuration says now.
    desk.wait(2000);
    desk.restart(rates(5, 9));
    for _ in 0..5 {
        assert_eq!(code(&buy(&mut desk)), None);
    }
    assert_eq!(code(&buy(&mut desk)), Some(RejectionCode::RateLimit));
    assert_eq!(desk.replayed().hash(), desk.state.hash());
}

#[test]
fn cancels_count_and_are_never_refused_and_exits_have_room_of_their_own() {
    let mut desk = Desk::with(rates(4, 9));
    let entry = desk.work(limit("entry", Side::Buy, "100", "100.02"));
    desk.fill(&entry, "100");
    desk.wait(2000);
    let ids: Vec<_> = (0..3)
        .map(|n| desk.work(limit(&format!("w{n}"), Side::Buy, "1", "90")))
        .collect();
    for order_id in ids {
        let facts = desk.command(Command::Cancel { order_id });
        assert_eq!(refusals(&facts), Vec::<String>::new());
    }
    assert_eq!(code(&buy(&mut desk)), Some(RejectionCode::RateLimit));
    // Three orders left in this second, twice four may: five exits.
    let mut exits = 0;
    loop {
        let key: IdempotencyKey = read(&format!("exit{exits}"));
        let facts = desk.command(place(limit(key.as_str(), Side::Sell, "1", "100")));
        match code(&facts) {
            None => exits += 1,
            Some(code) => {
                assert_eq!(code, RejectionCode::RateLimit);
                assert!(refusals(&facts)[0].starts_with("orders of the fund 9 > 8 in 1 s"));
                break;
            }
        }
    }
    assert_eq!(exits, 5);
}

#[test]
fn a_clock_that_steps_back_blocks_nothing_for_long() {
    let mut desk = Desk::with(rates(2, 9));
    buy(&mut desk);
    buy(&mut desk);
    desk.now = desk.now.minus(std::time::Duration::from_hours(1));
    desk.wait(0);
    assert_eq!(code(&buy(&mut desk)), None);
    assert_eq!(code(&buy(&mut desk)), None);
    assert_eq!(code(&buy(&mut desk)), Some(RejectionCode::RateLimit));
}
