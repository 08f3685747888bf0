//! Keys through the whole desk: what is sent, what is not, and what it says.

use std::time::Duration;

use mts1b_desk::domain::{OrderType, Side, TicketSize};
use mts1b_desk::event::Command;
use mts1b_desk::ui::desk::Reaction;
use mts1b_desk::ui::layout::PaneKind;

use crate::ui::rig::{Rig, Setup};

fn rig() -> Rig {
    Rig::new(&Setup {
        size: (200, 56),
        ..Setup::default()
    })
}

fn busy() -> Rig {
    Rig::busy(&Setup {
        size: (200, 56),
        ..Setup::default()
    })
}

/// Returns side, size and type of the only order sent.
fn only_order(rig: &Rig) -> (Side, Option<TicketSize>, OrderType) {
    match &rig.sent()[..] {
        [Command::Place { ticket, reviewed }] => {
            assert!(
                reviewed.is_some(),
                "a person's order carries what was reviewed"
            );
            (ticket.side, ticket.size, ticket.order_type)
        }
        other => panic!("expected one order, got {other:?}"),
    }
}

fn units(text: &str) -> TicketSize {
    TicketSize::Units(text.parse().unwrap())
}

#[test]
fn a_newcomer_buys_a_hundred() {
    let mut rig = rig();
    rig.keys("b 1 0 0 enter");
    assert!(rig.sent().is_empty(), "the key that reviews does not send");
    rig.keys("y");
    assert_eq!(
        only_order(&rig),
        (Side::Buy, Some(units("100")), OrderType::Market)
    );
    assert!(!rig.desk.ticket().is_open());
}

#[test]
fn keys_that_must_not_send() {
    for keys in [
        "b 1 0 0",
        "b 1 0 0 enter",
        "b 1 0 0 enter enter enter",
        "b 1 0 0 y",
        "b 1 0 0 enter esc",
        "b 1 0 0 enter esc esc y",
        "b 1 0 0 enter n y",
        "b enter y",
        "b 1 0 0 esc y",
        "y",
        "enter y",
        "x 4 y",
        "b 1 0 0 k k k enter y",
        "F8 b 1 0 0 enter y",
        "b 1 0 0 enter F8 y",
    ] {
        let mut rig = rig();
        rig.keys(keys);
        assert_eq!(rig.sent(), [], "after {keys}");
    }
}

#[test]
fn a_double_send_is_one_order_and_keys_never_repeat() {
    let mut rig = rig();
    rig.keys("b 1 0 0 enter y y y enter y");
    assert_eq!(rig.sent().len(), 1);
    rig.keys("b 1 enter y");
    let keys: Vec<_> = rig
        .sent()
        .iter()
        .map(|command| match command {
            Command::Place { ticket, .. } => ticket.idempotency_key.clone(),
            other => panic!("{other:?}"),
        })
        .collect();
    assert_eq!(keys.len(), 2);
    assert_ne!(keys[0], keys[1]);
}

#[test]
fn a_hundred_bitcoin_is_refused_with_the_largest_that_passes() {
    let mut rig = rig();
    rig.keys("/ b t c enter b 1 0 0");
    let screen = rig.screen();
    assert!(screen.contains("refused"), "{screen}");
    assert!(screen.contains("max 1.5"), "{screen}");
    rig.keys("enter");
    assert!(rig.line("refused by").contains("static"));
    rig.keys("y");
    assert!(rig.sent().is_empty());
    rig.keys("f 1 enter y");
    assert!(matches!(
        only_order(&rig),
        (Side::Buy, Some(TicketSize::Units(_)), _)
    ));
}

#[test]
fn what_was_seen_is_what_is_sent_or_nothing() {
    let mut rig = rig();
    rig.keys("b 1 0 0 enter");
    rig.quote("AAPL", "189.40", "189.44");
    rig.keys("y");
    assert_eq!(rig.sent().len(), 1, "a tick is within the slip");

    let mut rig = self::rig();
    rig.keys("b 1 0 0 enter");
    rig.quote("AAPL", "190.40", "190.44");
    rig.keys("y");
    assert!(rig.sent().is_empty());
    assert!(rig.line("not sent").contains("moved from 189.43 to 190.44"));
    rig.keys("enter y");
    assert_eq!(rig.sent().len(), 1, "reviewed again on the new quote");

    let mut rig = self::rig();
    rig.keys("b 1 0 0 enter");
    rig.wait(Duration::from_secs(30));
    rig.keys("y");
    assert!(rig.sent().is_empty(), "the quote went stale");
}

