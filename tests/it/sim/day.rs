//! One simulated day: everything from one seed, the laws after every round.

use std::any::Any;
use std::collections::HashSet;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, PoisonError};
use std::time::Duration;

use mts1b_desk::adapter::paper::Memory;
use mts1b_desk::base::{Clock, ManualClock};
use mts1b_desk::domain::{Money, Order, Position, Symbol, Timestamp};
use mts1b_desk::engine::{Snapshot, State};
use mts1b_desk::event::{Command, Control, MarketEvent};
use mts1b_desk::journal::{Fault, MemoryDisk, MemoryJournal};
use mts1b_desk::order::effect::Effect;

use super::desk::{BROKER, Desk, Doom, Tape, empty, recover};
use super::dice::{Dice, Fate, Incident};
use super::failure::Failure;
use super::law::{Laws, agree};
use super::outside::{Outside, asks};
use super::pit::Pit;
use super::read;
use super::report::Report;
use super::same::same;
use super::shadow::Shadow;
use super::story::Story;
use super::trader::Trader;
use super::weather::Weather;
use super::wire::Wire;

/// Rounds of one second in which desk and venue must come to agree once faults are over.
const QUIET_MOST: u64 = 240;
/// Orders a program gone mad sends at once.
const CHILDREN: u64 = 300;
/// What the machine's clock may be set by, in seconds.
const STEPS: [i64; 8] = [-86_400, -3_600, -40, -2, 3, 1_800, 18_000, 86_400];
/// The round in which a new statement comes, in case an old or wrong report was believed.
const STATEMENT_AFTER: u64 = 100;

/// A law of one's own, looked at after every round; the number is what it may remember.
pub type OwnLaw = fn(&Wire, &Shadow, &mut u64) -> Result<(), String>;

/// Spoils what the laws look at, as a fault of the desk would: to show that a law can be broken.
pub type Spoil = fn(&mut Laws, &mut Wire, &mut Shadow);

/// How a day is lived: as its seed says, or with a part of it taken away.
#[derive(Debug, Default, Clone)]
pub struct Plan {
    /// No more rounds than that before all is quiet.
    pub rounds: Option<u64>,
    /// Symbols that are neither quoted nor traded.
    pub without: Vec<Symbol>,
    /// What does not come about.
    pub averted: HashSet<Incident>,
    /// A law besides those of `law`.
    pub law: Option<OwnLaw>,
    /// What is spoiled before the laws look.
    pub spoil: Option<Spoil>,
}

/// A day that failed, and all that chance brought about on it.
#[derive(Debug)]
pub struct Broken {
    pub failure: Failure,
    pub met: Vec<Incident>,
}

/// Lives through the day of a seed.
///
/// # Errors
/// The first law that was broken, and the story that led to it.
pub fn day(seed: u64) -> Result<Report, Box<Failure>> {
    // Telling costs more than living: the story is told only of a day that failed.
    live(seed, &Plan::default(), false)
        .or_else(|_| live(seed, &Plan::default(), true))
        .map_err(|broken| Box::new(broken.failure))
}

/// Lives through the day of a seed as planned; only when `told` is there a story of a failure.
///
/// # Errors
/// The first law that was broken; that nothing panics is one of them.
pub fn live(seed: u64, plan: &Plan, told: bool) -> Result<Report, Box<Broken>> {
    let fate = Fate::new(plan.averted.clone(), told);
    let mut world = World::new(seed, plan.clone(), fate.clone(), told);
    let outcome = catch_unwind(AssertUnwindSafe(|| world.all_day()))
        .unwrap_or_else(|panic| Err(format!("panic: {}", in_words(&*panic))));
    let report = world.report();
    outcome.map(|()| report).map_err(|law| {
        let failure = Failure {
            seed,
            round: world.round,
            law,
            story: world.story.lines(),
        };
        let met = fate.met();
        Box::new(Broken { failure, met })
    })
}

fn in_words(panic: &(dyn Any + Send)) -> &str {
    let text = panic.downcast_ref::<&str>().copied();
    text.or_else(|| panic.downcast_ref::<String>().map(String::as_str))
        .unwrap_or("without words")
}

struct World {
    plan: Plan,
    fate: Fate,
    /// What the law of the plan remembers.
    remembered: u64,
    begin: Timestamp,
    round: u64,
    weather: Weather,
    dice: Dice,
    clock: Arc<ManualClock>,
    disk: MemoryDisk,
    tape: Tape,
    desk: Desk,
    pit: Pit,
    trader: Trader,
    wire: Wire,
    outside: Outside,
    laws: Laws,
    story: Story,
    report: Report,
}

