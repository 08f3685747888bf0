//! Opens the workstation: journal, state, adapters, engine, screen, in that order, and closes it in reverse.
//!
//! A start is a recovery: the books are rebuilt from the journal, whatever the last
//! session left open is asked for, and only then new orders are taken. What a
//! checkpoint spared the start is checked beside the running desk.

use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::Duration;

use anyhow::Context;
use futures_util::future::BoxFuture;
use tokio::runtime::Runtime;
use tokio::sync::watch;

use crate::adapter::driver::{Driver, Patience, REREAD, Sink};
use crate::adapter::gates::{Answers, Asker, unasked};
use crate::adapter::nats::SignalFeed;
use crate::adapter::paper::{PaperBroker, Quotes};
use crate::adapter::pump::Pump;
use crate::adapter::sim::SimSpec;
use crate::app::args::Exit;
use crate::app::audit::{Audit, Finding};
use crate::app::history::History;
use crate::app::keeper::Keeper;
use crate::app::panic::Broken;
use crate::app::recover::{Anchor, Recovered, opened_at, program, recover};
use crate::app::run::{Core, Release};
use crate::app::screen;
use crate::app::setup::{Setup, Source as Market};
use crate::app::shelf::Shelf;
use crate::app::signals::SignalFile;
use crate::app::study::{Desk, Student};
use crate::app::system;
use crate::app::terminal::{self, Behind, Ending, Terminal, Wakes};
use crate::base::Clock;
use crate::bus::{Bounds, Bus, Latest, MarketTap, Refused, Watch, bus};
use crate::config::{Feed, Paths};
use crate::domain::{BrokerId, FundId, HaltRequest, HaltScope, Quote, Symbol, Timestamp};
use crate::engine::{LoopStats, Snapshot, State};
use crate::event::{BrokerReport, Command, Control, GateAnswer, MarketEvent, Source};
use crate::history;
use crate::journal::{Journal, SqliteJournal};
use crate::market::CHARTED_MOST;
use crate::order::effect::{Ask, Effect};
use crate::portfolio::live::{Live, Methods};
use crate::protocol::Broker;

/// Symbols, from the head of the list, that a history is looked for of.
const SHELVED_MOST: usize = 4_096;
/// How long the engine may take to write its last words.
const LAST_WORDS: Duration = Duration::from_secs(5);

