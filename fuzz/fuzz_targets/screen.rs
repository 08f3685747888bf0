//! The files of the screen: themes, keys, layouts.
#![no_main]

use libfuzzer_sys::fuzz_target;
use mts1b_desk::ui::action::Action;
use mts1b_desk::ui::keymap::{Key, Keymap};
use mts1b_desk::ui::layout::{LEAST, Layout, PaneKind, Situation};
use mts1b_desk::ui::theme::{ColorDepth, Palette, Theme};
use mts1b_desk_fuzz::{Bytes, names, said, text};
use ratatui::layout::Rect;

fuzz_target!(|data: &[u8]| {
    let mut bytes = Bytes::new(data);
    match bytes.byte() % 3 {
        0 => theme(&text(bytes.rest())),
        1 => keymap(&text(bytes.rest())),
        _ => {
            let screen = Rect::new(0, 0, bytes.pair(), bytes.pair());
            layout(&text(bytes.rest()), screen);
        }
    }
});

fn theme(file: &str) {
    match Palette::parse("mine", file) {
        Ok(palette) => {
            for depth in [
                ColorDepth::True,
                ColorDepth::Indexed,
                ColorDepth::Sixteen,
                ColorDepth::None,
            ] {
                let theme = Theme::new(&palette, depth);
                assert_eq!(theme.is_plain(), depth == ColorDepth::None);
            }
        }
        Err(error) => names(&said(error), &["mine"]),
    }
}

fn keymap(file: &str) {
    match Keymap::new(Some(file)) {
        Ok(keymap) => {
            for spec in Action::TABLE {
                for keys in keymap.keys_of(spec.action) {
                    for key in keys.split(' ') {
                        let read: Key = key.parse().unwrap_or_else(|error| panic!("{error}"));
                        assert_eq!(read.to_string(), key);
                    }
                }
            }
        }
        Err(error) => names(&said(error), &["keymap"]),
    }
}

fn layout(file: &str, screen: Rect) {
    let layout = match Layout::parse("mine", file) {
        Ok(layout) => layout,
        Err(error) => return names(&said(error), &["mine"]),
    };
    for ticket in [false, true] {
        for zoomed in [None, Some(PaneKind::Chart)] {
            let placed = layout.place(screen, Situation { ticket, zoomed });
            if screen.width < LEAST.0 || screen.height < LEAST.1 {
                assert!(placed.is_empty());
            }
            for pane in &placed {
                assert_eq!(pane.area.intersection(screen), pane.area);
                assert!(pane.area.y > 0, "the header is covered");
                assert!(pane.area.bottom() < screen.height, "the hints are covered");
            }
        }
    }
}
