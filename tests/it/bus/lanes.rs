//! The durable lanes.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use mts1b_desk::bus::{Bounds, Closed, Refused, bus};
use mts1b_desk::domain::{HaltRequest, HaltScope, Timestamp};
use mts1b_desk::event::{Command, Control, Lane};

use crate::bus::{PATIENCE, cancel, canceled, desk, drain, market};

fn small() -> Bounds {
    Bounds {
        control: 2,
        execution: 2,
        command: 2,
        market_symbols: 4,
    }
}

fn halt(id: &str) -> Command {
    Command::Halt(HaltRequest {
        halt_id: id.to_owned(),
        scope: HaltScope::Firm,
        target: String::new(),
        reason: "panic".to_owned(),
        actor: "ana".to_owned(),
        cancel_open_orders: true,
        flatten: false,
        requested_at: Timestamp::EPOCH,
    })
}

#[tokio::test]
async fn control_goes_before_execution_before_commands_each_in_order() {
    let (bus, mut inlets) = bus(small());
    bus.command(desk(), cancel("c1")).unwrap();
    bus.command(desk(), cancel("c2")).unwrap();
    bus.report(desk(), canceled("e1")).await.unwrap();
    bus.control(desk(), Control::Tick).unwrap();
    bus.report(desk(), canceled("e2")).await.unwrap();
    assert!(inlets.wait(PATIENCE));
    let mut first = Vec::new();
    inlets.drain(&mut first, 2);
    assert_eq!(super::words(&first), ["tick", "report e1"]);
    assert!(inlets.wait(PATIENCE), "what was left is still there");
    assert_eq!(drain(&mut inlets), ["report e2", "cancel c1", "cancel c2"]);
    assert!(!inlets.wait(Duration::ZERO));
}

#[test]
fn a_full_lane_refuses_at_once_and_takes_again_when_drained() {
    let (bus, mut inlets) = bus(small());
    let full = |lane| Err(Refused::Full { lane, bound: 2 });
    for _ in 0..2 {
        bus.command(desk(), cancel("a")).unwrap();
        bus.control(desk(), Control::Tick).unwrap();
    }
    assert_eq!(bus.command(desk(), cancel("b")), full(Lane::Command));
    assert_eq!(bus.control(desk(), Control::Tick), full(Lane::Control));
    let depth = bus.depth().command;
    assert_eq!((depth.depth, depth.bound, depth.high_water), (2, 2, 2));
    assert_eq!(drain(&mut inlets).len(), 4);
    bus.command(desk(), cancel("b")).unwrap();
    let depth = bus.depth().command;
    assert_eq!((depth.depth, depth.high_water), (1, 2));
}

#[test]
fn a_flood_of_commands_does_not_keep_a_halt_out() {
    let (bus, mut inlets) = bus(small());
    while bus.command(desk(), cancel("a")).is_ok() {}
    bus.command(desk(), halt("h1")).unwrap();
    assert_eq!(drain(&mut inlets), ["cancel a", "cancel a", "halt h1"]);
    let halts = (0..1000)
        .take_while(|n| bus.command(desk(), halt(&n.to_string())).is_ok())
        .count();
    assert!(halts < 100, "halts are bounded too");
}

#[tokio::test]
async fn a_report_waits_for_room_and_is_never_dropped() {
    let (bus, mut inlets) = bus(small());
    let sent = Arc::new(AtomicUsize::new(0));
    let sender = tokio::spawn({
        let (bus, sent) = (bus.clone(), Arc::clone(&sent));
        async move {
            for n in 0..5 {
                bus.report(desk(), canceled(&n.to_string())).await.unwrap();
                sent.fetch_add(1, Ordering::SeqCst);
            }
        }
    });
    while sent.load(Ordering::SeqCst) < 2 {
        tokio::task::yield_now().await;
    }
    for _ in 0..50 {
        tokio::task::yield_now().await;
    }
    assert_eq!(sent.load(Ordering::SeqCst), 2, "the third waits for room");
    assert_eq!(bus.depth().execution.depth, 2);
    let mut got = Vec::new();
    while got.len() < 5 {
        got.extend(drain(&mut inlets));
        tokio::task::yield_now().await;
    }
    sender.await.unwrap();
    let expected: Vec<_> = (0..5).map(|n| format!("report {n}")).collect();
    assert_eq!(got, expected);
}

#[tokio::test]
async fn without_an_engine_everything_is_refused_also_what_waits_for_room() {
    let (bus, inlets) = bus(small());
    bus.report(desk(), canceled("1")).await.unwrap();
    bus.report(desk(), canceled("2")).await.unwrap();
    let waiting = tokio::spawn({
        let bus = bus.clone();
        async move { bus.report(desk(), canceled("3")).await }
    });
    tokio::task::yield_now().await;
    drop(inlets);
    assert_eq!(waiting.await.unwrap(), Err(Closed));
    assert_eq!(bus.command(desk(), cancel("a")), Err(Refused::Closed));
    assert_eq!(bus.control(desk(), Control::Tick), Err(Refused::Closed));
    bus.market(market("AAPL", 1));
}

#[test]
fn when_every_edge_is_gone_the_engine_hears_it_and_still_gets_the_rest() {
    let (bus, mut inlets) = bus(small());
    let other = bus.clone();
    drop(bus);
    assert!(!inlets.closed());
    other.command(desk(), cancel("last")).unwrap();
    let gone = std::thread::spawn(move || drop(other));
    gone.join().unwrap();
    assert!(inlets.wait(PATIENCE) && inlets.closed());
    assert_eq!(drain(&mut inlets), ["cancel last"]);
}

/// Many threads, one at a time and all at once: the engine always wakes for the last message.
#[test]
fn no_wake_is_lost() {
    const EACH: usize = 5_000;
    let (bus, mut inlets) = bus(Bounds::default());
    std::thread::scope(|scope| {
        for name in ["a", "b", "c"] {
            let bus = bus.clone();
            scope.spawn(move || {
                for _ in 0..EACH {
                    while bus.command(desk(), cancel(name)).is_err() {
                        std::thread::yield_now();
                    }
                }
            });
        }
        let feed = bus.clone();
        scope.spawn(move || {
            for n in 1..=i32::try_from(EACH).unwrap() {
                feed.market(market("AAPL", n));
            }
        });
        let (mut commands, mut newest) = (0, Timestamp::EPOCH);
        let (mut arrivals, mut events) = (Vec::new(), Vec::new());
        let last = Timestamp::from_us(i64::try_from(EACH).unwrap());
        while commands < 3 * EACH || newest < last {
            assert!(inlets.wait(PATIENCE), "after {commands}, {newest:?}");
            inlets.drain(&mut arrivals, 64);
            commands += arrivals.drain(..).count();
            inlets.drain_market(&mut events);
            for event in events.drain(..) {
                if let mts1b_desk::event::MarketEvent::Quote { received_at, .. } = event {
                    assert!(received_at > newest, "a quote never goes back");
                    newest = received_at;
                }
            }
        }
    });
    // The last ring may come after its message was taken; it is heard once.
    assert!(!inlets.wait(Duration::ZERO) || !inlets.wait(Duration::ZERO));
    assert_eq!(drain(&mut inlets).len(), 0);
    let depth = bus.depth();
    assert!(depth.command.high_water <= depth.command.bound);
    assert_eq!(depth.market.depth, 0);
}
