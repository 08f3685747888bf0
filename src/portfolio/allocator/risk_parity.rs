//! Risk parity: every asset brings the part of the portfolio's variance that its budget says. Long only.

use crate::portfolio::allocator::judged::{Judged, Method};
use crate::portfolio::allocator::{Target, allocation, solve};
use crate::portfolio::covariance::{COVARIANCE, LAMBDA};
use crate::protocol::{Allocation, Detail, Given, ParamSpec, PortfolioError};

/// How long to try.
pub(super) const MAX_ITER: ParamSpec = ParamSpec {
    name: "max_iter",
    default: "1000",
    what: "sweeps over the assets and Newton steps made at most, from 1 to 100000",
};

/// How exact to be.
pub(super) const TOLERANCE: ParamSpec = ParamSpec {
    name: "tolerance",
    default: "1e-10",
    what: "by how much a part of the risk may differ from its budget, as a ratio of it, from 1e-13 to 0.1",
};

const PARAMS: &[ParamSpec] = &[
    ParamSpec {
        name: "budgets",
        default: "1",
        what: "part of the risk each asset brings: one number above 0 each; only proportions count",
    },
    COVARIANCE,
    LAMBDA,
    MAX_ITER,
    TOLERANCE,
];

/// The allocator `risk_parity`.
#[derive(Debug, Clone, Copy)]
pub struct RiskParity;

impl Method for RiskParity {
    const NAME: &'static str = "risk_parity";
    const PARAMS: &'static [ParamSpec] = PARAMS;

    fn weigh(&self, given: &Given<'_>, judged: &Judged<'_>) -> Result<Allocation, PortfolioError> {
        let budgets = given.per_asset("budgets", judged.symbols)?;
        let budgets = budgets.unwrap_or_else(|| vec![1.0; judged.symbols.len()]);
        // What lies beyond is no proportion that a covariance of such numbers could tell from zero.
        let usable = |budget: &f64| (1e-6..=1e6).contains(budget);
        let pairs = budgets.iter().zip(judged.symbols);
        if let Some((budget, symbol)) = pairs.into_iter().find(|(budget, _)| !usable(budget)) {
            return Err(PortfolioError::bad(
                Self::NAME,
                &format!("the budget of {symbol}"),
                budget,
                "expected a number from 0.000001 to 1000000: leave out an asset that is to bring no risk",
            ));
        }
        allocate(Self::NAME, given, judged, &budgets)
    }
}

/// Returns the weights whose risk comes from the assets in the proportions of the budgets.
pub(super) fn allocate(
    of: &str,
    given: &Given<'_>,
    judged: &Judged<'_>,
    budgets: &[f64],
) -> Result<Allocation, PortfolioError> {
    let max_iter = given.whole(MAX_ITER.name, 1, 100_000)?;
    let tolerance = given.number(TOLERANCE.name, 1e-13, 0.1)?;
    let solution = solve(
        &judged.estimate.covariance,
        &Target {
            of,
            symbols: judged.symbols,
            budgets,
            tolerance,
            max_iter,
            start: judged.before,
        },
    )?;
    let mut allocation = allocation(solution.weights, &judged.estimate);
    let iterations = Detail::Number(solution.iterations as f64);
    allocation.details.push(("iterations", iterations));
    Ok(allocation)
}
