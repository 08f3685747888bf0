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
#[derive(Debug, Clone, PartialEq, Default)]
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

    /// Returns the rows, oldest first, to be changed in place.
    pub fn rows_mut(&mut self) -> impl Iterator<Item = &mut [f64]> {
        self.values.chunks_exact_mut(self.columns.max(1))
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
    /// Opening prices, where the source has them.
    pub open: Option<Matrix>,
    /// Volume-weighted average prices, where the source has them.
    pub vwap: Option<Matrix>,
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
            ("close", Some(&self.close)),
            ("high", Some(&self.high)),
            ("low", Some(&self.low)),
            ("volume", Some(&self.volume)),
            ("open", self.open.as_ref()),
            ("vwap", self.vwap.as_ref()),
        ] {
            let Some(matrix) = matrix else { continue };
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_part_has_the_shape_of_dates_and_symbols() {
        let matrix = |rows: usize| Matrix::new(rows, 2, vec![1.0; rows * 2]).unwrap();
        let panel = UniversePanel {
            close: matrix(3),
            high: matrix(3),
            low: matrix(3),
            volume: matrix(3),
            open: None,
            vwap: Some(matrix(3)),
            dates: (0..3).map(Timestamp::from_us).collect(),
            symbols: ["AAPL", "MSFT"]
                .map(|text| Symbol::new(text).unwrap())
                .into(),
        };
        assert_eq!(panel.check(), Ok(()));
        let short = UniversePanel {
            vwap: Some(matrix(2)),
            ..panel.clone()
        };
        let error = short.check().unwrap_err().to_string();
        assert_eq!(error, "vwap is 2 x 2, but there are 3 dates and 2 symbols");
        let twice = UniversePanel {
            dates: [0, 5, 5].map(Timestamp::from_us).into(),
            ..panel
        };
        assert!(matches!(twice.check(), Err(MatrixError::Dates(at)) if at.as_us() == 5));
    }
}
