//! Recordings: what is read, at which pace, and what is said of a bad one.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use futures_util::StreamExt;
use mts1b_desk::adapter::replay::{Recording, ReplayFeed, ReplaySpec, Speed};
use mts1b_desk::config::{self, Feed, Overrides, Settings};
use mts1b_desk::domain::Quote;
use mts1b_desk::event::{LinkHealth, MarketEvent};
use mts1b_desk::protocol::{FeedEvent, MarketData};

use super::kit::RuntimeClock;

pub const SMALL: &str = concat!(
    env!("CARGO_MANIFEST_DIR"),
    "/tests/data/recordings/two-symbols.csv"
);

const HEAD: &str = "timestamp,symbol,bid,ask,bid_size,ask_size,venue\n";

/// Opens a recording named as after `replay:` on the command line.
pub fn recording(words: &str, clock: Arc<RuntimeClock>) -> Result<ReplayFeed, String> {
    let overrides = Overrides {
        feed: Some(format!("replay:{words}")),
        ..Overrides::default()
    };
    let settings = Settings::from_layers(None, &overrides).map_err(|e| e.to_string())?;
    let Feed::Replay { file, speed } = settings.desk().feed.clone() else {
        panic!("{words} is a recording");
    };
    let speed = match speed {
        config::Speed::Times(times) => Speed::Times(times.to_f64()),
        config::Speed::Most => Speed::Max,
    };
    ReplayFeed::open(ReplaySpec { file, speed }, clock).map_err(|e| e.to_string())
}

fn open(words: &str) -> Result<ReplayFeed, String> {
    recording(words, Arc::new(RuntimeClock::new()))
}

/// Plays everything: the quotes with the seconds they came at, and what was said.
async fn play(text: &str) -> (Vec<(f64, Quote)>, Vec<(LinkHealth, String)>) {
    let feed = open(text).unwrap();
    let began = tokio::time::Instant::now();
    let mut stream = feed.stream_quotes(vec![]);
    let (mut quotes, mut said) = (Vec::new(), Vec::new());
    while let Some(event) = stream.next().await {
        match event {
            FeedEvent::Market(MarketEvent::Quote { quote, .. }) => {
                quotes.push((began.elapsed().as_secs_f64(), quote));
            }
            FeedEvent::Link(health, words) => said.push((health, words)),
            other @ FeedEvent::Market(_) => panic!("{other:?}"),
        }
    }
    (quotes, said)
}

fn near(got: &[(f64, Quote)], expected: &[f64]) {
    let times: Vec<f64> = got.iter().map(|(at, _)| *at).collect();
    assert_eq!(times.len(), expected.len());
    for (time, expected) in times.iter().zip(expected) {
        assert!(
            (time - expected).abs() < 0.01,
            "{times:?} is not {expected:?}"
        );
    }
}

#[tokio::test(start_paused = true)]
async fn a_recording_plays_at_its_own_gaps_divided_by_the_speed() {
    let (quotes, said) = play(SMALL).await;
    near(&quotes, &[0.0, 1.5, 2.0, 10.0]);
    let second = &quotes[1].1;
    assert_eq!(
        (second.symbol.as_str(), second.bid.to_string().as_str()),
        ("GBP/USD", "1.24510")
    );
    assert_eq!(second.venue.as_str(), "testbank");
    assert_eq!(said[0], (LinkHealth::Up, format!("playing {SMALL} at 1x")));
    assert_eq!(
        said[1],
        (
            LinkHealth::Ended,
            "recording ended at 2026-01-05T09:00:10Z: 4 quotes played".into()
        )
    );
    assert_eq!(said.len(), 2);
    near(
        &play(&format!("{SMALL}@10")).await.0,
        &[0.0, 0.15, 0.2, 1.0],
    );
    near(&play(&format!("{SMALL}@max")).await.0, &[0.0; 4]);
}

#[tokio::test(start_paused = true)]
async fn symbols_are_offered_and_can_be_chosen() {
    let feed = open(&format!("{SMALL}@max")).unwrap();
    let names: Vec<_> = feed.symbols().iter().map(ToString::to_string).collect();
    assert_eq!(names, ["ETH-USDT", "GBP/USD"]);
    let pound = feed.symbols()[1].clone();
    assert!(
        feed.get_quote(pound.clone()).await.is_err(),
        "nothing was played yet"
    );
    let events: Vec<_> = feed.stream_quotes(vec![pound.clone()]).collect().await;
    assert_eq!(events.len(), 3, "{events:?}");
    assert_eq!(
        feed.get_quote(pound).await.unwrap().ask.to_string(),
        "1.24523"
    );
}

fn write(folder: &Path, name: &str, bytes: &[u8]) -> PathBuf {
    let path = folder.join(name);
    std::fs::File::create(&path)
        .unwrap()
        .write_all(bytes)
        .unwrap();
    path
}

