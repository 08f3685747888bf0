//! One message through the engine, a case per kind of event; publishing what it changed; booking a fill.
//!
//! The desk holds 50 positions and 200 working orders unless the name says
//! otherwise. Budgets are the desk's own: what leaves a core at 100,000 quotes a
//! second three quarters idle, and an order path that the disk dominates.

use std::sync::Arc;

use mts1b_desk::bus::Latest;
use mts1b_desk::domain::{Fill, FillCursor, OrderId, OrderType, Quantity};
use mts1b_desk::engine::Snapshot;
use mts1b_desk::event::{AccountFact, Command, Control, Input};
use mts1b_desk::order::ledger::Ledger;

use crate::build;
use crate::rig::{self, Rig};
use crate::runner::{Case, Runner};

/// Finished orders kept at hand by a desk that has traded for a while.
const DONE: usize = 2000;

pub fn run(runner: &mut Runner) {
    steps(runner);
    publish(runner);
    ledger(runner);
}

fn steps(runner: &mut Runner) {
    let (held, working) = (runner.count(50), runner.count(200));
    let mut rig = Rig::with(held, working);
    let case = Case::new("step/quote, symbol held");
    let mut at = 0;
    runner.time(
        case.sampled(50, 4000).p50_ns(1000),
        &mut rig,
        |rig| {
            at = (at + 1) % held;
            rig.quote(at)
        },
        |rig, event| rig.state.market(&event),
    );
    let case = Case::new("step/tick, nothing due");
    runner.time(
        case.sampled(1, 2000).p50_ns(20_000),
        &mut rig,
        Rig::clear,
        |rig, ()| rig.step(Input::Control(Control::Tick)),
    );
    let case = Case::new("step/place, approved");
    runner.time(
        case.sampled(1, 2000).p50_ns(20_000).p99_ns(60_000),
        &mut rig,
        |rig| {
            settle(rig, working);
            rig.place(0, OrderType::Limit)
        },
        Rig::step,
    );
    let case = Case::new("step/cancel");
    runner.time(
        case.sampled(1, 2000).p50_ns(10_000),
        &mut rig,
        |rig| {
            settle(rig, working);
            let order_id = rig.send(0, OrderType::Limit);
            rig.accept(&order_id);
            rig.clear();
            Input::Command(Command::Cancel { order_id })
        },
        Rig::step,
    );
    let case = Case::new("step/fill reported");
    runner.time(
        case.sampled(1, 2000).p50_ns(20_000).p99_ns(60_000),
        &mut rig,
        |rig| {
            settle(rig, working);
            // Spread over what is held, as a book is: lots of one symbol would pile up.
            at = (at + 1) % held;
            let order_id = rig.send(at, OrderType::Market);
            rig.clear();
            rig.filled(&order_id, at)
        },
        Rig::step,
    );
}

/// Cancels what works beyond the desk's usual orders, so that each sample begins alike.
fn settle(rig: &mut Rig, usual: usize) {
    let beyond: Vec<OrderId> = rig
        .state
        .orders()
        .live()
        .skip(usual)
        .map(|record| record.order.order_id.clone())
        .collect();
    for order_id in &beyond {
        rig.canceled(order_id);
    }
    rig.clear();
}

/// A reader always holds the last snapshot, so each change copies what it touches.
fn publish(runner: &mut Runner) {
    for (name, symbols, changed, budget) in [
        ("publish/24 symbols, 2 changed", 24, 2, 10_000),
        ("publish/10,000 symbols, 1 changed", 10_000, 1, 30_000),
        ("publish/10,000 symbols, 100 changed", 10_000, 100, 300_000),
        ("publish/1,000,000 symbols, 1 changed", 1_000_000, 1, 60_000),
    ] {
        if !runner.wants(name) {
            continue;
        }
        let rig = Rig::open(runner.count(symbols));
        let first = Latest::new(Arc::new(rig.snapshot()));
        let mut desk = (rig, first);
        let mut at = 0;
        runner.time(
            Case::new(name).sampled(1, 2000).p50_ns(budget),
            &mut desk,
            |(rig, _)| {
                let next = |_| {
                    at = (at + 97) % rig.state.market_state().cells().len();
                    rig.quote(at)
                };
                (0..changed).map(next).collect::<Vec<_>>()
            },
            |(rig, latest): &mut (Rig, Latest<Snapshot>), events| {
                for event in &events {
                    rig.state.market(event);
                }
                latest.publish(Arc::new(rig.snapshot()));
            },
        );
    }
    let name = "publish/place, 500 positions, 2,000 done";
    if runner.wants(name) {
        let mut rig = Rig::with(runner.count(500), runner.count(200));
        for _ in 0..runner.count(DONE) {
            let id = rig.send(0, OrderType::Limit);
            rig.canceled(&id);
            rig.clear();
        }
        let latest = Latest::new(Arc::new(rig.snapshot()));
        let mut desk = (rig, latest);
        let usual = runner.count(200);
        runner.time(
            Case::new(name).sampled(1, 1000).p50_ns(60_000),
            &mut desk,
            |(rig, latest): &mut (Rig, Latest<Snapshot>)| {
                settle(rig, usual);
                latest.publish(Arc::new(rig.snapshot()));
                rig.place(0, OrderType::Limit)
            },
            |(rig, latest), input| {
                rig.step(input);
                latest.publish(Arc::new(rig.snapshot()));
            },
        );
    }
}

fn ledger(runner: &mut Runner) {
    let mut books = Ledger::default();
    books.apply(&AccountFact::Opened {
        desk_id: "bench".into(),
        fund: Box::new(build::fund()),
        cash: build::read("1000000"),
        at: build::noon(),
    });
    let mut made = 0_u64;
    let case = Case::new("ledger/fill booked, opened and closed in turn");
    runner.time(
        case.sampled(16, 2000).p50_ns(3000),
        &mut books,
        |_| {
            made += 1;
            booked(made)
        },
        |books, fact| books.apply(&fact),
    );
}

/// Makes the fact of a fill: shares are bought and sold again in turn, over 50 symbols.
fn booked(n: u64) -> AccountFact {
    use mts1b_desk::domain::Side::{Buy, Sell};
    let symbol = usize::try_from(n / 2 % 50).unwrap_or(0);
    let id = format!("fill-{n}");
    AccountFact::Filled {
        broker: build::read("paper"),
        fill: Fill {
            fill_id: build::read(&id),
            order_id: build::read("o-1"),
            symbol: rig::name(symbol),
            side: if n.is_multiple_of(2) { Buy } else { Sell },
            quantity: Quantity::whole(10),
            price: build::read("100.25"),
            fees: build::read("0.50"),
            venue: build::read("paper"),
            timestamp: build::noon(),
            broker_order_id: None,
            liquidity: None,
        },
        cursor: FillCursor(id.into()),
        currency: build::read("USD"),
        usd_rate: Some(build::read("1")),
        quote: None,
    }
}
