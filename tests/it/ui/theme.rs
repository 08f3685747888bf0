//! Shipped themes can be read: contrast of every text role on every ground.

use mts1b_desk::ui::theme::{Palette, Role, SHIPPED};

#[test]
fn text_is_readable_on_every_ground_of_every_shipped_theme() {
    use Role::{
        Accent, Bg, Bright, Cursor, Deny, Dim, Down, Faint, Focus, Info, Key, Ok, Pane, Strip,
        Text, Unknown, Up, Warn,
    };
    let texts = [
        Bright, Text, Dim, Up, Down, Ok, Deny, Unknown, Warn, Info, Accent, Key, Faint,
    ];
    for (name, file) in SHIPPED {
        let palette = Palette::parse(name, file).unwrap();
        for ground in [Bg, Pane, Strip, Focus, Cursor] {
            for text in texts {
                let least = if text == Faint { 2.0 } else { 4.5 };
                let contrast = palette.colour(text).contrast(palette.colour(ground));
                assert!(
                    contrast >= least,
                    "{name}: {} on {} is {contrast:.2}, below {least}",
                    text.as_str(),
                    ground.as_str(),
                );
            }
        }
        for tag in [Role::Paper, Role::Live] {
            let ground = palette.colour(tag);
            let best = [Bright, Bg].map(|ink| palette.colour(ink).contrast(ground));
            assert!(
                best[0].max(best[1]) >= 4.5,
                "{name}: the tag {}",
                tag.as_str()
            );
        }
    }
}

#[test]
fn grounds_part_from_each_other() {
    for (name, file) in SHIPPED {
        let palette = Palette::parse(name, file).unwrap();
        let grounds = [Role::Bg, Role::Pane, Role::Strip, Role::Focus, Role::Cursor];
        for (at, a) in grounds.iter().enumerate() {
            for b in &grounds[at + 1..] {
                assert_ne!(
                    palette.colour(*a),
                    palette.colour(*b),
                    "{name}: {a:?} and {b:?}"
                );
            }
        }
    }
}
