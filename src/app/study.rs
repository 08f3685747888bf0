//! Keeps the portfolio's figures up to date on a thread of its own, beside the engine and never in its way.
//!
//! It looks at the newest snapshot at a pace of its own, has what a change touches computed and hands the
//! result to the engine as market data, which waits for nothing and nobody waits for. However slow a method
//! is, it holds up this thread alone. Nothing is computed while nothing changes. The first look waits until
//! the screen stands.

use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, sync_channel};
use std::thread::JoinHandle;
use std::time::Duration;

use crate::adapter::nats::SignalFeed;
use crate::app::shelf::Shelf;
use crate::app::signals::SignalFile;
use crate::app::stood;
use crate::app::system::give_way;
use crate::base::Clock;
use crate::bus::{Bus, Watch};
use crate::domain::{Currency, Signal, Symbol, Timestamp};
use crate::engine::Snapshot;
use crate::event::{Made, MarketEvent, Study};
use crate::history::History;
use crate::portfolio::live::{Facts, Live, Stood};

/// The thread's name; a panic on it is caught where the method was called.
pub const THREAD: &str = "study";

/// How long the first look waits, so that the screen comes first.
const FIRST: Duration = Duration::from_millis(400);
/// How often files are looked at.
const FILES: Duration = Duration::from_secs(2);
/// How far back a feed with a real market is asked at the start, and after a day.
const ASKED: Duration = Duration::from_hours(24 * 700);
const RECENT: Duration = Duration::from_hours(24 * 10);

/// The thread; it ends with this.
#[derive(Debug)]
pub struct Student {
    stop: Option<SyncSender<()>>,
    thread: Option<JoinHandle<()>>,
}

/// What the thread works with.
pub struct Desk {
    /// What is computed.
    pub live: Live,
    /// Where the history comes from.
    pub shelf: Shelf,
    /// Where signals come from, where any do.
    pub signals: Option<SignalFile>,
    /// Where they are heard, where a bus is listened to.
    pub published: Option<SignalFeed>,
    /// The least time between two rounds.
    pub pace: Duration,
    /// What the screen shows.
    pub watch: Watch<Snapshot>,
    /// Where studies go.
    pub bus: Bus,
    /// Time.
    pub clock: Arc<dyn Clock>,
}

impl std::fmt::Debug for Desk {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Desk")
            .field("shelf", &self.shelf)
            .finish_non_exhaustive()
    }
}

impl Student {
    /// Starts the thread.
    ///
    /// # Errors
    /// When the system gives none.
    pub fn start(desk: Desk) -> std::io::Result<Self> {
        let (stop, stopped) = sync_channel(0);
        let thread = std::thread::Builder::new()
            .name(THREAD.into())
            .spawn(move || {
                give_way();
                run(desk, &stopped);
            })?;
        Ok(Self {
            stop: Some(stop),
            thread: Some(thread),
        })
    }
}

impl Drop for Student {
    /// Asks the thread to end. A method that computes for long is not waited for: the process ends with it.
    fn drop(&mut self) {
        drop(self.stop.take());
        if let Some(thread) = self.thread.take().filter(JoinHandle::is_finished) {
            thread.join().unwrap_or_default();
        }
    }
}

fn run(mut desk: Desk, stopped: &Receiver<()>) {
    if stopped.recv_timeout(FIRST) != Err(RecvTimeoutError::Timeout) {
        return;
    }
    let mut store = Store::default();
    let mut looked: Option<Duration> = None;
    loop {
        let elapsed = desk.clock.elapsed();
        if looked.is_none_or(|at| elapsed.saturating_sub(at) >= FILES) {
            looked = Some(elapsed);
            desk.look_at_files(&mut store);
        }
        desk.listen();
        desk.look();
        if let Some(study) = round(&mut desk.live, desk.clock.as_ref()) {
            desk.bus.market(MarketEvent::Study(Arc::new(study)));
            desk.keep_stood(&mut store);
        }
        if stopped.recv_timeout(desk.pace) != Err(RecvTimeoutError::Timeout) {
            return;
        }
    }
}

