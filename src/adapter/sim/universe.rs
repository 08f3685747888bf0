//! The file of instruments: reference data of each symbol and how the synthetic market moves it.
//!
//! Owns the reading and checking of `config/universe.toml` and of a user's own file laid
//! over it; the text is handed in. Every error names the line and what would be right;
//! unknown keys are errors. What names no sector or country has that of its class where
//! `[class.…]` gives one, else it is unknown.

use std::collections::{BTreeMap, HashMap, HashSet};

use serde::Deserialize;
use smol_str::SmolStr;

use crate::domain::{
    AssetClass, Borrow, ClassPlace, ClassPlaces, Currency, Instrument, Price, Quantity, Rate,
    Symbol,
};

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
    /// What borrowing it costs in the synthetic market, in basis points a year, where it can be borrowed.
    #[serde(default)]
    pub borrow_bps: Option<Rate>,
}

impl Motion {
    /// Returns the terms of borrowing in the synthetic market: as much as one likes, until it ends.
    pub fn borrow(&self) -> Option<Borrow> {
        self.borrow_bps.map(|fee_bps| Borrow {
            fee_bps,
            available: None,
            located: None,
            asof: None,
        })
    }
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
    /// What the synthetic market moves; at least one.
    pub listings: Vec<Listing>,
    /// What is only described.
    pub described: Vec<Instrument>,
    /// What holds for what names no sector or country of its own.
    pub places: ClassPlaces,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    #[serde(default)]
    class: BTreeMap<AssetClass, Place>,
    #[serde(default)]
    instrument: Vec<toml::Spanned<Entry>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Place {
    sector: Option<SmolStr>,
    country: Option<SmolStr>,
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
    sim: Option<Motion>,
}

/// One checked entry of a file.
struct Known {
    instrument: Instrument,
    motion: Option<Motion>,
}

fn line_of(text: &str, offset: usize) -> usize {
    let before = text.get(..offset).unwrap_or(text);
    1 + before.matches('\n').count()
}

impl Universe {
    /// Reads the shipped file's text.
    ///
    /// # Errors
    /// When it is not TOML of this shape, an instrument is named twice, or a value cannot be.
    pub fn parse(text: &str) -> Result<Self, UniverseError> {
        let (places, known) = read(text)?;
        let mut universe = Self {
            listings: Vec::new(),
            described: Vec::new(),
            places,
        };
        for one in known {
            universe.add(one);
        }
        if universe.listings.is_empty() {
            return Err(UniverseError {
                line: 1,
                text: "no instrument is listed: at least one [[instrument]] is needed".into(),
            });
        }
        Ok(universe)
    }

    /// Returns the symbols that are listed, in the order of the file.
    pub fn symbols(&self) -> impl Iterator<Item = &Symbol> {
        self.listings
            .iter()
            .map(|listing| &listing.instrument.symbol)
    }

    /// Lays a user's own file over it: what it names is described as it says, and the rest stays.
    ///
    /// A symbol that is moved by the synthetic market and is described without `sim` goes on moving as before.
    ///
    /// # Errors
    /// As when reading the shipped file; nothing is listed is no error here.
    pub fn extended(mut self, text: &str) -> Result<Self, UniverseError> {
        let (places, known) = read(text)?;
        self.places.extend(places);
        let mut at: HashMap<Symbol, usize> = HashMap::new();
        for (place, listing) in self.listings.iter().enumerate() {
            at.insert(listing.instrument.symbol.clone(), place);
        }
        for one in known {
            match at.get(&one.instrument.symbol) {
                Some(&place) => {
                    if let Some(listing) = self.listings.get_mut(place) {
                        listing.instrument = one.instrument;
                        listing.motion = one.motion.unwrap_or(listing.motion);
                    }
                }
                None => self.add(one),
            }
        }
        Ok(self)
    }

    fn add(&mut self, Known { instrument, motion }: Known) {
        match motion {
            Some(motion) => self.listings.push(Listing { instrument, motion }),
            None => self.described.push(instrument),
        }
    }

    /// Returns the reference data alone.
    pub fn instruments(&self) -> Vec<Instrument> {
        let listings = self.listings.iter().map(|l| &l.instrument);
        let all = listings.chain(&self.described);
        all.map(|known| self.places.place(known.clone())).collect()
    }
}

/// Reads a file: what holds by class, and its instruments, each once.
fn read(text: &str) -> Result<(ClassPlaces, Vec<Known>), UniverseError> {
    let file: File = toml::from_str(text).map_err(|error| UniverseError {
        line: error.span().map_or(1, |span| line_of(text, span.start)),
        text: error.message().trim().replace('\n', ", "),
    })?;
    let mut places = ClassPlaces::default();
    for (class, Place { sector, country }) in file.class {
        places.set(class, ClassPlace { sector, country });
    }
    let mut seen = HashSet::new();
    let mut all = Vec::new();
    for entry in file.instrument {
        let line = line_of(text, entry.span().start);
        let known = check(entry.into_inner()).map_err(|text| UniverseError { line, text })?;
        let symbol = known.instrument.symbol.clone();
        if !seen.insert(symbol.clone()) {
            let text = format!("symbol {symbol} is listed twice: keep one");
            return Err(UniverseError { line, text });
        }
        all.push(known);
    }
    Ok((places, all))
}

/// The longest name of a sector or a country.
const NAME_MOST: usize = 32;

fn check(entry: Entry) -> Result<Known, String> {
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
    for (key, name) in [("sector", &entry.sector), ("country", &entry.country)] {
        let fits = |name: &SmolStr| !name.trim().is_empty() && name.len() <= NAME_MOST;
        if let Some(name) = name.as_ref().filter(|name| !fits(name)) {
            return Err(format!(
                "{key} of {symbol} is '{name}', must be a name of 1 to {NAME_MOST} bytes"
            ));
        }
    }
    if let Some(sim) = &entry.sim {
        check_motion(&entry, sim)?;
    }
    Ok(Known {
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
        motion: entry.sim,
    })
}

fn check_motion(entry: &Entry, sim: &Motion) -> Result<(), String> {
    let symbol = &entry.symbol;
    if sim.borrow_bps.is_some_and(Rate::is_negative) {
        return Err(format!("sim.borrow_bps of {symbol} must not be below 0"));
    }
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
    Ok(())
}
