//! Realised volatility of a market that never closes, the newest moves weighing most.

use crate::domain::UniversePanel;
use crate::portfolio::factor::ewma_std;
use crate::protocol::{Given, ParamSpec, PortfolioError};

use crate::portfolio::factor::f_realized_vol::log_returns;
use crate::portfolio::factor::history::{carry, windows};
use crate::portfolio::factor::raw::{CARRY, ROWS_MOST, Raw, ZSCORE};

/// Rows of a year without weekends.
const YEAR: f64 = 365.0;

/// The weighted deviation of the last h log returns, times the root of 365. A return weighs `ema_alpha` times as much
/// as the one after it, and what is older than h rows nothing: the figure does not depend on how long the history is.
#[derive(Debug, Clone, Copy)]
pub struct CryptoRealizedVol;

impl Raw for CryptoRealizedVol {
    const NAME: &'static str = "f_crypto_realized_vol";
    const PARAMS: &'static [ParamSpec] = &[
        ParamSpec {
            name: "h",
            default: "21",
            what: "log returns of the window, from 2",
        },
        ParamSpec {
            name: "ema_alpha",
            default: "0.94",
            what: "what a return weighs against the one after it, above 0 and up to 1",
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
        let decay = given.number("ema_alpha", 1e-6, 1.0)?;
        let mut logs = Vec::with_capacity(h.min(panel.close.rows()));
        Ok(windows(
            &panel.close,
            (h + 1, carry(given)?),
            from,
            |closes| {
                log_returns(closes, &mut logs);
                ewma_std(&logs, decay) * YEAR.sqrt()
            },
        ))
    }
}
