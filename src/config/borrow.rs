//! `borrow.csv`: what borrowing costs and how much can be had, as a lender or a person lists it.
//!
//! Columns `symbol,fee_bps` and, where known, `available`, `located` and `asof`, in any
//! order. A row without `asof` is as of when the file was written. A symbol that is not
//! listed is unknown, and unknown opens no short.

use std::collections::HashSet;
use std::path::Path;
use std::str::FromStr;

use crate::domain::{Borrow, Quantity, Rate, Symbol, Timestamp};

use super::problem::{ConfigError, Place, Problem};
use super::text::read_text;

/// The name of the file, in the configuration folder and in that of the books.
pub const BORROW_FILE: &str = "borrow.csv";

/// Every column there is; the first two must be there.
const COLUMNS: [&str; 5] = ["symbol", "fee_bps", "available", "located", "asof"];

/// Reads the file in `folder`; nothing when there is none.
///
/// # Errors
/// When it is no text, or with every row at fault.
pub fn read_borrow(folder: &Path) -> Result<Vec<(Symbol, Borrow)>, ConfigError> {
    let path = folder.join(BORROW_FILE);
    let Some(text) = read_text(&path)? else {
        return Ok(Vec::new());
    };
    let written = std::fs::metadata(&path).and_then(|file| file.modified());
    let written = written.ok().and_then(|at| {
        let since = at.duration_since(std::time::UNIX_EPOCH).ok()?;
        i64::try_from(since.as_micros()).ok()
    });
    parse_borrow(
        &path.display().to_string(),
        &text,
        written.map(Timestamp::from_us),
    )
}

/// Reads the file's text; `written` is when it was.
///
/// # Errors
/// With every row at fault.
pub fn parse_borrow(
    file: &str,
    text: &str,
    written: Option<Timestamp>,
) -> Result<Vec<(Symbol, Borrow)>, ConfigError> {
    let mut reader = csv::ReaderBuilder::new()
        .trim(csv::Trim::All)
        .comment(Some(b'#'))
        .from_reader(text.as_bytes());
    let mut sheet = Sheet {
        file,
        written,
        columns: [None; COLUMNS.len()],
        problems: Vec::new(),
    };
    match reader.headers() {
        Ok(names) => sheet.head(&names.clone()),
        Err(error) => sheet.fault(&error),
    }
    let mut rows = Vec::new();
    let mut seen = HashSet::new();
    if sheet.problems.is_empty() {
        for record in reader.into_records() {
            match record {
                Ok(record) => {
                    if let Some((symbol, borrow)) = sheet.row(&record) {
                        if !seen.insert(symbol.clone()) {
                            let text = format!("symbol {symbol} is listed twice: keep one row");
                            sheet.problem(line_of(&record), text);
                        }
                        rows.push((symbol, borrow));
                    }
                }
                Err(error) => sheet.fault(&error),
            }
        }
    }
    if sheet.problems.is_empty() {
        Ok(rows)
    } else {
        Err(ConfigError::Invalid(sheet.problems))
    }
}

/// The file while it is read.
struct Sheet<'a> {
    file: &'a str,
    written: Option<Timestamp>,
    /// Where each of [`COLUMNS`] stands.
    columns: [Option<usize>; COLUMNS.len()],
    problems: Vec<Problem>,
}

fn line_of(record: &csv::StringRecord) -> usize {
    let line = record.position().map_or(1, csv::Position::line);
    usize::try_from(line).unwrap_or(usize::MAX)
}

