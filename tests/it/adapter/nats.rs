//! Signals from the bus: heard, passed over with a word, heard again after the connection was lost.
//!
//! Against a server of our own that speaks the few words of core NATS a subscriber needs, and, where a
//! `nats-server` is on the path, against that one with JetStream.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::Duration;

use mts1b_desk::adapter::nats::{NatsServer, SignalFeed};
use mts1b_desk::adapter::net::http::Key;
use mts1b_desk::base::{Clock, SystemClock};
use mts1b_desk::domain::Signal;
use mts1b_desk::event::Heard;
use tokio::runtime::Runtime;

use crate::support::build::read;

const SUBJECT: &str = "mts.v1.research.signals.published";
/// The longest any of this may take.
const LONG: Duration = Duration::from_secs(20);

fn signal(strategy: &str, id: &str, asof: &str, fund: &str) -> String {
    format!(
        r#"{{"signal_id":"{id}","strategy_id":"{strategy}","fund_id":{fund},"asof":"{asof}","weights":{{"AAPL":0.1}}}}"#
    )
}

fn runtime() -> Runtime {
    tokio::runtime::Builder::new_multi_thread()
        .worker_threads(1)
        .enable_all()
        .build()
        .unwrap()
}

fn subscribe(runtime: &Runtime, url: &str, key: Option<Key>) -> SignalFeed {
    let server = NatsServer::new(url, key, None).unwrap();
    let clock = Arc::new(SystemClock::default());
    SignalFeed::start(server, read("paper-momentum"), clock, runtime.handle())
}

/// Takes until what was taken is as it should be; returns the newest of each strategy, by strategy.
fn until(feed: &SignalFeed, right: impl Fn(&[Signal], &Heard) -> bool) -> (Vec<String>, Heard) {
    let (clock, mut signals) = (SystemClock::default(), Vec::new());
    loop {
        let (new, heard) = feed.take();
        signals.extend(new);
        if right(&signals, &heard) {
            // Taken piece by piece, an older one may come along behind a newer one.
            signals.sort_by_key(|it: &Signal| (it.strategy_id.clone(), it.asof));
            let mut newest = BTreeMap::new();
            for it in signals {
                newest.insert(it.strategy_id, it.signal_id);
            }
            return (newest.into_values().collect(), heard);
        }
        assert!(clock.elapsed() < LONG, "{signals:?} {heard:?}");
        std::thread::yield_now();
    }
}

/// The other side of one connection, once it has subscribed.
struct Peer {
    lines: BufReader<TcpStream>,
    connect: String,
    sid: String,
}

impl Peer {
    fn accept(listener: &TcpListener) -> Self {
        let (mut stream, _) = listener.accept().unwrap();
        stream.set_read_timeout(Some(LONG)).unwrap();
        let info = r#"{"server_id":"T","version":"2.10.0","proto":1,"host":"127.0.0.1","port":0,"max_payload":1048576,"headers":true}"#;
        write!(stream, "INFO {info}\r\n").unwrap();
        let mut peer = Self {
            lines: BufReader::new(stream),
            connect: String::new(),
            sid: String::new(),
        };
        while peer.sid.is_empty() {
            peer.answer();
        }
        peer
    }

    /// Reads one line and does what a server would.
    fn answer(&mut self) {
        let mut line = String::new();
        assert!(self.lines.read_line(&mut line).unwrap() > 0, "gone");
        let words: Vec<&str> = line.split_whitespace().collect();
        match words.as_slice() {
            ["CONNECT", ..] => self.connect = line,
            ["PING"] => self.lines.get_mut().write_all(b"PONG\r\n").unwrap(),
            ["SUB", SUBJECT, sid] => self.sid = (*sid).to_owned(),
            _ => {}
        }
    }

    fn publish(&mut self, payload: &str) {
        let (sid, length) = (&self.sid, payload.len());
        let text = format!("MSG {SUBJECT} {sid} {length}\r\n{payload}\r\n");
        self.lines.get_mut().write_all(text.as_bytes()).unwrap();
    }
}

