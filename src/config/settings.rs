//! The checked settings, and the one way to get them.
//!
//! [`Settings`] has no field open to other modules and no other maker than
//! [`Settings::load`] and [`Settings::from_layers`], which hand them out only
//! when no layer has a fault. Reloading is loading again: the old value stays until the new one is
//! whole.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Duration;

use smol_str::SmolStr;

use crate::domain::{BrokerId, Currency, CustomGate, FundId, Symbol};

use super::feed::Feed;
use super::fund::FundSettings;
use super::portfolio::PortfolioSettings;
use super::problem::{ConfigError, Place};
use super::read;
use super::text::read_text;
use super::tree::{self, Node, Table, Value};

/// The shipped file: every default, and the only copy of them.
pub const SHIPPED: &str = include_str!("../../config/desk.toml");

/// How the shipped file is called in messages.
pub(super) const SHIPPED_NAME: &str = "config/desk.toml (shipped)";

/// The name of the user's file in the configuration folder.
const USER_FILE: &str = "desk.toml";

/// What the command line lays over the files.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Overrides {
    /// `--feed`.
    pub feed: Option<String>,
    /// `--broker`.
    pub broker: Option<String>,
    /// `--fund`.
    pub fund: Option<String>,
    /// `--theme`.
    pub theme: Option<String>,
    /// `--layout`.
    pub layout: Option<String>,
    /// `--read-only`; it can only be turned on here.
    pub read_only: bool,
}

/// What is on this desk.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeskSettings {
    /// Where quotes come from.
    pub feed: Feed,
    /// Where orders go.
    pub broker: BrokerId,
    /// The fund on this desk.
    pub fund: FundId,
    /// The theme's name; whether there is such a theme is for the screen to say.
    pub theme: SmolStr,
    /// The layout's name; whether there is such a layout is for the screen to say.
    pub layout: SmolStr,
    /// Whether nothing may be sent.
    pub read_only: bool,
    /// Age from which a quote is stale.
    pub stale_after: Duration,
    /// How far a quote may move between review and sending, in ticks.
    pub slip_ticks: u32,
    /// The same in basis points of the price; the wider of the two holds.
    pub slip_bps: u32,
    /// Most messages of the fund in one second.
    pub rate_most: u32,
    /// Orders refused for the rate in one second that halt the fund.
    pub runaway_most: u32,
    /// How long a person may take to pass an order that opens risk; none when no person is asked.
    pub human_veto: Option<Duration>,
    /// Most frames in one second.
    pub frames_most: u32,
    /// Whether changed numbers flash and fade.
    pub motion: bool,
    /// Whether fills, refusals and halts ring the terminal's bell.
    pub bell: bool,
}

/// Kraken's public market data.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KrakenFeed {
    /// Where its stream is; TLS except on this machine.
    pub url: String,
    /// What is watched.
    pub symbols: Vec<Symbol>,
}

/// The paper broker.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PaperSettings {
    /// Charged on each side, in basis points of its value.
    pub fee_bps_per_side: u32,
    /// From sending to the first fill.
    pub latency: Duration,
    /// Most messages to it in one second.
    pub rate_most: u32,
}

/// The model that cro_veto asks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CroSettings {
    /// Where it is; TLS except on this machine.
    pub url: String,
    /// Which model.
    pub model: String,
    /// The environment variable that holds the key, where the server wants one.
    pub key_env: Option<String>,
}

/// The bus that signals are published on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NatsSettings {
    /// Where it is; TLS except on this machine.
    pub url: String,
    /// The environment variable that holds a token or `user:password`, where the server wants one.
    pub key_env: Option<String>,
    /// Certificates that the server's is checked with, where the system's are not meant.
    pub roots: Option<PathBuf>,
}

/// How much is logged.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LogLevel {
    /// What failed.
    Error,
    /// And what is odd.
    Warn,
    /// And what happens.
    Info,
    /// And why.
    Debug,
    /// Everything.
    Trace,
}

impl LogLevel {
    pub(super) const ALL: [Self; 5] = [
        Self::Error,
        Self::Warn,
        Self::Info,
        Self::Debug,
        Self::Trace,
    ];

    /// Returns the name in the file.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Error => "error",
            Self::Warn => "warn",
            Self::Info => "info",
            Self::Debug => "debug",
            Self::Trace => "trace",
        }
    }
}

/// The log files.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LogSettings {
    /// How much is logged.
    pub level: LogLevel,
    /// Days kept.
    pub files_most: usize,
}

