//! The Portfolio workspace: what is computed, what is wanted against what is held, and the basket between them.

use std::sync::Arc;

use mts1b_desk::domain::Timestamp;
use mts1b_desk::event::{Command, Heard, HistoryKind};
use mts1b_desk::ui::glyph::Glyphs;
use mts1b_desk::ui::theme::ColorDepth;

use crate::support::build::read;
use crate::support::study::study;
use crate::ui::rig::{Rig, Setup};

const SIZES: [(u16, u16); 3] = [(200, 56), (120, 36), (80, 24)];

fn at(size: (u16, u16)) -> Setup {
    Setup {
        size,
        ..Setup::default()
    }
}

/// A busy desk with a study, on the Portfolio workspace.
fn portfolio(setup: &Setup) -> Rig {
    let mut rig = Rig::busy(setup);
    rig.study = Some(Arc::new(study(rig.now, HistoryKind::Synthetic)));
    rig.snapshot();
    rig.keys("w p");
    rig.draw();
    rig
}

#[test]
fn the_whole_workspace_at_three_sizes() {
    for size in SIZES {
        let mut rig = portfolio(&at(size));
        rig.show(&format!("portfolio-{}x{}", size.0, size.1));
    }
}

#[test]
fn another_theme_says_the_same() {
    let mut rig = portfolio(&Setup {
        theme: "linen",
        ..at((120, 36))
    });
    rig.show("portfolio-120x36");
}

/// Every pane of the workspace: the keys that go to it, its title, its name here.
const PANES: [(&str, &str, &str); 7] = [
    ("g S", "Scores", "scores"),
    ("g I", "Sizers", "sizers"),
    ("g A", "Allocators", "allocators"),
    ("g T", "Targets", "targets"),
    ("g C", "Clusters", "clusters"),
    ("g F", "Frontier", "frontier"),
    ("g B", "Basket", "basket"),
];

/// Goes to a pane and gives it the screen; one that has no room beside others has it already.
fn alone(rig: &mut Rig, keys: &str) {
    rig.keys(keys);
    let strips = PANES.iter().map(|(_, title, _)| *title);
    let screen = rig.screen();
    let numbered = |title: &str| (0..=9).any(|n| screen.contains(&format!("{n} {title}")));
    if strips.filter(|title| numbered(title)).count() > 1 {
        rig.keys("+");
    }
}

#[test]
fn each_pane_alone_at_three_sizes_says_what_its_history_is() {
    for size in SIZES {
        for (keys, title, name) in PANES {
            let mut rig = portfolio(&at(size));
            alone(&mut rig, keys);
            rig.show(&format!("{name}-{}x{}", size.0, size.1));
            let strip = rig.line(title);
            assert!(strip.contains("synthetic history"), "{strip}");
        }
    }
}

#[test]
fn no_pane_is_so_narrow_that_it_hides_that_its_history_is_made_up() {
    for size in SIZES {
        let mut rig = portfolio(&at(size));
        let screen = rig.screen();
        let shown = PANES
            .iter()
            .filter(|(_, title, _)| screen.contains(&format!(" {title} ")));
        let said = screen.matches("synthetic history").count();
        assert!(said >= shown.count(), "{size:?}:\n{screen}");
    }
}

#[test]
fn a_recorded_history_needs_no_word_and_a_mixed_one_marks_what_is_made_up() {
    let mut rig = portfolio(&at((200, 56)));
    rig.study = Some(Arc::new(study(rig.now, HistoryKind::Recorded)));
    rig.snapshot();
    assert!(!rig.screen().contains("synthetic"));
    rig.study = Some(Arc::new(study(rig.now, HistoryKind::Mixed)));
    rig.snapshot();
    let screen = rig.screen();
    assert!(screen.contains("~ synthetic history"), "{screen}");
    assert!(
        screen.contains("BTC-USD~") && !screen.contains("AAPL~"),
        "{screen}"
    );
}

