//! Tables of numbers as text: a date column first, then one column a symbol.

use std::collections::HashMap;

use crate::domain::{Matrix, Symbol, Timestamp, UniversePanel};
use crate::portfolio::panel::cells::{
    CELLS_MOST, COLUMNS_MOST, TableError, cells, date, lines, number, shown, symbol,
};

/// Numbers by date and symbol.
#[derive(Debug, Clone, PartialEq)]
pub struct Table {
    /// Ascending and unique.
    pub dates: Vec<Timestamp>,
    /// Columns.
    pub symbols: Vec<Symbol>,
    /// The numbers, (T, A); NaN where missing.
    pub values: Matrix,
}

/// Reads closing prices. Of highs, lows and volumes nothing is known: they are NaN.
///
/// # Errors
/// Names the first line, column and value that does not fit. A close must be above zero.
pub fn read_closes(text: &[u8]) -> Result<UniversePanel, TableError> {
    let table = read(text, "close", CELLS_MOST, |close| close > 0.0)?;
    let (rows, columns) = (table.values.rows(), table.values.columns());
    let unknown = Matrix::new(rows, columns, vec![f64::NAN; rows * columns])
        .map_err(|error| TableError::new(1, error.to_string()))?;
    Ok(UniversePanel {
        close: table.values,
        high: unknown.clone(),
        low: unknown.clone(),
        volume: unknown,
        open: None,
        vwap: None,
        dates: table.dates,
        symbols: table.symbols,
    })
}

/// Reads simple returns.
///
/// # Errors
/// Names the first line, column and value that does not fit.
pub fn read_returns(text: &[u8]) -> Result<Table, TableError> {
    read(text, "return", CELLS_MOST, |_| true)
}

/// Reads a table of at most so many numbers, each of which must fit.
fn read(
    text: &[u8],
    kind: &str,
    most: usize,
    fits: impl Fn(f64) -> bool,
) -> Result<Table, TableError> {
    let mut lines = lines(text);
    let (header_line, header) = lines.next().ok_or_else(|| {
        TableError::new(
            1,
            "nothing here: expected a header, a date column first and one column a symbol",
        )
    })?;
    let symbols = header_symbols(header_line, header)?;
    let mut dates: Vec<Timestamp> = Vec::new();
    let mut values = Vec::new();
    let mut before = header_line;
    for (line, row) in lines {
        let mut row = row_cells(line, row, symbols.len())?;
        let at = date(line, &row.next().unwrap_or_default())?;
        if let Some(last) = dates.last().filter(|last| at <= **last) {
            let what = if at == *last {
                format!("date {at} is that of line {before} already")
            } else {
                format!("date {at} does not come after {last} of line {before}: oldest first")
            };
            return Err(TableError::new(line, what));
        }
        dates.push(at);
        before = line;
        if values.len() + symbols.len() > most {
            let what = format!("more than {most} numbers: take a shorter time or fewer symbols");
            return Err(TableError::new(line, what));
        }
        for (column, cell) in row.enumerate() {
            match number(&cell) {
                Ok(None) => values.push(f64::NAN),
                Ok(Some(value)) if fits(value) => values.push(value),
                Ok(Some(_)) => {
                    return Err(unfit(
                        line,
                        (column, &symbols),
                        (kind, &cell),
                        "expected more than 0",
                    ));
                }
                Err(()) => {
                    let expected = "expected a finite number, or nothing where it is missing";
                    return Err(unfit(line, (column, &symbols), (kind, &cell), expected));
                }
            }
        }
    }
    if dates.is_empty() {
        return Err(TableError::new(before, "no row below the header"));
    }
    let values = Matrix::new(dates.len(), symbols.len(), values)
        .map_err(|error| TableError::new(before, error.to_string()))?;
    Ok(Table {
        dates,
        symbols,
        values,
    })
}

fn header_symbols(line: usize, header: &[u8]) -> Result<Vec<Symbol>, TableError> {
    let mut columns: HashMap<Symbol, usize> = HashMap::new();
    let mut symbols = Vec::new();
    for (at, cell) in cells(header).enumerate().skip(1) {
        let column = at + 1;
        let one = symbol(line, format_args!("column {column}"), &cell)?;
        if let Some(first) = columns.insert(one.clone(), column) {
            let what = format!("column {column} is {one}, as column {first} is already");
            return Err(TableError::new(line, what));
        }
        if at > COLUMNS_MOST {
            return Err(TableError::new(
                line,
                format!("more than {COLUMNS_MOST} columns"),
            ));
        }
        symbols.push(one);
    }
    if symbols.is_empty() {
        let what = format!(
            "'{}' names no symbol: expected a date column first and one column a symbol, with commas between",
            shown(header)
        );
        return Err(TableError::new(line, what));
    }
    Ok(symbols)
}

/// Returns the cells of a row, of which there must be one for the date and one a symbol.
fn row_cells(
    line: usize,
    row: &[u8],
    symbols: usize,
) -> Result<impl Iterator<Item = std::borrow::Cow<'_, [u8]>>, TableError> {
    let found = cells(row).count();
    if found == symbols + 1 {
        return Ok(cells(row));
    }
    let what = format!(
        "{found} cells, expected {}: the date and {symbols} symbols",
        symbols + 1
    );
    Err(TableError::new(line, what))
}

fn unfit(
    line: usize,
    (column, symbols): (usize, &[Symbol]),
    (kind, cell): (&str, &[u8]),
    expected: &str,
) -> TableError {
    let symbol = symbols.get(column).map_or("?", Symbol::as_str);
    let what = format!(
        "column {} ({symbol}): {kind} is '{}', {expected}",
        column + 2,
        shown(cell)
    );
    TableError::new(line, what)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_table_of_more_numbers_or_columns_than_may_be_is_refused() {
        let text = b"date,AAPL,MSFT\n2026-01-02,1,2\n2026-01-05,,\n";
        assert!(read(text, "close", 4, |_| true).is_ok());
        let error = read(text, "close", 3, |_| true).unwrap_err().to_string();
        assert!(error.starts_with("line 3: more than 3 numbers"), "{error}");
        let wide: Vec<String> = (0..=COLUMNS_MOST).map(|at| format!("S{at}")).collect();
        let error = read_returns(format!("date,{}\n", wide.join(",")).as_bytes()).unwrap_err();
        assert_eq!(error.to_string(), "line 1: more than 20000 columns");
    }
}
