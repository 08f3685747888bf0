//! The loop: drain what is ready in lane order, step, commit, release, publish.
//!
//! One thread owns the state. Durable inputs are stepped in memory, what came of
//! them is committed in one synced batch, and only then effects leave and readers
//! see it. A commit that fails stops trading for good: nothing of that batch was
//! sent or shown, and the screen says why.

use std::sync::Arc;
use std::sync::mpsc::{SyncSender, TrySendError, sync_channel};
use std::time::Duration;

use crate::app::keeper::Keeper;
use crate::app::system::give_way;
use crate::app::timing::GateTimes;
use crate::base::Clock;
use crate::bus::{Arrival, Inlets, Latest};
use crate::domain::{FundId, OrderId, Timestamp};
use crate::engine::{Entry, LoopStats, Out, Snapshot, State, What};
use crate::event::{Control, Fact, Header, Input, MarketEvent, OrderFact, Source};
use crate::journal::{Draft, Journal, Payload};
use crate::order::effect::Effect;

/// Durable inputs taken into one batch at most; the rest waits for the next.
const BATCH_MOST: usize = 1024;
/// Time between two snapshots that only the market changed.
const MARKET_PACE: Duration = Duration::from_millis(16);
/// Symbols beyond which snapshots of the market alone are rarer, in proportion: each lets go of what changed since.
const WIDE: usize = 16_384;
/// How much rarer at most.
const RARER_MOST: usize = 4;
/// Market data taken in at most between two moments a snapshot of it may be due: what comes faster is conflated.
///
/// Nearly 400,000 quotes a second; beyond that an engine that read on would take the processor from
/// orders and the screen, for quotes that a newer one replaces before anybody saw them.
const MARKET_SHARE: usize = 6144;
/// What taking it in may take of that time: of a million symbols each lies somewhere else in memory, so that a count
/// alone does not bound how long a share takes.
const MARKET_TIME: Duration = Duration::from_millis(5);
/// Replaced snapshots of a wide market that wait to be freed elsewhere.
const FREED_MOST: usize = 4;
/// Time between ticks.
const TICK: Duration = Duration::from_secs(1);

/// Where effects go once they may.
pub trait Release: Send {
    /// Hands an effect to its adapter; must not block.
    fn release(&mut self, effect: Effect);
}

/// Whether the loop goes on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Turn {
    /// It does.
    On,
    /// The session was closed in good order.
    Closed,
}

/// The owner of the state, and what it needs to do its work.
pub struct Core {
    state: State,
    inlets: Inlets,
    journal: Box<dyn Journal>,
    release: Box<dyn Release>,
    latest: Latest<Snapshot>,
    clock: Arc<dyn Clock>,
    fund: FundId,
    arrivals: Vec<Arrival>,
    quotes: Vec<MarketEvent>,
    stats: LoopStats,
    times: GateTimes,
    counted: (Duration, u64, u64),
    share: Share,
    ticked: Duration,
    published: Duration,
    unpublished: bool,
    stopped: Option<Arc<str>>,
    /// Snapshots that were replaced and that a reader may still hold: this thread frees them, so that none has to.
    retired: Vec<Arc<Snapshot>>,
    keeper: Option<Keeper>,
    /// Where those of a wide market go to be freed, once there is one.
    free: Option<SyncSender<Arc<Snapshot>>>,
}

impl std::fmt::Debug for Core {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Core")
            .field("seq", &self.state.seq())
            .field("stopped", &self.stopped)
            .finish_non_exhaustive()
    }
}

impl Core {
    /// Takes over a recovered state.
    pub fn new(
        state: State,
        inlets: Inlets,
        journal: Box<dyn Journal>,
        release: Box<dyn Release>,
        latest: Latest<Snapshot>,
        clock: Arc<dyn Clock>,
        fund: FundId,
    ) -> Self {
        let now = clock.elapsed();
        Self {
            state,
            inlets,
            journal,
            release,
            latest,
            clock,
            fund,
            arrivals: Vec::new(),
            quotes: Vec::new(),
            stats: LoopStats::default(),
            times: GateTimes::default(),
            counted: (now, 0, 0),
            share: Share::from(now),
            ticked: now,
            published: now,
            unpublished: false,
            stopped: None,
            retired: Vec::new(),
            keeper: None,
            free: None,
        }
    }

    /// Has what the records come to kept beside the journal now and then.
    pub fn with_keeper(mut self, keeper: Keeper) -> Self {
        self.keeper = Some(keeper);
        self
    }

    /// Returns the state.
    pub fn state(&self) -> &State {
        &self.state
    }

    /// Returns why trading stopped for good, if it did.
    pub fn stopped(&self) -> Option<&Arc<str>> {
        self.stopped.as_ref()
    }

    /// Runs until the session closes or every sender is gone.
    pub fn run(&mut self) {
        loop {
            let wait = self.next_wait();
            let sated = self.market_rest(self.clock.elapsed());
            match sated {
                None => self.inlets.wait(wait),
                Some(rest) => self.inlets.wait_durable(wait.min(rest)),
            };
            if self.turn() == Turn::Closed || self.inlets.closed() {
                let (taken, conflated) = (self.stats.taken, self.inlets.conflated());
                tracing::info!(taken, conflated, "the market lane of this session");
                return self.keep_last();
            }
        }
    }

