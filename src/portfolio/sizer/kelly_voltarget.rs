//! Kelly bets, then as volatile as wanted: the sizers of the fund that ships.

use crate::portfolio::covariance::{COVARIANCE, LAMBDA};
use crate::portfolio::sizer::kelly_fraction::{CAP, COV, EXPECTED, RISK_AVERSION, kelly};
use crate::portfolio::sizer::vol_target_weights::{MAX_SCALE, PERIODS, WINDOW, scaled};
use crate::protocol::{Given, ParamSpec, Params, PortfolioError, Sizer, SizerInput};

/// [`super::KellyFraction`], then [`super::VolTargetWeights`] at the volatility of its name. The cap holds before the
/// scaling: a weight may end at `cap` times `max_scale`.
#[derive(Debug, Clone, Copy)]
pub struct KellyVoltarget {
    name: &'static str,
    target: f64,
}

/// What NAV is given for is the same ratio of any NAV.
const NAV_USD: ParamSpec = ParamSpec {
    name: "nav_usd",
    default: "",
    what: "NAV in USD, above 0; taken for completeness: weights are ratios of NAV and do not depend on it",
};

const PARAMS: &[ParamSpec] = &[
    EXPECTED,
    COV,
    COVARIANCE,
    LAMBDA,
    RISK_AVERSION,
    CAP,
    WINDOW,
    MAX_SCALE,
    PERIODS,
    NAV_USD,
];

impl KellyVoltarget {
    /// At 12 % a year.
    pub const TWELVE: Self = Self {
        name: "kelly_voltarget_12",
        target: 0.12,
    };
    /// At 8 % a year.
    pub const EIGHT: Self = Self {
        name: "kelly_voltarget_8",
        target: 0.08,
    };
}

impl Sizer for KellyVoltarget {
    fn name(&self) -> &str {
        self.name
    }

    fn params(&self) -> &[ParamSpec] {
        PARAMS
    }

    fn size(&self, input: &SizerInput<'_>, params: &Params) -> Result<Vec<f64>, PortfolioError> {
        let given = Given::new(self.name, PARAMS, params)?;
        given.number_if(NAV_USD.name, f64::MIN_POSITIVE, f64::MAX)?;
        let bets = kelly(self.name, input, &given)?;
        scaled(self.name, bets, input, (self.target, &given))
    }
}
