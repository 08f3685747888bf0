//! The sample covariance of a moving window, kept up to date row by row.
//!
//! A row that enters adds a product of rank one, the row that leaves takes one away, and both shift the
//! means; the newest row can be replaced as often as it ticks. Rounding adds up, so that the sums are
//! made anew now and then, and at once when a variance collapses as a large row leaves. [`Rolling::drift`]
//! says how far they are off. Rows must be whole: one with a missing return is refused, not filled.

use std::collections::VecDeque;

use faer::Mat;

use crate::portfolio::covariance::Complete;
use crate::portfolio::covariance::complete::{LARGEST, centre};
use crate::portfolio::covariance::sample::product;
use crate::portfolio::wide::wide;
use crate::protocol::PortfolioError;

/// Changes after which the sums are made anew.
const ANCHOR_EVERY: usize = 512;

/// A variance that falls to this part of what it was has lost too many digits.
const COLLAPSE: f64 = 1e-6;

/// A moving window of returns and the products of their deviations.
#[derive(Debug, Clone)]
pub struct Rolling {
    window: usize,
    rows: VecDeque<Vec<f64>>,
    means: Vec<f64>,
    /// Products of deviations, summed over the rows.
    products: Mat<f64>,
    changes: usize,
}

impl Rolling {
    /// Starts with the last `window` rows in which every symbol has a return.
    ///
    /// # Errors
    /// When the window is shorter than two rows.
    pub fn new(returns: &Complete<'_>, window: usize) -> Result<Self, PortfolioError> {
        if window < 2 {
            let expected = "expected at least 2";
            return Err(PortfolioError::bad(
                returns.of(),
                "window",
                window,
                expected,
            ));
        }
        let skipped = returns.rows().saturating_sub(window);
        let rows = returns
            .deviations()
            .chunks_exact(returns.columns())
            .skip(skipped);
        let whole = |row: &[f64]| {
            row.iter()
                .zip(returns.means())
                .map(|(d, m)| d + m)
                .collect()
        };
        let mut rolling = Self {
            window,
            rows: rows.map(whole).collect(),
            means: Vec::new(),
            products: Mat::new(),
            changes: 0,
        };
        rolling.anchor();
        Ok(rolling)
    }

    /// Returns how many rows are in the window.
    pub fn len(&self) -> usize {
        self.rows.len()
    }

    /// Returns true when no row is in the window.
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// Lets a row in, and the oldest out when the window is full.
    ///
    /// # Errors
    /// When the row has another length than the window's, or a return that is missing, infinite or beyond 1e60.
    pub fn push(&mut self, row: &[f64]) -> Result<(), PortfolioError> {
        self.fits(row)?;
        let left = if self.rows.len() < self.window {
            None
        } else {
            self.rows.pop_front()
        };
        self.rows.push_back(row.to_vec());
        self.change(row, left.as_deref());
        Ok(())
    }

    /// Puts a row in the place of the newest one.
    ///
    /// # Errors
    /// As [`Self::push`].
    pub fn replace_last(&mut self, row: &[f64]) -> Result<(), PortfolioError> {
        self.fits(row)?;
        let left = self.rows.pop_back();
        self.rows.push_back(row.to_vec());
        self.change(row, left.as_deref());
        Ok(())
    }

    /// Returns the mean of each column.
    pub fn means(&self) -> &[f64] {
        &self.means
    }

    /// Returns the sample covariance of the window; a column of one value has exactly zeros.
    pub fn covariance(&self) -> Mat<f64> {
        let scale = 1.0 / self.rows.len().saturating_sub(1).max(1) as f64;
        let moves: Vec<f64> = (0..self.means.len())
            .map(|j| if self.moves(j) { scale } else { 0.0 })
            .collect();
        let mut covariance = self.products.clone();
        for (j, own) in moves.iter().enumerate() {
            let column = covariance.col_as_slice_mut(j);
            for (value, other) in column.iter_mut().zip(&moves) {
                *value *= own.min(*other);
            }
        }
        covariance
    }

    /// Returns the largest difference from the covariance made anew, as a part of the largest variance.
    pub fn drift(&self) -> f64 {
        self.off(&self.exact().1)
    }