impl World {
    fn new(seed: u64, plan: Plan, fate: Fate, told: bool) -> Self {
        let dice = Dice::new(seed, &fate);
        let weather = Weather::of(&mut dice.fork("weather"));
        let mut start = dice.fork("clock");
        let dawn: Timestamp = read("2026-11-20T10:00:00Z");
        let dusk: Timestamp = read("2026-12-31T23:58:00Z");
        let begin = start.pick(&[dawn, dawn, dusk]);
        let clock = Arc::new(ManualClock::new(begin.as_us()));
        let (disk, tape) = (MemoryDisk::default(), Tape::default());
        let mut faults = dice.fork("faults");
        let doom = doom(&mut faults, &weather);
        let outset = (asks(weather.asks), doom);
        let desk = Desk::start(empty(), &disk, &tape, &clock, outset);
        let mut wire = Wire::new(dice.fork("wire"), weather.reread);
        wire.restart(None, begin);
        Self {
            plan,
            fate,
            remembered: 0,
            begin,
            round: 0,
            dice: faults,
            clock,
            disk,
            tape,
            desk,
            pit: Pit::new(dice.fork("pit")),
            trader: Trader::new(dice.fork("trader")),
            wire,
            outside: Outside::new(dice.fork("outside")),
            laws: Laws::default(),
            story: Story::new(told),
            report: Report::default(),
            weather,
        }
    }

    fn now(&self) -> Timestamp {
        // The true time, which the venue lives by; the desk's may be wrong.
        self.begin.plus(self.clock.elapsed())
    }

    /// Returns what the day came to.
    fn report(&self) -> Report {
        let mut report = self.report.clone();
        report.count("records", self.disk.len() as u64);
        report.count("tickets", self.trader.tickets());
        report.count("lost", self.wire.lost);
        report.count("doubles", self.wire.doubles);
        report.count("cuts", self.wire.cuts);
        for (what, often) in self.wire.tally.iter().chain(&self.outside.tally) {
            report.count(what, *often);
        }
        let shadow = self.tape.lock().unwrap_or_else(PoisonError::into_inner);
        report.count("submitted", shadow.submitted.len() as u64);
        report.count("fills", shadow.booked.len() as u64);
        report.count("unknown", shadow.unknown);
        report.count("drifts", shadow.drifts);
        report.count("halts for the rate", shadow.runaways);
        report.count("halts for a loss", shadow.losses);
        report.count("exits by itself", shadow.exits);
        report.count("limits set", shadow.edits);
        report.count("flows", shadow.flows);
        report.count("corrections", shadow.corrections);
        report.count("orders that waited and went", shadow.waited);
        report.count("orders given up while they waited", shadow.given_up);
        report
    }

    fn all_day(&mut self) -> Result<(), String> {
        let rounds = self.weather.rounds;
        for _ in 0..self.plan.rounds.map_or(rounds, |most| most.min(rounds)) {
            self.fate.round(self.round + 1);
            let pause = match self.dice.below(100) {
                0 => 60_000,
                1..=9 => 5_000,
                _ => 400,
            };
            let pause = Duration::from_millis(self.dice.below(pause) + 1);
            self.round(pause)?;
        }
        self.report.count("rounds", self.round);
        self.quiet()?;
        self.close()
    }

    fn round(&mut self, pause: Duration) -> Result<(), String> {
        self.round += 1;
        self.fate.round(self.round);
        self.clock.advance(pause);
        let now = self.now();
        let round = self.round;
        self.story.round(|| format!("round {round} at {now}"));
        for (quote, heard) in self.pit.round(&self.weather, now) {
            if self.plan.without.contains(&quote.symbol) {
                continue;
            }
            if heard.venue {
                self.wire.quote(&quote, now);
            }
            if heard.desk {
                self.desk.bus().market(MarketEvent::Quote {
                    quote,
                    received_at: self.desk.now(),
                });
            }
        }
        let screen = self.desk.snapshot();
        if self.dice.chance(self.weather.runaway) {
            self.run_away(&screen);
        }
        for command in self.trader.round(&screen, &self.weather, self.desk.now()) {
            if symbol_of(&command).is_some_and(|symbol| self.plan.without.contains(symbol)) {
                continue;
            }
            self.tell("trader", command);
        }
        for command in self.outside.decide(&screen) {
            self.tell("person", command);
        }
        self.mischief(now);
        if self.dice.chance(self.weather.cut) {
            self.wire.cut(&self.desk, now, &mut self.story);
        }
        self.wire
            .run(&self.desk, &self.weather, now, &mut self.story);
        self.outside.run(&self.desk, now);
        if !self.dice.chance(self.weather.slow_desk) {
            self.turn(now)?;
        }
        if self.dice.chance(self.weather.crash) {
            self.story
                .say(|| "the desk is killed between rounds".to_owned());
            self.crash()?;
        }
        Ok(())
    }