#[test]
fn sizes_as_traders_say_them_become_units_at_the_review() {
    for (keys, expected) in [("$ 2 5 k", "131"), ("1 %", "52"), ("m a x", "527")] {
        let mut rig = rig();
        rig.keys(&format!("b {keys} enter y"));
        assert_eq!(only_order(&rig).1, Some(units(expected)), "{keys}");
    }
}

#[test]
fn prices_come_from_the_quote_and_move_by_ticks() {
    let cases = [
        ("b", "189.39"),
        ("a", "189.43"),
        ("m", "189.41"),
        ("=", "189.43"),
        ("b up", "189.40"),
        ("b down", "189.38"),
    ];
    for (keys, expected) in cases {
        let mut rig = rig();
        rig.keys(&format!("b 1 0 0 o tab tab {keys} enter y"));
        let sent = rig.sent();
        let [Command::Place { ticket, .. }] = &sent[..] else {
            panic!("{keys}: {sent:?}\n{}", rig.screen());
        };
        assert_eq!(ticket.order_type, OrderType::Limit);
        assert_eq!(ticket.limit_price.unwrap().to_string(), expected, "{keys}");
    }
}

#[test]
fn closing_opens_a_reviewed_ticket_and_sends_only_on_y() {
    for (keys, quantity) in [
        ("x 1", "75"),
        ("x 2", "150"),
        ("x 3", "225"),
        ("x 4", "300"),
    ] {
        let mut rig = busy();
        rig.keys(keys);
        assert!(rig.desk.ticket().frozen().is_some(), "{keys} is reviewed");
        assert!(rig.sent().is_empty());
        rig.keys("y");
        assert_eq!(
            only_order(&rig),
            (Side::Sell, Some(units(quantity)), OrderType::Market)
        );
    }
}

#[test]
fn a_review_that_was_opened_directly_is_taken_back_as_a_whole() {
    let mut rig = busy();
    rig.keys("x 4 esc");
    assert!(!rig.desk.ticket().is_open(), "no draft to type into");
    rig.keys("b 1 0 enter esc");
    assert!(rig.desk.ticket().is_open(), "this one was written");
    assert!(rig.sent().is_empty());
}

#[test]
fn a_short_is_covered_and_reversed_in_two_tickets() {
    let mut rig = busy();
    rig.keys("/ t s l a enter x 4 y");
    assert_eq!(
        only_order(&rig),
        (Side::Cover, Some(units("120")), OrderType::Market)
    );
    let mut rig = busy();
    rig.keys("X y");
    assert_eq!(only_order(&rig).0, Side::Sell);
    let next = rig.desk.ticket().draft().unwrap();
    assert_eq!((next.side, next.quantity.as_str()), (Side::Short, "300"));
    assert!(
        rig.desk.ticket().frozen().is_none(),
        "the other side is not reviewed yet"
    );
}

#[test]
fn break_even_is_a_stop_at_the_average() {
    let mut rig = busy();
    rig.keys("e y");
    let sent = rig.sent();
    let [Command::Place { ticket, .. }] = &sent[..] else {
        panic!("{sent:?}\n{}", rig.screen());
    };
    assert_eq!(
        (ticket.side, ticket.order_type),
        (Side::Sell, OrderType::Stop)
    );
    assert_eq!(ticket.stop_price.unwrap().to_string(), "187.92");
}

#[test]
fn cancels_name_the_order_they_are_about() {
    let mut rig = busy();
    rig.keys("c");
    assert!(matches!(&rig.sent()[..], [Command::Cancel { .. }]));
    let mut rig = busy();
    rig.keys("C");
    let sent = rig.sent();
    assert!(
        matches!(&sent[..], [Command::CancelOpening { symbol: Some(symbol) }] if symbol.as_str() == "AAPL")
    );
    let mut rig = self::rig();
    rig.keys("c");
    assert!(rig.sent().is_empty());
    assert!(rig.screen().contains("no working order is chosen"));
}

#[test]
fn a_command_that_is_not_taken_is_said() {
    let mut rig = rig();
    *rig.recorder.refuse.lock().unwrap() = Some("the command lane is full".into());
    rig.keys("b 1 0 0 enter y");
    assert!(
        rig.screen()
            .contains("not sent: buy AAPL: the command lane is full")
    );
}

#[test]
fn focus_and_symbol_travel() {
    let mut rig = rig();
    rig.draw();
    assert_eq!(rig.desk.symbol().unwrap().as_str(), "AAPL");
    rig.keys("j j");
    assert_eq!(rig.desk.symbol().unwrap().as_str(), "NVDA");
    rig.draw();
    rig.keys("G");
    assert_eq!(rig.desk.symbol().unwrap().as_str(), "XRP-USD");
    rig.keys("l");
    assert_eq!(rig.desk.focus(), PaneKind::Chart);
    rig.keys("g p");
    assert_eq!(rig.desk.focus(), PaneKind::Positions);
    rig.keys("H H");
    assert_eq!(rig.desk.focus(), PaneKind::Watchlist);
    rig.keys("L");
    assert_eq!(rig.desk.focus(), PaneKind::Chart);
    rig.keys("5");
    assert_eq!(rig.desk.focus(), PaneKind::Orders);
}

