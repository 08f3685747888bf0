//! Equal risk contribution: every asset brings the same part of the portfolio's variance. Long only.

use crate::portfolio::allocator::risk_parity::{MAX_ITER, TOLERANCE, allocate};
use crate::portfolio::covariance::{COVARIANCE, LAMBDA};
use crate::protocol::{Allocation, Allocator, Given, ParamSpec, Params, PortfolioError, Returns};

const PARAMS: &[ParamSpec] = &[COVARIANCE, LAMBDA, MAX_ITER, TOLERANCE];

/// The allocator `equal_risk_contribution`.
#[derive(Debug, Clone, Copy)]
pub struct EqualRiskContribution;

impl Allocator for EqualRiskContribution {
    fn name(&self) -> &'static str {
        "equal_risk_contribution"
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
        let budgets = vec![1.0; returns.symbols.len()];
        allocate(self.name(), returns, &given, &budgets)
    }
}
