//! Kelly: as much of each asset as its expected return pays for its risk, together with all others.

use faer::Mat;
use faer::Side::Lower;
use faer::linalg::solvers::Solve;
use serde_json::Value;

use crate::domain::{Matrix, Symbol};
use crate::portfolio::covariance::{COVARIANCE, Complete, Covariance, LAMBDA};
use crate::portfolio::sizer::history::{finite, returns};
use crate::protocol::{Given, ParamSpec, Params, PortfolioError, Returns, Sizer, SizerInput};

/// `inverse(cov) mu / risk_aversion`, each weight held within plus and minus `cap`.
///
/// Expected returns are the scores unless given; the covariance is that of the returns (rows known of every scored
/// asset) unless given. Both are of one period. Assets without a score take no part.
#[derive(Debug, Clone, Copy)]
pub struct KellyFraction;

const NAME: &str = "kelly_fraction";
const PARAMS: &[ParamSpec] = &[EXPECTED, COV, COVARIANCE, LAMBDA, RISK_AVERSION, CAP];

pub(super) const EXPECTED: ParamSpec = ParamSpec {
    name: "expected_returns",
    default: "",
    what: "expected return a period of each symbol, in place of the scores",
};

pub(super) const COV: ParamSpec = ParamSpec {
    name: "cov",
    default: "",
    what: "covariance a period, a list of rows in the order of the scores, in place of the returns'",
};

pub(super) const RISK_AVERSION: ParamSpec = ParamSpec {
    name: "risk_aversion",
    default: "2.0",
    what: "what the whole Kelly bet is divided by, above 0",
};

pub(super) const CAP: ParamSpec = ParamSpec {
    name: "cap",
    default: "0.20",
    what: "most of one asset, long or short, as a ratio of NAV, from 0",
};

/// The least pivot of a correlation matrix, beside which rounding is everything.
const PIVOT_LEAST: f64 = 1e-10;

impl Sizer for KellyFraction {
    fn name(&self) -> &str {
        NAME
    }

    fn params(&self) -> &[ParamSpec] {
        PARAMS
    }

    fn size(&self, input: &SizerInput<'_>, params: &Params) -> Result<Vec<f64>, PortfolioError> {
        kelly(NAME, input, &Given::new(NAME, PARAMS, params)?)
    }
}

/// Returns the Kelly weights.
pub(super) fn kelly(
    of: &str,
    input: &SizerInput<'_>,
    given: &Given<'_>,
) -> Result<Vec<f64>, PortfolioError> {
    let aversion = given.number(RISK_AVERSION.name, f64::MIN_POSITIVE, f64::MAX)?;
    let cap = given.number(CAP.name, 0.0, f64::MAX)?;
    let expected = given.per_asset(EXPECTED.name, input.symbols)?;
    let expected = expected.as_deref().unwrap_or(input.signal);
    let held: Vec<usize> = (0..input.signal.len())
        .filter(|column| {
            input
                .signal
                .get(*column)
                .is_some_and(|score| !score.is_nan())
        })
        .collect();
    let mut weights = vec![0.0; input.signal.len()];
    if held.is_empty() {
        return Ok(weights);
    }
    let cov = match given.value(COV.name) {
        Some(value) => told(given, &value, input.signal.len(), &held)?,
        None => estimated(of, input, given, &held)?,
    };
    let mu: Vec<f64> = held
        .iter()
        .filter_map(|column| expected.get(*column))
        .copied()
        .collect();
    if let Some(at) = mu.iter().position(|score| !score.is_finite()) {
        let column = held.get(at).copied().unwrap_or_default();
        let symbol = input.symbols.get(column).map_or("?", Symbol::as_str);
        let (what, score) = (format!("the score of {symbol}"), mu.get(at).copied());
        let expected = "expected a finite number";
        return Err(PortfolioError::bad(
            of,
            &what,
            score.unwrap_or_default(),
            expected,
        ));
    }
    for (column, bet) in held.iter().zip(solved(of, input, &held, (&cov, &mu))?) {
        if let Some(weight) = weights.get_mut(*column) {
            let whole = bet / aversion;
            *weight = if whole.is_nan() {
                whole
            } else {
                whole.clamp(-cap, cap)
            };
        }
    }
    finite(of, input.symbols, weights)
}

