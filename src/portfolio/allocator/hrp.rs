//! Hierarchical risk parity: weights by halving the row of assets in which near ones stand together.
//!
//! López de Prado (2016) as PyPortfolioOpt has it: a tree of the correlations' distances gives the order;
//! the row is cut in the middle again and again, and each half gets what it weighs by one over its
//! variance, a half's own weights being one over their variances. No covariance is inverted, so that it
//! may be singular. The cuts do not follow the tree's merges: only its order counts.

use faer::Mat;

use crate::domain::Symbol;
use crate::portfolio::allocator::judged::{Judged, Method};
use crate::portfolio::allocator::tree::LINKAGES;
use crate::portfolio::allocator::{Linkage, Tree, allocation};
use crate::portfolio::covariance::{COVARIANCE, LAMBDA};
use crate::protocol::{Allocation, Detail, Given, ParamSpec, PortfolioError};

const PARAMS: &[ParamSpec] = &[
    ParamSpec {
        name: "linkage",
        default: "single",
        what: "how near clusters are: single, complete, average or ward",
    },
    COVARIANCE,
    LAMBDA,
];

/// The allocator `hrp`.
#[derive(Debug, Clone, Copy)]
pub struct Hrp;

impl Method for Hrp {
    const NAME: &'static str = "hrp";
    const PARAMS: &'static [ParamSpec] = PARAMS;

    fn weigh(&self, given: &Given<'_>, judged: &Judged<'_>) -> Result<Allocation, PortfolioError> {
        let linkage = given.choice("linkage", LINKAGES)?;
        let (weights, tree) = hrp(&judged.estimate.covariance, judged.symbols, linkage)?;
        let mut allocation = allocation(weights, &judged.estimate);
        let order = tree.order.iter().map(|column| *column as f64).collect();
        allocation.details.push(("order", Detail::PerAsset(order)));
        Ok(allocation)
    }
}

/// Returns hierarchical risk parity weights, and the tree whose order they follow.
///
/// # Errors
/// Names the first asset that does not move: it has no correlation.
pub fn hrp(
    covariance: &Mat<f64>,
    symbols: &[Symbol],
    linkage: Linkage,
) -> Result<(Vec<f64>, Tree), PortfolioError> {
    let tree = Tree::new("hrp", covariance, symbols, linkage)?;
    let mut halving = Halving::new(covariance, &tree.order);
    halving.halve(0, tree.order.len());
    let mut weights = vec![0.0; symbols.len()];
    for (column, part) in tree.order.iter().zip(&halving.parts) {
        if let Some(weight) = weights.get_mut(*column) {
            *weight = *part;
        }
    }
    Ok((weights, tree))
}

/// The row of assets while it is cut; everything in its order.
#[derive(Debug)]
struct Halving<'a> {
    covariance: &'a Mat<f64>,
    order: &'a [usize],
    /// One over the variance.
    inverse: Vec<f64>,
    /// The weights so far.
    parts: Vec<f64>,
}

/// What a stretch of the row comes to when its assets weigh by one over their variances.
#[derive(Debug, Clone, Copy)]
struct Stretch {
    /// The sum of the weights, before they are made to add up to 1.
    weight: f64,
    /// The variance that goes with it.
    square: f64,
}

impl<'a> Halving<'a> {
    fn new(covariance: &'a Mat<f64>, order: &'a [usize]) -> Self {
        let inverse = order
            .iter()
            .map(|column| 1.0 / covariance[(*column, *column)]);
        Self {
            covariance,
            order,
            inverse: inverse.collect(),
            parts: vec![1.0; order.len()],
        }
    }

    /// Shares out between the halves of a stretch, and within them before; returns both.
    fn halve(&mut self, from: usize, to: usize) -> Option<(Stretch, Stretch)> {
        if to < from + 2 {
            return None;
        }
        let middle = from + (to - from) / 2;
        let left = self.whole(from, middle);
        let right = self.whole(middle, to);
        let [first, second] = [left, right].map(Stretch::variance);
        // Two halves without any risk share evenly.
        let sum = first + second;
        let share = if sum > 0.0 { 1.0 - first / sum } else { 0.5 };
        for (place, part) in (from..to).zip(self.parts.get_mut(from..to).unwrap_or_default()) {
            *part *= if place < middle { share } else { 1.0 - share };
        }
        Some((left, right))
    }

    /// Shares out within a stretch and returns what it comes to: its halves, and what they have in common.
    fn whole(&mut self, from: usize, to: usize) -> Stretch {
        let Some((left, right)) = self.halve(from, to) else {
            let weight = self.inverse.get(from).copied().unwrap_or_default();
            return Stretch {
                weight,
                square: weight,
            };
        };
        let middle = from + (to - from) / 2;
        let others = self.order.get(middle..to).unwrap_or_default();
        let weights = self.inverse.get(middle..to).unwrap_or_default();
        let rows = self.order.iter().zip(&self.inverse).take(middle).skip(from);
        let crossed = rows.map(|(column, weight)| {
            let values = self.covariance.col_as_slice(*column);
            let common = others.iter().zip(weights);
            let sum: f64 = common
                .map(|(other, own)| values.get(*other).copied().unwrap_or_default() * own)
                .sum();
            sum * weight
        });
        Stretch {
            weight: left.weight + right.weight,
            square: left.square + right.square + 2.0 * crossed.sum::<f64>(),
        }
    }
}

impl Stretch {
    /// Returns the variance of the stretch with weights that add up to 1.
    fn variance(self) -> f64 {
        // One by one: the square of the sum may be beyond the numbers.
        (self.square / self.weight / self.weight).max(0.0)
    }
}
