//! Returns without a gap: the rows in which every symbol has one, their means taken away.
//!
//! The one place that says which returns a covariance can be made of. Rows are left out listwise: one
//! missing value takes the row, so that every pair of assets is judged by the same rows and the result
//! has no negative variance in it. Reads what it is given and computes nothing but means.

use crate::domain::{Matrix, Symbol};
use crate::portfolio::wide::{all, lanes, larger, wide};
use crate::protocol::{PortfolioError, Returns};

/// The largest return taken, either way: its fourth power, summed over any panel, is still a number.
pub(super) const LARGEST: f64 = 1e60;

/// If nothing in the panel moves by more than this, the fourth powers come to nothing.
const SMALLEST: f64 = 1e-60;

/// Returns without a gap, as deviations from the mean of each asset.
#[derive(Debug, Clone)]
pub struct Complete<'a> {
    of: &'a str,
    symbols: &'a [Symbol],
    rows: usize,
    means: Vec<f64>,
    deviations: Vec<f64>,
}

impl<'a> Complete<'a> {
    /// Takes the rows in which every symbol has a return; `of` is the method that errors speak of.
    ///
    /// # Errors
    /// When there are no assets, fewer than two such rows (names the symbol with the shortest history), an
    /// infinite return, one beyond 1e60 in size, or none that differs from its mean by 1e-60 though some do.
    pub fn new(of: &'a str, returns: &Returns<'a>) -> Result<Self, PortfolioError> {
        let symbols = returns.symbols;
        let columns = returns.values.columns();
        if columns != symbols.len() || columns == 0 {
            let expected = format!("expected one for each of {} assets", symbols.len().max(1));
            return Err(PortfolioError::bad(
                of,
                "the number of columns of returns",
                columns,
                &expected,
            ));
        }
        usable(of, returns)?;
        let mut deviations = whole_rows(returns.values.values(), columns);
        let rows = deviations.len() / columns;
        if rows < 2 {
            return Err(too_few(of, returns, rows));
        }
        let means = centre(&mut deviations, rows, columns);
        let moved = wide(|| lanes(&deviations, 0.0, |most, x| larger(most, x.abs())));
        let moved = moved.into_iter().fold(0.0, f64::max);
        if moved > 0.0 && moved < SMALLEST {
            return Err(PortfolioError::bad(
                of,
                "the largest difference of a return from its mean",
                format!("{moved:e}"),
                "expected 0 or at least 1e-60: give the returns in a larger unit",
            ));
        }
        Ok(Self {
            of,
            symbols,
            rows,
            means,
            deviations,
        })
    }

    /// Returns the method that errors speak of.
    pub fn of(&self) -> &'a str {
        self.of
    }

    /// Returns the assets, in the order of the columns.
    pub fn symbols(&self) -> &'a [Symbol] {
        self.symbols
    }

    /// Returns how many rows there are: at least two.
    pub fn rows(&self) -> usize {
        self.rows
    }

    /// Returns how many assets there are: at least one.
    pub fn columns(&self) -> usize {
        self.symbols.len()
    }

    /// Returns the mean return of each asset.
    pub fn means(&self) -> &[f64] {
        &self.means
    }

    /// Returns what each return differs from the mean of its asset, row by row.
    pub fn deviations(&self) -> &[f64] {
        &self.deviations
    }
}

/// Checks that no return is infinite or beyond all measure.
fn usable(of: &str, returns: &Returns<'_>) -> Result<(), PortfolioError> {
    let values = returns.values.values();
    // Written so that NaN fits: it is missing, and its row is left out.
    let beyond = |value: f64| value.abs() > LARGEST;
    if wide(|| all(values, |value| !beyond(value))) {
        return Ok(());
    }
    let at = values.iter().position(|value| beyond(*value));
    let at = at.unwrap_or_default();
    let columns = returns.values.columns().max(1);
    let (row, column) = (at / columns, at % columns);
    let symbol = returns.symbols.get(column).map_or("", Symbol::as_str);
    Err(PortfolioError::bad(
        of,
        &format!("the return of {symbol} in row {}", row + 1),
        format!("{:e}", values.get(at).copied().unwrap_or_default()),
        "expected a finite number of at most 1e60 in size",
    ))
}

/// Copies the rows in which nothing is missing.
fn whole_rows(values: &[f64], columns: usize) -> Vec<f64> {
    let whole = |row: &[f64]| wide(|| all(row, |value| !value.is_nan()));
    if whole(values) {
        return values.to_vec();
    }
    let rows = values.chunks_exact(columns).filter(|row| whole(row));
    rows.flatten().copied().collect()
}

/// Makes the error of too few rows, which names the symbol that has the fewest.
fn too_few(of: &str, returns: &Returns<'_>, rows: usize) -> PortfolioError {
    let total = returns.values.rows();
    let counts = (0..returns.symbols.len()).map(|column| {
        let known = |t: &usize| known(returns.values, *t, column);
        (0..total).filter(known).count()
    });
    let shortest = counts.zip(returns.symbols).min_by_key(|(count, _)| *count);
    let (count, symbol) = shortest.map_or((0, ""), |(count, symbol)| (count, symbol.as_str()));
    PortfolioError::bad(
        of,
        "the number of rows in which every symbol has a return",
        rows,
        &format!("expected at least 2: {symbol} has the shortest history, {count} of {total} rows"),
    )
}

fn known(values: &Matrix, row: usize, column: usize) -> bool {
    let value = values.row(row).and_then(|row| row.get(column));
    value.is_some_and(|value| !value.is_nan())
}

/// Takes the mean of each column away and returns the means; a column of one value becomes exactly zero.
pub(super) fn centre(values: &mut [f64], rows: usize, columns: usize) -> Vec<f64> {
    let (first, rest) = values.split_at(columns);
    let mut sums = first.to_vec();
    // Bits in which a column's values differ.
    let mut differ = vec![0_u64; columns];
    wide(|| {
        for row in rest.chunks_exact(columns) {
            let cells = row.iter().zip(first);
            for ((sum, differ), (value, head)) in sums.iter_mut().zip(&mut differ).zip(cells) {
                *sum += value;
                *differ |= value.to_bits() ^ head.to_bits();
            }
        }
    });
    let count = rows as f64;
    // Exactly: a mean that rounds would make a constant column move by the last bit.
    let means: Vec<f64> = (sums.iter().zip(&differ).zip(first))
        .map(|((sum, differ), head)| if *differ == 0 { *head } else { sum / count })
        .collect();
    wide(|| {
        for row in values.chunks_exact_mut(columns) {
            for (value, mean) in row.iter_mut().zip(&means) {
                *value -= mean;
            }
        }
    });
    means
}
