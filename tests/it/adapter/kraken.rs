//! The Kraken feed against a local server that speaks the venue's messages, well and badly.

use std::sync::Arc;
use std::time::Duration;

use futures_util::StreamExt;
use futures_util::stream::BoxStream;
use mts1b_desk::adapter::conformance::{FeedBench, feed_suite};
use mts1b_desk::adapter::kraken::{KrakenFeed, KrakenSettings};
use mts1b_desk::base::{Clock, SeededIds, SystemClock};
use mts1b_desk::domain::{Interval, Symbol, Timestamp};
use mts1b_desk::event::{LinkHealth, MarketEvent};
use mts1b_desk::protocol::{FeedError, FeedEvent, MarketData};
use tokio::time::timeout;

use super::kraken_server::{PATIENCE, serve, ticker};

const ALL: [&str; 3] = ["ticker", "trade", "ohlc"];

fn settings(url: &str) -> KrakenSettings {
    KrakenSettings {
        url: url.to_owned(),
        connect_timeout: Duration::from_secs(5),
        request_timeout: Duration::from_secs(5),
        backoff_first: Duration::from_millis(1),
        backoff_most: Duration::from_millis(4),
        ..KrakenSettings::default()
    }
}

fn feed(settings: KrakenSettings) -> KrakenFeed {
    let clock = Arc::new(SystemClock::new());
    KrakenFeed::new(settings, clock, Arc::new(SeededIds::new(1))).expect("a feed")
}

fn symbol(text: &str) -> Symbol {
    Symbol::new(text).expect("a symbol")
}

/// Writes an event as one short line to compare with.
fn line(event: &FeedEvent) -> String {
    match event {
        FeedEvent::Link(health, words) => {
            // The port differs from run to run.
            let words = words
                .split_once(": ")
                .map_or(words.as_str(), |(_, rest)| rest);
            format!("{health:?} {words}")
        }
        FeedEvent::Market(MarketEvent::Quote { quote, .. }) => format!(
            "quote {} {}x{} {}x{}",
            quote.symbol, quote.bid_size, quote.bid, quote.ask, quote.ask_size
        ),
        FeedEvent::Market(MarketEvent::Trade(trade)) => format!(
            "trade {} {} {}@{} {:?}",
            trade.trade_id, trade.symbol, trade.size, trade.price, trade.side
        ),
        FeedEvent::Market(MarketEvent::Bars {
            symbol,
            interval,
            bars,
        }) => {
            let bars: Vec<String> = bars
                .iter()
                .map(|bar| format!("{}={}", bar.timestamp, bar.close))
                .collect();
            format!("bars {symbol} {interval} {}", bars.join(" "))
        }
        FeedEvent::Market(MarketEvent::BorrowFee { symbol, borrow }) => {
            format!("borrow {symbol} {}", borrow.fee_bps)
        }
        FeedEvent::Market(MarketEvent::Study(_)) => panic!("no venue computes portfolios"),
    }
}

/// Reads events up to the one whose line begins with `last`.
async fn until(stream: &mut BoxStream<'static, FeedEvent>, last: &str) -> Vec<String> {
    let mut lines = Vec::new();
    let reading = async {
        while let Some(event) = stream.next().await {
            lines.push(line(&event));
            if lines.last().is_some_and(|line| line.starts_with(last)) {
                return;
            }
        }
    };
    let in_time = timeout(PATIENCE, reading).await.is_ok();
    assert!(in_time, "no '{last}' came after {lines:#?}");
    lines
}

