//! Gates that ask outside: nothing is sent before every one of them has answered.

use std::time::Duration;

use mts1b_desk::domain::{GateName, HaltRequest, HaltScope, OrderId, RiskEnvelope, Side};
use mts1b_desk::event::{
    AskedGate, Asks, BrokerReport, Command, Control, Fact, GateAnswer, Input, OrderFact, Outcome,
    RateLimits, Reviewed, Said, Source, human_veto,
};
use mts1b_desk::order::effect::Effect;
use mts1b_desk::order::oms::{Flight, WAITING_MOST};

use super::rig::{AAPL, Desk, asking, limit, place, program, refusals, ticket};
use crate::support::build::{self, read};

fn gate() -> GateName {
    read("desk_gate")
}

fn limits() -> RiskEnvelope {
    RiskEnvelope {
        cro_veto_enabled: true,
        ..build::envelope()
    }
}

/// One registered gate and the model.
fn both() -> Asks {
    Asks {
        gates: vec![AskedGate {
            gate: gate(),
            exits: false,
        }],
        model: true,
        person_ms: None,
    }
}

fn model() -> Asks {
    Asks {
        gates: Vec::new(),
        ..both()
    }
}

fn person() -> Asks {
    Asks {
        person_ms: Some(30_000),
        ..Asks::default()
    }
}

fn opened(asks: Asks) -> Desk {
    Desk::opened(asking(RateLimits::default(), limits(), asks))
}

fn opinion(veto: bool, confidence: f64) -> Said {
    Said::Opinion {
        veto,
        confidence,
        reason: "too much of it".to_owned(),
    }
}

/// Sends a ticket and returns the order it became.
fn send(desk: &mut Desk, key: &str, side: Side, units: &str) -> OrderId {
    desk.command(place(ticket(key, side, units)));
    id_of(desk, key)
}

fn id_of(desk: &Desk, key: &str) -> OrderId {
    let record = desk.state.orders().by_key(&read(key)).unwrap();
    record.order.order_id.clone()
}

fn answer(desk: &mut Desk, order_id: &OrderId, gate: GateName, said: Said) -> Vec<Fact> {
    let source = Source::Gate(gate.as_str().into());
    let answer = GateAnswer {
        order_id: order_id.clone(),
        gate,
        said,
        took_ms: 7,
        exchange: None,
    };
    desk.step(source, Input::Answer(answer))
}

fn decide(desk: &mut Desk, order_id: &OrderId, pass: bool) -> Vec<Fact> {
    desk.command(decision(order_id, pass))
}

fn decision(order_id: &OrderId, pass: bool) -> Command {
    Command::Decide {
        order_id: order_id.clone(),
        pass,
        actor: "ana".to_owned(),
        reason: "looked at it".to_owned(),
    }
}

fn ignored(facts: &[Fact]) -> Vec<String> {
    let why = |fact: &Fact| match fact {
        Fact::Order(OrderFact::AnswerIgnored { why, .. }) => Some(why.clone()),
        _ => None,
    };
    facts.iter().filter_map(why).collect()
}

/// What the record says of a gate.
fn said_of(desk: &Desk, order_id: &OrderId, gate: &GateName) -> (Outcome, String) {
    let record = desk.record(order_id);
    let verdict = record.verdicts.iter().find(|it| it.gate == *gate).unwrap();
    (verdict.outcome, verdict.reason.to_string())
}

fn waits_for(desk: &Desk, order_id: &OrderId) -> Option<GateName> {
    let record = desk.record(order_id);
    record.waiting.as_ref().map(|waiting| waiting.gate.clone())
}

#[test]
fn gates_outside_are_asked_in_order_and_the_order_leaves_after_the_last_answer() {
    let mut desk = opened(both());
    let id = send(&mut desk, "k1", Side::Buy, "10");
    assert_eq!(desk.left(), ["ask desk_gate"]);
    assert_eq!(desk.record(&id).flight, Flight::PendingRisk);
    assert_eq!(desk.state.orders().working(&read(AAPL)).0, read("0"));

    desk.wait(20);
    answer(&mut desk, &id, gate(), Said::Pass);
    assert_eq!(desk.left(), ["ask cro_veto"]);
    assert_eq!(waits_for(&desk, &id), Some(GateName::CroVeto));

    desk.wait(900);
    answer(&mut desk, &id, GateName::CroVeto, opinion(false, 0.9));
    assert_eq!(desk.left(), ["place buy 10"]);
    assert!(matches!(desk.record(&id).flight, Flight::InFlight { .. }));
    assert_eq!(waits_for(&desk, &id), None);
    let names: Vec<_> = desk
        .record(&id)
        .verdicts
        .iter()
        .map(|it| it.gate.clone())
        .collect();
    let mut expected = GateName::DOCUMENTED.to_vec();
    expected.insert(6, gate());
    assert_eq!(names, expected);
    let (outcome, words) = said_of(&desk, &id, &GateName::CroVeto);
    assert_eq!(outcome, Outcome::Pass);
    assert_eq!(words, "no veto, sure by 0.9, in 7 ms: too much of it");
    assert_eq!(desk.replayed().hash(), desk.state.hash());
}

