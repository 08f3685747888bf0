//! The window of history: closed rows, and a last one valued at the newest prices.
//!
//! A row counts where at least half of the symbols have a bar in it: over a weekend, on which only some trade,
//! nothing is carried and no row stands, and what does trade there has a return from Friday to Monday. The last
//! row is that of the interval under way: a symbol that has no price yet stands at its last close. When the
//! interval ends the row stays as it is, the oldest leaves and the next begins. Where the history ended long
//! before now there is no such row: a return over the gap would be none.

use std::time::Duration;

use crate::domain::{Interval, Matrix, Timestamp, UniversePanel};
use crate::portfolio::panel::{Column, Split, adjust, from_columns};

/// Rows kept at most: three years of days.
pub const ROWS_MOST: usize = 800;
/// More intervals than these between the last close and now are a gap.
const GAP_MOST: u32 = 10;
/// Rows for which a last close stands in for a price that is not there.
const CARRIED_MOST: usize = 5;

/// The history of one symbol.
#[derive(Debug, Clone)]
pub struct Past {
    /// Closed bars.
    pub bars: Column,
    /// True when the desk made it up.
    pub synthetic: bool,
}

/// The panel of the symbols, with the row under way.
#[derive(Debug, Clone)]
pub(super) struct Frame {
    pub(super) panel: UniversePanel,
    interval: Interval,
    /// True while the last row is of the interval under way.
    open: bool,
    /// True where rows stand on weekends too.
    always: bool,
}

impl Frame {
    /// Makes the window of closed bars, adjusted for splits.
    ///
    /// # Errors
    /// In words: why the bars make no panel.
    pub(super) fn new(past: &[Past], splits: &[Split], interval: Interval) -> Result<Self, String> {
        let columns: Vec<&Column> = past.iter().map(|one| &one.bars).collect();
        let mut panel = from_columns(&columns).map_err(|error| error.to_string())?;
        adjust(&mut panel, splits).map_err(|error| error.to_string())?;
        let known = past.iter().filter(|one| !one.bars.is_empty()).count();
        // A series that tells of no volume at all knows none, which is not the same as nothing traded.
        let silent: Vec<bool> = past.iter().map(|one| one.bars.is_silent()).collect();
        for row in panel.volume.rows_mut() {
            for (volume, silent) in row.iter_mut().zip(&silent) {
                if *silent {
                    *volume = f64::NAN;
                }
            }
        }
        let common: Vec<usize> = (0..panel.dates.len())
            .filter(|t| {
                let row = panel.close.row(*t).unwrap_or_default();
                row.iter().filter(|close| !close.is_nan()).count() * 2 >= known.max(1)
            })
            .collect();
        let newest = common.len().saturating_sub(ROWS_MOST);
        let kept = common.get(newest..).unwrap_or_default();
        select(&mut panel, kept).map_err(|error| error.to_string())?;
        let always = panel
            .dates
            .iter()
            .rev()
            .take(14)
            .any(|end| is_weekend(*end));
        Ok(Self {
            panel,
            interval,
            open: false,
            always,
        })
    }

    /// Begins the row under way where there is none, and ends it when its interval is over; true when rows moved.
    pub(super) fn move_to(&mut self, now: Timestamp) -> bool {
        let Some(last) = self.panel.dates.last().copied() else {
            return false;
        };
        if last > now {
            return false;
        }
        let end = self.end_after(now);
        if !self.open && end > last.plus(self.interval.duration() * GAP_MOST) {
            return false;
        }
        self.begin(end);
        true
    }

    /// Returns the end of the interval that `at` falls into; what rests on weekends goes on to Monday's.
    fn end_after(&self, at: Timestamp) -> Timestamp {
        let length = self.interval.duration();
        let mut end = at.floor(length).plus(length);
        while !self.always && self.interval == Interval::D1 && is_weekend(end) {
            end = end.plus(length);
        }
        end
    }

