//! What there is to compute, and when it is due again.
//!
//! A figure is due once something it was made of has changed and it has rested: a thousand times as long as it
//! took, so that no method takes more than a thousandth of a processor, however slow it is. What a slow method
//! holds up is itself.

use std::sync::Arc;
use std::time::Duration;

use crate::domain::Timestamp;
use crate::event::{Clusters, Frontier, Made};

/// How much longer a figure rests than it took.
const REST: u32 = 1_000;
/// Clusters and the frontier say little about one tick: they rest at least so long while no bar closes.
pub(super) const SLOW_REST: Duration = Duration::from_secs(30);

/// One piece of work.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Work {
    /// The scores of the factor at that place of the settings.
    Factor(usize),
    /// The weights of a sizer.
    Sizer(usize),
    /// The weights of an allocator.
    Allocator(usize),
    /// The weights of a sleeve.
    Sleeve(usize),
    /// What moves together.
    Clusters,
    /// The efficient frontier.
    Frontier,
}

/// What a piece of work came to; in words where it came to nothing.
#[derive(Debug, Clone)]
pub enum Piece {
    /// One number an asset.
    Numbers(Result<Vec<Option<f64>>, String>),
    /// What an allocator would hold.
    Weights(Result<Weighed, String>),
    /// What moves together.
    Clusters(Result<Clusters, String>),
    /// The efficient frontier.
    Frontier(Result<Frontier, String>),
}

/// Weights and what they come to.
#[derive(Debug, Clone)]
pub struct Weighed {
    pub(super) weights: Vec<Option<f64>>,
    pub(super) risk: Vec<Option<f64>>,
    pub(super) volatility: Option<f64>,
    pub(super) mean: Option<f64>,
}

impl Weighed {
    /// Returns what there is where there are no weights.
    pub(super) fn nothing(assets: usize) -> Self {
        Self {
            weights: vec![None; assets],
            risk: vec![None; assets],
            volatility: None,
            mean: None,
        }
    }
}

/// A figure, and what it was made of.
#[derive(Debug)]
pub(super) struct Kept<T> {
    pub(super) figure: Option<Arc<T>>,
    pub(super) fault: Option<String>,
    seen: u64,
    made: Option<Made>,
}

impl<T> Default for Kept<T> {
    fn default() -> Self {
        Self {
            figure: None,
            fault: None,
            seen: 0,
            made: None,
        }
    }
}

impl<T> Kept<T> {
    /// Returns true when what it is made of is at `version` and it has rested at least `least`.
    pub(super) fn is_due(&self, version: u64, now: Timestamp, least: Duration) -> bool {
        let rested = self.made.is_none_or(|made| {
            let rest = Duration::from_micros(made.took_us).saturating_mul(REST);
            now.since(made.at) >= rest.max(least)
        });
        self.seen < version && rested
    }

    /// Takes in what it came to at `version`; where it came to nothing, why, and nothing old stays.
    pub(super) fn keep(&mut self, figure: Result<T, String>, version: u64, made: Made) {
        let (figure, fault) = match figure {
            Ok(figure) => (Some(Arc::new(figure)), None),
            Err(fault) => (None, Some(fault)),
        };
        *self = Self {
            figure,
            fault,
            seen: version,
            made: Some(made),
        };
    }

    /// Takes in what was made before anything it could be made of now.
    pub(super) fn standing(figure: Arc<T>, made: Made) -> Self {
        Self {
            figure: Some(figure),
            fault: None,
            seen: 0,
            made: Some(made),
        }
    }

    /// Returns when it was last made.
    pub(super) fn made(&self) -> Option<Made> {
        self.made
    }
}
