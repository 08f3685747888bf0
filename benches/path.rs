//! An order from the key to the venue's word, through the real loop, journal, driver and paper venue.
//!
//! From the moment the command is handed to the bus until the loop hears that the venue took the
//! order, which is after its intent was made durable; the journal's own times say when that was.
//! Each order is followed by a bare write and `fdatasync` beside the journal.

use std::collections::HashMap;
use std::fs::File;
use std::io::Write;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use mts1b_desk::app::boot;
use mts1b_desk::app::run::Core;
use mts1b_desk::app::setup::Setup;
use mts1b_desk::base::{SystemClock, SystemIds};
use mts1b_desk::bus::{Bounds, Bus, Latest, bus};
use mts1b_desk::config::{Overrides, Settings};
use mts1b_desk::domain::{FundId, Quote, Side, Ticket, TicketSize, Timestamp};
use mts1b_desk::engine::LoopStats;
use mts1b_desk::event::{
    BrokerReport, Command, Control, Fact, Input, MarketEvent, OrderFact, Source,
};
use mts1b_desk::journal::{Journal, Payload, SqliteJournal};

use crate::build;
use crate::runner::{Case, Runner, Samples};

const ORDERS: usize = 200;
/// Between two orders: within the limit on orders a second, and every thread is asleep again.
const REST: Duration = Duration::from_millis(60);
/// What the path may take: so often the bare sync, and so much more.
const RATIO: f64 = 1.15;
const BESIDE_NS: f64 = 300_000.0;
const NAMES: [&str; 2] = ["order/y to paper accept", "order/bare fdatasync of 4 KiB"];

pub fn run(runner: &mut Runner) {
    if !NAMES.iter().any(|name| runner.wants(name)) {
        return;
    }
    let folder = tempfile::tempdir().expect("a folder for the journal");
    let (begun, bare) = trade(folder.path(), runner);
    let ours = accepts(folder.path(), &begun);
    let budget = bare.median_ns() * RATIO + BESIDE_NS;
    runner.note(Case::new(NAMES[1]), &bare);
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a time of milliseconds in nanoseconds"
    )]
    let case = Case::new(NAMES[0]).p50_ns(budget as u64);
    runner.note(case, &ours);
}

/// Sends the orders; returns when each was, by its key, and what the bare syncs between them took.
fn trade(folder: &Path, runner: &Runner) -> (HashMap<String, Timestamp>, Samples) {
    let clock = Arc::new(SystemClock::new());
    let settings = Settings::load(None, &Overrides::default()).expect("the shipped settings");
    let setup = Setup::new(settings, clock.clone(), Arc::new(SystemIds::default()))
        .expect("the shipped settings");
    let journal = SqliteJournal::open(folder).expect("a journal");
    let market = setup.source(setup.now()).expect("the synthetic market");
    let state = setup.state_over(&market);
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(1)
        .enable_all()
        .build()
        .expect("a runtime");
    let (bus, inlets) = bus(Bounds::default());
    boot::open(&setup, &bus, &state).expect("the books are opened");
    let release = boot::adapters(&setup, &runtime, &bus, &state, &market).expect("adapters");
    let latest = Latest::new(Arc::new(state.snapshot(setup.now(), LoopStats::default())));
    let fund = setup.settings.desk().fund.clone();
    let mut core = Core::new(
        state,
        inlets,
        Box::new(journal),
        Box::new(release),
        latest,
        clock.clone(),
        fund.clone(),
    );
    let engine = std::thread::spawn(move || core.run());
    let mut log = File::create(folder.join("bare.log")).expect("a file beside it");
    let (mut begun, mut bare) = (HashMap::new(), Samples::default());
    let block = [7_u8; 4096];
    for n in 0..runner.count(ORDERS) {
        std::thread::sleep(REST);
        say(&bus, setup.now());
        // The quote is in the engine, and the engine asleep, before the order comes.
        std::thread::sleep(Duration::from_millis(5));
        let key = format!("path-{n}");
        let ticket = Box::new(ticket(&key, &fund, n));
        begun.insert(key, setup.now());
        let place = Command::Place {
            ticket,
            reviewed: None,
        };
        bus.command(Source::Person("bench".into()), place)
            .expect("the lane has room");
        std::thread::sleep(Duration::from_millis(30));
        let (synced, outcome) = runner.once(|| {
            log.write_all(&block)?;
            log.sync_data()
        });
        outcome.expect("the bytes are kept");
        bare.add(synced, 1.0);
    }
    bus.control(Source::Desk, Control::Close)
        .expect("the session closes");
    engine.join().expect("the loop ends in good order");
    (begun, bare)
}

fn say(bus: &Bus, now: Timestamp) {
    let quote = Quote {
        timestamp: now,
        ..build::quote("AAPL", "209.99", "210.00")
    };
    bus.market(MarketEvent::Quote {
        quote,
        received_at: now,
    });
}

/// One share, bought and sold in turn.
fn ticket(key: &str, fund: &FundId, n: usize) -> Ticket {
    let side = if n.is_multiple_of(2) {
        Side::Buy
    } else {
        Side::Sell
    };
    Ticket {
        idempotency_key: build::read(key),
        fund_id: fund.clone(),
        broker: build::read("paper"),
        strategy_id: build::read("manual"),
        side,
        ..build::ticket("AAPL", Some(TicketSize::Units(build::read("1"))))
    }
}

/// Returns how long each order took until the loop heard that it was accepted.
fn accepts(folder: &Path, begun: &HashMap<String, Timestamp>) -> Samples {
    let journal = SqliteJournal::open(folder).expect("the journal again");
    let (mut sent, mut taken) = (HashMap::new(), Samples::default());
    for record in journal.read(1).expect("its records") {
        let record = record.expect("a whole record");
        match record.payload {
            Payload::Fact(Fact::Order(OrderFact::Created(order))) => {
                if let Some(at) = begun.get(order.idempotency_key.as_str()) {
                    sent.insert(order.order_id.clone(), *at);
                }
            }
            Payload::Input(Input::Execution(BrokerReport::Accepted { order_id, .. })) => {
                if let Some(at) = sent.remove(&order_id) {
                    taken.add(record.at.since(at), 1.0);
                }
            }
            _ => {}
        }
    }
    assert!(sent.is_empty(), "{} orders were not accepted", sent.len());
    taken
}
