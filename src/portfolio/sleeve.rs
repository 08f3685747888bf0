//! Sleeves: parts of a fund that are each run by one rule, and what they add up to.
//!
//! A symbol's weight in the fund is the sum of allocation x weight over the sleeves that speak of it. Nothing
//! is scaled to a sum of one: what sleeves leave in cash stays in cash, and where two disagree they net.
//! How much of the fund each sleeve gets is set by an [`Overlay`]. Knows no orders, no capacity, no bands.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::domain::{Matrix, Symbol};
use crate::portfolio::Registry;
use crate::protocol::{Allocator, Params, PortfolioError, Returns};

/// The largest allocation of one sleeve: ten times NAV.
pub const ALLOCATION_MOST: f64 = 10.0;

/// How allocations of sleeves are set.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Overlay {
    /// As configured.
    Manual,
    /// The sum of the configured ones, the same for each sleeve.
    Equal,
    /// The sum of the configured ones, divided by hierarchical risk parity over the sleeves' returns.
    Hrp,
}

/// Why a text is not an overlay.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("overlay '{0}' is not known: write manual, equal or hrp")]
pub struct OverlayError(String);

impl Overlay {
    /// Every overlay.
    pub const ALL: [Self; 3] = [Self::Manual, Self::Equal, Self::Hrp];

    /// Returns the name in a file.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Manual => "manual",
            Self::Equal => "equal",
            Self::Hrp => "hrp",
        }
    }

    /// Returns the allocation of each sleeve, in the order of the configured ones.
    ///
    /// `returns` are the sleeves' own, one column a sleeve, oldest first; only `hrp` over more than one sleeve
    /// looks at them, and at the allocator of that name.
    ///
    /// # Errors
    /// When a configured allocation is out of range, or `hrp` has no history or no answer.
    pub fn allocations(
        self,
        configured: &[f64],
        returns: Option<&Matrix>,
        allocators: &Registry<dyn Allocator>,
    ) -> Result<Vec<f64>, PortfolioError> {
        for allocation in configured {
            if !(0.0..=ALLOCATION_MOST).contains(allocation) {
                let expected = format!("expected a number from 0 to {ALLOCATION_MOST}");
                return Err(PortfolioError::bad(
                    "overlay",
                    "allocation",
                    allocation,
                    &expected,
                ));
            }
        }
        let total: f64 = configured.iter().sum();
        match self {
            Self::Manual => Ok(configured.to_vec()),
            Self::Equal => Ok(split_equally(total, configured.len())),
            Self::Hrp if configured.len() < 2 => Ok(configured.to_vec()),
            Self::Hrp => split_by_risk(total, configured.len(), returns, allocators),
        }
    }
}

impl fmt::Display for Overlay {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for Overlay {
    type Err = OverlayError;

    fn from_str(text: &str) -> Result<Self, OverlayError> {
        let found = Self::ALL
            .into_iter()
            .find(|overlay| overlay.as_str() == text);
        found.ok_or_else(|| OverlayError(text.chars().take(40).collect()))
    }
}

/// What one sleeve brings to the fund.
#[derive(Debug, Clone, Copy)]
pub struct Part<'a> {
    /// Its part of NAV, a ratio.
    pub allocation: f64,
    /// Its weights, one an asset; none where it does not speak of the asset.
    pub weights: &'a [Option<f64>],
}

/// Adds sleeves up: the sum of allocation x weight of each asset; none where no sleeve speaks of it.
///
/// # Errors
/// When a sleeve has not one weight for each of `assets`, or a number is not finite.
pub fn compose(parts: &[Part<'_>], assets: usize) -> Result<Vec<Option<f64>>, PortfolioError> {
    let mut sums: Vec<Option<f64>> = vec![None; assets];
    for part in parts {
        if part.weights.len() != assets {
            let expected = format!("expected one for each of {assets} assets");
            let given = part.weights.len();
            return Err(PortfolioError::bad(
                "sleeves",
                "number of weights",
                given,
                &expected,
            ));
        }
        for (sum, weight) in sums.iter_mut().zip(part.weights) {
            let Some(weight) = weight else { continue };
            let more = part.allocation * weight;
            if !more.is_finite() {
                let given = format!("{} x {weight}", part.allocation);
                return Err(PortfolioError::bad(
                    "sleeves",
                    "allocation x weight",
                    given,
                    "expected a finite number",
                ));
            }
            *sum = Some(sum.unwrap_or(0.0) + more);
        }
    }
    Ok(sums)
}

/// Returns what each sleeve would have returned, had it held its weights of now all along: (T, sleeves).
///
/// Where an asset that a sleeve holds has no return, the sleeve has none: NaN.
///
/// # Errors
/// When a sleeve has not one weight for each column of the assets' returns.
pub fn returns_of(parts: &[Part<'_>], returns: &Matrix) -> Result<Matrix, PortfolioError> {
    let (rows, assets) = (returns.rows(), returns.columns());
    if let Some(part) = parts.iter().find(|part| part.weights.len() != assets) {
        let expected = format!("expected one for each of {assets} assets");
        let given = part.weights.len();
        return Err(PortfolioError::bad(
            "sleeves",
            "number of weights",
            given,
            &expected,
        ));
    }
    let mut values = Vec::with_capacity(rows * parts.len());
    for row in (0..rows).filter_map(|t| returns.row(t)) {
        values.extend(parts.iter().map(|part| {
            let held = part.weights.iter().zip(row);
            let held = held.filter_map(|(weight, of)| Some((weight.filter(|w| *w != 0.0)?, of)));
            held.map(|(weight, of)| weight * of).sum::<f64>()
        }));
    }
    Matrix::new(rows, parts.len(), values)
        .map_err(|error| PortfolioError::none("sleeves", error.to_string()))
}

fn split_equally(total: f64, sleeves: usize) -> Vec<f64> {
    let count = u32::try_from(sleeves).map_or(f64::MAX, f64::from);
    vec![total / count; sleeves]
}

fn split_by_risk(
    total: f64,
    sleeves: usize,
    returns: Option<&Matrix>,
    allocators: &Registry<dyn Allocator>,
) -> Result<Vec<f64>, PortfolioError> {
    let of = "overlay hrp";
    let none = |why: String| PortfolioError::none(of, why);
    let returns =
        returns.ok_or_else(|| none("there is no history of the sleeves to divide by".into()))?;
    if returns.columns() != sleeves {
        let expected = format!("expected one for each of {sleeves} sleeves");
        return Err(PortfolioError::bad(
            of,
            "columns of returns",
            returns.columns(),
            &expected,
        ));
    }
    let hrp = allocators
        .get("hrp")
        .map_err(|error| none(error.to_string()))?;
    // An allocator tells its columns apart by symbols; sleeves have names that need not be any.
    let symbols: Result<Vec<Symbol>, _> = (1..=sleeves)
        .map(|number| Symbol::new(format!("SLEEVE{number}")))
        .collect();
    let symbols = symbols.map_err(|error| none(error.to_string()))?;
    let input = Returns {
        values: returns,
        symbols: &symbols,
    };
    let weights = hrp.allocate(&input, &Params::new())?.weights;
    let sum: f64 = weights.iter().sum();
    if weights.len() != sleeves || !(sum.is_finite() && sum > 0.0) {
        let given = weights.len();
        return Err(none(format!(
            "{given} weights of sum {sum} came back for {sleeves} sleeves"
        )));
    }
    Ok(weights
        .into_iter()
        .map(|weight| weight / sum * total)
        .collect())
}
