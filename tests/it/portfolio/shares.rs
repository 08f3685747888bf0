//! Real returns to hold the methods against, and how an allocator is asked by its name.

use std::path::Path;

use mts1b_desk::domain::{Matrix, Symbol};
use mts1b_desk::portfolio::allocator::registry;
use mts1b_desk::protocol::{Allocation, Detail, Params, PortfolioError, Returns, param};

/// Simple returns and whose they are.
#[derive(Debug, Clone)]
pub(crate) struct Panel {
    pub(crate) symbols: Vec<Symbol>,
    pub(crate) returns: Matrix,
}

impl Panel {
    /// Reads the returns of 20 large US shares from 2005 to 2014; none where the fixtures are not there.
    pub(crate) fn of_us_shares() -> Option<Self> {
        let folder = std::env::var_os("DESK_FIXTURES")?;
        let path = Path::new(&folder).join("market/panel-us20-daily-2005-2014.csv");
        let Ok(text) = std::fs::read_to_string(&path) else {
            eprintln!("not checked: there is no {}", path.display());
            return None;
        };
        let mut lines = text.lines().map(|line| line.split(',').skip(1));
        let symbols: Vec<Symbol> = lines
            .next()?
            .map(|name| Symbol::new(name).unwrap())
            .collect();
        let closes: Vec<Vec<f64>> = lines
            .map(|line| line.map(|cell| cell.parse().unwrap()).collect())
            .collect();
        let of = |pair: &[Vec<f64>]| -> Vec<f64> {
            let both = pair[0].iter().zip(&pair[1]);
            both.map(|(before, after)| after / before - 1.0).collect()
        };
        let values: Vec<f64> = closes.windows(2).flat_map(of).collect();
        let returns = Matrix::new(closes.len() - 1, symbols.len(), values).unwrap();
        Some(Self { symbols, returns })
    }

    /// Makes returns of these rows, for assets A, B, C, …
    pub(crate) fn of(rows: &[&[f64]]) -> Self {
        let columns = rows[0].len();
        let name = |i: usize| Symbol::new(char::from(b'A' + u8::try_from(i).unwrap()).to_string());
        Self {
            symbols: (0..columns).map(|i| name(i).unwrap()).collect(),
            returns: Matrix::new(rows.len(), columns, rows.concat()).unwrap(),
        }
    }

    /// Asks the allocator of that name.
    pub(crate) fn allocate(
        &self,
        name: &str,
        params: &Params,
    ) -> Result<Allocation, PortfolioError> {
        let returns = Returns {
            values: &self.returns,
            symbols: &self.symbols,
        };
        registry().get(name).unwrap().allocate(&returns, params)
    }

    /// Returns what the allocator of that name says is wrong.
    pub(crate) fn fault(&self, name: &str, pairs: &[(&str, &str)]) -> String {
        self.allocate(name, &params(pairs)).unwrap_err().to_string()
    }
}

/// Makes parameters as they are written on a command line.
pub(crate) fn params(pairs: &[(&str, &str)]) -> Params {
    let pair = |(name, text): &(&str, &str)| ((*name).to_owned(), param(text));
    pairs.iter().map(pair).collect()
}

/// Returns the figure of that name beside the weights.
pub(crate) fn detail<'a>(allocation: &'a Allocation, name: &str) -> &'a Detail {
    let found = allocation.details.iter().find(|(of, _)| *of == name);
    &found.unwrap_or_else(|| panic!("no {name}")).1
}

/// Returns the figures of that name, one an asset.
pub(crate) fn per_asset<'a>(allocation: &'a Allocation, name: &str) -> &'a [f64] {
    match detail(allocation, name) {
        Detail::PerAsset(values) => values,
        other => panic!("{name} is {other:?}"),
    }
}

/// Returns the largest difference between two lists.
pub(crate) fn apart(a: &[f64], b: &[f64]) -> f64 {
    assert_eq!(a.len(), b.len());
    let pairs = a.iter().zip(b);
    pairs.map(|(a, b)| (a - b).abs()).fold(0.0, f64::max)
}
