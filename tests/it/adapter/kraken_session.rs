//! The Kraken conversation without sockets: subscriptions, answers, silence, final bars.

use std::time::Duration;

use mts1b_desk::adapter::kraken::{KrakenSession, KrakenSettings, Now, Out};
use mts1b_desk::domain::{Symbol, Timestamp, VenueId};
use mts1b_desk::event::MarketEvent;
use mts1b_desk::protocol::FeedEvent;

fn at(seconds: u64) -> Now {
    let elapsed = Duration::from_secs(seconds);
    Now {
        at: Timestamp::EPOCH.plus(elapsed),
        elapsed,
    }
}

fn session(symbols: &[&str]) -> KrakenSession {
    let symbols: Vec<Symbol> = symbols.iter().map(|s| Symbol::new(s).unwrap()).collect();
    let venue = VenueId::new("kraken").unwrap();
    KrakenSession::new(&KrakenSettings::default(), venue, &symbols)
}

fn open(session: &mut KrakenSession, now: Now) -> Out {
    let mut out = Out::default();
    session.on_open(now, &mut out);
    out
}

fn tell(session: &mut KrakenSession, text: &str, now: Now) -> Out {
    let mut out = Out::default();
    session.on_frame(text, now, &mut out);
    out
}

fn accept_all(session: &mut KrakenSession, first: u64, now: Now) {
    for (id, channel) in (first..).zip(["ticker", "trade", "ohlc"]) {
        let answer = format!(
            r#"{{"method":"subscribe","req_id":{id},"success":true,"result":{{"channel":"{channel}","symbol":"SOL/USD"}}}}"#
        );
        let out = tell(session, &answer, now);
        assert!(out.events.is_empty(), "{:?}", out.events);
    }
}

