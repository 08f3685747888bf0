//! Gates that ask outside, in the chain: nothing is approved before each of them has let it pass.

use mts1b_desk::domain::{GateName, Side};
use mts1b_desk::event::{AskedGate, Asks, Outcome, Verdict, human_veto};
use mts1b_desk::order::gate::{check, preview, refusal};

use crate::order::case::Case;
use crate::support::build::read;

/// Every way a gate may stand: not asked, or answered so.
const STANDS: [Option<Outcome>; 4] = [
    None,
    Some(Outcome::Pass),
    Some(Outcome::Unanswered),
    Some(Outcome::Refuse),
];

fn asked() -> [GateName; 4] {
    [read("one"), read("two"), GateName::CroVeto, human_veto()]
}

fn asks() -> Asks {
    let gate = |name: &str| AskedGate {
        gate: read(name),
        exits: false,
    };
    Asks {
        gates: vec![gate("one"), gate("two")],
        model: true,
        person_ms: Some(1),
    }
}

/// Every way in which all four may stand.
fn ways() -> impl Iterator<Item = [Option<Outcome>; 4]> {
    let four = STANDS.len();
    let pick = move |way: usize, gate: u32| STANDS[way / four.pow(gate) % four];
    (0..four.pow(4)).map(move |way| [0, 1, 2, 3].map(|gate| pick(way, gate)))
}

fn answers(way: [Option<Outcome>; 4]) -> Vec<Verdict> {
    let answer = |(gate, outcome): (GateName, Option<Outcome>)| {
        Some(Verdict {
            gate,
            outcome: outcome?,
            code: None,
            measure: None,
            age_ms: None,
            reason: "so it is".into(),
        })
    };
    asked().into_iter().zip(way).filter_map(answer).collect()
}

#[test]
fn the_right_to_send_needs_every_answer_and_no_refusal() {
    let mut approved = 0;
    for way in ways() {
        let case = Case::buy("10").with(|case| {
            case.envelope.cro_veto_enabled = true;
            case.asks = asks();
            case.answers = answers(way);
        });
        let (verdicts, right) = case.ask(check);
        let all = way
            .iter()
            .all(|stand| matches!(stand, Some(Outcome::Pass | Outcome::Unanswered)));
        assert_eq!(right.is_some(), all, "{way:?}: {verdicts:?}");
        approved += u32::from(all);
        // Who is asked next is the first without an answer, unless somebody refused.
        let refused = way.contains(&Some(Outcome::Refuse));
        let last = verdicts.last().unwrap();
        assert_eq!(
            last.outcome == Outcome::Refuse,
            refused,
            "{way:?}: {verdicts:?}"
        );
        if let Some(next) = way.iter().position(Option::is_none).filter(|_| !refused) {
            let next = (&asked()[next], Outcome::AskedOnSend);
            assert_eq!((&last.gate, last.outcome), next, "{way:?}");
        }
        assert_eq!(case.ask(preview).len(), 10, "a preview shows all");
        assert_eq!(case.ask(refusal), None, "the searches ask pure gates alone");
    }
    assert_eq!(approved, 16);
}

#[test]
fn a_pure_gate_that_refuses_leaves_nobody_to_ask() {
    let case = Case::buy("1001").with(|case| {
        case.envelope.cro_veto_enabled = true;
        case.asks = asks();
    });
    let (verdicts, right) = case.ask(check);
    assert!(right.is_none());
    let asked = verdicts.iter().any(|it| it.outcome == Outcome::AskedOnSend);
    assert!(!asked, "{verdicts:?}");
}

#[test]
fn an_exit_is_asked_about_only_by_a_gate_that_wants_to_be() {
    for exits in [false, true] {
        let case = Case::side(Side::Sell, "10").holding("10").with(|case| {
            case.envelope.cro_veto_enabled = true;
            case.asks = asks();
            case.asks.gates[1].exits = exits;
        });
        let (verdicts, right) = case.ask(check);
        assert_eq!(right.is_some(), !exits, "{verdicts:?}");
    }
}
