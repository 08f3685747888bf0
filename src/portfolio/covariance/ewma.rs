//! The exponentially weighted covariance: what is recent counts more.

use faer::Mat;

use crate::portfolio::covariance::{Complete, sample};

/// Returns the covariance around the weighted means, each row weighing `lambda` times the one after it.
///
/// The weights add up to 1, and there is no correction for the degrees of freedom: it is pandas'
/// `ewm(alpha=1 - lambda).cov(bias=True)` of the last row. `lambda` lies above 0 and below 1.
pub fn ewma(returns: &Complete<'_>, lambda: f64) -> Mat<f64> {
    let columns = returns.columns();
    let mut weights: Vec<f64> = (0..returns.rows())
        .rev()
        .map(|age| lambda.powf(age as f64))
        .collect();
    let sum: f64 = weights.iter().sum();
    for weight in &mut weights {
        *weight /= sum;
    }
    let mut rows = returns.deviations().to_vec();
    let mut means = vec![0.0; columns];
    for (row, weight) in rows.chunks_exact(columns).zip(&weights) {
        for (mean, value) in means.iter_mut().zip(row) {
            *mean += weight * value;
        }
    }
    for (row, weight) in rows.chunks_exact_mut(columns).zip(&weights) {
        let root = weight.sqrt();
        for (value, mean) in row.iter_mut().zip(&means) {
            *value = (*value - mean) * root;
        }
    }
    sample::product(&rows, columns, 1.0)
}