#[test]
fn signals_are_heard_on_the_bus_and_what_is_none_is_said_and_passed_over() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("nats://{}", listener.local_addr().unwrap());
    let runtime = runtime();
    let feed = subscribe(&runtime, &url, Some(Key::new("reader:not-so-secret")));
    let mut peer = Peer::accept(&listener);
    assert!(
        peer.connect.contains(r#""user":"reader""#),
        "{}",
        peer.connect
    );
    peer.publish(&signal("mom-v7", "old", "2026-05-01T00:00:00Z", "null"));
    peer.publish(&signal("mom-v7", "new", "2026-05-02T00:00:00Z", "null"));
    peer.publish(&signal("mom-v7", "late", "2026-05-01T00:00:00Z", "null"));
    peer.publish("not json");
    peer.publish(&signal(
        "alien",
        "x",
        "2026-05-01T00:00:00Z",
        "\"another-fund\"",
    ));
    peer.publish(&signal("wild", "y", "2026-05-01T00:00:00Z", "null").replace("0.1", "11"));
    peer.publish(&signal(
        "end",
        "end",
        "2026-05-01T00:00:00Z",
        "\"paper-momentum\"",
    ));
    let (ids, heard) = until(&feed, |signals, _| {
        signals.iter().any(|it| it.signal_id == "end")
    });
    assert_eq!(ids, ["end", "new"]);
    assert!(heard.since.is_some() && heard.last.is_some(), "{heard:?}");
    assert_eq!(heard.count, 5);
    let [fault] = heard.faults.as_slice() else {
        panic!("{heard:?}");
    };
    assert!(
        fault.starts_with("2 messages were passed over, the last: the weight of AAPL is 11"),
        "{fault}"
    );

    drop(peer);
    let (_, lost) = until(&feed, |_, heard| heard.since.is_none());
    assert!(!lost.faults.is_empty() && !format!("{lost:?}").contains("not-so-secret"));
    let mut again = Peer::accept(&listener);
    again.publish(&signal("mom-v7", "newest", "2026-05-03T00:00:00Z", "null"));
    let (ids, heard) = until(&feed, |signals, heard| {
        !signals.is_empty() && heard.since.is_some()
    });
    assert_eq!(ids, ["newest"]);
    assert_eq!(heard.faults.len(), 1, "{heard:?}");
}

#[test]
fn a_server_that_is_not_there_is_said_and_an_address_that_is_unsafe_is_refused() {
    let free = TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap();
    let runtime = runtime();
    let feed = subscribe(&runtime, &format!("nats://{free}"), None);
    let (_, heard) = until(&feed, |_, heard| {
        heard.faults.iter().any(|it| it.contains("refused"))
    });
    assert_eq!((heard.since, heard.count), (None, 0));
    let refused = |url: &str| NatsServer::new(url, None, None).unwrap_err().to_string();
    assert!(refused("nats://nats.example.com:4222").contains("use tls://"));
    assert!(refused("ws://127.0.0.1").contains("must begin with tls://"));
    assert!(refused("http://127.0.0.1").contains("is no address, such as tls://"));
    let password = refused("nats://me:not-a-secret@127.0.0.1");
    assert!(
        !password.contains("not-a-secret") && password.contains("take them out"),
        "{password}"
    );
}

/// A server with JetStream; stopped when this goes.
struct Server(Child);

impl Server {
    /// None where there is no such program.
    fn start(at: SocketAddr, folder: &Path) -> Option<Self> {
        let started = Command::new("nats-server")
            .args([
                "-js",
                "-a",
                "127.0.0.1",
                "-p",
                &at.port().to_string(),
                "-sd",
            ])
            .arg(folder)
            .stderr(Stdio::null())
            .spawn();
        started.ok().map(Self)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.0.kill().unwrap();
        self.0.wait().unwrap();
    }
}

#[test]
fn what_a_stream_keeps_is_read_after_connecting() {
    let folder = tempfile::tempdir().unwrap();
    let free = TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap();
    let Some(server) = Server::start(free, folder.path()) else {
        eprintln!("skipped: no nats-server is on the path");
        return;
    };
    let runtime = runtime();
    let url = format!("nats://{free}");
    let publish = async |ids: &[&str], keep: bool| {
        let options = async_nats::ConnectOptions::new().retry_on_initial_connect();
        let client = options.connect(&url).await.unwrap();
        let context = async_nats::jetstream::new(client);
        if keep {
            let stream = async_nats::jetstream::stream::Config {
                name: "MTS_RESEARCH".to_owned(),
                subjects: vec!["mts.v1.research.>".to_owned()],
                ..Default::default()
            };
            context.create_stream(stream).await.unwrap();
        }
        for id in ids {
            let payload = signal(id, id, "2026-05-01T00:00:00Z", "null");
            let published = context.publish(SUBJECT, payload.into()).await.unwrap();
            published.await.unwrap();
        }
    };
    runtime.block_on(publish(&["a", "b", "c"], true));
    let feed = subscribe(&runtime, &url, None);
    let (ids, heard) = until(&feed, |signals, _| signals.len() >= 3);
    assert_eq!(ids, ["a", "b", "c"]);
    assert_eq!((heard.count, heard.faults.len()), (3, 0), "{heard:?}");
    runtime.block_on(publish(&["d"], false));
    let (ids, _) = until(&feed, |signals, _| !signals.is_empty());
    assert_eq!(ids, ["d"]);

    drop(server);
    until(&feed, |_, heard| heard.since.is_none());
    let _server = Server::start(free, folder.path()).unwrap();
    runtime.block_on(publish(&["e"], false));
    let (_, heard) = until(&feed, |signals, _| {
        signals.iter().any(|it| it.signal_id == "e")
    });
    // Published in the moment of connecting it may be counted as heard, as read, or as neither; known it is.
    assert!(
        (4..=5).contains(&heard.count) && heard.faults.is_empty(),
        "{heard:?}"
    );
}