    /// Keeps the state of a session that ends; one that ran ahead of its journal is not worth keeping.
    fn keep_last(&mut self) {
        if let Some(keeper) = self.keeper.take().filter(|_| self.stopped.is_none()) {
            keeper.finish(&self.state, self.journal.last());
        }
    }

    fn next_wait(&self) -> Duration {
        let now = self.clock.elapsed();
        let to_tick = (self.ticked + TICK)
            .saturating_sub(now)
            .min(self.to_answer());
        if self.unpublished {
            to_tick.min((self.published + self.pace()).saturating_sub(now))
        } else {
            to_tick
        }
    }

    /// Returns how long the next answer of a gate outside is still waited for.
    fn to_answer(&self) -> Duration {
        let now = Timestamp::from_us(self.clock.wall_us());
        self.state
            .answer_due()
            .filter(|_| self.stopped.is_none())
            .map_or(Duration::MAX, |due| due.since(now))
    }

    /// Returns the time between two snapshots that only the market changed.
    fn pace(&self) -> Duration {
        let wide = self.state.market_state().cells().len() / WIDE;
        MARKET_PACE * u32::try_from(wide.clamp(1, RARER_MOST)).unwrap_or(1)
    }

    /// Does one round of everything that is ready; never waits for input.
    pub fn turn(&mut self) -> Turn {
        let now = Timestamp::from_us(self.clock.wall_us());
        let mut out = Out::default();
        let mut closing = false;
        let mut arrivals = std::mem::take(&mut self.arrivals);
        self.inlets.drain(&mut arrivals, BATCH_MOST);
        for Arrival { source, input } in arrivals.drain(..) {
            closing |= matches!(input, Input::Control(Control::Close));
            if self.stopped.is_none() {
                self.state.step(source, input, now, &mut out);
            }
        }
        self.arrivals = arrivals;
        let judged = self.judged(&out);
        self.tick(now, &mut out);
        self.take_market();
        self.decide_stops(now, &mut out);
        let durable = !out.entries.is_empty();
        self.commit(out);
        self.time_gates(judged, now);
        self.publish(now, durable);
        if closing { Turn::Closed } else { Turn::On }
    }

    /// Returns the newest order judged, and takes in how long gates outside took.
    fn judged(&mut self, out: &Out) -> Option<OrderId> {
        let mut judged = None;
        for entry in &out.entries {
            match &entry.what {
                What::Fact(fact) => match &**fact {
                    Fact::Order(OrderFact::Judged { order_id, .. }) => judged = Some(order_id),
                    Fact::Order(_) | Fact::Account(_) | Fact::Risk(_) | Fact::Link(_) => {}
                },
                What::Input(input) => {
                    if let Input::Answer(answer) = &**input {
                        self.times.answered(&answer.gate, answer.took_ms);
                    }
                }
            }
        }
        judged.cloned()
    }

    /// Times the gates on an order judged; it has left by then, and does not wait for that.
    fn time_gates(&mut self, judged: Option<OrderId>, now: Timestamp) {
        let Some(record) = judged.and_then(|order_id| self.state.orders().get(&order_id)) else {
            return;
        };
        let order = Arc::new(record.order.clone());
        let took = self
            .times
            .ask(&self.state.books(), &order, now, &*self.clock);
        self.stats.gates_ns = u64::try_from(took.as_nanos()).unwrap_or(u64::MAX);
    }

    fn tick(&mut self, now: Timestamp, out: &mut Out) {
        let elapsed = self.clock.elapsed();
        let overdue = self.state.answer_due().is_some_and(|due| due <= now);
        let due = overdue || elapsed.saturating_sub(self.ticked) >= TICK;
        if due && self.stopped.is_none() {
            self.ticked = elapsed;
            self.state
                .step(Source::Desk, Input::Control(Control::Tick), now, out);
        }
    }

    /// Has stops decided that the quotes just taken in have reached.
    fn decide_stops(&mut self, now: Timestamp, out: &mut Out) {
        if self.state.take_due() && self.stopped.is_none() {
            self.state
                .step(Source::Desk, Input::Control(Control::Stop), now, out);
        }
    }

    /// Returns how long the market is left to wait because its share was read already; nothing when it is not.
    fn market_rest(&self, elapsed: Duration) -> Option<Duration> {
        let rest = (self.share.since + MARKET_PACE).saturating_sub(elapsed);
        (self.share.is_read() && !rest.is_zero()).then_some(rest)
    }

