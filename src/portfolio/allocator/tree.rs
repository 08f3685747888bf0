//! What moves together: assets merged two by two, nearest first, and the order that puts near ones side by side.
//!
//! The distance of two assets is `sqrt((1 - correlation) / 2)`, from 0 (the same) to 1 (opposites).
//! Clusters are numbered as SciPy numbers them: below the number of assets an asset, above it the merges
//! in order; the cluster with the lower number stands left. An asset's number is its place among the
//! symbols sorted by name (digits by value: S2 before S10), so that the order of the columns decides
//! nothing, not even between exact ties: of equally near pairs the one found first in that order merges
//! first. Single linkage reads each covariance once and stores no distances; the others are `kodama`'s.

use std::cmp::Ordering;

use faer::Mat;

use crate::domain::Symbol;
use crate::event::{Clusters, Made};
use crate::portfolio::covariance::{correlation, deviations, snap};
use crate::portfolio::wide::{lanes, larger, wide};
use crate::protocol::PortfolioError;

/// How far two clusters are from each other.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Linkage {
    /// As their nearest members.
    Single,
    /// As their farthest members.
    Complete,
    /// As their members on average.
    Average,
    /// By what merging them adds to the spread within clusters.
    Ward,
}

/// The linkages by name.
pub(super) const LINKAGES: &[(&str, Linkage)] = &[
    ("single", Linkage::Single),
    ("complete", Linkage::Complete),
    ("average", Linkage::Average),
    ("ward", Linkage::Ward),
];

/// Assets merged two by two.
#[derive(Debug, Clone, PartialEq)]
pub struct Tree {
    /// The assets from left to right, as numbers of columns.
    pub order: Vec<usize>,
    /// Left cluster, right cluster and their distance, nearest first. Below the number of assets a cluster is the
    /// asset at that place of `order`; the one at assets + k is what merge k made.
    pub merges: Vec<(usize, usize, f64)>,
    /// Which linkage.
    pub linkage: Linkage,
}

impl Linkage {
    /// Returns the word for it.
    pub fn word(self) -> &'static str {
        match self {
            Self::Single => "single",
            Self::Complete => "complete",
            Self::Average => "average",
            Self::Ward => "ward",
        }
    }
}

impl Tree {
    /// Merges the assets of a covariance.
    ///
    /// # Errors
    /// Names the first asset that does not move: it has no correlation.
    pub fn new(
        of: &str,
        covariance: &Mat<f64>,
        symbols: &[Symbol],
        linkage: Linkage,
    ) -> Result<Self, PortfolioError> {
        let deviations = deviations(of, covariance, symbols)?;
        let inverse: Vec<f64> = deviations.iter().map(|deviation| 1.0 / deviation).collect();
        let names = by_name(symbols);
        let merges = match linkage {
            Linkage::Single => label(nearest(covariance, &inverse, &names), names.len()),
            Linkage::Complete => merged(covariance, &inverse, &names, kodama::Method::Complete),
            Linkage::Average => merged(covariance, &inverse, &names, kodama::Method::Average),
            Linkage::Ward => merged(covariance, &inverse, &names, kodama::Method::Ward),
        };
        Ok(Self::lay(&names, merges, linkage))
    }

    /// Returns the tree and the correlations for the screen; assets are numbered by column.
    ///
    /// # Errors
    /// Names the first asset that does not move: it has no correlation.
    pub fn clusters(
        &self,
        covariance: &Mat<f64>,
        symbols: &[Symbol],
        made: Made,
    ) -> Result<Clusters, PortfolioError> {
        let correlation = correlation("clusters", covariance, symbols)?;
        let pairs = self.order.iter().flat_map(|row| {
            let row = correlation.col_as_slice(*row);
            self.order
                .iter()
                .filter_map(|column| row.get(*column).copied())
        });
        Ok(Clusters {
            correlation: pairs.collect(),
            columns: self.order.clone(),
            merges: self.merges.clone(),
            linkage: self.linkage.word().into(),
            made,
        })
    }

    /// Reads the leaves from left to right and numbers them so.
    fn lay(names: &[usize], merges: Vec<(usize, usize, f64)>, linkage: Linkage) -> Self {
        let count = names.len();
        let mut places = vec![0; count];
        let mut order = Vec::with_capacity(count);
        let mut open = vec![(2 * count).saturating_sub(2)];
        while let Some(cluster) = open.pop() {
            if let Some((left, right, _)) = cluster.checked_sub(count).and_then(|k| merges.get(k)) {
                open.extend([*right, *left]);
            } else if let (Some(place), Some(column)) =
                (places.get_mut(cluster), names.get(cluster))
            {
                *place = order.len();
                order.push(*column);
            }
        }
        let renumber = |cluster: usize| places.get(cluster).copied().unwrap_or(cluster);
        let merges = merges
            .into_iter()
            .map(|(left, right, distance)| (renumber(left), renumber(right), distance))
            .collect();
        Self {
            order,
            merges,
            linkage,
        }
    }
}

/// Returns the columns in the order of their symbols' names.
fn by_name(symbols: &[Symbol]) -> Vec<usize> {
    let mut columns: Vec<(usize, &str)> = symbols.iter().map(Symbol::as_str).enumerate().collect();
    columns.sort_by(|(_, left), (_, right)| natural(left, right).then_with(|| left.cmp(right)));
    columns.into_iter().map(|(column, _)| column).collect()
}

