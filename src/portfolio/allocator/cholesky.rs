//! A Cholesky factor whose set of rows grows and shrinks.
//!
//! Holds L with L L' = M for the rows of M that are in the set, in the order in which they came. A
//! row comes in k^2 / 2 and goes in 2 k^2 operations; many at once are factored anew. Knows no
//! finance and no limits; a pivot that is too small to trust is refused, never divided by.

use faer::linalg::solvers::Llt;
use faer::{Mat, Side};

use crate::portfolio::wide::{add_scaled, dot};

/// The lower factor, row by row: row i has i + 1 entries.
#[derive(Debug, Clone, Default)]
pub(crate) struct Cholesky {
    rows: Vec<Vec<f64>>,
}

impl Cholesky {
    /// Returns the number of rows.
    pub(crate) fn len(&self) -> usize {
        self.rows.len()
    }

    /// Adds a row: its entries against the rows there are, and its own on the diagonal. False, and nothing added,
    /// where what is left of the diagonal is no more than `least` of it.
    pub(crate) fn push(&mut self, mut against: Vec<f64>, own: f64, least: f64) -> bool {
        self.forward(&mut against);
        let left = own - dot(&against, &against);
        // Written so that NaN is refused as well.
        let trusted = left > least * own;
        if trusted {
            against.push(left.sqrt());
            self.rows.push(against);
        }
        trusted
    }

    /// Factors a whole matrix, given by its entries on and below the diagonal. False where a pivot is no more than
    /// `least` of the diagonal; nothing is held then.
    pub(crate) fn replace(
        &mut self,
        len: usize,
        entry: impl Fn(usize, usize) -> f64,
        least: f64,
    ) -> bool {
        self.rows.clear();
        let whole = Mat::from_fn(len, len, |i, j| if i >= j { entry(i, j) } else { 0.0 });
        let Ok(factored) = Llt::new(whole.as_ref(), Side::Lower) else {
            return false;
        };
        let lower = factored.L();
        let trusted = (0..len).all(|i| {
            let pivot = lower.get(i, i);
            pivot * pivot > least * whole.get(i, i)
        });
        if trusted {
            let row = |i: usize| (0..=i).map(|j| *lower.get(i, j)).collect();
            self.rows.extend((0..len).map(row));
        }
        trusted
    }

    /// Takes the row at that place out.
    pub(crate) fn remove(&mut self, at: usize) {
        if at >= self.rows.len() {
            return;
        }
        self.rows.remove(at);
        // Each row behind it now reaches one past the diagonal; rotations of neighbouring columns bring it back.
        let mut turns: Vec<(f64, f64)> = Vec::with_capacity(self.rows.len() - at);
        for row in self.rows.iter_mut().skip(at) {
            let Some(tail) = row.get_mut(at..) else {
                continue;
            };
            let mut entries = tail.iter_mut();
            let Some(mut left) = entries.next() else {
                continue;
            };
            for &(cosine, sine) in &turns {
                let Some(right) = entries.next() else { break };
                let (a, b) = (*left, *right);
                *left = cosine * a + sine * b;
                *right = cosine * b - sine * a;
                left = right;
            }
            if let Some(right) = entries.next() {
                let length = left.hypot(*right);
                if length > 0.0 {
                    turns.push((*left / length, *right / length));
                } else {
                    turns.push((1.0, 0.0));
                }
                *left = length;
            }
            row.pop();
        }
    }

    /// Replaces v by the solution x of L x = v.
    pub(crate) fn forward(&self, v: &mut [f64]) {
        for (i, row) in self.rows.iter().enumerate() {
            let (solved, rest) = v.split_at_mut(i.min(v.len()));
            if let (Some(value), Some((pivot, before))) = (rest.first_mut(), row.split_last()) {
                *value = (*value - dot(before, solved)) / pivot;
            }
        }
    }

    /// Replaces v by the solution x of L' x = v.
    pub(crate) fn backward(&self, v: &mut [f64]) {
        for (i, row) in self.rows.iter().enumerate().rev() {
            let (before, rest) = v.split_at_mut(i.min(v.len()));
            if let (Some(value), Some((pivot, entries))) = (rest.first_mut(), row.split_last()) {
                *value /= pivot;
                add_scaled(before, -*value, entries);
            }
        }
    }

    /// Replaces v by the solution x of L L' x = v.
    pub(crate) fn solve(&self, v: &mut [f64]) {
        self.forward(v);
        self.backward(v);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A well-conditioned symmetric matrix, by its entries.
    fn entry(i: usize, j: usize) -> f64 {
        let (i, j) = (i as f64, j as f64);
        let own = if (i - j).abs() < 0.5 { 0.5 } else { 0.0 };
        (-(i - j).abs() / 3.0).exp() + own
    }

    fn grown(set: &[usize]) -> Cholesky {
        let mut factor = Cholesky::default();
        for (at, &i) in set.iter().enumerate() {
            let against = set[..at].iter().map(|&j| entry(i, j)).collect();
            assert!(factor.push(against, entry(i, i), 1e-12));
        }
        factor
    }

    /// The largest error of L L' x = v, with v the row sums, whose solution is all ones.
    fn error(factor: &Cholesky, set: &[usize]) -> f64 {
        let sum = |&i: &usize| set.iter().map(|&j| entry(i, j)).sum();
        let mut v: Vec<f64> = set.iter().map(sum).collect();
        factor.solve(&mut v);
        v.iter().map(|x| (x - 1.0).abs()).fold(0.0, f64::max)
    }

    #[test]
    fn rows_come_and_go_in_any_order_and_the_factor_stays_that_of_the_set() {
        let mut set: Vec<usize> = (0..40).map(|i| (i * 7) % 40).collect();
        let mut factor = grown(&set);
        for at in [0, 38, 17, 5, 5, 30, 0, 12] {
            set.remove(at);
            factor.remove(at);
            assert_eq!(factor.len(), set.len());
            assert!(error(&factor, &set) < 1e-12);
        }
        assert!(factor.replace(set.len(), |i, j| entry(set[i], set[j]), 1e-12));
        assert!(error(&factor, &set) < 1e-12);
    }

    #[test]
    fn a_row_that_says_nothing_new_is_refused() {
        let mut factor = grown(&[0, 1]);
        assert!(!factor.push(vec![entry(1, 0), entry(1, 1)], entry(1, 1), 1e-12));
        assert!(!factor.push(vec![f64::NAN, 0.0], 1.0, 1e-12));
        assert_eq!(factor.len(), 2);
        assert!(!factor.replace(3, |_, _| 1.0, 1e-12));
    }
}
