//! Names to adapters: what `--feed` and `--broker` understand, and what each needs.
//!
//! One table per kind; a new adapter is a row. An unknown name is an error that
//! lists the known ones and the nearest. Builds, and connects nothing by itself.

use std::sync::Arc;

use crate::adapter::paper::{Exchange, Memory, PaperBroker, Quotes, Settings};
use crate::adapter::replay::{ReplayFeed, ReplaySpec};
use crate::adapter::sim::{SimFeed, SimSpec, Universe};
use crate::adapter::{paper, replay, sim};
use crate::base::Clock;
use crate::domain::{Instrument, Symbol, Timestamp};
use crate::protocol::{Broker, MarketData};

/// Why an adapter cannot be had.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RegistryError {
    /// No adapter of that name.
    #[error("no {kind} is called '{name}': known are {known}{hint}")]
    Unknown {
        /// `feed` or `broker`.
        kind: &'static str,
        /// The name given.
        name: String,
        /// The names there are.
        known: String,
        /// The nearest name, where there is one.
        hint: String,
    },
    /// Its words or its file cannot be used.
    #[error("{0}")]
    Unusable(String),
}

/// What feeds are built from.
#[derive(Debug, Clone)]
pub struct FeedNeeds {
    /// The instruments the desk knows.
    pub universe: Universe,
    /// When the books were opened: where the synthetic market begins.
    pub origin: Timestamp,
    /// The machine's clock.
    pub clock: Arc<dyn Clock>,
}

/// A feed, ready to stream.
#[derive(Debug)]
pub struct BuiltFeed {
    /// The feed.
    pub feed: Arc<dyn MarketData>,
    /// What to watch, in order.
    pub symbols: Vec<Symbol>,
    /// Reference data the feed itself brings; symbols without are to be inferred.
    pub instruments: Vec<Instrument>,
}

type BuildFeed = fn(&str, &FeedNeeds) -> Result<BuiltFeed, RegistryError>;

/// One row: a feed's name, how it is written, what it is, and how it is built.
#[derive(Debug, Clone, Copy)]
pub struct FeedRow {
    /// The stable name.
    pub name: &'static str,
    /// How it is written after `--feed`.
    pub usage: &'static str,
    /// What it is, in a line.
    pub about: &'static str,
    build: BuildFeed,
}

/// Every feed.
pub const FEEDS: &[FeedRow] = &[
    FeedRow {
        name: sim::NAME,
        usage: "sim[:rate=N,symbols=N,seed=N]",
        about: "a seeded synthetic market; needs nothing",
        build: build_sim,
    },
    FeedRow {
        name: replay::NAME,
        usage: "replay:FILE[@SPEED]",
        about: "a recording, plain or zstd, at 1x, Nx or @max",
        build: build_replay,
    },
];

/// Every broker's name.
pub const BROKERS: &[&str] = &[paper::NAME];

/// Builds the feed that `--feed` names: a name, and after a colon what it takes.
///
/// # Errors
/// When there is no such feed, or its words or file cannot be used.
pub fn feed(text: &str, needs: &FeedNeeds) -> Result<BuiltFeed, RegistryError> {
    let (name, words) = text.split_once(':').unwrap_or((text, ""));
    let row = FEEDS.iter().find(|row| row.name == name);
    let names: Vec<_> = FEEDS.iter().map(|row| row.name).collect();
    let row = row.ok_or_else(|| unknown("feed", name, &names))?;
    (row.build)(words, needs)
}

/// Says whether `--broker` names a broker there is, and returns its stable name.
///
/// # Errors
/// When there is no such broker.
pub fn broker_name(text: &str) -> Result<&'static str, RegistryError> {
    let known = BROKERS.iter().find(|name| **name == text).copied();
    known.ok_or_else(|| unknown("broker", text, BROKERS))
}

/// Builds the paper broker over what the journal remembers. Must be called within a runtime.
///
/// # Errors
/// Never in practice: only when the venue's own name were not a valid id.
pub fn paper(
    settings: Settings,
    memory: Memory,
    quotes: impl Quotes,
    clock: Arc<dyn Clock>,
) -> Result<Arc<dyn Broker>, RegistryError> {
    let exchange = Exchange::restore(settings, memory).map_err(unusable)?;
    Ok(Arc::new(PaperBroker::start(exchange, quotes, clock)))
}

fn unusable(error: impl std::fmt::Display) -> RegistryError {
    RegistryError::Unusable(error.to_string())
}

fn unknown(kind: &'static str, name: &str, known: &[&str]) -> RegistryError {
    let near = known
        .iter()
        .map(|known| (strsim::jaro_winkler(known, name), known))
        .filter(|(likeness, _)| *likeness > 0.75)
        .max_by(|a, b| a.0.total_cmp(&b.0));
    RegistryError::Unknown {
        kind,
        name: name.chars().take(40).collect(),
        known: known.join(", "),
        hint: near.map_or(String::new(), |(_, near)| {
            format!("; did you mean '{near}'?")
        }),
    }
}

fn build_sim(words: &str, needs: &FeedNeeds) -> Result<BuiltFeed, RegistryError> {
    let spec = SimSpec::parse(words).map_err(unusable)?;
    let clock = Arc::clone(&needs.clock);
    let feed = SimFeed::new(spec, &needs.universe, needs.origin, clock).map_err(unusable)?;
    let instruments = feed.instruments();
    Ok(BuiltFeed {
        symbols: instruments.iter().map(|i| i.symbol.clone()).collect(),
        instruments,
        feed: Arc::new(feed),
    })
}

fn build_replay(words: &str, needs: &FeedNeeds) -> Result<BuiltFeed, RegistryError> {
    let spec = ReplaySpec::parse(words).map_err(unusable)?;
    let feed = ReplayFeed::open(spec, Arc::clone(&needs.clock)).map_err(unusable)?;
    Ok(BuiltFeed {
        symbols: feed.symbols().to_vec(),
        instruments: Vec::new(),
        feed: Arc::new(feed),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn unknown_names_list_the_known_and_the_nearest() {
        assert_eq!(
            broker_name("papr").unwrap_err().to_string(),
            "no broker is called 'papr': known are paper; did you mean 'paper'?"
        );
        assert_eq!(
            unknown("feed", "x", &["sim", "replay"]).to_string(),
            "no feed is called 'x': known are sim, replay"
        );
    }
}
