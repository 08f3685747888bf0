//! Limits, halts, panic, flows and corrections by keys: what is asked, what is sent, what is shown.

use std::time::Duration;

use mts1b_desk::domain::{HaltRequest, HaltScope, Money, OrderId, Position};
use mts1b_desk::event::{BrokerReport, Command, LinkHealth, LinkName, LinkState};

use crate::support::build::read;
use crate::support::live_order;
use crate::ui::rig::{Rig, Setup};

const SIZES: [(u16, u16); 3] = [(80, 24), (120, 36), (200, 56)];

fn busy() -> Rig {
    Rig::busy(&Setup {
        size: (120, 36),
        ..Setup::default()
    })
}

fn each_size(name: &str, prepare: impl Fn(&mut Rig)) {
    for size in SIZES {
        let mut rig = Rig::busy(&Setup {
            size,
            ..Setup::default()
        });
        prepare(&mut rig);
        rig.show(&format!("{name}-{}x{}", size.0, size.1));
    }
}

fn only(rig: &Rig) -> Command {
    let sent = rig.sent();
    assert_eq!(sent.len(), 1, "{sent:?}");
    sent[0].clone()
}

fn clear(rig: &Rig) {
    rig.recorder.sent.lock().unwrap().clear();
}

fn lost_week(rig: &Rig) -> Command {
    // Set off by hand here; what it takes to lift it is the engine's tests'.
    Command::Halt(HaltRequest {
        halt_id: "h1".into(),
        scope: HaltScope::Fund,
        target: "fund-1".into(),
        reason: "a bad feeling".into(),
        actor: "bob".into(),
        cancel_open_orders: true,
        flatten: false,
        requested_at: rig.now,
    })
}

fn state(rig: &mut Rig, units: &str) {
    let positions = [("AAPL", units), ("NVDA", "420"), ("TSLA", "-120")]
        .into_iter()
        .map(|(symbol, quantity)| Position {
            fund_id: read("fund-1"),
            symbol: read(symbol),
            quantity: read(quantity),
            avg_price: read("187.92"),
            last_price: read("187.92"),
            market_value_usd: Money::ZERO,
            unrealized_pl_usd: Money::ZERO,
            realized_pl_ytd_usd: Money::ZERO,
            last_updated: rig.now,
            tax_lots: Vec::new(),
        })
        .collect();
    let orders = rig.engine.orders().live();
    let orders = orders.map(|record| record.order.clone()).collect();
    rig.report(BrokerReport::Statement {
        broker: read("paper"),
        orders,
        positions,
    });
    rig.snapshot();
}

#[test]
fn limits_are_typed_rehearsed_and_only_then_saved() {
    let mut rig = busy();
    rig.keys("g e");
    assert!(rig.line("max_position_pct").contains("10%"));
    // The first letter begins the field anew.
    rig.keys("down down down 2 0 %");
    assert!(rig.line("max_position_pct").contains("looser"));
    rig.keys("backspace backspace backspace 2 x");
    assert!(
        rig.line("max_position_pct")
            .contains("max_position_pct '2x' must be a share: 5% or 0.05")
    );
    rig.keys("enter y");
    assert!(
        rig.sent().is_empty(),
        "what is at fault is neither rehearsed nor saved"
    );
    rig.keys("backspace backspace backspace 2 % enter");
    let screen = rig.screen();
    assert!(screen.contains("max_position_pct"), "{screen}");
    assert!(screen.contains("10% -> 2%"), "{screen}");
    assert!(
        screen.contains("would have refused 4 of 5 of today's orders"),
        "{screen}"
    );
    assert!(screen.contains("AAPL position"), "{screen}");
    assert!(
        rig.sent().is_empty(),
        "the key that rehearses does not save"
    );
    rig.keys("enter");
    assert!(rig.sent().is_empty());
    // Back to the fields, and there again.
    rig.keys("esc");
    assert!(rig.line("max_position_pct").contains("tighter"));
    rig.keys("enter y");
    match only(&rig) {
        Command::SetEnvelope { envelope, actor } => {
            assert_eq!((envelope.version, actor.as_str()), (2, "tester"));
            assert!((envelope.max_position_pct - 0.02).abs() < 1e-18);
        }
        other => panic!("{other:?}"),
    }
    rig.take(None);
    assert!(
        rig.screen()
            .contains("limits v2 by tester: max_position_pct 10% -> 2%")
    );
    rig.keys("g e");
    assert!(
        rig.line("in force")
            .contains("v2 in force, this would be v3")
    );
}

#[test]
fn nothing_changed_nothing_to_save_and_esc_puts_it_away() {
    let mut rig = busy();
    rig.keys("g e enter");
    assert!(rig.screen().contains("nothing would change"));
    rig.keys("y enter esc");
    assert!(!rig.screen().contains("in force, this would be"));
    assert!(rig.sent().is_empty());
}

