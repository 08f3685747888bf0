//! The history of one asset out of a panel: what was known of it at each row.
//!
//! A panel lies row by row, a window runs along a column: columns are taken out a few at a time, so that either
//! way of walking stays within the cache.

use crate::domain::Matrix;
use crate::protocol::{Given, PortfolioError};

use crate::portfolio::factor::raw::{CARRY, ROWS_MOST};

/// Columns taken out at a time.
const BLOCK: usize = 32;

/// Returns the close, or NaN where it is missing or no price.
pub(super) fn price(value: f64) -> f64 {
    if is_price(value) { value } else { f64::NAN }
}

/// Returns true for a close that is a price.
#[inline]
#[expect(
    clippy::needless_bitwise_bool,
    reason = "a lazy operator is a branch a cell, and keeps several cells from being looked at together"
)]
pub(super) fn is_price(close: f64) -> bool {
    (close > 0.0) & (close < f64::INFINITY)
}

/// Returns how many rows a close may stand for those missing after it.
pub(super) fn carry(given: &Given<'_>) -> Result<usize, PortfolioError> {
    given.whole(CARRY.name, 0, ROWS_MOST)
}

/// Returns the close of a column that was known at a row: its own, or one at most `carry` rows older.
pub(super) fn as_of(close: &Matrix, t: usize, column: usize, carry: usize) -> f64 {
    let known = (t.saturating_sub(carry)..=t).rev().find_map(|row| {
        let value = price(*close.row(row)?.get(column)?);
        (!value.is_nan()).then_some(value)
    });
    known.unwrap_or(f64::NAN)
}

/// What is known of one asset while its rows go by.
#[derive(Debug, Default)]
pub(super) struct Known {
    carry: usize,
    closes: Vec<f64>,
    /// The first close after the last gap that was too long.
    start: usize,
    /// Rows since the last close.
    age: usize,
}

impl Known {
    /// Takes the next row in; true where it has a close.
    fn push(&mut self, close: f64) -> bool {
        let close = price(close);
        if close.is_nan() {
            self.age += 1;
            return false;
        }
        if self.age > self.carry {
            self.start = self.closes.len();
        }
        self.closes.push(close);
        self.age = 0;
        true
    }

    fn clear(&mut self) {
        self.closes.clear();
        (self.start, self.age) = (0, 0);
    }

    /// Returns the last `n` closes, with no gap of more than `carry` rows between them or after them.
    pub(super) fn last(&self, n: usize) -> Option<&[f64]> {
        let whole = self.closes.get(self.start..)?;
        let first = whole.len().checked_sub(n)?;
        (self.age <= self.carry)
            .then(|| whole.get(first..))
            .flatten()
    }
}

/// Runs `figure` at every row from `from` on of every asset, with the last `n` known closes of it; NaN where there
/// are not as many. Returns the figures row by row.
pub(super) fn windows(
    close: &Matrix,
    (n, carry): (usize, usize),
    from: usize,
    mut figure: impl FnMut(&[f64]) -> f64,
) -> Vec<f64> {
    let (rows, columns) = (close.rows(), close.columns());
    let mut out = vec![f64::NAN; rows.saturating_sub(from) * columns];
    let mut known = Known {
        carry,
        ..Known::default()
    };
    let mut block = Vec::new();
    for left in (0..columns).step_by(BLOCK) {
        let width = BLOCK.min(columns - left);
        let first = first_row(close, (left, width), (n, carry), from);
        let height = rows - first;
        gather(close, first, (left, width), &mut block);
        for (column, series) in block.chunks_exact(height.max(1)).enumerate() {
            known.clear();
            let mut value = f64::NAN;
            let mut stale = true;
            for (t, close) in (first..).zip(series) {
                stale |= known.push(*close);
                if t < from {
                    continue;
                }
                // Nothing new since the row before: the same figure, until it is too old.
                if stale {
                    value = known.last(n).map_or(f64::NAN, &mut figure);
                    stale = false;
                } else if known.age > carry {
                    value = f64::NAN;
                }
                let at = (t - from) * columns + left + column;
                if let Some(cell) = out.get_mut(at) {
                    *cell = value;
                }
            }
        }
    }
    out
}

/// Returns the first row that can matter to the rows from `from` on.
fn first_row(
    close: &Matrix,
    (left, width): (usize, usize),
    (n, carry): (usize, usize),
    from: usize,
) -> usize {
    let near = (from + 1).saturating_sub(n);
    let whole = (near..close.rows()).all(|t| {
        let cells = close.row(t).and_then(|row| row.get(left..left + width));
        cells.is_some_and(|cells| cells.iter().all(|value| !price(*value).is_nan()))
    });
    if whole {
        near
    } else {
        // Between two of the last n closes lie at most `carry` rows; a longer gap must be seen to be one.
        (from + 1).saturating_sub(n.saturating_add(1).saturating_mul(carry + 1))
    }
}

/// Copies the columns of a block out, one after the other, from the row `first` on.
fn gather(close: &Matrix, first: usize, (left, width): (usize, usize), block: &mut Vec<f64>) {
    let height = close.rows() - first;
    block.clear();
    block.resize(height * width, f64::NAN);
    for (i, t) in (first..close.rows()).enumerate() {
        let cells = close.row(t).and_then(|row| row.get(left..left + width));
        for (j, value) in cells.into_iter().flatten().enumerate() {
            if let Some(cell) = block.get_mut(j * height + i) {
                *cell = *value;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NO: f64 = f64::NAN;

    #[test]
    fn a_close_stands_for_those_missing_after_it_and_no_longer() {
        let close = Matrix::new(5, 1, vec![NO, 3.0, NO, NO, -1.0]).unwrap();
        let known: Vec<f64> = (0..5).map(|t| as_of(&close, t, 0, 2)).collect();
        assert!(known[0].is_nan() && known[4].is_nan(), "{known:?}");
        assert_eq!(known[1..4], [3.0; 3]);
    }

    #[test]
    fn windows_hold_known_closes_and_break_where_a_gap_is_too_long() {
        let series = vec![1.0, NO, 2.0, 3.0, NO, NO, 4.0, 5.0, NO, NO];
        let close = Matrix::new(10, 1, series).unwrap();
        let sums = windows(&close, (2, 1), 0, |window| window.iter().sum());
        let expected = [NO, NO, 3.0, 5.0, 5.0, NO, NO, 9.0, 9.0, NO];
        assert_eq!(format!("{sums:?}"), format!("{expected:?}"));
        for from in 0..10 {
            let part = windows(&close, (2, 1), from, |window| window.iter().sum());
            assert_eq!(
                format!("{part:?}"),
                format!("{:?}", &sums[from..]),
                "from {from}"
            );
        }
    }
}
