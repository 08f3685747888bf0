//! Reads a file of prices: one column a symbol, or one row a bar.
//!
//! Wide: the first column is the date, every other one is named by its symbol and holds closes. Long: columns
//! `symbol`, `date` or `timestamp`, `close` and, where known, `open`, `high`, `low`, `volume`, in any order. An
//! empty cell, `nan` or `-` is a price that is not there. Prices are read as decimals, never through binary
//! floats. The first fault ends the reading, with its line and column.

use std::collections::BTreeMap;
use std::io::Read;
use std::path::Path;
use std::time::Duration;

use crate::domain::{Interval, Price, Quantity, Symbol, Timestamp};
use crate::history::{Row, Rows, SheetError};

/// The largest file, in bytes; it is held whole.
pub const FILE_MOST: u64 = 64 << 20;

/// How to read the file.
#[derive(Debug, Clone, Copy)]
pub struct Form<'a> {
    /// Length of its bars.
    pub interval: Interval,
    /// The column that names the symbol, where each row is a bar; `symbol` is looked for where none is given.
    pub symbol_column: Option<&'a str>,
}

/// Reads the file at `path`.
///
/// # Errors
/// When it cannot be read, is too large, or with its first fault.
pub fn read_file(path: &Path, form: Form<'_>) -> Result<Vec<Rows>, SheetError> {
    let name = path.display().to_string();
    let whole = |text: String| fault(&name, None, None, text);
    let file = std::fs::File::open(path).map_err(|error| whole(error.to_string()))?;
    if !file.metadata().is_ok_and(|it| it.is_file()) {
        return Err(whole("is no plain file, expected a CSV file".to_owned()));
    }
    let mut bytes = Vec::new();
    file.take(FILE_MOST + 1)
        .read_to_end(&mut bytes)
        .map_err(|error| whole(error.to_string()))?;
    if bytes.len() as u64 > FILE_MOST {
        return Err(whole(format!(
            "has more than {FILE_MOST} bytes: split it, one import after the other"
        )));
    }
    read_sheet(&name, &bytes, form)
}

/// Reads the bytes of a file; `name` is how it is called in messages.
///
/// # Errors
/// With the first fault.
pub fn read_sheet(name: &str, bytes: &[u8], form: Form<'_>) -> Result<Vec<Rows>, SheetError> {
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    let mut reader = csv::ReaderBuilder::new()
        .trim(csv::Trim::All)
        .comment(Some(b'#'))
        .from_reader(bytes);
    let head = reader
        .headers()
        .map_err(|error| no_csv(name, &error))?
        .clone();
    let sheet = Sheet {
        name,
        interval: form.interval,
        columns: head.iter().map(str::to_owned).collect(),
    };
    let layout = sheet.layout(form.symbol_column)?;
    let mut sets = BTreeMap::new();
    // Series come out in the order in which the file names them.
    let mut order: Vec<Symbol> = match &layout {
        Layout::Wide(symbols) => symbols.clone(),
        Layout::Long(_) => Vec::new(),
    };
    for record in reader.into_records() {
        let record = record.map_err(|error| no_csv(name, &error))?;
        let line = record.position().map_or(1, csv::Position::line);
        let cells = Cells {
            sheet: &sheet,
            record: &record,
            line,
        };
        match &layout {
            Layout::Wide(symbols) => {
                let end = cells.end(0)?;
                for (at, symbol) in symbols.iter().enumerate() {
                    if let Some(close) = cells.price(at + 1)? {
                        cells.put(&mut sets, symbol, Row::close(end, close), at + 1)?;
                    }
                }
            }
            Layout::Long(at) => {
                let symbol = cells.symbol(at.symbol)?;
                if !sets.contains_key(&symbol) {
                    order.push(symbol.clone());
                }
                let Some(row) = cells.bar(at)? else { continue };
                cells.put(&mut sets, &symbol, row, at.date)?;
            }
        }
    }
    let sets: Vec<Rows> = order
        .into_iter()
        .filter_map(|symbol| {
            Some((
                symbol.clone(),
                sets.remove(&symbol)?.into_values().collect(),
            ))
        })
        .collect();
    if sets.is_empty() {
        let text = "holds no price: expected a date and a price in at least one row".to_owned();
        return Err(fault(name, None, None, text));
    }
    Ok(sets)
}

