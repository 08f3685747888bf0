//! The Risk workspace: limits with what fills them, the gates, verdicts narrowed and in full, exposures.

use std::sync::Arc;
use std::time::Duration;

use mts1b_desk::app::timing::GateTimes;
use mts1b_desk::base::Clock;
use mts1b_desk::domain::{GateName, Timestamp};
use mts1b_desk::engine::{LoopStats, Snapshot};
use mts1b_desk::event::{Asks, Command, Control};
use mts1b_desk::ui::glyph::Glyphs;
use mts1b_desk::ui::layout::PaneKind;
use mts1b_desk::ui::theme::{ColorDepth, Palette, Role};

use crate::ui::rig::{Rig, Setup};

const SIZES: [(u16, u16); 3] = [(200, 56), (120, 36), (80, 24)];

fn at(size: (u16, u16)) -> Setup {
    Setup {
        size,
        ..Setup::default()
    }
}

fn risk(size: (u16, u16)) -> Rig {
    let mut rig = Rig::busy(&at(size));
    rig.keys("w r");
    rig
}

/// Goes to a pane and gives it the screen; one that has no room beside others has it already.
fn alone(rig: &mut Rig, keys: &str) {
    rig.keys(keys);
    if rig.screen().contains(" 1 Limits") {
        rig.keys("+");
    }
}

#[test]
fn each_pane_of_risk_alone_at_three_sizes() {
    for size in SIZES {
        for (keys, name) in [("g t", "gates"), ("g a", "exposures")] {
            let mut rig = risk(size);
            alone(&mut rig, keys);
            rig.show(&format!("{name}-{}x{}", size.0, size.1));
        }
    }
}

/// A desk whose AAPL falls for two hours, by the minute.
fn fallen(size: (u16, u16)) -> Rig {
    let mut rig = Rig::busy(&at(size));
    for minute in 0..120_i32 {
        rig.now = rig.now.plus(Duration::from_mins(1));
        let wave = if minute % 14 < 7 { minute } else { minute - 7 };
        let bid = format!("{}.39", 189 - wave / 4);
        let ask = format!("{}.43", 189 - wave / 4);
        rig.quote("AAPL", &bid, &ask);
        rig.control(Control::Tick);
    }
    rig.settle();
    let (bid, ask) = ("158.39", "158.43");
    rig.quote("AAPL", bid, ask);
    rig.keys("w r");
    rig
}

#[test]
fn nav_is_drawn_against_the_losses_that_halt() {
    for size in SIZES {
        let mut rig = fallen(size);
        alone(&mut rig, "g d");
        rig.show(&format!("drawdown-{}x{}", size.0, size.1));
        let screen = rig.screen();
        // The last point is NAV as it is.
        let newest = |line: &str| line.ends_with("993,346");
        assert!(screen.lines().any(newest), "{screen}");
        for words in ["day loss -3%", "week loss", "month loss", "day began"] {
            assert!(screen.contains(words), "{words} in\n{screen}");
        }
    }
}

#[test]
fn a_curve_that_has_not_begun_says_so() {
    let mut rig = Rig::new(&at((120, 36)));
    rig.keys("w r g d +");
    let screen = rig.screen();
    assert!(screen.contains("the curve begins with"), "{screen}");
}

#[test]
fn halts_say_who_why_since_when_and_what_lifts_them_and_limits_how_they_were_set() {
    for size in SIZES {
        let mut rig = risk(size);
        rig.keys("F12");
        rig.take(None);
        let mut limits = (**rig.engine.books().risk.envelope().unwrap()).clone();
        limits.version += 1;
        limits.max_position_pct = 0.08;
        let command = Command::SetEnvelope {
            envelope: Box::new(limits),
            actor: "tester".into(),
        };
        rig.recorder.sent.lock().unwrap().push(command);
        rig.take(None);
        alone(&mut rig, "g s");
        rig.show(&format!("history-{}x{}", size.0, size.1));
        let screen = rig.screen();
        for words in [
            "HALT ",
            "fund-1: panic key (tester)",
            "by a person, with reason",
            "limits v2",
            "10% > 8%",
        ] {
            assert!(screen.contains(words), "{words} in\n{screen}");
        }
    }
}

#[test]
fn a_verdict_in_full_at_three_sizes() {
    for size in SIZES {
        let mut rig = risk(size);
        rig.keys("g v enter");
        rig.show(&format!("verdict-{}x{}", size.0, size.1));
    }
}

#[test]
fn an_approved_verdict_in_full_names_no_change() {
    let mut rig = risk((200, 56));
    rig.keys("g v j enter");
    let screen = rig.screen();
    assert!(screen.contains("AAPL buy 200  approved"), "{screen}");
    assert!(screen.contains("as seen: the book"), "{screen}");
    assert!(!screen.contains("what passes"), "{screen}");
    rig.keys("esc");
    assert!(!rig.screen().contains("as seen"), "gone again");
}

