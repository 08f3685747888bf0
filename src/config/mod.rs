//! Configuration: file shapes become checked settings.
//!
//! Three layers, each laid over the one before, key by key: the shipped
//! `config/desk.toml`, which is embedded and IS the defaults; the user's
//! `desk.toml`; the command line. The text of a layer becomes a tree that
//! remembers file and line (`tree`), sections of it are read and checked
//! (`read`, `fund`, `feed`), and only a tree without a single fault becomes
//! [`Settings`], so settings cannot be invalid. Knows no adapter and no screen:
//! the wiring turns settings into theirs. No file holds a secret: those come from
//! the environment, as a [`Secret`].

mod borrow;
mod feed;
mod fund;
mod gate;
mod paths;
mod portfolio;
mod problem;
mod read;
mod secret;
mod section;
mod settings;
mod text;
mod tree;

pub use borrow::{BORROW_FILE, parse_borrow, read_borrow};
pub use feed::{Feed, SimFeed, Speed};
pub use fund::FundSettings;
pub use paths::{Paths, PathsError};
pub use portfolio::PortfolioSettings;
pub use problem::{ConfigError, Problem};
pub use secret::{Secret, SecretError};
pub use settings::{
    CroSettings, DeskSettings, KrakenFeed, LogLevel, LogSettings, NatsSettings, Overrides,
    PaperSettings, SHIPPED, Settings,
};
pub use text::{TextError, read_text};
