//! What was last computed of the portfolio: scores, weights, targets, and how the assets hang together.
//!
//! Derived from history and quotes off the engine's thread, and handed in as market data: newest wins,
//! never journaled. Each figure says when it was computed and how long that took. A number that is not
//! known is none, never zero. Lists of numbers stand in the order of [`Study::symbols`].

use std::sync::Arc;

use serde::{Deserialize, Serialize};
use smol_str::SmolStr;

use crate::domain::{Interval, Symbol, Timestamp};

/// When a figure was computed, and how long it took.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Made {
    /// When.
    pub at: Timestamp,
    /// How long, in microseconds.
    pub took_us: u64,
}

/// One number an asset, by one method; or why there are none.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Figures {
    /// The method's name: `f_momentum_12_1`, `equal_weight_long`.
    pub name: SmolStr,
    /// What it was made from and with which parameters, in words.
    pub from: SmolStr,
    /// One number an asset, where known: z-scores of a factor, ratios of NAV of a sizer.
    pub values: Vec<Option<f64>>,
    /// When.
    pub made: Made,
    /// Why there are no numbers, where there are none.
    pub fault: Option<String>,
}

/// What one allocator would hold.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Allocated {
    /// Its weights.
    pub weights: Figures,
    /// The part of the portfolio's variance that comes from each asset; they add up to 1.
    pub risk: Vec<Option<f64>>,
    /// Volatility of the portfolio, per year; 0.12 is 12 %.
    pub volatility: Option<f64>,
    /// Mean return of the portfolio over the window, per year.
    pub mean: Option<f64>,
}

/// One part of the fund that is run by one rule.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Sleeve {
    /// Its name.
    pub name: SmolStr,
    /// How it comes to its weights, in words: `f_momentum_12_1 > equal_weight_long`, `signal mom-v7`.
    pub rule: SmolStr,
    /// Its part of NAV, where known.
    pub allocation: Option<f64>,
    /// Its weights before the allocation, as ratios.
    pub weights: Figures,
}

/// How the assets hang together.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Clusters {
    /// Correlations, row by row, assets by assets in the order of `columns`.
    pub correlation: Vec<f64>,
    /// Which of the study's symbols have a row here, ordered so that what moves together stands together (the
    /// leaves of the dendrogram from left to right); indices into [`Study::symbols`].
    pub columns: Vec<usize>,
    /// The dendrogram, nearest first: two clusters and their distance. Cluster `i` below the number of leaves is the
    /// leaf at `columns[i]`, the one at leaves + k is what merge k made.
    pub merges: Vec<(usize, usize, f64)>,
    /// Which linkage.
    pub linkage: SmolStr,
    /// When.
    pub made: Made,
}

/// The least volatility there is for each mean return, long only.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Frontier {
    /// Volatility and mean return per year, from the least volatility up to the highest return.
    pub points: Vec<(f64, f64)>,
    /// Volatility and mean return per year of each asset, where known.
    pub assets: Vec<Option<(f64, f64)>>,
    /// The point with the most return per volatility.
    pub sharpest: Option<(f64, f64)>,
    /// When.
    pub made: Made,
}

/// Where the history comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum HistoryKind {
    /// There is none.
    None,
    /// All of it was made up by the desk.
    Synthetic,
    /// Some symbols have a recorded history, some a synthetic one.
    Mixed,
    /// All of it was imported or came from a feed.
    Recorded,
}

/// A target of the fund and what limited it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Target {
    /// Signed ratio of NAV that the sleeves add up to.
    pub wanted: f64,
    /// The same after capacity; whether the drift from it is worth a trade depends on what is held.
    pub weight: f64,
    /// What made the two differ, in words.
    pub limited: Option<SmolStr>,
}

/// How the subscription to what research publishes stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Heard {
    /// Where it is: the bus's address.
    pub from: SmolStr,
    /// Since when it stands; none while it does not.
    pub since: Option<Timestamp>,
    /// Signals heard since the start of the desk, those for other funds too.
    pub count: u64,
    /// When the newest of them was heard.
    pub last: Option<Timestamp>,
    /// What is wrong: why there is no connection, which message was no signal.
    pub faults: Vec<String>,
}

/// Everything last computed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Study {
    /// The assets.
    pub symbols: Arc<Vec<Symbol>>,
    /// The interval of the history.
    pub interval: Interval,
    /// Rows of the panel.
    pub rows: usize,
    /// Ends of its first and last row; the last may be the open interval's, valued at the newest quotes.
    pub span: Option<(Timestamp, Timestamp)>,
    /// Where the history comes from.
    pub history: HistoryKind,
    /// Which of the assets have a synthetic history, in the order of the symbols.
    pub synthetic: Arc<Vec<bool>>,
    /// Factor scores.
    pub factors: Vec<Arc<Figures>>,
    /// Weights of the sizers, each of one factor's scores.
    pub sizers: Vec<Arc<Figures>>,
    /// Weights of the allocators.
    pub allocators: Vec<Arc<Allocated>>,
    /// The sleeves of the fund.
    pub sleeves: Vec<Arc<Sleeve>>,
    /// What the fund should hold, one an asset; none where no sleeve speaks of it.
    pub targets: Arc<Vec<Option<Target>>>,
    /// How the assets hang together.
    pub clusters: Option<Arc<Clusters>>,
    /// The efficient frontier.
    pub frontier: Option<Arc<Frontier>>,
    /// The largest difference between the rolling covariance and the exact one when last checked, as a part of the
    /// largest variance.
    pub drift: Option<f64>,
    /// How the subscription to signals stands, where there is one.
    pub heard: Option<Heard>,
    /// When the newest of it was computed, and how long the whole round took.
    pub made: Made,
    /// What could not be computed as a whole, in words.
    pub faults: Vec<String>,
}
