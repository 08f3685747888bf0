//! Covariances of returns: sample, weighted, shrunk, and kept up to date.
//!
//! [`Complete`] is the one way in: it leaves out the rows in which a symbol is missing, refuses what no
//! covariance can be made of, and takes the means away. Every estimate is symmetric to the last bit and
//! free of NaN; a column that never moves has variances and covariances of exactly zero. What divides by
//! a variance asks [`deviations`] first. Allocators choose by [`Covariance`]; nothing here knows one.

mod choice;
mod complete;
mod ewma;
mod rolling;
mod sample;
mod shrink;

pub(crate) use choice::square;
pub use choice::{COVARIANCE, Covariance, Estimate, LAMBDA};
pub use complete::Complete;
pub use ewma::ewma;
pub use rolling::Rolling;
pub(crate) use sample::snap;
pub use sample::{correlation, deviations, sample};
pub use shrink::{constant_correlation, ledoit_wolf};
