//! What to hold: panels, factors, sizers, allocators, sleeves and targets, each feature through one table of cases,
//! and against what other libraries say on the same numbers.

mod allocator;
mod black_litterman;
mod capacity;
mod covariance;
mod drift;
mod factor;
mod golden;
mod history;
mod live;
mod markowitz;
mod panel;
mod session;
mod shares;
mod shelf;
mod signals;
mod sizer;
mod sleeve;
mod target;

use mts1b_desk::domain::{Matrix, Symbol};
use mts1b_desk::protocol::{Params, param};

/// Reads parameters as the command line does.
fn params(pairs: &[(&str, &str)]) -> Params {
    pairs
        .iter()
        .map(|(name, text)| ((*name).to_owned(), param(text)))
        .collect()
}

fn symbols(texts: &[&str]) -> Vec<Symbol> {
    texts
        .iter()
        .map(|text| Symbol::new(text).unwrap())
        .collect()
}

/// Makes a matrix of rows of equal length.
fn matrix(rows: &[&[f64]]) -> Matrix {
    let columns = rows.first().map_or(0, |row| row.len());
    Matrix::new(rows.len(), columns, rows.concat()).unwrap()
}

/// Compares numbers; NaN is NaN.
#[track_caller]
fn near(found: &[f64], expected: &[f64], within: f64) {
    assert_eq!(found.len(), expected.len(), "{found:?}");
    for (at, (a, b)) in found.iter().zip(expected).enumerate() {
        let fits = a.is_nan() && b.is_nan() || (a - b).abs() <= within;
        assert!(fits, "at {at}: {a} and not {b} in {found:?}");
    }
}