/// Compares texts, runs of digits in them by value.
fn natural(left: &str, right: &str) -> Ordering {
    let (mut left, mut right) = (left, right);
    loop {
        let (a, b) = (digits(left), digits(right));
        let order = if a.is_empty() || b.is_empty() {
            match (left.chars().next(), right.chars().next()) {
                (None, None) => return Ordering::Equal,
                (None, Some(_)) => return Ordering::Less,
                (Some(_), None) => return Ordering::Greater,
                (Some(x), Some(y)) => {
                    left = left.get(x.len_utf8()..).unwrap_or_default();
                    right = right.get(y.len_utf8()..).unwrap_or_default();
                    x.cmp(&y)
                }
            }
        } else {
            left = left.get(a.len()..).unwrap_or_default();
            right = right.get(b.len()..).unwrap_or_default();
            let (a, b) = (a.trim_start_matches('0'), b.trim_start_matches('0'));
            a.len().cmp(&b.len()).then_with(|| a.cmp(b))
        };
        if order != Ordering::Equal {
            return order;
        }
    }
}

/// Returns the digits a text begins with.
fn digits(text: &str) -> &str {
    let end = text
        .find(|c: char| !c.is_ascii_digit())
        .unwrap_or(text.len());
    text.get(..end).unwrap_or_default()
}

/// One step of the walk to the nearest asset not yet reached: from, to, correlation.
type Step = (usize, usize, f64);

/// Walks from the first asset to the one nearest to any reached, again and again (Prim); nearest steps first.
///
/// Correlations stand for distances, which fall as they rise. A step says from which asset the walk came last,
/// not which one is near: cut at any distance, the steps hold together the same clusters.
fn nearest(covariance: &Mat<f64>, inverse: &[f64], names: &[usize]) -> Vec<Step> {
    const GONE: f64 = f64::NEG_INFINITY;
    const NOWHERE: usize = usize::MAX;
    let count = names.len();
    // Of each asset, by column: the highest correlation with one reached, and zero while it is not reached itself.
    let (mut best, mut open) = (vec![GONE; count], vec![0.0; count]);
    // The place of each column among the names.
    let mut places = vec![0; count];
    for (place, column) in names.iter().enumerate() {
        if let Some(slot) = places.get_mut(*column) {
            *slot = place;
        }
    }
    let mut steps = Vec::with_capacity(count);
    let mut from = 0;
    while steps.len() + 1 < count {
        let Some(column) = names.get(from).copied() else {
            break;
        };
        for list in [&mut best, &mut open] {
            if let Some(value) = list.get_mut(column) {
                *value = GONE;
            }
        }
        let scale = inverse.get(column).copied().unwrap_or_default();
        let known = covariance.col_as_slice(column).iter().zip(inverse);
        let (top, to) = wide(|| {
            for ((best, open), (value, other)) in best.iter_mut().zip(&open).zip(known) {
                *best = larger(*best, snap(value * (scale * other)) + open);
            }
            let top = lanes(&best, GONE, larger).into_iter().fold(GONE, larger);
            // Of equally near ones the first by name.
            let cells = best.iter().zip(&places);
            let first = cells.fold(NOWHERE, |first, (best, place)| {
                first.min(if *best >= top { *place } else { NOWHERE })
            });
            (top, first)
        });
        if to == NOWHERE {
            break;
        }
        steps.push((from, to, top));
        from = to;
    }
    // Stable: of equally near steps the earlier stays the earlier.
    steps.sort_by(|(.., left), (.., right)| right.total_cmp(left));
    steps
}

/// Turns steps, nearest first, into merges of clusters.
fn label(steps: Vec<Step>, count: usize) -> Vec<(usize, usize, f64)> {
    let mut parents: Vec<usize> = (0..(2 * count).saturating_sub(1)).collect();
    let mut merges = Vec::with_capacity(steps.len());
    for (made, (from, to, correlation)) in (count..).zip(steps) {
        let pair = [root(&mut parents, from), root(&mut parents, to)];
        for cluster in pair {
            if let Some(parent) = parents.get_mut(cluster) {
                *parent = made;
            }
        }
        let [a, b] = pair;
        merges.push((a.min(b), a.max(b), distance(correlation)));
    }
    merges
}

/// Returns the cluster that an asset or cluster is part of by now, and shortens the way there.
fn root(parents: &mut [usize], of: usize) -> usize {
    let mut at = of;
    while let Some(parent) = parents.get(at).copied().filter(|parent| *parent != at) {
        let next = parents.get(parent).copied().unwrap_or(parent);
        if let Some(slot) = parents.get_mut(at) {
            *slot = next;
        }
        at = parent;
    }
    at
}

fn distance(correlation: f64) -> f64 {
    ((1.0 - correlation) / 2.0).max(0.0).sqrt()
}

/// Merges by the distances of all pairs.
fn merged(
    covariance: &Mat<f64>,
    inverse: &[f64],
    names: &[usize],
    method: kodama::Method,
) -> Vec<(usize, usize, f64)> {
    let count = names.len();
    let mut distances = Vec::with_capacity(count * count.saturating_sub(1) / 2);
    for (at, column) in names.iter().enumerate() {
        let values = covariance.col_as_slice(*column);
        let scale = inverse.get(*column).copied().unwrap_or_default();
        distances.extend(names.iter().skip(at + 1).filter_map(|other| {
            let (value, own) = (values.get(*other)?, inverse.get(*other)?);
            Some(distance(snap(value * (scale * own))))
        }));
    }
    let dendrogram = kodama::linkage(&mut distances, count, method);
    let merges = dendrogram.steps().iter().map(|step| {
        let (a, b) = (step.cluster1, step.cluster2);
        (a.min(b), a.max(b), step.dissimilarity)
    });
    merges.collect()
}
