//! Long-only weights whose risk comes from the assets in given parts.
//!
//! With `y` the weights in units of each asset's volatility and `C` the correlations, the weights are
//! the one minimum of `y'Cy / 2 - sum(b log y)`, scaled to add up to 1: there `y (Cy) = b` asset by
//! asset. Cyclical coordinate descent finds it, each step being the root of a quadratic; where it is
//! slow, as among assets that hardly differ, Newton's method ends it. There is no minimum when some
//! long-only mix has no risk at all, which is an error. Every sweep reads the covariance once.

use faer::linalg::solvers::{Llt, Solve};
use faer::{Mat, Side};

use crate::domain::Symbol;
use crate::portfolio::covariance::deviations;
use crate::portfolio::wide::dot;
use crate::protocol::PortfolioError;

/// Sweeps after which Newton's method takes over.
const SWEEPS: usize = 60;

/// A mix of so many volatilities whose risk is one of them has no risk but what rounding leaves.
const RUNAWAY: f64 = 1e6;

/// Which parts of the risk each asset is to bring, and how exactly.
#[derive(Debug, Clone, Copy)]
pub struct Target<'a> {
    /// The method that errors speak of.
    pub of: &'a str,
    /// The assets, in the order of the columns.
    pub symbols: &'a [Symbol],
    /// One part an asset, each above zero; only their proportions count.
    pub budgets: &'a [f64],
    /// By how much an asset's part may differ from its budget, as a ratio of the budget.
    pub tolerance: f64,
    /// How many sweeps and Newton steps are made at most.
    pub max_iter: usize,
    /// Where to start: weights of a covariance that was nearly this one.
    pub start: Option<&'a [f64]>,
}

/// Weights, and what it took to find them.
#[derive(Debug, Clone, PartialEq)]
pub struct Solution {
    /// One an asset; they add up to 1.
    pub weights: Vec<f64>,
    /// Sweeps and Newton steps made.
    pub iterations: usize,
}

/// Returns the long-only weights whose risk comes from the assets in the parts asked for.
///
/// # Errors
/// When an asset does not move, when some long-only mix has no risk at all, or when `max_iter` was not enough.
pub fn solve(covariance: &Mat<f64>, target: &Target<'_>) -> Result<Solution, PortfolioError> {
    let deviations = deviations(target.of, covariance, target.symbols)?;
    let mut state = State::new(covariance, target, &deviations);
    let mut iterations = 0;
    loop {
        if iterations == target.max_iter {
            return Err(state.unfinished(target, iterations));
        }
        iterations += 1;
        let miss = if iterations <= SWEEPS {
            state.sweep()
        } else {
            state.newton(target)?
        };
        if state.has_run_away() {
            return Err(riskless(target));
        }
        if miss <= target.tolerance && state.miss() <= target.tolerance {
            return Ok(Solution {
                weights: state.weights(),
                iterations,
            });
        }
    }
}

/// Where the descent stands.
#[derive(Debug)]
struct State<'a> {
    covariance: &'a Mat<f64>,
    /// One over the volatility of each asset.
    inverse: Vec<f64>,
    /// The part of the risk each asset is to bring; they add up to 1.
    budgets: Vec<f64>,
    /// Weights in units of volatility: the `y` of the problem.
    units: Vec<f64>,
    /// The weights, not yet scaled.
    weights: Vec<f64>,
}

impl<'a> State<'a> {
    fn new(covariance: &'a Mat<f64>, target: &Target<'_>, deviations: &[f64]) -> Self {
        let sum: f64 = target.budgets.iter().sum();
        let budgets: Vec<f64> = target.budgets.iter().map(|budget| budget / sum).collect();
        let started = target.start.filter(|start| {
            let usable = |weight: &f64| *weight > 0.0 && weight.is_finite();
            start.len() == budgets.len() && start.iter().all(usable)
        });
        let units: Vec<f64> = match started {
            Some(start) => start.iter().zip(deviations).map(|(w, d)| w * d).collect(),
            None => budgets.iter().map(|budget| budget.sqrt()).collect(),
        };
        let inverse: Vec<f64> = deviations.iter().map(|deviation| 1.0 / deviation).collect();
        let weights = units.iter().zip(&inverse).map(|(y, s)| y * s).collect();
        let mut state = Self {
            covariance,
            inverse,
            budgets,
            units,
            weights,
        };
        let sum: f64 = state.parts().iter().sum();
        if sum > 0.0 {
            state.scale(1.0 / sum.sqrt());
        }
        state
    }

    /// Sets each unit to the best there is while the others stay; returns the largest miss met on the way.
    fn sweep(&mut self) -> f64 {
        let mut miss = 0.0_f64;
        let assets = self.units.iter_mut().zip(&self.budgets).zip(&self.inverse);
        for (j, ((unit, budget), inverse)) in assets.enumerate() {
            let slope = dot(self.covariance.col_as_slice(j), &self.weights) * inverse;
            miss = miss.max((*unit * slope / budget - 1.0).abs());
            let others = slope - *unit;
            let root = (others * others + 4.0 * budget).sqrt();
            // The root of `y² + others y = budget` that is above zero, without a difference of near numbers.
            *unit = if others > 0.0 {
                2.0 * budget / (others + root)
            } else {
                (root - others) / 2.0
            };
            if let Some(weight) = self.weights.get_mut(j) {
                *weight = *unit * inverse;
            }
        }
        miss
    }