/// Settings without a fault.
#[derive(Debug, Clone, PartialEq)]
pub struct Settings {
    pub(super) desk: DeskSettings,
    pub(super) fund: FundSettings,
    pub(super) funds: Vec<FundSettings>,
    pub(super) kraken: KrakenFeed,
    pub(super) paper: PaperSettings,
    pub(super) pegs: BTreeMap<Currency, Currency>,
    pub(super) cro: Option<CroSettings>,
    pub(super) nats: Option<NatsSettings>,
    pub(super) log: LogSettings,
    pub(super) gates: Vec<CustomGate>,
    pub(super) portfolio: PortfolioSettings,
}

impl Settings {
    /// Reads the user's `desk.toml` in `config_dir`, if both are there, and checks all layers.
    ///
    /// # Errors
    /// When the file is no text that can be read, or with every fault of every layer.
    pub fn load(config_dir: Option<&Path>, overrides: &Overrides) -> Result<Self, ConfigError> {
        let Some(path) = config_dir.map(|dir| dir.join(USER_FILE)) else {
            return Self::from_layers(None, overrides);
        };
        let text = read_text(&path)?;
        let name = path.display().to_string();
        Self::from_layers(text.as_deref().map(|text| (name.as_str(), text)), overrides)
    }

    /// Checks the shipped layer, the user's (its name and its text) and the command line's.
    ///
    /// # Errors
    /// With every fault of every layer.
    pub fn from_layers(
        user: Option<(&str, &str)>,
        overrides: &Overrides,
    ) -> Result<Self, ConfigError> {
        let mut problems = Vec::new();
        let mut tree = tree::parse(SHIPPED_NAME, SHIPPED).map_err(ConfigError::Invalid)?;
        if let Some((name, text)) = user {
            let layer = tree::parse(name, text).map_err(ConfigError::Invalid)?;
            tree::lay_over(&mut tree, layer, &mut problems);
        }
        tree::lay_over(&mut tree, overrides_layer(overrides), &mut problems);
        match read::settings(&tree, &mut problems) {
            Some(settings) if problems.is_empty() => Ok(settings),
            _ => {
                problems.sort();
                problems.dedup();
                Err(ConfigError::Invalid(problems))
            }
        }
    }

    /// Returns what is on this desk.
    pub fn desk(&self) -> &DeskSettings {
        &self.desk
    }

    /// Returns the fund on this desk and its limits.
    pub fn fund(&self) -> &FundSettings {
        &self.fund
    }

    /// Returns every fund there is.
    pub fn funds(&self) -> &[FundSettings] {
        &self.funds
    }

    /// Returns the settings of Kraken's feed.
    pub fn kraken(&self) -> &KrakenFeed {
        &self.kraken
    }

    /// Returns the settings of the paper broker.
    pub fn paper(&self) -> PaperSettings {
        self.paper
    }

    /// Returns the currencies that are taken as equal in value to another.
    pub fn pegs(&self) -> &BTreeMap<Currency, Currency> {
        &self.pegs
    }

    /// Returns the model that cro_veto asks; none when there is none to ask.
    pub fn cro(&self) -> Option<&CroSettings> {
        self.cro.as_ref()
    }

    /// Returns the bus that signals are published on; none when none is listened to.
    pub fn nats(&self) -> Option<&NatsSettings> {
        self.nats.as_ref()
    }

    /// Returns the operator's own gates, in the order they are asked.
    pub fn gates(&self) -> &[CustomGate] {
        &self.gates
    }

    /// Returns what is computed of the portfolio.
    pub fn portfolio(&self) -> &PortfolioSettings {
        &self.portfolio
    }

    /// Returns the settings of the log.
    pub fn log(&self) -> LogSettings {
        self.log
    }
}

/// Makes a layer of what the command line says; each value's place is its option.
fn overrides_layer(overrides: &Overrides) -> Table {
    let text = |option: &str, value: &String| Node {
        place: option_place(option),
        value: Value::Text(value.clone()),
    };
    let mut desk = Table::new();
    for (key, option, value) in [
        ("feed", "--feed", &overrides.feed),
        ("broker", "--broker", &overrides.broker),
        ("fund", "--fund", &overrides.fund),
        ("theme", "--theme", &overrides.theme),
        ("layout", "--layout", &overrides.layout),
    ] {
        if let Some(value) = value {
            desk.insert(key.to_owned(), text(option, value));
        }
    }
    if overrides.read_only {
        let node = Node {
            place: option_place("--read-only"),
            value: Value::Flag(true),
        };
        desk.insert("read_only".to_owned(), node);
    }
    if desk.is_empty() {
        return Table::new();
    }
    let node = Node {
        place: option_place("command line"),
        value: Value::Table(desk),
    };
    Table::from([("desk".to_owned(), node)])
}

fn option_place(option: &str) -> Place {
    Place {
        file: option.into(),
        line: None,
    }
}
