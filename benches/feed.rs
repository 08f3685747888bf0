//! Bytes of a venue to an exact quote, and a quote over the bus.

use std::time::Duration;

use mts1b_desk::adapter::kraken::{KrakenSession, KrakenSettings, Now, Out};
use mts1b_desk::bus::{Bounds, bus};
use mts1b_desk::event::MarketEvent;

use crate::build;
use crate::rig::Rig;
use crate::runner::{Case, Runner};

/// One message as the venue sends it, with the keys in its order.
const TICKER: &str = r#"{"channel":"ticker","type":"update","data":[{"symbol":"SOL/USD","bid":141.72,"bid_qty":31.25000000,"ask":141.73,"ask_qty":0.75000000,"last":141.73,"volume":91822.11750000,"vwap":140.88,"low":138.40,"high":143.95,"change":-0.41,"change_pct":-0.29,"timestamp":"2026-03-02T10:00:01.250000Z"}]}"#;

/// The same with the keys in another order, which takes the general way.
const TURNED: &str = r#"{"type":"update","channel":"ticker","data":[{"ask":141.73,"ask_qty":0.75000000,"bid":141.72,"bid_qty":31.25000000,"symbol":"SOL/USD","last":141.73,"volume":91822.11750000,"vwap":140.88,"low":138.40,"high":143.95,"change":-0.41,"change_pct":-0.29,"timestamp":"2026-03-02T10:00:01.250000Z"}]}"#;

pub fn run(runner: &mut Runner) {
    kraken(runner);
    market(runner);
}

fn kraken(runner: &mut Runner) {
    let symbols = [build::symbol("SOL-USD")];
    let settings = KrakenSettings::default();
    let session = KrakenSession::new(&settings, build::read("kraken"), &symbols);
    let mut link = (session, Out::default());
    let now = Now {
        at: build::noon(),
        elapsed: Duration::ZERO,
    };
    for (name, text, budget) in [
        ("kraken/ticker to quote", TICKER, 500),
        ("kraken/ticker, keys in another order", TURNED, 4000),
    ] {
        runner.time(
            Case::new(name).sampled(64, 4000).p50_ns(budget),
            &mut link,
            |(_, out)| out.events.clear(),
            |(session, out), ()| session.on_frame(text, now, out),
        );
        assert!(link.1.close.is_none(), "{:?}", link.1.close);
    }
}

/// Every symbol changes once, then the engine takes them all; the time is per quote.
fn market(runner: &mut Runner) {
    let symbols = 200;
    let mut rig = Rig::open(symbols);
    let (sender, inlets) = bus(Bounds::default());
    let mut ends = (sender, inlets, Vec::<MarketEvent>::new());
    let mut at = 0;
    let mut next = |rig: &mut Rig| {
        at = (at + 1) % symbols;
        rig.quote(at)
    };
    let case = Case::new("bus/one quote in");
    runner.time(
        case.sampled(200, 2000).p50_ns(150),
        &mut ends,
        |(_, inlets, taken)| {
            inlets.drain_market(taken);
            taken.clear();
            next(&mut rig)
        },
        |(sender, _, _), event| sender.market(event),
    );
    let case = Case::new("bus/200 quotes in as one batch and out, each");
    let quotes: Vec<MarketEvent> = (0..symbols).map(|n| rig.quote(n)).collect();
    if !runner.wants("bus/200 quotes in as one batch and out, each") {
        return;
    }
    let mut taken = crate::runner::Samples::default();
    for _ in 0..runner.count(5000) {
        let (sender, inlets, out) = &mut ends;
        let mut events = quotes.clone();
        out.clear();
        let (took, ()) = runner.once(|| {
            sender.market_batch(&mut events);
            inlets.drain_market(out);
        });
        taken.add(took, 200.0);
    }
    runner.note(case.p50_ns(150), &taken);
}
