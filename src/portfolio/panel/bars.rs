//! A panel of bars: one row for each time at which any symbol has one.
//!
//! Intraday bars share a row when they end at the same moment. Sessions of one day end at different moments in
//! different markets, so daily bars share the row of the day (UTC) they end in, weekly ones that of the week; midnight
//! belongs to the day before it. The row is then stamped with the latest of those ends.

use std::collections::BTreeMap;

use crate::domain::{Bar, Interval, Matrix, MatrixError, Price, Symbol, Timestamp, UniversePanel};
use crate::portfolio::panel::CELLS_MOST;

/// Why bars make no panel.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BarsError {
    /// A symbol has two series.
    #[error("{0} is there twice: give all bars of a symbol together")]
    Twice(Symbol),
    /// A bar in the series of another symbol, or of another length than the first.
    #[error(
        "a {interval} bar of {of} is among the bars of {among}, where {expected} bars of {among} belong"
    )]
    Stranger {
        /// Whose bar it is.
        of: Symbol,
        /// Its length.
        interval: Interval,
        /// Whose series it stands in.
        among: Symbol,
        /// The length of the others.
        expected: Interval,
    },
    /// Two bars of one symbol that are not one after the other.
    #[error(
        "the bar of {symbol} at {at} does not come after the one before it, or is of the same interval"
    )]
    Order {
        /// Whose.
        symbol: Symbol,
        /// The end of the later one.
        at: Timestamp,
    },
    /// More cells than a panel may have.
    #[error(
        "{rows} rows of {columns} symbols are more than {CELLS_MOST} cells: take a shorter time or fewer symbols"
    )]
    TooLarge {
        /// Rows.
        rows: usize,
        /// Columns.
        columns: usize,
    },
    /// The parts do not fit together.
    #[error(transparent)]
    Shape(#[from] MatrixError),
}

/// Returns the panel of the bars of each symbol, oldest first, columns in the order given. NaN where a symbol has no bar.
///
/// # Errors
/// When bars are out of order, of several lengths, or too many.
pub fn from_bars<B: AsRef<[Bar]>>(series: &[(Symbol, B)]) -> Result<UniversePanel, BarsError> {
    let rows = rows(series)?;
    let (height, width) = (rows.len(), series.len());
    if height.saturating_mul(width) > CELLS_MOST {
        return Err(BarsError::TooLarge {
            rows: height,
            columns: width,
        });
    }
    let column = |part: &dyn Fn(&Bar) -> Option<f64>| {
        let mut values = vec![f64::NAN; height * width];
        for (a, (_, bars)) in series.iter().enumerate() {
            // Both rise: one walk along the rows finds the place of every bar.
            let mut places = rows.keys().enumerate();
            for bar in bars.as_ref() {
                let row = places.find(|(_, key)| **key == slot(bar)).map(|(t, _)| t);
                let cell = row.and_then(|t| values.get_mut(t * width + a));
                if let (Some(cell), Some(value)) = (cell, part(bar)) {
                    *cell = value;
                }
            }
        }
        Matrix::new(height, width, values)
    };
    let has_vwap = series
        .iter()
        .flat_map(|(_, bars)| bars.as_ref())
        .any(|bar| bar.vwap.is_some());
    Ok(UniversePanel {
        close: column(&|bar| Some(bar.close.to_f64()))?,
        high: column(&|bar| Some(bar.high.to_f64()))?,
        low: column(&|bar| Some(bar.low.to_f64()))?,
        volume: column(&|bar| Some(bar.volume.to_f64()))?,
        open: Some(column(&|bar| Some(bar.open.to_f64()))?),
        vwap: has_vwap
            .then(|| column(&|bar| bar.vwap.map(Price::to_f64)))
            .transpose()?,
        dates: rows.into_values().collect(),
        symbols: series.iter().map(|(symbol, _)| symbol.clone()).collect(),
    })
}

/// Returns the rows there are, each with the latest end of its bars.
fn rows<B: AsRef<[Bar]>>(series: &[(Symbol, B)]) -> Result<BTreeMap<i64, Timestamp>, BarsError> {
    let mut symbols: Vec<&Symbol> = series.iter().map(|(symbol, _)| symbol).collect();
    symbols.sort_unstable();
    if let Some([twice, _]) = symbols.windows(2).find_map(|pair| match pair {
        [a, b] if a == b => Some([*a, *b]),
        _ => None,
    }) {
        return Err(BarsError::Twice(twice.clone()));
    }
    let expected = series.iter().find_map(|(_, bars)| bars.as_ref().first());
    let mut rows = BTreeMap::new();
    for (symbol, bars) in series {
        let mut before = None;
        for bar in bars.as_ref() {
            let expected = expected.map_or(bar.interval, |first| first.interval);
            if bar.symbol != *symbol || bar.interval != expected {
                return Err(BarsError::Stranger {
                    of: bar.symbol.clone(),
                    interval: bar.interval,
                    among: symbol.clone(),
                    expected,
                });
            }
            let key = slot(bar);
            if before.is_some_and(|before| key <= before) {
                return Err(BarsError::Order {
                    symbol: symbol.clone(),
                    at: bar.timestamp,
                });
            }
            before = Some(key);
            let end = rows.entry(key).or_insert(bar.timestamp);
            *end = (*end).max(bar.timestamp);
        }
    }
    Ok(rows)
}

/// Returns what bars of one row have in common.
fn slot(bar: &Bar) -> i64 {
    let us = bar.timestamp.as_us();
    let day = Timestamp::from_us(us.saturating_sub(1)).day();
    match bar.interval {
        Interval::D1 => day,
        // The first day of all was a Thursday; weeks begin on Monday.
        Interval::W1 => (day + 3).div_euclid(7),
        Interval::M1
        | Interval::M5
        | Interval::M15
        | Interval::M30
        | Interval::H1
        | Interval::H4 => us,
    }
}