    /// Adds a row at the last closes, and lets the oldest go where there are too many.
    fn begin(&mut self, end: Timestamp) {
        let closes = self.carried();
        let nothing = vec![f64::NAN; closes.len()];
        let panel = &mut self.panel;
        let drop = usize::from(panel.dates.len() >= ROWS_MOST);
        for (part, row) in [
            (&mut panel.close, &closes),
            (&mut panel.high, &closes),
            (&mut panel.low, &closes),
            (&mut panel.volume, &nothing),
        ] {
            push(part, row, drop);
        }
        if let Some(open) = &mut panel.open {
            push(open, &closes, drop);
        }
        if let Some(vwap) = &mut panel.vwap {
            push(vwap, &nothing, drop);
        }
        panel.dates.drain(..drop.min(panel.dates.len()));
        panel.dates.push(end);
        self.open = true;
    }

    /// Returns the last close of each symbol that is not too old.
    fn carried(&self) -> Vec<f64> {
        let close = &self.panel.close;
        let rows = close.rows();
        let recent = rows.saturating_sub(CARRIED_MOST)..rows;
        let last = |a: usize| {
            let known = |t: usize| close.row(t).and_then(|row| row.get(a)).copied();
            let mut known = recent.clone().rev().filter_map(known);
            known.find(|value| !value.is_nan())
        };
        (0..close.columns())
            .map(|a| last(a).unwrap_or(f64::NAN))
            .collect()
    }

    /// Values the row under way at the newest prices; those that are not known leave it as it is.
    pub(super) fn value(&mut self, mids: &[Option<f64>]) {
        if !self.open {
            return;
        }
        let panel = &mut self.panel;
        let parts = [&mut panel.close, &mut panel.high, &mut panel.low];
        let rows = parts.map(|part| part.rows_mut().last().unwrap_or_default());
        let [close, high, low] = rows;
        let cells = close.iter_mut().zip(high.iter_mut().zip(low));
        for ((close, (high, low)), mid) in cells.zip(mids) {
            // A price of what has no history in the window begins none.
            if let Some(mid) = mid.filter(|_| !close.is_nan()) {
                *close = mid;
                *high = high.max(mid);
                *low = low.min(mid);
            }
        }
    }
}

fn is_weekend(end: Timestamp) -> bool {
    // Midnight belongs to the day before it; the epoch was a Thursday.
    let day = end.minus(Duration::from_micros(1)).day();
    day.saturating_add(3).rem_euclid(7) >= 5
}

/// Keeps the rows at these places.
fn select(panel: &mut UniversePanel, kept: &[usize]) -> Result<(), crate::domain::MatrixError> {
    let pick = |part: &Matrix| {
        let values = kept.iter().filter_map(|t| part.row(*t)).flatten();
        Matrix::new(kept.len(), part.columns(), values.copied().collect())
    };
    panel.close = pick(&panel.close)?;
    panel.high = pick(&panel.high)?;
    panel.low = pick(&panel.low)?;
    panel.volume = pick(&panel.volume)?;
    panel.open = panel.open.as_ref().map(pick).transpose()?;
    panel.vwap = panel.vwap.as_ref().map(pick).transpose()?;
    let dates = kept.iter().filter_map(|t| panel.dates.get(*t).copied());
    panel.dates = dates.collect();
    Ok(())
}

/// Adds a row at the end and takes so many from the front.
fn push(part: &mut Matrix, row: &[f64], drop: usize) {
    let columns = part.columns();
    let kept = part.values().get(drop * columns..).unwrap_or_default();
    let mut values = Vec::with_capacity(kept.len() + columns);
    values.extend_from_slice(kept);
    values.extend_from_slice(row);
    let rows = (part.rows() - drop.min(part.rows())) + 1;
    // The shape is that of the rows just counted, so this never refuses.
    if let Ok(pushed) = Matrix::new(rows, columns, values) {
        *part = pushed;
    }
}