#[test]
fn a_model_vetoes_from_its_threshold_on_and_fails_open() {
    let cases = [
        (opinion(true, 0.85), Some("CRO_VETO"), "vetoed at 0.85"),
        (opinion(true, 1.0), Some("CRO_VETO"), "vetoed at 1"),
        (opinion(true, 0.84), None, "veto at 0.84 is below 0.85"),
        (opinion(false, 1.0), None, "no veto, sure by 1"),
        (
            Said::Nothing {
                why: "hung up\u{1b}[2J".to_owned(),
            },
            None,
            "passes unanswered after 7 ms: hung up [2J",
        ),
        (Said::Refuse, None, "passes unanswered after 7 ms"),
    ];
    for (said, code, words) in cases {
        let mut desk = opened(model());
        let id = send(&mut desk, "k1", Side::Buy, "10");
        answer(&mut desk, &id, GateName::CroVeto, said.clone());
        let (outcome, reason) = said_of(&desk, &id, &GateName::CroVeto);
        assert!(reason.starts_with(words), "{reason}");
        let left = desk.left();
        let record = desk.record(&id);
        let by = record.verdicts.last().unwrap().code.clone();
        assert_eq!(by.map(|code| code.to_string()).as_deref(), code, "{said:?}");
        assert_eq!(record.is_done(), code.is_some());
        let sent = left.contains(&"place buy 10".to_owned());
        assert_eq!(sent, code.is_none(), "{said:?}: {left:?}");
        assert_eq!(outcome == Outcome::Unanswered, words.starts_with("passes"));
        assert_eq!(desk.replayed().hash(), desk.state.hash());
    }
}

#[test]
fn a_registered_gate_refuses_by_no_by_failing_and_by_silence() {
    let failing = Said::Nothing {
        why: "gate desk_gate gave no answer: it panicked".to_owned(),
    };
    for said in [
        Some(Said::Refuse),
        Some(failing),
        Some(opinion(false, 1.0)),
        None,
    ] {
        let mut desk = opened(both());
        let id = send(&mut desk, "k1", Side::Buy, "10");
        if let Some(said) = said {
            answer(&mut desk, &id, gate(), said);
        } else {
            desk.wait(299);
            desk.tick();
            assert!(!desk.record(&id).is_done());
            desk.wait(1);
            desk.tick();
        }
        let last = desk.record(&id).verdicts.last().cloned().unwrap();
        assert_eq!((last.gate, last.outcome), (gate(), Outcome::Refuse));
        assert_eq!(last.code.unwrap().to_string(), "CUSTOM:desk_gate");
        assert!(desk.record(&id).is_done());
        assert_eq!(desk.left(), ["ask desk_gate"]);
    }
}

#[test]
fn a_model_that_never_answers_is_not_waited_for_beyond_its_time() {
    let mut desk = opened(model());
    let id = send(&mut desk, "k1", Side::Buy, "10");
    let due = desk.state.answer_due().unwrap();
    assert_eq!(due, desk.now.plus(Duration::from_millis(5250)));
    desk.wait(5249);
    desk.tick();
    assert_eq!(desk.left(), ["ask cro_veto"]);
    desk.wait(1);
    desk.tick();
    assert_eq!(desk.left(), ["place buy 10"]);
    let (outcome, words) = said_of(&desk, &id, &GateName::CroVeto);
    assert_eq!(outcome, Outcome::Unanswered);
    assert_eq!(words, "passes unanswered after 5000 ms: its time is over");
    assert_eq!(desk.state.answer_due(), None);
}