#[test]
fn a_verdict_too_long_for_the_screen_scrolls_to_its_end_and_no_further() {
    let mut rig = risk((80, 24));
    rig.keys("g v enter");
    assert!(!rig.screen().contains("class, others"), "below the edge");
    for _ in 0..80 {
        rig.keys("j");
    }
    let end = rig.screen();
    assert!(end.contains("class, others"), "{end}");
    rig.keys("k");
    assert_ne!(rig.screen(), end, "one line back is seen at once");
}

#[test]
fn verdicts_are_narrowed_by_what_is_typed() {
    let mut rig = risk((200, 56));
    let rows = |rig: &mut Rig| {
        let screen = rig.screen();
        let row = |line: &&str| line.contains("17:42:08 ");
        screen.lines().filter(row).count()
    };
    assert_eq!(rows(&mut rig), 5);
    rig.keys("g v /");
    for (typed, found) in [
        ("r e f u s e d", 1),
        ("ctrl+u", 1),
        ("space b u y", 1),
        ("x", 0),
    ] {
        rig.keys(typed);
        assert_eq!(rows(&mut rig), found, "after {typed}:\n{}", rig.screen());
    }
    assert!(rig.screen().contains("none matches"), "{}", rig.screen());
    // Back to nothing shows all again, and one more closes the filter.
    for _ in 0..12 {
        rig.keys("backspace");
    }
    assert_eq!(rows(&mut rig), 5);
    rig.keys("backspace / s t a t i c enter");
    assert_eq!(rows(&mut rig), 1, "by the gate that refused");
    assert!(rig.screen().contains("1 of 5"), "{}", rig.screen());
    // It is kept, and keys do again what they do on the desk.
    rig.keys("g l");
    assert_eq!(rig.desk.focus(), PaneKind::Limits);
    assert_eq!(rows(&mut rig), 1);
    rig.keys("g v / esc");
    assert_eq!(rows(&mut rig), 5, "dismissed, all show");
}

#[test]
fn the_filter_of_the_verdicts_is_not_that_of_other_panes() {
    let mut rig = risk((200, 56));
    rig.keys("g l / n v d a enter");
    assert_eq!(rig.desk.symbol().unwrap().as_str(), "NVDA");
}

#[test]
fn hundreds_of_verdicts_scroll_and_are_counted() {
    let mut rig = risk((120, 36));
    for n in 0..600 {
        let hundred = Some("100".parse().unwrap());
        let mut ticket = crate::support::build::ticket("BTC-USD", hundred);
        ticket.idempotency_key = format!("many-{n}").parse().unwrap();
        let ticket = Box::new(ticket);
        let reviewed = None;
        let command = Command::Place { ticket, reviewed };
        rig.recorder.sent.lock().unwrap().push(command);
        // Not so many at once that the desk takes it for a runaway.
        rig.now = rig.now.plus(Duration::from_secs(1));
        rig.take(None);
    }
    rig.keys("g v");
    let screen = rig.screen();
    assert!(screen.contains("605 today"), "{screen}");
    assert!(rig.line(" static ").contains("601"), "{screen}");
    rig.keys("G");
    assert!(rig.line("▌").contains("BTC-USD"), "the last row is chosen");
    rig.keys("/ a p p r o v e d");
    assert!(rig.screen().contains("0 of 500"), "{}", rig.screen());
}

#[test]
fn counts_are_todays_alone() {
    let mut rig = risk((200, 56));
    assert!(rig.line(" static ").contains("4        1"));
    rig.wait(Duration::from_hours(24));
    rig.snapshot();
    rig.desk.on_resize(200, 56);
    let line = rig.line(" static ");
    assert!(line.contains("0        0"), "{line}");
    assert!(rig.screen().contains("0 today"), "{}", rig.screen());
}

#[test]
fn what_is_over_says_so_in_sign_and_word_and_comes_first_where_room_is_short() {
    let mut rig = risk((80, 24));
    // The position grows beyond its limit by its price alone.
    rig.quote("AAPL", "289.39", "289.43");
    let line = rig.line("AAPL position");
    assert!(line.contains("over by "), "{line}");
    assert!(line.contains(" -4."), "the room is below zero: {line}");
    assert!(rig.line("1 Limits").contains("1 over"), "{}", rig.screen());
    let deny = Palette::shipped("slate").unwrap().colour(Role::Deny);
    let cell = rig.cell("over by");
    assert_eq!(cell.fg, deny.at(ColorDepth::True));
    rig.frame.resize(80, 14);
    rig.desk.on_resize(80, 14);
    let screen = rig.screen();
    let first = screen.lines().nth(3).unwrap();
    assert!(first.contains("AAPL position"), "{screen}");
}

