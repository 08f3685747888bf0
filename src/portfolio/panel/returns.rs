//! Returns of closes, and how they step over what is missing.
//!
//! [`each`] looks at every asset by itself, as factors do: a return runs from the last close that is known, however many
//! rows ago, and stands in the row of the later one; a row without a close has none. [`joint`] looks at all of them
//! together, as allocators do: only rows in which every asset has a close count, and returns run from one such row to
//! the next. So over a weekend the return of what trades on it spans the same time as that of what does not.
//! A close that is not above zero counts as missing.

use crate::domain::{Matrix, MatrixError};

/// Which return.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// `after / before - 1`.
    Simple,
    /// `ln(after / before)`.
    Log,
}

impl Kind {
    /// Returns the gain from one close to a later one.
    pub fn of(self, before: f64, after: f64) -> f64 {
        match self {
            Self::Simple => after / before - 1.0,
            Self::Log => (after / before).ln(),
        }
    }
}

/// Returns of each asset since its last known close: one row less than there are closes, the first belonging to the
/// second date.
///
/// # Errors
/// Never for a matrix: its shape is kept.
pub fn each(close: &Matrix, kind: Kind) -> Result<Matrix, MatrixError> {
    let (rows, columns) = (close.rows(), close.columns());
    let mut last = vec![f64::NAN; columns];
    let mut values = Vec::with_capacity(rows.saturating_sub(1) * columns);
    for t in 0..rows {
        for (after, before) in close.row(t).unwrap_or_default().iter().zip(&mut last) {
            let gain = if known(*after) {
                let gain = kind.of(*before, *after);
                *before = *after;
                gain
            } else {
                f64::NAN
            };
            if t > 0 {
                values.push(gain);
            }
        }
    }
    Matrix::new(rows.saturating_sub(1), columns, values)
}

/// Returns over the rows in which every asset has a close, and which rows those are; the first return belongs to the
/// second of them.
///
/// # Errors
/// Never for a matrix: its shape is kept.
pub fn joint(close: &Matrix, kind: Kind) -> Result<(Matrix, Vec<usize>), MatrixError> {
    let columns = close.columns();
    let whole = |t: &usize| {
        close
            .row(*t)
            .is_some_and(|row| row.iter().all(|it| known(*it)))
    };
    let rows: Vec<usize> = (0..close.rows()).filter(whole).collect();
    let mut values = Vec::with_capacity(rows.len().saturating_sub(1) * columns);
    for pair in rows.windows(2) {
        let [before, after] = pair else { continue };
        let before = close.row(*before).unwrap_or_default();
        let after = close.row(*after).unwrap_or_default();
        values.extend(
            before
                .iter()
                .zip(after)
                .map(|(before, after)| kind.of(*before, *after)),
        );
    }
    Ok((
        Matrix::new(rows.len().saturating_sub(1), columns, values)?,
        rows,
    ))
}

fn known(close: f64) -> bool {
    close > 0.0 && close.is_finite()
}