#[test]
fn each_connection_asks_for_everything_and_symbols_can_be_added() {
    let mut session = session(&["SOL-USD"]);
    assert_eq!(open(&mut session, at(0)).frames.len(), 3);
    accept_all(&mut session, 1, at(0));
    let mut out = Out::default();
    let added = [
        Symbol::new("BTC-USD").unwrap(),
        Symbol::new("SOL-USD").unwrap(),
    ];
    session.on_subscribe(&added, at(1), &mut out);
    assert_eq!(out.frames.len(), 3);
    assert!(
        out.frames
            .iter()
            .all(|frame| frame.contains(r#"["BTC/USD"]"#))
    );
    let again = open(&mut session, at(9));
    assert!(
        again.frames[0].contains(r#"["BTC/USD","SOL/USD"]"#),
        "{:?}",
        again.frames
    );
}

#[test]
fn silence_is_pinged_after_ten_seconds_and_given_up_twenty_later() {
    let mut session = session(&["SOL-USD"]);
    open(&mut session, at(0));
    accept_all(&mut session, 1, at(5));
    let due = |session: &KrakenSession| session.next_timer().as_secs();
    assert_eq!(due(&session), 15);
    let mut out = Out::default();
    session.on_timer(at(14), &mut out);
    assert!(out.frames.is_empty());
    session.on_timer(at(15), &mut out);
    assert_eq!(out.frames, [r#"{"method":"ping","req_id":4}"#]);
    assert_eq!(due(&session), 35);
    // A sign of life of any kind starts over.
    tell(&mut session, r#"{"channel":"heartbeat"}"#, at(34));
    session.on_timer(at(35), &mut out);
    assert_eq!((out.close.clone(), due(&session)), (None, 44));
    session.on_timer(at(44), &mut out);
    session.on_timer(at(64), &mut out);
    assert_eq!(out.close.as_deref(), Some("silent for 30.0s"));
}

#[test]
fn an_answer_that_does_not_come_ends_the_connection() {
    let mut session = session(&["SOL-USD"]);
    open(&mut session, at(0));
    let mut out = Out::default();
    for second in 1..=15 {
        tell(&mut session, r#"{"channel":"heartbeat"}"#, at(second));
    }
    assert_eq!(session.next_timer(), Duration::from_secs(15));
    session.on_timer(at(15), &mut out);
    assert_eq!(
        out.close.as_deref(),
        Some("no answer to the ticker subscription within 15s")
    );
}

#[test]
fn an_answer_nobody_asked_for_is_said() {
    let mut session = session(&["SOL-USD"]);
    open(&mut session, at(0));
    let stray = r#"{"method":"subscribe","req_id":77,"success":true,"result":{"channel":"ticker","symbol":"SOL/USD"}}"#;
    tell(&mut session, stray, at(1));
    let (count, fault) = session.garbled();
    assert_eq!(count, 1);
    assert_eq!(
        fault.unwrap().to_string(),
        "req_id: 77 is no subscribe that is waited for"
    );
}

#[test]
fn a_bar_is_told_when_a_later_one_begins_and_history_is_told_again_after_a_drop() {
    let row = |minute: u8, close: u8| {
        format!(
            r#"{{"symbol":"SOL/USD","interval":1,"interval_begin":"2026-03-02T10:{minute:02}:00Z","open":5,"high":9,"low":1,"close":{close},"volume":1,"vwap":5,"trades":1}}"#
        )
    };
    let message = |kind: &str, rows: &[String]| {
        format!(
            r#"{{"channel":"ohlc","type":"{kind}","data":[{}]}}"#,
            rows.join(",")
        )
    };
    let mut session = session(&["SOL-USD"]);
    let mut told = |text: String| -> Vec<String> {
        let out = tell(&mut session, &text, at(1));
        let closes = |event: &FeedEvent| match event {
            FeedEvent::Market(MarketEvent::Bars { bars, .. }) => bars
                .iter()
                .map(|bar| format!("{}:{}", bar.timestamp.clock().1, bar.close))
                .collect::<Vec<_>>()
                .join(" "),
            other => panic!("{other:?}"),
        };
        out.events.iter().map(closes).collect()
    };
    let snapshot = message("snapshot", &[row(3, 4), row(1, 2), row(2, 3)]);
    assert_eq!(told(snapshot), ["2:2 3:3"]);
    assert!(told(message("update", &[row(3, 5)])).is_empty());
    assert_eq!(told(message("update", &[row(4, 6)])), ["4:5"]);
    // After a drop: bar 4 went on to 7 while we were away, bar 5 is open now.
    let snapshot = message("snapshot", &[row(3, 5), row(4, 7), row(5, 8)]);
    assert_eq!(told(snapshot), ["4:5 5:7"]);
}

#[test]
fn nothing_is_remembered_of_symbols_that_were_not_asked_for() {
    let mut session = session(&["SOL-USD"]);
    open(&mut session, at(0));
    accept_all(&mut session, 1, at(0));
    let before = format!("{session:?}").len();
    let mut said = 0;
    for n in 0..2000 {
        let letter = |n: u32| char::from(b'A' + u8::try_from(n % 26).unwrap());
        let name: String = [n / 676, n / 26, n].into_iter().map(letter).collect();
        let trade = format!(
            r#"{{"channel":"trade","type":"update","data":[{{"symbol":"{name}/USD","side":"buy","price":1.5,"qty":2.0,"ord_type":"limit","trade_id":{n},"timestamp":"2026-01-05T09:00:00.000000Z"}}]}}"#
        );
        let bar = format!(
            r#"{{"channel":"ohlc","type":"update","data":[{{"symbol":"{name}/USD","open":1.0,"high":1.0,"low":1.0,"close":1.0,"vwap":1.0,"trades":1,"volume":1.0,"interval_begin":"2026-01-05T09:00:00.000000000Z","interval":1,"timestamp":"2026-01-05T09:01:00.000000Z"}}]}}"#
        );
        said += tell(&mut session, &trade, at(1)).events.len();
        said += tell(&mut session, &bar, at(1)).events.len();
    }
    // At the 1st, 10th, 100th and 1,000th, in words.
    assert_eq!(said, 4);
    assert_eq!(session.garbled().0, 4000);
    let after = format!("{session:?}").len();
    assert!(after < before + 1000, "{before} to {after} characters");
}