#[test]
fn a_file_fills_the_form_in_and_is_rehearsed_like_what_is_typed() {
    let mut rig = busy();
    rig.keys(": e n v e l o p e space t i g h t . t o m l enter");
    assert!(rig.line("max_position_pct").contains("5%"));
    assert!(rig.line("allowed_order_types").contains("tighter"));
    rig.keys("enter y");
    assert!(matches!(only(&rig), Command::SetEnvelope { .. }));
    clear(&rig);
    rig.keys(": e n v e l o p e space w h o l e . j s o n enter enter y");
    assert!(matches!(only(&rig), Command::SetEnvelope { envelope, .. } if envelope.version == 2));
    for (name, words) in [
        (
            "o d d . t o m l",
            "odd.toml: 'max_postion_pct' is no field of an envelope",
        ),
        ("n o n e", "none: no such file"),
    ] {
        rig.keys(&format!(": e n v e l o p e space {name} enter"));
        assert!(rig.screen().contains(words), "{words}\n{}", rig.screen());
    }
}

#[test]
fn while_halted_what_loosens_is_rehearsed_and_not_sent() {
    let mut rig = busy();
    let halt = lost_week(&rig);
    rig.give(halt);
    clear(&rig);
    rig.keys("g e down down down 2 0 % enter y");
    assert!(rig.sent().is_empty());
    assert!(rig.screen().contains("nothing is loosened while halted"));
    rig.keys("esc down up 5 % enter y");
    assert!(matches!(only(&rig), Command::SetEnvelope { .. }));
}

#[test]
fn a_flow_says_what_it_does_and_needs_a_reason() {
    let mut rig = busy();
    rig.keys(": f l o w space - 5 , 0 0 0 enter");
    assert!(rig.screen().contains("5000 USD leaves the fund"));
    rig.keys("enter");
    assert!(rig.screen().contains("money moves for a reason"));
    assert!(rig.sent().is_empty());
    rig.keys("f e e s enter");
    assert_eq!(
        only(&rig),
        Command::Flow {
            amount_usd: read("-5000"),
            actor: "tester".into(),
            reason: "fees".into(),
        }
    );
    rig.take(None);
    assert!(
        rig.screen()
            .contains("5000 USD flowed out, by tester: fees")
    );
    rig.keys(": f l o w space s o o n enter");
    assert!(rig.screen().contains("write :flow AMOUNT REASON"));
    rig.keys(": f l o w space 1 0 space f r o m space b o b enter");
    assert!(rig.line("reason").contains("from bob"));
    rig.keys("esc");
    assert!(rig.sent().is_empty());
}

#[test]
fn a_halt_is_lifted_by_a_name_that_can_be_somebody_elses() {
    let mut rig = busy();
    let halt = lost_week(&rig);
    rig.give(halt);
    clear(&rig);
    rig.keys("g h");
    let screen = rig.screen();
    assert!(screen.contains("fund-1 a bad feeling"), "{screen}");
    assert!(screen.contains("by bob since"), "{screen}");
    rig.keys("enter up ctrl+u");
    // The name stands ready; the reason is typed. Another name is typed over it.
    for _ in 0.."tester".len() {
        rig.keys("backspace");
    }
    rig.keys("a n a down o k enter");
    assert_eq!(
        only(&rig),
        Command::Resume {
            target: "fund-1".into(),
            actor: "ana".into(),
            reason: "ok".into(),
        }
    );
}

#[test]
fn panic_blocks_this_desk_at_once_and_lets_out_what_reduces() {
    // Nothing answers: the halt is on its way and not seen.
    let mut rig = busy();
    rig.keys("b 1 enter F12 y");
    assert!(matches!(only(&rig), Command::Halt(_)));
    assert!(rig.screen().contains("panic: only what reduces"));
    rig.keys("esc esc esc x 4 y");
    assert_eq!(rig.sent().len(), 2, "an exit leaves");
    // Even where the halt was not taken.
    let mut rig = busy();
    *rig.recorder.refuse.lock().unwrap() = Some("the lane is full".into());
    rig.keys("F12");
    assert!(rig.screen().contains("the halt was not taken"));
    *rig.recorder.refuse.lock().unwrap() = None;
    rig.keys("b 1 enter y");
    assert!(rig.sent().is_empty());
    // Once the fund is halted the engine's word holds, and its lifting.
    rig.keys("esc esc esc F12");
    rig.take(None);
    rig.keys("R o k enter");
    rig.take(None);
    rig.keys("b 1 enter y");
    assert_eq!(rig.sent().len(), 1);
}

