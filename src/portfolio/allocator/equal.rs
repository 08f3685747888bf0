//! Equal weights: the same part of the whole for each asset, whatever its history.

use crate::protocol::{Allocation, Allocator, Given, ParamSpec, Params, PortfolioError, Returns};

/// The allocator `equal`.
#[derive(Debug, Clone, Copy)]
pub struct Equal;

impl Allocator for Equal {
    fn name(&self) -> &'static str {
        "equal"
    }

    fn params(&self) -> &[ParamSpec] {
        &[]
    }

    fn allocate(
        &self,
        returns: &Returns<'_>,
        params: &Params,
    ) -> Result<Allocation, PortfolioError> {
        Given::new(self.name(), self.params(), params)?;
        let count = returns.symbols.len();
        if count == 0 {
            let expected = "expected at least 1";
            return Err(PortfolioError::bad(
                self.name(),
                "the number of assets",
                count,
                expected,
            ));
        }
        Ok(Allocation {
            weights: vec![1.0 / count as f64; count],
            details: Vec::new(),
        })
    }
}
