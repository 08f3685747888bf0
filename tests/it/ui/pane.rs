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
        rig.cell("49s").fg,
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
        line.contains("kraken ✗ ws.kraken.com cannot be reached for 42s"),
        "{line}"
    );
}

#[test]
fn unknown_stale_and_zero_look_different() {
    let mut rig = Rig::busy(&at((200, 56)));
    let stale = rig.line("XRP-USD");
    assert!(stale.contains('—') && stale.contains("49s"), "{stale}");
    let orders = rig.line("188.20");
    assert!(orders.contains("working"), "{orders}");
    assert!(!rig.line("GBP/USD").contains('—'));
}
