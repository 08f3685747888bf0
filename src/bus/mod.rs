//! The bus: bounded lanes from the edges to the engine, and snapshots back. Moves messages, decides nothing.
//!
//! Edges hold a [`Bus`] and put messages in from any thread; the one engine
//! thread owns the [`Inlets`] and takes them out in lane order. The full case
//! of each lane: control and command refuse at once and say so, execution makes
//! the sender wait, market keeps the newest quote of each symbol and counts
//! what it passed over. The way back is [`Latest`]: the newest snapshot wins.
//! Nothing here is unbounded, and nothing here looks into a message except to
//! find its lane and the symbol of a quote.

mod bell;
mod inlets;
mod lane;
mod latest;
mod market;
mod tap;

pub use inlets::{Arrival, Inlets};
pub use lane::{Closed, LaneDepth, Refused};
pub use latest::{Latest, Watch};
pub use tap::MarketTap;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use crate::bus::{bell::Bell, lane::LaneIn, market::MarketLane};
use crate::domain::Symbol;
use crate::event::{BrokerReport, Command, Control, GateAnswer, Input, Lane, MarketEvent, Source};

/// Room in the command lane that only halts may use, so that a flood of orders cannot keep one out.
const HALTS_KEPT: usize = 16;
/// Further room that no program may use, so that a person gets in whatever a program does.
const PERSONS_KEPT: usize = 64;

/// How much each lane holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Bounds {
    /// Messages of the desk to itself.
    pub control: usize,
    /// Reports of brokers, and answers of gates outside.
    pub execution: usize,
    /// Commands of people and programs, beside a little room kept for people and halts.
    pub command: usize,
    /// Symbols whose quotes are carried; those of further ones are refused and counted.
    pub market_symbols: usize,
}

impl Default for Bounds {
    fn default() -> Self {
        Self {
            control: 256,
            execution: 4096,
            command: 1024,
            market_symbols: 1 << 20,
        }
    }
}

/// Makes a bus and the end the engine takes from.
pub fn bus(bounds: Bounds) -> (Bus, Inlets) {
    let bell = Arc::new(Bell::default());
    let market = Arc::new(MarketLane::new(bounds.market_symbols, Arc::clone(&bell)));
    let (control, control_out) = lane::lane(Lane::Control, bounds.control, 0);
    let (execution, execution_out) = lane::lane(Lane::Execution, bounds.execution, 0);
    let (command, command_out) =
        lane::lane(Lane::Command, bounds.command, HALTS_KEPT + PERSONS_KEPT);
    let open = Arc::new(AtomicBool::new(true));
    let bus = Bus(Arc::new(Senders {
        control,
        execution,
        command,
        market: Arc::clone(&market),
        bell: Arc::clone(&bell),
        open: Arc::clone(&open),
    }));
    let durable = [control_out, execution_out, command_out];
    (bus, Inlets::new(durable, market, bell, open))
}

#[derive(Debug)]
struct Senders {
    control: LaneIn,
    execution: LaneIn,
    command: LaneIn,
    market: Arc<MarketLane>,
    bell: Arc<Bell>,
    open: Arc<AtomicBool>,
}

impl Drop for Senders {
    fn drop(&mut self) {
        self.open.store(false, Ordering::Release);
        self.market.close();
        self.bell.ring();
    }
}

/// The edges' end: cheap to clone, used from any thread.
#[derive(Debug, Clone)]
pub struct Bus(Arc<Senders>);

impl Bus {
    /// Hands a command to the engine.
    ///
    /// # Errors
    /// When the lane is full or the engine is gone: the command was not taken. A
    /// halt has room kept for it, and a person some that no program takes.
    pub fn command(&self, source: Source, command: Command) -> Result<(), Refused> {
        let leave = match (&command, &source) {
            (Command::Halt(_), _) => 0,
            (_, Source::Person(_)) => HALTS_KEPT,
            _ => HALTS_KEPT + PERSONS_KEPT,
        };
        let input = Input::Command(command);
        self.0.command.offer(Arrival { source, input }, leave)?;
        self.0.bell.ring();
        Ok(())
    }