    fn off(&self, exact: &Mat<f64>) -> f64 {
        let largest = exact
            .diagonal()
            .column_vector()
            .iter()
            .copied()
            .fold(0.0, f64::max);
        let mut most = 0.0_f64;
        for j in 0..exact.ncols() {
            let pairs = exact
                .col_as_slice(j)
                .iter()
                .zip(self.products.col_as_slice(j));
            most = pairs.fold(most, |most, (a, b)| most.max((a - b).abs()));
        }
        if most > 0.0 { most / largest } else { 0.0 }
    }

    /// Makes the sums anew from the rows, and returns by how much they had drifted.
    pub fn check(&mut self) -> f64 {
        let exact = self.exact();
        let drift = self.off(&exact.1);
        (self.means, self.products) = exact;
        self.changes = 0;
        drift
    }

    /// Makes the sums anew from the rows.
    fn anchor(&mut self) {
        (self.means, self.products) = self.exact();
        self.changes = 0;
    }

    fn exact(&self) -> (Vec<f64>, Mat<f64>) {
        let columns = self.rows.front().map_or(0, Vec::len);
        let mut values: Vec<f64> = self.rows.iter().flatten().copied().collect();
        let means = centre(&mut values, self.rows.len(), columns);
        let products = product(&values, columns, 1.0);
        (means, products)
    }

    /// Takes in that one row came and maybe another left: two products of rank one, in one pass.
    fn change(&mut self, came: &[f64], left: Option<&[f64]>) {
        let after = self.rows.len() as f64;
        let mut leaving = vec![0.0; self.means.len()];
        if let Some(left) = left {
            // Down to one row less, around the mean without it.
            let fewer = after - 1.0;
            for ((out, mean), value) in leaving.iter_mut().zip(&mut self.means).zip(left) {
                let deviation = value - *mean;
                *out = deviation * (after / fewer).sqrt();
                *mean -= deviation / fewer;
            }
        }
        let grown = ((after - 1.0) / after).sqrt();
        let mut coming = Vec::with_capacity(self.means.len());
        for (mean, value) in self.means.iter_mut().zip(came) {
            let deviation = value - *mean;
            coming.push(deviation * grown);
            *mean += deviation / after;
        }
        let mut collapsed = false;
        for (j, (own_in, own_out)) in coming.iter().zip(&leaving).enumerate() {
            let column = self.products.col_as_slice_mut(j);
            let before = column.get(j).copied().unwrap_or_default();
            let others = coming.iter().zip(&leaving);
            wide(|| {
                for (value, (other_in, other_out)) in column.iter_mut().zip(others) {
                    // The same products in the same order on both sides of the diagonal.
                    *value += own_in * other_in - own_out * other_out;
                }
            });
            let now = column.get(j).copied().unwrap_or_default();
            collapsed |= now < COLLAPSE * (before + own_in * own_in);
        }
        self.changes += 1;
        if collapsed || self.changes >= ANCHOR_EVERY {
            self.anchor();
        }
    }

    /// Returns true when not all values of the column are the same.
    fn moves(&self, column: usize) -> bool {
        let mut values = self.rows.iter().rev().filter_map(|row| row.get(column));
        let newest = values.next();
        values.any(|value| newest.is_some_and(|newest| newest.to_bits() != value.to_bits()))
    }

    fn fits(&self, row: &[f64]) -> Result<(), PortfolioError> {
        let columns = self.means.len();
        if row.len() != columns {
            let expected = format!("expected one for each of {columns} assets");
            let what = "the number of returns in a row";
            return Err(PortfolioError::bad(
                "covariance",
                what,
                row.len(),
                &expected,
            ));
        }
        let usable = |value: f64| value.is_finite() && value.abs() <= LARGEST;
        let odd = row.iter().enumerate().find(|(_, value)| !usable(**value));
        odd.map_or(Ok(()), |(column, value)| {
            Err(PortfolioError::bad(
                "covariance",
                &format!("the return in column {}", column + 1),
                value,
                "expected a finite number of at most 1e60 in size",
            ))
        })
    }
}
