//! The file of instruments: reference data of each symbol and how the synthetic market moves it.
//!
//! Owns the reading and checking of `config/universe.toml`; the text is handed in.
//! Every error names the line and what would be right; unknown keys are errors.

use std::collections::HashSet;

use serde::Deserialize;
use smol_str::SmolStr;

use crate::domain::{AssetClass, Currency, Instrument, Price, Quantity, Symbol};

/// Why the file cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("line {line}: {text}")]
pub struct UniverseError {
    /// Line in the file, from 1.
    pub line: usize,
    /// What is wrong there and what would be right.
    pub text: String,
}

/// How the synthetic market moves a symbol.
#[derive(Debug, Clone, Copy, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Motion {
    /// The level the price moves about.
    pub price: Price,
    /// Volatility of a year as a ratio.
    pub volatility: f64,
    /// How much it follows the market factor.
    pub beta: f64,
    /// Usual spread in basis points of the price.
    pub spread_bps: f64,
}

/// One instrument of the file.
#[derive(Debug, Clone, PartialEq)]
pub struct Listing {
    /// Reference data.
    pub instrument: Instrument,
    /// How it moves.
    pub motion: Motion,
}

/// The instruments of the file, in its order.
#[derive(Debug, Clone, PartialEq)]
pub struct Universe {
    /// At least one.
    pub listings: Vec<Listing>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    instrument: Vec<toml::Spanned<Entry>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Entry {
    symbol: Symbol,
    name: SmolStr,
    class: AssetClass,
    currency: Currency,
    tick: Price,
    lot: Quantity,
    sector: Option<SmolStr>,
    country: Option<SmolStr>,
    sim: Motion,
}

fn line_of(text: &str, offset: usize) -> usize {
    let before = text.get(..offset).unwrap_or(text);
    1 + before.matches('\n').count()
}

impl Universe {
    /// Reads the file's text.
    ///
    /// # Errors
    /// When it is not TOML of this shape, an instrument is named twice, or a value cannot be.
    pub fn parse(text: &str) -> Result<Self, UniverseError> {
        let file: File = toml::from_str(text).map_err(|error| UniverseError {
            line: error.span().map_or(1, |span| line_of(text, span.start)),
            text: error.message().trim().replace('\n', ", "),
        })?;
        let mut seen = HashSet::new();
        let mut listings = Vec::new();
        for entry in file.instrument {
            let line = line_of(text, entry.span().start);
            let listing = check(entry.into_inner()).map_err(|text| UniverseError { line, text })?;
            let symbol = listing.instrument.symbol.clone();
            if !seen.insert(symbol.clone()) {
                let text = format!("symbol {symbol} is listed twice: keep one");
                return Err(UniverseError { line, text });
            }
            listings.push(listing);
        }
        if listings.is_empty() {
            return Err(UniverseError {
                line: 1,
                text: "no instrument is listed: at least one [[instrument]] is needed".into(),
            });
        }
        Ok(Self { listings })
    }

    /// Returns the reference data alone.
    pub fn instruments(&self) -> Vec<Instrument> {
        let listings = self.listings.iter();
        listings.map(|l| l.instrument.clone()).collect()
    }
}

fn check(entry: Entry) -> Result<Listing, String> {
    let symbol = &entry.symbol;
    if entry.class != symbol.asset_class() {
        return Err(format!(
            "class of {symbol} is {}, its text says {}",
            entry.class,
            symbol.asset_class()
        ));
    }
    if let Some(quote) = symbol.quote_currency()
        && quote != entry.currency
    {
        return Err(format!(
            "currency of {symbol} is {}, its text says {quote}",
            entry.currency
        ));
    }
    if !entry.tick.is_positive() {
        return Err(format!(
            "tick of {symbol} is {}, must be above 0",
            entry.tick
        ));
    }
    if !entry.lot.is_positive() {
        return Err(format!("lot of {symbol} is {}, must be above 0", entry.lot));
    }
    let sim = entry.sim;
    if sim.price.to_f64() < entry.tick.to_f64() * 100.0 {
        return Err(format!(
            "sim.price of {symbol} is {}, must be at least 100 ticks of {}",
            sim.price, entry.tick
        ));
    }
    let ranges = [
        ("volatility", sim.volatility, 0.0, 2.0),
        ("beta", sim.beta, -3.0, 3.0),
        ("spread_bps", sim.spread_bps, 0.0, 200.0),
    ];
    for (name, value, least, most) in ranges {
        if !(least..=most).contains(&value) {
            return Err(format!(
                "sim.{name} of {symbol} is {value}, must be from {least} to {most}"
            ));
        }
    }
    Ok(Listing {
        instrument: Instrument {
            symbol: entry.symbol,
            name: entry.name,
            asset_class: entry.class,
            currency: entry.currency,
            tick: entry.tick,
            lot: entry.lot,
            sector: entry.sector,
            country: entry.country,
        },
        motion: sim,
    })
}
