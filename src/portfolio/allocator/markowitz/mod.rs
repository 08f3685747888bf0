//! Markowitz: the least variance, the most return for the risk, or a given trade of one for the other.
//!
//! `active` solves problems with bounds per asset exactly; `line` finds the point of the frontier that
//! has a given mean or the highest Sharpe ratio; `conic` takes limits per group, and stands behind
//! both. `limits` reads what the weights must obey and says what cannot be met; `frontier` is for the
//! screen. All returns, means and rates are per period of the returns handed in.
//!
//! # Where others differ
//!
//! * The mean is the arithmetic sample mean and the covariance is used per period. PyPortfolioOpt
//!   multiplies both by 252 (and compounds the mean unless told otherwise): with arithmetic means the
//!   weights are the same, with the target and the risk-free rate divided by 252.
//! * `target_return` asks for at least the target, as PyPortfolioOpt and skfolio do: below the mean of the
//!   least variance, the least variance is the answer.
//! * `risk_aversion` maximises mean'w - d/2 w'Sw, as PyPortfolioOpt's quadratic utility; skfolio and
//!   Riskfolio leave out the half, so their 1 is 2 here.
//! * On the 20 real assets of the golden numbers PyPortfolioOpt (OSQP, whose last step is exact when it finds
//!   which limits bind) agrees to 1e-15; with hundreds of assets OSQP may stop before, and was seen off by up to 8e-3
//!   of a weight. skfolio minimises the volatility as a cone and is off by up to 3e-6 at the tightest tolerance,
//!   and by up to 4e-4 as it comes. The weights here are right to rounding, with groups to 1e-6.
//! * skfolio estimates the covariance with one less than the rows, as `covariance=sample` does.
//!
//! # More than one answer
//!
//! A covariance of more assets than rows, or with two columns alike, may have many weights of the same
//! variance. Then a 1e-8th of the mean variance times w'w is added to the objective, so that the one nearest to
//! even is returned: two columns alike share their weight. This is done only where it is needed.

mod active;
mod conic;
mod frontier;
mod limits;
mod line;
mod start;
mod task;

#[cfg(test)]
mod tests;

use faer::Mat;

pub use frontier::{Curve, efficient_frontier};
pub use limits::Limits;
pub(crate) use limits::{LOWER, UPPER};

use crate::portfolio::allocator::allocation;
use crate::portfolio::allocator::judged::{Judged, Method};
use crate::portfolio::covariance::{COVARIANCE, LAMBDA};
use crate::protocol::{Allocation, Detail, Given, ParamSpec, PortfolioError};

use active::Active;
use conic::Aim;
use limits::{GROUP_LIMITS, GROUPS};
use task::{Stop, Task};

const NAME: &str = "markowitz";

const PARAMS: &[ParamSpec] = &[
    ParamSpec {
        name: "objective",
        default: "min_variance",
        what: "what is best: min_variance, max_sharpe, target_return or risk_aversion",
    },
    COVARIANCE,
    LAMBDA,
    ParamSpec {
        name: "expected_returns",
        default: "",
        what: "mean return per period: one number, a list, or {\"SYMBOL\": number}; without it the sample mean",
    },
    ParamSpec {
        name: "risk_free",
        default: "0",
        what: "risk-free return per period; read by objective=max_sharpe only",
    },
    ParamSpec {
        name: "target",
        default: "",
        what: "least mean return per period; needed by objective=target_return only",
    },
    ParamSpec {
        name: "risk_aversion",
        default: "1",
        what: "d above 0 in mean'w - d/2 w'Sw; read by objective=risk_aversion only",
    },
    LOWER,
    UPPER,
    GROUPS,
    GROUP_LIMITS,
];

/// The allocator `markowitz`.
#[derive(Debug, Clone, Copy)]
pub struct Markowitz;

impl Method for Markowitz {
    const NAME: &'static str = NAME;
    const PARAMS: &'static [ParamSpec] = PARAMS;