    /// Makes one step of Newton's method, shortened until the function falls; returns the largest miss after it.
    fn newton(&mut self, target: &Target<'_>) -> Result<f64, PortfolioError> {
        let slopes = self.slopes();
        let count = self.units.len();
        let mut curvature = Mat::zeros(count, count);
        for (j, inverse) in self.inverse.iter().enumerate() {
            let column = curvature.col_as_slice_mut(j);
            let known = self.covariance.col_as_slice(j).iter().zip(&self.inverse);
            for (value, (covariance, other)) in column.iter_mut().zip(known) {
                *value = covariance * (inverse * other);
            }
        }
        let mut fall = Mat::zeros(count, 1);
        for (j, (unit, budget)) in self.units.iter().zip(&self.budgets).enumerate() {
            curvature[(j, j)] += budget / (unit * unit);
            fall[(j, 0)] = budget / unit - slopes.get(j).copied().unwrap_or_default();
        }
        let factor = Llt::new(curvature.as_ref(), Side::Lower).map_err(|_| riskless(target))?;
        let step = factor.solve(&fall);
        self.walk(step.col_as_slice(0), &slopes);
        Ok(self.miss())
    }

    /// Goes along the step as far as the function falls enough.
    fn walk(&mut self, step: &[f64], slopes: &[f64]) {
        let direction: Vec<f64> = step.iter().zip(&self.inverse).map(|(d, s)| d * s).collect();
        let along = |slopes: &[f64]| dot(slopes, step);
        let risk = along(slopes);
        let bend: f64 = (direction.iter().enumerate())
            .map(|(j, part)| part * dot(self.covariance.col_as_slice(j), &direction))
            .sum();
        let rate = self.units.iter().zip(&self.budgets).zip(step);
        let fall = risk - rate.map(|((y, b), d)| b * d / y).sum::<f64>();
        let mut length = 1.0_f64;
        for _ in 0..50 {
            let barrier = (self.units.iter().zip(&self.budgets).zip(step)).map(|((y, b), d)| {
                let ratio = 1.0 + length * d / y;
                if ratio > 0.0 {
                    b * ratio.ln()
                } else {
                    f64::NEG_INFINITY
                }
            });
            let change = length * risk + length * length * bend / 2.0 - barrier.sum::<f64>();
            // Near the end the change is rounding: a whole step is right there.
            if change <= 0.25 * length * fall || (length * fall).abs() < 1e-12 && change.is_finite()
            {
                break;
            }
            length /= 2.0;
        }
        for ((unit, weight), (d, s)) in
            (self.units.iter_mut().zip(&mut self.weights)).zip(step.iter().zip(&self.inverse))
        {
            *unit += length * d;
            *weight = *unit * s;
        }
    }

    /// Returns what each unit adds to the risk, at the margin.
    fn slopes(&self) -> Vec<f64> {
        (self.inverse.iter().enumerate())
            .map(|(j, inverse)| dot(self.covariance.col_as_slice(j), &self.weights) * inverse)
            .collect()
    }

    /// Returns the risk that comes from each asset.
    fn parts(&self) -> Vec<f64> {
        (self.slopes().iter().zip(&self.units))
            .map(|(slope, unit)| slope * unit)
            .collect()
    }

    /// Returns by how much the part of an asset differs from its budget, as a ratio of it, at most.
    fn miss(&self) -> f64 {
        let parts = self.parts();
        let sum: f64 = parts.iter().sum();
        if sum.is_nan() || sum <= 0.0 {
            // A risk that is rounding is nobody's.
            return f64::INFINITY;
        }
        let pairs = parts.iter().zip(&self.budgets);
        let misses = pairs.map(|(part, budget)| (part / (sum * budget) - 1.0).abs());
        misses.fold(0.0, f64::max)
    }

    fn has_run_away(&self) -> bool {
        let sum: f64 = self.units.iter().sum();
        sum.is_nan() || sum > RUNAWAY
    }

    fn scale(&mut self, by: f64) {
        for value in self.units.iter_mut().chain(&mut self.weights) {
            *value *= by;
        }
    }

    /// Returns the weights, which add up to 1.
    fn weights(&self) -> Vec<f64> {
        let sum: f64 = self.weights.iter().sum();
        self.weights.iter().map(|weight| weight / sum).collect()
    }

    fn unfinished(&self, target: &Target<'_>, iterations: usize) -> PortfolioError {
        let (miss, tolerance) = (self.miss(), target.tolerance);
        let why = format!(
            "after {iterations} iterations an asset's part of the risk still differs from its budget by {miss:.1e} \
             of it, more than the tolerance {tolerance:e}: raise max_iter or tolerance"
        );
        PortfolioError::none(target.of, why)
    }
}

fn riskless(target: &Target<'_>) -> PortfolioError {
    PortfolioError::none(
        target.of,
        "some mix of the assets, each above zero, has no risk, so that none has it in these parts: \
         give more rows than assets, or covariance=ledoit_wolf",
    )
}
