//! Sizer: scores in, target weights out.

use crate::domain::{Matrix, Symbol};
use crate::protocol::{ParamSpec, Params, PortfolioError};

/// What a sizer may look at.
#[derive(Debug, Clone, Copy)]
pub struct SizerInput<'a> {
    /// One score per asset; NaN is "no score".
    pub signal: &'a [f64],
    /// The assets, in the order of the scores.
    pub symbols: &'a [Symbol],
    /// Simple returns per period, (T, A), oldest first, NaN where missing; none where there is no history.
    pub returns: Option<&'a Matrix>,
}

/// Turns a ranking into target weights: ratios of NAV, one per asset.
///
/// MUST rules: pure · a missing score (NaN) gets weight 0 and is never ranked ·
/// of equal scores the lower column comes first · a parameter it does not take is an error.
pub trait Sizer: Send + Sync + std::fmt::Debug {
    /// Returns the stable name.
    fn name(&self) -> &str;

    /// Returns the parameters it takes.
    fn params(&self) -> &[ParamSpec];

    /// Returns one weight per score.
    fn size(&self, input: &SizerInput<'_>, params: &Params) -> Result<Vec<f64>, PortfolioError>;
}
