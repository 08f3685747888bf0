//! What a venue sends: whole captures through `desk decode`, single frames through the live session.
#![no_main]

use std::time::Duration;

use libfuzzer_sys::fuzz_target;
use mts1b_desk::adapter::decode::{DecodedEvent, decode};
use mts1b_desk::adapter::kraken::{KrakenSession, KrakenSettings, Now, Out};
use mts1b_desk::domain::{Quote, Symbol, Timestamp, VenueId};
use mts1b_desk::event::MarketEvent;
use mts1b_desk::protocol::FeedEvent;
use mts1b_desk_fuzz::{said, same, text};

const AT: Timestamp = Timestamp::from_us(1_800_000_000_000_000);

fuzz_target!(|data: &[u8]| {
    let capture = text(data);
    let decoded = decode("kraken", &capture, AT);
    let lines = capture.lines().count() + 1;
    for message in &decoded {
        assert!((1..=lines).contains(&message.line));
        match &message.outcome {
            Ok(events) => events.iter().for_each(written),
            Err(words) => drop(said(words)),
        }
    }
    let mut session = session();
    let mut out = Out::default();
    for (at, frame) in capture.lines().enumerate() {
        let now = Now {
            at: AT,
            elapsed: Duration::from_secs(at as u64),
        };
        let before = out.events.len();
        session.on_frame(frame, now, &mut out);
        let live: Vec<&Quote> = out.events[before..].iter().filter_map(quote_of).collect();
        live.iter().for_each(|quote| same(*quote));
        agree(frame, &live);
        session.on_timer(now, &mut out);
        let bound = 64 + frame.len();
        assert!(out.events.len() - before <= bound && out.frames.len() <= 256 + at);
    }
});

fn session() -> KrakenSession {
    let venue = VenueId::new("kraken").expect("a name");
    let symbols =
        ["BTC-USD", "ETH-USD", "EUR/USD"].map(|name| Symbol::new(name).expect("a symbol"));
    let mut session = KrakenSession::new(&KrakenSettings::default(), venue, &symbols);
    let now = Now {
        at: AT,
        elapsed: Duration::ZERO,
    };
    session.on_open(now, &mut Out::default());
    session
}

/// The short way of the live feed must come to what the long way comes to.
fn agree(frame: &str, live: &[&Quote]) {
    let one = decode("kraken", frame, AT);
    let [message] = one.as_slice() else { return };
    let Ok(events) = &message.outcome else {
        assert!(live.is_empty(), "refused and taken: {frame}");
        return;
    };
    let told: Vec<&Quote> = events
        .iter()
        .filter_map(|event| match event {
            DecodedEvent::Quote(quote) => Some(quote),
            _ => None,
        })
        .collect();
    if frame.contains("ticker") && !live.is_empty() {
        assert_eq!(told, live, "{frame}");
    }
}

fn quote_of(event: &FeedEvent) -> Option<&Quote> {
    match event {
        FeedEvent::Market(MarketEvent::Quote { quote, .. }) => Some(quote),
        _ => None,
    }
}

fn written(event: &DecodedEvent) {
    let json = serde_json::to_value(event).expect("an event is written");
    assert!(json.get("kind").is_some(), "{json}");
    match event {
        DecodedEvent::Quote(quote) => same(quote),
        DecodedEvent::Trade(trade) => same(trade),
        DecodedEvent::Bar { bar, .. } => same(bar),
        DecodedEvent::Instrument(instrument) => same(instrument),
        DecodedEvent::Book(_) | DecodedEvent::Note(_) => {}
    }
}
