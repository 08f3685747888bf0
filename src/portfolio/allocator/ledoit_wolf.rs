//! Least variance by a shrunk covariance: what is left of Markowitz when only the risk is believed.
//!
//! The covariance is the sample drawn towards a target by as much as Ledoit and Wolf found best
//! (`covariance` holds it); the weights are those of least variance, as `markowitz` finds them. With
//! more assets than rows there still is exactly one answer. The shrinkage is beside the weights.

use crate::portfolio::allocator::allocation;
use crate::portfolio::allocator::judged::{Judged, Method};
use crate::portfolio::allocator::markowitz::{LOWER, Limits, Objective, UPPER, best};
use crate::portfolio::covariance::Covariance;
use crate::protocol::{Allocation, Given, ParamSpec, PortfolioError};

const NAME: &str = "ledoit_wolf";

const PARAMS: &[ParamSpec] = &[
    ParamSpec {
        name: "target",
        default: "identity",
        what: "what the sample covariance is drawn towards: identity or constant_correlation",
    },
    LOWER,
    UPPER,
];

/// The allocator `ledoit_wolf`.
#[derive(Debug, Clone, Copy)]
pub struct LedoitWolf;

impl Method for LedoitWolf {
    const NAME: &'static str = NAME;
    const PARAMS: &'static [ParamSpec] = PARAMS;

    fn covariance(given: &Given<'_>) -> Result<Covariance, PortfolioError> {
        given.choice(
            "target",
            &[
                ("identity", Covariance::LedoitWolf),
                ("constant_correlation", Covariance::ConstantCorrelation),
            ],
        )
    }

    fn weigh(&self, given: &Given<'_>, judged: &Judged<'_>) -> Result<Allocation, PortfolioError> {
        let limits = Limits::read(NAME, given, judged.symbols)?;
        let (covariance, means) = (&judged.estimate.covariance, &judged.means);
        let weights = best(NAME, covariance, means, &limits, Objective::MinVariance)?;
        Ok(allocation(weights, &judged.estimate))
    }
}
