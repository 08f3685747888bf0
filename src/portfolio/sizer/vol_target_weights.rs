//! Given weights, made as volatile as wanted.

use crate::portfolio::sizer::history::{complete, finite, returns, too_short};
use crate::protocol::{Given, ParamSpec, Params, PortfolioError, Sizer, SizerInput};

/// The scores are the weights to begin with; all are scaled by `min(max_scale, target / realised)`, which may lie below
/// or above 1. Realised is the sample deviation, a year, of the log returns of those weights over the last `window`
/// rows known of every asset held (fewer where there are fewer, at least 2).
#[derive(Debug, Clone, Copy)]
pub struct VolTargetWeights;

const NAME: &str = "vol_target_weights";
const PARAMS: &[ParamSpec] = &[
    ParamSpec {
        name: "target_ann_vol",
        default: "0.12",
        what: "volatility wanted, a year; 0.12 is 12 %",
    },
    WINDOW,
    MAX_SCALE,
    PERIODS,
];

pub(super) const WINDOW: ParamSpec = ParamSpec {
    name: "window",
    default: "63",
    what: "newest rows of returns that volatility is taken over, from 2",
};

pub(super) const MAX_SCALE: ParamSpec = ParamSpec {
    name: "max_scale",
    default: "3.0",
    what: "most that weights are scaled by, above 0",
};

pub(super) const PERIODS: ParamSpec = ParamSpec {
    name: "periods",
    default: "252",
    what: "rows of returns in a year",
};

impl Sizer for VolTargetWeights {
    fn name(&self) -> &str {
        NAME
    }

    fn params(&self) -> &[ParamSpec] {
        PARAMS
    }

    fn size(&self, input: &SizerInput<'_>, params: &Params) -> Result<Vec<f64>, PortfolioError> {
        let given = Given::new(NAME, PARAMS, params)?;
        let target = given.number("target_ann_vol", 0.0, f64::MAX)?;
        let base = input.signal.iter();
        let base = base.map(|score| if score.is_nan() { 0.0 } else { *score });
        scaled(NAME, base.collect(), input, (target, &given))
    }
}

/// Scales the weights to the target volatility. Weights that are all 0 stay so.
pub(super) fn scaled(
    of: &str,
    base: Vec<f64>,
    input: &SizerInput<'_>,
    (target, given): (f64, &Given<'_>),
) -> Result<Vec<f64>, PortfolioError> {
    let window = given.whole(WINDOW.name, 2, usize::MAX)?;
    let most = given.number(MAX_SCALE.name, f64::MIN_POSITIVE, f64::MAX)?;
    let periods = given.number(PERIODS.name, f64::MIN_POSITIVE, f64::MAX)?;
    let base = finite(of, input.symbols, base)?;
    let held: Vec<usize> = (0..base.len())
        .filter(|column| base.get(*column).is_some_and(|weight| *weight != 0.0))
        .collect();
    if held.is_empty() {
        return Ok(base);
    }
    let rows = complete(returns(of, input)?, &held, window);
    if rows.len() < 2 {
        return Err(too_short(of, rows.len(), held.len(), 2));
    }
    let weights = || held.iter().filter_map(|column| base.get(*column));
    let gains: Vec<f64> = rows
        .iter()
        .map(|row| row.iter().zip(weights()).map(|(r, w)| r.ln_1p() * w).sum())
        .collect();
    let n = gains.len() as f64;
    let mean = gains.iter().sum::<f64>() / n;
    let squares: f64 = gains.iter().map(|gain| (gain - mean) * (gain - mean)).sum();
    let realised = (squares / (n - 1.0) * periods).sqrt();
    if !realised.is_finite() {
        let why = "the volatility of the weights is no finite number: a return is -1 or less, or weights are too large";
        return Err(PortfolioError::none(of, why));
    }
    // Nothing moved: no scale is large enough, so the largest there is.
    let scale = if realised > 0.0 {
        most.min(target / realised)
    } else {
        most
    };
    finite(
        of,
        input.symbols,
        base.iter().map(|weight| weight * scale).collect(),
    )
}