    /// What the world does besides: clocks are set, the venue starts again, others trade in the account.
    fn mischief(&mut self, now: Timestamp) {
        if self.dice.chance(self.weather.clock_step) {
            let by_s = self.dice.pick(&STEPS);
            self.clock.step(by_s * 1_000_000);
            self.report.count("clock steps", 1);
            self.story
                .say(|| format!("the machine's clock is set by {by_s} s"));
        }
        if self.dice.chance(self.weather.venue_restart) {
            self.wire.venue_restart(&self.desk, now, &mut self.story);
        }
        if self.dice.chance(self.weather.stranger) {
            self.wire.stranger(now, &mut self.story);
        }
    }

    /// A program gone mad sends child orders as fast as it can.
    fn run_away(&mut self, screen: &Snapshot) {
        self.report.count("runaways", 1);
        self.story
            .say(|| format!("a program sends {CHILDREN} orders"));
        for command in self.trader.children(screen, CHILDREN, self.desk.now()) {
            self.send("program", command);
        }
    }

    fn tell(&mut self, who: &str, command: Command) {
        self.story.say(|| format!("  {who}: {}", words(&command)));
        if !self.send("sim", command) {
            self.story
                .say(|| "    not taken, which is said: a program has filled the lane".to_owned());
        }
    }

    fn send(&mut self, who: &str, command: Command) -> bool {
        let taken = self.desk.command(who, command);
        if !taken {
            self.report.count("commands the lane refused", 1);
        }
        taken
    }

    fn turn(&mut self, now: Timestamp) -> Result<(), String> {
        self.desk.turn();
        for effect in self.desk.take_effects() {
            match effect {
                Effect::Ask(ask) => {
                    self.outside.ask(&ask, &self.weather, now, &mut self.story);
                }
                other => self.wire.send(other, &self.weather, now, &mut self.story),
            }
        }
        if let Some(spoil) = self.plan.spoil {
            spoil(
                &mut self.laws,
                &mut self.wire,
                &mut self.tape.lock().unwrap(),
            );
        }
        let durable = self.disk.len() as u64;
        self.laws
            .round(&self.desk, &self.wire, &self.tape, durable)?;
        if let Some(law) = self.plan.law {
            law(&self.wire, &self.tape.lock().unwrap(), &mut self.remembered)?;
        }
        let stopped = self.desk.snapshot().stopped.clone();
        if let Some(why) = stopped {
            self.story.say(|| format!("the desk stopped: {why}"));
            self.report.count("journal faults", 1);
            // A stopped desk is looked at for a while before somebody starts it again.
            if self.dice.chance(500) {
                self.crash()?;
            }
        } else if self.desk.is_dead() {
            self.story
                .say(|| "the desk is killed while effects leave".to_owned());
            self.crash()?;
        }
        Ok(())
    }

    /// Kills the desk and starts it again over what the disk holds.
    fn crash(&mut self) -> Result<(), String> {
        self.report.count("crashes", 1);
        let now = self.now();
        let stopped = self.desk.snapshot().stopped.is_some();
        let state = recover(&MemoryJournal::open(self.disk.clone()), &self.tape)?;
        if !stopped {
            // A stopped desk ran ahead of its journal by the batch that failed.
            same(self.desk.state(), &state)?;
        }
        if !stopped && self.dice.below(4) == 0 {
            let (live, again) = (self.desk.state().hash(), state.hash());
            if live != again {
                return Err(format!("replay comes to {again}, the desk was at {live}"));
            }
        }
        let from = state
            .ledger()
            .reread_from(&read(BROKER), self.weather.reread)
            .cloned();
        self.report
            .count("read on from a fill", u64::from(from.is_some()));
        self.wire.restart(from, now);
        if self.weather.paper {
            let booked = self.tape.lock().unwrap().booked.clone();
            self.wire
                .remember(memory(&state), booked.into_values().collect());
            self.laws.forget_venue();
        }
        let doom = doom(&mut self.dice, &self.weather);
        self.story.say(|| {
            format!(
                "the desk starts again over {} records, ahead of it {doom:?}",
                self.disk.len()
            )
        });
        let outset = (asks(self.weather.asks), doom);
        self.desk = Desk::start(state, &self.disk, &self.tape, &self.clock, outset);
        Ok(())
    }

    /// Everything calms down: within bounded time desk and venue agree.
    fn quiet(&mut self) -> Result<(), String> {
        self.weather = self.weather.calmed();
        self.story.say(|| "every fault is over".to_owned());
        let mut last = Err(String::new());
        for quiet in 1..=QUIET_MOST {
            if quiet == STATEMENT_AFTER {
                let now = self.now();
                self.wire.cut(&self.desk, now, &mut self.story);
            }
            self.round(Duration::from_secs(1))?;
            self.report.quiet = quiet;
            if !self.wire.is_idle() {
                last = Err("the desk still asks, and the venue still answers".to_owned());
                continue;
            }
            last = agree(self.desk.state(), &self.wire, &self.tape);
            if last.is_ok() {
                return Ok(());
            }
        }
        last.map_err(|what| format!("{QUIET_MOST} s after the last fault: {what}"))
    }

