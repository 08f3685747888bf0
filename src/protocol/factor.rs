//! FactorFn: a panel in, scores out.

use crate::domain::{Matrix, UniversePanel};
use crate::protocol::{ParamSpec, Params, PortfolioError};

/// Scores every asset at every time: (T, A), z-scored across assets, higher is stronger, NaN where undefined.
///
/// MUST rules: pure · the name begins with `f_` and is unique in the registry ·
/// a row of equal values scores 0 · a parameter it does not take is an error.
pub trait Factor: Send + Sync + std::fmt::Debug {
    /// Returns the registered name.
    fn name(&self) -> &str;

    /// Returns the parameters it takes.
    fn params(&self) -> &[ParamSpec];

    /// Returns the scores.
    fn score(&self, panel: &UniversePanel, params: &Params) -> Result<Matrix, PortfolioError>;
}
