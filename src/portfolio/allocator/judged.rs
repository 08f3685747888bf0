//! What every allocator that goes by a covariance has in common: it is estimated once, and what is known of it is used.
//!
//! A method states its parameters and its weights; this file makes an [`Allocator`] of it. What a live desk already
//! knows stands in for the sample covariance alone: any other estimate looks at the returns themselves.

use std::fmt::Debug;

use crate::domain::Symbol;
use crate::portfolio::covariance::{Complete, Covariance, Estimate};
use crate::protocol::{
    Allocation, Allocator, Given, Known, ParamSpec, Params, PortfolioError, Returns,
};

/// A way from a covariance to weights.
pub(super) trait Method: Send + Sync + Debug {
    /// The registered name.
    const NAME: &'static str;
    /// The parameters.
    const PARAMS: &'static [ParamSpec];

    /// Returns how the covariance is estimated; unless the method says otherwise, by the parameters all share.
    fn covariance(given: &Given<'_>) -> Result<Covariance, PortfolioError> {
        Covariance::read(given)
    }

    /// Returns one weight an asset, and what was found on the way.
    fn weigh(&self, given: &Given<'_>, judged: &Judged<'_>) -> Result<Allocation, PortfolioError>;
}

/// The assets, and what is believed of their returns.
#[derive(Debug)]
pub(super) struct Judged<'a> {
    /// The assets.
    pub(super) symbols: &'a [Symbol],
    /// The mean return of each.
    pub(super) means: Vec<f64>,
    /// How they vary.
    pub(super) estimate: Estimate,
    /// What the method weighed these assets with a moment before.
    pub(super) before: Option<&'a [f64]>,
}

impl<M: Method> Allocator for M {
    fn name(&self) -> &str {
        M::NAME
    }

    fn params(&self) -> &[ParamSpec] {
        M::PARAMS
    }

    fn allocate(
        &self,
        returns: &Returns<'_>,
        params: &Params,
    ) -> Result<Allocation, PortfolioError> {
        let given = Given::new(M::NAME, M::PARAMS, params)?;
        let covariance = M::covariance(&given)?;
        self.weigh(&given, &look::<M>(returns, covariance, None)?)
    }

    fn follow(
        &self,
        returns: &Returns<'_>,
        params: &Params,
        known: &Known<'_>,
    ) -> Result<Allocation, PortfolioError> {
        let given = Given::new(M::NAME, M::PARAMS, params)?;
        let fits = known.means.len() == returns.symbols.len();
        let judged = match M::covariance(&given)? {
            Covariance::Sample if fits => Judged {
                symbols: returns.symbols,
                means: known.means.to_vec(),
                estimate: Estimate::of(known.covariance),
                before: known.before,
            },
            covariance => look::<M>(returns, covariance, known.before)?,
        };
        self.weigh(&given, &judged)
    }
}

/// Estimates what is to be believed of the returns.
fn look<'a, M: Method>(
    returns: &Returns<'a>,
    covariance: Covariance,
    before: Option<&'a [f64]>,
) -> Result<Judged<'a>, PortfolioError> {
    let complete = Complete::new(M::NAME, returns)?;
    Ok(Judged {
        symbols: returns.symbols,
        estimate: covariance.estimate(&complete)?,
        means: complete.means().to_vec(),
        before,
    })
}
