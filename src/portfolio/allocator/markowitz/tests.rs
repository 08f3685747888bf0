//! The laws of the answers: feasible, optimal by the KKT conditions, the same from both solvers.

use faer::Mat;
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};

use super::*;

/// A covariance of random returns, and their means; of fewer rows than assets, it is singular.
fn market(assets: usize, rows: usize) -> impl Strategy<Value = (Mat<f64>, Vec<f64>)> {
    let returns = prop::collection::vec(-1.0..1.0_f64, assets * (rows + 1));
    returns.prop_map(move |values| {
        let common: Vec<f64> = (0..rows).map(|t| values[t * assets]).collect();
        let part = Mat::from_fn(rows, assets, |t, i| {
            0.01 * (common[t] + (0.5 + i as f64 / assets as f64) * values[t * assets + i])
        });
        let covariance = (part.transpose() * &part) * faer::Scale(1.0 / rows as f64);
        let symmetric = Mat::from_fn(assets, assets, |i, j| covariance[(i.max(j), i.min(j))]);
        let means = values[rows * assets..].iter().map(|v| 0.001 * v).collect();
        (symmetric, means)
    })
}

fn holds<S: Strategy>(cases: u32, input: &S, law: impl Fn(S::Value) -> Result<(), TestCaseError>) {
    let config = Config {
        cases,
        failure_persistence: None,
        ..Config::default()
    };
    TestRunner::new(config).run(input, law).unwrap();
}

fn product(covariance: &Mat<f64>, weights: &[f64]) -> Vec<f64> {
    let row = |i: usize| {
        (0..weights.len())
            .map(|j| covariance[(i, j)] * weights[j])
            .sum()
    };
    (0..weights.len()).map(row).collect()
}

