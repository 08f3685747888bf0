//! Hostile days in every run of the tests, and what the simulation promises of itself.

use std::sync::Arc;
use std::time::Duration;

use mts1b_desk::base::ManualClock;
use mts1b_desk::domain::{Currency, Fill, FillCursor, Quantity, TicketSize};
use mts1b_desk::event::{Command, MarketEvent};
use mts1b_desk::journal::{MemoryDisk, Payload};
use mts1b_desk::order::effect::Effect;

use super::day::{Plan, Spoil, live};
use super::desk::{Desk, Doom, Tape, empty};
use super::outside::asks;
use super::pit::Pit;
use super::read;
use super::shadow::Shadow;
use super::wire::Wire;
use super::{Failure, Report, day, shrink};
use crate::support::build;

/// Days lived by each of the two tests that every run makes; two, so that two cores share them.
const DAYS: u64 = 120;

#[test]
fn hostile_days() {
    days(0, DAYS);
}

#[test]
fn more_hostile_days() {
    days(DAYS, DAYS);
}

/// On this day a program sends 1,200 orders while the desk is slow, and then a person asks for something too.
#[test]
fn a_lane_that_a_program_has_filled_turns_a_person_away_and_the_day_goes_on() {
    let report = day(200_804_340).unwrap_or_else(|failure| panic!("{failure}"));
    let refused = |(what, often): &(&str, u64)| *what == "commands the lane refused" && *often > 0;
    assert!(report.counts().iter().any(refused), "{report}");
}

/// Lives more days when asked: `SIM_DAYS=5000 SIM_FROM=1000 cargo test --test it sim::tests::as_many`.
#[test]
fn as_many_days_as_asked_for() {
    let number = |name: &str| std::env::var(name).map(|text| text.parse().unwrap());
    if let Ok(count) = number("SIM_DAYS") {
        days(number("SIM_FROM").unwrap_or(0), count);
    }
}

/// Lives the days of so many seeds; fails with the first story, made short, and a line for every failure.
fn days(from: u64, count: u64) {
    let mut sum = Report::default();
    let mut failures: Vec<Failure> = Vec::new();
    for seed in from..from + count {
        match day(seed) {
            Ok(report) => sum.add(&report),
            Err(failure) => failures.push(*failure),
        }
    }
    eprintln!("{count} days: {sum}");
    if let Some(first) = failures.first() {
        let short = shrink(first.seed, None).unwrap();
        let all: Vec<_> = failures.iter().map(Failure::line).collect();
        let (often, all) = (failures.len(), all.join("\n"));
        panic!("{short}\n{often} of {count} days:\n{all}");
    }
    // Days on which nothing happens would prove nothing.
    for (what, often) in sum.counts() {
        assert!(*often > 0, "no {what} in {count} days");
    }
}

/// Lives one day again: `SIM_SEED=7 cargo test --test it sim::tests::one_seed`; `SIM_WHOLE=1` leaves it as long as it is.
#[test]
fn one_seed() {
    let seed = std::env::var("SIM_SEED").map_or(1, |text| text.parse().unwrap());
    let whole = std::env::var_os("SIM_WHOLE").is_some();
    match day(seed) {
        Ok(report) => eprintln!("seed {seed}: {report}"),
        Err(failure) if whole => panic!("{failure}"),
        Err(failure) => panic!("{}", shrink(failure.seed, None).unwrap()),
    }
}

#[test]
fn a_day_repeats_exactly() {
    for seed in 0..5 {
        let told = || format!("{:?}", live(seed, &Plan::default(), true));
        assert_eq!(told(), told());
    }
}

#[test]
fn an_answer_that_is_due_is_not_waited_for_until_the_next_tick() {
    let clock = Arc::new(ManualClock::new(build::noon().as_us()));
    let (disk, tape) = (MemoryDisk::default(), Tape::default());
    let outset = (asks(2), Doom::default());
    let mut desk = Desk::start(empty(), &disk, &tape, &clock, outset);
    desk.turn();
    desk.bus().market(MarketEvent::Quote {
        quote: build::quote("ACME", "100.00", "100.02"),
        received_at: desk.now(),
    });
    desk.turn();
    let ticket = build::ticket("ACME", Some(TicketSize::Units(read("1"))));
    let place = Command::Place {
        ticket: Box::new(ticket),
        reviewed: None,
    };
    assert!(desk.command("sim", place));
    desk.turn();
    assert!(matches!(&desk.take_effects()[..], [Effect::Ask(_)]));
    // The gate has 50 ms, and the way there and back 250 more; a tick comes every second.
    for (ms, waiting) in [(299, 1), (1, 0)] {
        clock.advance(Duration::from_millis(ms));
        desk.turn();
        assert_eq!(desk.state().orders().waiting_count(), waiting);
    }
    assert_eq!(desk.take_effects(), []);
}

/// A law that no day keeps for long, and that is nobody's fault.
fn no_fill_after_a_cut(wire: &Wire, shadow: &Shadow, at_cut: &mut u64) -> Result<(), String> {
    let fills = shadow.booked.len() as u64 + 1;
    if wire.cuts == 0 {
        return Ok(());
    }
    if *at_cut == 0 {
        *at_cut = fills;
    }
    if fills > *at_cut {
        return Err("a fill was booked after a cut".to_owned());
    }
    Ok(())
}

