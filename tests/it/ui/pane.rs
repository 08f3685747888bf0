//! Panes as pictures at three sizes, and the style of the cells that matter.

use std::time::Duration;

use mts1b_desk::domain::HaltScope;
use mts1b_desk::event::{Command, Control, LinkHealth, LinkName, LinkState};
use mts1b_desk::ui::glyph::Glyphs;
use mts1b_desk::ui::theme::{ColorDepth, Palette, Role};
use ratatui::style::{Color, Modifier};

use crate::ui::rig::{Rig, Setup};

const SIZES: [(u16, u16); 3] = [(200, 56), (120, 36), (80, 24)];

fn at(size: (u16, u16)) -> Setup {
    Setup {
        size,
        ..Setup::default()
    }
}

fn slate(role: Role) -> Color {
    Palette::shipped("slate")
        .unwrap()
        .colour(role)
        .at(ColorDepth::True)
}

#[test]
fn the_trade_workspace_of_a_busy_morning() {
    for size in SIZES {
        Rig::busy(&at(size)).show(&format!("trade-{}x{}", size.0, size.1));
    }
}

#[test]
fn an_empty_desk_says_what_would_fill_it() {
    for size in SIZES {
        Rig::new(&at(size)).show(&format!("empty-{}x{}", size.0, size.1));
    }
}

#[test]
fn a_ticket_refused_by_two_gates() {
    for size in SIZES {
        let mut rig = Rig::busy(&at(size));
        rig.keys("b 6 0 0");
        rig.show(&format!("ticket-refused-{}x{}", size.0, size.1));
    }
}

#[test]
fn a_limit_ticket_under_review() {
    for size in SIZES {
        let mut rig = Rig::busy(&at(size));
        rig.keys("j b 1 0 0 o enter");
        rig.show(&format!("ticket-review-{}x{}", size.0, size.1));
    }
}

#[test]
fn other_panes_and_lists() {
    for size in SIZES {
        let name = |what: &str| format!("{what}-{}x{}", size.0, size.1);
        let mut rig = Rig::busy(&at(size));
        rig.keys("w r");
        rig.show(&name("risk"));
        rig.keys("w t ?");
        rig.show(&name("help"));
        rig.keys("esc : c a n");
        rig.show(&name("palette"));
        rig.keys("esc space");
        rig.show(&name("menu"));
        rig.keys("esc x");
        rig.show(&name("which-key"));
        rig.keys("esc g c");
        rig.keys("+");
        rig.show(&name("chart"));
    }
}

#[test]
fn plain_ascii_without_colour_still_says_everything() {
    let setup = Setup {
        depth: ColorDepth::None,
        glyphs: Glyphs::ASCII,
        ..Setup::default()
    };
    let mut rig = Rig::busy(&setup);
    rig.keys("b 6 0 0");
    rig.show("plain-120x36");
    let drawn = rig.frame.drawn();
    let ascii = drawn.content.iter().all(|cell| cell.symbol().is_ascii());
    assert!(ascii, "only ASCII marks");
    let colours = drawn
        .content
        .iter()
        .all(|cell| cell.fg == Color::Reset && cell.bg == Color::Reset);
    assert!(colours, "no colour at all");
}

#[test]
fn colour_says_state() {
    let mut rig = Rig::busy(&at((200, 56)));
    assert_eq!(rig.cell(" PAPER ").bg, slate(Role::Paper));
    let title = rig.cell("Watchlist");
    assert_eq!(
        (title.bg, title.fg),
        (slate(Role::Focus), slate(Role::Bright))
    );
    assert!(title.modifier.contains(Modifier::BOLD));
    assert_eq!(rig.cell("Positions").bg, slate(Role::Strip));
    assert_eq!(rig.cell("▌").bg, slate(Role::Cursor));
    assert_eq!(rig.cell("▲").fg, slate(Role::Up));
    assert_eq!(rig.cell("▼").fg, slate(Role::Down));
    assert_eq!(
        rig.cell("<1m").fg,
        slate(Role::Warn),
        "a stale age is amber"
    );
    assert_eq!(
        rig.cell("0.52310").fg,
        slate(Role::Dim),
        "a stale price is dim"
    );
    assert_eq!(rig.cell("+447.00").fg, slate(Role::Up));
    rig.keys("b 6 0 0");
    assert_eq!(rig.cell("✗").fg, slate(Role::Deny));
    assert_eq!(rig.cell("✓").fg, slate(Role::Ok));
}