    fn weigh(&self, given: &Given<'_>, judged: &Judged<'_>) -> Result<Allocation, PortfolioError> {
        let (symbols, covariance) = (judged.symbols, &judged.estimate.covariance);
        let objective = Objective::read(given)?;
        let limits = Limits::read(NAME, given, symbols)?.with_groups(NAME, given, symbols)?;
        let means = given.per_asset("expected_returns", symbols)?;
        let means = means.unwrap_or_else(|| judged.means.clone());
        let plain = objective == Objective::MinVariance && limits.is_long_only();
        let weights = match judged.before.filter(|_| plain) {
            Some(before) => min_variance(covariance, Some(before))?,
            None => best(NAME, covariance, &means, &limits, objective)?,
        };
        let mean = means.iter().zip(&weights).map(|(m, w)| m * w).sum();
        let mut allocation = allocation(weights, &judged.estimate);
        let details = &mut allocation.details;
        details.push(("expected_return", Detail::Number(mean)));
        details.push(("expected_returns", Detail::PerAsset(means)));
        Ok(allocation)
    }
}

/// What is best.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Objective {
    /// The least variance.
    MinVariance,
    /// The most mean above the risk-free rate per volatility.
    MaxSharpe {
        /// The risk-free return per period.
        risk_free: f64,
    },
    /// The least variance with at least this mean.
    TargetReturn {
        /// The mean return per period.
        target: f64,
    },
    /// The most of mean'w - aversion / 2 w'Sw.
    RiskAversion {
        /// How much variance costs.
        aversion: f64,
    },
}

impl Objective {
    fn read(given: &Given<'_>) -> Result<Self, PortfolioError> {
        let any = |name: &str| given.number(name, f64::NEG_INFINITY, f64::INFINITY);
        let kinds = [
            "min_variance",
            "max_sharpe",
            "target_return",
            "risk_aversion",
        ];
        let kinds: Vec<(&str, usize)> = kinds.into_iter().zip(0..).collect();
        Ok(match given.choice("objective", &kinds)? {
            0 => Self::MinVariance,
            1 => Self::MaxSharpe {
                risk_free: any("risk_free")?,
            },
            2 => Self::TargetReturn {
                target: any("target")?,
            },
            _ => Self::RiskAversion {
                aversion: given.number("risk_aversion", 1e-9, 1e12)?,
            },
        })
    }
}

/// Returns the best weights within the limits.
///
/// # Errors
/// When the target cannot be reached or no mean exceeds the risk-free rate; both say what can be.
pub fn best(
    of: &str,
    covariance: &Mat<f64>,
    means: &[f64],
    limits: &Limits,
    objective: Objective,
) -> Result<Vec<f64>, PortfolioError> {
    usable(of, covariance, means)?;
    let centre = Centred::new(means);
    reachable(of, means, limits, objective, centre.spread)?;
    if limits.groups.is_empty() {
        let task = Task {
            covariance,
            mean: &centre.means,
            lower: &limits.lower,
            upper: &limits.upper,
            budget: 1.0,
        };
        let mut active = Active::new(task);
        if fast(&mut active, &centre, objective).is_ok() {
            return Ok(active.weights().to_vec());
        }
    }
    let (aim, means) = match objective {
        Objective::MinVariance => (Aim::Tilt(0.0), &*centre.means),
        Objective::RiskAversion { aversion } => (Aim::Tilt(1.0 / aversion), &*centre.means),
        Objective::TargetReturn { target } => (Aim::Reach(target - centre.middle), &*centre.means),
        Objective::MaxSharpe { risk_free } => (Aim::Sharpest(risk_free), means),
    };
    conic::solve(covariance, means, limits, aim).map_err(|said| {
        let why = format!("the solver found no weights within the limits (it says: {said})");
        PortfolioError::none(of, why)
    })
}

