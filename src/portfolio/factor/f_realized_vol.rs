//! Realised volatility: how much an asset moved from row to row, a year.

use crate::domain::UniversePanel;
use crate::protocol::{Given, ParamSpec, PortfolioError};

use crate::portfolio::factor::history::{carry, windows};
use crate::portfolio::factor::raw::{CARRY, ROWS_MOST, Raw, ZSCORE};

/// Rows of a year of sessions.
const YEAR: f64 = 252.0;

/// The sample deviation (divided by h - 1) of the last h log returns, times the root of 252. Higher is more volatile.
#[derive(Debug, Clone, Copy)]
pub struct RealizedVol;

impl Raw for RealizedVol {
    const NAME: &'static str = "f_realized_vol";
    const PARAMS: &'static [ParamSpec] = &[
        ParamSpec {
            name: "h",
            default: "21",
            what: "log returns of the window, from 2",
        },
        CARRY,
        ZSCORE,
    ];

    fn figures(
        &self,
        panel: &UniversePanel,
        given: &Given<'_>,
        from: usize,
    ) -> Result<Vec<f64>, PortfolioError> {
        let h = given.whole("h", 2, ROWS_MOST)?;
        let mut logs = Vec::with_capacity(h.min(panel.close.rows()));
        Ok(windows(
            &panel.close,
            (h + 1, carry(given)?),
            from,
            |closes| {
                log_returns(closes, &mut logs);
                let n = logs.len() as f64;
                let mean = logs.iter().sum::<f64>() / n;
                let squares: f64 = logs.iter().map(|it| (it - mean) * (it - mean)).sum();
                (squares / (n - 1.0) * YEAR).sqrt()
            },
        ))
    }
}

/// Puts the log returns of the closes into `logs`.
pub(super) fn log_returns(closes: &[f64], logs: &mut Vec<f64>) {
    logs.clear();
    logs.extend(closes.windows(2).map(|pair| match pair {
        [before, after] => (after / before).ln(),
        _ => f64::NAN,
    }));
}
