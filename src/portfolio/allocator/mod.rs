//! Allocators by name: a history of returns in, weights out.
//!
//! One file a method, beside what several share: `judged` (a method that goes by a covariance), `budget` (risk in given parts), `risk` (whose the
//! variance is), `tree` (what moves together), `cholesky` (a factor that grows and shrinks). Each method
//! is settings and numbers in, weights out; a method that needs more than the returns takes it as a parameter. Nothing here knows what is held.

mod black_litterman;
mod budget;
mod cholesky;
mod equal;
mod equal_risk_contribution;
mod hrp;
mod inverse_volatility;
mod judged;
mod ledoit_wolf;
mod markowitz;
mod risk;
mod risk_parity;
mod tree;

use std::sync::Arc;

pub use black_litterman::BlackLitterman;
pub use budget::{Solution, Target, solve};
pub use equal::Equal;
pub use equal_risk_contribution::EqualRiskContribution;
pub use hrp::{Hrp, hrp};
pub use inverse_volatility::InverseVolatility;
pub use ledoit_wolf::LedoitWolf;
pub use markowitz::{Curve, Limits, Markowitz, Objective, best, efficient_frontier, min_variance};
pub use risk::{Risk, contributions};
pub use risk_parity::RiskParity;
pub use tree::{Linkage, Tree};

use crate::portfolio::Registry;
use crate::portfolio::covariance::Estimate;
use crate::protocol::{Allocation, Allocator, Detail};

/// Returns the allocators the desk brings along.
pub fn registry() -> Registry<dyn Allocator> {
    let methods: Vec<Arc<dyn Allocator>> = vec![
        Arc::new(Equal),
        Arc::new(InverseVolatility),
        Arc::new(EqualRiskContribution),
        Arc::new(RiskParity),
        Arc::new(Hrp),
        Arc::new(Markowitz),
        Arc::new(LedoitWolf),
        Arc::new(BlackLitterman),
    ];
    Registry::of(methods)
}

/// Puts beside the weights whose the variance is, and what it was judged by.
fn allocation(weights: Vec<f64>, estimate: &Estimate) -> Allocation {
    let mut details = Vec::new();
    if let Some(risk) = contributions(&estimate.covariance, &weights) {
        details.push(("risk_contribution", Detail::PerAsset(risk.parts)));
        details.push(("volatility", Detail::Number(risk.variance.sqrt())));
    }
    details.extend(
        estimate
            .shrinkage
            .map(|part| ("shrinkage", Detail::Number(part))),
    );
    // A sample covariance anybody can make; copying it would cost a large universe as much as the weights.
    let shrunk = estimate.shrinkage.map(|_| estimate.matrix());
    details.extend(shrunk.map(|matrix| ("covariance", Detail::Matrix(matrix))));
    Allocation { weights, details }
}
