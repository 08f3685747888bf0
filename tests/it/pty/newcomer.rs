//! What a newcomer does in the first minutes.

use crate::pty::open;
use crate::pty::session::{SHELL, Session};
use crate::support::program::object;

/// Returns the figure after NAV in the header.
fn nav(screen: &str) -> Option<&str> {
    screen.split("NAV ").nth(1)?.split_whitespace().next()
}

#[test]
fn a_newcomer_buys_closes_and_leaves() {
    let folder = tempfile::tempdir().unwrap();
    let mut session = open(folder.path());
    let before = session.wait_for("NAV 1,000,000.00");
    assert!(before.contains("PAPER"), "{before}");
    session.keys("b");
    session.wait_for("Ticket · BUY AAPL");
    session.keys("100");
    session.wait("every gate to pass", |screen| {
        screen.contains("✓ short_side") && screen.contains("notional 2")
    });
    session.keys("\r");
    session.wait_for("y send");
    session.keys("y");
    session.wait_for_position("AAPL", "100");
    session.wait("the fee in the NAV", |screen| {
        nav(screen).is_some_and(|nav| nav != "1,000,000.00")
    });

    session.keys("x4");
    session.wait("the closing ticket, reviewed", |screen| {
        screen.contains("Ticket · SELL AAPL") && screen.contains("y send")
    });
    session.keys("y");
    session.wait_for("nothing held");
    session.keys("q");
    assert_eq!(session.ended(), 0);
    assert_eq!(session.given_back(), SHELL);

    let fills = object(folder.path(), &["journal", "export", "fills"]);
    let sides: Vec<&str> = fills["fills"]
        .as_array()
        .unwrap()
        .iter()
        .map(|fill| fill["side"].as_str().unwrap())
        .collect();
    assert!(
        sides.starts_with(&["buy"]) && sides.ends_with(&["sell"]),
        "{sides:?}"
    );
}

fn choose(session: &mut Session, symbol: &str) {
    session.keys("/");
    session.wait_for("Esc");
    session.keys(symbol);
    session.keys("\r");
    session.wait_for(&format!("2 {symbol} · "));
}

#[test]
fn a_hundred_bitcoin_are_refused_and_a_resting_limit_is_canceled() {
    let folder = tempfile::tempdir().unwrap();
    let mut session = open(folder.path());
    choose(&mut session, "BTC-USD");
    session.wait_for_price("BTC-USD");
    session.keys("b100");
    let screen = session.wait("the refusal", |screen| {
        screen.contains("✗ static") && screen.contains(" binds")
    });
    let binding = screen.lines().find(|line| line.contains(" binds")).unwrap();
    let max = binding.split("max ").nth(1).unwrap();
    let max: f64 = max.split_whitespace().next().unwrap().parse().unwrap();
    assert!(max > 0.0 && max < 100.0, "{screen}");
    session.keys("\r");
    session.wait_for("refused by static");
    session.keys("y");
    session.keys("\x1b");
    session.wait_for("none open");

    choose(&mut session, "AAPL");
    session.keys("b10o");
    session.wait("a limit ticket", |screen| screen.contains("limit  "));
    session.keys("\t\t\x15150");
    session.wait("the limit typed", |screen| screen.contains("150▏"));
    session.keys("\r");
    session.wait_for("y send");
    session.keys("y");
    session.wait_for("1 working");
    // Leaving asks while an order works.
    session.keys("q");
    session.wait_for("Leave the desk?");
    session.keys("\x1b");
    session.wait("the question to go", |screen| {
        !screen.contains("Leave the desk?")
    });
    session.keys("c");
    session.wait_for("0 working");
    session.wait_for("canceled");
    session.keys("q");
    assert_eq!(session.ended(), 0);

    let orders = object(folder.path(), &["journal", "export", "orders"]);
    let orders = orders["orders"].as_array().unwrap();
    assert_eq!(orders.len(), 1, "a refused ticket was sent: {orders:?}");
    assert_eq!(orders[0]["filled_quantity"], "0");
    assert!(orders[0]["canceled_at"].is_string(), "{orders:?}");
}
