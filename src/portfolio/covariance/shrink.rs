//! Shrunk covariances: the sample, drawn towards a target that is known better than it is.
//!
//! How far is what Ledoit and Wolf found to lose least in expectation. Their sums over all pairs of
//! assets are written here as sums over rows, so that beside the one product of the sample they cost
//! nothing. A shrinkage that is 0 / 0, as where the sample is the target already, is 0.

use faer::Mat;

use crate::portfolio::covariance::sample::product;
use crate::portfolio::covariance::{Complete, Estimate, deviations};
use crate::portfolio::wide::dot;
use crate::protocol::PortfolioError;

/// Returns the covariance drawn towards the mean variance times the identity.
///
/// Ledoit and Wolf (2004), "A well-conditioned estimator for large-dimensional covariance matrices",
/// as scikit-learn has it: the sample is divided by the number of rows. With one asset there is nothing
/// to shrink. Never fails: assets that do not move are given a part of the mean variance.
pub fn ledoit_wolf(returns: &Complete<'_>) -> Estimate {
    let (rows, columns) = (returns.rows() as f64, returns.columns() as f64);
    let mut covariance = product(returns.deviations(), returns.columns(), 1.0 / rows);
    let trace: f64 = covariance.diagonal().column_vector().iter().sum();
    let mean = trace / columns;
    let own = (0..returns.columns()).map(|j| covariance.col_as_slice(j));
    let squares: f64 = own.map(|column| dot(column, column)).sum();
    let fourth: f64 = (returns.deviations().chunks_exact(returns.columns()))
        .map(|row| dot(row, row).powi(2))
        .sum();
    // How far one row's product lies from the sample, and the sample from the target.
    let noise = (fourth / rows - squares) / rows;
    let distance = squares - columns * mean * mean;
    let shrinkage = part(noise, distance, squares);
    for j in 0..returns.columns() {
        for value in covariance.col_as_slice_mut(j) {
            *value *= 1.0 - shrinkage;
        }
        covariance[(j, j)] += shrinkage * mean;
    }
    Estimate {
        covariance,
        shrinkage: Some(shrinkage),
    }
}

/// Returns the covariance drawn towards one that has the sample's variances and its mean correlation.
///
/// Ledoit and Wolf (2004), "Honey, I shrunk the sample covariance matrix", as PyPortfolioOpt has it: the
/// sample is divided by one less than the rows, the moments that choose the shrinkage by the rows. Of two
/// assets or one the sample is the target, and the shrinkage 0.
///
/// # Errors
/// Names the first asset that does not move: it has no correlation.
pub fn constant_correlation(returns: &Complete<'_>) -> Result<Estimate, PortfolioError> {
    let columns = returns.columns();
    let rows = returns.rows() as f64;
    let mut covariance = product(returns.deviations(), columns, 1.0 / (rows - 1.0));
    let deviations = deviations(returns.of(), &covariance, returns.symbols())?;
    if columns < 3 {
        return Ok(Estimate {
            covariance,
            shrinkage: Some(0.0),
        });
    }
    let fit = Fit::new(returns, &covariance, &deviations);
    let shrinkage = fit.shrinkage;
    for (j, own) in deviations.iter().enumerate() {
        let column = covariance.col_as_slice_mut(j);
        let variance = column.get(j).copied().unwrap_or_default();
        for (value, other) in column.iter_mut().zip(&deviations) {
            let target = fit.correlation * (own * other);
            *value = shrinkage * target + (1.0 - shrinkage) * *value;
        }
        if let Some(value) = column.get_mut(j) {
            *value = variance;
        }
    }
    Ok(Estimate {
        covariance,
        shrinkage: Some(shrinkage),
    })
}

/// The mean correlation of a sample, and how far to go there.
#[derive(Debug)]
struct Fit {
    correlation: f64,
    shrinkage: f64,
}

impl Fit {
    fn new(returns: &Complete<'_>, covariance: &Mat<f64>, deviations: &[f64]) -> Self {
        let count = deviations.len() as f64;
        let rows = returns.rows() as f64;
        let inverse: Vec<f64> = deviations.iter().map(|deviation| 1.0 / deviation).collect();
        let (mut correlations, mut crossed, mut squares, mut own_squares) = (0.0, 0.0, 0.0, 0.0);
        for (j, (deviation, reciprocal)) in deviations.iter().zip(&inverse).enumerate() {
            let column = covariance.col_as_slice(j);
            let variance = deviation * deviation;
            correlations += dot(column, &inverse) * reciprocal - 1.0;
            crossed += dot(column, deviations) * deviation - variance * variance;
            squares += dot(column, column);
            own_squares += variance * variance;
        }
        let correlation = correlations / (count * (count - 1.0));
        let fourth = Fourth::new(returns, deviations, &inverse);
        // Twice the moment that divides by the rows, less the sample, which divides by one less.
        let surplus = 2.0 * (rows - 1.0) / rows - 1.0;
        let noise = fourth.pairs - surplus * squares;
        let own_noise = fourth.own - surplus * own_squares;
        let shared = correlation * (fourth.cubes - surplus * crossed);
        let distance = distance(covariance, deviations, correlation);
        Self {
            correlation,
            shrinkage: part((noise - own_noise - shared) / rows, distance, squares),
        }
    }
}

/// Means over the rows of products of four deviations.
#[derive(Debug, Default)]
struct Fourth {
    /// Of two squares, over all pairs of assets.
    pairs: f64,
    /// Of one asset's own, over the assets.
    own: f64,
    /// Of a cube and another asset's deviation, each in its own unit, over pairs of different assets.
    cubes: f64,
}

impl Fourth {
    fn new(returns: &Complete<'_>, deviations: &[f64], inverse: &[f64]) -> Self {
        let mut sums = Self::default();
        for row in returns.deviations().chunks_exact(returns.columns()) {
            let (mut square, mut own, mut cube, mut plain) = (0.0, 0.0, 0.0, 0.0);
            for (value, (deviation, reciprocal)) in row.iter().zip(deviations.iter().zip(inverse)) {
                let squared = value * value;
                square += squared;
                own += squared * squared;
                cube += squared * value * reciprocal;
                plain += value * deviation;
            }
            sums.pairs += square * square;
            sums.own += own;
            sums.cubes += cube * plain - own;
        }
        let rows = returns.rows() as f64;
        Self {
            pairs: sums.pairs / rows,
            own: sums.own / rows,
            cubes: sums.cubes / rows,
        }
    }
}

/// Returns the squared distance between the sample and its target.
fn distance(covariance: &Mat<f64>, deviations: &[f64], correlation: f64) -> f64 {
    let of_column = |(j, own): (usize, &f64)| -> f64 {
        let column = covariance.col_as_slice(j).iter().zip(deviations);
        let squares = column.enumerate().map(|(i, (value, other))| {
            let difference = value - correlation * (own * other);
            if i == j { 0.0 } else { difference * difference }
        });
        squares.sum()
    };
    deviations.iter().enumerate().map(of_column).sum()
}

/// Returns noise by distance, within 0 and 1; 0 where the distance is nothing but rounding.
fn part(noise: f64, distance: f64, squares: f64) -> f64 {
    const ROUNDING: f64 = 1e-14;
    if distance > ROUNDING * squares {
        (noise / distance).clamp(0.0, 1.0)
    } else {
        0.0
    }
}
