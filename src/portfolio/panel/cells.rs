//! Lines and cells of comma-separated text, with their places.
//!
//! Takes a byte order mark, either end of line, quoted cells and blank lines. A cell never holds a line break. Every
//! fault names its line, and lines are counted as an editor counts them.

use std::borrow::Cow;
use std::fmt::Display;

use crate::domain::{Symbol, Timestamp};

/// Most numbers of a panel or table: 256 MiB of them.
pub const CELLS_MOST: usize = 32 << 20;

/// Most columns of a table.
pub(super) const COLUMNS_MOST: usize = 20_000;

/// Why a text is not the table it should be.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("line {line}: {what}")]
pub struct TableError {
    /// Which line, from 1.
    pub line: usize,
    /// What stands there, and what would be right.
    pub what: String,
}

impl TableError {
    pub(super) fn new(line: usize, what: impl Into<String>) -> Self {
        Self {
            line,
            what: what.into(),
        }
    }
}

/// Iterates over the lines that are not blank, with their numbers.
pub(super) fn lines(text: &[u8]) -> impl Iterator<Item = (usize, &[u8])> {
    let text = text.strip_prefix(b"\xef\xbb\xbf").unwrap_or(text);
    let lines = text.split(|byte| *byte == b'\n').enumerate();
    let lines = lines.map(|(at, line)| (at + 1, line.trim_ascii()));
    lines.filter(|(_, line)| !line.is_empty())
}

/// Splits a line into its cells, without the space around them.
pub(super) fn cells(line: &[u8]) -> impl Iterator<Item = Cow<'_, [u8]>> {
    let mut rest = Some(line);
    std::iter::from_fn(move || {
        let line = rest?;
        if let Some(inner) = line.trim_ascii_start().strip_prefix(b"\"") {
            let (cell, after) = quoted(inner);
            rest = after;
            return Some(Cow::Owned(cell));
        }
        let comma = line.iter().position(|byte| *byte == b',');
        let cell = comma.and_then(|at| line.get(..at)).unwrap_or(line);
        rest = comma.and_then(|at| line.get(at + 1..));
        Some(Cow::Borrowed(cell.trim_ascii()))
    })
}

/// Reads a cell behind its opening quote, and what stands behind the comma after it. Whatever stands between the
/// closing quote and that comma belongs to the cell, and makes it none that anybody asked for.
fn quoted(inner: &[u8]) -> (Vec<u8>, Option<&[u8]>) {
    let mut cell = Vec::new();
    let mut bytes = inner.iter().enumerate().peekable();
    let mut open = true;
    while let Some((at, byte)) = bytes.next() {
        match byte {
            b'"' if open && bytes.next_if(|(_, next)| **next == b'"').is_some() => cell.push(b'"'),
            b'"' => open = !open,
            b',' if !open => return (cell.trim_ascii().to_vec(), inner.get(at + 1..)),
            byte => cell.push(*byte),
        }
    }
    (cell.trim_ascii().to_vec(), None)
}

/// Reads a number; none where it is missing: empty, nan, na, n/a or null.
pub(super) fn number(cell: &[u8]) -> Result<Option<f64>, ()> {
    let text = std::str::from_utf8(cell).map_err(|_| ())?;
    match text.parse::<f64>() {
        Ok(value) if value.is_finite() => Ok(Some(value)),
        Ok(value) if value.is_nan() => Ok(None),
        Ok(_) => Err(()),
        Err(_) => {
            let missing = ["", "na", "n/a", "null"];
            let is_missing = missing.iter().any(|word| text.eq_ignore_ascii_case(word));
            if is_missing { Ok(None) } else { Err(()) }
        }
    }
}

/// Reads a canonical symbol at a place that an error names.
pub(super) fn symbol(line: usize, place: impl Display, cell: &[u8]) -> Result<Symbol, TableError> {
    let text = String::from_utf8_lossy(cell);
    Symbol::new(&text).map_err(|error| TableError::new(line, format!("{place}: {error}")))
}

/// Reads `YYYY-MM-DD`, which is its first moment in UTC, or RFC 3339.
pub(super) fn date(line: usize, cell: &[u8]) -> Result<Timestamp, TableError> {
    let text = String::from_utf8_lossy(cell);
    let moment = match text.len() {
        10 => format!("{text}T00:00:00Z").parse(),
        _ => text.parse::<Timestamp>(),
    };
    moment.map_err(|_| {
        let shown = shown(cell);
        let what = format!(
            "date '{shown}' is neither YYYY-MM-DD nor RFC 3339, such as 2026-11-22T21:00:00Z"
        );
        TableError::new(line, what)
    })
}

/// Returns a cell as it can be shown in a message.
pub(super) fn shown(cell: &[u8]) -> String {
    String::from_utf8_lossy(cell).chars().take(40).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn split(line: &str) -> Vec<String> {
        let cells = cells(line.as_bytes());
        cells
            .map(|cell| String::from_utf8(cell.into_owned()).unwrap())
            .collect()
    }

    #[test]
    fn cells_are_what_stands_between_commas_or_quotes() {
        assert_eq!(split("a, b ,,d"), ["a", "b", "", "d"]);
        assert_eq!(split("a,"), ["a", ""]);
        assert_eq!(split("\"a,b\",\"c\"\"d\" , \"\""), ["a,b", "c\"d", ""]);
        assert_eq!(split("\"open,1"), ["open,1"]);
        assert_eq!(split("\"a\"b,1"), ["ab", "1"]);
    }

    #[test]
    fn lines_are_counted_as_they_stand_and_blank_ones_passed_over() {
        let found: Vec<_> = lines(b"\xef\xbb\xbfa\r\n\r\n b \n").collect();
        assert_eq!(found, [(1, &b"a"[..]), (3, &b"b"[..])]);
    }

    #[test]
    fn a_number_is_finite_or_missing() {
        assert_eq!(number(b"-1.5e-3"), Ok(Some(-0.0015)));
        for missing in ["", "NaN", "nan", "NA", "n/a", "null"] {
            assert_eq!(number(missing.as_bytes()), Ok(None), "{missing}");
        }
        for wrong in ["inf", "1,5", "1 2", "x", "1e999", "--1", "\u{ff11}"] {
            assert_eq!(number(wrong.as_bytes()), Err(()), "{wrong}");
        }
    }
}
