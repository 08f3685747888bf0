//! Limits set in the desk: versions, who may, what a halt forbids, restarts, rehearsal.

use mts1b_desk::domain::{
    EnvelopeField, HaltRequest, HaltScope, RejectionCode, RiskEnvelope, Side,
};
use mts1b_desk::event::{Command, Control, Fact, Input, Opening, RateLimits, RiskFact};

use super::rig::{AAPL, Desk, limit, place, program, refusals};
use crate::support::build::{envelope, fund, read};

/// Limits that follow those in force, with one field as typed.
fn next(desk: &Desk, field: &str, typed: &str) -> RiskEnvelope {
    let known = desk.state.books().risk.envelope().unwrap();
    let mut next = RiskEnvelope {
        version: known.version + 1,
        ..(**known).clone()
    };
    EnvelopeField::named(field)
        .unwrap()
        .set(&mut next, typed)
        .unwrap();
    next
}

fn set(envelope: RiskEnvelope) -> Command {
    Command::SetEnvelope {
        envelope: Box::new(envelope),
        actor: "ana".into(),
    }
}

fn halt(desk: &Desk) -> Command {
    Command::Halt(HaltRequest {
        halt_id: "h1".into(),
        scope: HaltScope::Fund,
        target: "fund-1".into(),
        reason: "a bad feeling".into(),
        actor: "ana".into(),
        cancel_open_orders: true,
        flatten: false,
        requested_at: desk.now,
    })
}

fn version(desk: &Desk) -> u32 {
    desk.state.books().risk.envelope().unwrap().version
}

/// Begins a session over the same books with other limits in the configuration.
fn reopen(desk: &mut Desk, change: impl FnOnce(&mut RiskEnvelope)) -> Vec<Fact> {
    let mut envelope = envelope();
    change(&mut envelope);
    desk.control(Control::Open(Box::new(Opening {
        desk_id: "t1".into(),
        fund: fund(),
        envelope,
        rates: RateLimits::default(),
        gates: Vec::new(),
        asks: mts1b_desk::event::Asks::default(),
        version: "test".into(),
    })))
}

#[test]
fn the_version_must_be_the_next_one_and_both_are_named() {
    let mut desk = Desk::open();
    let proposed = next(&desk, "max_position_pct", "5%");
    for (version, named) in [(1, "1"), (3, "3"), (0, "0")] {
        let wrong = RiskEnvelope {
            version,
            ..proposed.clone()
        };
        let words = format!("version {named} does not follow version 1: it must be 2");
        assert_eq!(refusals(&desk.command(set(wrong))), [words]);
    }
    let facts = desk.command(set(proposed.clone()));
    assert!(
        matches!(&facts[..], [Fact::Risk(RiskFact::EnvelopeEdited { by, .. })] if by == "ana"),
        "{facts:?}"
    );
    assert_eq!(version(&desk), 2);
    // Said twice it is no second version.
    assert_eq!(refusals(&desk.command(set(proposed))).len(), 1);
    assert_eq!(desk.replayed().hash(), desk.state.hash());
}

#[test]
fn what_is_no_change_or_at_fault_or_from_a_program_is_refused() {
    let mut desk = Desk::open();
    let same = RiskEnvelope {
        version: 2,
        ..(**desk.state.books().risk.envelope().unwrap()).clone()
    };
    assert_eq!(
        refusals(&desk.command(set(same.clone()))),
        ["nothing would change"]
    );
    let faulty = RiskEnvelope {
        max_position_pct: 0.0,
        ..same.clone()
    };
    assert!(refusals(&desk.command(set(faulty)))[0].starts_with("max_position_pct 0 must be"));
    let foreign = RiskEnvelope {
        fund_id: read("fund-2"),
        ..same
    };
    assert_eq!(
        refusals(&desk.command(set(foreign))),
        ["fund_id 'fund-2' must be 'fund-1'"]
    );
    let tighter = set(next(&desk, "max_position_pct", "1%"));
    let facts = desk.step(program(), Input::Command(tighter));
    assert_eq!(
        refusals(&facts),
        ["a person sets the limits, not a program"]
    );
    assert_eq!(version(&desk), 1);
}

#[test]
fn while_halted_limits_are_tightened_and_never_loosened() {
    let mut desk = Desk::open();
    desk.command(halt(&desk));
    let looser = next(&desk, "max_position_pct", "11%");
    let why = refusals(&desk.command(set(looser.clone())));
    assert!(
        why[0].starts_with("max_position_pct would be looser while halted (a bad feeling (ana))"),
        "{why:?}"
    );
    let tighter = next(&desk, "max_position_pct", "9%");
    assert!(refusals(&desk.command(set(tighter))).is_empty());
    assert_eq!(version(&desk), 2);
    desk.command(Command::Resume {
        target: "fund-1".into(),
        actor: "ana".into(),
        reason: "it was nothing".into(),
    });
    let looser = RiskEnvelope {
        version: 3,
        ..looser
    };
    assert!(refusals(&desk.command(set(looser))).is_empty());
    assert_eq!(version(&desk), 3);
}