#[test]
fn unknown_is_neither_zero_nor_a_full_bar() {
    let mut rig = risk((200, 56));
    // A book nobody can value: what is held of it was never quoted.
    let mut snap: Snapshot = rig.engine.snapshot(rig.now, LoopStats::default());
    let mut exposure = (*snap.exposure).clone();
    exposure.set_mark(&"AAPL".parse().unwrap(), None, None);
    snap.exposure = Arc::new(exposure);
    rig.desk.on_snapshot(Arc::new(snap));
    let line = rig.line("▌gross  ");
    assert!(line.contains('—') && !line.contains('━'), "{line}");
    assert!(line.contains("NAV is not known"), "{line}");
    let line = rig.line("day loss");
    assert!(line.contains('—') && !line.contains("0.00%"), "{line}");
    let line = rig.line("technology");
    assert!(line.contains('—') && !line.contains("17.9%"), "{line}");
}

#[test]
fn a_halt_shows_in_the_gate_that_holds_it() {
    let mut rig = risk((200, 56));
    rig.keys("F12");
    rig.take(None);
    assert!(rig.line("drawdown_halt").contains("halted"));
}

fn waiting(size: (u16, u16)) -> Rig {
    let mut rig = Rig::new(&Setup {
        asks: Asks {
            person_ms: Some(30_000),
            ..Asks::default()
        },
        ..at(size)
    });
    rig.keys("b 1 0 0 enter y");
    rig.take(None);
    rig.keys("w r");
    rig
}

#[test]
fn who_waits_is_counted_down_without_a_new_fact() {
    for size in SIZES {
        let mut rig = waiting(size);
        let line = rig.line("human_veto     AAPL");
        assert!(line.contains("30 s left"), "{size:?} {line}");
        assert!(rig.screen().contains("1 waiting"), "{}", rig.screen());
        let mut seen = Vec::new();
        for _ in 0..8 {
            let due: Timestamp = rig.desk.next_wake(rig.now).unwrap();
            rig.now = due;
            rig.desk.on_tick(due);
            seen.push(rig.line("human_veto     AAPL"));
        }
        assert!(
            seen.iter().any(|line| line.contains("26 s left")),
            "{seen:?}"
        );
    }
}

#[test]
fn plain_ascii_risk_says_everything() {
    let mut rig = Rig::busy(&Setup {
        depth: ColorDepth::None,
        glyphs: Glyphs::ASCII,
        ..Setup::default()
    });
    rig.keys("w r");
    rig.quote("AAPL", "289.39", "289.43");
    rig.show("risk-plain-120x36");
    assert!(rig.screen().is_ascii());
}

#[test]
fn a_click_chooses_a_limit_and_a_verdict() {
    use crossterm::event::{KeyModifiers, MouseButton, MouseEvent, MouseEventKind};
    let mut rig = risk((200, 56));
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
    click(&mut rig, "day loss");
    assert!(rig.line("day loss").contains("▌day loss"));
    click(&mut rig, "TSLA short");
    assert_eq!(rig.desk.focus(), PaneKind::Verdicts);
    assert_eq!(rig.desk.symbol().unwrap().as_str(), "TSLA");
    click(&mut rig, "position_risk");
    assert_eq!(rig.desk.focus(), PaneKind::Gates);
    click(&mut rig, "equities");
    assert_eq!(rig.desk.focus(), PaneKind::Exposures);
    assert!(rig.sent().is_empty());
}

/// A clock on which every look takes a microsecond.
#[derive(Debug, Default)]
struct Ticking(std::sync::atomic::AtomicU64);

impl Clock for Ticking {
    fn wall_us(&self) -> i64 {
        0
    }

    fn elapsed(&self) -> Duration {
        let look = self.0.fetch_add(1, std::sync::atomic::Ordering::SeqCst);
        Duration::from_micros(look)
    }
}

#[test]
fn the_gates_are_timed_by_the_clock_handed_in_and_those_outside_by_their_answer() {
    let rig = Rig::busy(&at((120, 36)));
    let order = rig.engine.orders().live().next().unwrap().order.clone();
    let mut times = GateTimes::default();
    let order = Arc::new(order);
    for _ in 0..3 {
        let took = times.ask(&rig.engine.books(), &order, rig.now, &Ticking::default());
        assert_eq!(
            took,
            Duration::from_micros(1),
            "two looks, one between them"
        );
    }
    times.answered(&GateName::CroVeto, 812);
    let shown = times.shown();
    assert_eq!(shown.all.unwrap().count, 3);
    let names: Vec<_> = shown.gates.iter().map(|(gate, _)| gate.clone()).collect();
    assert_eq!(
        names,
        GateName::DOCUMENTED,
        "every pure gate, asked or not before"
    );
    for (gate, spread) in &shown.gates[..6] {
        // A look before and a look after, less what a look costs.
        assert_eq!((spread.count, spread.p99), (3, Duration::ZERO), "{gate}");
    }
    let model = shown.of(&GateName::CroVeto).unwrap();
    assert!((812..914).contains(&model.p50.as_millis()), "{model:?}");
}
