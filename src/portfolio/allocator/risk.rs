//! Whose the variance of a portfolio is.

use faer::Mat;

use crate::portfolio::wide::dot;

/// The variance of a portfolio, and the part of it that comes from each asset.
#[derive(Debug, Clone, PartialEq)]
pub struct Risk {
    /// The variance per period.
    pub variance: f64,
    /// One part an asset, in the order of the columns; negative where it hedges. They add up to 1.
    pub parts: Vec<f64>,
}

/// Returns whose the variance of these weights is; none where they have none, as when all are zero.
pub fn contributions(covariance: &Mat<f64>, weights: &[f64]) -> Option<Risk> {
    let mut parts: Vec<f64> = (weights.iter().enumerate().take(covariance.ncols()))
        .map(|(j, weight)| weight * dot(covariance.col_as_slice(j), weights))
        .collect();
    let variance: f64 = parts.iter().sum();
    if !(variance > 0.0 && variance.is_finite()) {
        return None;
    }
    for part in &mut parts {
        *part /= variance;
    }
    Some(Risk { variance, parts })
}
