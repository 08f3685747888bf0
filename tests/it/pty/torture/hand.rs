//! The hand on the keyboard: trades through the real ticket, as chance has it.

use std::time::Duration;

use crate::pty::session::{Patience, Session};
use crate::pty::torture::chance::Chance;

/// What is traded: symbol, a usual quantity, and a limit far below and far above its price.
const TRADED: [(&str, &str, &str, &str); 4] = [
    ("AAPL", "12", "150", "450"),
    ("MSFT", "7", "250", "700"),
    ("BTC-USD", "0.05", "60000", "180000"),
    ("KO", "40", "40", "110"),
];

/// Puts away whatever is open. The pauses keep Escape apart from the keys that follow.
pub fn put_away(session: &mut Session) {
    for _ in 0..2 {
        session.keys("\x1b");
        std::thread::sleep(Duration::from_millis(40));
    }
}

/// Types keys on the bare desk until they are understood.
///
/// On a busy machine an Escape may be read together with the key behind it, and is another key then.
pub fn insist(session: &mut Session, keys: &str, holds: impl Fn(&str) -> bool) {
    let patience = Patience::begin();
    loop {
        put_away(session);
        session.keys(keys);
        for _ in 0..100 {
            if holds(&session.text()) {
                return;
            }
            std::thread::sleep(Duration::from_millis(10));
        }
        let screen = session.text();
        assert!(
            patience.lasts(),
            "{keys:?} does nothing; the screen:\n{screen}"
        );
    }
}

/// Chooses a symbol.
pub fn choose(session: &mut Session, symbol: &str) {
    let chosen = format!("2 {symbol} · ");
    insist(session, &format!("/{symbol}\r"), |screen| {
        screen.contains(&chosen)
    });
}

/// Does a few things and ends in the middle of the last; returns what, and how many tickets may have left.
pub fn trade(session: &mut Session, chance: &mut Chance, most: u64) -> (Vec<String>, usize) {
    let (mut done, mut sent) = (Vec::new(), 0);
    let (mut symbol, mut far) = (TRADED[0].0, TRADED[0]);
    for nth in 0..=chance.below(most) {
        if nth > 0 {
            put_away(session);
        }
        if chance.one_in(4) {
            far = *chance.pick(&TRADED);
            symbol = far.0;
            session.keys(&format!("/{symbol}\r"));
            std::thread::sleep(Duration::from_millis(20));
        }
        let (_, quantity, low, high) = far;
        let side = *chance.pick(&["b", "s"]);
        let away = if side == "b" { low } else { high };
        let through = if side == "b" { high } else { low };
        let keys = match chance.below(12) {
            0..=4 => format!("{side}{quantity}\ry"),
            5..=6 => format!("{side}{quantity}o\t\t\x15{away}\ry"),
            7 => format!("{side}{quantity}o\t\t\x15{through}\ry"),
            8 => "c".to_owned(),
            9 => "C".to_owned(),
            10 => format!("x{}y", 1 + chance.below(4)),
            _ => format!("b{}%\ry", 1 + chance.below(3)),
        };
        sent += keys.matches('y').count();
        session.keys(&keys);
        let waited = chance.pause(220);
        done.push(format!("{symbol} {keys:?} and {waited} ms"));
    }
    (done, sent)
}
