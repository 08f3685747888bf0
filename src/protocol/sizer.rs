//! Sizer: scores in, target weights out.

use std::collections::BTreeMap;

/// Named parameters of a sizer, allocator or factor.
pub type Params = BTreeMap<String, f64>;

/// Why no weights or scores came out.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum PortfolioError {
    /// No parameter of that name.
    #[error("{of} has no parameter '{name}': it takes {known}")]
    UnknownParam {
        /// Whose.
        of: String,
        /// The name given.
        name: String,
        /// The names there are.
        known: String,
    },
    /// A parameter or input cannot be used.
    #[error("{of}: {what} is {value}, {expected}")]
    BadInput {
        /// Whose.
        of: String,
        /// Which input.
        what: String,
        /// Its value.
        value: String,
        /// What would be right.
        expected: String,
    },
}

/// Turns a ranking into target weights: ratios of NAV, one per asset.
///
/// MUST rules: pure · a missing score (NaN) gets weight 0 and is never ranked ·
/// of equal scores the lower column comes first.
pub trait Sizer: Send + Sync + std::fmt::Debug {
    /// Returns the stable name.
    fn name(&self) -> &str;

    /// Returns one weight per score.
    fn size(&self, signal: &[f64], params: &Params) -> Result<Vec<f64>, PortfolioError>;
}
