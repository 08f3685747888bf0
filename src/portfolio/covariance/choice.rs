//! Which covariance an allocator is to use: a parameter that all of them share.

use faer::{Mat, MatRef};

use crate::domain::Matrix;
use crate::portfolio::covariance::{Complete, constant_correlation, ewma, ledoit_wolf, sample};
use crate::protocol::{Given, ParamSpec, PortfolioError};

/// The parameter that chooses the covariance.
pub const COVARIANCE: ParamSpec = ParamSpec {
    name: "covariance",
    default: "sample",
    what: "covariance of the returns: sample, ewma, ledoit_wolf or constant_correlation",
};

/// The parameter that says how fast `ewma` forgets.
pub const LAMBDA: ParamSpec = ParamSpec {
    name: "lambda",
    default: "0.94",
    what: "weight of a row by the row after it, above 0 and below 1; read by covariance=ewma only",
};

/// A way to estimate the covariance of returns.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Covariance {
    /// [`sample()`].
    Sample,
    /// [`ewma()`].
    Ewma {
        /// The weight of a row by the row after it.
        lambda: f64,
    },
    /// [`ledoit_wolf`].
    LedoitWolf,
    /// [`constant_correlation`].
    ConstantCorrelation,
}

/// A covariance, and how far it was shrunk.
#[derive(Debug, Clone)]
pub struct Estimate {
    /// The covariance, symmetric to the last bit.
    pub covariance: Mat<f64>,
    /// The part of the target in it, where the method has one.
    pub shrinkage: Option<f64>,
}

impl Estimate {
    /// Takes a covariance that is known already.
    pub fn of(known: &Matrix) -> Self {
        // Rows are columns: it is symmetric.
        let covariance =
            MatRef::from_column_major_slice(known.values(), known.columns(), known.rows());
        Self {
            covariance: covariance.to_owned(),
            shrinkage: None,
        }
    }

    /// Returns the covariance row by row.
    pub fn matrix(&self) -> Matrix {
        square(&self.covariance)
    }
}

/// Returns a covariance row by row.
pub(crate) fn square(covariance: &Mat<f64>) -> Matrix {
    let count = covariance.ncols();
    // Columns are rows: it is symmetric.
    let columns: Vec<&[f64]> = (0..count).map(|j| covariance.col_as_slice(j)).collect();
    Matrix::new(count, count, columns.concat()).unwrap_or_default()
}

impl Covariance {
    /// Reads the parameters [`COVARIANCE`] and [`LAMBDA`], which the method must list.
    pub fn read(given: &Given<'_>) -> Result<Self, PortfolioError> {
        let lambda = given.number(LAMBDA.name, 0.0, 1.0)?;
        if lambda <= 0.0 || lambda >= 1.0 {
            let value = given.value(LAMBDA.name).unwrap_or_default();
            return Err(given.bad(LAMBDA.name, &value, "expected one above 0 and below 1"));
        }
        given.choice(
            COVARIANCE.name,
            &[
                ("sample", Self::Sample),
                ("ewma", Self::Ewma { lambda }),
                ("ledoit_wolf", Self::LedoitWolf),
                ("constant_correlation", Self::ConstantCorrelation),
            ],
        )
    }

    /// Returns the covariance of the returns.
    ///
    /// # Errors
    /// When an asset does not move and the method divides by its variance.
    pub fn estimate(self, returns: &Complete<'_>) -> Result<Estimate, PortfolioError> {
        let plain = |covariance| Estimate {
            covariance,
            shrinkage: None,
        };
        match self {
            Self::Sample => Ok(plain(sample(returns))),
            Self::Ewma { lambda } => Ok(plain(ewma(returns, lambda))),
            Self::LedoitWolf => Ok(ledoit_wolf(returns)),
            Self::ConstantCorrelation => constant_correlation(returns),
        }
    }
}
