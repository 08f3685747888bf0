//! What is to be computed: which methods with which parameters, the sleeves, and how often.
//!
//! Methods are written as a name and its parameters, `f_momentum_12_1 h_long=252`; a sizer stands behind the
//! factor it sizes, `f_momentum_12_1 > equal_weight_long n=5`. Reading checks that each method exists and takes
//! what it is given, so that a typing error is said at the start and not on a figure.

use std::collections::BTreeMap;
use std::fmt;
use std::time::Duration;

use serde_json::Value;
use smol_str::SmolStr;

use crate::domain::{Interval, StrategyId, Symbol};
use crate::portfolio::allocator::Linkage;
use crate::portfolio::bucket::Bucket;
use crate::portfolio::capacity::CapacitySettings;
use crate::portfolio::drift::DriftSettings;
use crate::portfolio::live::Methods;
use crate::portfolio::sleeve::Overlay;
use crate::protocol::{Given, ParamSpec, Params, PortfolioError, param};

/// Symbols that are computed with at most.
pub const UNIVERSE_MOST: usize = 512;
/// Factors, sizers and allocators shown, of each kind.
pub const METHODS_MOST: usize = 32;
/// Sleeves of a fund.
pub const SLEEVES_MOST: usize = 32;

/// A method and its parameters.
#[derive(Debug, Clone, PartialEq)]
pub struct Method {
    /// Its registered name.
    pub name: SmolStr,
    /// What it is given.
    pub params: Params,
}

/// A sizer over the scores of a factor.
#[derive(Debug, Clone, PartialEq)]
pub struct Scored {
    /// Whose scores.
    pub factor: Method,
    /// What makes weights of them.
    pub sizer: Method,
}

/// How a sleeve comes to its weights.
#[derive(Debug, Clone, PartialEq)]
pub enum Rule {
    /// A factor's scores, sized.
    Scored(Scored),
    /// An allocator over the returns of its symbols.
    Allocated(Method),
    /// What a strategy last published.
    Signal(StrategyId),
    /// Always the same weights.
    Fixed(BTreeMap<Symbol, f64>),
}

/// One sleeve of the fund.
#[derive(Debug, Clone, PartialEq)]
pub struct SleeveSettings {
    /// Its name.
    pub name: SmolStr,
    /// How it comes to its weights.
    pub rule: Rule,
    /// Its symbols; all of the universe where none are named.
    pub universe: Option<Vec<Symbol>>,
    /// Its part of NAV.
    pub allocation: f64,
    /// How long its weights stand.
    pub bucket: Bucket,
}

/// Everything to compute.
#[derive(Debug, Clone, PartialEq)]
pub struct LiveSettings {
    /// Length of the bars.
    pub interval: Interval,
    /// Returns that allocators look at.
    pub window: usize,
    /// The symbols; all there are where none are named.
    pub universe: Option<Vec<Symbol>>,
    /// Factors to show.
    pub factors: Vec<Method>,
    /// Sizers to show.
    pub sizers: Vec<Scored>,
    /// Allocators to show.
    pub allocators: Vec<Method>,
    /// How clusters are told apart.
    pub linkage: Linkage,
    /// The sleeves of the fund.
    pub sleeves: Vec<SleeveSettings>,
    /// How allocations of sleeves are set.
    pub overlay: Overlay,
    /// How much of what is traded may be held.
    pub capacity: CapacitySettings,
    /// From which drift on it is traded.
    pub drift: DriftSettings,
    /// The smallest trade, in USD.
    pub min_notional_usd: f64,
    /// The least time between two rounds.
    pub pace: Duration,
}

impl Method {
    /// Reads `name key=value …`; values are JSON where they are JSON, otherwise words.
    ///
    /// # Errors
    /// In words: what would be right.
    pub fn read(text: &str) -> Result<Self, String> {
        let mut words = text.split_whitespace();
        let name = words
            .next()
            .ok_or("expected a method, such as hrp linkage=ward")?;
        let mut params = Params::new();
        for word in words {
            let (key, value) = word.split_once('=').ok_or_else(|| {
                format!("expected key=value after {name}, such as n=5, not '{word}'")
            })?;
            if params.insert(key.to_owned(), param(value)).is_some() {
                return Err(format!("expected {key} once"));
            }
        }
        let name = SmolStr::new(name);
        Ok(Self { name, params })
    }

    /// Checks that the method takes parameters of these names.
    fn takes(&self, specs: &[ParamSpec]) -> Result<(), String> {
        let given = Given::new(&self.name, specs, &self.params);
        given.map(|_| ()).map_err(|error| error.to_string())
    }

