//! What the weights must obey: bounds per asset and limits per group; and whether anything can.
//!
//! Groups do not overlap, so the highest mean that can be reached, and which sums can, are found by
//! filling the best first. Reads parameters; solves nothing.

use serde_json::{Map, Value};

use crate::domain::Symbol;
use crate::protocol::{Given, ParamSpec, PortfolioError};

/// The parameter of the least weights.
pub(crate) const LOWER: ParamSpec = ParamSpec {
    name: "lower",
    default: "0",
    what: "least weight of an asset: one number, a list, or {\"SYMBOL\": number}; below 0 allows shorting",
};

/// The parameter of the largest weights.
pub(crate) const UPPER: ParamSpec = ParamSpec {
    name: "upper",
    default: "1",
    what: "largest weight of an asset: one number, a list, or {\"SYMBOL\": number}",
};

/// The parameter that puts assets into groups.
pub(crate) const GROUPS: ParamSpec = ParamSpec {
    name: "groups",
    default: "",
    what: "which group an asset is in: {\"SYMBOL\": \"group\"}; assets not named are in none",
};

/// The parameter of the limits per group.
pub(crate) const GROUP_LIMITS: ParamSpec = ParamSpec {
    name: "group_limits",
    default: "",
    what: "least and largest sum of the weights of a group: {\"group\": [least, largest]}",
};

/// The largest bound, either way: beyond it the sum of the weights is lost in rounding.
const LARGEST: f64 = 1e6;
/// By how much sums may miss one another and still meet.
const ROUNDING: f64 = 1e-12;

/// Bounds per asset, and limits per group.
#[derive(Debug, Clone, PartialEq)]
pub struct Limits {
    /// Least weight of each asset.
    pub(super) lower: Vec<f64>,
    /// Largest weight of each asset.
    pub(super) upper: Vec<f64>,
    /// Groups that have limits; no asset is in two.
    pub(super) groups: Vec<Group>,
}

/// A group with limits.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Group {
    /// Its assets.
    pub(super) members: Vec<usize>,
    /// The least sum of their weights.
    pub(super) least: f64,
    /// The largest.
    pub(super) most: f64,
}

impl Limits {
    /// Returns the limits of holding, never shorting: every weight from 0 to 1.
    pub fn long_only(assets: usize) -> Self {
        Self {
            lower: vec![0.0; assets],
            upper: vec![1.0; assets],
            groups: Vec::new(),
        }
    }

    /// Returns true when nothing but that is asked for.
    pub(super) fn is_long_only(&self) -> bool {
        *self == Self::long_only(self.lower.len())
    }

    /// Reads [`LOWER`] and [`UPPER`], which the method must list.
    ///
    /// # Errors
    /// When they leave no weights that add up to 1.
    pub(crate) fn read(
        of: &str,
        given: &Given<'_>,
        symbols: &[Symbol],
    ) -> Result<Self, PortfolioError> {
        let read = |spec: ParamSpec| {
            let bounds = given.per_asset(spec.name, symbols)?.unwrap_or_default();
            let far = bounds.iter().zip(symbols).find(|(b, _)| b.abs() > LARGEST);
            match far {
                None => Ok(bounds),
                Some((bound, symbol)) => Err(PortfolioError::bad(
                    of,
                    &format!("{} of {symbol}", spec.name),
                    bound,
                    "expected a number from -1e6 to 1e6",
                )),
            }
        };
        let limits = Self {
            lower: read(LOWER)?,
            upper: read(UPPER)?,
            groups: Vec::new(),
        };
        limits.check(of, symbols)?;
        Ok(limits)
    }