fn fault(file: &str, line: Option<u64>, column: Option<&str>, text: String) -> SheetError {
    SheetError {
        file: file.to_owned(),
        line,
        column: column.map(|name| name.chars().take(64).collect()),
        text,
    }
}

fn no_csv(name: &str, error: &csv::Error) -> SheetError {
    let line = error.position().map(csv::Position::line);
    let text = match error.kind() {
        csv::ErrorKind::UnequalLengths {
            expected_len, len, ..
        } => format!("the row has {len} values, the first row has {expected_len}"),
        _ => format!("is no CSV: {error}"),
    };
    fault(name, line, None, text)
}

/// Where the columns of a long file stand.
struct At {
    symbol: usize,
    date: usize,
    close: usize,
    open: Option<usize>,
    high: Option<usize>,
    low: Option<usize>,
    volume: Option<usize>,
}

enum Layout {
    /// The symbols of the columns after the first.
    Wide(Vec<Symbol>),
    Long(At),
}

struct Sheet<'a> {
    name: &'a str,
    interval: Interval,
    columns: Vec<String>,
}

impl Sheet<'_> {
    fn place(&self, wanted: &str) -> Option<usize> {
        let mut columns = self.columns.iter();
        columns.position(|name| name.eq_ignore_ascii_case(wanted))
    }

    fn layout(&self, symbol_column: Option<&str>) -> Result<Layout, SheetError> {
        let head = |column: Option<&str>, text: String| fault(self.name, Some(1), column, text);
        let symbol = self.place(symbol_column.unwrap_or("symbol"));
        if let (Some(named), None) = (symbol_column, symbol) {
            let known = self.columns.join(", ");
            let text = format!("there is no such column: the file has {known}");
            return Err(head(Some(named), text));
        }
        let Some(symbol) = symbol else {
            return self.wide();
        };
        let must = |found: Option<usize>, name: &str| {
            found.ok_or_else(|| {
                let text =
                    format!("column '{name}' is missing: one row a bar has it beside the symbol");
                head(None, text)
            })
        };
        Ok(Layout::Long(At {
            symbol,
            date: must(
                self.place("date").or_else(|| self.place("timestamp")),
                "date",
            )?,
            close: must(self.place("close"), "close")?,
            open: self.place("open"),
            high: self.place("high"),
            low: self.place("low"),
            volume: self.place("volume"),
        }))
    }

    fn wide(&self) -> Result<Layout, SheetError> {
        let mut symbols: Vec<Symbol> = Vec::new();
        for name in self.columns.iter().skip(1) {
            let wrong = |text: String| fault(self.name, Some(1), Some(name), text);
            let symbol = Symbol::new(name).map_err(|error| wrong(error.to_string()))?;
            if symbols.contains(&symbol) {
                return Err(wrong("stands there twice: keep one".to_owned()));
            }
            symbols.push(symbol);
        }
        if symbols.is_empty() {
            let text =
                "expected a date column and one column a symbol, or columns symbol, date, close";
            return Err(fault(self.name, Some(1), None, text.to_owned()));
        }
        Ok(Layout::Wide(symbols))
    }
}

struct Cells<'a> {
    sheet: &'a Sheet<'a>,
    record: &'a csv::StringRecord,
    line: u64,
}