    /// Reads a factor there is.
    ///
    /// # Errors
    /// In words: what would be right.
    pub fn factor(text: &str, methods: &Methods) -> Result<Self, String> {
        let this = Self::read(text)?;
        let found = methods.factors.get(&this.name);
        this.takes(found.map_err(|error| error.to_string())?.params())?;
        Ok(this)
    }

    /// Reads an allocator there is.
    ///
    /// # Errors
    /// In words: what would be right.
    pub fn allocator(text: &str, methods: &Methods) -> Result<Self, String> {
        let this = Self::read(text)?;
        let found = methods.allocators.get(&this.name);
        this.takes(found.map_err(|error| error.to_string())?.params())?;
        Ok(this)
    }
}

impl fmt::Display for Method {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.name)?;
        for (key, value) in &self.params {
            match value {
                Value::String(word) => write!(f, " {key}={word}")?,
                other => write!(f, " {key}={other}")?,
            }
        }
        Ok(())
    }
}

impl Scored {
    /// Reads `factor … > sizer …`.
    ///
    /// # Errors
    /// In words: what would be right.
    pub fn read(text: &str, methods: &Methods) -> Result<Self, String> {
        let (factor, sizer) = text.split_once('>').ok_or(
            "expected a factor and a sizer, such as f_momentum_12_1 > equal_weight_long n=5",
        )?;
        let sizer = Method::read(sizer)?;
        let found = methods.sizers.get(&sizer.name);
        sizer.takes(found.map_err(|error| error.to_string())?.params())?;
        Ok(Self {
            factor: Method::factor(factor, methods)?,
            sizer,
        })
    }
}

impl fmt::Display for Scored {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} > {}", self.factor, self.sizer)
    }
}

impl Rule {
    /// Reads a rule: a sized factor, an allocator, `signal STRATEGY` or `fixed SYMBOL=WEIGHT …`.
    ///
    /// # Errors
    /// In words: what would be right.
    pub fn read(text: &str, methods: &Methods) -> Result<Self, String> {
        if text.contains('>') {
            return Scored::read(text, methods).map(Self::Scored);
        }
        let mut words = text.split_whitespace();
        match words.next() {
            Some("signal") => {
                let strategy = words.next().filter(|_| words.next().is_none());
                let strategy = strategy.ok_or("expected one strategy, as in signal mom-v7")?;
                StrategyId::new(strategy)
                    .map(Self::Signal)
                    .map_err(|error| error.to_string())
            }
            Some("fixed") => fixed(words).map(Self::Fixed),
            Some(_) | None => Method::allocator(text, methods).map(Self::Allocated),
        }
    }
}

fn fixed<'a>(words: impl Iterator<Item = &'a str>) -> Result<BTreeMap<Symbol, f64>, String> {
    let mut weights = BTreeMap::new();
    for word in words {
        let right = || format!("expected SYMBOL=WEIGHT, such as AAPL=0.1, not '{word}'");
        let (symbol, weight) = word.split_once('=').ok_or_else(right)?;
        let symbol = Symbol::new(symbol).map_err(|error| error.to_string())?;
        let weight: f64 = weight.parse().map_err(|_| right())?;
        if !(-1.0..=1.0).contains(&weight) {
            return Err(format!(
                "expected a weight of {symbol} from -1 to 1, not {weight}"
            ));
        }
        weights.insert(symbol, weight);
    }
    if weights.is_empty() {
        return Err("expected weights, as in fixed AAPL=0.1 MSFT=0.05".to_owned());
    }
    Ok(weights)
}

impl fmt::Display for Rule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Scored(sized) => sized.fmt(f),
            Self::Allocated(method) => method.fmt(f),
            Self::Signal(strategy) => write!(f, "signal {strategy}"),
            Self::Fixed(_) => f.write_str("fixed weights"),
        }
    }
}

impl LiveSettings {
    /// Returns how many intervals a year has, to state figures per year.
    pub fn periods(&self) -> f64 {
        // Markets of sessions have so many days and hours; what trades around the clock is measured alike.
        let hours = 252.0 * 6.5;
        match self.interval {
            Interval::W1 => 52.0,
            Interval::D1 => 252.0,
            Interval::H4 => hours / 4.0,
            Interval::H1 => hours,
            Interval::M30 => hours * 2.0,
            Interval::M15 => hours * 4.0,
            Interval::M5 => hours * 12.0,
            Interval::M1 => hours * 60.0,
        }
    }
}

/// Makes the fault of a figure that nothing is known of yet.
pub(super) fn no_history(of: &str, symbols: usize) -> PortfolioError {
    PortfolioError::none(
        of,
        format!("{symbols} symbols have a history in the window, and it takes at least one"),
    )
}
