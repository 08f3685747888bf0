//! Returns and what other libraries found for them (`tests/data/portfolio/golden.py`).

use mts1b_desk::domain::{Matrix, Symbol};
use mts1b_desk::protocol::Returns;
use serde_json::Value;

/// Returns with their symbols.
#[derive(Debug, Clone)]
pub struct Case {
    pub values: Matrix,
    pub symbols: Vec<Symbol>,
}

impl Case {
    pub fn new(symbols: Vec<Symbol>, rows: &[Vec<f64>]) -> Self {
        let values = Matrix::new(rows.len(), symbols.len(), rows.concat()).unwrap();
        Self { values, symbols }
    }

    pub fn named(names: &[&str], rows: &[Vec<f64>]) -> Self {
        let symbols = names.iter().map(|name| Symbol::new(name).unwrap());
        Self::new(symbols.collect(), rows)
    }

    pub fn returns(&self) -> Returns<'_> {
        Returns {
            values: &self.values,
            symbols: &self.symbols,
        }
    }

    pub fn rows(&self) -> Vec<Vec<f64>> {
        let rows = 0..self.values.rows();
        rows.map(|t| self.values.row(t).unwrap().to_vec()).collect()
    }
}

/// Returns the inputs that golden.json speaks of: the small one, and the panel's where the fixtures are.
pub fn cases() -> Vec<(&'static str, Case)> {
    let (symbols, rows) = read(include_str!("../../data/portfolio/small.csv"), 0);
    let mut cases = vec![("small", Case::new(symbols, &rows))];
    let Some(fixtures) = std::env::var_os("DESK_FIXTURES") else {
        eprintln!(
            "skipped: DESK_FIXTURES names no folder with market/panel-us20-daily-2005-2014.csv"
        );
        return cases;
    };
    let panel = "market/panel-us20-daily-2005-2014.csv";
    let text = std::fs::read_to_string(std::path::Path::new(&fixtures).join(panel)).unwrap();
    let (symbols, closes) = read(&text, 1);
    let change = |pair: &[Vec<f64>]| {
        pair[1]
            .iter()
            .zip(&pair[0])
            .map(|(b, a)| b / a - 1.0)
            .collect()
    };
    let rows: Vec<Vec<f64>> = closes.windows(2).map(change).collect();
    for (name, last) in [("panel", rows.len()), ("year", 252), ("wide", 15)] {
        cases.push((name, Case::new(symbols.clone(), &rows[rows.len() - last..])));
    }
    cases
}

/// Returns what other libraries found.
pub fn golden() -> Value {
    serde_json::from_str(include_str!("../../data/portfolio/golden.json")).unwrap()
}

/// Returns the numbers of that name.
pub fn numbers(golden: &Value, case: &str, name: &str) -> Vec<f64> {
    let list = golden[case][name].as_array().unwrap();
    list.iter().map(|value| value.as_f64().unwrap()).collect()
}

/// Returns the largest difference, and fails when the lengths differ.
pub fn apart(found: &[f64], expected: &[f64]) -> f64 {
    assert_eq!(found.len(), expected.len());
    let pairs = found.iter().zip(expected);
    pairs
        .map(|(a, b)| (a - b).abs())
        .fold(0.0, |most, x| if x <= most { most } else { x })
}

fn read(text: &str, skipped: usize) -> (Vec<Symbol>, Vec<Vec<f64>>) {
    let mut lines = text.lines();
    let head = lines.next().unwrap().split(',').skip(skipped);
    let symbols = head.map(|name| Symbol::new(name).unwrap()).collect();
    let row = |line: &str| {
        line.split(',')
            .skip(skipped)
            .map(|x| x.parse().unwrap())
            .collect()
    };
    (symbols, lines.map(row).collect())
}
