//! The hand on the keyboard: trades through the real ticket, as chance has it.

use crate::pty::session::Session;
use crate::pty::torture::chance::Chance;

/// What is traded: symbol, a usual quantity, and a limit far below and far above its price.
const TRADED: [(&str, &str, &str, &str); 4] = [
    ("AAPL", "12", "150", "450"),
    ("MSFT", "7", "250", "700"),
    ("BTC-USD", "0.05", "60000", "180000"),
    ("KO", "40", "40", "110"),
];

/// Chooses a symbol.
pub fn choose(session: &mut Session, symbol: &str) {
    session.keys("/");
    session.wait_for("Esc");
    session.keys(symbol);
    session.keys("\r");
    session.wait_for(&format!("2 {symbol} · "));
}

/// Does a few things and ends in the middle of the last; returns what, and how many tickets may have left.
pub fn trade(session: &mut Session, chance: &mut Chance, most: u64) -> (Vec<String>, usize) {
    let (mut done, mut sent) = (Vec::new(), 0);
    let (mut symbol, mut far) = (TRADED[0].0, TRADED[0]);
    for nth in 0..=chance.below(most) {
        if nth > 0 {
            // Whatever is open is put away; the pause keeps the key apart from those that follow.
            session.keys("\x1b");
            std::thread::sleep(std::time::Duration::from_millis(30));
            session.keys("\x1b");
            std::thread::sleep(std::time::Duration::from_millis(30));
        }
        if chance.one_in(4) {
            far = *chance.pick(&TRADED);
            symbol = far.0;
            session.keys(&format!("/{symbol}\r"));
            std::thread::sleep(std::time::Duration::from_millis(20));
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