#[test]
fn the_sizers_say_how_the_bus_of_signals_stands_and_what_was_passed_over() {
    let mut rig = portfolio(&at((120, 36)));
    alone(&mut rig, "g I");
    let mut show = |heard: Heard, name: &str| {
        let mut heard_of = study(rig.now, HistoryKind::Synthetic);
        heard_of.heard = Some(heard);
        rig.study = Some(Arc::new(heard_of));
        rig.snapshot();
        rig.show(name);
        rig.screen()
    };
    let moment: Timestamp = read("2026-05-01T14:02:11Z");
    let quiet = Heard {
        from: "nats://127.0.0.1:4222".into(),
        since: Some(moment),
        count: 0,
        last: None,
        faults: Vec::new(),
    };
    let screen = show(quiet.clone(), "sizers-bus-quiet");
    assert!(screen.contains("· bus quiet ·"), "{screen}");
    let heard = Heard {
        count: 12,
        last: Some(moment),
        faults: vec!["1 message was passed over: is no signal".to_owned()],
        ..quiet.clone()
    };
    let screen = show(heard.clone(), "sizers-bus-heard");
    assert!(screen.contains("· bus 12, last 14:02:11 ·"), "{screen}");
    assert!(
        screen.contains("4222 1 message was passed over"),
        "{screen}"
    );
    let lost = Heard {
        since: None,
        faults: vec!["the connection was lost".to_owned()],
        ..heard
    };
    let screen = show(lost.clone(), "sizers-bus-lost");
    assert!(screen.contains("· bus lost ·"), "{screen}");
    // Among the other panes too.
    let mut rig = portfolio(&at((200, 56)));
    let mut beside = study(rig.now, HistoryKind::Synthetic);
    beside.heard = Some(lost);
    rig.study = Some(Arc::new(beside));
    rig.snapshot();
    assert!(rig.screen().contains("bus lost"), "{}", rig.screen());
}

#[test]
fn without_a_history_each_pane_says_what_fills_it() {
    let mut rig = Rig::busy(&at((200, 56)));
    rig.keys("w p");
    let screen = rig.screen();
    assert!(screen.contains("nothing is computed yet"), "{screen}");
    let mut empty = study(rig.now, HistoryKind::None);
    empty.faults = vec!["history.db: the disk is full".into()];
    empty.targets = Arc::new(vec![None; empty.symbols.len()]);
    rig.study = Some(Arc::new(empty));
    rig.snapshot();
    rig.show("portfolio-empty-200x56");
    let screen = rig.screen();
    let fills = screen
        .matches("desk history import FILE.csv fills it")
        .count();
    assert!(fills >= PANES.len(), "{fills} of them\n{screen}");
    assert!(
        screen.contains("✗ history.db: the disk is full"),
        "{screen}"
    );
    assert!(!screen.contains("0.0%"), "nothing is not zero:\n{screen}");
}

#[test]
fn one_symbol_is_chosen_in_every_pane_and_moving_in_one_moves_all() {
    let mut rig = portfolio(&at((200, 56)));
    rig.keys("g S g g");
    assert_eq!(
        rig.desk.symbol().unwrap().as_str(),
        "NVDA",
        "the highest score is first"
    );
    let screen = rig.screen();
    assert!(screen.contains("risk NVDA"), "{screen}");
    assert!(screen.contains("NVDA most like"), "{screen}");
    assert!(screen.contains("○ NVDA"), "{screen}");
    rig.keys("g C j");
    assert_eq!(rig.desk.symbol().unwrap().as_str(), "TSLA", "the next leaf");
    assert!(rig.screen().contains("risk TSLA"));
}

#[test]
fn the_comma_ranks_by_the_next_method_and_elsewhere_the_watchlist() {
    let mut rig = portfolio(&at((200, 56)));
    rig.keys("g S +");
    let first = |rig: &mut Rig| rig.screen().lines().nth(3).unwrap().to_owned();
    assert!(first(&mut rig).contains("NVDA"), "by momentum");
    rig.keys(",");
    assert!(
        first(&mut rig).contains("EUR/USD"),
        "by what moved least: {}",
        first(&mut rig)
    );
    rig.keys("w t g o ,");
    assert!(rig.line("1 Watchlist").contains("by name"));
}

#[test]
fn unknown_zero_and_a_fault_are_three_things() {
    let mut rig = portfolio(&at((200, 56)));
    rig.keys("g S +");
    let xrp = rig.line("XRP-USD");
    assert!(xrp.contains('—') && !xrp.contains("0.00"), "{xrp}");
    let yen = rig.line("USD/JPY");
    assert!(yen.contains(" 0 "), "{yen}");
    let unknown = rig.cell("—");
    let dim = rig.cell("0 ");
    assert_ne!(unknown.fg, dim.fg);
    let why = rig.line("✗ fx carry no rates");
    assert!(why.contains("name a file in [portfolio] rates"), "{why}");
    rig.keys("+ g A +");
    let why = rig.line("✗ markowitz the covariance");
    assert!(why.contains("leave one out"), "{why}");
}