/// Runs the workstation until the person leaves.
///
/// # Errors
/// When the journal, a recording or the terminal cannot be used; the words say which and what would help.
pub fn workstation(setup: &Setup, paths: &Paths, broken: Broken) -> anyhow::Result<Exit> {
    let journal = SqliteJournal::open(paths.data())?;
    // Before a session begins: without a screen there would be one nobody sees.
    terminal::there()?;
    // Its own thread opens it later; nobody else is to read it until then.
    if let Err(error) = history::History::narrow(paths.data()) {
        tracing::warn!("{error}");
    }
    let origin = opened_at(journal.read(1)?)?;
    let market = setup.source(origin.unwrap_or_else(|| setup.now()))?;
    let program = program();
    let Recovered {
        state,
        anchor,
        replayed: _,
        aside,
    } = recover(
        setup.state_over(&market),
        journal.reader(),
        paths.data(),
        &program,
    )?;
    for words in aside {
        tracing::warn!("{words}");
    }
    let runtime = one_thread("edge", || ())?;
    // A flood of quotes takes no time of the thread that orders and fills go through.
    let feeds = one_thread("feed", system::give_way)?;
    let (bus, inlets) = bus(Bounds::default());
    // Before any adapter can say a word: the opening is the first record.
    open(setup, &bus, &state)?;
    let release = adapters(setup, &runtime, &bus, &state, &market)?;

    let first = Arc::new(state.snapshot(setup.now(), LoopStats::default()));
    let latest = Latest::new(first);
    let snapshots = latest.subscribe();
    let wakes = Wakes::new(&snapshots);
    let stop = wakes.stop();
    system::stop_when_asked(&runtime, stop);
    system::outlive_the_file_limit(&runtime);
    let fund = setup.settings.desk().fund.clone();
    let distrust = Arc::new(AtomicBool::new(false));
    let audit = anchor
        .as_ref()
        .map(|anchor| audit(setup, paths, &bus, anchor.clone(), &distrust))
        .transpose()?;
    let kept = anchor.map_or(0, |anchor| anchor.seq);
    let keeper = Keeper::start(paths.data().to_owned(), program, kept, distrust)?;
    let mut core = Core::new(
        state,
        inlets,
        Box::new(journal),
        Box::new(release),
        latest,
        Arc::clone(&setup.clock),
        fund,
    )
    .with_keeper(keeper);
    let (done, ended) = std::sync::mpsc::sync_channel(1);
    std::thread::Builder::new()
        .name("engine".into())
        .spawn(move || {
            core.run();
            let stopped = core.stopped().cloned();
            // Dropping it closes the journal, which moves its log into the file and syncs it.
            drop(core);
            let _ = done.send(stopped);
        })?;
    let (choose, chosen) = watch::channel(market.symbols.first().cloned());
    let pump = feed(&feeds, setup, &bus, &market, chosen);
    let (ears, published) = hear(setup)?.unzip();
    let student = Desk {
        published,
        ..student(setup, paths, &bus, &market, &snapshots, &runtime)
    };
    let student = Student::start(student)?;

    let pace = Duration::from_secs(1) / setup.settings.desk().frames_most.max(1);
    let desk = screen::desk(setup, paths, &bus, snapshots.get())?;
    let terminal = Terminal {
        desk,
        watch: snapshots,
        wakes,
        clock: Arc::clone(&setup.clock),
        pace,
        bell: setup.settings.desk().bell,
        broken,
        behind: Behind::default(),
        chosen: choose,
    };
    // The panic hook has spoken already; what is left is to end with the right code.
    let ending = catch_unwind(AssertUnwindSafe(|| terminal.run())).unwrap_or(Ok(Ending::Broken));

    drop(pump);
    drop(student);
    feeds.shutdown_background();
    if let Some(ears) = ears {
        ears.shutdown_background();
    }
    if matches!(ending, Ok(Ending::Broken)) {
        return Ok(Exit::Failed);
    }
    // Nothing of the session depends on these last words: they only let a replay be held against the state.
    let _ = bus.control(Source::Desk, Control::Close);
    let stopped = ended.recv_timeout(LAST_WORDS).ok().flatten();
    runtime.shutdown_timeout(Duration::from_millis(200));
    if let Some(finding) = audit.and_then(Audit::end) {
        return Err(finding.into());
    }
    farewell(stopped.as_deref(), ending)
}

/// Says how the session ended: by its code, and in words where somebody must know.
fn farewell(stopped: Option<&str>, ending: io::Result<Ending>) -> anyhow::Result<Exit> {
    if let Some(why) = stopped {
        anyhow::bail!("trading had stopped: {why}");
    }
    match ending.context("the terminal cannot be used")? {
        Ending::Quit | Ending::Stopped => Ok(Exit::Fine),
        Ending::Gone(why) => {
            anyhow::bail!("the terminal went away: {why}; the desk closed in good order")
        }
        Ending::Broken => Ok(Exit::Failed),
    }
}

/// Checks beside the running desk what a checkpoint spared the start.
fn audit(
    setup: &Setup,
    paths: &Paths,
    bus: &Bus,
    anchor: Anchor,
    distrust: &Arc<AtomicBool>,
) -> io::Result<Audit> {
    let fund = setup.settings.desk().fund.clone();
    let halt = halt_on(bus.clone(), fund, Arc::clone(&setup.clock));
    let empty = setup.state_without_feed();
    Audit::start(
        paths.data().to_owned(),
        empty,
        anchor,
        Arc::clone(distrust),
        halt,
    )
}