    /// Hands the engine a message of the desk to itself.
    ///
    /// # Errors
    /// When the lane is full or the engine is gone: the message was not taken.
    pub fn control(&self, source: Source, control: Control) -> Result<(), Refused> {
        let input = Input::Control(control);
        self.0.control.offer(Arrival { source, input }, 0)?;
        self.0.bell.ring();
        Ok(())
    }

    /// Hands the engine a broker's report, and waits for room: a report is never dropped.
    ///
    /// # Errors
    /// When the engine is gone.
    pub async fn report(&self, source: Source, report: BrokerReport) -> Result<(), Closed> {
        let input = Input::Execution(report);
        self.0.execution.put(Arrival { source, input }).await?;
        self.0.bell.ring();
        Ok(())
    }

    /// Hands the engine what became of a question to a gate outside, and waits for room.
    ///
    /// # Errors
    /// When the engine is gone.
    pub async fn answer(&self, source: Source, answer: GateAnswer) -> Result<(), Closed> {
        let input = Input::Answer(answer);
        self.0.execution.put(Arrival { source, input }).await?;
        self.0.bell.ring();
        Ok(())
    }

    /// Hands over market data; never waits. The newest quote of a symbol replaces the one before.
    pub fn market(&self, event: MarketEvent) {
        self.0.market.put(&mut vec![event]);
    }

    /// Hands over many pieces of market data at once and leaves `events` empty.
    pub fn market_batch(&self, events: &mut Vec<MarketEvent>) {
        self.0.market.put(events);
    }

    /// Opens a second inbox of quotes, independent of the engine's and of other taps.
    ///
    /// Quotes that came before are in it.
    pub fn tap(&self) -> MarketTap {
        MarketTap::new(Arc::clone(&self.0.market), true)
    }

    /// Says in which order symbols are listed elsewhere, so that a flood of them is read as they lie in memory.
    ///
    /// Nothing else depends on it: a symbol that was not named gets its place with its first quote.
    pub fn list(&self, symbols: &[Symbol]) {
        self.0.market.list(symbols);
    }

    /// Has the quotes of a symbol that somebody looks at read before those nobody does.
    ///
    /// All others are read in turn. A symbol stays preferred.
    pub fn prefer(&self, symbol: &Symbol) {
        self.0.market.prefer(symbol);
    }

    /// Opens an inbox of those symbols only that [`MarketTap::follow`] names.
    pub fn tap_of_some(&self) -> MarketTap {
        MarketTap::new(Arc::clone(&self.0.market), false)
    }

    /// Returns how full every lane is and what was passed over.
    pub fn depth(&self) -> Depths {
        let market = self.0.market.counts();
        Depths {
            control: self.0.control.depth(),
            execution: self.0.execution.depth(),
            command: self.0.command.depth(),
            market: market.depth,
            conflated: market.conflated,
            symbols: market.symbols,
            symbols_refused: market.symbols_refused,
            trades_dropped: market.trades_dropped,
            bars_dropped: market.bars_dropped,
        }
    }
}

/// How full every lane is, and what was passed over since the start.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Depths {
    /// The control lane.
    pub control: LaneDepth,
    /// The execution lane.
    pub execution: LaneDepth,
    /// The command lane.
    pub command: LaneDepth,
    /// The market lane: symbols with a quote the engine has not taken, trades, bars and what was computed.
    pub market: LaneDepth,
    /// Quotes that a newer one replaced before the engine took them.
    pub conflated: u64,
    /// Symbols carried.
    pub symbols: usize,
    /// Quotes refused because their symbol is beyond the bound.
    pub symbols_refused: u64,
    /// Trades that made room for newer ones.
    pub trades_dropped: u64,
    /// Sets of bars that made room for newer ones.
    pub bars_dropped: u64,
}