fn along(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

/// Returns by how much the weights miss the KKT conditions of the least w'Sw / 2 - tilt * mean'w, as a part of the
/// mean variance.
fn miss(covariance: &Mat<f64>, means: &[f64], limits: &Limits, weights: &[f64], tilt: f64) -> f64 {
    let pulls = product(covariance, weights);
    let pulls: Vec<f64> = pulls.iter().zip(means).map(|(p, m)| p - tilt * m).collect();
    let n = weights.len();
    // Some multiplier lies above every pull of those who could give and below every pull of those who could take.
    let takes = (0..n).filter(|&i| weights[i] < limits.upper[i]);
    let gives = (0..n).filter(|&i| weights[i] > limits.lower[i]);
    let takes = takes.map(|i| pulls[i]).fold(f64::INFINITY, f64::min);
    let gives = gives.map(|i| pulls[i]).fold(f64::NEG_INFINITY, f64::max);
    let scale = (0..n).map(|i| covariance[(i, i)]).sum::<f64>() / n as f64;
    let outside = (0..n).map(|i| (limits.lower[i] - weights[i]).max(weights[i] - limits.upper[i]));
    let outside = outside.fold(0.0, f64::max);
    let sum = (weights.iter().sum::<f64>() - 1.0).abs();
    ((gives - takes) / scale).max(outside).max(sum)
}

fn limits_of(assets: usize, kind: usize) -> Limits {
    let mut limits = Limits::long_only(assets);
    let (least, most) = [
        (0.0, 1.0),
        (0.0, 2.5 / assets as f64),
        (-0.2, 0.4),
        (-1.0, 1.0),
    ][kind];
    limits.lower.fill(least);
    limits.upper.fill(most);
    limits
}

fn largest_difference(a: &[f64], b: &[f64]) -> f64 {
    let pairs = a.iter().zip(b);
    pairs.map(|(a, b)| (a - b).abs()).fold(0.0, f64::max)
}

#[test]
fn the_best_weights_at_any_tilt_meet_the_kkt_conditions_within_any_bounds() {
    let input = (market(17, 40), 0..4_usize, 0.01..100.0_f64);
    holds(150, &input, |((covariance, means), kind, aversion)| {
        let limits = limits_of(17, kind);
        for (objective, tilt) in [
            (Objective::MinVariance, 0.0),
            (Objective::RiskAversion { aversion }, 1.0 / aversion),
        ] {
            let weights = best("m", &covariance, &means, &limits, objective).unwrap();
            let miss = miss(&covariance, &means, &limits, &weights, tilt);
            prop_assert!(
                miss < 1e-10 * (1.0 + tilt),
                "{objective:?} {kind}: {miss:e}"
            );
        }
        Ok(())
    });
}

#[test]
fn a_target_is_met_exactly_by_a_point_of_the_frontier() {
    let input = (market(13, 30), 0..4_usize, 0.0..1.0_f64);
    holds(150, &input, |((covariance, means), kind, part)| {
        let limits = limits_of(13, kind);
        let least = best("m", &covariance, &means, &limits, Objective::MinVariance).unwrap();
        let (low, high) = (along(&least, &means), limits.highest(&means));
        let target = low + part * (high - low);
        let objective = Objective::TargetReturn { target };
        let weights = best("m", &covariance, &means, &limits, objective).unwrap();
        prop_assert!((along(&weights, &means) - target).abs() < 1e-14);
        let centre = Centred::new(&means);
        let mut active = Active::new(Task {
            covariance: &covariance,
            mean: &centre.means,
            lower: &limits.lower,
            upper: &limits.upper,
            budget: 1.0,
        });
        fast(&mut active, &centre, objective).unwrap();
        prop_assert_eq!(active.weights(), &*weights);
        let tilt = active.tilt();
        let miss = miss(&covariance, &means, &limits, &weights, tilt);
        prop_assert!(miss < 1e-9, "{kind}: {miss:e}");
        // Below the mean of the least variance, the least variance is the answer.
        let easy = Objective::TargetReturn { target: low - 1e-4 };
        let weights = best("m", &covariance, &means, &limits, easy).unwrap();
        prop_assert!(largest_difference(&weights, &least) < 1e-12);
        Ok(())
    });
}

#[test]
fn the_sharpest_weights_are_best_at_the_tilt_of_their_own_variance_per_excess() {
    let input = (market(13, 30), 0..4_usize, -0.002..0.0005_f64);
    holds(150, &input, |((covariance, means), kind, risk_free)| {
        let limits = limits_of(13, kind);
        let objective = Objective::MaxSharpe { risk_free };
        let Ok(weights) = best("m", &covariance, &means, &limits, objective) else {
            prop_assert!(limits.highest(&means) <= risk_free);
            return Ok(());
        };
        let excess = along(&weights, &means) - risk_free;
        let tilt = along(&weights, &product(&covariance, &weights)) / excess;
        prop_assert!(excess > 0.0);
        let miss = miss(&covariance, &means, &limits, &weights, tilt);
        prop_assert!(miss < 1e-9, "{kind}: {miss:e}");
        Ok(())
    });
}

#[test]
fn both_solvers_agree() {
    let input = (market(11, 30), 0..4_usize, 0.1..20.0_f64, 0.0..1.0_f64);
    holds(60, &input, |((covariance, means), kind, aversion, part)| {
        let limits = limits_of(11, kind);
        let least = best("m", &covariance, &means, &limits, Objective::MinVariance).unwrap();
        let (low, high) = (along(&least, &means), limits.highest(&means));
        let target = low + 0.95 * part * (high - low);
        let risk_free = low.min(0.0) - 0.001;
        for (objective, aim) in [
            (Objective::MinVariance, Aim::Tilt(0.0)),
            (
                Objective::RiskAversion { aversion },
                Aim::Tilt(1.0 / aversion),
            ),
            (Objective::TargetReturn { target }, Aim::Reach(target)),
            (Objective::MaxSharpe { risk_free }, Aim::Sharpest(risk_free)),
        ] {
            let fast = best("m", &covariance, &means, &limits, objective).unwrap();
            let general = conic::solve(&covariance, &means, &limits, aim).unwrap();
            let difference = largest_difference(&fast, &general);
            prop_assert!(difference < 1e-6, "{objective:?} {kind}: {difference:e}");
        }
        Ok(())
    });
}

#[test]
fn a_covariance_of_fewer_rows_than_assets_has_one_defined_answer_in_any_order() {
    let input = (market(12, 5), 0..4_usize, 1..12_usize);
    holds(100, &input, |((covariance, means), kind, turn)| {
        let limits = limits_of(12, kind);
        let objective = Objective::MinVariance;
        let weights = best("m", &covariance, &means, &limits, objective).unwrap();
        let miss = miss(&covariance, &means, &limits, &weights, 0.0);
        prop_assert!(miss < 1e-7, "{kind}: {miss:e}");
        let at = |i: usize| (i + turn) % 12;
        let turned = Mat::from_fn(12, 12, |i, j| covariance[(at(i), at(j))]);
        let other = best("m", &turned, &means, &limits, objective).unwrap();
        let back: Vec<f64> = (0..12).map(|i| other[(i + 12 - turn) % 12]).collect();
        let difference = largest_difference(&weights, &back);
        prop_assert!(difference < 1e-6, "{kind}: {difference:e}");
        Ok(())
    });
}

#[test]
fn what_cannot_be_told_apart_shares_its_weight() {
    let alike = Mat::from_fn(4, 4, |i, j| match (i, j) {
        (3, 3) => 2.0,
        (3, _) | (_, 3) => 0.1,
        _ => 1.0,
    });
    let limits = Limits::long_only(4);
    let least = Objective::MinVariance;
    let weights = best("m", &alike, &[0.0; 4], &limits, least).unwrap();
    // 1.9 : 0.9, the first in three equal parts.
    let (third, last) = (1.9 / 2.8 / 3.0, 0.9 / 2.8);
    assert!(largest_difference(&weights, &[third, third, third, last]) < 1e-6);
    // Nothing moves: nothing speaks against even weights.
    let weights = best("m", &Mat::zeros(4, 4), &[0.0; 4], &limits, least).unwrap();
    assert!(largest_difference(&weights, &[0.25; 4]) < 1e-12);
    let one = best(
        "m",
        &Mat::full(1, 1, 0.04),
        &[0.1],
        &Limits::long_only(1),
        least,
    )
    .unwrap();
    assert_eq!(one, [1.0]);
}

#[test]
fn a_frontier_rises_from_the_least_variance_to_the_highest_mean_and_bends_one_way() {
    holds(60, &market(29, 60), |(covariance, means)| {
        let curve = efficient_frontier(&covariance, &means, 0.0, 30).unwrap();
        prop_assert_eq!(curve.points.len(), 30);
        let highest = means.iter().copied().fold(f64::MIN, f64::max);
        let (last, sharpest) = (curve.points[29], curve.sharpest);
        prop_assert!((last.1 - highest).abs() < 1e-14);
        for pair in curve.points.windows(2) {
            prop_assert!(pair[1].0 >= pair[0].0 && pair[1].1 > pair[0].1);
        }
        for three in curve.points.windows(3) {
            let [a, b, c] = [three[0], three[1], three[2]].map(|(risk, _)| risk * risk);
            prop_assert!(a - 2.0 * b + c > -1e-12 * c);
        }
        let ratio = |(risk, mean): (f64, f64)| mean / risk;
        let most = curve
            .points
            .iter()
            .copied()
            .map(ratio)
            .fold(f64::MIN, f64::max);
        prop_assert_eq!(sharpest.is_some(), highest > 0.0);
        prop_assert!(sharpest.is_none_or(|point| ratio(point) > most - 1e-12));
        prop_assert!(sharpest.is_none_or(|point| ratio(point) < most * 1.2 + 0.01));
        Ok(())
    });
}

#[test]
fn weights_of_before_lead_to_the_same_answer() {
    let input = (
        market(15, 40),
        market(15, 40),
        prop::collection::vec(-0.5..1.5_f64, 15),
    );
    holds(100, &input, |((old, _), (new, _), noise)| {
        let cold = min_variance(&new, None).unwrap();
        let before = min_variance(&old, None).unwrap();
        for start in [before, noise, vec![0.0; 15], vec![f64::NAN; 15]] {
            let warm = min_variance(&new, Some(&start)).unwrap();
            let difference = largest_difference(&cold, &warm);
            prop_assert!(difference < 1e-12, "{difference:e}");
        }
        Ok(())
    });
}
