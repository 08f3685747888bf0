//! The words of `desk history`.

use std::path::PathBuf;

use clap::Subcommand;
use clap::builder::TypedValueParser;

use super::word;
use crate::domain::Interval;

/// What can be done with the history of prices.
#[derive(Debug, Clone, PartialEq, Eq, Subcommand)]
pub enum History {
    /// Lists what there is: symbol, interval, rows, from, to, source.
    List,
    /// Takes in a CSV file; what it has of a symbol replaces what was there.
    #[command(after_help = "\
One column a symbol, the date first; or one row a bar: columns symbol, date (or timestamp), close and,
where known, open, high, low, volume.

Examples:
  desk history import closes.csv
  desk history import bars.csv --symbol-column ticker --name vendor
  desk history import hours.csv --interval 1h")]
    Import(Import),
}

/// A file to take in.
#[derive(Debug, Clone, PartialEq, Eq, clap::Args)]
pub struct Import {
    /// The file.
    #[arg(value_name = "FILE.csv")]
    pub file: PathBuf,
    /// What the source is called; the file's name when none.
    #[arg(long, value_name = "NAME")]
    pub name: Option<String>,
    /// Length of the bars.
    #[arg(
        long, value_name = "INTERVAL", default_value = "1d",
        value_parser = word(Interval::ALL.map(Interval::as_str)).try_map(|text| text.parse::<Interval>())
    )]
    pub interval: Interval,
    /// The column that names the symbol, where each row is a bar.
    #[arg(long, value_name = "COLUMN")]
    pub symbol_column: Option<String>,
}
