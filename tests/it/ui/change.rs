//! Changing a working order from the screen, and a runaway on it.

use mts1b_desk::domain::{OrderId, Side, TicketSize};
use mts1b_desk::engine::Out;
use mts1b_desk::event::{BrokerReport, Command, Control, Fact, Input, RiskFact, Source};

use super::rig::{Rig, Setup};
use crate::support::build::{self, read};
use crate::support::live_order;

fn busy() -> Rig {
    Rig::busy(&Setup {
        size: (200, 56),
        ..Setup::default()
    })
}

/// The one working order.
fn working(rig: &Rig) -> OrderId {
    live_order(&rig.engine)
}

/// Has the venue confirm a cancel and say that nothing was done.
fn confirm(rig: &mut Rig, order_id: &OrderId) {
    rig.report(BrokerReport::Canceled {
        broker: read("paper"),
        order_id: order_id.clone(),
    });
    rig.report(BrokerReport::Stands {
        broker: read("paper"),
        order_id: order_id.clone(),
        filled: read("0"),
        ended: true,
    });
    rig.snapshot();
}

#[test]
fn an_order_is_changed_in_a_ticket_of_its_own_values() {
    let mut rig = busy();
    let old = working(&rig);
    rig.keys("m");
    let screen = rig.screen();
    for part in ["Change · BUY AAPL", "188.2", "was", "200 limit 188.20 day"] {
        assert!(screen.contains(part), "no '{part}' in\n{screen}");
    }
    rig.keys("enter");
    assert!(rig.screen().contains("nothing would change"));
    rig.keys("ctrl+u 1 8 8 . 5 0 tab tab ctrl+u 2 1 0 enter");
    assert!(rig.sent().is_empty(), "the key that reviews does not send");
    assert!(rig.screen().contains("BUY 210 AAPL"), "{}", rig.screen());
    rig.keys("y");
    let sent = rig.sent();
    let [
        Command::Replace {
            order_id,
            ticket,
            reviewed: Some(_),
        },
    ] = &sent[..]
    else {
        panic!("{sent:?}\n{}", rig.screen());
    };
    assert_eq!(
        (order_id, ticket.side, ticket.symbol.as_str()),
        (&old, Side::Buy, "AAPL")
    );
    assert_eq!(ticket.size, Some(TicketSize::Units(read("210"))));
    assert_eq!(ticket.limit_price.unwrap().to_string(), "188.50");
    assert!(rig.screen().contains("sent: change of buy AAPL"));
    rig.take(None);
    let line = rig.line("188.20");
    assert!(line.contains("replacing"), "{line}");
    confirm(&mut rig, &old);
    let screen = rig.screen();
    assert!(
        screen.contains("replaced") && screen.contains("in flight"),
        "{screen}"
    );
}

#[test]
fn a_change_that_a_gate_refuses_shows_the_most_that_passes() {
    let mut rig = busy();
    rig.keys("m tab tab ctrl+u 9 0 0 enter");
    let screen = rig.screen();
    assert!(screen.contains("refused by static"), "{screen}");
    // 300 are held and 527 are a tenth of the fund: the old 200 do not stand in the way.
    rig.keys("f 1 enter y");
    let sent = rig.sent();
    let [Command::Replace { ticket, .. }] = &sent[..] else {
        panic!("{sent:?}\n{}", rig.screen());
    };
    let Some(TicketSize::Units(units)) = ticket.size else {
        panic!("{ticket:?}");
    };
    assert!(units > read("200") && units < read("240"), "{units}");
}

#[test]
fn without_a_working_order_there_is_nothing_to_change() {
    let mut rig = Rig::new(&Setup::default());
    rig.keys("m");
    assert!(rig.screen().contains("no working order is chosen"));
    // One that ended while the ticket was open says so.
    let mut rig = busy();
    rig.keys("m ctrl+u 1 8 8 . 5 0");
    rig.fill_working("188.20");
    rig.keys("enter");
    assert!(
        rig.screen().contains("has ended: it is filled"),
        "{}",
        rig.screen()
    );
    assert!(rig.sent().is_empty());
}

#[test]
fn a_runaway_cannot_be_missed_at_any_size() {
    for size in [(200, 56), (120, 36), (80, 24)] {
        let mut rig = Rig::new(&Setup {
            size,
            ..Setup::default()
        });
        rig.desk.take_rung();
        for n in 0..5000 {
            let mut ticket = build::ticket("AAPL", Some(TicketSize::Units(read("1"))));
            ticket.idempotency_key = read(&format!("child-{n}"));
            let command = Command::Place {
                ticket: Box::new(ticket),
                reviewed: None,
            };
            let program = Source::Program("algo".into());
            let input = Input::Command(command);
            rig.engine
                .step(program, input, rig.now, &mut Out::default());
        }
        rig.snapshot();
        assert!(rig.desk.take_rung(), "it rings");
        let line = rig.line("HALTED");
        assert!(line.contains("R lifts it: runaway"), "{line}");
        rig.wait(std::time::Duration::from_secs(1));
        rig.control(Control::Tick);
        rig.snapshot();
        let line = rig.line("HALTED");
        assert!(line.contains("4,879 commands refused"), "{line}");
    }
}

#[test]
fn a_working_order_in_the_way_is_canceled_from_the_ticket() {
    let mut rig = busy();
    // 300 are held and 200 work; 527 are a tenth of the fund.
    rig.keys("b 1 0 0");
    let screen = rig.screen();
    assert!(
        screen.contains("quantity 2") && screen.contains("cancel buy 200 AAPL"),
        "{screen}"
    );
    rig.keys("f 2");
    let sent = rig.sent();
    let [Command::Cancel { order_id }] = &sent[..] else {
        panic!("{sent:?}\n{}", rig.screen());
    };
    let order_id = order_id.clone();
    let screen = rig.screen();
    assert!(
        screen.contains("cancel buy 200 AAPL: asked for"),
        "{screen}"
    );
    // The ticket stays, and is not sent by that key.
    assert!(rig.desk.ticket().is_open());
    confirm(&mut rig, &order_id);
    rig.keys("enter y");
    let sent = rig.sent();
    assert!(
        matches!(sent.last(), Some(Command::Place { .. })),
        "{sent:?}"
    );
}

#[test]
fn a_list_that_allows_nothing_says_so_before_the_limits() {
    let mut rig = Rig::new(&Setup {
        size: (200, 56),
        ..Setup::default()
    });
    let mut nothing = build::envelope();
    nothing.allowed_brokers.clear();
    nothing.allowed_asset_classes.clear();
    let fact = Fact::Risk(RiskFact::EnvelopeSet(Box::new(nothing)));
    rig.engine.apply(rig.engine.seq() + 1, &fact);
    rig.snapshot();
    let screen = rig.screen();
    for words in [
        "no broker is allowed: the list is empty",
        "no asset class is allowed: the list is empty",
    ] {
        assert!(screen.contains(words), "{screen}");
    }
}