#[test]
fn leaving_asks_while_orders_work() {
    let mut rig = rig();
    assert_eq!(rig.keys("q"), Reaction::Quit);
    let mut rig = self::rig();
    assert_eq!(rig.keys(": q enter"), Reaction::Quit);
    let mut rig = busy();
    assert_eq!(rig.keys("q"), Reaction::Done);
    assert!(rig.screen().contains("1 order works on"));
    assert_eq!(rig.keys("esc"), Reaction::Done);
    rig.keys("q");
    assert_eq!(rig.keys("enter"), Reaction::Quit);
}

#[test]
fn the_palette_finds_what_the_keys_do() {
    let mut rig = rig();
    rig.keys(": w a t c h");
    assert!(rig.line("go watchlist").contains("g w"));
    rig.keys("esc : z o o m enter");
    assert_eq!(
        rig.screen().matches("Positions").count(),
        0,
        "one pane has the screen"
    );
}

#[test]
fn pasted_text_types_and_never_acts() {
    let mut rig = rig();
    rig.desk.on_paste("b100\ny", rig.now);
    assert!(!rig.desk.ticket().is_open());
    rig.keys("b");
    rig.desk.on_paste("100\r\ny", rig.now);
    assert_eq!(rig.desk.ticket().draft().unwrap().quantity, "100");
    assert!(rig.sent().is_empty());
}

#[test]
fn panic_works_from_anywhere_and_locked_too() {
    for before in ["", "b 1 0 0", "b 1 0 0 enter", ":", "?", "x", "F8"] {
        let mut rig = rig();
        rig.keys(before);
        rig.keys("ctrl+\\");
        let halted = rig
            .sent()
            .iter()
            .any(|command| matches!(command, Command::Halt(_)));
        assert!(halted, "after '{before}'");
    }
}

#[test]
fn a_click_chooses_the_row_under_it() {
    use crossterm::event::{KeyModifiers, MouseButton, MouseEvent, MouseEventKind};
    let mut rig = busy();
    let screen = rig.screen();
    let click = |rig: &mut Rig, part: &str| {
        let row = screen.lines().position(|line| line.contains(part)).unwrap();
        let line = screen.lines().nth(row).unwrap();
        let column = line[..line.find(part).unwrap()].chars().count();
        let event = MouseEvent {
            kind: MouseEventKind::Down(MouseButton::Left),
            column: u16::try_from(column).unwrap(),
            row: u16::try_from(row).unwrap(),
            modifiers: KeyModifiers::NONE,
        };
        rig.desk.on_mouse(event, rig.now);
    };
    click(&mut rig, "SPY");
    assert_eq!(rig.desk.symbol().unwrap().as_str(), "SPY");
    click(&mut rig, "-29,294.40");
    assert_eq!(rig.desk.focus(), PaneKind::Positions);
    assert_eq!(rig.desk.symbol().unwrap().as_str(), "TSLA");
    click(&mut rig, "Orders");
    assert_eq!(rig.desk.focus(), PaneKind::Orders);
    assert_eq!(
        rig.desk.symbol().unwrap().as_str(),
        "TSLA",
        "a title is no row"
    );
    assert!(rig.sent().is_empty(), "the mouse never trades");
}

#[test]
fn a_row_is_handed_to_the_clipboard() {
    let mut rig = rig();
    rig.keys("j y");
    assert!(rig.screen().contains("clipboard"));
    let copied = rig.desk.take_copied().unwrap();
    assert!(copied.starts_with("MSFT\t421.07"), "{copied}");
    assert_eq!(rig.desk.take_copied(), None);
    rig.keys("g o y");
    assert!(rig.screen().contains("no row to copy"));
    assert_eq!(rig.desk.take_copied(), None);
}

#[test]
fn hints_and_menu_name_what_works_now() {
    let foot = |rig: &mut Rig| rig.screen().lines().last().unwrap().to_owned();
    let mut empty = rig();
    let line = foot(&mut empty);
    assert!(line.contains("b buy") && line.contains("q leave"), "{line}");
    assert!(
        !line.contains("cancel") && !line.contains("close"),
        "{line}"
    );
    empty.keys("space");
    assert!(!empty.screen().contains("cancel opening"));

    let mut full = busy();
    let line = foot(&mut full);
    assert!(
        line.contains("c cancel") && line.contains("x 4 close all"),
        "{line}"
    );
    full.keys("j");
    let line = foot(&mut full);
    assert!(
        !line.contains("cancel") && !line.contains("close all"),
        "{line}"
    );
    full.keys("k F8");
    full.settle();
    let line = foot(&mut full);
    assert!(
        line.contains("F8 unlock") && !line.contains("buy"),
        "{line}"
    );
}