/// Stops opening risk when the journal is found not to be what the books came from.
fn halt_on(bus: Bus, fund: FundId, clock: Arc<dyn Clock>) -> impl FnOnce(&Finding) + Send {
    move |finding| {
        let halt = HaltRequest {
            halt_id: "journal-audit".to_owned(),
            scope: HaltScope::Fund,
            target: fund.to_string(),
            reason: finding.words.clone(),
            actor: "journal audit".to_owned(),
            cancel_open_orders: false,
            flatten: false,
            requested_at: Timestamp::from_us(clock.wall_us()),
        };
        // A full lane is drained in microseconds; nobody but this thread waits.
        while let Err(Refused::Full { .. }) = bus.command(Source::Desk, Command::Halt(halt.clone()))
        {
            std::thread::park_timeout(Duration::from_millis(5));
        }
    }
}

/// Starts a runtime with one thread: a second one would be woken for each timer of the first.
fn one_thread(name: &str, begin: fn()) -> anyhow::Result<Runtime> {
    tokio::runtime::Builder::new_multi_thread()
        .worker_threads(1)
        .thread_name(name)
        .on_thread_start(begin)
        .enable_all()
        .build()
        .context("no threads can be started")
}

/// Starts the broker and hands out the engine's way to it.
///
/// # Errors
/// When the key of the model to ask is not there, or its address cannot be used.
pub fn adapters(
    setup: &Setup,
    runtime: &Runtime,
    bus: &Bus,
    state: &State,
    market: &Market,
) -> anyhow::Result<impl Release + use<>> {
    let _inside = runtime.enter();
    let exchange = setup.exchange(state, &market.instruments)?;
    let broker = PaperBroker::start(exchange, Tap(bus.tap_of_some()), Arc::clone(&setup.clock));
    let cursor = state
        .ledger()
        .reread_from(&BrokerId::new(broker.name())?, REREAD)
        .cloned();
    let mut driver = Driver::new(Patience::default());
    driver.add(
        Arc::new(broker),
        cursor,
        Arc::new(ToBus(bus.clone())),
        Arc::clone(&setup.clock),
    )?;
    let gates = setup.outside()?;
    let asker = if gates.is_empty() {
        None
    } else {
        let answers = Arc::new(ToBus(bus.clone()));
        Some(Asker::start(gates, answers, Arc::clone(&setup.clock))?)
    };
    Ok(ToDriver {
        driver,
        asker,
        bus: bus.clone(),
        runtime: runtime.handle().clone(),
    })
}

/// Puts the opening on the bus: the first thing the engine hears.
///
/// # Errors
/// When the bus does not take it.
pub fn open(setup: &Setup, bus: &Bus, state: &State) -> anyhow::Result<()> {
    let desk_id = state
        .desk_id()
        .unwrap_or_else(|| setup.ids.token().chars().take(6).collect());
    let opening = Box::new(setup.opening(desk_id));
    bus.control(Source::Desk, Control::Open(opening))?;
    Ok(())
}

/// Starts the feed, and asks it for the past where it has one.
pub fn feed(
    runtime: &Runtime,
    setup: &Setup,
    bus: &Bus,
    market: &Market,
    chosen: watch::Receiver<Option<Symbol>>,
) -> Pump {
    let _inside = runtime.enter();
    bus.list(&market.symbols);
    // What a list opens on is read first, however many further symbols there are.
    for symbol in market.symbols.iter().take(CHARTED_MOST) {
        bus.prefer(symbol);
    }
    let clock = Arc::clone(&setup.clock);
    let pump = Pump::start(
        &*market.feed,
        market.symbols.clone(),
        Arc::new(ToBus(bus.clone())),
        clock,
    );
    if market.history {
        let history = History {
            feed: Arc::clone(&market.feed),
            symbols: market.symbols.clone(),
            bus: bus.clone(),
            clock: Arc::clone(&setup.clock),
            chosen,
        };
        runtime.spawn(history.load());
    }
    pump
}

/// Listens to what research publishes, where the settings name a bus; on a thread of its own, for a signal may be long.
fn hear(setup: &Setup) -> anyhow::Result<Option<(Runtime, SignalFeed)>> {
    let Some(server) = setup.nats()? else {
        return Ok(None);
    };
    let ears = one_thread("ears", system::give_way)?;
    let fund = setup.settings.desk().fund.clone();
    let clock = Arc::clone(&setup.clock);
    let feed = SignalFeed::start(server, fund, clock, ears.handle());
    Ok(Some((ears, feed)))
}

