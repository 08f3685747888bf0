//! Where the active set begins: feasible weights, as near to the answer as can be had cheaply.
//!
//! Without shorting few assets are held, so the search begins at the corner of least variance and
//! takes assets in. With shorting most are held, so it begins with all of them: a few rounds guess
//! which bounds bind, by solving without them and fixing what went over. A guess only saves steps;
//! what is returned meets the bounds and the budget, and the search makes it right.

use faer::linalg::solvers::{Llt, Solve};
use faer::{Mat, Side};

use super::task::Task;
use crate::portfolio::wide::add_scaled;

/// Rounds of guessing; most problems settle in fewer than half as many.
const ROUNDS: usize = 16;

/// Returns weights to begin with.
pub(super) fn weights(task: &Task<'_>, tilt: f64) -> Vec<f64> {
    if task.lower.iter().all(|least| *least >= 0.0) {
        return corner(task);
    }
    let n = task.lower.len();
    let even = inside(task, &vec![task.budget / n.max(1) as f64; n]);
    match guess(task, tilt, &even) {
        Some(guessed) => inside(task, &guessed),
        None => even,
    }
}

/// Returns the corner that holds the assets of least variance.
fn corner(task: &Task<'_>) -> Vec<f64> {
    let mut order: Vec<usize> = (0..task.lower.len()).collect();
    let own = |i: usize| *task.covariance.get(i, i);
    order.sort_by(|&a, &b| own(a).total_cmp(&own(b)));
    let mut weights = task.lower.to_vec();
    let mut left = task.budget - weights.iter().sum::<f64>();
    for i in order {
        if let (Some(weight), Some(most)) = (weights.get_mut(i), task.upper.get(i)) {
            let room = (most - *weight).min(left).max(0.0);
            *weight += room;
            left -= room;
        }
    }
    weights
}

/// Returns the weights moved into the bounds and onto the budget: by those inside their bounds where they have the
/// room, otherwise by all.
pub(super) fn inside(task: &Task<'_>, weights: &[f64]) -> Vec<f64> {
    let bounds = || task.lower.iter().zip(task.upper);
    let mut within: Vec<f64> = weights
        .iter()
        .zip(bounds())
        .map(|(weight, (least, most))| weight.max(*least).min(*most))
        .collect();
    let short = task.budget - within.iter().sum::<f64>();
    let room = |weight: f64, least: f64, most: f64| {
        if short > 0.0 {
            most - weight
        } else {
            least - weight
        }
    };
    let between = |weight: f64, least: f64, most: f64| weight > least && weight < most;
    for all in [false, true] {
        let moves = |weight: f64, least: f64, most: f64| all || between(weight, least, most);
        let total: f64 = within
            .iter()
            .zip(bounds())
            .filter(|(weight, (least, most))| moves(**weight, **least, **most))
            .map(|(weight, (least, most))| room(*weight, *least, *most))
            .sum();
        if total != 0.0 && total.abs() >= short.abs() {
            for (weight, (least, most)) in within.iter_mut().zip(bounds()) {
                if moves(*weight, *least, *most) {
                    *weight += room(*weight, *least, *most) * short / total;
                }
            }
            break;
        }
    }
    within
}

/// Returns weights of which most stand at the bounds where they will stand in the answer; none where the covariance
/// cannot be factored.
fn guess(task: &Task<'_>, tilt: f64, from: &[f64]) -> Option<Vec<f64>> {
    let mut weights = from.to_vec();
    // Below zero: at the lower bound; above: at the upper.
    let mut side = vec![0_i8; weights.len()];
    let mut fewest = usize::MAX;
    for _ in 0..ROUNDS {
        let at = |i: &usize| side.get(*i).copied();
        let free: Vec<usize> = (0..weights.len()).filter(|i| at(i) == Some(0)).collect();
        let multiplier = solve_free(task, tilt, &free, &mut weights)?;
        let pulls = pulls(task, tilt, &weights);
        let mut changes = 0;
        let all = weights.iter_mut().zip(side.iter_mut()).zip(pulls);
        for (((weight, side), pull), (least, most)) in all.zip(task.lower.iter().zip(task.upper)) {
            let pull = pull + multiplier;
            let next = match *side {
                0 if *weight < *least => -1,
                0 if *weight > *most => 1,
                side if f64::from(side) * pull > 0.0 => 0,
                side => side,
            };
            changes += usize::from(next != *side);
            *side = next;
            *weight = match next {
                0 => *weight,
                below if below < 0 => *least,
                _ => *most,
            };
        }
        if changes == 0 || changes >= fewest.saturating_mul(2) {
            break;
        }
        fewest = fewest.min(changes);
    }
    Some(weights)
}

/// Sets the free weights to the best there are with the others as they stand; returns the multiplier of the budget.
fn solve_free(task: &Task<'_>, tilt: f64, free: &[usize], weights: &mut [f64]) -> Option<f64> {
    let at = |i: usize| free.get(i).copied();
    let entry = |i: usize, j: usize| match (at(i), at(j)) {
        (Some(a), Some(b)) if i >= j => *task.covariance.get(a, b),
        _ => 0.0,
    };
    let part = Mat::from_fn(free.len(), free.len(), entry);
    let factor = Llt::new(part.as_ref(), Side::Lower).ok()?;
    let pulls = pulls(task, tilt, weights);
    let right = |i: usize, column: usize| match (column, at(i).and_then(|i| pulls.get(i))) {
        (0, Some(pull)) => -pull,
        _ => 1.0,
    };
    let mut both = Mat::from_fn(free.len(), 2, right);
    factor.solve_in_place(both.as_mut());
    let (change, ones) = (both.col_as_slice(0), both.col_as_slice(1));
    let short = task.budget - weights.iter().sum::<f64>();
    let multiplier = (change.iter().sum::<f64>() - short) / ones.iter().sum::<f64>();
    for (&i, (change, one)) in free.iter().zip(change.iter().zip(ones)) {
        *weights.get_mut(i)? += change - multiplier * one;
    }
    multiplier.is_finite().then_some(multiplier)
}

/// Returns the derivative of the objective by each weight.
fn pulls(task: &Task<'_>, tilt: f64, weights: &[f64]) -> Vec<f64> {
    let mut pulls: Vec<f64> = task.mean.iter().map(|mean| -tilt * mean).collect();
    for (i, weight) in weights.iter().enumerate().filter(|(_, w)| **w != 0.0) {
        add_scaled(&mut pulls, *weight, task.covariance.col_as_slice(i));
    }
    pulls
}