#[test]
fn an_edit_outlives_restarts_until_the_configuration_says_something_else() {
    let mut desk = Desk::open();
    desk.command(set(next(&desk, "max_position_pct", "5%")));
    desk.restart(RateLimits::default());
    assert_eq!(
        version(&desk),
        2,
        "the configuration is as it was: the edit stands"
    );
    assert_eq!(desk.replayed().hash(), desk.state.hash());

    reopen(&mut desk, |set| set.max_order_notional_usd = read("50000"));
    let risk = desk.state.books().risk;
    assert_eq!(version(&desk), 3);
    assert!((risk.envelope().unwrap().max_position_pct - 0.1).abs() < 1e-18);
    let said: Vec<_> = risk
        .versions()
        .iter()
        .map(|version| (version.version, version.by.clone(), version.changes.len()))
        .collect();
    assert_eq!(
        said,
        [(1, None, 0), (2, Some("ana".into()), 1), (3, None, 2)]
    );
    let last = &risk.versions().last().unwrap().changes;
    assert_eq!(
        (
            last[0].field.as_str(),
            last[0].was.as_str(),
            last[0].now.as_str(),
            last[0].looser
        ),
        ("max_position_pct", "5%", "10%", true)
    );
    reopen(&mut desk, |set| set.max_order_notional_usd = read("50000"));
    assert_eq!(version(&desk), 3);
    assert_eq!(desk.replayed().hash(), desk.state.hash());
}

#[test]
fn a_configuration_that_loosens_waits_for_the_end_of_the_halt_and_one_that_tightens_does_not() {
    let mut desk = Desk::open();
    desk.command(halt(&desk));
    let facts = reopen(&mut desk, |set| set.max_position_pct = 0.2);
    assert!(refusals(&facts)[0].contains("max_position_pct would be looser while halted"));
    assert_eq!(version(&desk), 1);
    reopen(&mut desk, |set| set.max_position_pct = 0.05);
    assert_eq!(version(&desk), 2);
    desk.command(Command::Resume {
        target: "fund-1".into(),
        actor: "ana".into(),
        reason: "it was nothing".into(),
    });
    reopen(&mut desk, |set| set.max_position_pct = 0.2);
    assert_eq!(version(&desk), 3);
}

#[test]
fn a_rehearsal_counts_what_the_limits_alone_would_have_refused() {
    let mut desk = Desk::open();
    // 300 held, 100 working; then one refused for its size, one for a key used twice.
    let first = desk.work(limit("a", Side::Buy, "300", "100.02"));
    desk.fill(&first, "300");
    desk.work(limit("b", Side::Buy, "100", "90"));
    desk.command(place(limit("c", Side::Buy, "900", "100.02")));
    let sell = desk.work(limit("d", Side::Sell, "50", "110"));
    desk.canceled(&sell);

    let books = desk.state.books();
    let rehearse = |field: &str, typed: &str| books.rehearse(&next(&desk, field, typed), desk.now);
    let same = books.rehearse(books.risk.envelope().unwrap(), desk.now);
    assert_eq!(
        (
            same.judged,
            same.refused.len(),
            same.passed,
            same.over.len()
        ),
        (4, 0, 0, 0)
    );
    assert!(same.valued);

    // 300 at 100 are 3 %; 400 are 4 %. The exit passes under any limit.
    let tight = rehearse("max_position_pct", "3.5%");
    let refused: Vec<_> = tight
        .refused
        .iter()
        .map(|row| (row.quantity, &row.code))
        .collect();
    assert_eq!(refused, [(read("100"), &RejectionCode::MaxPositionPct)]);
    assert_eq!(tight.over.len(), 1);
    assert_eq!(tight.over[0].what, format!("{AAPL} position"));
    assert!(tight.over[0].value > tight.over[0].limit);

    let tighter = rehearse("max_order_notional_usd", "9000");
    assert_eq!(tighter.refused.len(), 2);
    assert!(tighter.over.is_empty());

    // What is held by now does not matter to what was judged then.
    let out = desk.work(limit("out", Side::Sell, "300", "100"));
    desk.fill(&out, "300");
    let books = desk.state.books();
    let rehearse = |field: &str, typed: &str| books.rehearse(&next(&desk, field, typed), desk.now);
    let later = rehearse("max_position_pct", "3.5%");
    assert_eq!((later.judged, later.refused), (5, tight.refused));
    // What was beyond a tenth would have passed under two.
    let loose = rehearse("max_position_pct", "20%");
    assert_eq!((loose.refused.len(), loose.passed), (0, 1));
}

#[test]
fn a_rehearsal_is_the_same_after_a_restart() {
    let mut desk = Desk::open();
    let first = desk.work(limit("a", Side::Buy, "300", "100.02"));
    desk.fill(&first, "300");
    desk.work(limit("b", Side::Buy, "100", "90"));
    let proposed = next(&desk, "max_position_pct", "2%");
    let before = desk.state.books().rehearse(&proposed, desk.now);
    assert_eq!(before.refused.len(), 2);
    desk.restart(RateLimits::default());
    assert_eq!(desk.state.books().rehearse(&proposed, desk.now), before);
}
