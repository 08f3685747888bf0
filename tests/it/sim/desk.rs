//! The desk under test: the real loop, state and bus, over a journal in memory and a wire that can die.
//!
//! A session is a life of the desk: it recovers from the disk, runs, and ends in
//! good order or is killed. The disk and the [`Tape`] outlive it.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use futures_util::FutureExt;
use mts1b_desk::app::run::{Core, Release, Turn};
use mts1b_desk::base::{Clock, ManualClock, SteadyClock};
use mts1b_desk::bus::{Bounds, Bus, Latest, Watch, bus};
use mts1b_desk::domain::{
    AssetClass, Borrow, Fill, FundConfig, FundId, OrderType, RiskEnvelope, TimeInForce, Timestamp,
};
use mts1b_desk::engine::{DeskInfo, LoopStats, Replay, Snapshot, State};
use mts1b_desk::event::{
    Asks, BrokerReport, Command, Control, GateAnswer, MarketEvent, Opening, RateLimits, Source,
};
use mts1b_desk::journal::{
    Ack, Draft, Fault, Hash, Journal, JournalError, MemoryDisk, MemoryJournal, Payload, Record,
    Records,
};
use mts1b_desk::market::Market;
use mts1b_desk::order::effect::Effect;
use mts1b_desk::protocol::Capability;

use super::pit::Pit;
use super::read;
use super::shadow::Shadow;

/// The broker all orders go to.
pub const BROKER: &str = "paper";
/// Age beyond which the desk does not trust a quote.
const STALE_AFTER: Duration = Duration::from_secs(15);

/// What the journal acknowledged, as it happened.
pub type Tape = Arc<Mutex<Shadow>>;

/// A journal that keeps the tape.
#[derive(Debug)]
struct Taped {
    inner: MemoryJournal,
    tape: Tape,
}

impl Journal for Taped {
    fn last(&self) -> (u64, Hash) {
        self.inner.last()
    }

    fn append(&mut self, batch: Vec<Draft>) -> Result<Ack, JournalError> {
        let payloads: Vec<Payload> = batch.iter().map(|draft| draft.payload.clone()).collect();
        let ack = self.inner.append(batch)?;
        let mut tape = self.tape.lock().unwrap();
        for (seq, payload) in (ack.first..).zip(&payloads) {
            tape.take(seq, payload);
        }
        drop(tape);
        Ok(ack)
    }

    fn read(&self, from: u64) -> Result<Records<'_>, JournalError> {
        self.inner.read(from)
    }
}

/// What left the desk, and whether it died in the middle of it.
#[derive(Debug, Default)]
pub struct Outbox {
    pub effects: Vec<Effect>,
    /// Effects that may still leave before the desk is killed.
    pub left: Option<u64>,
    pub dead: bool,
    /// What must not have left.
    pub faults: Vec<String>,
}

/// Takes the effects and looks whether each may leave.
#[derive(Debug)]
struct Gate {
    outbox: Arc<Mutex<Outbox>>,
    tape: Tape,
}

impl Release for Gate {
    fn release(&mut self, effect: Effect) {
        let mut outbox = self.outbox.lock().unwrap();
        if outbox.left == Some(0) {
            outbox.dead = true;
        }
        if outbox.dead {
            return;
        }
        if let Some(left) = outbox.left.as_mut() {
            *left -= 1;
        }
        if let Effect::Place(order) = &effect {
            let id = &order.get().order_id;
            let tape = self.tape.lock().unwrap();
            if !tape.submitted.contains(id) {
                outbox
                    .faults
                    .push(format!("order {id} left before its intent was durable"));
            }
        }
        outbox.effects.push(effect);
    }
}

/// How this life of the desk will end, if it is to end badly.
#[derive(Debug, Clone, Copy, Default)]
pub struct Doom {
    /// The append that fails, and how.
    pub journal: Option<(u64, Fault)>,
    /// Effects that leave before the desk is killed.
    pub effects: Option<u64>,
}

/// One life of the desk.
pub struct Desk {
    core: Core,
    /// What the session lives by; the machine's clock may step.
    clock: Arc<SteadyClock<Arc<ManualClock>>>,
    bus: Bus,
    watch: Watch<Snapshot>,
    outbox: Arc<Mutex<Outbox>>,
}

impl Desk {
    /// Begins a session of a recovered state over its disk.
    pub fn start(
        state: State,
        disk: &MemoryDisk,
        tape: &Tape,
        clock: &Arc<ManualClock>,
        (asks, doom): (Asks, Doom),
    ) -> Self {
        let mut journal = MemoryJournal::open(disk.clone());
        if let Some((append, fault)) = doom.journal {
            journal.fail_at(append, fault);
        }
        let (bus, inlets) = bus(Bounds::default());
        let first = frozen(&state);
        let latest = Latest::new(Arc::new(first));
        let watch = latest.subscribe();
        let outbox = Arc::new(Mutex::new(Outbox {
            left: doom.effects,
            ..Outbox::default()
        }));
        let gate = Gate {
            outbox: Arc::clone(&outbox),
            tape: Arc::clone(tape),
        };
        let taped = Taped {
            inner: journal,
            tape: Arc::clone(tape),
        };
        let session = Arc::new(SteadyClock::new(Arc::clone(clock)));
        let core = Core::new(
            state,
            inlets,
            Box::new(taped),
            Box::new(gate),
            latest,
            Arc::clone(&session) as _,
            fund_id(),
        );
        let desk = Self {
            core,
            clock: session,
            bus,
            watch,
            outbox,
        };
        desk.control(Control::Open(Box::new(opening(asks))));
        desk
    }

    /// Runs one round of the loop.
    pub fn turn(&mut self) -> Turn {
        self.core.turn()
    }

