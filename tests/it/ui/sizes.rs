//! Every layout, popup and theme at every size: drawn without a surprise, and never saying what is not so.

use std::sync::Arc;

use mts1b_desk::event::HistoryKind;
use mts1b_desk::ui::glyph::Glyphs;
use mts1b_desk::ui::layout::LEAST;
use mts1b_desk::ui::theme::ColorDepth;
use ratatui::buffer::Cell;

use crate::support::study::study;
use crate::ui::rig::{Rig, Setup, text};

/// Both sides of every edge there is, and the ends.
const WIDTHS: [u16; 25] = [
    1, 2, 3, 7, 20, 38, 39, 40, 41, 50, 60, 61, 79, 80, 81, 100, 119, 120, 121, 168, 199, 200, 201,
    300, 400,
];
const HEIGHTS: [u16; 18] = [
    1, 2, 3, 5, 8, 9, 10, 11, 12, 17, 23, 24, 25, 36, 48, 55, 56, 120,
];

/// What may be open, and the keys that open it.
const SITUATIONS: [(&str, &str); 31] = [
    ("trade", ""),
    ("risk", "w r"),
    ("zoomed chart", "g c +"),
    ("zoomed watchlist", "g w +"),
    ("ticket", "b 1 0 0"),
    ("limit ticket", "b 1 0 0 o tab"),
    ("refused ticket", "b $ 9 0 0 k"),
    ("review", "b 1 0 0 enter"),
    ("gates", "w r g t +"),
    ("exposures", "w r g a +"),
    ("drawdown", "w r g d +"),
    ("history", "F12 w r g s +"),
    ("a verdict in full", "w r g v enter"),
    ("verdicts filtered", "w r g v / r e f"),
    ("help", "?"),
    ("help at its end", "? G pgdn pgdn pgdn"),
    ("menu", "space"),
    ("palette", ": c a"),
    ("palette without a match", ": z z z"),
    ("symbols", "/ a"),
    ("pending keys", "x"),
    ("halted, asked why", "F12 R t o space l o w"),
    ("portfolio", "w p"),
    ("scores", "w p g S +"),
    ("allocators", "w p g A + , v"),
    ("targets", "w p g T + ,"),
    ("correlations", "w p g C + G"),
    ("tree", "w p g C + v j j"),
    ("frontier", "w p g F +"),
    ("basket", "w p g B + j"),
    ("basket under review", "w p R j"),
];

fn looks() -> [Setup; 4] {
    let look = |theme, depth, glyphs| Setup {
        theme,
        depth,
        glyphs,
        ..Setup::default()
    };
    [
        look("slate", ColorDepth::True, Glyphs::UNICODE),
        look("linen", ColorDepth::Indexed, Glyphs::UNICODE),
        look("slate", ColorDepth::Sixteen, Glyphs::ASCII),
        look("linen", ColorDepth::None, Glyphs::ASCII),
    ]
}

/// What must hold of any screen whatever is on it.
#[track_caller]
fn honest(rig: &mut Rig, look: &Setup, what: &str, (width, height): (u16, u16)) {
    rig.frame.resize(width, height);
    rig.desk.on_resize(width, height);
    rig.draw();
    let at = format!("{what} at {width}x{height}");
    let drawn = rig.frame.drawn();
    assert_eq!((drawn.area.width, drawn.area.height), (width, height));
    let wild = drawn.content.iter().find(|cell| {
        let symbol = cell.symbol();
        symbol.contains(char::is_control) || (look.glyphs == Glyphs::ASCII && !symbol.is_ascii())
    });
    let screen = text(drawn);
    assert!(wild.is_none(), "{at} shows {wild:?}:\n{screen}");
    let header: String = drawn.content[..usize::from(width)]
        .iter()
        .map(Cell::symbol)
        .collect();
    if width < LEAST.0 || height < LEAST.1 {
        let words = format!("{width}x{height} is too small");
        assert!(words.starts_with(header.trim_end()), "{at}:\n{screen}");
    } else {
        let mode = if look.live { "LIVE" } else { "PAPER" };
        assert!(header.contains(mode), "{at} hides the mode:\n{screen}");
    }
}