#[test]
fn answers_that_are_late_double_or_about_something_else_count_for_nothing() {
    let mut desk = opened(both());
    let id = send(&mut desk, "k1", Side::Buy, "10");
    let cro = GateName::CroVeto;
    let facts = answer(&mut desk, &id, cro.clone(), opinion(true, 1.0));
    assert_eq!(ignored(&facts), ["the order waits for desk_gate"]);
    let facts = answer(&mut desk, &read("t1-999"), gate(), Said::Pass);
    assert_eq!(ignored(&facts), ["there is no such order at hand"]);
    answer(&mut desk, &id, gate(), Said::Pass);
    let facts = answer(&mut desk, &id, gate(), Said::Refuse);
    assert_eq!(ignored(&facts), ["the order waits for cro_veto"]);
    answer(&mut desk, &id, cro.clone(), opinion(false, 0.5));
    let facts = answer(&mut desk, &id, cro.clone(), opinion(true, 1.0));
    assert_eq!(
        ignored(&facts),
        ["the order is submitted and waits for nothing"]
    );
    assert_eq!(
        desk.left(),
        ["ask desk_gate", "ask cro_veto", "place buy 10"]
    );

    let late = send(&mut desk, "k2", Side::Buy, "10");
    desk.wait(300);
    let facts = answer(&mut desk, &late, gate(), Said::Pass);
    assert_eq!(ignored(&facts), ["it comes too late"]);
    assert!(desk.record(&late).is_done(), "its gate had no more time");
}

#[test]
fn the_pure_gates_judge_again_when_the_answer_comes() {
    // Each alone is within the tenth that one position may be; both are not.
    let mut desk = opened(model());
    let first = send(&mut desk, "k1", Side::Buy, "600");
    let second = send(&mut desk, "k2", Side::Buy, "600");
    assert_eq!(desk.left(), ["ask cro_veto", "ask cro_veto"]);
    answer(&mut desk, &second, GateName::CroVeto, opinion(false, 1.0));
    let facts = answer(&mut desk, &first, GateName::CroVeto, opinion(false, 1.0));
    assert_eq!(desk.left(), ["place buy 600"]);
    assert!(refusals(&facts)[0].contains("position"), "{facts:?}");
    let last = desk.record(&first).verdicts.last().unwrap();
    assert_eq!(last.gate, GateName::PositionRisk);
    assert_eq!(desk.replayed().hash(), desk.state.hash());
}

#[test]
fn what_was_reviewed_still_holds_when_it_leaves() {
    let review = |desk: &Desk| Reviewed {
        quote: Some(build::quote(AAPL, "99.00", "99.02")),
        refusals: Vec::new(),
        at: desk.now,
        slip: read("1.00"),
    };
    for (asks, slip, sent) in [(model(), "1.00", true), (model(), "0.99", false)] {
        let mut desk = opened(asks);
        let mut reviewed = review(&desk);
        // As seen then the price is right; it moves while the order waits.
        reviewed.quote = Some(build::quote(AAPL, "100.00", "100.02"));
        desk.command(Command::Place {
            ticket: Box::new(ticket("k1", Side::Buy, "10")),
            reviewed: Some(Box::new(Reviewed {
                slip: read(slip),
                ..reviewed
            })),
        });
        let id = id_of(&desk, "k1");
        let moved = mts1b_desk::event::MarketEvent::Quote {
            quote: build::quote(AAPL, "101.00", "101.02"),
            received_at: desk.now,
        };
        desk.state.market(&moved);
        let facts = answer(&mut desk, &id, GateName::CroVeto, opinion(false, 1.0));
        assert_eq!(desk.left().len() == 2, sent, "{facts:?}");
        let words = refusals(&facts).concat();
        assert_eq!(
            words.contains("the price moved from 100.02 to 101.02"),
            !sent
        );
    }
}

#[test]
fn what_only_reduces_is_not_held_up() {
    let asks = Asks {
        person_ms: Some(30_000),
        ..both()
    };
    let mut desk = opened(Asks::default());
    let bought = desk.work(ticket("k1", Side::Buy, "10"));
    desk.fill(&bought, "10");
    desk.reopen(asking(RateLimits::default(), limits(), asks));
    desk.left();
    let id = send(&mut desk, "k2", Side::Sell, "10");
    assert_eq!(desk.left(), ["place sell 10"]);
    let (_, words) = said_of(&desk, &id, &GateName::CroVeto);
    assert_eq!(words, "only reduces: not asked");
    // A flip is no exit.
    send(&mut desk, "k3", Side::Short, "1");
    assert_eq!(
        desk.left(),
        Vec::<String>::new(),
        "shorting is switched off"
    );

    let exits = Asks {
        gates: vec![AskedGate {
            gate: gate(),
            exits: true,
        }],
        ..Asks::default()
    };
    let mut desk = opened(Asks::default());
    let bought = desk.work(ticket("k1", Side::Buy, "10"));
    desk.fill(&bought, "10");
    desk.reopen(asking(RateLimits::default(), limits(), exits));
    desk.left();
    send(&mut desk, "k2", Side::Sell, "10");
    assert_eq!(
        desk.left(),
        ["ask desk_gate"],
        "a gate may want to be asked of exits too"
    );
}

