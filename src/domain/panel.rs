//! The panel: closes, highs, lows and volumes of many symbols over time, as dense matrices.

use crate::domain::{Symbol, Timestamp};

/// Why numbers do not make a matrix or panel.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum MatrixError {
    /// The number of values is not rows x columns.
    #[error("{values} values do not fill {rows} rows of {columns}")]
    Shape {
        /// Values given.
        values: usize,
        /// Rows asked for.
        rows: usize,
        /// Columns asked for.
        columns: usize,
    },
    /// A part of the panel has another shape than its dates and symbols.
    #[error("{part} is {rows} x {columns}, but there are {dates} dates and {symbols} symbols")]
    Panel {
        /// Which part.
        part: &'static str,
        /// Its rows.
        rows: usize,
        /// Its columns.
        columns: usize,
        /// Rows expected.
        dates: usize,
        /// Columns expected.
        symbols: usize,
    },
    /// Dates do not rise.
    #[error("date {0} does not come after the one before it")]
    Dates(Timestamp),
}

/// A dense row-major matrix: element (t, a) stands at `t * columns + a`. NaN is "missing".
#[derive(Debug, Clone, PartialEq)]
pub struct Matrix {
    rows: usize,
    columns: usize,
    values: Vec<f64>,
}

impl Matrix {
    /// Makes a matrix of row-major values.
    ///
    /// # Errors
    /// When there are not exactly `rows * columns` values.
    pub fn new(rows: usize, columns: usize, values: Vec<f64>) -> Result<Self, MatrixError> {
        if rows.checked_mul(columns) != Some(values.len()) {
            return Err(MatrixError::Shape {
                values: values.len(),
                rows,
                columns,
            });
        }
        Ok(Self {
            rows,
            columns,
            values,
        })
    }

    /// Returns the number of rows (time).
    pub fn rows(&self) -> usize {
        self.rows
    }

    /// Returns the number of columns (assets).
    pub fn columns(&self) -> usize {
        self.columns
    }

    /// Returns the row at `t`, oldest first.
    pub fn row(&self, t: usize) -> Option<&[f64]> {
        let start = t.checked_mul(self.columns)?;
        self.values.get(start..start.checked_add(self.columns)?)
    }

    /// Returns every value, row by row.
    pub fn values(&self) -> &[f64] {
        &self.values
    }
}

/// A universe over time. Every matrix is (T, A): T dates, A symbols.
#[derive(Debug, Clone, PartialEq)]
pub struct UniversePanel {
    /// Closing prices.
    pub close: Matrix,
    /// Highest prices.
    pub high: Matrix,
    /// Lowest prices.
    pub low: Matrix,
    /// Units traded.
    pub volume: Matrix,
    /// Ends of the intervals, ascending and unique.
    pub dates: Vec<Timestamp>,
    /// Columns.
    pub symbols: Vec<Symbol>,
}

impl UniversePanel {
    /// Checks that all parts have one shape and time rises.
    ///
    /// # Errors
    /// Names the first part that does not fit.
    pub fn check(&self) -> Result<(), MatrixError> {
        let (dates, symbols) = (self.dates.len(), self.symbols.len());
        for (part, matrix) in [
            ("close", &self.close),
            ("high", &self.high),
            ("low", &self.low),
            ("volume", &self.volume),
        ] {
            let (rows, columns) = (matrix.rows(), matrix.columns());
            if rows != dates || columns != symbols {
                return Err(MatrixError::Panel {
                    part,
                    rows,
                    columns,
                    dates,
                    symbols,
                });
            }
        }
        let late = self.dates.windows(2).find_map(|pair| match pair {
            [before, after] if after <= before => Some(*after),
            _ => None,
        });
        late.map_or(Ok(()), |date| Err(MatrixError::Dates(date)))
    }
}