#[test]
fn a_day_that_fails_becomes_a_short_story() {
    let plan = Plan {
        law: Some(no_fill_after_a_cut),
        ..Plan::default()
    };
    let seed = (0..50)
        .find(|seed| live(*seed, &plan, false).is_err())
        .unwrap();
    let whole = live(seed, &plan, true).unwrap_err();
    let short = shrink(seed, plan.law).unwrap();
    eprintln!("{short}");
    let again = live(seed, &short.plan, true).unwrap_err();
    assert_eq!(again.failure, short.failure);
    assert_eq!(again.met, short.met);
    assert_eq!(again.failure.kind(), whole.failure.kind());
    assert!(
        short.met.len() <= 20,
        "{} incidents are left of {}: {:?}",
        short.met.len(),
        whole.met.len(),
        short.met
    );
    assert!(short.failure.story.len() <= 30, "{}", short.failure);
}

/// Each law, what breaks it, and the words it says then.
const LAWS: [(&str, Spoil); 13] = [
    ("never said yes", |_, _, shadow| {
        shadow.turn_deaf_to_gates();
    }),
    ("the journal's fills are worth", |_, _, shadow| {
        for cash in shadow.cash.values_mut() {
            *cash += read("0.01");
        }
    }),
    ("its fills sum to", |_, _, shadow| {
        // What is worth nothing yet is not seen in NAV.
        shadow
            .positions
            .entry(read("ACME"))
            .or_insert(read("0.000001"));
    }),
    ("is booked as", |_, wire, shadow| {
        for fill in &mut wire.fills {
            if !shadow.booked.contains_key(&fill.fill_id) {
                fill.fees += read("0.01");
            }
        }
    }),
    ("of which the journal has no intent", |_, _, shadow| {
        shadow.submitted.clear();
    }),
    ("ordered", |_, wire, _| {
        let again = wire.fills.first().map(|fill| {
            let mut again = fill.clone();
            again.quantity = again.quantity + again.quantity + again.quantity;
            again
        });
        wire.fills.extend(again);
    }),
    ("the screen shows record", |_, _, shadow| shadow.seq += 1),
    ("was sent as order", |_, wire, _| {
        let placed = wire.placed.values().next().cloned();
        for number in 0..400 {
            let key = read(&format!("key-{number}"));
            if let Some(order) = &placed {
                wire.placed.entry(key).or_insert_with(|| order.clone());
            }
        }
    }),
    ("which is locked", |_, _, shadow| {
        shadow.locked.extend(Pit::symbols());
    }),
    ("the venue never said anything of it", |_, _, shadow| {
        shadow.turn_deaf();
    }),
    ("and nobody was told", |_, _, shadow| shadow.drifted.clear()),
    ("and is", |laws, _, _| laws.mistake_ends()),
    ("is not booked", |_, wire, shadow| {
        let missed = wire
            .fills
            .first()
            .filter(|fill| shadow.booked.len() > 3 && !fill.fill_id.as_str().ends_with('x'));
        if let Some(fill) = missed.cloned() {
            let name = format!("{}x", fill.fill_id);
            if wire
                .fills
                .iter()
                .all(|known| known.fill_id.as_str() != name)
            {
                let fill_id = read(&name);
                wire.fills.push(Fill {
                    fill_id,
                    quantity: Quantity::ZERO,
                    ..fill
                });
            }
        }
    }),
];

#[test]
fn every_law_can_be_broken() {
    for (words, spoil) in LAWS {
        let plan = Plan {
            spoil: Some(spoil),
            ..Plan::default()
        };
        let law = |seed| {
            live(seed, &plan, false)
                .err()
                .map(|broken| broken.failure.law)
        };
        let said: Vec<_> = (0..40).filter_map(law).take(4).collect();
        assert!(
            said.iter().any(|law| law.contains(words)),
            "no day says '{words}': {said:?}"
        );
    }
}

#[test]
fn the_journal_says_what_it_may_not() {
    use mts1b_desk::event::{AccountFact, Fact, OrderFact};
    let at = read("2026-11-20T10:00:00Z");
    let submitted = || OrderFact::Submitted {
        order_id: read("o"),
        at,
    };
    let cases = [
        ("never approved", vec![submitted()]),
        ("submitted twice", vec![submitted(), submitted()]),
        (
            "was canceled and then expired",
            vec![
                OrderFact::Canceled {
                    order_id: read("o"),
                    at,
                },
                OrderFact::Expired {
                    order_id: read("o"),
                    at,
                },
            ],
        ),
        (
            "is approved",
            vec![OrderFact::Judged {
                order_id: read("o"),
                verdicts: Vec::new(),
                seen: Box::default(),
                approved: true,
                at: None,
            }],
        ),
    ];
    for (words, facts) in cases {
        let mut shadow = Shadow::default();
        for (seq, fact) in (1..).zip(facts) {
            shadow.take(seq, &Payload::Fact(Fact::Order(fact)));
        }
        assert!(
            shadow.faults.iter().any(|fault| fault.contains(words)),
            "{words}: {:?}",
            shadow.faults
        );
    }
    let fill: Fill = serde_json::from_value(serde_json::json!({
        "fill_id": "f", "order_id": "o", "symbol": "ACME", "side": "buy", "quantity": "1", "price": "10",
        "fees": "0", "venue": "paper", "timestamp": "2026-11-20T10:00:00Z",
    }))
    .unwrap();
    let booked = AccountFact::Filled {
        broker: read("paper"),
        fill,
        cursor: FillCursor("1".into()),
        currency: Currency::USD,
        usd_rate: None,
        quote: None,
    };
    let mut shadow = Shadow::default();
    for seq in [1, 2, 4] {
        shadow.take(seq, &Payload::Fact(Fact::Account(booked.clone())));
    }
    for words in ["was booked twice", "record 4 follows record 2"] {
        assert!(
            shadow.faults.iter().any(|fault| fault.contains(words)),
            "{words}: {:?}",
            shadow.faults
        );
    }
}