    /// The session ends in good order, and the journal replays to what it says.
    fn close(&mut self) -> Result<(), String> {
        self.desk.control(Control::Close);
        self.desk.turn();
        if self.desk.snapshot().stopped.is_some() {
            // The fault that this session had ahead of it came last of all.
            self.crash()?;
            self.desk.control(Control::Close);
            self.desk.turn();
        }
        // Closing wrote the hash of the state down, and the replay works it out again.
        let state = recover(&MemoryJournal::open(self.disk.clone()), &self.tape)?;
        same(self.desk.state(), &state)?;
        let durable = self.disk.len() as u64;
        self.laws.look_at_all();
        self.laws.round(&self.desk, &self.wire, &self.tape, durable)
    }
}

/// Draws how the next life of the desk will end.
fn doom(dice: &mut Dice, weather: &Weather) -> Doom {
    let journal = dice.chance(weather.journal_fault).then(|| {
        let some = |most| usize::try_from(most).unwrap_or(0);
        let fault = match dice.below(4) {
            0 => Fault::Refuse,
            1 => Fault::LoseAck,
            2 => Fault::Tear {
                keep: some(dice.below(6)),
            },
            _ => Fault::TearAt {
                bytes: some(dice.below(6_000)),
            },
        };
        (1 + dice.below(80), fault)
    });
    let effects = dice
        .chance(weather.crash_in_release)
        .then(|| dice.below(20));
    Doom { journal, effects }
}

/// What a venue without a memory of its own is told after a crash.
fn memory(state: &State) -> Memory {
    let sent = |order: &&Order| order.submitted_at.is_some();
    let orders = state.orders().done().chain(state.orders().live());
    let held = state.ledger().holdings();
    Memory {
        orders: orders
            .map(|record| &record.order)
            .filter(sent)
            .cloned()
            .collect(),
        fills: Vec::new(),
        cursor: state.ledger().cursor(&read(BROKER)).cloned(),
        positions: held
            .map(|holding| Position {
                fund_id: read("fund-1"),
                symbol: holding.symbol.clone(),
                quantity: holding.quantity,
                avg_price: holding.avg_price,
                last_price: holding.avg_price,
                market_value_usd: Money::ZERO,
                unrealized_pl_usd: Money::ZERO,
                realized_pl_ytd_usd: Money::ZERO,
                last_updated: holding.updated_at,
                tax_lots: Vec::new(),
            })
            .collect(),
    }
}

fn symbol_of(command: &Command) -> Option<&Symbol> {
    match command {
        Command::Place { ticket, .. } | Command::Replace { ticket, .. } => Some(&ticket.symbol),
        Command::Cancel { .. }
        | Command::CancelOpening { .. }
        | Command::SetEnvelope { .. }
        | Command::Flow { .. }
        | Command::Decide { .. }
        | Command::Halt(_)
        | Command::Flatten { .. }
        | Command::Resume { .. } => None,
        Command::Correct { symbol, .. } => Some(symbol),
    }
}

fn words(command: &Command) -> String {
    match command {
        Command::Place { ticket, .. } => format!(
            "{} {} {} {} {} as {}",
            ticket.side,
            ticket.size.map_or("?".to_owned(), |size| size.to_string()),
            ticket.symbol,
            ticket.order_type,
            ticket.tif,
            ticket.idempotency_key
        ),
        Command::Replace {
            order_id, ticket, ..
        } => format!(
            "change {order_id} to {} {} as {}",
            ticket.size.map_or("?".to_owned(), |size| size.to_string()),
            ticket.order_type,
            ticket.idempotency_key
        ),
        Command::Cancel { order_id } => format!("cancel {order_id}"),
        Command::CancelOpening { symbol } => format!("cancel opening {symbol:?}"),
        Command::SetEnvelope { envelope, .. } => format!("limits v{}", envelope.version),
        Command::Flow { amount_usd, .. } => format!("flow {amount_usd}"),
        Command::Decide { order_id, pass, .. } => {
            format!("{} order {order_id}", if *pass { "pass" } else { "veto" })
        }
        Command::Halt(halt) => format!("halt {:?}", halt.scope),
        Command::Correct {
            symbol, quantity, ..
        } => format!("correct {symbol} by {quantity}"),
        Command::Flatten { .. } => "flatten".to_owned(),
        Command::Resume { target, .. } => format!("resume '{target}'"),
    }
}