#[test]
fn a_person_passes_or_vetoes_what_waits_and_nobody_else_does() {
    let mut desk = opened(person());
    let id = send(&mut desk, "k1", Side::Buy, "10");
    assert_eq!(desk.left(), Vec::<String>::new(), "the screen asks");
    assert_eq!(waits_for(&desk, &id), Some(human_veto()));
    let facts = desk.step(program(), Input::Command(decision(&id, true)));
    assert!(refusals(&facts)[0].contains("not a program"), "{facts:?}");
    let nameless = Command::Decide {
        order_id: id.clone(),
        pass: true,
        actor: " ".to_owned(),
        reason: String::new(),
    };
    assert_eq!(refusals(&desk.command(nameless)), ["a name is needed"]);
    decide(&mut desk, &id, true);
    assert_eq!(desk.left(), ["place buy 10"]);
    desk.accept(&id);
    assert_eq!(
        said_of(&desk, &id, &human_veto()),
        (Outcome::Pass, "passed by ana: looked at it".to_owned())
    );
    assert!(refusals(&decide(&mut desk, &id, false))[0].contains("does not wait"));

    let id = send(&mut desk, "k2", Side::Buy, "10");
    let facts = decide(&mut desk, &id, false);
    assert_eq!(refusals(&facts), ["vetoed by ana: looked at it"]);
    let id = send(&mut desk, "k3", Side::Buy, "10");
    desk.wait(29_999);
    assert_eq!(refusals(&desk.tick()), Vec::<String>::new());
    desk.wait(1);
    let facts = desk.tick();
    assert_eq!(refusals(&facts), ["nobody passed it within 30 s"]);
    assert!(desk.record(&id).is_done());
    assert_eq!(desk.left(), Vec::<String>::new());
    assert_eq!(desk.replayed().hash(), desk.state.hash());
}

#[test]
fn a_person_may_veto_what_the_model_is_asked_about_and_not_pass_it() {
    let mut desk = opened(model());
    let id = send(&mut desk, "k1", Side::Buy, "10");
    let facts = decide(&mut desk, &id, true);
    assert!(
        refusals(&facts)[0].contains("waits for cro_veto"),
        "{facts:?}"
    );
    let facts = decide(&mut desk, &id, false);
    assert_eq!(refusals(&facts), ["vetoed by ana: looked at it"]);
    assert!(desk.record(&id).is_done());
    assert_eq!(desk.replayed().hash(), desk.state.hash());
}

/// A way an order's waiting ends; it gets a panic and a halt that cancels nothing, at hand.
type Way = fn(&mut Desk, &OrderId, Command, Command);

#[test]
fn an_order_that_waits_is_given_up_by_a_cancel_a_panic_a_halt_and_the_end() {
    let halt = |desk: &Desk, cancel_open_orders| {
        Command::Halt(HaltRequest {
            halt_id: "h1".to_owned(),
            scope: HaltScope::Fund,
            target: "fund-1".to_owned(),
            reason: "panic key".to_owned(),
            actor: "ana".to_owned(),
            cancel_open_orders,
            flatten: false,
            requested_at: desk.now,
        })
    };
    let ways: [(&str, Way); 6] = [
        ("canceled while it waited for cro_veto", |desk, id, _, _| {
            let order_id = id.clone();
            desk.command(Command::Cancel { order_id });
        }),
        ("opening orders were canceled", |desk, _, _, _| {
            desk.command(Command::CancelOpening { symbol: None });
        }),
        ("opening orders were canceled", |desk, _, panic, _| {
            desk.command(panic);
        }),
        ("halted", |desk, _, _, quiet| {
            desk.command(quiet);
            desk.tick();
        }),
        (
            "the desk ended while it waited for cro_veto",
            |desk, _, _, _| {
                desk.control(Control::Close);
            },
        ),
        (
            "the desk ended while it waited for cro_veto",
            |desk, _, _, _| {
                desk.reopen(asking(RateLimits::default(), limits(), model()));
            },
        ),
    ];
    for (words, way) in ways {
        let mut desk = opened(model());
        let id = send(&mut desk, "k1", Side::Buy, "10");
        desk.left();
        let (panic, quiet) = (halt(&desk, true), halt(&desk, false));
        way(&mut desk, &id, panic, quiet);
        let record = desk.record(&id);
        let reason = record.order.rejected_reason.clone().unwrap();
        assert!(
            record.is_done() && reason.contains(words),
            "{words}: {reason}"
        );
        let facts = answer(&mut desk, &id, GateName::CroVeto, opinion(false, 1.0));
        assert_eq!(
            ignored(&facts),
            ["the order is rejected and waits for nothing"]
        );
        assert_eq!(desk.left(), Vec::<String>::new(), "{words}");
        assert_eq!(desk.state.orders().waiting_count(), 0);
        assert_eq!(desk.replayed().hash(), desk.state.hash());
    }
}

