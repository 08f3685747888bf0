//! How long the gates take, as readers get it: of each, and of a whole judgement.
//!
//! Measured at the edge, which has a clock; the engine only hands it on.

use crate::base::Spread;
use crate::domain::GateName;

/// How long judging takes in this session.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Timings {
    /// A whole judgement: the pure gates, what they look at, and their words.
    pub all: Option<Spread>,
    /// Each gate that was asked, in the order they first were; gates outside from question to answer.
    pub gates: Vec<(GateName, Spread)>,
}

impl Timings {
    /// Returns how long one gate takes; none before it was timed.
    pub fn of(&self, gate: &GateName) -> Option<Spread> {
        let found = self.gates.iter().find(|(name, _)| name == gate);
        found.map(|(_, spread)| *spread)
    }
}
