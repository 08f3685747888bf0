//! From settings to the parts of a desk: instruments, the empty state, feed, broker.
//!
//! Every command that needs a state or a market builds it here, so that what the
//! shell says of an order and what the screen says come from the same parts.

use std::collections::HashMap;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use smol_str::SmolStr;

use crate::adapter::cro::Cro;
use crate::adapter::gates::Gates;
use crate::adapter::kraken::{KrakenFeed, KrakenSettings};
use crate::adapter::nats::{NatsError, NatsServer};
use crate::adapter::net::http::{HttpError, Key};
use crate::adapter::paper;
use crate::adapter::replay::{self, ReplayFeed, ReplaySpec};
use crate::adapter::sim::{SimFeed, SimSpec, Universe};
use crate::base::{Clock, IdSource};
use crate::config::{
    ConfigError, Feed, Secret, SecretError, Settings, Speed, read_borrow, read_text,
};
use crate::domain::{
    Borrow, Currency, IdError, Instrument, Money, Position, Rate, Symbol, Timestamp,
};
use crate::engine::{DeskInfo, State};
use crate::event::{Asks, MarketEvent, Opening, RateLimits};
use crate::market::Market;
use crate::protocol::MarketData;

/// Symbols a market keeps at most.
const SYMBOLS_MOST: usize = 1 << 20;
/// The strategy orders typed by hand are booked under.
pub const BY_HAND: &str = "manual";
/// The name of a user's own reference data in the configuration folder.
const OWN_UNIVERSE: &str = "universe.toml";
/// The reference data as shipped.
const UNIVERSE: &str = include_str!("../../config/universe.toml");

