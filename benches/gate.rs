//! The six gates, and the preview that runs on each keystroke.
//!
//! `check` is the chain with its facts at hand; `judge` is what the engine calls:
//! it gathers the facts of the order's symbol first. Both are held to the same budget.

use std::sync::Arc;

use mts1b_desk::domain::{Order, OrderType, Ticket, TicketSize};
use mts1b_desk::event::Seen;
use mts1b_desk::order::gate::{self, GateInput, Own};

use crate::build;
use crate::rig::{self, Rig};
use crate::runner::{Case, Runner};

pub fn run(runner: &mut Runner) {
    for (name, positions, working) in [
        ("gates/check, 1 position, 0 working", 1, 0),
        ("gates/check, 1 position, 200 working", 1, 200),
        ("gates/check, 50 positions, 0 working", 50, 0),
        ("gates/check, 50 positions, 200 working", 50, 200),
        ("gates/check, 500 positions, 0 working", 500, 0),
        ("gates/check, 500 positions, 200 working", 500, 200),
    ] {
        if runner.wants(name) {
            check(runner, name, runner.count(positions), working);
        }
    }
    for (name, positions, working) in [
        ("gates/judge, 1 position, 0 working", 1, 0),
        ("gates/judge, 1 position, 200 working", 1, 200),
        ("gates/judge, 50 positions, 0 working", 50, 0),
        ("gates/judge, 50 positions, 200 working", 50, 200),
        ("gates/judge, 500 positions, 0 working", 500, 0),
        ("gates/judge, 500 positions, 200 working", 500, 200),
    ] {
        if runner.wants(name) {
            judge(runner, name, runner.count(positions), working);
        }
    }
    preview(runner);
}

/// The facts gathered, then the chain.
fn judge(runner: &mut Runner, name: &'static str, positions: usize, working: usize) {
    let mut rig = Rig::with(positions, runner.count(working));
    let orders: Vec<Arc<Order>> = (0..positions).map(order).collect();
    let mut turn = orders.iter().cycle();
    runner.time(
        Case::new(name).sampled(8, 20_000).p50_ns(300).p99_ns(800),
        &mut rig,
        |_| turn.next().expect("there is an order"),
        |rig, order| {
            let judged = rig.state.books().judge(order, rig.now);
            assert!(judged.1.is_some(), "{:?}", judged.0);
            judged
        },
    );
}

/// A person typing: the size grows with each key, from a size that passes to one that does not.
fn preview(runner: &mut Runner) {
    let mut rig = Rig::with(runner.count(500), runner.count(200));
    let cases = [
        ("preview/limit order that passes", "10", OrderType::Limit),
        (
            "preview/refused, with max and fixes",
            "100000",
            OrderType::Market,
        ),
        ("preview/size max", "max", OrderType::Market),
        ("preview/size 2% of NAV", "2%", OrderType::Market),
    ];
    for (name, size, order_type) in cases {
        let size: TicketSize = build::read(size);
        runner.time(
            Case::new(name).sampled(4, 5000).p99_ns(10_000),
            &mut rig,
            |rig| Ticket {
                size: Some(size),
                ..rig.ticket(7 % 4, order_type)
            },
            |rig, ticket| rig.state.books().preview(&ticket, rig.now),
        );
    }
}

/// The chain alone, with the facts at hand.
fn check(runner: &mut Runner, name: &'static str, positions: usize, working: usize) {
    let rig = Rig::with(positions, runner.count(working));
    let books = rig.state.books();
    let capability = build::capability();
    let (order, now) = (order(0), rig.now);
    let seen = books.seen(&order.symbol, now);
    let stake = books.exposure.stake(&order.symbol);
    let market = books.market.instrument(&order.symbol);
    let input = GateInput {
        order: &order,
        now,
        envelope: books.risk.envelope().expect("an envelope"),
        limits: books.risk.limits().expect("its limits"),
        fund: books.ledger.fund().expect("a fund"),
        capability: Some(&capability),
        instrument: market.map(|known| &**known),
        used_key: None,
        position: stake.position,
        working_buy: stake.working_buy,
        working_sell: stake.working_sell,
        seen: &seen,
        stale_after_ms: 5000,
        halt: None,
        locked: None,
        day_start_usd: books.ledger.day_start().map(|(_, nav)| nav),
        rates: books.risk.rates(),
        gates: books.risk.gates(),
        own: Own::new(books.orders),
        asks: books.risk.asks(),
        answers: &[],
    };
    let input = GateInput {
        seen: &Seen {
            quote_age_ms: Some(10),
            ..seen.clone()
        },
        ..input
    };
    runner.time(
        Case::new(name).sampled(8, 20_000).p50_ns(300).p99_ns(800),
        &mut (),
        |()| &input,
        |(), input| {
            let judged = gate::check(input);
            assert!(judged.1.is_some(), "{:?}", judged.0);
            judged
        },
    );
}

/// Makes a limit order for ten units that every gate passes.
fn order(n: usize) -> Arc<Order> {
    Arc::new(Order {
        limit_price: Some(build::read("99.50")),
        order_type: OrderType::Limit,
        ..build::order(rig::name(n).as_str(), "10")
    })
}
