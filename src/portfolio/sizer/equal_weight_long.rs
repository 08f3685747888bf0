//! The best names, each with the same weight.

use crate::portfolio::sizer::rank::{highest, put};
use crate::protocol::{Given, ParamSpec, Params, PortfolioError, Sizer, SizerInput};

/// The `n` highest scores share `gross` equally; fewer scored names than `n` share all of it.
#[derive(Debug, Clone, Copy)]
pub struct EqualWeightLong;

const NAME: &str = "equal_weight_long";
const PARAMS: &[ParamSpec] = &[
    ParamSpec {
        name: "n",
        default: "10",
        what: "names held, from 1",
    },
    ParamSpec {
        name: "gross",
        default: "1.0",
        what: "sum of the weights, as a ratio of NAV, from 0",
    },
];

impl Sizer for EqualWeightLong {
    fn name(&self) -> &str {
        NAME
    }

    fn params(&self) -> &[ParamSpec] {
        PARAMS
    }

    fn size(&self, input: &SizerInput<'_>, params: &Params) -> Result<Vec<f64>, PortfolioError> {
        let given = Given::new(NAME, PARAMS, params)?;
        let n = given.whole("n", 1, usize::MAX)?;
        let gross = given.number("gross", 0.0, f64::MAX)?;
        let mut best = highest(input.signal);
        best.truncate(n);
        let mut weights = vec![0.0; input.signal.len()];
        put(&mut weights, &best, gross / best.len() as f64);
        Ok(weights)
    }
}