/// Computes what is due, each piece with its time; none where nothing is.
pub fn round(live: &mut Live, clock: &dyn Clock) -> Option<Study> {
    let at = Timestamp::from_us(clock.wall_us());
    let begun = clock.elapsed();
    let plan = live.plan(at);
    if plan.is_empty() {
        return None;
    }
    let made = |since: Duration| {
        let took = clock.elapsed().saturating_sub(since);
        let took_us = u64::try_from(took.as_micros()).unwrap_or(u64::MAX);
        Made { at, took_us }
    };
    for work in plan {
        let since = clock.elapsed();
        let piece = live.work(work);
        live.keep(work, piece, made(since));
    }
    let study = live.study(made(begun));
    Some(Study {
        made: made(begun),
        ..study
    })
}

/// The history as it was last loaded.
#[derive(Debug, Default)]
struct Store {
    opened: bool,
    history: Option<History>,
    fault: Option<String>,
    version: Option<i64>,
    day: i64,
    /// The weights of sleeves as they were last written.
    stood: Vec<Stood>,
}

impl Desk {
    /// Loads the history at the start, after another program filled it and after a real market's day; reads signals.
    fn look_at_files(&mut self, store: &mut Store) {
        let now = Timestamp::from_us(self.clock.wall_us());
        let begun = !store.opened;
        if begun {
            store.opened = true;
            match self.shelf.open() {
                Ok(history) => store.history = Some(history),
                Err(error) => {
                    tracing::warn!(%error, "the portfolio has no stored history");
                    // Its fault stands; it is not tried again.
                    store.fault = Some(error.to_string());
                }
            }
        }
        let seen = store.history.as_ref().map(History::version);
        let seen = seen.and_then(Result::ok);
        let filled = seen != store.version;
        let next_day = !self.shelf.made_up && now.day() != store.day;
        (store.version, store.day) = (seen, now.day());
        if begun || filled || next_day {
            let back = (begun || next_day).then_some(if begun { ASKED } else { RECENT });
            let mut found = self.shelf.load(store.history.as_mut(), back, now);
            found.faults.extend(store.fault.clone());
            if begun {
                match stood::read(&self.shelf.folder, now) {
                    Ok(stood) => store.stood = stood,
                    Err(fault) => found.faults.push(fault),
                }
            }
            self.live
                .take_history(&found.past, &found.splits, found.faults);
            if begun {
                self.live.stand(&store.stood);
            }
        }
        if let Some(published) = self.signals.as_mut().and_then(SignalFile::poll) {
            for words in &published.faults {
                tracing::warn!("{words}");
            }
            let mut faults = published.faults;
            faults.extend(self.take(published.signals));
            self.live.say(faults);
        }
    }

    /// Takes in what was heard since the last look, and how the subscription stands.
    fn listen(&mut self) {
        let Some((signals, mut heard)) = self.published.as_ref().map(SignalFeed::take) else {
            return;
        };
        heard.faults.extend(self.take(signals));
        self.live.hear(heard);
    }

    /// Hands signals on, and returns why some were not taken.
    fn take(&mut self, signals: Vec<Signal>) -> Option<String> {
        let taken = signals.into_iter().map(|it| self.live.take_signal(it));
        taken.fold(None, |fault, taken| taken.err().or(fault))
    }

    /// Writes the weights of sleeves where some are new.
    fn keep_stood(&self, store: &mut Store) {
        let stood = self.live.stood();
        if stood == store.stood {
            return;
        }
        if let Err(error) = stood::write(&self.shelf.folder, &stood) {
            tracing::warn!(%error, "sleeves.json cannot be written: sleeves are computed anew at the next start");
        }
        store.stood = stood;
    }

    /// Hands over the newest prices, and what else the desk knows.
    fn look(&mut self) {
        let snap = self.watch.get();
        let now = Timestamp::from_us(self.clock.wall_us());
        let symbols = Arc::clone(self.live.symbols());
        let mids: Vec<Option<f64>> = symbols
            .iter()
            .map(|symbol| Some(snap.market.cell(symbol)?.mid()?.to_f64()))
            .collect();
        let rate = |symbol: &Symbol| {
            let known = snap.market.instrument(symbol).map(|known| known.currency);
            let currency: Option<Currency> = known.or_else(|| symbol.quote_currency());
            let rate = snap.market.usd_rate(currency.unwrap_or(Currency::USD))?;
            Some(rate.to_f64())
        };
        let facts = Facts {
            nav_usd: snap.exposure.nav_usd().map(crate::domain::Money::to_f64),
            usd_rates: symbols.iter().map(rate).collect(),
        };
        self.live.take_prices(&mids, facts, now);
    }
}