/// Gathers what the portfolio is kept up to date with.
fn student(
    setup: &Setup,
    paths: &Paths,
    bus: &Bus,
    market: &Market,
    watch: &Watch<Snapshot>,
    runtime: &Runtime,
) -> Desk {
    let settings = setup.settings.portfolio();
    let fund = setup.settings.desk().fund.clone();
    let (made_up, seed) = match &setup.settings.desk().feed {
        Feed::Sim(sim) => (true, sim.seed),
        Feed::Replay { .. } | Feed::Kraken => (false, SimSpec::default().seed),
    };
    Desk {
        live: Live::new(settings.live.clone(), Methods::default()),
        shelf: Shelf {
            folder: paths.data().to_owned(),
            interval: settings.live.interval,
            wanted: settings.live.universe.clone(),
            splits: settings.splits.clone(),
            symbols: market.symbols.iter().take(SHELVED_MOST).cloned().collect(),
            universe: setup.universe.clone(),
            seed,
            feed: Arc::clone(&market.feed),
            made_up,
            runtime: runtime.handle().clone(),
        },
        signals: settings
            .signals
            .clone()
            .map(|path| SignalFile::new(path, fund)),
        published: None,
        pace: settings.live.pace,
        watch: watch.clone(),
        bus: bus.clone(),
        clock: Arc::clone(&setup.clock),
    }
}

/// The engine's way to the brokers.
struct ToDriver {
    driver: Driver,
    asker: Option<Asker>,
    bus: Bus,
    runtime: tokio::runtime::Handle,
}

impl Release for ToDriver {
    fn release(&mut self, effect: Effect) {
        let effect = match effect {
            Effect::Ask(ask) => return self.ask(*ask),
            other => other,
        };
        if let Err(report) = self.driver.execute(effect) {
            let bus = self.bus.clone();
            self.runtime.spawn(async move {
                let _ = bus.report(Source::Desk, *report).await;
            });
        }
    }
}

impl ToDriver {
    /// Puts a question to a gate outside; one that cannot be put is answered at once.
    fn ask(&self, ask: Ask) {
        let put = match &self.asker {
            Some(asker) => asker.ask(ask),
            None => Err(unasked(ask, "there is nobody to ask")),
        };
        if let Err(answer) = put {
            let bus = self.bus.clone();
            self.runtime.spawn(async move {
                let _ = bus.answer(Source::Desk, *answer).await;
            });
        }
    }
}

/// The adapters' way to the bus. A bus that is closed has nobody left to tell.
struct ToBus(Bus);

impl Sink for ToBus {
    fn report(&self, source: Source, report: BrokerReport) -> BoxFuture<'_, ()> {
        Box::pin(async move {
            let _ = self.0.report(source, report).await;
        })
    }

    fn control(&self, source: Source, control: Control) -> BoxFuture<'_, ()> {
        Box::pin(async move {
            // A full lane is drained by the engine in microseconds; a link change must not be lost.
            while let Err(Refused::Full { .. }) = self.0.control(source.clone(), control.clone()) {
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        })
    }

    fn market(&self, events: &mut Vec<MarketEvent>) {
        self.0.market_batch(events);
    }
}

impl Answers for ToBus {
    fn answer(&self, source: Source, answer: GateAnswer) -> BoxFuture<'_, ()> {
        Box::pin(async move {
            let _ = self.0.answer(source, answer).await;
        })
    }
}

/// The paper venue's view of the market.
struct Tap(MarketTap);

impl Quotes for Tap {
    fn changed(&mut self) -> BoxFuture<'_, bool> {
        Box::pin(self.0.changed())
    }

    fn follow(&mut self, symbol: &Symbol) {
        self.0.follow(symbol);
        self.0.prefer(symbol);
    }

    fn drain(&mut self, out: &mut Vec<(Quote, Timestamp)>) {
        self.0.drain(out);
    }
}
