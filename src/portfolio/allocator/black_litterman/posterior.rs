//! What the market implies, and what views make of it.
//!
//! With S the covariance, P the views' weights and O their uncertainty, the posterior mean is the
//! prior's plus tau S P' (P tau S P' + O)^-1 (what the views expect beyond the prior), which needs a
//! factor as large as there are views and never the inverse of S: a singular covariance does. The
//! weights that mean asks for are then the market's plus a part along P', in closed form.

use faer::Mat;

use super::views::ViewOf;
use crate::portfolio::allocator::cholesky::Cholesky;
use crate::portfolio::wide::add_scaled;
use crate::protocol::PortfolioError;

/// What is left of a view's variance beside the others before it counts as said already.
const LEAST: f64 = 1e-12;

/// What the market is taken to believe.
#[derive(Debug)]
pub(super) struct Market<'a> {
    /// Covariance per period.
    pub(super) covariance: &'a Mat<f64>,
    /// The market's weights; they add up to 1.
    pub(super) weights: &'a [f64],
    /// How much variance costs the market.
    pub(super) aversion: f64,
    /// How uncertain its mean returns are, as a part of the covariance.
    pub(super) tau: f64,
    /// The risk-free return per period.
    pub(super) risk_free: f64,
}

/// What becomes of it.
#[derive(Debug)]
pub(super) struct Posterior {
    /// Mean returns that make the market's weights the best there are.
    pub(super) prior: Vec<f64>,
    /// Mean returns with the views in them.
    pub(super) mean: Vec<f64>,
    /// The covariance of returns whose means are uncertain.
    pub(super) covariance: Mat<f64>,
    /// The best weights for the posterior mean by the covariance, not yet adding up to 1.
    pub(super) weights: Vec<f64>,
}

/// Returns the posterior.
///
/// # Errors
/// When views that are certain repeat or contradict each other.
pub(super) fn posterior(
    of: &str,
    market: &Market<'_>,
    views: &[ViewOf],
) -> Result<Posterior, PortfolioError> {
    let mut prior = vec![market.risk_free; market.weights.len()];
    for (i, weight) in market.weights.iter().enumerate() {
        add_scaled(
            &mut prior,
            market.aversion * weight,
            market.covariance.col_as_slice(i),
        );
    }
    // Without any confidence a view says nothing.
    let views: Vec<&ViewOf> = views.iter().filter(|v| v.confidence != Some(0.0)).collect();
    // tau S P', one column a view.
    let spreads: Vec<Vec<f64>> = views.iter().map(|view| spread(market, view)).collect();
    let mut factor = Cholesky::default();
    for (at, view) in views.iter().enumerate() {
        let against: Vec<f64> = spreads.iter().take(at).map(|s| along(view, s)).collect();
        let own = spreads.get(at).map_or(0.0, |s| along(view, s));
        if !factor.push(against, own * (1.0 + doubt(view)), LEAST) {
            let why = format!(
                "view {} says nothing or what certain views before it say already: expected a view that moves \
                 by itself, or confidences below 1",
                at + 1
            );
            return Err(PortfolioError::none(of, why));
        }
    }
    let surprise = |view: &&ViewOf| view.expected - along(view, &prior);
    let mut pull: Vec<f64> = views.iter().map(surprise).collect();
    factor.solve(&mut pull);
    let mut mean = prior.clone();
    let mut weights = market.weights.to_vec();
    for ((view, spread), pull) in views.iter().zip(&spreads).zip(&pull) {
        add_scaled(&mut mean, *pull, spread);
        for (i, part) in &view.weights {
            if let Some(weight) = weights.get_mut(*i) {
                *weight += market.tau * part * pull / market.aversion;
            }
        }
    }
    let covariance = uncertain(market, &factor, spreads);
    Ok(Posterior {
        prior,
        mean,
        covariance,
        weights,
    })
}

/// Returns tau S p of a view.
fn spread(market: &Market<'_>, view: &ViewOf) -> Vec<f64> {
    let mut spread = vec![0.0; market.weights.len()];
    for (i, weight) in &view.weights {
        let column = market.covariance.col_as_slice(*i);
        add_scaled(&mut spread, market.tau * weight, column);
    }
    spread
}

/// Returns the variance of a view's error as a multiple of the prior variance of what it speaks of: by Idzorek's
/// closed form where a confidence is given, otherwise that variance itself.
fn doubt(view: &ViewOf) -> f64 {
    view.confidence.map_or(1.0, |sure| (1.0 - sure) / sure)
}

/// Returns S + tau S - tau S P' (P tau S P' + O)^-1 P S tau.
fn uncertain(market: &Market<'_>, factor: &Cholesky, spreads: Vec<Vec<f64>>) -> Mat<f64> {
    let n = market.weights.len();
    let mut covariance = market.covariance.clone();
    let grow = 1.0 + market.tau;
    // Forward solving asset by asset gives columns whose products are what is taken off.
    let mut rows = vec![Vec::with_capacity(spreads.len()); n];
    for spread in spreads {
        for (row, value) in rows.iter_mut().zip(spread) {
            row.push(value);
        }
    }
    for row in &mut rows {
        factor.forward(row);
    }
    let views = factor.len();
    let columns: Vec<Vec<f64>> = (0..views)
        .map(|k| rows.iter().filter_map(|row| row.get(k).copied()).collect())
        .collect();
    for (j, row) in rows.iter().enumerate() {
        let target = covariance.col_as_slice_mut(j);
        for value in target.iter_mut() {
            *value *= grow;
        }
        for (column, by) in columns.iter().zip(row) {
            add_scaled(target, -by, column);
        }
    }
    covariance
}

fn along(view: &ViewOf, values: &[f64]) -> f64 {
    let parts = view.weights.iter();
    parts
        .map(|(i, weight)| weight * values.get(*i).copied().unwrap_or_default())
        .sum()
}