#[test]
fn no_more_orders_wait_than_may_and_the_last_is_refused() {
    let mut desk = opened(model());
    for number in 0..WAITING_MOST {
        send(&mut desk, &format!("k{number}"), Side::Buy, "1");
    }
    let facts = desk.command(place(ticket("more", Side::Buy, "1")));
    assert!(
        refusals(&facts)[0].contains("as many orders as may wait"),
        "{facts:?}"
    );
    assert_eq!(facts.len(), 1, "it leaves no order behind");
    assert_eq!(desk.state.orders().waiting_count(), WAITING_MOST);
    assert!(desk.effects.iter().all(|it| matches!(it, Effect::Ask(_))));
}

#[test]
fn a_change_of_a_working_order_is_asked_about_before_it_is_placed() {
    for (veto, left) in [(false, vec!["place buy 60"]), (true, vec![])] {
        let mut desk = opened(model());
        let old = worked(&mut desk);
        desk.left();
        desk.wait(2000);
        desk.command(Command::Replace {
            order_id: old.clone(),
            ticket: Box::new(limit("new", Side::Buy, "60", "98")),
            reviewed: None,
        });
        assert_eq!(desk.left(), ["cancel"]);
        desk.canceled(&old);
        desk.report(BrokerReport::Stands {
            broker: read("paper"),
            order_id: old.clone(),
            filled: read("0"),
            ended: true,
        });
        assert_eq!(desk.left(), ["find", "ask cro_veto"]);
        let new = id_of(&desk, "new");
        answer(&mut desk, &new, GateName::CroVeto, opinion(veto, 1.0));
        assert_eq!(desk.left(), left);
        assert_eq!(desk.record(&new).replaces, Some(old));
        assert_eq!(desk.replayed().hash(), desk.state.hash());
    }
}

/// Sends a limit order, has the model pass it and the venue take it.
fn worked(desk: &mut Desk) -> OrderId {
    desk.command(place(limit("old", Side::Buy, "100", "99")));
    let id = id_of(desk, "old");
    answer(desk, &id, GateName::CroVeto, opinion(false, 1.0));
    desk.accept(&id);
    id
}

#[test]
fn a_session_without_gates_outside_asks_nobody_and_a_halt_keeps_them() {
    let mut desk = opened(both());
    desk.command(Command::Halt(HaltRequest {
        halt_id: "h1".to_owned(),
        scope: HaltScope::Fund,
        target: "fund-1".to_owned(),
        reason: "looking".to_owned(),
        actor: "ana".to_owned(),
        cancel_open_orders: true,
        flatten: false,
        requested_at: desk.now,
    }));
    let facts = desk.reopen(asking(RateLimits::default(), limits(), Asks::default()));
    let words = refusals(&facts).concat();
    assert!(
        words.contains("taken over once the halt is lifted"),
        "{words}"
    );
    assert_eq!(desk.state.books().risk.asks(), &both());
}

#[test]
fn a_clock_that_was_set_back_does_not_make_an_order_wait_longer() {
    let mut desk = opened(person());
    let id = send(&mut desk, "k1", Side::Buy, "10");
    desk.now = desk.now.minus(Duration::from_hours(1));
    desk.tick();
    assert!(desk.record(&id).is_done());
    assert_eq!(desk.left(), Vec::<String>::new());
}

#[test]
fn what_is_kept_beside_the_journal_knows_who_waits() {
    let mut desk = opened(person());
    let id = send(&mut desk, "k1", Side::Buy, "10");
    let written = desk.state.keep().write().unwrap();
    let empty = super::rig::state();
    let (books, orders) = (&written.books, &written.orders);
    let mut again = empty.with_kept(books, orders, &written.links).unwrap();
    assert_eq!(again.hash(), desk.state.hash());
    assert_eq!(again.answer_due(), desk.state.answer_due());
    std::mem::swap(&mut desk.state, &mut again);
    desk.state.market(&super::rig::quote(desk.now));
    decide(&mut desk, &id, true);
    assert_eq!(desk.left(), ["place buy 10"]);
}
