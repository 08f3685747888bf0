//! The key file: what ships is whole, what a person writes is checked in words.

use crossterm::event::{KeyCode, KeyEvent, KeyEventKind, KeyModifiers};
use mts1b_desk::ui::action::{Action, Scope};
use mts1b_desk::ui::keymap::{Key, Keymap, Pending, Resolved};

fn feed(keymap: &Keymap, scope: Scope, keys: &str) -> Resolved {
    let mut pending = Pending::default();
    let mut last = Resolved::Nothing;
    for key in keys.split_whitespace() {
        let key: Key = key.parse().unwrap();
        last = pending.feed(keymap, scope, key.into());
    }
    last
}

#[test]
fn every_action_ships_with_a_key() {
    let keymap = Keymap::new(None).unwrap();
    for spec in Action::TABLE {
        assert_ne!(keymap.key_of(spec.action), "", "{} has no key", spec.name);
    }
}

#[test]
fn keys_mean_what_their_place_says() {
    use Action::{Buy, CloseAll, Discard, MoveTop, Panic, PriceAsk, PriceBid, Send};
    let keymap = Keymap::new(None).unwrap();
    let cases = [
        (Scope::Desk, "b", Resolved::Action(Buy)),
        (Scope::Desk, "x 4", Resolved::Action(CloseAll)),
        (Scope::Desk, "x", Resolved::Pending),
        (Scope::Desk, "x esc", Resolved::Nothing),
        (Scope::Desk, "x z", Resolved::Nothing),
        (Scope::Desk, "g g", Resolved::Action(MoveTop)),
        (Scope::Desk, "z", Resolved::Typed('z')),
        (Scope::TicketPrice, "b", Resolved::Action(PriceBid)),
        (Scope::TicketPrice, "a", Resolved::Action(PriceAsk)),
        (Scope::Ticket, "b", Resolved::Typed('b')),
        (Scope::Ticket, "m", Resolved::Typed('m')),
        (Scope::Ticket, "y", Resolved::Typed('y')),
        (Scope::Ticket, "esc", Resolved::Action(Discard)),
        (Scope::Review, "y", Resolved::Action(Send)),
        (Scope::Review, "enter", Resolved::Nothing),
    ];
    for (scope, keys, expected) in cases {
        assert_eq!(feed(&keymap, scope, keys), expected, "{keys} in {scope:?}");
    }
    for scope in Scope::ALL {
        assert_eq!(
            feed(&keymap, scope, "F12"),
            Resolved::Action(Panic),
            "{scope:?}"
        );
        assert_eq!(
            feed(&keymap, scope, "ctrl+\\"),
            Resolved::Action(Panic),
            "{scope:?}"
        );
    }
}

#[test]
fn releases_do_nothing_and_repeats_only_move() {
    let keymap = Keymap::new(None).unwrap();
    let event = |code, kind| KeyEvent::new_with_kind(KeyCode::Char(code), KeyModifiers::NONE, kind);
    let feed = |code, kind| Pending::default().feed(&keymap, Scope::Desk, event(code, kind));
    assert_eq!(feed('b', KeyEventKind::Release), Resolved::Nothing);
    assert_eq!(feed('b', KeyEventKind::Repeat), Resolved::Nothing);
    assert_eq!(
        feed('j', KeyEventKind::Repeat),
        Resolved::Action(Action::MoveDown)
    );
    let send = event('y', KeyEventKind::Repeat);
    let repeated = Pending::default().feed(&keymap, Scope::Review, send);
    assert_eq!(repeated, Resolved::Nothing, "a held key must not send");
}

#[test]
fn a_file_of_ones_own_replaces_the_keys_it_names() {
    let keymap = Keymap::new(Some("[desk]\nbuy = [\"n\"]\nshort = []\n")).unwrap();
    assert_eq!(
        feed(&keymap, Scope::Desk, "n"),
        Resolved::Action(Action::Buy)
    );
    assert_eq!(feed(&keymap, Scope::Desk, "b"), Resolved::Typed('b'));
    assert_eq!(keymap.key_of(Action::Short), "");
    assert_eq!(
        feed(&keymap, Scope::Desk, "s"),
        Resolved::Action(Action::Sell)
    );
}

#[test]
fn faults_name_the_place_and_what_would_be_right() {
    let fault = |text: &str| Keymap::new(Some(text)).unwrap_err().to_string();
    let cases = [
        (
            "[desk]\nbuy = [\"s\"]",
            "'s' of buy and 's' of sell collide",
        ),
        ("[desk]\nbuy = [\"x 1 1\"]", "collide"),
        ("[desk]\nbuy = [\"F12\"]", "panic"),
        ("[ticket]\nreview = [\"b\"]", "collide"),
        ("[desk]\nbuuy = [\"n\"]", "did you mean 'buy'?"),
        ("[desk]\nsend = [\"n\"]", "it belongs in '[review]'"),
        ("[dsk]\nbuy = [\"n\"]", "did you mean 'desk'?"),
        ("[desk]\nbuy = \"n\"", "write a list of keys"),
        ("[desk]\nbuy = [\"\"]", "write a list of keys"),
        ("[desk]\nbuy = [\"hyper+b\"]", "'hyper+b' is not a key"),
        ("[desk\n", "not valid TOML: line 1: "),
        ("\n\n[desk]\nbuy = \n", "line 4: "),
        ("[prefix]\ng = 1", "names 'g' by something that is no text"),
        ("prefix = 1", "'[prefix]' is not known"),
        ("[review]\nsend = [\"enter\"]", "would send unread"),
        ("[review]\nsend = [\"4\"]", "'x 4' of close_all"),
        ("[desk]\nreverse = [\"z y\"]", "would send unread"),
        (
            "[portfolio]\nstage = [\"y\"]",
            "'y' of stage, which leads to",
        ),
        ("[portfolio]\nstage = [\"g\"]", "collide"),
    ];
    for (text, part) in cases {
        let said = fault(text);
        assert!(said.contains(part), "{text:?} said: {said}");
    }
}

#[test]
fn a_key_of_a_workspace_takes_the_place_of_the_desks_own_there_and_nowhere_else() {
    let keymap = Keymap::new(None).unwrap();
    let means = |scope| feed(&keymap, scope, "R");
    assert_eq!(means(Scope::Desk), Resolved::Action(Action::Resume));
    assert_eq!(means(Scope::Portfolio), Resolved::Action(Action::Stage));
    assert!(keymap.is_shadowed(Scope::Portfolio, Action::Resume));
    assert!(!keymap.is_shadowed(Scope::Desk, Action::Resume));
    assert!(!keymap.is_shadowed(Scope::Portfolio, Action::Stage));
    // What holds elsewhere only is not judged by what a key means here: `y` sends in a review.
    assert!(!keymap.is_shadowed(Scope::Portfolio, Action::Send));
    assert_eq!(
        feed(&keymap, Scope::Portfolio, "b"),
        Resolved::Action(Action::Buy)
    );
    let own = Keymap::new(Some("[portfolio]\nstage = [\"Z\"]\n")).unwrap();
    assert_eq!(
        feed(&own, Scope::Portfolio, "R"),
        Resolved::Action(Action::Resume)
    );
    assert!(!own.is_shadowed(Scope::Portfolio, Action::Resume));
}
