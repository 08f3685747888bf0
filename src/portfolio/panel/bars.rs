//! A panel of bars: one row for each time at which any symbol has one.
//!
//! Intraday bars share a row when they end at the same moment. Sessions of one day end at different moments in
//! different markets, so daily bars share the row of the day (UTC) they end in, weekly ones that of the week; midnight
//! belongs to the day before it. The row is then stamped with the latest of those ends.
//!
//! Bars of many symbols are gathered one symbol after the other, as [`Column`]s, so that only one series at a time
//! need be there in full.

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

/// The bars of one symbol in the numbers of a panel, which take a third of the room.
#[derive(Debug, Clone)]
pub struct Column {
    symbol: Symbol,
    /// None where there is no bar.
    interval: Option<Interval>,
    cells: Vec<Cells>,
}

/// One bar of a column; NaN where a number is not known.
#[derive(Debug, Clone, Copy)]
struct Cells {
    end: Timestamp,
    open: f64,
    high: f64,
    low: f64,
    close: f64,
    volume: f64,
    vwap: f64,
}

impl Column {
    /// Takes the bars of a symbol, oldest first.
    ///
    /// # Errors
    /// When a bar is of another symbol or length, or does not come after the one before it.
    pub fn new(symbol: Symbol, bars: &[Bar]) -> Result<Self, BarsError> {
        let interval = bars.first().map(|bar| bar.interval);
        let mut before = None;
        for bar in bars {
            let expected = interval.unwrap_or(bar.interval);
            if bar.symbol != symbol || bar.interval != expected {
                return Err(BarsError::Stranger {
                    of: bar.symbol.clone(),
                    interval: bar.interval,
                    among: symbol,
                    expected,
                });
            }
            let slot = slot(bar.interval, bar.timestamp);
            if before.is_some_and(|before| slot <= before) {
                let at = bar.timestamp;
                return Err(BarsError::Order { symbol, at });
            }
            before = Some(slot);
        }
        let cells = bars.iter().map(|bar| Cells {
            end: bar.timestamp,
            open: bar.open.to_f64(),
            high: bar.high.to_f64(),
            low: bar.low.to_f64(),
            close: bar.close.to_f64(),
            volume: bar.volume.to_f64(),
            vwap: bar.vwap.map_or(f64::NAN, Price::to_f64),
        });
        Ok(Self {
            symbol,
            interval,
            cells: cells.collect(),
        })
    }

    /// Returns the column of a symbol of which there is no bar.
    pub fn none(symbol: Symbol) -> Self {
        Self {
            symbol,
            interval: None,
            cells: Vec::new(),
        }
    }

    /// Returns whose bars these are.
    pub fn symbol(&self) -> &Symbol {
        &self.symbol
    }

    /// Returns true when there is no bar.
    pub fn is_empty(&self) -> bool {
        self.cells.is_empty()
    }

    /// Returns true where every volume is zero.
    pub fn is_silent(&self) -> bool {
        self.cells.iter().all(|cells| cells.volume == 0.0)
    }

    /// Returns each bar with what it shares with the others of its row.
    fn slots(&self) -> impl Iterator<Item = (i64, &Cells)> {
        let cells = self.cells.iter();
        cells.filter_map(|cells| Some((slot(self.interval?, cells.end), cells)))
    }
}

/// Returns the panel of such columns, in their order. NaN where a symbol has no bar.
///
/// # Errors
/// When a symbol is there twice, when lengths differ, or when there are too many cells.
pub fn from_columns(columns: &[&Column]) -> Result<UniversePanel, BarsError> {
    let rows = rows(columns)?;
    let (height, width) = (rows.len(), columns.len());
    if height.saturating_mul(width) > CELLS_MOST {
        return Err(BarsError::TooLarge {
            rows: height,
            columns: width,
        });
    }
    let part = |part: fn(&Cells) -> f64| {
        let mut values = vec![f64::NAN; height * width];
        for (a, column) in columns.iter().enumerate() {
            // Both rise: one walk along the rows finds the place of every bar.
            let mut places = rows.keys().enumerate();
            for (slot, cells) in column.slots() {
                let row = places.find(|(_, key)| **key == slot).map(|(t, _)| t);
                if let Some(cell) = row.and_then(|t| values.get_mut(t * width + a)) {
                    *cell = part(cells);
                }
            }
        }
        Matrix::new(height, width, values)
    };
    let cells = || columns.iter().flat_map(|column| &column.cells);
    let has_vwap = cells().any(|cells| !cells.vwap.is_nan());
    Ok(UniversePanel {
        close: part(|cells| cells.close)?,
        high: part(|cells| cells.high)?,
        low: part(|cells| cells.low)?,
        volume: part(|cells| cells.volume)?,
        open: Some(part(|cells| cells.open)?),
        vwap: has_vwap.then(|| part(|cells| cells.vwap)).transpose()?,
        dates: rows.into_values().collect(),
        symbols: columns.iter().map(|column| column.symbol.clone()).collect(),
    })
}

/// Returns the rows there are, each with the latest end of its bars.
fn rows(columns: &[&Column]) -> Result<BTreeMap<i64, Timestamp>, BarsError> {
    let mut symbols: Vec<&Symbol> = columns.iter().map(|it| it.symbol()).collect();
    symbols.sort_unstable();
    if let Some([twice, _]) = symbols.windows(2).find_map(|pair| match pair {
        [a, b] if a == b => Some([*a, *b]),
        _ => None,
    }) {
        return Err(BarsError::Twice(twice.clone()));
    }
    let expected = columns.iter().find_map(|column| column.interval);
    let mut rows = BTreeMap::new();
    for column in columns {
        if let (Some(interval), Some(expected)) = (column.interval, expected)
            && interval != expected
        {
            return Err(BarsError::Stranger {
                of: column.symbol.clone(),
                interval,
                among: column.symbol.clone(),
                expected,
            });
        }
        for (slot, cells) in column.slots() {
            let end = rows.entry(slot).or_insert(cells.end);
            *end = (*end).max(cells.end);
        }
    }
    Ok(rows)
}

/// Returns what bars of one row have in common.
fn slot(interval: Interval, end: Timestamp) -> i64 {
    let us = end.as_us();
    let day = Timestamp::from_us(us.saturating_sub(1)).day();
    match interval {
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
