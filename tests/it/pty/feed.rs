//! Other feeds: recordings, and a venue that cannot be reached.

use std::collections::BTreeSet;
use std::fmt::Write;
use std::path::{Path, PathBuf};

use mts1b_desk::adapter::replay::Recording;
use mts1b_desk::domain::{Price, Quote};

use crate::pty::session::{Session, row};
use crate::support::program::object;

/// Writes a recording of a minute: one symbol that zigzags, ten quotes a second, each thin.
fn recording(folder: &Path) -> PathBuf {
    let mut text = String::from("timestamp,symbol,bid,ask,bid_size,ask_size,venue\n");
    for tenth in 0..600u32 {
        let cents = 250_000 + (tenth * 37) % 500;
        writeln!(
            text,
            "2026-01-05T09:00:{:02}.{}00000Z,ETH-USDT,{}.{:02},{}.{:02},0.5,0.{},testex",
            tenth / 10,
            tenth % 10,
            cents / 100,
            cents % 100,
            (cents + 7) / 100,
            (cents + 7) % 100,
            tenth % 7 + 1,
        )
        .unwrap();
    }
    let path = folder.join("eth.csv");
    std::fs::write(&path, text).unwrap();
    path
}

fn quotes(path: &Path) -> Vec<Quote> {
    let mut recording = Recording::open(path).unwrap();
    std::iter::from_fn(|| recording.next_quote())
        .map(Result::unwrap)
        .collect()
}

/// Plays a recording, buys of its first symbol, and holds every fill against the file.
fn trade_on(path: &Path, speed: &str, quantity: &str) {
    let folder = tempfile::tempdir().unwrap();
    let quotes = quotes(path);
    let symbol = quotes[0].symbol.to_string();
    let feed = format!("replay:{}@{speed}", path.display());
    let mut session = Session::start(folder.path(), &["--feed", &feed], (200, 56));
    session.wait_for_price(&symbol);
    session.wait_for("paper ●");
    session.keys(&format!("b{quantity}\ry"));
    session.wait_for_position(&symbol, quantity);
    session.keys("q");
    assert_eq!(session.ended(), 0);

    let asks: BTreeSet<Price> = quotes.iter().map(|quote| quote.ask).collect();
    let fills = object(folder.path(), &["journal", "export", "fills"]);
    for fill in fills["fills"].as_array().unwrap() {
        let price: Price = fill["price"].as_str().unwrap().parse().unwrap();
        assert!(asks.contains(&price), "no such ask in the file: {fill}");
    }
    let once = object(folder.path(), &["journal", "replay"]);
    let again = object(folder.path(), &["journal", "replay", "--rejudge"]);
    assert_eq!(once["hash"], again["hash"]);
    assert_eq!(again["sessions_compared"], 1, "{again}");
}

#[test]
fn a_recording_trades_on_paper_only_at_prices_that_stand_in_it() {
    let folder = tempfile::tempdir().unwrap();
    trade_on(&recording(folder.path()), "2", "2.5");
    if let Some(fixtures) = std::env::var_os("DESK_FIXTURES") {
        let market = Path::new(&fixtures).join("market");
        trade_on(&market.join("quotes-btc-usdt-20210108.csv"), "10", "0.1");
        trade_on(&market.join("quotes-eur-usd-202001.csv.zst"), "100", "5000");
    }
}

#[test]
fn a_recording_at_full_speed_shows_its_last_quote() {
    let folder = tempfile::tempdir().unwrap();
    let mut files = vec![recording(folder.path())];
    if let Some(fixtures) = std::env::var_os("DESK_FIXTURES") {
        let market = Path::new(&fixtures).join("market");
        files.push(market.join("quotes-btc-usdt-20210108.csv"));
        files.push(market.join("quotes-eur-usd-202001.csv.zst"));
    }
    for path in files {
        let data = tempfile::tempdir().unwrap();
        let last = quotes(&path).pop().unwrap();
        let feed = format!("replay:{}@max", path.display());
        let mut session = Session::start(data.path(), &["--feed", &feed], (200, 56));
        let screen = session.wait_for(" ended");
        let words = |screen: &str| -> Vec<String> {
            (1..8)
                .filter_map(|at| row(screen, last.symbol.as_str(), at))
                .map(|word| word.replace(',', ""))
                .collect()
        };
        let ask = last.ask.decimal().normalize().to_string();
        session.wait(&format!("the last ask, {ask}"), |screen| {
            words(screen)
                .iter()
                .any(|word| word.trim_end_matches('0') == ask.trim_end_matches('0'))
        });
        assert!(
            screen.contains("record"),
            "the market is not said to be a recording:\n{screen}"
        );
        session.keys("q");
        assert_eq!(session.ended(), 0);
    }
}

#[test]
fn a_venue_out_of_reach_is_named_and_no_price_is_shown() {
    let folder = tempfile::tempdir().unwrap();
    let config = folder.path().join("config");
    std::fs::create_dir(&config).unwrap();
    // Nothing listens on this port.
    let own = "[feed.kraken]\nurl = \"ws://127.0.0.1:1/\"\n";
    std::fs::write(config.join("desk.toml"), own).unwrap();
    let mut session = Session::start(folder.path(), &["--feed", "kraken"], (200, 56));
    let screen = session.wait("what cannot be reached", |screen| {
        let header = screen.lines().next().unwrap_or_default();
        header.contains("kraken ✗") && header.contains("127.0.0.1:1")
    });
    let header = screen.lines().next().unwrap();
    assert!(header.contains(" since "), "since when? {header}");
    for at in 1..=4 {
        let word = row(&screen, "BTC-USD", at).unwrap_or("—");
        assert!(
            !word.contains(|c: char| c.is_ascii_digit()),
            "a price from nowhere:\n{screen}"
        );
    }
    session.keys("b1");
    session.wait_for("Ticket · BUY BTC-USD");
    session.keys("\r");
    session.wait_for("refused");
    session.keys("\x1b");
    session.wait_for("none open");
    session.keys("q");
    assert_eq!(session.ended(), 0);
}

#[test]
#[cfg(target_os = "linux")]
fn what_can_come_late_lets_orders_go_first() {
    let folder = tempfile::tempdir().unwrap();
    let session = crate::pty::open(folder.path());
    // Of a thread's line the name ends at the last bracket; 17 words on stands how nice it is (`man proc`).
    let nice = |name: &str| -> i32 {
        let threads = std::fs::read_dir(format!("/proc/{}/task", session.id())).unwrap();
        let mut all = threads.flatten().filter_map(|thread| {
            let stat = std::fs::read_to_string(thread.path().join("stat")).ok()?;
            let (before, after) = stat.rsplit_once(") ")?;
            before.ends_with(&format!("({name}")).then_some(())?;
            after.split(' ').nth(16)?.parse().ok()
        });
        all.next().unwrap()
    };
    let own = nice("engine");
    assert_eq!((nice("edge"), nice("keys")), (own, own));
    assert_eq!((nice("feed"), nice("keeper")), (own + 10, own + 10));
}
