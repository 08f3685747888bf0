//! The general path: the same problems by an interior point method, groups included.
//!
//! Slower than the active set and right to about 1e-8 where that is right to rounding; it takes
//! limits per group, and stands behind the active set where that gives up. The covariance is scaled
//! to a mean variance of 1 first, which saves digits and time. The most mean per volatility is found
//! with weights times an unknown scale (every limit times it too) whose excess mean is 1: then the
//! least variance is it.

use clarabel::algebra::CscMatrix;
use clarabel::solver::{
    DefaultSettingsBuilder, DefaultSolver, IPSolver, NonnegativeConeT, SolverStatus, ZeroConeT,
};
use faer::Mat;

use super::limits::Limits;
use crate::portfolio::allocator::cholesky::Cholesky;

/// Gap and residuals at which an answer is one, in scaled units.
const TOLERANCE: f64 = 1e-12;
/// The same where it gets no further.
const REDUCED: f64 = 1e-8;
/// The part of the mean variance that multiplies w'w where the covariance is singular.
const EVEN: f64 = 1e-8;

/// What is looked for.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Aim {
    /// The least w'Sw / 2 - tilt * mean'w.
    Tilt(f64),
    /// The least variance whose mean is at least this.
    Reach(f64),
    /// The most mean above this per volatility.
    Sharpest(f64),
}

/// Rows `a'x` of a constraint.
#[derive(Debug, Default)]
struct Rows {
    row: Vec<usize>,
    column: Vec<usize>,
    value: Vec<f64>,
    right: Vec<f64>,
}

impl Rows {
    /// Adds a row: `a'x + slack = right`.
    fn add(&mut self, entries: impl IntoIterator<Item = (usize, f64)>, right: f64) {
        for (column, value) in entries {
            if value != 0.0 {
                self.row.push(self.right.len());
                self.column.push(column);
                self.value.push(value);
            }
        }
        self.right.push(right);
    }
}

/// Returns the best weights within the limits; none, with what the solver said, where it found none.
pub(super) fn solve(
    covariance: &Mat<f64>,
    means: &[f64],
    limits: &Limits,
    aim: Aim,
) -> Result<Vec<f64>, String> {
    let n = means.len();
    let scale = scale(covariance);
    let rate = means
        .iter()
        .fold(0.0, |most: f64, mean| most.max(mean.abs()));
    let rate = if rate > 0.0 { rate } else { 1.0 };
    let homogeneous = matches!(aim, Aim::Sharpest(_));
    let unknowns = n + usize::from(homogeneous);
    let mut rows = Rows::default();
    let equal = budget(&mut rows, means, rate, aim);
    inequalities(&mut rows, means, rate, limits, aim);
    let linear: Vec<f64> = match aim {
        Aim::Tilt(tilt) => means.iter().map(|mean| -tilt * mean / scale).collect(),
        Aim::Reach(_) | Aim::Sharpest(_) => vec![0.0; unknowns],
    };
    let objective = objective(covariance, scale, unknowns);
    let count = rows.right.len();
    let constraints =
        CscMatrix::new_from_triplets(count, unknowns, rows.row, rows.column, rows.value);
    let cones = [ZeroConeT(equal), NonnegativeConeT(count - equal)];
    let settings = DefaultSettingsBuilder::default()
        .verbose(false)
        .tol_gap_abs(TOLERANCE)
        .tol_gap_rel(TOLERANCE)
        .tol_feas(TOLERANCE)
        .reduced_tol_gap_abs(REDUCED)
        .reduced_tol_gap_rel(REDUCED)
        .reduced_tol_feas(REDUCED)
        .build()
        .map_err(|error| error.to_string())?;
    let mut solver = DefaultSolver::new(
        &objective,
        &linear,
        &constraints,
        &rows.right,
        &cones,
        settings,
    )
    .map_err(|error| error.to_string())?;
    solver.solve();
    let status = solver.solution.status;
    let solution = &solver.solution.x;
    let found = matches!(status, SolverStatus::Solved | SolverStatus::AlmostSolved);
    let total: f64 = solution.iter().take(n).sum();
    if !(found && total.is_finite() && total > 0.0) {
        return Err(format!("{status:?}"));
    }
    Ok(within(solution.iter().map(|x| x / total), limits))
}

