//! `desk history`: what prices of the past the desk has, and how others come in.

use std::path::Path;

use serde_json::json;
use smol_str::SmolStr;

use crate::app::answer::Answer;
use crate::app::args::{self, Exit};
use crate::history::{Form, History, HistoryError, Origin, Series, SheetError, read_file};

/// Why the command cannot be answered.
#[derive(Debug, thiserror::Error)]
pub enum PastError {
    /// The file to import is none.
    #[error(transparent)]
    Sheet(#[from] SheetError),
    /// The history cannot be used.
    #[error(transparent)]
    History(#[from] HistoryError),
}

impl PastError {
    /// Returns how the program ends with it.
    pub fn exit(&self) -> Exit {
        match self {
            Self::Sheet(_) | Self::History(HistoryError::TooMany { .. }) => Exit::WrongUse,
            Self::History(HistoryError::Damaged { .. }) => Exit::Failed,
            Self::History(
                HistoryError::Absent { .. }
                | HistoryError::Busy { .. }
                | HistoryError::Full { .. }
                | HistoryError::Io { .. },
            ) => Exit::Missing,
        }
    }
}

/// Answers the command over the history in a data folder.
///
/// # Errors
/// When the file or the history cannot be used.
pub fn answer(command: &args::History, data: &Path) -> Result<Answer, PastError> {
    match command {
        args::History::List => list(data),
        args::History::Import(import) => taken_in(import, data),
    }
}

fn list(data: &Path) -> Result<Answer, PastError> {
    let series = match History::open_read_only(data) {
        Ok(history) => history.list()?,
        // A folder without one has a history of nothing.
        Err(HistoryError::Absent { .. }) => Vec::new(),
        Err(error) => return Err(error.into()),
    };
    let rows: Vec<serde_json::Value> = series
        .iter()
        .map(|one| {
            json!({
                "symbol": one.symbol,
                "interval": one.interval,
                "rows": one.rows,
                "from": one.from,
                "to": one.to,
                "source": one.origin.to_string(),
            })
        })
        .collect();
    let text = if series.is_empty() {
        "no history yet: the desk makes a synthetic one at its first start, \
         desk history import FILE.csv brings a real one"
            .to_owned()
    } else {
        table(&series)
    };
    Ok(Answer::fine(text, json!({ "series": rows })))
}

fn table(series: &[Series]) -> String {
    let wide = series.iter().map(|one| one.symbol.as_str().len()).max();
    let wide = wide.unwrap_or(0).max("symbol".len());
    let head = format!(
        "{:wide$}  interval    rows  {:20}  {:20}  source",
        "symbol", "from", "to"
    );
    let lines = series.iter().map(|one| {
        format!(
            "{:wide$}  {:8}  {:>6}  {:20}  {:20}  {}",
            one.symbol.as_str(),
            one.interval.as_str(),
            one.rows,
            one.from.to_string(),
            one.to.to_string(),
            one.origin
        )
    });
    std::iter::once(head)
        .chain(lines)
        .collect::<Vec<_>>()
        .join("\n")
}

fn taken_in(import: &args::Import, data: &Path) -> Result<Answer, PastError> {
    let form = Form {
        interval: import.interval,
        symbol_column: import.symbol_column.as_deref(),
    };
    let sets = read_file(&import.file, form)?;
    let name = import.name.clone().unwrap_or_else(|| stem(&import.file));
    let origin = Origin::Import(SmolStr::new(name));
    let mut history = History::open(data)?;
    let filled = history.replace(import.interval, &sets, &origin)?;
    let ends = sets.iter().flat_map(|(_, rows)| rows).map(|row| row.end);
    let span = ends.clone().min().zip(ends.max());
    let (series, rows) = (filled.series, filled.rows);
    let text = match span {
        Some((from, to)) => {
            format!("✓ {series} symbols, {rows} bars from {from} to {to}, as {origin}")
        }
        None => format!("✓ {series} symbols, as {origin}"),
    };
    let json = json!({
        "source": origin.to_string(),
        "interval": import.interval,
        "symbols": series,
        "rows": rows,
        "from": span.map(|(from, _)| from),
        "to": span.map(|(_, to)| to),
    });
    Ok(Answer::fine(text, json))
}

/// Returns a plain name for a file: what stands before its ending, without what no name has.
fn stem(file: &Path) -> String {
    let stem = file.file_stem().unwrap_or_default().to_string_lossy();
    let plain = |c: char| {
        if c.is_ascii_alphanumeric() || "-_.".contains(c) {
            c
        } else {
            '-'
        }
    };
    let name: String = stem.chars().take(64).map(plain).collect();
    if name.is_empty() {
        "file".to_owned()
    } else {
        name
    }
}