#[track_caller]
fn check(situations: &[(&str, &str)]) {
    for (nth, (what, keys)) in situations.iter().enumerate() {
        for (other, look) in looks().into_iter().enumerate() {
            let mut rig = Rig::busy(&look);
            rig.study = Some(Arc::new(study(rig.now, HistoryKind::Mixed)));
            rig.snapshot();
            rig.keys(keys);
            // Every size under one look, and under the others one in five, another fifth each time.
            let sizes = WIDTHS.iter().flat_map(|w| HEIGHTS.map(|h| (*w, h)));
            for (place, size) in sizes.enumerate() {
                if nth % 4 == other || (place + nth) % 5 == other {
                    honest(&mut rig, &look, what, size);
                }
            }
        }
    }
}

#[test]
fn every_pane_is_drawn_at_every_size() {
    check(&SITUATIONS[..4]);
}

#[test]
fn every_ticket_is_drawn_at_every_size() {
    check(&SITUATIONS[4..8]);
}

#[test]
fn every_pane_of_risk_is_drawn_at_every_size() {
    check(&SITUATIONS[8..14]);
}

#[test]
fn every_list_is_drawn_at_every_size() {
    check(&SITUATIONS[14..18]);
}

#[test]
fn every_question_is_drawn_at_every_size() {
    check(&SITUATIONS[18..22]);
}

#[test]
fn every_pane_of_portfolio_is_drawn_at_every_size() {
    check(&SITUATIONS[22..]);
}

/// Nobody can see a ticket there, so nobody can have meant to send it.
#[test]
fn a_screen_too_small_to_show_an_order_does_not_send_it() {
    for size in [(1, 1), (39, 56), (200, 9), (20, 5)] {
        let mut rig = Rig::new(&Setup::default());
        rig.keys("b 1 0 0 enter");
        rig.frame.resize(size.0, size.1);
        rig.desk.on_resize(size.0, size.1);
        rig.keys("y");
        assert_eq!(rig.sent(), [], "sent unseen at {size:?}");
        rig.keys("c C x 4 enter y");
        assert_eq!(rig.sent(), [], "sent unseen at {size:?}");
        // What protects is never out of reach.
        rig.keys("F12");
        assert!(!rig.sent().is_empty(), "no panic at {size:?}");
    }
}

/// What a wide screen shows in full a narrow one may leave out or mark as cut, but not change.
#[test]
fn a_number_is_shown_whole_or_marked_as_cut() {
    let numbers = |screen: &str| -> Vec<String> {
        let word = |word: &&str| word.contains(|c: char| c.is_ascii_digit());
        let words = screen.split(|c: char| c.is_whitespace() || "▌▏│┈█▄▀░".contains(c));
        words.filter(word).map(str::to_owned).collect()
    };
    for (what, keys) in [
        ("positions", "g p +"),
        ("orders", "g o +"),
        ("fills", "g f +"),
        ("verdicts", "w r g v +"),
        ("ticket", "b 1 0 0"),
        ("limit ticket", "b 1 2 3 4 5 o tab tab"),
        ("refused ticket", "b $ 9 0 0 k"),
        ("review", "b 1 0 0 enter"),
    ] {
        let mut rig = Rig::busy(&Setup::default());
        rig.keys(keys);
        rig.frame.resize(400, 120);
        rig.desk.on_resize(400, 120);
        let whole = numbers(&rig.screen());
        // Wider, a ticket has neighbours.
        for width in 40..=if keys.starts_with('b') { 90 } else { 200 } {
            rig.frame.resize(width, 36);
            rig.desk.on_resize(width, 36);
            let screen = rig.screen();
            let body: String = screen
                .lines()
                .skip(2)
                .take(30)
                .collect::<Vec<_>>()
                .join("\n");
            for number in numbers(&body) {
                let cut = number.ends_with(['…', '~']);
                assert!(
                    cut || whole.contains(&number),
                    "{what} at {width}: {number}\n{screen}"
                );
            }
        }
    }
}