#[test]
fn a_halt_is_lifted_with_a_typed_reason() {
    let mut rig = rig();
    rig.keys("R");
    assert!(rig.screen().contains("nothing is halted"));
    rig.keys("F12");
    rig.take(None);
    assert!(rig.line("HALTED").contains("R lifts it"));
    rig.keys("R enter");
    assert!(rig.sent().is_empty());
    assert!(rig.screen().contains("still halted"));
    rig.keys("c h e c k e d enter");
    let sent = rig.sent();
    let [
        Command::Resume {
            target,
            actor,
            reason,
        },
    ] = &sent[..]
    else {
        panic!("{sent:?}");
    };
    assert_eq!(
        (target.as_str(), actor.as_str(), reason.as_str()),
        ("fund-1", "tester", "checked")
    );
    rig.take(None);
    assert!(!rig.screen().contains("HALTED"));
}

#[test]
fn nothing_is_sent_once_trading_has_stopped() {
    let mut rig = busy();
    rig.keys("j b 1 0 0 enter");
    rig.stop("the disk is full");
    rig.keys("y");
    assert!(rig.line("trading is stopped").contains("the disk is full"));
    rig.keys("esc esc k c");
    assert!(rig.line("trading is stopped").contains("the disk is full"));
    rig.keys("F12");
    assert!(rig.screen().contains("trading is stopped already"));
    rig.keys("x 4");
    assert!(!rig.desk.ticket().is_open());
    assert!(rig.sent().is_empty());
}

#[test]
fn a_sale_beyond_what_is_held_says_so_in_words() {
    for (keys, words) in [
        ("s 9 0", None),
        ("s 4 0 0", Some("closes 300 long and opens a short of 100")),
        ("j s 9 0", Some("nothing is held: opens a short of 90")),
        ("j j j S 1 0", Some("adds to the short: 120 becomes 130")),
        (
            "j j j b 2 0 0",
            Some("closes 120 short and opens a long of 80"),
        ),
    ] {
        let mut rig = busy();
        rig.keys(keys);
        let screen = rig.screen();
        match words {
            Some(words) => assert!(screen.contains(words), "{keys}: {screen}"),
            None => assert!(!screen.contains("short of"), "{keys}: {screen}"),
        }
    }
}

#[test]
fn help_scrolls_to_its_end_and_no_further() {
    let mut rig = Rig::new(&Setup {
        size: (80, 24),
        ..Setup::default()
    });
    rig.keys("?");
    for _ in 0..200 {
        rig.keys("down");
    }
    let end = rig.screen();
    rig.keys("up");
    assert_ne!(rig.screen(), end, "one step back is seen at once");
}

#[test]
fn a_fill_of_an_old_recording_is_said_too() {
    let mut rig = rig();
    rig.keys("b 1 0 enter y");
    rig.take(None);
    // The order's own messages are newer than the fill that a recording dates years back.
    rig.now = "2021-01-08T00:00:10Z".parse().unwrap();
    rig.fill_working("189.43");
    assert!(
        rig.screen().contains("filled at 189.43"),
        "{}",
        rig.screen()
    );
}

#[test]
fn a_stop_the_price_has_passed_says_that_it_trades_at_once() {
    let mut rig = busy();
    rig.keys("e");
    assert!(!rig.screen().contains("at once"), "{}", rig.screen());
    rig.keys("esc esc");
    rig.quote("AAPL", "187.00", "187.02");
    rig.keys("e");
    let words = "187.00 is past the stop already: it trades at once";
    assert!(rig.screen().contains(words), "{}", rig.screen());
}

#[test]
fn what_a_person_should_hear_of_rings_once() {
    let mut rig = rig();
    rig.keys("b 1 0 enter y");
    assert!(!rig.desk.take_rung(), "a key of one's own is no news");
    rig.take(Some("189.43"));
    assert!(rig.desk.take_rung(), "a fill");
    assert!(!rig.desk.take_rung());
}

#[test]
fn a_layout_asked_for_is_shown_first() {
    let mut rig = rig();
    rig.desk.show_layout("Risk");
    assert_eq!(rig.desk.focus(), PaneKind::Limits);
    rig.desk.show_layout("nothing of the kind");
    assert_eq!(rig.desk.focus(), PaneKind::Limits);
}
