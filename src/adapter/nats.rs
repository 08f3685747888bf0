//! The bus of MTS1B, NATS: what research publishes on `mts.v1.research.signals.published`.
//!
//! Core NATS hands on what is published from now on, at most once. Where a JetStream
//! stream keeps the subject, what it holds of the last 30 days is read after each
//! connection, so that what was published while nobody listened counts too: a signal
//! heard twice is the same signal, and of each strategy only the newest is kept. After a
//! connection that was lost, what came since the last whole reading is read. Owns no
//! decision about signals; a message that is none is counted, said and passed over.
//! Plain text goes to this machine only. The connection comes back by itself.

use std::collections::BTreeMap;
use std::fmt;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use async_nats::jetstream::consumer::DeliverPolicy;
use async_nats::jetstream::consumer::pull::OrderedConfig;
use async_nats::{Client, ConnectOptions, Event, ServerAddr, datetime, jetstream};
use futures_util::StreamExt;
use smol_str::SmolStr;
use tokio::runtime::Handle;
use tokio::sync::mpsc;
use tokio::task::{AbortHandle, JoinHandle};
use tokio::time::{sleep, timeout};

use crate::adapter::net::http::Key;
use crate::adapter::net::ws::{is_loopback, shown_address};
use crate::base::{Backoff, Clock};
use crate::domain::{FundId, Signal, StrategyId, Timestamp};
use crate::event::{Heard, Subject};

/// How far back a stream is read: as long as MTS1B keeps `mts.v1.research.>`.
const PAST: Duration = Duration::from_hours(24 * 30);
/// How far before the end of the last reading a stream is read again: the clocks of server and desk differ.
const OVERLAP: Duration = Duration::from_mins(5);
/// How long a connection, or a step of reading a stream, may take.
const PATIENCE: Duration = Duration::from_secs(5);
/// How long the next try to connect waits, at first and at most.
const AGAIN_FIRST: Duration = Duration::from_millis(250);
const AGAIN_MOST: Duration = Duration::from_secs(10);
/// How often the server is asked whether it still lives.
const PING: Duration = Duration::from_secs(10);
/// Messages that wait to be read; beyond them the newest are dropped, and that is said.
const WAITING_MOST: usize = 4_096;
/// Changes of the connection that wait to be looked at.
const EVENTS_MOST: usize = 64;
/// Strategies whose newest signal waits to be taken.
const STRATEGIES_MOST: usize = 256;

/// Why there can be no subscription.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("address '{url}' {why}")]
pub struct NatsError {
    /// As given, without a user or a password.
    url: String,
    /// What would be right.
    why: &'static str,
}

/// Where the bus is, and what it wants to know.
pub struct NatsServer {
    address: ServerAddr,
    shown: SmolStr,
    key: Option<Key>,
    roots: Option<PathBuf>,
}

impl fmt::Debug for NatsServer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("NatsServer").field(&self.shown).finish()
    }
}

impl NatsServer {
    /// Names a server, `tls://host:port`, or `nats://host:port` on this machine. `key` is a token or
    /// `user:password`; `roots` a PEM file its certificate is checked with instead of the system's.
    ///
    /// # Errors
    /// When the address is none, holds a password, or would carry plain text off this machine.
    pub fn new(url: &str, key: Option<Key>, roots: Option<PathBuf>) -> Result<Self, NatsError> {
        let refuse = |why| NatsError {
            url: shown_address(url),
            why,
        };
        if url.contains('@') {
            return Err(refuse("holds a user or a password: take them out"));
        }
        let address: ServerAddr = url
            .parse()
            .map_err(|_| refuse("is no address, such as tls://nats.example.com:4222"))?;
        match address.scheme() {
            "tls" => {}
            "nats" if is_loopback(address.host()) => {}
            "nats" => return Err(refuse("would send plain text: use tls://")),
            _ => return Err(refuse("must begin with tls://")),
        }
        Ok(Self {
            shown: SmolStr::new(shown_address(url)),
            address,
            key,
            roots,
        })
    }

