//! Runaways: millions of orders from a program meet the real loop, and a person still gets out.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use mts1b_desk::app::run::{Core, Release, Turn};
use mts1b_desk::base::{Clock, ManualClock};
use mts1b_desk::bus::{Bounds, Bus, Latest, Watch, bus};
use mts1b_desk::domain::{HaltState, Side, Timestamp};
use mts1b_desk::engine::{LoopStats, Snapshot};
use mts1b_desk::event::{BrokerReport, Command, Fact, Input, RateLimits, RiskFact};
use mts1b_desk::journal::{Journal, MemoryDisk, MemoryJournal, Payload};
use mts1b_desk::order::effect::Effect;

use super::rig::{self, Desk, limit, person, place, program, refusals, ticket};
use crate::support::build::{fund, noon, read};

/// Child orders of the runaway, and the parents they come from. More with `RUNAWAY=4000000`.
const CHILDREN: u64 = 60_000;
const PARENTS: u64 = 212;

/// What left, and when.
type Sent = Arc<Mutex<Vec<(Timestamp, Effect)>>>;

#[derive(Debug)]
struct Venue {
    sent: Sent,
    clock: Arc<ManualClock>,
}

impl Release for Venue {
    fn release(&mut self, effect: Effect) {
        let now = Timestamp::from_us(self.clock.wall_us());
        self.sent.lock().unwrap().push((now, effect));
    }
}

/// The real loop over a journal in memory.
struct Rig {
    core: Core,
    bus: Bus,
    disk: MemoryDisk,
    clock: Arc<ManualClock>,
    sent: Sent,
    watch: Watch<Snapshot>,
}

impl Rig {
    fn open() -> Self {
        let clock = Arc::new(ManualClock::new(noon().as_us()));
        let (bus, inlets) = bus(Bounds::default());
        let state = rig::state();
        let first = state.snapshot(noon(), LoopStats::default());
        let latest = Latest::new(Arc::new(first));
        let watch = latest.subscribe();
        let journal = MemoryJournal::new();
        let disk = journal.disk();
        let sent = Sent::default();
        let venue = Venue {
            sent: Arc::clone(&sent),
            clock: Arc::clone(&clock),
        };
        let core = Core::new(
            state,
            inlets,
            Box::new(journal),
            Box::new(venue),
            latest,
            Arc::clone(&clock) as _,
            fund().fund_id,
        );
        let opening = rig::opening(RateLimits::default());
        bus.control(mts1b_desk::event::Source::Desk, opening)
            .unwrap();
        let mut rig = Self {
            core,
            bus,
            disk,
            clock,
            sent,
            watch,
        };
        rig.turn();
        rig
    }

    fn now(&self) -> Timestamp {
        Timestamp::from_us(self.clock.wall_us())
    }

    /// Lets a millisecond pass and the loop take what is there.
    fn turn(&mut self) {
        self.clock.advance(Duration::from_millis(1));
        self.bus.market(rig::quote(self.now()));
        assert_eq!(self.core.turn(), Turn::On);
    }

    /// Buys shares by hand and has them filled.
    fn hold(&mut self, units: &str) {
        let buy = place(ticket("by-hand", Side::Buy, units));
        self.bus.command(person(), buy).unwrap();
        self.turn();
        let order = self.placed().pop().unwrap();
        let fill = mts1b_desk::domain::Fill {
            fill_id: read("f1"),
            order_id: order.order_id.clone(),
            symbol: order.symbol.clone(),
            side: order.side,
            quantity: order.quantity,
            price: read("100.02"),
            fees: read("0"),
            venue: read("paper"),
            timestamp: self.now(),
            broker_order_id: None,
            liquidity: None,
        };
        let report = BrokerReport::Fill {
            broker: read("paper"),
            fill,
            cursor: mts1b_desk::domain::FillCursor("1".into()),
            quote: None,
        };
        let reported = self
            .bus
            .report(mts1b_desk::event::Source::Broker("paper".into()), report);
        futures_util::FutureExt::now_or_never(reported)
            .unwrap()
            .unwrap();
        for _ in 0..2000 {
            self.turn();
        }
    }

    /// Returns every order that left.
    fn placed(&self) -> Vec<mts1b_desk::domain::Order> {
        let sent = self.sent.lock().unwrap();
        let order = |(_, effect): &(Timestamp, Effect)| match effect {
            Effect::Place(order) => Some(order.get().clone()),
            _ => None,
        };
        sent.iter().filter_map(order).collect()
    }

    fn facts(&self) -> Vec<Fact> {
        let journal = MemoryJournal::open(self.disk.clone());
        let records = journal.read(1).unwrap();
        let fact = |payload| match payload {
            Payload::Fact(fact) => Some(fact),
            Payload::Input(_) => None,
        };
        records
            .filter_map(|record| fact(record.unwrap().payload))
            .collect()
    }
}

fn child(n: u64) -> Command {
    let ticket = mts1b_desk::domain::Ticket {
        thesis: format!("child {n} of parent {}", n % PARENTS),
        ..limit(&format!("c{n}"), Side::Buy, "1", "99.50")
    };
    place(ticket)
}

