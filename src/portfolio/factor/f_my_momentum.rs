//! Simple momentum: what an asset gained over a window.

use crate::domain::UniversePanel;
use crate::protocol::{Given, ParamSpec, PortfolioError};

use crate::portfolio::factor::f_momentum_12_1::gains;
use crate::portfolio::factor::history::carry;
use crate::portfolio::factor::raw::{CARRY, ROWS_MOST, Raw, ZSCORE};

/// `close[-1] / close[-h] - 1` at every row: the gain between the first and the last of h rows.
#[derive(Debug, Clone, Copy)]
pub struct MyMomentum;

impl Raw for MyMomentum {
    const NAME: &'static str = "f_my_momentum";
    const PARAMS: &'static [ParamSpec] = &[
        ParamSpec {
            name: "h",
            default: "21",
            what: "rows of the window, from 2; the gain runs from its first to its last",
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
        let window = given.whole("h", 2, ROWS_MOST)?;
        Ok(gains(panel, (0, window - 1), from, carry(given)?))
    }
}
