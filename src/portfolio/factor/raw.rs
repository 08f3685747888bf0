//! What every factor of ours has in common: a raw figure an asset, made comparable across assets.
//!
//! A factor states its figure; this file makes a [`Factor`] of it. Rows are computed from any one on, and a row
//! never depends on which rows were asked for, so the last row alone is the same as the end of all of them.

use std::fmt::Debug;

use crate::domain::{Matrix, UniversePanel};
use crate::portfolio::factor::zscore_row;
use crate::protocol::{Factor, Given, ParamSpec, Params, PortfolioError};

/// Most rows a window or gap may span.
pub(super) const ROWS_MOST: usize = 1_000_000;

/// The parameter that every factor takes to leave its figure as it is.
pub(super) const ZSCORE: ParamSpec = ParamSpec {
    name: "zscore",
    default: "true",
    what: "true: z-scored across assets, row by row; false: the figure itself",
};

/// The parameter that says how long a close stands for those that are missing after it.
pub(super) const CARRY: ParamSpec = ParamSpec {
    name: "carry",
    default: "5",
    what: "rows for which a missing close is the one before it; 0: a missing close is missing",
};

/// A figure of one asset at one time.
pub(super) trait Raw: Send + Sync + Debug {
    /// The registered name.
    const NAME: &'static str;
    /// The parameters, [`ZSCORE`] among them.
    const PARAMS: &'static [ParamSpec];

    /// Returns the figures of the rows from `from` on, row by row; NaN where undefined.
    fn figures(
        &self,
        panel: &UniversePanel,
        given: &Given<'_>,
        from: usize,
    ) -> Result<Vec<f64>, PortfolioError>;
}

impl<R: Raw> Factor for R {
    fn name(&self) -> &str {
        R::NAME
    }

    fn params(&self) -> &[ParamSpec] {
        R::PARAMS
    }

    fn score(&self, panel: &UniversePanel, params: &Params) -> Result<Matrix, PortfolioError> {
        let rows = panel.close.rows();
        let scores = scores(self, panel, params, 0)?;
        Matrix::new(rows, panel.close.columns(), scores)
            .map_err(|error| PortfolioError::none(R::NAME, error.to_string()))
    }

    fn latest(&self, panel: &UniversePanel, params: &Params) -> Result<Vec<f64>, PortfolioError> {
        match panel.close.rows().checked_sub(1) {
            Some(last) => scores(self, panel, params, last),
            None => Ok(vec![f64::NAN; panel.close.columns()]),
        }
    }
}

fn scores<R: Raw>(
    factor: &R,
    panel: &UniversePanel,
    params: &Params,
    from: usize,
) -> Result<Vec<f64>, PortfolioError> {
    let given = Given::new(R::NAME, R::PARAMS, params)?;
    let comparable = given.flag(ZSCORE.name)?;
    let columns = panel.close.columns();
    if columns != panel.symbols.len() {
        let expected = "expected one column a symbol";
        return Err(PortfolioError::bad(R::NAME, "close", columns, expected));
    }
    let mut figures = factor.figures(panel, &given, from)?;
    if comparable && columns > 0 {
        figures.chunks_exact_mut(columns).for_each(zscore_row);
    }
    Ok(figures)
}