/// Returns the covariance that was given, of the held columns only.
fn told(
    given: &Given<'_>,
    value: &Value,
    columns: usize,
    held: &[usize],
) -> Result<Mat<f64>, PortfolioError> {
    let expected = format!(
        "expected {columns} rows of {columns} finite numbers, the same on both sides of the diagonal"
    );
    let refuse = || given.bad(COV.name, value, &expected);
    let rows = value.as_array().filter(|rows| rows.len() == columns);
    let rows: Option<Vec<Vec<f64>>> = rows
        .ok_or_else(refuse)?
        .iter()
        .map(|row| {
            let cells = row.as_array().filter(|row| row.len() == columns)?;
            cells
                .iter()
                .map(|cell| cell.as_f64().filter(|it| it.is_finite()))
                .collect()
        })
        .collect();
    let rows = rows.ok_or_else(refuse)?;
    let cell = |i: usize, j: usize| {
        rows.get(i)
            .and_then(|row| row.get(j))
            .copied()
            .unwrap_or(f64::NAN)
    };
    for i in 0..columns {
        for j in 0..i {
            let (a, b) = (cell(i, j), cell(j, i));
            if (a - b).abs() > 1e-9 * a.abs().max(b.abs()) {
                return Err(refuse());
            }
        }
    }
    let at = |i: usize| held.get(i).copied().unwrap_or(columns);
    Ok(Mat::from_fn(held.len(), held.len(), |i, j| {
        cell(at(i), at(j))
    }))
}

/// Returns the covariance of the returns of the held columns.
fn estimated(
    of: &str,
    input: &SizerInput<'_>,
    given: &Given<'_>,
    held: &[usize],
) -> Result<Mat<f64>, PortfolioError> {
    let all = returns(of, input)?;
    let symbols = held.iter().filter_map(|column| input.symbols.get(*column));
    let symbols: Vec<Symbol> = symbols.cloned().collect();
    let rows = (0..all.rows()).filter_map(|t| all.row(t));
    let cells = rows.flat_map(|row| held.iter().filter_map(|column| row.get(*column)));
    let values = Matrix::new(all.rows(), held.len(), cells.copied().collect())
        .map_err(|error| PortfolioError::none(of, error.to_string()))?;
    let (values, symbols) = (&values, symbols.as_slice());
    let complete = Complete::new(of, &Returns { values, symbols })?;
    Ok(Covariance::read(given)?.estimate(&complete)?.covariance)
}

/// Solves `cov x = mu` by way of the correlations, whose pivots say whether there is an answer.
fn solved(
    of: &str,
    input: &SizerInput<'_>,
    held: &[usize],
    (cov, mu): (&Mat<f64>, &[f64]),
) -> Result<Vec<f64>, PortfolioError> {
    let deviations: Vec<f64> = cov
        .diagonal()
        .column_vector()
        .iter()
        .map(|variance| variance.sqrt())
        .collect();
    if let Some(at) = deviations
        .iter()
        .position(|deviation| *deviation <= 0.0 || !deviation.is_finite())
    {
        let symbol = held.get(at).and_then(|column| input.symbols.get(*column));
        let symbol = symbol.map_or("?", |symbol| symbol.as_str());
        let why = format!("{symbol} has a variance of 0, or none that is a number: leave it out");
        return Err(PortfolioError::none(of, why));
    }
    let deviation = |i: usize| deviations.get(i).copied().unwrap_or(f64::NAN);
    let correlation = Mat::from_fn(mu.len(), mu.len(), |i, j| {
        cov.get(i, j) / (deviation(i) * deviation(j))
    });
    let singular = || {
        let n = mu.len();
        let why = format!(
            "the covariance of {n} assets cannot be inverted: some move exactly together, or there are too few rows; leave some out, give more rows, or set covariance=ledoit_wolf"
        );
        PortfolioError::none(of, why)
    };
    let factor = correlation.llt(Lower).map_err(|_| singular())?;
    let pivots = factor.L().diagonal().column_vector();
    if pivots.iter().any(|pivot| pivot * pivot < PIVOT_LEAST) {
        return Err(singular());
    }
    let mut bets = Mat::from_fn(mu.len(), 1, |i, _| {
        mu.get(i).copied().unwrap_or(f64::NAN) / deviation(i)
    });
    factor.solve_in_place(bets.as_mut());
    Ok((0..mu.len())
        .map(|i| bets.get(i, 0) / deviation(i))
        .collect())
}