#[test]
fn a_runaway_is_stopped_within_one_window_and_a_person_still_gets_out() {
    let children = std::env::var("RUNAWAY").map_or(CHILDREN, |text| text.parse().unwrap());
    let mut rig = Rig::open();
    rig.hold("100");
    let (begun, before) = (rig.now(), rig.placed().len());
    let records = rig.disk.len();
    let (mut next, mut turns, mut exits) = (0, 0_u64, 0);
    while next < children {
        // As fast as it can: until the lane is full.
        while next < children && rig.bus.command(program(), child(next)).is_ok() {
            next += 1;
        }
        turns += 1;
        if turns.is_multiple_of(10) && exits < 5 {
            exits += 1;
            let exit = place(ticket(&format!("exit{exits}"), Side::Sell, "10"));
            rig.bus.command(person(), exit).expect("room for a person");
        }
        rig.turn();
    }
    for _ in 0..2100 {
        rig.turn();
    }
    let placed = rig.placed();
    let entries = placed[before..]
        .iter()
        .filter(|order| order.side == Side::Buy);
    assert!(
        entries.count() <= 20,
        "no more than the fund's rate reached the venue"
    );
    let sells = placed
        .iter()
        .filter(|order| order.side == Side::Sell)
        .count();
    assert_eq!((sells, exits), (5, 5), "every exit by hand left");
    let snap = rig.watch.get();
    let halt = snap.risk.halts().first().expect("the fund is halted");
    assert_eq!(halt.status.state, HaltState::Halted);
    assert!(halt.status.since.since(begun) < Duration::from_secs(1));
    assert!(
        halt.status
            .trigger
            .starts_with("runaway: more than 100 orders refused"),
        "{}",
        halt.status.trigger
    );
    // 101 refusals of four records, 21 orders, 5 exits, and one count a second.
    let grown = rig.disk.len() - records;
    assert!(
        grown < 700 + 4 * usize::try_from(turns / 1000 + 4).unwrap(),
        "{grown} records"
    );
    let flooded: u64 = rig
        .facts()
        .iter()
        .filter_map(|fact| match fact {
            Fact::Risk(RiskFact::Flooded {
                refused, newest, ..
            }) => {
                assert!(newest.starts_with("buy AAPL: "), "{newest}");
                Some(*refused)
            }
            _ => None,
        })
        .sum();
    let refused_one_by_one = rig
        .facts()
        .iter()
        .filter(|fact| {
            matches!(
                fact,
                Fact::Order(mts1b_desk::event::OrderFact::Rejected { .. })
            )
        })
        .count() as u64;
    let approved = placed[before..].len() as u64 - 5;
    assert_eq!(
        flooded + refused_one_by_one + approved,
        children,
        "each is accounted for"
    );
    assert_eq!(
        snap.risk.flooded().map(|flooded| flooded.refused),
        Some(flooded)
    );
}

#[test]
fn only_a_person_lifts_the_halt_and_with_a_reason() {
    let mut desk = Desk::open();
    for n in 0..200 {
        desk.step(program(), Input::Command(child(n)));
    }
    assert_eq!(desk.state.books().risk.halts().len(), 1);
    let resume = |reason: &str| Command::Resume {
        target: "fund-1".into(),
        actor: "ana".into(),
        reason: reason.into(),
    };
    desk.wait(1000);
    desk.tick();
    desk.wait(1000);
    desk.tick();
    desk.step(program(), Input::Command(resume("it is fine")));
    desk.command(resume("  "));
    assert_eq!(desk.state.books().risk.halts().len(), 1);
    desk.command(resume("found the bug"));
    assert_eq!(desk.state.books().risk.halts().len(), 0);
    assert_eq!(desk.replayed().hash(), desk.state.hash());
    // And it trips again when it goes on.
    for n in 1000..1200 {
        desk.step(program(), Input::Command(child(n)));
    }
    assert_eq!(desk.state.books().risk.halts().len(), 1);
}

#[test]
fn refusals_are_told_one_by_one_again_after_a_quiet_second() {
    let mut desk = Desk::open();
    let nonsense = || Command::Cancel {
        order_id: read("nobody"),
    };
    let mut told = 0;
    for _ in 0..1000 {
        told += refusals(&desk.command(nonsense())).len();
    }
    assert_eq!(told, 100);
    assert!(
        desk.state.books().risk.halts().is_empty(),
        "nothing was to be sent"
    );
    desk.wait(1000);
    let facts = desk.tick();
    assert!(
        matches!(&facts[..], [Fact::Risk(RiskFact::Flooded { refused: 900, newest, .. })]
            if newest == "cancel: order nobody is not known"),
        "{facts:?}"
    );
    assert_eq!(
        refusals(&desk.command(nonsense())).len(),
        0,
        "not quiet yet"
    );
    for _ in 0..2 {
        desk.wait(1000);
        desk.tick();
    }
    assert_eq!(refusals(&desk.command(nonsense())).len(), 1);
}