    fn take_market(&mut self) {
        let elapsed = self.clock.elapsed();
        if elapsed.saturating_sub(self.share.since) >= MARKET_PACE {
            self.share = Share::from(elapsed);
        }
        if self.market_rest(elapsed).is_none() {
            let mut quotes = std::mem::take(&mut self.quotes);
            self.inlets.drain_market(&mut quotes);
            self.unpublished |= !quotes.is_empty();
            self.share.read += quotes.len();
            self.stats.taken += u64::try_from(quotes.len()).unwrap_or(u64::MAX);
            for event in quotes.drain(..) {
                self.state.market(&event);
            }
            self.quotes = quotes;
            self.share.took += self.clock.elapsed().saturating_sub(elapsed);
        }
        let (begun, taken, conflated) = self.counted;
        let since = elapsed.saturating_sub(begun);
        if since >= Duration::from_secs(1) {
            let now = self.inlets.conflated();
            self.stats.quotes_per_s = per_s(self.stats.taken - taken, since);
            self.stats.conflated_per_s = per_s(now.saturating_sub(conflated), since);
            self.counted = (elapsed, self.stats.taken, now);
        }
    }

    /// Makes the batch durable, then lets its effects go.
    fn commit(&mut self, out: Out) {
        if self.stopped.is_some() {
            return;
        }
        if !out.entries.is_empty() {
            let begun = self.clock.elapsed();
            let drafts = out
                .entries
                .into_iter()
                .map(|entry| draft(entry, &self.fund))
                .collect();
            if let Err(error) = self.journal.append(drafts) {
                tracing::error!(%error, "the journal failed: trading stops");
                self.stopped = Some(Arc::from(format!("nothing more is sent: {error}")));
                return;
            }
            let took = self.clock.elapsed().saturating_sub(begun);
            self.stats.commit_us = u64::try_from(took.as_micros()).unwrap_or(u64::MAX);
            if let Some(keeper) = &mut self.keeper {
                keeper.offer(&self.state, self.journal.last());
            }
        }
        for effect in out.effects {
            self.release.release(effect);
        }
    }

    fn publish(&mut self, now: Timestamp, durable: bool) {
        let elapsed = self.clock.elapsed();
        let due = self.unpublished && elapsed.saturating_sub(self.published) >= self.pace();
        if !durable && !due {
            return;
        }
        self.published = elapsed;
        self.unpublished = false;
        if let Some(why) = &self.stopped {
            // The state ran ahead of the journal by the batch that failed: the last good snapshot stays, marked.
            let last = self.latest.get();
            let stopped = Some(Arc::clone(why));
            return self.latest.publish(Arc::new(Snapshot {
                stopped,
                ..(*last).clone()
            }));
        }
        self.stats.conflated = self.inlets.conflated();
        self.retired.push(self.latest.get());
        let mut snap = self.state.snapshot(now, self.stats);
        snap.timings = self.times.shown();
        self.latest.publish(Arc::new(snap));
        // At most one stays for each reader; thousands of cells go with one, which would hold up a frame.
        let wide = self.state.market_state().cells().len() > WIDE;
        let (held, done): (Vec<_>, Vec<_>) = std::mem::take(&mut self.retired)
            .into_iter()
            .partition(|old| Arc::strong_count(old) > 1);
        self.retired = held;
        if wide {
            for old in done {
                self.free_elsewhere(old);
            }
        }
    }

    /// Hands a snapshot with very many changed cells to a thread that frees it, so that no fill waits for that.
    fn free_elsewhere(&mut self, old: Arc<Snapshot>) {
        let free = self.free.get_or_insert_with(|| {
            let (send, receive) = sync_channel(FREED_MOST);
            let freeing = move || {
                give_way();
                receive.into_iter().for_each(drop);
            };
            // Where no thread can be had the channel is closed, and what is sent is freed here.
            let _ = std::thread::Builder::new()
                .name("free".into())
                .spawn(freeing);
            send
        });
        match free.try_send(old) {
            // It is tried again with the next; beyond the bound it is freed here after all.
            Err(TrySendError::Full(old)) if self.retired.len() < FREED_MOST => {
                self.retired.push(old);
            }
            Ok(()) | Err(TrySendError::Full(_) | TrySendError::Disconnected(_)) => {}
        }
    }
}

/// What of the market was read since a moment.
#[derive(Debug)]
struct Share {
    since: Duration,
    read: usize,
    took: Duration,
}

impl Share {
    fn from(since: Duration) -> Self {
        Self {
            since,
            read: 0,
            took: Duration::ZERO,
        }
    }

    /// Returns true when what else there is to do comes first until the next share.
    fn is_read(&self) -> bool {
        self.read >= MARKET_SHARE || self.took >= MARKET_TIME
    }
}

/// Returns a count over a while as so many a second; the fraction over does not matter.
fn per_s(count: u64, since: Duration) -> u32 {
    let per_s = u128::from(count) * 1_000_000 / since.as_micros().max(1);
    u32::try_from(per_s).unwrap_or(u32::MAX)
}

/// Makes a record of what the engine said.
pub fn draft(entry: Entry, fund: &FundId) -> Draft {
    let header = Header {
        seq: entry.seq,
        at: entry.at,
        source: entry.source,
        cause: entry.cause,
    };
    let payload = match entry.what {
        What::Input(input) => Payload::Input(*input),
        What::Fact(fact) => Payload::Fact(*fact),
    };
    Draft::new(header, payload, fund)
}
