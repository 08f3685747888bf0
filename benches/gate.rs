//! The six gates, and the preview that runs on each keystroke.
//!
//! `judge` is what the engine calls: it gathers the facts, asks the gates and
//! mints the right to send. It is held to the budget of the gates alone.

use mts1b_desk::domain::{Order, OrderType, Ticket, TicketSize};

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
    preview(runner);
}

fn check(runner: &mut Runner, name: &'static str, positions: usize, working: usize) {
    let mut rig = Rig::with(positions, runner.count(working));
    let orders: Vec<Order> = (0..positions)
        .map(|n| Order {
            limit_price: Some(build::read("99.50")),
            order_type: OrderType::Limit,
            ..build::order(rig::name(n).as_str(), "10")
        })
        .collect();
    let mut turn = orders.iter().cycle();
    runner.time(
        Case::new(name).sampled(8, 20_000).p50_ns(300).p99_ns(800),
        &mut rig,
        |_| turn.next().expect("there is an order"),
        |rig, order| {
            let (verdicts, approved, seen) = rig.state.books().judge(order, rig.now);
            assert!(approved.is_some(), "{verdicts:?}");
            (verdicts, approved, seen)
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