#[test]
fn a_fund_that_nobody_can_value_has_no_drift() {
    let mut rig = portfolio(&at((200, 56)));
    let mut snap = rig
        .engine
        .snapshot(rig.now, mts1b_desk::engine::LoopStats::default());
    let blind = mts1b_desk::market::Market::new(
        Vec::new(),
        [].into(),
        std::time::Duration::from_secs(5),
        100,
    );
    snap.market = Arc::new(blind);
    snap.study = Some(Arc::new(study(rig.now, HistoryKind::Synthetic)));
    rig.desk.on_snapshot(Arc::new(snap));
    rig.keys("g T +");
    for part in ["AAPL", "gross", "net  "] {
        let line = rig.line(part);
        assert!(line.contains('—'), "{line}");
    }
    let line = rig.line("AAPL");
    assert!(line.contains("8.0%") && !line.contains('│'), "{line}");
}

#[test]
fn the_other_view_shows_risk_and_the_tree() {
    let mut rig = portfolio(&at((104, 30)));
    rig.keys("g A v");
    let screen = rig.screen();
    assert!(screen.contains("Allocators: risk"), "{screen}");
    rig.keys("v g C");
    assert!(rig.screen().contains("correlation"));
    rig.keys("v");
    let screen = rig.screen();
    assert!(
        screen.contains("distance") && !screen.contains("correlation"),
        "{screen}"
    );
}

#[test]
fn a_still_desk_writes_nothing_however_old_its_figures() {
    let mut rig = portfolio(&at((200, 56)));
    rig.draw();
    rig.wait(std::time::Duration::from_secs(10));
    rig.draw();
    for _ in 0..25 {
        rig.wait(std::time::Duration::from_secs(1));
        assert_eq!(rig.draw(), 0);
    }
    // The same study again, or a quote, touches none of these panes.
    rig.snapshot();
    let before = rig.screen();
    rig.quote("AAPL", "190.39", "190.43");
    let after = rig.screen();
    // The basket is priced by quotes and stands below them.
    let above = |screen: &str| {
        let lines = screen.lines().skip(2).map(str::to_owned);
        lines
            .take_while(|line| !line.contains("6 Basket"))
            .collect::<Vec<_>>()
    };
    assert_eq!(above(&before), above(&after));
}

#[test]
fn the_key_of_the_basket_is_not_the_one_that_lifts_a_halt_here() {
    let mut rig = portfolio(&at((120, 36)));
    let hints = |rig: &mut Rig| rig.screen().lines().last().unwrap().to_owned();
    assert!(hints(&mut rig).contains("R stage basket"));
    rig.keys("F12");
    rig.take(None);
    rig.wait(std::time::Duration::from_secs(7));
    let header = rig.screen().lines().next().unwrap().to_owned();
    assert!(
        header.contains("g h lists it") && !header.contains("R lifts it"),
        "{header}"
    );
    assert!(hints(&mut rig).contains("g h halts"), "{}", hints(&mut rig));
    assert!(!hints(&mut rig).contains("lift halt"));
    rig.keys("w r");
    let header = rig.screen().lines().next().unwrap().to_owned();
    assert!(header.contains("R lifts it"), "{header}");
    assert!(hints(&mut rig).contains("R lift halt"));
    rig.keys("R");
    assert!(rig.screen().contains("Why is the halt of"));
}

#[test]
fn plain_ascii_says_everything() {
    let mut rig = portfolio(&Setup {
        depth: ColorDepth::None,
        glyphs: Glyphs::ASCII,
        ..at((120, 36))
    });
    rig.show("portfolio-plain-120x36");
    assert!(rig.screen().is_ascii());
}

/// What the review of the basket is called.
const REVIEW: &str = "Send the basket?";

#[test]
fn the_basket_is_reviewed_at_three_sizes() {
    for size in SIZES {
        let mut rig = portfolio(&at(size));
        rig.keys("R");
        rig.show(&format!("stage-{}x{}", size.0, size.1));
        assert!(rig.screen().contains("synthetic history"));
    }
}

