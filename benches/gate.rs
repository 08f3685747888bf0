//! The gates, and the preview that runs on each keystroke.
//!
//! `check` is the chain with its facts at hand; `judge` is what the engine calls:
//! it gathers the facts of the order's symbol first. Both are held to the same budget.

use std::sync::Arc;

use mts1b_desk::domain::{
    AssetClass, CustomGate, Order, OrderType, RiskEnvelope, Ticket, TicketSize,
};
use mts1b_desk::event::Seen;
use mts1b_desk::order::gate::{self, GateInput, Own};

use crate::build;
use crate::rig::{self, Rig};
use crate::runner::{Case, Runner};

pub fn run(runner: &mut Runner) {
    clock(runner);
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
    let name = "gates/check, 500 positions, 200 working, own gates";
    if runner.wants(name) {
        check_with(runner, name, (runner.count(500), 200), own_gates());
    }
    preview(runner);
    explain(runner);
}

/// What reading the clock adds to a sample of one call; the budgets are held with it.
fn clock(runner: &mut Runner) {
    let case = Case::new("gates/nothing but the clock").sampled(1, 100_000);
    runner.time(case, &mut (), |()| (), |(), ()| ());
}

/// Every gate an operator can add, none of which refuses.
fn own_gates() -> Vec<CustomGate> {
    vec![
        CustomGate::NoTradesNearOpen {
            minutes: 5,
            open_minute: 570,
            zone: "EST5EDT,M3.2.0,M11.1.0".to_owned(),
            classes: vec![AssetClass::Equities],
        },
        CustomGate::PriceCollar { bps: 2_000 },
        CustomGate::RestrictedList {
            symbols: (900..1000).map(rig::name).collect(),
        },
        CustomGate::SelfCross {
            reach_bps: 50,
            exits: true,
        },
    ]
}

/// What is worked out after a refusal: the most, and up to three changes that pass.
///
/// The last two are the dearest there are: every working order is tried and none will
/// do, and a price is looked for across the whole range.
fn explain(runner: &mut Runner) {
    let full = |envelope: &mut RiskEnvelope| {
        envelope.max_gross_exposure_pct = 0.0006;
        envelope.max_order_notional_usd = build::read("1000000");
    };
    let cases: [(&'static str, &str, Option<&str>); 3] = [
        ("explain/gross over, no cancel will do", "10", None),
        ("explain/gross over, far too many", "9000", None),
        ("explain/limit far off, own gates", "10", Some("1.00")),
    ];
    for (name, size, price) in cases {
        if !runner.wants(name) {
            continue;
        }
        let mut rig = Rig::with(runner.count(500), runner.count(200));
        if price.is_some() {
            rig.set(|_| (), own_gates());
        } else {
            rig.set(full, Vec::new());
        }
        let size: TicketSize = build::read(size);
        runner.time(
            Case::new(name).sampled(1, 5000).p99_ns(200_000),
            &mut rig,
            |rig| Ticket {
                size: Some(size),
                limit_price: price.map(build::read),
                ..rig.ticket(
                    7 % 4,
                    if price.is_some() {
                        OrderType::Limit
                    } else {
                        OrderType::Market
                    },
                )
            },
            |rig, ticket| {
                let preview = rig.state.books().preview(&ticket, rig.now);
                assert!(!preview.passes(), "nothing to explain");
                preview
            },
        );
    }
}

/// The facts gathered, then the chain.
fn judge(runner: &mut Runner, name: &'static str, positions: usize, working: usize) {
    let mut rig = Rig::with(positions, runner.count(working));
    let orders: Vec<Arc<Order>> = (0..positions).map(order).collect();
    let mut turn = orders.iter().cycle();
    runner.time(
        Case::new(name).sampled(1, 100_000).p50_ns(300).p99_ns(800),
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
    check_with(runner, name, (positions, working), Vec::new());
}

fn check_with(
    runner: &mut Runner,
    name: &'static str,
    (positions, working): (usize, usize),
    gates: Vec<CustomGate>,
) {
    let mut rig = Rig::with(positions, runner.count(working));
    rig.set(|_| (), gates);
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
        Case::new(name).sampled(1, 100_000).p50_ns(300).p99_ns(800),
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