    fn options(&self, events: mpsc::Sender<Event>) -> ConnectOptions {
        let options = ConnectOptions::new()
            .name("mts1b desk")
            .max_reconnects(None)
            .connection_timeout(PATIENCE)
            .request_timeout(Some(PATIENCE))
            .ping_interval(PING)
            .subscription_capacity(WAITING_MOST)
            .ignore_discovered_servers()
            .require_tls(self.address.scheme() == "tls")
            .event_callback(move |event| {
                let events = events.clone();
                // Whoever listens looks at them all at once; one more would say no more.
                async move { events.try_send(event).unwrap_or_default() }
            });
        let options = match &self.roots {
            Some(roots) => options.add_root_certificates(roots.clone()),
            None => options,
        };
        match self.key.as_ref().map(Key::expose) {
            None => options,
            Some(key) => match key.split_once(':') {
                Some((user, password)) => options.user_and_password(user.into(), password.into()),
                None => options.token(key.into()),
            },
        }
    }

    /// Returns a text without what opens the door, should the other side have said it.
    fn clean(&self, text: &str) -> String {
        match &self.key {
            Some(key) => key.cut_out_of(text),
            None => text.to_owned(),
        }
    }
}

/// What was heard and not yet taken, and how the subscription stands.
#[derive(Debug, Default)]
struct Inbox {
    newest: BTreeMap<StrategyId, Signal>,
    since: Option<Timestamp>,
    /// Up to when nothing was missed, as far as is known: a connection began, or a message came.
    whole: Option<Timestamp>,
    /// Up to when what a stream keeps was read to its end.
    read: Option<Timestamp>,
    count: u64,
    last: Option<Timestamp>,
    /// Why there is no connection.
    lost: Option<String>,
    /// How many messages were none that count, and the last of them.
    refused: (u64, String),
}

/// A subscription to signals; it ends with this.
#[derive(Debug)]
pub struct SignalFeed {
    from: SmolStr,
    inbox: Arc<Mutex<Inbox>>,
    task: JoinHandle<()>,
}

impl SignalFeed {
    /// Subscribes for a fund. Never fails: a server that is not there is said, and tried again.
    pub fn start(server: NatsServer, fund: FundId, clock: Arc<dyn Clock>, on: &Handle) -> Self {
        let inbox = Arc::new(Mutex::new(Inbox {
            lost: Some("not connected yet".to_owned()),
            ..Inbox::default()
        }));
        let from = server.shown.clone();
        let ear = Ear {
            inbox: Arc::clone(&inbox),
            fund,
            clock,
        };
        let task = on.spawn(listen(server, ear));
        Self { from, inbox, task }
    }

    /// Takes the newest signal of each strategy heard since it was last taken, and how the subscription stands.
    pub fn take(&self) -> (Vec<Signal>, Heard) {
        let mut inbox = open(&self.inbox);
        let signals = std::mem::take(&mut inbox.newest).into_values().collect();
        let mut faults: Vec<String> = inbox.lost.iter().cloned().collect();
        match &inbox.refused {
            (0, _) => {}
            (1, why) => faults.push(format!("1 message was passed over: {why}")),
            (count, why) => faults.push(format!(
                "{count} messages were passed over, the last: {why}"
            )),
        }
        let heard = Heard {
            from: self.from.clone(),
            since: inbox.since,
            count: inbox.count,
            last: inbox.last,
            faults,
        };
        (signals, heard)
    }
}

impl Drop for SignalFeed {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// Locks what no panic can leave half done.
fn open(inbox: &Mutex<Inbox>) -> MutexGuard<'_, Inbox> {
    inbox.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The time in which nobody listened; without a beginning at the first connection.
#[derive(Debug, Clone, Copy)]
struct Missed {
    since: Option<Timestamp>,
    until: Timestamp,
    /// Where the last whole reading ended: one that broke off is begun again.
    read: Option<Timestamp>,
}

/// What a message goes into.
#[derive(Debug, Clone)]
struct Ear {
    inbox: Arc<Mutex<Inbox>>,
    fund: FundId,
    clock: Arc<dyn Clock>,
}

impl Ear {
    fn now(&self) -> Timestamp {
        Timestamp::from_us(self.clock.wall_us())
    }

