//! Allocators by name: a history of returns in, weights out.

pub mod markowitz;

use std::sync::Arc;

use crate::domain::Matrix;
use crate::portfolio::Registry;
use crate::portfolio::covariance::Estimate;
use crate::protocol::{Allocation, Allocator, Detail};

/// Returns the allocators that the desk brings along.
pub fn registry() -> Registry<dyn Allocator> {
    Registry::of(vec![Arc::new(markowitz::Markowitz)])
}

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
