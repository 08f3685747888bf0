//! Allocator: a history of returns in, weights out.

use crate::domain::Matrix;
use crate::protocol::{Params, PortfolioError};

/// Turns returns, (T, A) simple returns per period, into one weight per asset.
///
/// MUST rules: pure · the answer does not depend on the order of the assets ·
/// input it cannot use is an error, never a silent NaN.
pub trait Allocator: Send + Sync + std::fmt::Debug {
    /// Returns the stable name.
    fn name(&self) -> &str;

    /// Returns one weight per asset.
    fn allocate(&self, returns: &Matrix, params: &Params) -> Result<Vec<f64>, PortfolioError>;
}