impl Sheet<'_> {
    fn problem(&mut self, line: usize, text: String) {
        let place = Place {
            file: self.file.into(),
            line: Some(line),
        };
        self.problems.push(Problem::new(&place, text));
    }

    fn fault(&mut self, error: &csv::Error) {
        let line = error.position().map_or(1, csv::Position::line);
        let words = match error.kind() {
            csv::ErrorKind::UnequalLengths {
                expected_len, len, ..
            } => format!("the row has {len} values, the first row has {expected_len}"),
            _ => format!("is no CSV: {error}"),
        };
        self.problem(usize::try_from(line).unwrap_or(usize::MAX), words);
    }

    fn head(&mut self, names: &csv::StringRecord) {
        for (at, name) in names.iter().enumerate() {
            let known = COLUMNS.iter().position(|column| *column == name);
            let slot = known.and_then(|known| self.columns.get_mut(known));
            match slot {
                Some(slot @ None) => *slot = Some(at),
                Some(Some(_)) => self.problem(1, format!("column '{name}' stands there twice")),
                None => self.problem(
                    1,
                    format!("column '{name}' is not one of {}", COLUMNS.join(", ")),
                ),
            }
        }
        for (slot, name) in self.columns.into_iter().zip(COLUMNS).take(2) {
            if slot.is_none() {
                self.problem(1, format!("column '{name}' is missing"));
            }
        }
    }

    fn row(&mut self, record: &csv::StringRecord) -> Option<(Symbol, Borrow)> {
        let line = line_of(record);
        let before = self.problems.len();
        let symbol = self.value::<Symbol>(record, 0, "a symbol, such as AAPL");
        let fee: Option<Rate> = self.value(record, 1, "basis points a year of 0 or more");
        let available: Option<Quantity> = self.value(record, 2, "a number of units of 0 or more");
        let located: Option<Quantity> = self.value(record, 3, "a number of units of 0 or more");
        let asof: Option<Timestamp> = self.value(record, 4, "a time, such as 2026-11-20T08:00:00Z");
        let below = [
            (1, fee.is_some_and(Rate::is_negative)),
            (2, available.is_some_and(Quantity::is_negative)),
            (3, located.is_some_and(Quantity::is_negative)),
        ];
        for (at, _) in below.into_iter().filter(|(_, below)| *below) {
            let (name, text) = (COLUMNS.get(at)?, self.cell(record, at).unwrap_or_default());
            let text = format!("{name} is {text}, expected 0 or more");
            self.problem(line, text);
        }
        for (at, missing) in [symbol.is_none(), fee.is_none()].into_iter().enumerate() {
            let empty = self.cell(record, at).is_none_or(str::is_empty);
            if missing && empty {
                let text = format!("{} is empty", COLUMNS.get(at)?);
                self.problem(line, text);
            }
        }
        if self.problems.len() > before {
            return None;
        }
        let borrow = Borrow {
            fee_bps: fee?,
            available,
            located,
            asof: asof.or(self.written),
        };
        Some((symbol?, borrow))
    }

    fn cell<'r>(&self, record: &'r csv::StringRecord, column: usize) -> Option<&'r str> {
        let at = self.columns.get(column).copied().flatten()?;
        record.get(at)
    }

    /// Reads one cell; nothing where it is empty, and nothing but a fault where it is wrong.
    fn value<T: FromStr>(
        &mut self,
        record: &csv::StringRecord,
        column: usize,
        right: &str,
    ) -> Option<T> {
        let text = self.cell(record, column).filter(|text| !text.is_empty())?;
        let read = text.parse().ok();
        if read.is_none() {
            let name = COLUMNS.get(column).copied().unwrap_or_default();
            let short: String = text.chars().take(40).collect();
            let words = format!("{name} is '{}', expected {right}", short.escape_debug());
            self.problem(line_of(record), words);
        }
        read
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_are_read_whatever_the_order_of_columns() {
        let text = "symbol,located,fee_bps,asof\n# lent by the prime broker\nAAPL,500,30.5,\nGME,,1200,2026-11-20T08:00:00Z\n";
        let written = "2026-11-22T00:00:00Z".parse().ok();
        let rows = parse_borrow("b", text, written).unwrap();
        assert_eq!(rows.len(), 2);
        assert_eq!(rows[0].1.located, "500".parse().ok());
        assert_eq!(
            (rows[0].1.asof, rows[0].1.fee_bps),
            (written, "30.5".parse().unwrap())
        );
        assert_eq!(rows[1].1.asof, "2026-11-20T08:00:00Z".parse().ok());
        assert_eq!((rows[1].1.located, rows[1].1.available), (None, None));
    }

    #[test]
    fn every_fault_names_its_line_and_value() {
        let said = |text: &str| {
            let error = parse_borrow("borrow.csv", text, None).unwrap_err();
            error.to_string()
        };
        let cases = [
            (
                "symbol,fee\nAAPL,3\n",
                "borrow.csv:1: column 'fee' is not one of",
            ),
            (
                "symbol\nAAPL\n",
                "borrow.csv:1: column 'fee_bps' is missing",
            ),
            (
                "symbol,fee_bps\naapl,3\n",
                "borrow.csv:2: symbol is 'aapl', expected a symbol",
            ),
            (
                "symbol,fee_bps\nAAPL,3\nMSFT,low\n",
                "borrow.csv:3: fee_bps is 'low', expected basis points",
            ),
            (
                "symbol,fee_bps\nAAPL,-3\n",
                "borrow.csv:2: fee_bps is -3, expected 0 or more",
            ),
            ("symbol,fee_bps\nAAPL,\n", "borrow.csv:2: fee_bps is empty"),
            (
                "symbol,fee_bps\nAAPL,3\nAAPL,4\n",
                "borrow.csv:3: symbol AAPL is listed twice",
            ),
            (
                "symbol,fee_bps\nAAPL,3,4\n",
                "borrow.csv:2: the row has 3 values, the first row has 2",
            ),
            (
                "symbol,fee_bps,asof\nAAPL,3,yesterday\n",
                "borrow.csv:2: asof is 'yesterday', expected a time",
            ),
        ];
        for (text, expected) in cases {
            let words = said(text);
            assert!(words.starts_with(expected), "{words}");
        }
    }
}
