//! What the active set is asked: a covariance, a tilt's direction, bounds and a budget; and why it may stop.
//!
//! Borrowed numbers only; whoever makes a task sees to it that the bounds can meet the budget.

use faer::Mat;

/// A covariance, the direction of the tilt, and the bounds.
#[derive(Debug, Clone, Copy)]
pub(super) struct Task<'a> {
    /// Covariance, symmetric and positive semidefinite.
    pub(super) covariance: &'a Mat<f64>,
    /// What the tilt multiplies.
    pub(super) mean: &'a [f64],
    /// Least weight of each.
    pub(super) lower: &'a [f64],
    /// Largest weight of each.
    pub(super) upper: &'a [f64],
    /// What the weights add up to.
    pub(super) budget: f64,
}

/// Why there is no answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Stop {
    /// A factor does not exist, even with w'w in the objective.
    Singular,
    /// More steps than any such problem takes.
    Steps,
}
