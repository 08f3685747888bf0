//! Orders that wait: seen with the time that is left, passed and vetoed by a person, and by no stray key.

use std::time::Duration;

use mts1b_desk::domain::GateName;
use mts1b_desk::engine::Out;
use mts1b_desk::event::{Asks, Command, GateAnswer, Input, Said, Source};

use crate::ui::rig::{Rig, Setup};

fn person() -> Asks {
    Asks {
        person_ms: Some(30_000),
        ..Asks::default()
    }
}

fn model() -> Asks {
    Asks {
        model: true,
        ..Asks::default()
    }
}

/// A desk on which a hundred AAPL were sent and wait.
fn waiting(asks: Asks, size: (u16, u16)) -> Rig {
    let mut rig = Rig::new(&Setup {
        size,
        asks,
        ..Setup::default()
    });
    rig.keys("b 1 0 0 enter y");
    rig.take(None);
    rig.draw();
    rig
}

fn decided(rig: &Rig) -> Option<(bool, String, String)> {
    match &rig.sent()[..] {
        [] => None,
        [
            Command::Decide {
                pass,
                actor,
                reason,
                ..
            },
        ] => Some((*pass, actor.clone(), reason.clone())),
        other => panic!("{other:?}"),
    }
}

#[test]
fn what_waits_for_a_person_is_seen_at_every_size_with_the_time_that_is_left() {
    for size in [(200, 56), (120, 36), (80, 24)] {
        let mut rig = waiting(person(), size);
        let screen = rig.screen();
        assert!(screen.contains("waits for a person"), "{screen}");
        assert!(rig.desk.take_rung(), "a person is called");
        rig.keys("g o");
        rig.draw();
        assert!(rig.screen().contains("? 30s you"), "{}", rig.screen());
        rig.wait(Duration::from_secs(1));
        rig.draw();
        assert!(rig.screen().contains("? 29s you"), "{}", rig.screen());
        assert!(rig.screen().contains("1 waiting"));
    }
}

#[test]
fn a_person_lets_it_go_after_being_asked_once_more() {
    let mut rig = waiting(person(), (120, 36));
    rig.keys("p");
    rig.draw();
    let screen = rig.screen();
    assert!(
        screen.contains("Let it go? buy 100 AAPL market, 30 s left"),
        "{screen}"
    );
    rig.wait(Duration::from_secs(2));
    rig.draw();
    assert!(rig.screen().contains("28 s left"), "{}", rig.screen());
    assert_eq!(decided(&rig), None);
    rig.keys("enter");
    assert_eq!(decided(&rig), Some((true, "tester".into(), String::new())));
    rig.take(Some("189.43"));
    rig.draw();
    assert!(!rig.screen().contains("Let it go?"));
    assert_eq!(rig.engine.orders().waiting_count(), 0);
    assert_eq!(
        rig.engine.ledger().fills().len(),
        1,
        "it was sent and filled"
    );
}

#[test]
fn a_veto_carries_the_reason_that_was_typed() {
    let mut rig = waiting(person(), (80, 24));
    rig.keys("V t o o space b i g enter");
    let expected = Some((false, "tester".into(), "too big".into()));
    assert_eq!(decided(&rig), expected);
    rig.take(None);
    rig.draw();
    let screen = rig.screen();
    assert!(screen.contains("vetoed by tester: too big"), "{screen}");
}

#[test]
fn no_stray_key_decides() {
    for keys in [
        "p",
        "p esc",
        "p esc enter",
        "V",
        "V esc",
        "V n o esc",
        "enter y",
        "y y y",
        "p p p",
        "F8 p enter",
        "p F8 enter",
        "space esc",
        "V backspace",
    ] {
        let mut rig = waiting(person(), (120, 36));
        rig.keys(keys);
        assert_eq!(rig.sent(), [], "after {keys}");
    }
    let mut rig = Rig::new(&Setup::default());
    rig.keys("p enter V enter");
    assert_eq!(rig.sent(), [], "nothing waits");
}

#[test]
fn the_question_goes_when_its_order_waits_no_more() {
    let mut rig = waiting(person(), (120, 36));
    rig.keys("p");
    rig.draw();
    rig.wait(Duration::from_secs(30));
    rig.control(mts1b_desk::event::Control::Tick);
    rig.snapshot();
    rig.draw();
    let screen = rig.screen();
    assert!(!screen.contains("Let it go?"), "{screen}");
    rig.keys("enter");
    assert_eq!(rig.sent(), []);
}

#[test]
fn a_model_that_is_asked_is_shown_and_a_person_may_veto_meanwhile() {
    let mut rig = waiting(model(), (120, 36));
    rig.keys("g o");
    rig.draw();
    assert!(rig.screen().contains("? 5s cro"), "{}", rig.screen());
    rig.keys("p");
    rig.draw();
    assert!(
        rig.screen().contains("no order waits for a person"),
        "{}",
        rig.screen()
    );
    rig.keys("V enter");
    assert_eq!(decided(&rig), Some((false, "tester".into(), String::new())));

    let mut rig = waiting(model(), (120, 36));
    rig.keys("g o c");
    assert!(
        matches!(&rig.sent()[..], [Command::Cancel { .. }]),
        "canceled like any other"
    );

    let mut rig = waiting(model(), (120, 36));
    let order_id = rig
        .engine
        .orders()
        .waiting()
        .next()
        .unwrap()
        .order
        .order_id
        .clone();
    let answer = GateAnswer {
        order_id,
        gate: GateName::CroVeto,
        said: Said::Opinion {
            veto: true,
            confidence: 0.97,
            reason: "earnings in an hour".to_owned(),
        },
        took_ms: 812,
        exchange: None,
    };
    let source = Source::Gate("cro_veto".into());
    let (now, mut out) = (rig.now, Out::default());
    rig.engine
        .step(source, Input::Answer(answer), now, &mut out);
    rig.snapshot();
    rig.keys("g v");
    rig.draw();
    let screen = rig.screen();
    assert!(rig.line("CRO_VETO").contains("vetoed at 0.97"), "{screen}");
    assert!(
        screen.contains("in 812 ms: earnings in an hour"),
        "{screen}"
    );
}

#[test]
fn a_model_that_fails_open_is_seen_to_have_done_so() {
    let mut rig = waiting(model(), (200, 56));
    rig.wait(Duration::from_millis(5_250));
    // Without a fresh quote the order would be refused for that, whatever the model says.
    rig.quote("AAPL", "189.39", "189.43");
    rig.control(mts1b_desk::event::Control::Tick);
    rig.snapshot();
    rig.draw();
    let screen = rig.screen();
    assert!(
        screen.contains("cro_veto: passes unanswered after 5000 ms"),
        "{screen}"
    );
    assert!(rig.line("approved").contains("? AAPL buy 100"), "{screen}");
}

#[test]
fn a_ticket_says_beforehand_who_will_be_asked() {
    let asks = Asks {
        person_ms: Some(30_000),
        ..model()
    };
    let mut rig = Rig::new(&Setup {
        asks,
        size: (200, 56),
        ..Setup::default()
    });
    rig.keys("b 1 0 0");
    rig.draw();
    assert!(rig.line("cro_veto").contains("? "), "{}", rig.screen());
    assert!(
        rig.line("human_veto").contains("a person is asked"),
        "{}",
        rig.screen()
    );
}
