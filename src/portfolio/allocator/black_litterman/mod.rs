//! Black and Litterman: the means that the market's weights imply, moved by views.
//!
//! `views` reads what is expected and how surely, `posterior` joins it with the market. The prior mean is
//! aversion * covariance * market weights plus the risk-free return; mean and covariance after the
//! views are those of He and Litterman. A view's uncertainty is tau times the variance of what it
//! speaks of, or, where a confidence is given, Idzorek's closed form: confidence 1 is certain, 0 leaves
//! the view out. Expected returns are per period of the returns.
//!
//! By default the weights are the best by the posterior mean and the prior covariance, without limits
//! and adding up to 1, as `bl_weights` of PyPortfolioOpt has them: without views they are the
//! market's. `objective` asks `markowitz` for long-only weights by the posterior mean and covariance instead.
//!
//! # Where others differ
//!
//! * PyPortfolioOpt adds the risk-free return to the prior too, but does not take it off again before
//!   `bl_weights` divides by the covariance: with `risk_free` other than 0 its weights are not the market's
//!   without views, and these are.
//! * Its `bl_weights` divides by the sum of the weights whatever it is; here a sum that is not above zero is an
//!   error, since dividing by it would turn every view into its opposite.
//! * PyPortfolioOpt stands in a variance of 1e6 for confidence 0; here the view is left out, the limit of it.

mod posterior;
mod views;

use crate::domain::Symbol;
use crate::portfolio::allocator::allocation;
use crate::portfolio::allocator::judged::{Judged, Method};
use crate::portfolio::allocator::markowitz::{Limits, Objective, best};
use crate::portfolio::covariance::{COVARIANCE, LAMBDA, square};
use crate::protocol::{Allocation, Detail, Given, ParamSpec, PortfolioError};

use posterior::{Market, Posterior, posterior};

const NAME: &str = "black_litterman";

const PARAMS: &[ParamSpec] = &[
    ParamSpec {
        name: "market_caps",
        default: "1",
        what: "market capitalisation of each asset, in any unit: a list or {\"SYMBOL\": number}; without it all count alike",
    },
    ParamSpec {
        name: views::VIEWS,
        default: "",
        what: "list of {\"symbols\": […], \"weights\": […], \"expected\": mean return per period, \"confidence\": 0 to 1}; weights of 1 and -1 compare, confidence may be left out",
    },
    ParamSpec {
        name: "risk_aversion",
        default: "2.5",
        what: "how much variance costs the market, above 0",
    },
    ParamSpec {
        name: "tau",
        default: "0.05",
        what: "how uncertain the prior means are, as a part of the covariance, above 0",
    },
    ParamSpec {
        name: "risk_free",
        default: "0",
        what: "risk-free return per period",
    },
    ParamSpec {
        name: "objective",
        default: "unconstrained",
        what: "unconstrained, or long only by the posterior: min_variance, max_sharpe or risk_aversion",
    },
    COVARIANCE,
    LAMBDA,
];

/// The allocator `black_litterman`.
#[derive(Debug, Clone, Copy)]
pub struct BlackLitterman;

#[derive(Debug, Clone, Copy)]
enum Goal {
    Unconstrained,
    MinVariance,
    MaxSharpe,
    RiskAversion,
}

impl Method for BlackLitterman {
    const NAME: &'static str = NAME;
    const PARAMS: &'static [ParamSpec] = PARAMS;

    fn weigh(&self, given: &Given<'_>, judged: &Judged<'_>) -> Result<Allocation, PortfolioError> {
        let goal = given.choice(
            "objective",
            &[
                ("unconstrained", Goal::Unconstrained),
                ("min_variance", Goal::MinVariance),
                ("max_sharpe", Goal::MaxSharpe),
                ("risk_aversion", Goal::RiskAversion),
            ],
        )?;
        let views = views::read(given, judged.symbols)?;
        let caps = caps(given, judged.symbols)?;
        let market = Market {
            covariance: &judged.estimate.covariance,
            weights: &caps,
            aversion: given.number("risk_aversion", 1e-9, 1e12)?,
            tau: given.number("tau", 1e-9, 1e6)?,
            risk_free: given.number("risk_free", -1e6, 1e6)?,
        };
        let posterior = posterior(NAME, &market, &views)?;
        let weights = match goal {
            Goal::Unconstrained => normalised(&posterior.weights)?,
            Goal::MinVariance => held(&posterior, Objective::MinVariance)?,
            Goal::MaxSharpe => {
                let risk_free = market.risk_free;
                held(&posterior, Objective::MaxSharpe { risk_free })?
            }
            Goal::RiskAversion => {
                let aversion = market.aversion;
                held(&posterior, Objective::RiskAversion { aversion })?
            }
        };
        let mut allocation = allocation(weights, &judged.estimate);
        let details = &mut allocation.details;
        let matrix = square(&posterior.covariance);
        details.push(("posterior_covariance", Detail::Matrix(matrix)));
        details.push(("prior", Detail::PerAsset(posterior.prior)));
        details.push(("posterior", Detail::PerAsset(posterior.mean)));
        Ok(allocation)
    }
}

/// Returns long-only weights by the posterior.
fn held(posterior: &Posterior, objective: Objective) -> Result<Vec<f64>, PortfolioError> {
    let limits = Limits::long_only(posterior.mean.len());
    best(
        NAME,
        &posterior.covariance,
        &posterior.mean,
        &limits,
        objective,
    )
}

/// Reads the market's weights.
fn caps(given: &Given<'_>, symbols: &[Symbol]) -> Result<Vec<f64>, PortfolioError> {
    let caps = given.per_asset("market_caps", symbols)?;
    let caps = caps.unwrap_or_else(|| vec![1.0; symbols.len()]);
    if let Some((cap, symbol)) = caps.iter().zip(symbols).find(|(cap, _)| **cap < 0.0) {
        let what = format!("market_caps of {symbol}");
        return Err(PortfolioError::bad(NAME, &what, cap, "expected at least 0"));
    }
    let largest = caps.iter().copied().fold(0.0, f64::max);
    if largest <= 0.0 {
        let expected = "expected one above 0";
        return Err(PortfolioError::bad(
            NAME,
            "the largest of market_caps",
            largest,
            expected,
        ));
    }
    // By the largest first: the sum of what is nearly too large for a number would be.
    let sum: f64 = caps.iter().map(|cap| cap / largest).sum();
    Ok(caps.iter().map(|cap| cap / largest / sum).collect())
}

/// Returns the weights scaled to add up to 1.
fn normalised(weights: &[f64]) -> Result<Vec<f64>, PortfolioError> {
    let sum: f64 = weights.iter().sum();
    let size: f64 = weights.iter().map(|weight| weight.abs()).sum();
    // Below that the sum is what rounding left of weights that cancel out.
    if sum.is_finite() && sum > 1e-9 * size {
        return Ok(weights.iter().map(|weight| weight / sum).collect());
    }
    let why = format!(
        "by these views the best weights add up to {sum}, which cannot be scaled to 1: give \
         objective=max_sharpe or min_variance, or less confidence"
    );
    Err(PortfolioError::none(NAME, why))
}
