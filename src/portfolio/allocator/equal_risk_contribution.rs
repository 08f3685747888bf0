//! Equal risk contribution: every asset brings the same part of the portfolio's variance. Long only.

use crate::portfolio::allocator::judged::{Judged, Method};
use crate::portfolio::allocator::risk_parity::{MAX_ITER, TOLERANCE, allocate};
use crate::portfolio::covariance::{COVARIANCE, LAMBDA};
use crate::protocol::{Allocation, Given, ParamSpec, PortfolioError};

const PARAMS: &[ParamSpec] = &[COVARIANCE, LAMBDA, MAX_ITER, TOLERANCE];

/// The allocator `equal_risk_contribution`.
#[derive(Debug, Clone, Copy)]
pub struct EqualRiskContribution;

impl Method for EqualRiskContribution {
    const NAME: &'static str = "equal_risk_contribution";
    const PARAMS: &'static [ParamSpec] = PARAMS;

    fn weigh(&self, given: &Given<'_>, judged: &Judged<'_>) -> Result<Allocation, PortfolioError> {
        let budgets = vec![1.0; judged.symbols.len()];
        allocate(Self::NAME, given, judged, &budgets)
    }
}