    /// Takes in a message; one that may have been heard before is not counted again. About the moment of connecting one
    /// may be missing from the count, never from what is known.
    fn hear(&self, payload: &[u8], counts: bool) {
        // Read before the lock is taken: it may be long.
        let (read, now) = (Signal::read(payload), self.now());
        let mut inbox = open(&self.inbox);
        inbox.whole = Some(now);
        let signal = match read {
            Ok(signal) => signal,
            Err(why) if counts => return refuse(&mut inbox, why.to_string()),
            Err(_) => return,
        };
        if counts {
            inbox.count += 1;
            inbox.last = Some(now);
        }
        if !signal.is_for(&self.fund) {
            return;
        }
        let known = inbox.newest.get(&signal.strategy_id);
        if known.is_none() && inbox.newest.len() >= STRATEGIES_MOST {
            let why = format!(
                "{} is one strategy more than the {STRATEGIES_MOST} that can wait",
                signal.strategy_id
            );
            return refuse(&mut inbox, why);
        }
        if known.is_none_or(|known| signal.asof >= known.asof) {
            inbox.newest.insert(signal.strategy_id.clone(), signal);
        }
    }

    /// Returns what was missed: since when, as far as is known, and until now.
    fn connected(&self) -> Missed {
        let now = self.now();
        let mut inbox = open(&self.inbox);
        (inbox.since, inbox.lost) = (Some(now), None);
        Missed {
            since: inbox.whole.replace(now),
            until: now,
            read: inbox.read,
        }
    }

    fn lost(&self, why: String) {
        tracing::warn!("the bus of signals: {why}");
        let mut inbox = open(&self.inbox);
        (inbox.since, inbox.lost) = (None, Some(why));
    }

    fn refused(&self, why: String) {
        refuse(&mut open(&self.inbox), why);
    }
}

fn refuse(inbox: &mut Inbox, why: String) {
    tracing::warn!(
        "a message on {} is passed over: {why}",
        Subject::SignalPublished
    );
    inbox.refused = (inbox.refused.0 + 1, why);
}

/// Listens until it is aborted.
async fn listen(server: NatsServer, ear: Ear) {
    super::net::choose_tls();
    let (events, mut happened) = mpsc::channel(EVENTS_MOST);
    let client = connect(&server, &events, &ear).await;
    let subscribed = client.subscribe(Subject::SignalPublished.to_string());
    let mut messages = match subscribed.await {
        Ok(messages) => messages,
        Err(error) => return ear.lost(words(&error)),
    };
    let mut past = Past::default();
    loop {
        tokio::select! {
            message = messages.next() => match message {
                Some(message) => ear.hear(&message.payload, true),
                None => return ear.lost("the subscription ended".to_owned()),
            },
            event = happened.recv() => match event {
                Some(Event::Connected) => {
                    let missed = ear.connected();
                    past.read(client.clone(), ear.clone(), missed);
                }
                Some(Event::SlowConsumer(_)) => {
                    ear.refused("they came faster than they were read, and some were dropped".to_owned());
                }
                Some(Event::ServerError(error)) => ear.refused(server.clean(&error.to_string())),
                Some(Event::ClientError(error)) => {
                    let said = error.to_string();
                    let said = said.strip_prefix("nats: ").unwrap_or(&said);
                    ear.lost(server.clean(&format!("the connection was lost and does not come back: {said}")));
                }
                Some(Event::Disconnected) => ear.lost("the connection was lost".to_owned()),
                Some(Event::Closed) => return ear.lost("the connection was given up".to_owned()),
                Some(Event::LameDuckMode | Event::Draining) => {}
                None => return ear.lost("the connection ended".to_owned()),
            },
        }
    }
}

/// Connects, however long it takes; the library does it again whenever the connection is lost.
async fn connect(server: &NatsServer, events: &mpsc::Sender<Event>, ear: &Ear) -> Client {
    let mut backoff = Backoff::new(AGAIN_FIRST, AGAIN_MOST);
    loop {
        let options = server.options(events.clone());
        match options.connect(server.address.clone()).await {
            Ok(client) => return client,
            Err(error) => ear.lost(server.clean(&words(&error))),
        }
        // One desk on one bus: nobody else comes back at the same moment.
        sleep(backoff.next(0)).await;
    }
}

/// Returns what went wrong down to what the system says of it, without the library's own name before each part.
fn words(error: &dyn std::error::Error) -> String {
    let mut words = String::new();
    let mut next = Some(error);
    while let Some(error) = next {
        let said = error.to_string();
        let said = said.strip_prefix("nats: ").unwrap_or(&said);
        if !words.contains(said) {
            let colon = if words.is_empty() { "" } else { ": " };
            words = format!("{words}{colon}{said}");
        }
        next = error.source();
    }
    words
}

/// The reading of what a stream keeps; a further connection begins it anew.
#[derive(Debug, Default)]
struct Past(Option<AbortHandle>);

impl Past {
    fn read(&mut self, client: Client, ear: Ear, missed: Missed) {
        self.stop();
        let task = tokio::spawn(async move {
            match past(client, &ear, missed).await {
                Ok(Some(read)) => tracing::info!(read, "signals a stream kept were read"),
                Ok(None) => tracing::info!("no stream keeps signals: only new ones are heard"),
                Err(why) => ear.refused(format!("what a stream keeps cannot be read: {why}")),
            }
        });
        self.0 = Some(task.abort_handle());
    }