/// Returns the mean variance, or 1 where there is none.
fn scale(covariance: &Mat<f64>) -> f64 {
    let own = covariance.diagonal().column_vector();
    let mean = own.iter().sum::<f64>() / own.nrows().max(1) as f64;
    if mean > 0.0 { mean } else { 1.0 }
}

/// Returns the upper half of the scaled covariance, column by column.
fn objective(covariance: &Mat<f64>, scale: f64, unknowns: usize) -> CscMatrix<f64> {
    let n = covariance.ncols();
    let even = if is_singular(covariance) { EVEN } else { 0.0 };
    let mut starts = Vec::with_capacity(unknowns + 1);
    let (mut places, mut values) = (Vec::new(), Vec::new());
    starts.push(0);
    for j in 0..n {
        let column = covariance.col_as_slice(j);
        for (i, value) in column.iter().enumerate().take(j + 1) {
            let own = if i == j { even } else { 0.0 };
            places.push(i);
            values.push(value / scale + own);
        }
        starts.push(values.len());
    }
    starts.resize(unknowns + 1, values.len());
    CscMatrix::new(unknowns, unknowns, starts, places, values)
}

fn is_singular(covariance: &Mat<f64>) -> bool {
    let entry = |i: usize, j: usize| *covariance.get(i, j);
    !Cholesky::default().replace(covariance.ncols(), entry, 1e-11)
}

/// Adds what must be equal; returns how many rows that is.
fn budget(rows: &mut Rows, means: &[f64], rate: f64, aim: Aim) -> usize {
    let n = means.len();
    let ones = (0..n).map(|i| (i, 1.0));
    match aim {
        Aim::Tilt(_) | Aim::Reach(_) => rows.add(ones, 1.0),
        Aim::Sharpest(floor) => {
            rows.add(ones.chain([(n, -1.0)]), 0.0);
            let excess = means.iter().map(|mean| (mean - floor) / rate);
            rows.add(excess.enumerate(), 1.0);
        }
    }
    rows.right.len()
}

/// Adds the limits; where the weights have an unknown scale, it stands on the other side.
fn inequalities(rows: &mut Rows, means: &[f64], rate: f64, limits: &Limits, aim: Aim) {
    let n = means.len();
    let homogeneous = matches!(aim, Aim::Sharpest(_));
    let mut at_most = |entries: Vec<(usize, f64)>, bound: f64| {
        if homogeneous {
            rows.add(entries.into_iter().chain([(n, -bound)]), 0.0);
        } else {
            rows.add(entries, bound);
        }
    };
    for (i, (least, most)) in limits.lower.iter().zip(&limits.upper).enumerate() {
        at_most(vec![(i, -1.0)], -least);
        at_most(vec![(i, 1.0)], *most);
    }
    for group in &limits.groups {
        let of = |sign: f64| group.members.iter().map(|&i| (i, sign)).collect::<Vec<_>>();
        at_most(of(-1.0), -group.least);
        at_most(of(1.0), group.most);
    }
    match aim {
        Aim::Tilt(_) => {}
        Aim::Reach(mean) => {
            rows.add(means.iter().map(|m| -m / rate).enumerate(), -mean / rate);
        }
        Aim::Sharpest(_) => rows.add([(n, -1.0)], 0.0),
    }
}

/// Returns the weights moved into the bounds, which they miss by rounding at most.
fn within(weights: impl Iterator<Item = f64>, limits: &Limits) -> Vec<f64> {
    let bounds = limits.lower.iter().zip(&limits.upper);
    let bounded = weights.zip(bounds);
    bounded
        .map(|(weight, (least, most))| weight.max(*least).min(*most))
        .collect()
}
