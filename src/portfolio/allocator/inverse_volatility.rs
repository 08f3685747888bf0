//! Inverse volatility: each asset weighs by one over its standard deviation, as if none knew another.

use crate::portfolio::allocator::allocation;
use crate::portfolio::covariance::{COVARIANCE, Complete, Covariance, LAMBDA, deviations};
use crate::protocol::{Allocation, Allocator, Given, ParamSpec, Params, PortfolioError, Returns};

const PARAMS: &[ParamSpec] = &[COVARIANCE, LAMBDA];

/// The allocator `inverse_volatility`.
#[derive(Debug, Clone, Copy)]
pub struct InverseVolatility;

impl Allocator for InverseVolatility {
    fn name(&self) -> &'static str {
        "inverse_volatility"
    }

    fn params(&self) -> &[ParamSpec] {
        PARAMS
    }

    fn allocate(
        &self,
        returns: &Returns<'_>,
        params: &Params,
    ) -> Result<Allocation, PortfolioError> {
        let given = Given::new(self.name(), self.params(), params)?;
        let covariance = Covariance::read(&given)?;
        let complete = Complete::new(self.name(), returns)?;
        let estimate = covariance.estimate(&complete)?;
        let deviations = deviations(self.name(), &estimate.covariance, returns.symbols)?;
        let inverse: Vec<f64> = deviations.iter().map(|deviation| 1.0 / deviation).collect();
        let sum: f64 = inverse.iter().sum();
        let weights = inverse.iter().map(|part| part / sum).collect();
        Ok(allocation(weights, &estimate))
    }
}