    fn stop(&mut self) {
        if let Some(task) = self.0.take() {
            task.abort();
        }
    }
}

impl Drop for Past {
    fn drop(&mut self) {
        self.stop();
    }
}

/// Reads what a stream keeps, of the last 30 days or since everything was heard, and returns how many messages; none
/// where no stream keeps any.
async fn past(client: Client, ear: &Ear, missed: Missed) -> Result<Option<u64>, String> {
    let subject = Subject::SignalPublished.to_string();
    let context = jetstream::new(client);
    // A server without JetStream, an account without it, and no such stream: nothing is kept.
    let Ok(name) = context.stream_by_subject(subject.as_str()).await else {
        return Ok(None);
    };
    let stream = context.get_stream(&name).await.map_err(|it| words(&it))?;
    let since = match missed.read {
        Some(read) => read.minus(OVERLAP),
        None => missed.until.minus(PAST),
    };
    let start_time = datetime::parse_rfc3339(&since.to_string()).map_err(|it| words(&*it))?;
    let consumer = stream.create_consumer(OrderedConfig {
        filter_subject: subject,
        deliver_policy: DeliverPolicy::ByStartTime { start_time },
        ..OrderedConfig::default()
    });
    let consumer = consumer.await.map_err(|it| words(&it))?;
    let mut left = consumer.cached_info().num_pending;
    let mut messages = consumer.messages().await.map_err(|it| words(&it))?;
    let mut read = 0;
    while left > 0 {
        let message = timeout(PATIENCE, messages.next()).await;
        let message = message.map_err(|_| format!("{name} did not go on within {PATIENCE:?}"))?;
        let message = message.ok_or_else(|| format!("{name} ended early"))?;
        let message = message.map_err(|it| words(&it))?;
        let info = message.info().map_err(|it| words(&*it))?;
        left = info.pending;
        let published = i64::try_from(info.published.unix_timestamp_nanos() / 1_000);
        let published = published.map(Timestamp::from_us).map_err(|it| words(&it))?;
        read += 1;
        // What came before or after was heard as it was published.
        let counts = missed.since.is_none_or(|since| published > since);
        ear.hear(&message.payload, counts && published <= missed.until);
    }
    open(&ear.inbox).read = Some(missed.until);
    Ok(Some(read))
}