#[test]
fn live_halted_stopped_and_locked_cannot_be_overlooked() {
    let mut live = Rig::new(&Setup {
        live: true,
        ..Setup::default()
    });
    assert_eq!(live.cell(" LIVE ").bg, slate(Role::Live));
    assert_eq!(
        live.cell("fund-1").bg,
        slate(Role::Live),
        "the whole strip is red"
    );
    let mut rig = Rig::new(&Setup::default());
    rig.keys("F8");
    assert_eq!(rig.cell("VIEW ONLY").bg, slate(Role::Focus));
    rig.keys("F8 F12");
    assert!(matches!(&rig.sent()[..], [Command::Halt(halt)] if halt.scope == HaltScope::Fund));
    rig.take(None);
    assert_eq!(rig.cell("HALTED").bg, slate(Role::Live));
}

#[test]
fn a_link_that_is_down_says_what_and_since_when() {
    let mut rig = Rig::new(&at((200, 56)));
    let link = LinkState {
        name: LinkName::Feed("kraken".into()),
        health: LinkHealth::Down,
        detail: "ws.kraken.com cannot be reached".into(),
        since: rig.now.minus(Duration::from_secs(42)),
    };
    rig.control(Control::Link(link));
    rig.snapshot();
    let line = rig.line("PAPER");
    assert!(
        line.contains("kraken ✗ ws.kraken.com cannot be reached since 17:41"),
        "{line}"
    );
}

#[test]
fn what_is_down_has_its_place_at_every_size() {
    for (size, words) in [
        ((120, 36), "sim ✗ ws.example.com: cannot be reached"),
        ((80, 24), "sim ✗ down since 17:41"),
        ((60, 20), "sim ✗ down since 17:41"),
        ((40, 10), "sim ✗ down since 17:41"),
    ] {
        let mut rig = Rig::new(&at(size));
        let why = "sim ws.example.com: cannot be reached: connection refused (os error 111)";
        let link = LinkState {
            name: LinkName::Feed("sim".into()),
            health: LinkHealth::Down,
            detail: why.into(),
            since: rig.now.minus(Duration::from_secs(42)),
        };
        rig.control(Control::Link(link));
        rig.snapshot();
        let line = rig.line("PAPER");
        assert!(line.contains(words), "{size:?}: {line}");
        assert!(line.contains("since 17:41"), "{size:?}: {line}");
    }
    let mut rig = Rig::new(&at((80, 24)));
    let line = rig.line("PAPER");
    assert!(
        line.contains("sim ● 62/s") && line.contains("NAV 1.000M"),
        "{line}"
    );
    assert!(
        line.contains("paper ●") && line.contains("day 0.00%"),
        "{line}"
    );
}

#[test]
fn a_stopped_desk_says_so_first_at_every_size() {
    for size in [(200, 56), (120, 36), (80, 24), (40, 10)] {
        let mut rig = Rig::new(&at(size));
        rig.stop("nothing more is sent: the journal's disk is full");
        let line = rig.line("TRADING STOPPED");
        assert!(line.contains("disk is full") || size.0 < 80, "{line}");
        let cell = rig.cell("TRADING STOPPED");
        assert_eq!(cell.bg, slate(Role::Live), "{size:?}");
    }
}

#[test]
fn a_price_turns_stale_on_a_desk_where_nothing_else_happens() {
    let mut rig = Rig::busy(&at((200, 56)));
    assert_eq!(rig.cell("+447.00").fg, slate(Role::Up));
    let began = rig.now;
    // No snapshot comes: the timer the desk asks for is all there is.
    for _ in 0..12 {
        if rig.line("▌AAPL").contains('—') {
            break;
        }
        let due = rig.desk.next_wake(rig.now).unwrap();
        rig.now = due;
        rig.desk.on_tick(due);
        rig.draw();
    }
    assert!(
        rig.now.since(began) < Duration::from_secs(30),
        "seconds, not minutes"
    );
    let line = rig.line("▌AAPL");
    assert!(line.contains("—"), "{line}");
    assert_eq!(rig.cell("+447.00").fg, slate(Role::Dim));
}

#[test]
fn each_pane_alone_at_three_sizes() {
    for size in SIZES {
        for (key, name) in [
            ("g w", "watchlist"),
            ("g p", "positions"),
            ("g o", "orders"),
            ("g f", "fills"),
            ("g v", "verdicts"),
            ("g l", "limits"),
        ] {
            let mut rig = Rig::busy(&at(size));
            rig.keys(key);
            // Where there is no room beside others it stands alone already.
            if rig.screen().matches("symbol").count() > 1 || name == "limits" && size.0 > 100 {
                rig.keys("+");
            }
            rig.show(&format!("{name}-{}x{}", size.0, size.1));
        }
    }
}

#[test]
fn unknown_stale_and_zero_look_different() {
    let mut rig = Rig::busy(&at((200, 56)));
    let stale = rig.line("XRP-USD");
    assert!(stale.contains('—') && stale.contains("<1m"), "{stale}");
    let orders = rig.line("188.20");
    assert!(orders.contains("working"), "{orders}");
    assert!(!rig.line("GBP/USD").contains('—'));
}