/// Returns the long-only weights of least variance, from weights that were it for a covariance nearly this one.
///
/// # Errors
/// When the covariance cannot be used.
pub fn min_variance(
    covariance: &Mat<f64>,
    previous: Option<&[f64]>,
) -> Result<Vec<f64>, PortfolioError> {
    let assets = covariance.ncols();
    let (means, limits) = (vec![0.0; assets], Limits::long_only(assets));
    usable(NAME, covariance, &means)?;
    let usable = |weights: &&[f64]| {
        weights.len() == assets && weights.iter().all(|weight| weight.is_finite())
    };
    if let Some(weights) = previous.filter(usable) {
        let task = Task {
            covariance,
            mean: &means,
            lower: &limits.lower,
            upper: &limits.upper,
            budget: 1.0,
        };
        let mut active = Active::at(task, weights);
        if active.solve(0.0).is_ok() {
            return Ok(active.weights().to_vec());
        }
    }
    best(NAME, covariance, &means, &limits, Objective::MinVariance)
}

fn fast(active: &mut Active<'_>, centre: &Centred, objective: Objective) -> Result<(), Stop> {
    match objective {
        Objective::MinVariance => active.solve(0.0),
        Objective::RiskAversion { aversion } => active.solve(1.0 / aversion),
        Objective::TargetReturn { target } => {
            line::reach(active, target - centre.middle, centre.spread)
        }
        Objective::MaxSharpe { risk_free } => line::sharpest(active, risk_free - centre.middle),
    }
}

/// Checks that some weights within the limits have the mean that is asked for.
fn reachable(
    of: &str,
    means: &[f64],
    limits: &Limits,
    objective: Objective,
    spread: f64,
) -> Result<(), PortfolioError> {
    let rounding = 1e-12 * spread;
    match objective {
        Objective::MinVariance | Objective::RiskAversion { .. } => Ok(()),
        Objective::TargetReturn { target } => {
            let highest = limits.highest(means);
            if target <= highest + rounding {
                return Ok(());
            }
            let why = format!(
                "no weights within the limits have a mean return of {target} per period: expected a target of \
                 at most {highest}"
            );
            Err(PortfolioError::none(of, why))
        }
        Objective::MaxSharpe { risk_free } => {
            let highest = limits.highest(means);
            if highest > risk_free {
                return Ok(());
            }
            let why = format!(
                "no weights within the limits have a mean return above the risk-free {risk_free} per period: the \
                 highest is {highest}"
            );
            Err(PortfolioError::none(of, why))
        }
    }
}

/// Means less what lies in the middle of them: with weights that add up to 1 that changes no answer and saves digits.
#[derive(Debug)]
struct Centred {
    means: Vec<f64>,
    middle: f64,
    /// From the lowest to the highest.
    spread: f64,
}

impl Centred {
    fn new(means: &[f64]) -> Self {
        let low = means.iter().copied().fold(f64::INFINITY, f64::min);
        let high = means.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        let middle = 0.5 * low + 0.5 * high;
        Self {
            means: means.iter().map(|mean| mean - middle).collect(),
            middle,
            spread: high - low,
        }
    }
}

/// Checks that a covariance and means belong to the same assets, at least one, and are finite.
fn usable(of: &str, covariance: &Mat<f64>, means: &[f64]) -> Result<(), PortfolioError> {
    let assets = means.len();
    if assets == 0 || covariance.nrows() != assets || covariance.ncols() != assets {
        let shape = format!("{} x {}", covariance.nrows(), covariance.ncols());
        let expected = format!("expected {assets} x {assets} for {assets} means, at least one");
        return Err(PortfolioError::bad(of, "the covariance", shape, &expected));
    }
    let own = (0..assets).map(|i| *covariance.get(i, i));
    let fits = |variance: &f64| *variance >= 0.0 && variance.is_finite();
    if let Some(variance) = own.into_iter().find(|variance| !fits(variance)) {
        let expected = "expected a finite number of at least 0";
        return Err(PortfolioError::bad(of, "a variance", variance, expected));
    }
    let known = (0..assets).all(|j| covariance.col_as_slice(j).iter().all(|x| x.is_finite()));
    if !known {
        return Err(PortfolioError::bad(
            of,
            "a covariance",
            "not finite",
            "expected a finite number",
        ));
    }
    match means.iter().find(|mean| !mean.is_finite()) {
        None => Ok(()),
        Some(mean) => Err(PortfolioError::bad(
            of,
            "a mean return",
            mean,
            "expected a finite number",
        )),
    }
}