impl Cells<'_> {
    fn wrong(&self, at: usize, text: String) -> SheetError {
        let column = self.sheet.columns.get(at).map(String::as_str);
        let column = column.filter(|name| !name.is_empty()).unwrap_or("date");
        fault(self.sheet.name, Some(self.line), Some(column), text)
    }

    fn text(&self, at: usize) -> &str {
        self.record.get(at).unwrap_or_default()
    }

    fn end(&self, at: usize) -> Result<Timestamp, SheetError> {
        let text = self.text(at);
        end_of(text, self.sheet.interval).ok_or_else(|| {
            let shown: String = text.chars().take(40).collect();
            let right = if self.sheet.interval.duration() >= DAY {
                "expected a date such as 2026-01-05"
            } else {
                "expected the end of the bar, such as 2026-01-05T14:35:00Z"
            };
            self.wrong(at, format!("'{shown}' is no date: {right}"))
        })
    }

    fn symbol(&self, at: usize) -> Result<Symbol, SheetError> {
        Symbol::new(self.text(at)).map_err(|error| self.wrong(at, error.to_string()))
    }

    fn price(&self, at: usize) -> Result<Option<Price>, SheetError> {
        let text = self.text(at);
        if is_missing(text) {
            return Ok(None);
        }
        let price: Option<Price> = text.parse().ok();
        price
            .filter(|price| price.is_positive())
            .map(Some)
            .ok_or_else(|| {
                let shown: String = text.chars().take(40).collect();
                self.wrong(
                    at,
                    format!("'{shown}' is no price: expected a number above 0, or nothing"),
                )
            })
    }

    fn bar(&self, at: &At) -> Result<Option<Row>, SheetError> {
        let end = self.end(at.date)?;
        let price = |column: Option<usize>| column.map_or(Ok(None), |column| self.price(column));
        let Some(close) = self.price(at.close)? else {
            return Ok(None);
        };
        let volume = match at.volume.map(|column| (column, self.text(column))) {
            Some((column, text)) if !is_missing(text) => {
                let volume: Option<Quantity> = text.parse().ok();
                let volume = volume.filter(|volume| !volume.is_negative());
                Some(volume.ok_or_else(|| {
                    let shown: String = text.chars().take(40).collect();
                    self.wrong(
                        column,
                        format!("'{shown}' is no volume: expected a number, or nothing"),
                    )
                })?)
            }
            Some(_) | None => None,
        };
        Ok(Some(Row {
            end,
            open: price(at.open)?,
            high: price(at.high)?,
            low: price(at.low)?,
            close,
            volume,
        }))
    }

    fn put(
        &self,
        sets: &mut BTreeMap<Symbol, BTreeMap<Timestamp, Row>>,
        symbol: &Symbol,
        row: Row,
        at: usize,
    ) -> Result<(), SheetError> {
        let end = row.end;
        let rows = sets.entry(symbol.clone()).or_default();
        if rows.insert(end, row).is_some() {
            let text = format!("{symbol} has a bar that ended at {end} already: keep one");
            return Err(self.wrong(at, text));
        }
        Ok(())
    }
}

const DAY: Duration = Duration::from_hours(24);

fn is_missing(text: &str) -> bool {
    text.is_empty() || text == "-" || text.eq_ignore_ascii_case("nan")
}

/// Returns the end of the bar that a cell names: of a date the midnight that ends it, of a moment the moment.
fn end_of(text: &str, interval: Interval) -> Option<Timestamp> {
    if interval.duration() >= DAY {
        let (date, rest) = text.split_at_checked(10)?;
        // What writes dates as moments writes midnight, in no zone or in UTC.
        let rest = rest.trim_start_matches(['T', ' ']);
        let rest = rest.strip_suffix("+00:00").unwrap_or(rest);
        let rest = rest.trim_end_matches('Z');
        if rest
            .trim_start_matches("00:00:00")
            .trim_matches(['.', '0'])
            .is_empty()
        {
            let midnight: Timestamp = format!("{date}T00:00:00Z").parse().ok()?;
            return Some(midnight.plus(DAY));
        }
        return None;
    }
    text.replacen(' ', "T", 1).parse().ok()
}
