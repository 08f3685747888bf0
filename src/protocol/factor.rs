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

    /// Returns the last row of the scores, one per asset: what a live desk asks after every bar. It must be what
    /// [`Factor::score`] ends with; a method that can make it without the rows before should.
    fn latest(&self, panel: &UniversePanel, params: &Params) -> Result<Vec<f64>, PortfolioError> {
        let scores = self.score(panel, params)?;
        let last = scores.rows().checked_sub(1).and_then(|t| scores.row(t));
        Ok(last.map_or_else(|| vec![f64::NAN; panel.symbols.len()], <[f64]>::to_vec))
    }
}