#[test]
fn what_was_reviewed_goes_and_nothing_else() {
    let mut rig = portfolio(&at((200, 56)));
    rig.keys("R");
    assert!(rig.sent().is_empty(), "the key that reviews sends nothing");
    // Neither the same key again nor one that sends elsewhere.
    rig.keys("R enter F8");
    assert!(rig.screen().contains(REVIEW), "{}", rig.screen());
    rig.keys("F8 esc");
    assert!(!rig.screen().contains(REVIEW));
    assert!(rig.sent().is_empty(), "esc sends nothing");
    rig.keys("R");
    let go = rig.line(REVIEW);
    let reviewed = rig.screen();
    // What moves while it is reviewed does not move it.
    rig.quote("MSFT", "431.03", "431.11");
    assert_eq!(rig.line(REVIEW), go);
    rig.keys("y");
    let sent = rig.sent();
    assert!(
        go.contains(&format!("{} orders go now", sent.len())),
        "{go}"
    );
    assert!(sent.len() > 2, "{sent:?}");
    let mut keys = std::collections::BTreeSet::new();
    for command in &sent {
        let Command::Place {
            ticket,
            reviewed: Some(seen),
        } = command
        else {
            panic!("{command:?}");
        };
        assert!(reviewed.contains(ticket.symbol.as_str()), "{ticket:?}");
        assert!(seen.quote.is_some() && seen.refusals.is_empty());
        assert!(
            keys.insert(ticket.idempotency_key.to_string()),
            "each its own key"
        );
        if ticket.symbol.as_str() == "MSFT" {
            let bid = seen.quote.as_ref().unwrap().bid;
            assert_eq!(
                bid,
                crate::support::build::read("421.03"),
                "the quote that was seen"
            );
        }
    }
    rig.keys("y y");
    assert_eq!(
        rig.sent().len(),
        sent.len(),
        "pressed again it sends nothing more"
    );
}

#[test]
fn held_keys_stage_and_send_nothing() {
    use crossterm::event::{KeyEvent, KeyEventKind};
    use mts1b_desk::ui::keymap::Key;
    let mut rig = portfolio(&at((120, 36)));
    let press = |rig: &mut Rig, key: &str, kind: KeyEventKind| {
        let key: Key = key.parse().unwrap();
        let event = KeyEvent { kind, ..key.into() };
        rig.desk.on_key(event, rig.now);
    };
    for kind in [KeyEventKind::Repeat, KeyEventKind::Release] {
        press(&mut rig, "R", kind);
        assert!(!rig.screen().contains(REVIEW));
    }
    press(&mut rig, "R", KeyEventKind::Press);
    assert!(rig.screen().contains(REVIEW));
    for kind in [KeyEventKind::Repeat, KeyEventKind::Release] {
        press(&mut rig, "y", kind);
        assert!(rig.sent().is_empty());
    }
    rig.desk.on_paste("yyy", rig.now);
    assert!(rig.sent().is_empty(), "pasted text types and never acts");
}

#[test]
fn a_desk_that_may_not_send_stages_nothing() {
    let mut rig = portfolio(&at((120, 36)));
    rig.keys("F8");
    let hints = rig.screen().lines().last().unwrap().to_owned();
    assert!(!hints.contains("stage basket"), "{hints}");
    rig.keys("R");
    assert!(!rig.screen().contains(REVIEW));
    assert!(rig.screen().contains("locked to view-only"));
    // Locked while the review is open, it sends nothing either.
    rig.keys("F8 R");
    rig.stop("the disk is full");
    rig.keys("y");
    assert!(rig.sent().is_empty());
    assert!(
        rig.screen()
            .contains("trading is stopped: the disk is full")
    );
}

#[test]
fn without_targets_there_is_nothing_to_stage() {
    let mut rig = Rig::busy(&at((120, 36)));
    rig.keys("w p R");
    assert!(rig.screen().contains("no targets yet"), "{}", rig.screen());
}

#[test]
fn the_pane_shows_how_far_each_order_is_and_what_is_left() {
    for size in SIZES {
        let mut rig = portfolio(&at(size));
        rig.keys("R y");
        rig.draw();
        let all = rig.sent();
        let (first, rest) = all.split_at(1);
        *rig.recorder.sent.lock().unwrap() = rest.to_vec();
        rig.take(None);
        *rig.recorder.sent.lock().unwrap() = first.to_vec();
        rig.take(Some("421.11"));
        rig.settle();
        alone(&mut rig, "g B");
        rig.show(&format!("basket-sent-{}x{}", size.0, size.1));
        let screen = rig.screen();
        let of = format!("1 of {} sent have ended", all.len());
        assert!(screen.contains(&of), "{of} in\n{screen}");
        assert!(
            screen.contains("✓ filled") && screen.contains("working"),
            "{screen}"
        );
    }
}
