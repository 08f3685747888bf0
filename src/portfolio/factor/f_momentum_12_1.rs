//! 12-1 momentum: what an asset gained over twelve months, the newest of them left out.

use crate::domain::UniversePanel;
use crate::protocol::{Given, ParamSpec, PortfolioError};

use crate::portfolio::factor::history::{as_of, carry, is_price};
use crate::portfolio::factor::raw::{CARRY, ROWS_MOST, Raw, ZSCORE};
use crate::portfolio::wide::{all, wide};

/// `close[t-h_skip] / close[t-h_skip-h_long] - 1`: the seed's `close[-h_skip-1] / close[-h_long-h_skip-1] - 1` at every t.
#[derive(Debug, Clone, Copy)]
pub struct Momentum12To1;

impl Raw for Momentum12To1 {
    const NAME: &'static str = "f_momentum_12_1";
    const PARAMS: &'static [ParamSpec] = &[
        ParamSpec {
            name: "h_long",
            default: "252",
            what: "rows over which the gain is taken, from 1",
        },
        ParamSpec {
            name: "h_skip",
            default: "21",
            what: "newest rows left out, from 0",
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
        let long = given.whole("h_long", 1, ROWS_MOST)?;
        let skip = given.whole("h_skip", 0, ROWS_MOST)?;
        Ok(gains(panel, (skip, skip + long), from, carry(given)?))
    }
}

/// Returns the gain of every asset between `then` and `now` rows ago, at every row from `from` on.
pub(super) fn gains(
    panel: &UniversePanel,
    (now, then): (usize, usize),
    from: usize,
    carry: usize,
) -> Vec<f64> {
    let close = &panel.close;
    let mut gains = Vec::with_capacity(close.rows().saturating_sub(from) * close.columns());
    for t in from..close.rows() {
        let row = |ago: usize| Some((t.checked_sub(ago)?, close.row(t.checked_sub(ago)?)?));
        let (Some((new, news)), Some((old, olds))) = (row(now), row(then)) else {
            gains.resize(gains.len() + close.columns(), f64::NAN);
            continue;
        };
        if wide(|| all(news, is_price) && all(olds, is_price)) {
            let cells = news.iter().zip(olds);
            wide(|| gains.extend(cells.map(|(last, first)| last / first - 1.0)));
            continue;
        }
        let cells = news.iter().zip(olds).enumerate();
        gains.extend(cells.map(|(a, (&last, &first))| {
            if !is_price(last) || !is_price(first) {
                as_of(close, new, a, carry) / as_of(close, old, a, carry) - 1.0
            } else {
                last / first - 1.0
            }
        }));
    }
    gains
}