    /// Returns the time as this session has it.
    pub fn now(&self) -> Timestamp {
        Timestamp::from_us(self.clock.wall_us())
    }

    pub fn state(&self) -> &State {
        self.core.state()
    }

    pub fn snapshot(&self) -> Arc<Snapshot> {
        self.watch.get()
    }

    pub fn bus(&self) -> &Bus {
        &self.bus
    }

    /// Returns true when the desk has booked a fill.
    pub fn knows(&self, fill: &Fill) -> bool {
        self.core
            .state()
            .ledger()
            .knows(&read(BROKER), &fill.fill_id)
    }

    pub fn control(&self, control: Control) {
        self.bus.control(Source::Desk, control).unwrap();
    }

    /// Sends a command; false when the lane is full, which whoever sends it is told at once.
    #[must_use]
    pub fn command(&self, who: &str, command: Command) -> bool {
        self.bus
            .command(Source::Person(who.into()), command)
            .is_ok()
    }

    pub fn report(&self, report: BrokerReport) {
        let sent = self.bus.report(Source::Broker(BROKER.into()), report);
        sent.now_or_never()
            .expect("the execution lane has room for a round")
            .unwrap();
    }

    pub fn answer(&self, answer: GateAnswer) {
        let source = Source::Gate(answer.gate.as_str().into());
        self.bus
            .answer(source, answer)
            .now_or_never()
            .expect("the execution lane has room for a round")
            .unwrap();
    }

    /// Returns what left since the last call.
    pub fn take_effects(&self) -> Vec<Effect> {
        std::mem::take(&mut self.outbox.lock().unwrap().effects)
    }

    /// Returns true when the desk was killed while effects left.
    pub fn is_dead(&self) -> bool {
        self.outbox.lock().unwrap().dead
    }

    /// Returns the first thing that must not have left.
    pub fn fault(&self) -> Option<String> {
        self.outbox.lock().unwrap().faults.first().cloned()
    }
}

/// Replays the journal from nothing, every new verdict judged again, and brings the tape up to what is durable.
///
/// Bytes never change on this disk, so a record is decoded and checked against the chain once, by the
/// first start that finds it; and a verdict is judged again once, by that same start.
///
/// # Errors
/// In words: a record is damaged, or something does not come out as recorded.
pub fn recover(journal: &MemoryJournal, tape: &Tape) -> Result<State, String> {
    let mut tape = tape.lock().unwrap();
    let known = tape.read.len() as u64;
    for record in journal.read(known + 1).map_err(|e| e.to_string())? {
        let record = record.map_err(|e| e.to_string())?;
        if record.seq > tape.seq {
            tape.take(record.seq, &record.payload);
        }
        tape.read.push(record);
    }
    let known = usize::try_from(known).map_err(|e| e.to_string())?;
    let (judged, new) = tape.read.split_at(known);
    let state = replayed(Replay::new(empty(), false), judged)?;
    replayed(Replay::new(state, true), new)
}

fn replayed(mut replay: Replay, records: &[Record]) -> Result<State, String> {
    for record in records {
        match &record.payload {
            Payload::Input(_) => replay.input(record.seq),
            Payload::Fact(fact) => replay.fact(record.seq, fact),
        }
    }
    match replay.disagreements().first() {
        None => Ok(replay.into_state()),
        Some(first) => Err(format!("record {}: {}", first.seq, first.what)),
    }
}

/// Returns the state of an empty disk.
pub fn empty() -> State {
    let info = DeskInfo {
        fund_id: fund_id(),
        broker: BROKER.into(),
        feed: "pit".into(),
        live: false,
        read_only: false,
        capability: Some(Capability {
            asset_classes: AssetClass::ALL.to_vec(),
            order_types: OrderType::ALL.to_vec(),
            tifs: TimeInForce::ALL.to_vec(),
        }),
        fee_bps: 5,
        simulated: Vec::new(),
    };
    let mut market = Market::new(Pit::instruments(), HashMap::new(), STALE_AFTER, 64);
    for symbol in Pit::symbols() {
        let borrow = Borrow {
            fee_bps: read("50"),
            available: None,
            located: None,
            asof: None,
        };
        market.apply(&MarketEvent::BorrowFee { symbol, borrow });
    }
    State::new(info, market)
}

/// Returns the slices of a state.
pub fn frozen(state: &State) -> Snapshot {
    state.snapshot(Timestamp::EPOCH, LoopStats::default())
}

fn fund_id() -> FundId {
    read("fund-1")
}

fn opening(asks: Asks) -> Opening {
    let fund: FundConfig = serde_json::from_value(serde_json::json!({
        "fund_id": "fund-1",
        "name": "Fund one",
        "target_nav_usd": "1000000",
        "broker": BROKER,
        "asset_classes": ["equities", "crypto", "fx"],
        "strategies": ["strategy-1"],
        "created_at": "2026-01-01T00:00:00Z",
    }))
    .unwrap();
    let envelope: RiskEnvelope = serde_json::from_value(serde_json::json!({
        "envelope_id": "env-1",
        "fund_id": "fund-1",
        "nav_usd": "1000000",
        "max_position_pct": 0.2,
        "max_gross_exposure_pct": 2.0,
        "daily_loss_halt_pct": 0.05,
        "allowed_brokers": [BROKER],
        "allowed_order_types": ["market", "limit", "stop", "stop_limit", "marketable_limit"],
        "allowed_asset_classes": ["equities", "crypto", "fx"],
        "enable_shorting": true,
        "cro_veto_enabled": true,
        "created_at": "2026-01-01T00:00:00Z",
    }))
    .unwrap();
    Opening {
        desk_id: "sim".into(),
        fund,
        envelope,
        rates: RateLimits::default(),
        gates: Vec::new(),
        asks,
        version: "sim".to_owned(),
    }
}
