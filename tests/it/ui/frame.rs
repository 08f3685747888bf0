//! What reaches the terminal: nothing when nothing changed, little when little did.

use std::time::Duration;

use mts1b_desk::ui::desk::Reaction;

use crate::ui::rig::{Rig, Setup, text};

#[test]
fn nothing_changed_is_no_byte_and_one_quote_is_few() {
    let mut rig = Rig::busy(&Setup {
        size: (200, 56),
        ..Setup::default()
    });
    let first = rig.draw();
    assert!(first > 5000, "{first}");
    assert_eq!(rig.draw(), 0);
    rig.snapshot();
    assert_eq!(rig.draw(), 0, "the same facts again");
    rig.quote("MSFT", "421.04", "421.12");
    let sent = rig.draw();
    assert!(sent > 0 && sent < 400, "{sent} bytes for one quote");
    rig.wait(Duration::from_millis(10));
    assert_eq!(rig.draw(), 0, "time alone, within the second");
}

#[test]
fn lines_painted_one_by_one_come_to_the_whole_picture() {
    let mut rig = Rig::busy(&Setup {
        size: (200, 56),
        ..Setup::default()
    });
    let turns = [
        ("MSFT", "421.04", "421.12", "", 10),
        ("XRP-USD", "0.52405", "0.52415", "j", 400),
        ("AAPL", "1189.39", "1189.43", "j", 10),
        ("NVDA", "131.90", "131.92", "2", 3_000),
        ("SPY", "548.10", "548.20", "1 , ,", 10),
        ("TSLA", "244.10", "244.14", ", k", 40_000),
        ("MSFT", "421.03", "421.11", "G", 10),
    ];
    for (symbol, bid, ask, keys, ms) in turns {
        rig.keys(keys);
        rig.draw();
        rig.quote(symbol, bid, ask);
        // The watchlist at once, brightened figures and all; every pane when those that prices alone paint have had their turn.
        for (ms, (right, bottom)) in [(ms, (70, 28)), (600, (200, 56))] {
            rig.wait(Duration::from_millis(ms));
            rig.draw();
            let by_lines = rig.frame.drawn().clone();
            rig.desk.on_resize(200, 56);
            rig.draw();
            for (x, y) in (0..right).flat_map(|x| (0..bottom).map(move |y| (x, y))) {
                let (lines, whole) = (by_lines.cell((x, y)), rig.frame.drawn().cell((x, y)));
                assert_eq!(lines, whole, "at {x}, {y} after {symbol} {bid} and {ms} ms");
            }
        }
    }
}

#[test]
fn prices_alone_paint_the_chart_and_the_limits_at_their_own_pace_and_facts_at_once() {
    let mut rig = Rig::busy(&Setup {
        size: (200, 56),
        ..Setup::default()
    });
    rig.draw();
    let chart = |rig: &Rig| {
        let all = rig.frame.drawn();
        let area = all.area;
        let cells = (0..area.width).flat_map(|x| (0..30).map(move |y| (x, y)));
        // Right of the watchlist, under the strip that has the time.
        cells
            .filter(|(x, y)| (80..140).contains(x) && *y > 2)
            .filter_map(|at| all.cell(at).map(|cell| cell.symbol().to_owned()))
            .collect::<String>()
    };
    rig.quote("AAPL", "210.00", "210.04");
    rig.draw();
    let before = chart(&rig);
    rig.wait(Duration::from_millis(20));
    rig.quote("AAPL", "214.00", "214.04");
    rig.draw();
    assert_eq!(chart(&rig), before, "a moment later");
    let next = rig.desk.next_wake(rig.now).unwrap();
    assert!(
        next.since(rig.now) <= Duration::from_millis(100),
        "it is owed"
    );
    rig.wait(Duration::from_millis(100));
    rig.draw();
    assert_ne!(chart(&rig), before);
}

#[test]
fn the_clock_stands_when_the_market_does() {
    let mut rig = Rig::new(&Setup::default());
    rig.draw();
    rig.wait(Duration::from_secs(1));
    assert!(rig.draw() > 0, "the second counts");
    rig.wait(Duration::from_secs(100));
    rig.draw();
    let next = rig.desk.next_wake(rig.now).unwrap();
    assert!(next.since(rig.now) > Duration::from_secs(5));
    rig.wait(Duration::from_secs(1));
    assert_eq!(rig.draw(), 0, "a still desk writes nothing");
}

#[test]
fn what_the_terminal_shows_is_what_was_drawn_at_any_size_and_key() {
    let keys = "j j k x x esc 3 tab / b t c enter ? j esc : z o o esc space esc + + b 1 0 0 o tab tab b a m = \
                up down enter esc esc w r w t S 5 % enter c C X e H L , i v G g g pgdn pgup F8 b F8 q";
    for (width, height) in [
        (200, 56),
        (120, 36),
        (80, 24),
        (40, 10),
        (39, 9),
        (12, 3),
        (1, 1),
    ] {
        let mut rig = Rig::busy(&Setup {
            size: (width, height),
            ..Setup::default()
        });
        let mut terminal =
            vt100::Parser::new(height.try_into().unwrap(), width.try_into().unwrap(), 0);
        let mut seen = 0;
        for key in keys.split_whitespace() {
            if rig.keys(key) == Reaction::Quit {
                break;
            }
            rig.wait(Duration::from_millis(130));
            rig.draw();
            let bytes = rig.frame.output();
            terminal.process(&bytes[seen..]);
            seen = bytes.len();
            let mut shown = String::new();
            for row in terminal.screen().rows(0, width) {
                shown.push_str(row.trim_end());
                shown.push('\n');
            }
            assert_eq!(
                shown,
                text(rig.frame.drawn()),
                "after {key} at {width}x{height}"
            );
        }
    }
}

#[test]
fn a_desk_resized_at_every_step_paints_everything_again() {
    let mut rig = Rig::busy(&Setup::default());
    for (width, height) in [(80, 24), (200, 56), (3, 40), (300, 2), (120, 36)] {
        rig.frame.resize(width, height);
        rig.desk.on_resize(width, height);
        rig.draw();
        assert_eq!(rig.frame.drawn().area.width, width);
    }
    assert!(rig.screen().contains("Watchlist"));
}
