//! One number a symbol as text: what a sizer ranks, and what a parameter says of each asset.

use std::collections::HashMap;

use crate::domain::Symbol;
use crate::portfolio::panel::cells::{
    COLUMNS_MOST, TableError, cells, lines, number, shown, symbol,
};

/// Reads `symbol,score`, a line each, under a header whose first cell is `symbol` or under none. NaN where a score is missing.
///
/// # Errors
/// Names the first line and value that does not fit.
pub fn read_scores(text: &[u8]) -> Result<Vec<(Symbol, f64)>, TableError> {
    let mut seen: HashMap<Symbol, usize> = HashMap::new();
    let mut scores = Vec::new();
    let mut first = true;
    for (line, row) in lines(text) {
        let row: Vec<_> = cells(row).take(3).collect();
        let [name, score] = row.as_slice() else {
            let what = format!("'{}' is not two cells: expected symbol,score", join(&row));
            return Err(TableError::new(line, what));
        };
        if std::mem::take(&mut first) && name.eq_ignore_ascii_case(b"symbol") {
            continue;
        }
        let one = symbol(line, "first cell", name)?;
        if let Some(before) = seen.insert(one.clone(), line) {
            let what = format!("{one} is that of line {before} already");
            return Err(TableError::new(line, what));
        }
        let score = number(score).map_err(|()| {
            let shown = shown(score);
            let expected = "expected a finite number, or nothing where it is missing";
            TableError::new(line, format!("score of {one} is '{shown}', {expected}"))
        })?;
        if scores.len() == COLUMNS_MOST {
            return Err(TableError::new(
                line,
                format!("more than {COLUMNS_MOST} symbols"),
            ));
        }
        scores.push((one, score.unwrap_or(f64::NAN)));
    }
    if scores.is_empty() {
        return Err(TableError::new(
            1,
            "no score: expected lines of symbol,score",
        ));
    }
    Ok(scores)
}

fn join(row: &[std::borrow::Cow<'_, [u8]>]) -> String {
    let cells: Vec<String> = row.iter().map(|cell| shown(cell)).collect();
    cells.join(",")
}
