//! Inverse volatility: each asset weighs by one over its standard deviation, as if none knew another.

use crate::portfolio::allocator::allocation;
use crate::portfolio::allocator::judged::{Judged, Method};
use crate::portfolio::covariance::{COVARIANCE, LAMBDA, deviations};
use crate::protocol::{Allocation, Given, ParamSpec, PortfolioError};

const PARAMS: &[ParamSpec] = &[COVARIANCE, LAMBDA];

/// The allocator `inverse_volatility`.
#[derive(Debug, Clone, Copy)]
pub struct InverseVolatility;

impl Method for InverseVolatility {
    const NAME: &'static str = "inverse_volatility";
    const PARAMS: &'static [ParamSpec] = PARAMS;

    fn weigh(&self, _: &Given<'_>, judged: &Judged<'_>) -> Result<Allocation, PortfolioError> {
        let covariance = &judged.estimate.covariance;
        let deviations = deviations(Self::NAME, covariance, judged.symbols)?;
        let inverse: Vec<f64> = deviations.iter().map(|deviation| 1.0 / deviation).collect();
        let sum: f64 = inverse.iter().sum();
        let weights = inverse.iter().map(|part| part / sum).collect();
        Ok(allocation(weights, &judged.estimate))
    }
}