/// Why a desk cannot be set up.
#[derive(Debug, thiserror::Error)]
pub enum SetupError {
    /// The reference data cannot be read.
    #[error("universe.toml: {0}")]
    Universe(#[from] crate::adapter::sim::UniverseError),
    /// A user's own reference data cannot be read.
    #[error("{file}:{}: {}", error.line, error.text)]
    OwnUniverse {
        /// Which file.
        file: String,
        /// What is wrong in it.
        error: crate::adapter::sim::UniverseError,
    },
    /// A user's own file cannot be read.
    #[error(transparent)]
    File(#[from] crate::config::ConfigError),
    /// The recording cannot be played.
    #[error(transparent)]
    Recording(#[from] replay::RecordingError),
    /// A name is no id.
    #[error(transparent)]
    Id(#[from] IdError),
    /// A key cannot be read.
    #[error(transparent)]
    Key(#[from] SecretError),
    /// A key is not there.
    #[error(
        "environment variable {name}, named by key_env in [{section}], is not set: set it, or leave key_env empty"
    )]
    NoKey {
        /// Which variable.
        name: String,
        /// Which part of the settings names it.
        section: &'static str,
    },
    /// The bus's address cannot be used.
    #[error("the bus in [nats]: {0}")]
    Nats(#[from] NatsError),
    /// The model's address cannot be used.
    #[error("the model in [cro]: {0}")]
    Model(#[from] HttpError),
}

/// What settings and reference data come to.
#[derive(Debug)]
pub struct Setup {
    /// The settings.
    pub settings: Settings,
    /// Reference data and how the synthetic market moves.
    pub universe: Universe,
    /// What borrowing costs, from files.
    pub borrows: Vec<(Symbol, Borrow)>,
    /// Time.
    pub clock: Arc<dyn Clock>,
    /// Tokens.
    pub ids: Arc<dyn IdSource>,
    /// Gates that ask outside, in the order they were registered.
    pub gates: Gates,
}

/// A feed, what it is asked for, and what is known of it.
#[derive(Debug)]
pub struct Source {
    /// The feed.
    pub feed: Arc<dyn MarketData>,
    /// Symbols to stream, in watch order.
    pub symbols: Vec<Symbol>,
    /// Reference data of those of them that are known.
    pub instruments: Vec<Instrument>,
    /// What the feed says of borrowing.
    pub borrows: Vec<(Symbol, Borrow)>,
    /// True when the feed has bars from before now to ask for.
    pub history: bool,
}

/// Returns what is wrong with the files a user lays over what is shipped, if anything.
pub fn files_fault(config: Option<&Path>, data: &Path) -> Option<SetupError> {
    let shipped = match Universe::parse(UNIVERSE) {
        Ok(shipped) => shipped,
        Err(error) => return Some(error.into()),
    };
    own_files(shipped, config, data).err()
}

/// Lays the user's own files over the shipped reference data, and reads what borrowing costs.
fn own_files(
    mut universe: Universe,
    config: Option<&Path>,
    data: &Path,
) -> Result<(Universe, Vec<(Symbol, Borrow)>), SetupError> {
    let mut borrows = Vec::new();
    if let Some(folder) = config {
        let path = folder.join(OWN_UNIVERSE);
        let file = path.display().to_string();
        if let Some(text) = read_text(&path).map_err(ConfigError::from)? {
            let extended = universe.extended(&text);
            universe = extended.map_err(|error| SetupError::OwnUniverse { file, error })?;
        }
        borrows.extend(read_borrow(folder)?);
    }
    if config != Some(data) {
        borrows.extend(read_borrow(data)?);
    }
    Ok((universe, borrows))
}

impl Setup {
    /// Reads the reference data.
    ///
    /// # Errors
    /// When it names something that cannot be.
    pub fn new(
        settings: Settings,
        clock: Arc<dyn Clock>,
        ids: Arc<dyn IdSource>,
    ) -> Result<Self, SetupError> {
        Ok(Self {
            settings,
            universe: Universe::parse(UNIVERSE)?,
            borrows: Vec::new(),
            clock,
            ids,
            gates: Gates::default(),
        })
    }

    /// Lays the user's own files over what is shipped: `universe.toml` in the configuration folder, `borrow.csv`
    /// there and, laid over that, beside the books.
    ///
    /// # Errors
    /// When one is there and cannot be used; the words name the file and the line.
    pub fn with_files(mut self, config: Option<&Path>, data: &Path) -> Result<Self, SetupError> {
        let (universe, borrows) = own_files(self.universe, config, data)?;
        (self.universe, self.borrows) = (universe, borrows);
        Ok(self)
    }

    /// Returns the moment by the clock.
    pub fn now(&self) -> Timestamp {
        Timestamp::from_us(self.clock.wall_us())
    }

    /// Makes the feed; the synthetic market begins at `origin`, or now where that lies ahead.
    ///
    /// # Errors
    /// When a recording cannot be read.
    pub fn source(&self, origin: Timestamp) -> Result<Source, SetupError> {
        let clock = Arc::clone(&self.clock);
        // Books opened under a clock that ran ahead must not leave the market to begin years from now.
        let origin = origin.min(self.now());
        Ok(match &self.settings.desk().feed {
            Feed::Sim(sim) => {
                let spec = SimSpec {
                    rate: u64::from(sim.rate),
                    symbols: usize::try_from(sim.symbols).ok(),
                    seed: sim.seed,
                };
                let feed = SimFeed::new(spec, &self.universe, origin, clock)?;
                let instruments = feed.instruments();
                let symbols = instruments
                    .iter()
                    .map(|known| known.symbol.clone())
                    .collect();
                Source {
                    borrows: feed.borrows(),
                    feed: Arc::new(feed),
                    symbols,
                    instruments,
                    history: true,
                }
            }
            Feed::Replay { file, speed } => {
                let speed = match speed {
                    Speed::Times(times) => replay::Speed::Times(times.to_f64()),
                    Speed::Most => replay::Speed::Max,
                };
                let feed = ReplayFeed::open(
                    ReplaySpec {
                        file: file.clone(),
                        speed,
                    },
                    clock,
                )?;
                let symbols = feed.symbols().to_vec();
                let instruments = self.known(&symbols);
                Source {
                    feed: Arc::new(feed),
                    symbols,
                    instruments,
                    borrows: Vec::new(),
                    history: false,
                }
            }
            Feed::Kraken => {
                let settings = KrakenSettings {
                    url: self.settings.kraken().url.clone(),
                    ..KrakenSettings::default()
                };
                let feed = KrakenFeed::new(settings, clock, Arc::clone(&self.ids))?;
                let symbols = self.settings.kraken().symbols.clone();
                let instruments = self.known(&symbols);
                Source {
                    feed: Arc::new(feed),
                    symbols,
                    instruments,
                    borrows: Vec::new(),
                    history: false,
                }
            }
        })
    }

    /// Returns reference data of the symbols that have some.
    fn known(&self, symbols: &[Symbol]) -> Vec<Instrument> {
        let all = self.universe.instruments();
        symbols
            .iter()
            .filter_map(|symbol| all.iter().find(|known| known.symbol == *symbol).cloned())
            .collect()
    }

    /// Returns what a session over these settings opens with; `desk_id` prefixes its order ids.
    pub fn opening(&self, desk_id: SmolStr) -> Opening {
        let fund = self.settings.fund();
        Opening {
            desk_id,
            fund: fund.config.clone(),
            envelope: fund.envelope.clone(),
            rates: self.rates(),
            gates: self.settings.gates().to_vec(),
            asks: self.asks(),
            version: env!("CARGO_PKG_VERSION").to_owned(),
        }
    }

    /// Returns who is asked outside before an order leaves.
    fn asks(&self) -> Asks {
        let person = self.settings.desk().human_veto;
        let ms = |within: Duration| u64::try_from(within.as_millis()).unwrap_or(u64::MAX);
        Asks {
            model: self.settings.cro().is_some(),
            ..self.gates.asks(person.map(ms))
        }
    }

    /// Returns the gates that ask outside, the model with its key among them.
    ///
    /// # Errors
    /// When the key is not where the settings say, or the address cannot be used.
    pub fn outside(&self) -> Result<Gates, SetupError> {
        let Some(set) = self.settings.cro() else {
            return Ok(self.gates.clone());
        };
        let key = key_of(set.key_env.as_deref(), "cro")?;
        let cro = Cro::new(&set.url, &set.model, key)?;
        Ok(self.gates.clone().with_cro(cro))
    }

    /// Returns the bus that signals are published on, where one is listened to.
    ///
    /// # Errors
    /// When the key is not where the settings say, or the address cannot be used.
    pub fn nats(&self) -> Result<Option<NatsServer>, SetupError> {
        let Some(set) = self.settings.nats() else {
            return Ok(None);
        };
        let key = key_of(set.key_env.as_deref(), "nats")?;
        Ok(Some(NatsServer::new(&set.url, key, set.roots.clone())?))
    }

    /// Returns how much may be sent.
    fn rates(&self) -> RateLimits {
        let desk = self.settings.desk();
        let paper = (desk.broker.clone(), self.settings.paper().rate_most);
        RateLimits {
            fund: desk.rate_most,
            brokers: [paper].into_iter().collect(),
            runaway: desk.runaway_most,
        }
    }

    /// Makes the state of an empty journal over a feed's symbols, in watch order.
    pub fn state_over(&self, source: &Source) -> State {
        let known: HashMap<&Symbol, &Instrument> = source
            .instruments
            .iter()
            .map(|known| (&known.symbol, known))
            .collect();
        let mut market = self.market(Vec::new());
        for symbol in &source.symbols {
            market.list(symbol, known.get(symbol).map(|known| (*known).clone()));
        }
        // What a file says is laid over what the feed says.
        for (symbol, borrow) in source.borrows.iter().chain(&self.borrows) {
            market.apply(&MarketEvent::BorrowFee {
                symbol: symbol.clone(),
                borrow: *borrow,
            });
        }
        self.state(market)
    }

    /// Makes the state for reading a journal: every known instrument, no feed.
    pub fn state_without_feed(&self) -> State {
        self.state(self.market(self.universe.instruments()))
    }

    fn market(&self, instruments: Vec<Instrument>) -> Market {
        let stale_after = self.settings.desk().stale_after;
        Market::new(instruments, self.pegs(), stale_after, SYMBOLS_MOST)
            .placed(self.universe.places.clone())
    }

    fn state(&self, market: Market) -> State {
        State::new(self.info(), market)
    }

    fn pegs(&self) -> HashMap<Currency, Currency> {
        self.settings
            .pegs()
            .iter()
            .map(|(currency, as_good_as)| (*currency, *as_good_as))
            .collect()
    }

    fn info(&self) -> DeskInfo {
        let desk = self.settings.desk();
        let mut simulated = vec![SmolStr::new_static("paper fills")];
        match desk.feed {
            Feed::Sim(_) => simulated.push(SmolStr::new_static("synthetic market")),
            Feed::Replay { .. } => simulated.push(SmolStr::new_static("recorded market")),
            Feed::Kraken => {}
        }
        DeskInfo {
            fund_id: desk.fund.clone(),
            broker: SmolStr::new(desk.broker.as_str()),
            feed: SmolStr::new_static(desk.feed.name()),
            // The one broker there is fills on paper.
            live: false,
            read_only: desk.read_only,
            capability: Some(paper::capability()),
            fee_bps: self.settings.paper().fee_bps_per_side,
            simulated,
        }
    }

    /// Opens the paper venue as the recovered books remember it.
    ///
    /// # Errors
    /// Never in practice: only when the venue's own name were not a valid id.
    pub fn exchange(
        &self,
        state: &State,
        instruments: &[Instrument],
    ) -> Result<paper::Exchange, IdError> {
        let set = self.settings.paper();
        let fee = rust_decimal::Decimal::new(i64::from(set.fee_bps_per_side), 4);
        let settings = paper::Settings {
            fee: Rate::new(fee).unwrap_or(Rate::ZERO),
            latency: set.latency,
            stale_after: self.settings.desk().stale_after,
            pegs: self.pegs(),
            // Of those only whose currency their text does not tell.
            currencies: instruments
                .iter()
                .filter(|known| {
                    let told = Instrument::inferred(&known.symbol, known.tick);
                    told.is_none_or(|told| told.currency != known.currency)
                })
                .map(|known| (known.symbol.clone(), known.currency))
                .collect(),
        };
        paper::Exchange::restore(settings, memory(state, self.now()))
    }
}

/// Returns what the journal knows of the paper venue.
fn memory(state: &State, now: Timestamp) -> paper::Memory {
    let (orders, ledger) = (state.orders(), state.ledger());
    let at_paper = |broker: &str| broker == paper::NAME;
    let cursor = ledger
        .cursors()
        .find(|(broker, _)| at_paper(broker.as_str()))
        .map(|(_, cursor)| cursor.clone());
    let positions = ledger.fund().map(|fund| {
        let held = ledger
            .holdings()
            .filter(|holding| !holding.quantity.is_zero());
        held.map(|holding| Position {
            fund_id: fund.fund_id.clone(),
            symbol: holding.symbol.clone(),
            quantity: holding.quantity,
            avg_price: holding.avg_price,
            // The venue keeps quantities; it values nothing.
            last_price: holding.avg_price,
            market_value_usd: Money::ZERO,
            unrealized_pl_usd: Money::ZERO,
            realized_pl_ytd_usd: Money::ZERO,
            last_updated: now,
            tax_lots: Vec::new(),
        })
        .collect()
    });
    paper::Memory {
        orders: orders
            .done()
            .chain(orders.live())
            .filter(|record| at_paper(record.order.broker.as_str()))
            .map(|record| record.order.clone())
            .collect(),
        fills: Vec::new(),
        cursor,
        positions: positions.unwrap_or_default(),
    }
}

/// Returns the key in an environment variable, where one is named; `section` is what names it.
fn key_of(name: Option<&str>, section: &'static str) -> Result<Option<Key>, SetupError> {
    let Some(name) = name else {
        return Ok(None);
    };
    let secret = Secret::from_environment(name)?;
    let secret = secret.ok_or_else(|| SetupError::NoKey {
        name: name.to_owned(),
        section,
    })?;
    Ok(Some(Key::new(secret.expose())))
}