#[tokio::test]
async fn quotes_prints_and_final_bars_come_through() {
    let (url, _server) = serve(|mut peer, _| async move {
        let asked = peer.welcome(&ALL).await;
        assert_eq!(asked[0].1, ["BTC/USD", "EUR/USD"]);
        peer.send(ticker("BTC/USD", "97000.10", "97000.20")).await;
        peer.send(r#"{"channel":"heartbeat"}"#).await;
        peer.send(r#"{"channel":"trade","type":"snapshot","data":[{"symbol":"BTC/USD","side":"sell","price":97000.1,"qty":0.00400000,"ord_type":"market","trade_id":501,"timestamp":"2026-03-02T10:00:01.000001Z"},{"symbol":"BTC/USD","side":"buy","price":97000.2,"qty":1e-7,"ord_type":"limit","trade_id":502,"timestamp":"2026-03-02T10:00:02Z"}]}"#).await;
        // A print that came before is not told again.
        peer.send(r#"{"channel":"trade","type":"update","data":[{"symbol":"BTC/USD","side":"buy","price":97000.2,"qty":1e-7,"ord_type":"limit","trade_id":502,"timestamp":"2026-03-02T10:00:02Z"}]}"#).await;
        let bar = |kind: &str, begin: &str, close: &str| format!(
            r#"{{"channel":"ohlc","type":"{kind}","data":[{{"symbol":"BTC/USD","interval":1,"interval_begin":"2026-03-02T10:{begin}:00.000000000Z","open":97000,"high":97010,"low":96990,"close":{close},"volume":2.5,"vwap":97001.5,"trades":3}}]}}"#
        );
        peer.send(bar("snapshot", "01", "97001")).await;
        peer.send(bar("update", "01", "97002")).await;
        peer.send(bar("update", "02", "97003")).await;
        peer.send(ticker("EUR/USD", "1.0712", "1.0713")).await;
        peer.linger().await;
    })
    .await;
    let feed = feed(settings(&url));
    assert_eq!(feed.name(), "kraken");
    let mut stream = feed.stream_quotes(vec![symbol("BTC-USD"), symbol("EUR/USD")]);
    assert_eq!(
        until(&mut stream, "quote EUR/USD").await,
        [
            "Connecting connecting",
            "Up connected",
            "quote BTC-USD 1.50000000x97000.10 97000.20x0.25",
            "trade 501 BTC-USD 0.00400000@97000.1 Some(Sell)",
            "trade 502 BTC-USD 0.0000001@97000.2 Some(Buy)",
            "bars BTC-USD 1m 2026-03-02T10:02:00Z=97002",
            "quote EUR/USD 1.50000000x1.0712 1.0713x0.25",
        ]
    );
}

#[tokio::test]
async fn a_drop_is_said_and_everything_is_asked_for_again() {
    let (url, _server) = serve(|mut peer, number| async move {
        let asked = peer.welcome(&ALL).await;
        assert!(asked.iter().all(|(_, symbols)| symbols == &["SOL/USD"]));
        peer.send(ticker("SOL/USD", &format!("15{number}.1"), "159.9"))
            .await;
        // The first two connections end here: one dropped, one in the middle of a frame.
        match number {
            0 => drop(peer),
            1 => peer.half_frame().await,
            _ => peer.linger().await,
        }
    })
    .await;
    let mut stream = feed(settings(&url)).stream_quotes(vec![symbol("SOL-USD")]);
    let lines = until(&mut stream, "quote SOL-USD 1.50000000x152.1").await;
    let short: Vec<&str> = lines
        .iter()
        .map(|line| line.get(..21).unwrap_or(line))
        .collect();
    assert_eq!(
        short,
        [
            "Connecting connecting",
            "Up connected",
            "quote SOL-USD 1.50000",
            "Down connection lost:",
            "Up connected",
            "quote SOL-USD 1.50000",
            "Down connection lost:",
            "Up connected",
            "quote SOL-USD 1.50000",
        ]
    );
}

#[tokio::test]
async fn garbage_is_counted_and_said_and_the_stream_goes_on() {
    let (url, _server) = serve(|mut peer, _| async move {
        peer.welcome(&ALL).await;
        peer.send(r#"{"channel":"ticker","type":"upd"#).await;
        peer.send_binary(vec![0, 159, 146, 150]).await;
        peer.send(ticker("SOL/USD", "\"abc\"", "151")).await;
        for _ in 0..7 {
            peer.send(r#"{"channel":"weather","type":"update","data":[]}"#)
                .await;
        }
        peer.send(ticker("SOL/USD", "150", "151")).await;
        peer.linger().await;
    })
    .await;
    let mut stream = feed(settings(&url)).stream_quotes(vec![symbol("SOL-USD")]);
    let lines = until(&mut stream, "quote").await;
    assert_eq!(
        lines,
        [
            "Connecting connecting",
            "Up connected",
            "Up 1 message not understood, last message: is no JSON: EOF while parsing a string at line 1 column 31",
            "Up 10 messages not understood, last channel: 'weather' is none of ticker, trade, ohlc, book, instrument, status, heartbeat",
            "quote SOL-USD 1.50000000x150 151x0.25",
        ]
    );
}

#[tokio::test]
async fn silence_is_pinged_and_then_given_up() {
    let (url, _server) = serve(|mut peer, number| async move {
        peer.welcome(&ALL).await;
        if number == 0 {
            // The first ping is answered, so the connection holds; the second is not.
            let ping = peer.request().await.expect("a ping");
            assert_eq!(ping["method"], "ping");
            let req_id = &ping["req_id"];
            peer.send(format!(r#"{{"method":"pong","req_id":{req_id},"time_in":"2026-03-02T10:00:00Z","time_out":"2026-03-02T10:00:00Z"}}"#)).await;
            let ping = peer.request().await.expect("another ping");
            assert_eq!(ping["method"], "ping");
        } else {
            peer.send(ticker("SOL/USD", "150", "151")).await;
        }
        peer.linger().await;
    })
    .await;
    let settings = KrakenSettings {
        ping_after: Duration::from_millis(300),
        give_up_after: Duration::from_millis(300),
        ..settings(&url)
    };
    let mut stream = feed(settings).stream_quotes(vec![symbol("SOL-USD")]);
    let lines = until(&mut stream, "quote").await;
    let given_up = lines
        .iter()
        .find(|line| line.starts_with("Down"))
        .expect("a silent venue is given up");
    assert!(given_up.contains("given up: silent for"), "{given_up}");
}

#[tokio::test]
async fn a_refused_subscription_is_said_once_in_the_venues_words() {
    let (url, _server) = serve(|mut peer, _| async move {
        for _ in ALL {
            let request = peer.request().await.expect("a subscription");
            let req_id = &request["req_id"];
            assert_eq!(request["params"]["symbol"].as_array().map(Vec::len), Some(2));
            peer.send(format!(r#"{{"error":"Currency pair not supported FOO/USD","method":"subscribe","req_id":{req_id},"success":false,"symbol":"FOO/USD","time_in":"2026-03-02T10:00:00Z","time_out":"2026-03-02T10:00:00Z"}}"#)).await;
        }
        peer.send(r#"{"channel":"status","type":"update","data":[{"system":"maintenance"}]}"#).await;
        peer.send(ticker("SOL/USD", "150", "151")).await;
        peer.linger().await;
    })
    .await;
    let wanted = vec![symbol("SOL-USD"), symbol("FOO-USD"), symbol("AAPL")];
    let mut stream = feed(settings(&url)).stream_quotes(wanted);
    assert_eq!(
        until(&mut stream, "quote").await,
        [
            "Connecting connecting",
            "Up connected",
            "Up AAPL is not asked for: symbol 'AAPL' is not carried by kraken: it has pairs such as BTC-USD or EUR/USD",
            "Up ticker of FOO-USD is refused: Currency pair not supported FOO/USD",
            "Up the venue is in maintenance",
            "quote SOL-USD 1.50000000x150 151x0.25",
        ]
    );
}

#[tokio::test]
async fn an_unreachable_venue_is_said_once_and_tried_again_without_a_price() {
    // A port that was free a moment ago: nobody listens there.
    let gone = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = gone.local_addr().unwrap();
    drop(gone);
    let feed = feed(settings(&format!("ws://{address}/v2")));
    let mut stream = feed.stream_quotes(vec![symbol("SOL-USD")]);
    let first = timeout(PATIENCE, stream.next()).await.unwrap().unwrap();
    assert!(matches!(first, FeedEvent::Link(LinkHealth::Connecting, _)));
    let second = timeout(PATIENCE, stream.next()).await.unwrap().unwrap();
    let FeedEvent::Link(LinkHealth::Down, words) = &second else {
        panic!("{second:?}");
    };
    assert!(
        words.starts_with(&format!("kraken {address}: cannot be reached: ")),
        "{words}"
    );
    // Someone listens now: the feed comes by itself, having said nothing in between.
    let listener = tokio::net::TcpListener::bind(address).await.unwrap();
    let server = async {
        let (stream, _) = listener.accept().await.unwrap();
        tokio_tungstenite::accept_async(stream).await.unwrap()
    };
    let (_socket, third) = timeout(PATIENCE, async { tokio::join!(server, stream.next()) })
        .await
        .unwrap();
    assert!(
        matches!(third, Some(FeedEvent::Link(LinkHealth::Up, _))),
        "{third:?}"
    );
    let error = feed.get_quote(symbol("AAPL")).await.unwrap_err();
    assert_eq!(error.to_string(), "kraken has no AAPL");
}

#[tokio::test]
async fn single_questions_are_answered_from_the_snapshots() {
    let (url, _server) = serve(|mut peer, _| async move {
        let request = peer.request().await.expect("a subscription");
        peer.accept(&request).await;
        match request["params"]["channel"].as_str().unwrap() {
            "ticker" => peer.send(ticker("SOL/USD", "150.10", "150.20")).await,
            "trade" => peer.send(r#"{"channel":"trade","type":"snapshot","data":[{"symbol":"SOL/USD","side":"buy","price":150.2,"qty":2,"ord_type":"market","trade_id":8,"timestamp":"2026-03-02T10:00:02Z"},{"symbol":"SOL/USD","side":"sell","price":150.1,"qty":3,"ord_type":"market","trade_id":9,"timestamp":"2026-03-02T10:00:03Z"}]}"#).await,
            _ => {
                assert_eq!(request["params"]["interval"], 60);
                let row = |hour: u8| format!(r#"{{"symbol":"SOL/USD","interval":60,"interval_begin":"2026-03-02T{hour:02}:00:00Z","open":150,"high":153,"low":149,"close":15{hour},"volume":0,"vwap":0,"trades":0}}"#);
                let rows: Vec<String> = (0..4).map(row).collect();
                peer.send(format!(r#"{{"channel":"ohlc","type":"snapshot","data":[{}]}}"#, rows.join(","))).await;
            }
        }
        peer.linger().await;
    })
    .await;
    let feed = feed(settings(&url));
    let quote = feed.get_quote(symbol("SOL-USD")).await.unwrap();
    assert_eq!(quote.ask.to_string(), "150.20");
    let at: Timestamp = "2026-03-02T10:00:02Z".parse().unwrap();
    let trades = feed.get_trades(symbol("SOL-USD"), at).await.unwrap();
    assert_eq!(trades.len(), 1);
    assert_eq!(trades[0].trade_id, "8");
    // Four bars came, the last still open; the first ends at `start` and is left out.
    let start: Timestamp = "2026-03-02T01:00:00Z".parse().unwrap();
    let bars = feed
        .get_bars(symbol("SOL-USD"), Interval::H1, start, None)
        .await
        .unwrap();
    let closes: Vec<String> = bars.iter().map(|bar| bar.close.to_string()).collect();
    assert_eq!(closes, ["151", "152"]);
    let weekly = feed
        .get_bars(symbol("SOL-USD"), Interval::W1, start, None)
        .await;
    assert!(
        matches!(weekly, Err(FeedError::NotCarried { .. })),
        "{weekly:?}"
    );
}

#[tokio::test]
async fn a_question_about_a_refused_pair_is_not_left_waiting() {
    let (url, _server) = serve(|mut peer, _| async move {
        let request = peer.request().await.expect("a subscription");
        let req_id = &request["req_id"];
        peer.send(format!(r#"{{"error":"Currency pair not supported FOO/USD","method":"subscribe","req_id":{req_id},"success":false,"symbol":"FOO/USD"}}"#)).await;
        peer.linger().await;
    })
    .await;
    let error = feed(settings(&url))
        .get_quote(symbol("FOO-USD"))
        .await
        .unwrap_err();
    assert_eq!(
        error.to_string(),
        "kraken has no FOO-USD (Currency pair not supported FOO/USD)"
    );
}

#[tokio::test]
async fn a_venue_that_speaks_no_tls_is_down_and_never_spoken_to_in_plain_text() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("wss://{}/v2", listener.local_addr().unwrap());
    let server = tokio::spawn(async move {
        use tokio::io::AsyncReadExt;
        let (mut stream, _) = listener.accept().await.unwrap();
        let mut first = [0u8; 1];
        stream.read_exact(&mut first).await.unwrap();
        first[0]
    });
    let mut stream = feed(settings(&url)).stream_quotes(vec![symbol("SOL-USD")]);
    let lines = until(&mut stream, "Down cannot be reached").await;
    assert_eq!(lines.len(), 2, "{lines:?}");
    // 22 opens a TLS handshake; `G` of an HTTP request would be plain text.
    assert_eq!(server.await.unwrap(), 22);
}

#[tokio::test]
async fn a_message_larger_than_allowed_ends_the_connection() {
    let (url, _server) = serve(|mut peer, number| async move {
        peer.welcome(&ALL).await;
        if number == 0 {
            peer.send("x".repeat(5000)).await;
        } else {
            peer.send(ticker("SOL/USD", "150", "151")).await;
        }
        peer.linger().await;
    })
    .await;
    let settings = KrakenSettings {
        frame_bytes_max: 4096,
        ..settings(&url)
    };
    let mut stream = feed(settings).stream_quotes(vec![symbol("SOL-USD")]);
    let lines = until(&mut stream, "quote").await;
    let lost = lines.iter().find(|line| line.starts_with("Down"));
    assert!(lost.is_some_and(|line| line.contains("5000")), "{lines:?}");
}

#[tokio::test]
async fn dropping_the_stream_ends_the_connection() {
    let (gone, told) = tokio::sync::oneshot::channel();
    let gone = Arc::new(std::sync::Mutex::new(Some(gone)));
    let (url, _server) = serve(move |mut peer, _| {
        let gone = Arc::clone(&gone);
        async move {
            peer.welcome(&ALL).await;
            peer.send(ticker("SOL/USD", "150", "151")).await;
            peer.linger().await;
            if let Some(gone) = gone.lock().unwrap().take() {
                gone.send(()).unwrap();
            }
        }
    })
    .await;
    let mut stream = feed(settings(&url)).stream_quotes(vec![symbol("SOL-USD")]);
    until(&mut stream, "quote").await;
    drop(stream);
    timeout(PATIENCE, told)
        .await
        .expect("in time")
        .expect("the venue sees it end");
}

/// Plays the venue for one connection: whatever is subscribed gets an answer, and data where there is some.
async fn venue(mut peer: super::kraken_server::Peer) {
    peer.send(r#"{"channel":"status","type":"update","data":[{"system":"online","api_version":"v2","connection_id":3,"version":"2.0.9"}]}"#).await;
    let mut streaming = false;
    while let Some(request) = peer.request().await {
        if request["method"] != "subscribe" {
            continue;
        }
        if request["params"]["symbol"][0] == "NOSUCH/USD" {
            let id = &request["req_id"];
            peer.send(format!(
                r#"{{"method":"subscribe","error":"Currency pair not supported NOSUCH/USD","success":false,"symbol":"NOSUCH/USD","req_id":{id},"time_in":"2026-03-02T10:00:00.1Z","time_out":"2026-03-02T10:00:00.2Z"}}"#
            ))
            .await;
            continue;
        }
        let (channel, _) = peer.accept(&request).await;
        match channel.as_str() {
            "ticker" => {
                // Asked for once, a snapshot is enough; a stream goes on.
                for n in 0..if streaming { 1 } else { 20 } {
                    let (bid, ask) = (format!("64{n:03}.1"), format!("64{n:03}.2"));
                    peer.send(ticker("BTC/USD", &bid, &ask)).await;
                }
                streaming = true;
            }
            "ohlc" => peer.send(recent_bars()).await,
            "trade" => {
                let at = recent(Duration::from_secs(90));
                peer.send(format!(
                    r#"{{"channel":"trade","type":"snapshot","data":[{{"symbol":"BTC/USD","side":"buy","price":64001.5,"qty":0.01,"ord_type":"limit","trade_id":91,"timestamp":"{at}"}}]}}"#
                ))
                .await;
            }
            other => panic!("nobody asked for {other} before"),
        }
    }
}

fn recent(ago: Duration) -> Timestamp {
    Timestamp::from_us(SystemClock::new().wall_us()).minus(ago)
}

fn recent_bars() -> String {
    let minute = Duration::from_mins(1);
    let rows: Vec<String> = (2..8)
        .rev()
        .map(|n| {
            let begin = recent(minute * n).floor(minute);
            format!(
                r#"{{"symbol":"BTC/USD","open":64000.1,"high":64010.5,"low":63990.2,"close":64005.0,"vwap":64001.0,"trades":4,"volume":1.25,"interval_begin":"{begin}","interval":1,"timestamp":"{}"}}"#,
                begin.plus(minute)
            )
        })
        .collect();
    format!(
        r#"{{"channel":"ohlc","type":"snapshot","data":[{}]}}"#,
        rows.join(",")
    )
}

#[tokio::test]
async fn the_venues_feed_does_all_a_feed_must() {
    let (url, _server) = serve(|peer, _| venue(peer)).await;
    let bench = FeedBench {
        feed: Arc::new(feed(settings(&url))),
        symbols: vec![symbol("BTC-USD")],
        stranger: symbol("NOSUCH-USD"),
        patience: PATIENCE,
        quotes: 20,
        own_venue: true,
    };
    let steps = feed_suite(&bench, Arc::new(SystemClock::new())).await;
    let failed: Vec<_> = steps.iter().filter(|step| !step.ok).collect();
    assert!(failed.is_empty(), "{failed:#?}");
}