#[test]
fn the_checklist_stays_over_every_pane_and_popup_until_all_has_settled() {
    let mut rig = busy();
    rig.keys("F12");
    rig.take(None);
    let id: OrderId = live_order(&rig.engine);
    assert!(rig.line("unverified").contains("1 sent"));
    for keys in [
        "?", "esc", "j j", "g o", ":", "esc", "b", "esc", "w r", "w t",
    ] {
        rig.keys(keys);
        rig.draw();
    }
    assert!(rig.line("unverified").contains("1 sent"));
    rig.wait(Duration::from_secs(6));
    assert!(rig.line("unverified").contains("1 unverified"));
    let down = LinkState {
        name: LinkName::Broker("paper".into()),
        health: LinkHealth::Down,
        detail: "no answer".into(),
        since: rig.now,
    };
    rig.control(mts1b_desk::event::Control::Link(down));
    rig.snapshot();
    assert!(rig.line("unverified").contains("unreachable"));
    rig.report(BrokerReport::Canceled {
        broker: read("paper"),
        order_id: id,
    });
    rig.snapshot();
    let screen = rig.screen();
    assert!(!screen.contains("unverified"), "{screen}");
    assert!(
        screen.contains("the halt has settled: 1 order ended"),
        "{screen}"
    );
}

#[test]
fn flatten_is_the_second_step_and_takes_the_whole_word() {
    let mut rig = busy();
    rig.keys(": f l a t t e n enter");
    assert!(rig.screen().contains("halt first, then flatten"));
    rig.keys("F12");
    rig.take(None);
    clear(&rig);
    rig.keys("g x F L A T enter");
    assert!(rig.screen().contains("nothing is closed: type FLATTEN"));
    assert!(rig.sent().is_empty());
    rig.keys("T E N enter");
    assert!(matches!(only(&rig), Command::Flatten { .. }));
    rig.take(None);
    // One of them waits for its order to be canceled, the others are on their way.
    rig.keys("g p");
    let screen = rig.screen();
    assert!(
        screen.contains("exit waits") || rig.engine.orders().live_count() > 1,
        "{screen}"
    );
}

#[test]
fn three_columns_show_what_differs_and_a_person_settles_it() {
    let mut rig = busy();
    state(&mut rig, "300");
    rig.keys("g r");
    assert!(rig.line("AAPL  ").contains("300 (+200 -0)"));
    rig.keys("esc");
    state(&mut rig, "305");
    rig.keys("g r");
    assert!(
        rig.screen()
            .contains("locked: paper holds 5 more than the books")
    );
    rig.keys("enter");
    assert!(rig.screen().contains("its next statement is awaited"));
    rig.keys("esc");
    state(&mut rig, "305");
    rig.keys("g r enter");
    assert!(rig.screen().contains("Correct the books of AAPL?"));
    rig.keys("enter");
    assert!(rig.sent().is_empty());
    rig.keys("m i s s e d enter");
    match only(&rig) {
        Command::Correct {
            quantity, reason, ..
        } => assert_eq!((quantity, reason.as_str()), (read("5"), "missed")),
        other => panic!("{other:?}"),
    }
    rig.take(None);
    assert_eq!(rig.engine.ledger().quantity(&read("AAPL")), read("305"));
}

#[test]
fn a_position_shows_where_its_stop_lies() {
    let mut rig = Rig::busy(&Setup {
        size: (200, 56),
        ..Setup::default()
    });
    rig.keys("g p +");
    // Ten per cent below 187.92, ten above 249.80.
    assert!(rig.line("56,823.00").contains("169.13"));
    assert!(rig.line("-29,294.40").contains("274.78"));
}

#[test]
fn what_is_typed_into_a_question_or_a_field_ends_somewhere() {
    let mut rig = Rig::busy(&Setup {
        size: (200, 56),
        ..Setup::default()
    });
    rig.keys(": f l o w space 1 enter");
    for _ in 0..500 {
        rig.keys("w");
    }
    rig.keys("enter");
    match only(&rig) {
        Command::Flow { reason, .. } => assert_eq!(reason.len(), 120),
        other => panic!("{other:?}"),
    }
    clear(&rig);
    rig.keys("g e up up");
    for _ in 0..500 {
        rig.keys("n");
    }
    rig.keys("enter y");
    match only(&rig) {
        Command::SetEnvelope { envelope, .. } => assert_eq!(envelope.notes.len(), 160),
        other => panic!("{other:?}"),
    }
}

#[test]
fn pictures_at_three_sizes() {
    each_size("envelope", |rig| {
        rig.keys("g e down down down 2 0 % down 3 0 0 0 0 down 2 x");
    });
    each_size("rehearsal", |rig| {
        rig.keys("g e down down down 2 % enter");
    });
    each_size("checklist", |rig| {
        rig.keys("F12");
        rig.take(None);
    });
    each_size("compared", |rig| {
        state(rig, "305");
        state(rig, "305");
        rig.settle();
        rig.keys("g r");
    });
    each_size("halts", |rig| {
        let halt = lost_week(rig);
        rig.give(halt);
        rig.settle();
        rig.keys("g h");
    });
}
