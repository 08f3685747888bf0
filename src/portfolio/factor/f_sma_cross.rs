//! The cross of two moving averages: is the fast one above the slow one?

use crate::domain::UniversePanel;
use crate::protocol::{Given, ParamSpec, PortfolioError};

use crate::portfolio::factor::history::{carry, windows};
use crate::portfolio::factor::raw::{CARRY, ROWS_MOST, Raw, ZSCORE};

/// +1 where the mean of the last `p_fast` closes is above that of the last `p_slow`, -1 where it is not. Like every
/// score it is then z-scored across assets; `zscore=false` leaves +1 and -1.
#[derive(Debug, Clone, Copy)]
pub struct SmaCross;

impl Raw for SmaCross {
    const NAME: &'static str = "f_sma_cross";
    const PARAMS: &'static [ParamSpec] = &[
        ParamSpec {
            name: "p_fast",
            default: "20",
            what: "closes of the fast average, from 1",
        },
        ParamSpec {
            name: "p_slow",
            default: "50",
            what: "closes of the slow average, more than p_fast",
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
        let fast = given.whole("p_fast", 1, ROWS_MOST - 1)?;
        let slow = given.whole("p_slow", fast + 1, ROWS_MOST)?;
        let mean = |closes: &[f64]| closes.iter().sum::<f64>() / closes.len() as f64;
        Ok(windows(
            &panel.close,
            (slow, carry(given)?),
            from,
            |closes| {
                let newest = closes.get(slow - fast..).unwrap_or_default();
                if mean(newest) > mean(closes) {
                    1.0
                } else {
                    -1.0
                }
            },
        ))
    }
}
