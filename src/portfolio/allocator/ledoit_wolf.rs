//! Least variance by a shrunk covariance: what is left of Markowitz when only the risk is believed.
//!
//! The covariance is the sample drawn towards a target by as much as Ledoit and Wolf found best
//! (`covariance` holds it); the weights are those of least variance, as `markowitz` finds them. With
//! more assets than rows there still is exactly one answer. The shrinkage is beside the weights.

use crate::portfolio::allocator::allocation;
use crate::portfolio::allocator::markowitz::{LOWER, Limits, Objective, UPPER, best};
use crate::portfolio::covariance::{Complete, Covariance};
use crate::protocol::{Allocation, Allocator, Given, ParamSpec, Params, PortfolioError, Returns};

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

impl Allocator for LedoitWolf {
    fn name(&self) -> &'static str {
        NAME
    }

    fn params(&self) -> &[ParamSpec] {
        PARAMS
    }

    fn allocate(
        &self,
        returns: &Returns<'_>,
        params: &Params,
    ) -> Result<Allocation, PortfolioError> {
        let given = Given::new(NAME, PARAMS, params)?;
        let covariance = given.choice(
            "target",
            &[
                ("identity", Covariance::LedoitWolf),
                ("constant_correlation", Covariance::ConstantCorrelation),
            ],
        )?;
        let limits = Limits::read(NAME, &given, returns.symbols)?;
        let complete = Complete::new(NAME, returns)?;
        let estimate = covariance.estimate(&complete)?;
        let means = complete.means();
        let least = Objective::MinVariance;
        let weights = best(NAME, &estimate.covariance, means, &limits, least)?;
        Ok(allocation(weights, &estimate))
    }
}
