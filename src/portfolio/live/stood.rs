//! Sleeves whose weights still stand: what a desk that starts again, or takes in another history, goes on with.
//!
//! A sleeve is held for its bucket, a month say. Its weights are computed once in it, so that a restart does not trade.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use smol_str::{SmolStr, format_smolstr};

use crate::domain::{Symbol, Timestamp};
use crate::event::{Figures, Made};
use crate::portfolio::live::plan::Kept;
use crate::portfolio::live::{Live, SleeveSettings};

/// The weights of a sleeve, and what they were made by.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Stood {
    /// Which sleeve.
    pub name: SmolStr,
    /// Its rule and its symbols, in words: weights of another rule do not stand.
    pub rule: SmolStr,
    /// When they were computed.
    pub at: Timestamp,
    /// Ratios of the sleeve; what it does not speak of is not there.
    pub weights: BTreeMap<Symbol, f64>,
}

/// Returns the rule of a sleeve and its symbols, in words.
fn rule(sleeve: &SleeveSettings) -> SmolStr {
    let symbols: Vec<&str> = (sleeve.universe.iter().flatten())
        .map(Symbol::as_str)
        .collect();
    format_smolstr!("{} of [{}]", sleeve.rule, symbols.join(" "))
}

impl Live {
    /// Returns the weights of every sleeve that has some.
    pub fn stood(&self) -> Vec<Stood> {
        let sleeves = self.sleeves.iter().zip(&self.settings.sleeves);
        let stood = sleeves.filter_map(|(kept, sleeve)| {
            let figures = kept.figure.as_ref().filter(|it| it.fault.is_none())?;
            let pairs = self.symbols.iter().zip(&figures.values);
            Some(Stood {
                name: sleeve.name.clone(),
                rule: rule(sleeve),
                at: figures.made.at,
                weights: pairs
                    .filter_map(|(symbol, weight)| Some((symbol.clone(), (*weight)?)))
                    .collect(),
            })
        });
        stood.collect()
    }

    /// Goes on with weights that were computed before, until their bucket is over. Those of a rule that is not in the
    /// settings, of a symbol that is not there, or with one that is no number, do not stand.
    pub fn stand(&mut self, stood: &[Stood]) {
        for (kept, sleeve) in self.sleeves.iter_mut().zip(&self.settings.sleeves) {
            let rule = rule(sleeve);
            let same = |it: &&Stood| it.name == sleeve.name && it.rule == rule;
            let Some(stood) = stood.iter().find(same) else {
                continue;
            };
            let known = |symbol: &Symbol| self.symbols.contains(symbol);
            if !stood
                .weights
                .iter()
                .all(|(symbol, weight)| known(symbol) && weight.is_finite())
            {
                continue;
            }
            let weight = |symbol: &Symbol| stood.weights.get(symbol).copied();
            let made = Made {
                at: stood.at,
                took_us: 0,
            };
            let figures = Figures {
                name: sleeve.name.clone(),
                from: format_smolstr!("{}", sleeve.rule),
                values: self.symbols.iter().map(weight).collect(),
                made,
                fault: None,
            };
            *kept = Kept::standing(Arc::new(figures), made);
        }
    }
}
