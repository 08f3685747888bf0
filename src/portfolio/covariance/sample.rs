//! The sample covariance, and what every estimate is made of: the product of deviations with themselves.
//!
//! The product is computed for one triangle and mirrored, so it is symmetric to the last bit and costs
//! half. Owns the question whether an asset moves at all, which every division by a variance asks.

use faer::linalg::matmul::triangular::{BlockStructure, matmul};
use faer::{Accum, Mat, MatRef, Par};

use crate::domain::Symbol;
use crate::portfolio::covariance::Complete;
use crate::portfolio::wide::wide;
use crate::protocol::PortfolioError;

/// A variance below this is none: its asset does not move.
const LEAST_VARIANCE: f64 = 1e-200;

/// From this many multiplications on, two threads are faster than one.
const WORTH_TWO: usize = 4_000_000;

/// Side of the blocks in which one triangle is copied onto the other.
const BLOCK: usize = 32;

/// Returns the sample covariance: products of deviations, divided by one less than the rows.
pub fn sample(returns: &Complete<'_>) -> Mat<f64> {
    let divisor = (returns.rows() - 1) as f64;
    product(returns.deviations(), returns.columns(), 1.0 / divisor)
}

/// Returns the correlations of a covariance, each within -1 and 1, and 1 where two columns are the same.
///
/// # Errors
/// Names the first asset that does not move.
pub fn correlation(
    of: &str,
    covariance: &Mat<f64>,
    symbols: &[Symbol],
) -> Result<Mat<f64>, PortfolioError> {
    let deviations = deviations(of, covariance, symbols)?;
    let inverse: Vec<f64> = deviations.iter().map(|deviation| 1.0 / deviation).collect();
    let mut correlation = covariance.clone();
    for (j, scale) in inverse.iter().enumerate() {
        let column = correlation.col_as_slice_mut(j);
        wide(|| {
            for (value, other) in column.iter_mut().zip(&inverse) {
                *value = snap(*value * (scale * other));
            }
        });
        if let Some(own) = column.get_mut(j) {
            *own = 1.0;
        }
    }
    Ok(correlation)
}

/// Returns the correlation, or the 1 or -1 that it differs from by rounding alone.
#[inline]
pub(crate) fn snap(value: f64) -> f64 {
    const ROUNDING: f64 = 1e-14;
    if value.abs() < 1.0 - ROUNDING {
        value
    } else {
        1.0_f64.copysign(value)
    }
}

/// Returns the standard deviation of each asset.
///
/// # Errors
/// Names the first asset that does not move.
pub fn deviations(
    of: &str,
    covariance: &Mat<f64>,
    symbols: &[Symbol],
) -> Result<Vec<f64>, PortfolioError> {
    let variances = covariance.diagonal().column_vector().iter();
    let still = |variance: f64| !(LEAST_VARIANCE..f64::INFINITY).contains(&variance);
    (variances.zip(symbols))
        .map(|(variance, symbol)| {
            if still(*variance) {
                let shown = if *variance == 0.0 {
                    "0".to_owned()
                } else {
                    format!("{variance:e}")
                };
                return Err(PortfolioError::bad(
                    of,
                    &format!("the variance of {symbol}"),
                    shown,
                    "expected one above 1e-200: leave out what does not move",
                ));
            }
            Ok(variance.sqrt())
        })
        .collect()
}

/// Returns the sum over the rows of each row's product with itself, times `scale`.
pub(super) fn product(rows: &[f64], columns: usize, scale: f64) -> Mat<f64> {
    let count = rows.len() / columns.max(1);
    // Row by row and assets by rows, column by column, are the same numbers in the same order.
    let assets = MatRef::from_column_major_slice(rows, columns, count);
    let mut product = Mat::zeros(columns, columns);
    matmul(
        product.as_mut(),
        BlockStructure::TriangularLower,
        Accum::Replace,
        assets,
        BlockStructure::Rectangular,
        assets.transpose(),
        BlockStructure::Rectangular,
        scale,
        threads(columns * columns * count),
    );
    mirror(&mut product);
    product
}

/// Returns how many threads so many multiplications are worth.
pub(super) fn threads(multiplications: usize) -> Par {
    if multiplications < WORTH_TWO {
        Par::Seq
    } else {
        Par::rayon(2)
    }
}

/// Copies the lower triangle onto the upper one, in blocks that stay in the cache.
fn mirror(matrix: &mut Mat<f64>) {
    let n = matrix.nrows();
    for left in (0..n).step_by(BLOCK) {
        for top in (left..n).step_by(BLOCK) {
            for j in left..n.min(left + BLOCK) {
                for i in top.max(j + 1)..n.min(top + BLOCK) {
                    matrix[(j, i)] = matrix[(i, j)];
                }
            }
        }
    }
}
