//! The history that a sizer looks at: returns of the assets it may hold, rows that are known of all of them.

use crate::domain::{Matrix, Symbol};
use crate::protocol::{PortfolioError, SizerInput};

/// Returns the history of the input, which must have one column a score.
pub(super) fn returns<'a>(of: &str, input: &SizerInput<'a>) -> Result<&'a Matrix, PortfolioError> {
    let Some(returns) = input.returns else {
        let expected = "expected a history of returns, one column a symbol";
        return Err(PortfolioError::bad(of, "returns", "missing", expected));
    };
    if returns.columns() == input.signal.len() {
        Ok(returns)
    } else {
        let columns = format!("{} columns", returns.columns());
        let expected = format!("expected one for each of {} scores", input.signal.len());
        Err(PortfolioError::bad(of, "returns", columns, &expected))
    }
}

/// Returns the newest rows, at most so many, in which every one of the columns is known; those columns only, row by row.
pub(super) fn complete(returns: &Matrix, columns: &[usize], most: usize) -> Vec<Vec<f64>> {
    let mut rows: Vec<Vec<f64>> = (0..returns.rows())
        .rev()
        .filter_map(|t| {
            let row = returns.row(t)?;
            let cells = columns.iter().map(|column| row.get(*column).copied());
            cells
                .map(|cell| cell.filter(|value| value.is_finite()))
                .collect()
        })
        .take(most)
        .collect();
    rows.reverse();
    rows
}

/// Makes the error of a history that has too few rows.
pub(super) fn too_short(of: &str, rows: usize, held: usize, need: usize) -> PortfolioError {
    let why = format!(
        "the returns have {rows} rows in which all {held} assets with a score are known, and {need} are needed"
    );
    PortfolioError::none(of, why)
}

/// Names the first of the weights that is no finite number.
pub(super) fn finite(
    of: &str,
    symbols: &[Symbol],
    weights: Vec<f64>,
) -> Result<Vec<f64>, PortfolioError> {
    match weights.iter().position(|weight| !weight.is_finite()) {
        None => Ok(weights),
        Some(at) => {
            let symbol = symbols.get(at).map_or("?", Symbol::as_str);
            let why = format!(
                "the weight of {symbol} is no finite number: scores or returns are too large"
            );
            Err(PortfolioError::none(of, why))
        }
    }
}
