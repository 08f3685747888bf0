//! Allocator: a history of returns in, weights out.

use crate::domain::{Matrix, Symbol};
use crate::protocol::{ParamSpec, Params, PortfolioError};

/// What an allocator may look at.
#[derive(Debug, Clone, Copy)]
pub struct Returns<'a> {
    /// Simple returns per period, (T, A), oldest first; NaN where missing.
    pub values: &'a Matrix,
    /// The assets, in the order of the columns.
    pub symbols: &'a [Symbol],
}

/// What a desk that follows the market knows of the returns already.
#[derive(Debug, Clone, Copy)]
pub struct Known<'a> {
    /// Their sample covariance, assets by assets.
    pub covariance: &'a Matrix,
    /// The mean of each asset.
    pub means: &'a [f64],
    /// What the same method weighed the same assets with, for returns that were nearly these.
    pub before: Option<&'a [f64]>,
}

/// What an allocator found.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Allocation {
    /// One weight per asset, in the order of the columns.
    pub weights: Vec<f64>,
    /// What else it found on the way, by name, for those who check it.
    pub details: Vec<(&'static str, Detail)>,
}

/// A figure beside the weights.
#[derive(Debug, Clone, PartialEq)]
pub enum Detail {
    /// One number.
    Number(f64),
    /// One per asset.
    PerAsset(Vec<f64>),
    /// Assets by assets.
    Matrix(Matrix),
}

/// Turns returns into one weight per asset.
///
/// MUST rules: pure · the answer does not depend on the order of the assets ·
/// input it cannot use is an error, never a silent NaN · a parameter it does not take is an error.
pub trait Allocator: Send + Sync + std::fmt::Debug {
    /// Returns the stable name.
    fn name(&self) -> &str;

    /// Returns the parameters it takes.
    fn params(&self) -> &[ParamSpec];

    /// Returns one weight per asset.
    fn allocate(
        &self,
        returns: &Returns<'_>,
        params: &Params,
    ) -> Result<Allocation, PortfolioError>;

    /// Returns what [`Allocator::allocate`] does, to rounding: what a live desk asks after every tick. A method that
    /// can be faster by what is known already should.
    fn follow(
        &self,
        returns: &Returns<'_>,
        params: &Params,
        known: &Known<'_>,
    ) -> Result<Allocation, PortfolioError> {
        let _ = known;
        self.allocate(returns, params)
    }
}
