//! Splits: prices before one are made comparable to those after it.

use std::collections::{HashMap, HashSet};

use crate::domain::{Matrix, Symbol, Timestamp, UniversePanel};
use crate::portfolio::panel::cells::{TableError, cells, date, lines, number, shown, symbol};

/// Shares that became more, or fewer.
#[derive(Debug, Clone, PartialEq)]
pub struct Split {
    /// Of which symbol.
    pub symbol: Symbol,
    /// From when on it trades in new shares.
    pub at: Timestamp,
    /// New shares for each old one: 4 for four to one, 0.1 where ten become one.
    pub ratio: f64,
}

/// Why splits cannot be applied.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum SplitError {
    /// No ratio of shares.
    #[error(
        "split of {symbol} at {at}: ratio is {ratio}, expected new shares for each old one, above 0"
    )]
    Ratio {
        /// Of which symbol.
        symbol: Symbol,
        /// When.
        at: Timestamp,
        /// The ratio.
        ratio: f64,
    },
    /// The same split again.
    #[error("split of {symbol} at {at} is there twice")]
    Twice {
        /// Of which symbol.
        symbol: Symbol,
        /// When.
        at: Timestamp,
    },
}

/// Adjusts what lies before each split: prices are divided by its ratio, volumes multiplied. Splits compound; those of
/// symbols that the panel does not have, and those before its first row, change nothing.
///
/// # Errors
/// Before anything is changed: a ratio that is none, a split that is there twice.
pub fn adjust(panel: &mut UniversePanel, splits: &[Split]) -> Result<(), SplitError> {
    let mut seen = HashSet::new();
    for split in splits {
        let (symbol, at, ratio) = (split.symbol.clone(), split.at, split.ratio);
        if !(ratio.is_finite() && ratio > 0.0) {
            return Err(SplitError::Ratio { symbol, at, ratio });
        }
        if !seen.insert((&split.symbol, at)) {
            return Err(SplitError::Twice { symbol, at });
        }
    }
    let columns: HashMap<&Symbol, usize> = panel.symbols.iter().zip(0..).collect();
    for split in splits {
        let Some(column) = columns.get(&split.symbol) else {
            continue;
        };
        let rows = panel.dates.partition_point(|date| *date < split.at);
        let prices = [&mut panel.close, &mut panel.high, &mut panel.low];
        let prices = prices
            .into_iter()
            .chain(&mut panel.open)
            .chain(&mut panel.vwap);
        prices.for_each(|matrix| scale(matrix, rows, *column, 1.0 / split.ratio));
        scale(&mut panel.volume, rows, *column, split.ratio);
    }
    Ok(())
}

fn scale(matrix: &mut Matrix, rows: usize, column: usize, by: f64) {
    for row in matrix.rows_mut().take(rows) {
        if let Some(value) = row.get_mut(column) {
            *value *= by;
        }
    }
}

/// Reads `symbol,date,ratio`, a line each, under a header whose first cell is `symbol` or under none. The ratio is
/// new shares for each old one (`4`, `0.1`) or both (`4:1`, `1:10`).
///
/// # Errors
/// Names the first line and value that does not fit.
pub fn read_splits(text: &[u8]) -> Result<Vec<Split>, TableError> {
    let mut splits = Vec::new();
    let mut first = true;
    for (line, row) in lines(text) {
        let row: Vec<_> = cells(row).take(4).collect();
        let [name, at, parts] = row.as_slice() else {
            return Err(TableError::new(
                line,
                "not three cells: expected symbol,date,ratio",
            ));
        };
        if std::mem::take(&mut first) && name.eq_ignore_ascii_case(b"symbol") {
            continue;
        }
        let ratio = ratio(parts).ok_or_else(|| {
            let expected = "expected new shares for each old one, such as 4, 4:1 or 0.1";
            TableError::new(line, format!("ratio is '{}', {expected}", shown(parts)))
        })?;
        splits.push(Split {
            symbol: symbol(line, "first cell", name)?,
            at: date(line, at)?,
            ratio,
        });
    }
    Ok(splits)
}

fn ratio(cell: &[u8]) -> Option<f64> {
    let part = |part: &[u8]| {
        number(part.trim_ascii())
            .ok()
            .flatten()
            .filter(|it| *it > 0.0)
    };
    match cell.iter().position(|byte| *byte == b':') {
        Some(at) => Some(part(cell.get(..at)?)? / part(cell.get(at + 1..)?)?),
        None => part(cell),
    }
    .filter(|ratio| ratio.is_finite() && *ratio > 0.0)
}