    /// Reads [`GROUPS`] and [`GROUP_LIMITS`] on top, which the method must list.
    ///
    /// # Errors
    /// When they name what there is not, or leave no weights that add up to 1.
    pub(crate) fn with_groups(
        mut self,
        of: &str,
        given: &Given<'_>,
        symbols: &[Symbol],
    ) -> Result<Self, PortfolioError> {
        let Some(limits) = map(given, GROUP_LIMITS.name, "{\"group\": [least, largest]}")? else {
            return match given.value(GROUPS.name) {
                None => Ok(self),
                Some(value) => Err(given.bad(
                    GROUPS.name,
                    &value,
                    "which says nothing without group_limits",
                )),
            };
        };
        let groups = map(given, GROUPS.name, "{\"SYMBOL\": \"group\"}")?.unwrap_or_default();
        for (symbol, group) in &groups {
            if !symbols.iter().any(|known| known.as_str() == symbol) {
                let value = Value::String(symbol.clone());
                return Err(given.bad(GROUPS.name, &value, "which is no column of the input"));
            }
            if !group.is_string() {
                let what = format!("{} of {symbol}", GROUPS.name);
                return Err(given.bad(&what, group, "expected the name of a group"));
            }
        }
        for (name, range) in &limits {
            let what = format!("{} of {name}", GROUP_LIMITS.name);
            let number = |at: usize| range.get(at).and_then(Value::as_f64);
            let pair = range.as_array().filter(|pair| pair.len() == 2);
            let ends = pair.and_then(|_| Some((number(0)?, number(1)?)));
            let Some((least, most)) = ends.filter(|(least, most)| least <= most) else {
                return Err(given.bad(&what, range, "expected [least, largest]"));
            };
            let of_group = |symbol: &Symbol| {
                let group = groups.get(symbol.as_str()).and_then(Value::as_str);
                group == Some(name)
            };
            let all = symbols.iter().enumerate();
            let members: Vec<usize> = all.filter(|(_, s)| of_group(s)).map(|(i, _)| i).collect();
            if members.is_empty() {
                let expected = "but no asset is in that group by groups";
                return Err(given.bad(&what, range, expected));
            }
            let (low, high) = (sum(&self.lower, &members), sum(&self.upper, &members));
            if low > most + ROUNDING || high < least - ROUNDING {
                let expected =
                    format!("expected limits that meet {low} to {high}, the sums its bounds allow");
                return Err(given.bad(&what, range, &expected));
            }
            self.groups.push(Group {
                members,
                least,
                most,
            });
        }
        self.check(of, symbols)?;
        Ok(self)
    }

    /// Checks that some weights add up to 1.
    fn check(&self, of: &str, symbols: &[Symbol]) -> Result<(), PortfolioError> {
        let crossed = self.lower.iter().zip(&self.upper).zip(symbols);
        if let Some(((lower, upper), symbol)) = crossed.clone().find(|((l, u), _)| l > u) {
            return Err(PortfolioError::bad(
                of,
                &format!("lower of {symbol}"),
                lower,
                &format!("expected at most its upper bound {upper}"),
            ));
        }
        let (mut low, mut high): (f64, f64) = (self.lower.iter().sum(), self.upper.iter().sum());
        for group in &self.groups {
            let (least, most) = (
                sum(&self.lower, &group.members),
                sum(&self.upper, &group.members),
            );
            low += group.least.max(least) - least;
            high += group.most.min(most) - most;
        }
        if low > 1.0 + ROUNDING || high < 1.0 - ROUNDING {
            let why = format!(
                "no weights within the bounds add up to 1: their sum can be {low} to {high}"
            );
            return Err(PortfolioError::none(of, why));
        }
        Ok(())
    }

    /// Returns the highest mean that weights within the limits can have.
    pub(super) fn highest(&self, means: &[f64]) -> f64 {
        let mut order: Vec<usize> = (0..means.len()).collect();
        let mean = |i: usize| means.get(i).copied().unwrap_or_default();
        order.sort_by(|&a, &b| mean(b).total_cmp(&mean(a)));
        let mut weights = self.lower.clone();
        let group_of = |i: usize| {
            let holds = |group: &Group| group.members.contains(&i);
            self.groups.iter().position(holds)
        };
        let groups: Vec<Option<usize>> = (0..means.len()).map(group_of).collect();
        let group_of = |i: usize| groups.get(i).copied().flatten();
        // First what each group must hold at least, by its best assets; then the best that still may take.
        for (at, group) in self.groups.iter().enumerate() {
            let mut left = group.least - sum(&weights, &group.members);
            for &i in order.iter().filter(|&&i| group_of(i) == Some(at)) {
                left -= self.fill(&mut weights, i, left);
            }
        }
        let mut left = 1.0 - weights.iter().sum::<f64>();
        for &i in &order {
            let group = group_of(i).and_then(|at| self.groups.get(at));
            let room = group.map_or(left, |group| {
                left.min(group.most - sum(&weights, &group.members))
            });
            left -= self.fill(&mut weights, i, room);
        }
        weights.iter().zip(means).map(|(w, m)| w * m).sum()
    }

    /// Adds to a weight what fits below its bound, at most `room`; returns how much.
    fn fill(&self, weights: &mut [f64], i: usize, room: f64) -> f64 {
        match (weights.get_mut(i), self.upper.get(i)) {
            (Some(weight), Some(most)) => {
                let added = (most - *weight).min(room).max(0.0);
                *weight += added;
                added
            }
            _ => 0.0,
        }
    }
}

fn sum(values: &[f64], members: &[usize]) -> f64 {
    members.iter().filter_map(|&i| values.get(i)).sum()
}

fn map(
    given: &Given<'_>,
    name: &str,
    shape: &str,
) -> Result<Option<Map<String, Value>>, PortfolioError> {
    match given.value(name) {
        None => Ok(None),
        Some(Value::Object(map)) => Ok(Some(map)),
        Some(other) => Err(given.bad(name, &other, &format!("expected {shape}"))),
    }
}
