//! The best names long, the worst short, each side with the same gross.

use crate::portfolio::sizer::rank::{highest, lowest, put};
use crate::protocol::{Given, ParamSpec, Params, PortfolioError, Sizer, SizerInput};

/// The `n_long` highest scores share `gross / 2`, the `n_short` lowest share minus as much.
///
/// Where fewer names are scored than both sides ask for, the sides share them from the two ends in proportion to what
/// they asked for, rounded down, and each keeps its half of gross: no name is ever on both sides, and a middle
/// name that goes to neither gets 0. Asked for 5 and 5 of 7 names, 3 are long, 3 short and the middle one is left out.
#[derive(Debug, Clone, Copy)]
pub struct EqualWeightLs;

const NAME: &str = "equal_weight_ls";
const PARAMS: &[ParamSpec] = &[
    ParamSpec {
        name: "n_long",
        default: "5",
        what: "names held long, from 0",
    },
    ParamSpec {
        name: "n_short",
        default: "5",
        what: "names held short, from 0",
    },
    ParamSpec {
        name: "gross",
        default: "1.0",
        what: "sum of the absolute weights, half a side, as a ratio of NAV, from 0",
    },
];

/// Most names of a side; further ones would not be told apart by an f64 anyway.
const NAMES_MOST: usize = 1 << 32;

impl Sizer for EqualWeightLs {
    fn name(&self) -> &str {
        NAME
    }

    fn params(&self) -> &[ParamSpec] {
        PARAMS
    }

    fn size(&self, input: &SizerInput<'_>, params: &Params) -> Result<Vec<f64>, PortfolioError> {
        let given = Given::new(NAME, PARAMS, params)?;
        let wanted_long = given.whole("n_long", 0, NAMES_MOST)?;
        let wanted_short = given.whole("n_short", 0, NAMES_MOST)?;
        let side = given.number("gross", 0.0, f64::MAX)? / 2.0;
        let mut long = highest(input.signal);
        let (n_long, n_short) = shared(long.len(), wanted_long, wanted_short);
        long.truncate(n_long);
        // Of many equal scores the long side has taken the first columns already.
        let mut rest = input.signal.to_vec();
        put(&mut rest, &long, f64::NAN);
        let mut short = lowest(&rest);
        short.truncate(n_short);
        let mut weights = vec![0.0; input.signal.len()];
        put(&mut weights, &long, side / long.len() as f64);
        put(&mut weights, &short, -side / short.len() as f64);
        Ok(weights)
    }
}

/// Returns how many names each side gets of so many.
fn shared(names: usize, long: usize, short: usize) -> (usize, usize) {
    let asked = long + short;
    if asked <= names {
        return (long, short);
    }
    // Names fit into memory and sides into 32 bits: the products do into 128.
    let part = |side: usize| {
        let part = names as u128 * side as u128 / asked as u128;
        usize::try_from(part).unwrap_or(names)
    };
    (part(long), part(short))
}
