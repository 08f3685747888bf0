//! Allocators by name: a history of returns in, weights out.

pub mod markowitz;

use crate::domain::Matrix;
use crate::portfolio::covariance::Estimate;
use crate::protocol::{Allocation, Detail};

/// Puts beside the weights what they were judged by.
fn allocation(weights: Vec<f64>, estimate: &Estimate) -> Allocation {
    let covariance = &estimate.covariance;
    let n = covariance.ncols();
    let values = (0..n).flat_map(|j| covariance.col_as_slice(j).iter().copied());
    let mut details: Vec<(&'static str, Detail)> = Vec::new();
    if let Ok(matrix) = Matrix::new(n, n, values.collect()) {
        details.push(("covariance", Detail::Matrix(matrix)));
    }
    details.extend(
        estimate
            .shrinkage
            .map(|part| ("shrinkage", Detail::Number(part))),
    );
    Allocation { weights, details }
}