#[tokio::test(start_paused = true)]
async fn columns_are_found_by_name_and_compression_by_content() {
    let folder = tempfile::tempdir().unwrap();
    let text = "note,venue,ask,bid,symbol,timestamp,ask_size,bid_size\n\
                x, v1 ,2,1.95,AAPL,2026-01-05T10:00:00+01:00,7,5\n";
    let packed = zstd::encode_all(text.as_bytes(), 3).unwrap();
    let path = write(folder.path(), "odd-name.csv", &packed);
    let (quotes, _) = play(&path.display().to_string()).await;
    let quote = &quotes[0].1;
    assert_eq!(
        (quote.bid.to_string(), quote.ask_size.to_string()),
        ("1.95".into(), "7".into())
    );
    assert_eq!(quote.timestamp.to_string(), "2026-01-05T09:00:00Z");
    let torn = write(folder.path(), "torn.zst", &packed[..packed.len() - 9]);
    assert!(open(&torn.display().to_string()).is_err());
}

#[tokio::test(start_paused = true)]
async fn a_bad_line_is_said_and_counted_and_the_next_one_played() {
    let folder = tempfile::tempdir().unwrap();
    let line = |at: &str, bid: &str| format!("2026-01-05T09:00:0{at}Z,AAPL,{bid},10.00,5,5,x\n");
    let text = [
        HEAD,
        &line("1", "9.99"),
        &line("2", "abc"),
        "2026\n",
        &line("3", "9.98"),
    ]
    .concat();
    let path = write(folder.path(), "q.csv", text.as_bytes());
    let (quotes, said) = play(&path.display().to_string()).await;
    assert_eq!(quotes.len(), 2);
    assert!(said[1].1.ends_with("q.csv, line 3: bid is 'abc': price 'abc' is not a decimal number, such as 189.42 (skipped, 1 so far)"), "{}", said[1].1);
    assert!(
        said[2]
            .1
            .contains("line 4: timestamp is '2026': time '2026' is not RFC 3339"),
        "{}",
        said[2].1
    );
    assert_eq!(
        said[3].1,
        "recording ended at 2026-01-05T09:00:03Z: 2 quotes played, 2 lines skipped"
    );
}

#[test]
fn what_cannot_be_played_is_refused_on_opening() {
    let folder = tempfile::tempdir().unwrap();
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .build()
        .unwrap();
    let _guard = runtime.enter();
    let endless = [HEAD.as_bytes(), &vec![b'7'; 600_000]].concat();
    let cases: [(&str, &[u8], &str); 6] = [
        ("endless.csv", &endless, "endless.csv cannot be read: after line 2: a line is longer than 262144 bytes"),
        ("empty.csv", b"", "empty.csv is empty: it must begin with a line that names the columns timestamp,symbol,"),
        ("head.csv", HEAD.as_bytes(), "head.csv is empty"),
        ("cols.csv", b"timestamp,symbol,bid,ask\n", "cols.csv, line 1: no column bid_size, ask_size, venue; needed are timestamp"),
        ("bad.csv", b"timestamp,symbol,bid,ask,bid_size,ask_size,venue\n2026-01-05T09:00:00Z,aapl,1,2,3,4,x\n", "bad.csv, line 2: symbol is 'aapl': symbol 'aapl' is not an upper-case ticker"),
        ("bin.csv", &[0xff, 0xfe, 0, 1, 2], "bin.csv, line 1: no column timestamp"),
    ];
    for (name, bytes, expected) in cases {
        let path = write(folder.path(), name, bytes);
        let error = open(&path.display().to_string()).unwrap_err();
        assert!(error.contains(expected), "{error:?} lacks {expected:?}");
    }
    let error = open("/nowhere/q.csv").unwrap_err();
    assert!(
        error.starts_with("recording /nowhere/q.csv cannot be read: No such file"),
        "{error}"
    );
}

#[tokio::test(start_paused = true)]
async fn recorded_market_data_plays_to_its_end() {
    let folder = std::env::var("DESK_FIXTURES").map_or_else(
        |_| Path::new(SMALL).parent().unwrap().to_path_buf(),
        |fixtures| Path::new(&fixtures).join("market"),
    );
    let mut played = 0;
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if Recording::open(&path).is_err() {
            continue;
        }
        let (quotes, said) = play(&format!("{}@max", path.display())).await;
        assert!(
            said.last().unwrap().1.starts_with("recording ended at"),
            "{said:?}"
        );
        assert!(!said.last().unwrap().1.contains("skipped"), "{said:?}");
        let text = std::fs::read(&path).unwrap();
        let text = zstd::decode_all(text.as_slice()).unwrap_or(text);
        let lines = String::from_utf8_lossy(&text).matches('\n').count();
        assert_eq!(quotes.len(), lines - 1, "{}", path.display());
        played += 1;
    }
    assert!(played > 0);
}
