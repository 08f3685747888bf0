//! `restricted_list`: symbols in which nothing may be opened, whoever asks and however little.
//!
//! What is held of them may be closed. Compares whole symbols: an option on a listed
//! share is another symbol and must be listed itself.

use std::collections::HashSet;

use crate::base::FastHash;
use crate::domain::{CustomGate, Symbol};
use crate::order::gate::GateInput;
use crate::order::gate::custom::refusal;
use crate::order::gate::finding::{Finding, Pass, Say};

/// The gate.
#[derive(Debug)]
pub(super) struct Restricted {
    symbols: HashSet<Symbol, FastHash>,
}

impl Restricted {
    pub(super) fn new(symbols: &[Symbol]) -> Self {
        Self {
            symbols: symbols.iter().cloned().collect(),
        }
    }

    pub(super) fn judge<'a>(&self, input: &GateInput<'a>) -> Finding<'a> {
        let order = input.order;
        if !self.symbols.contains(&order.symbol) {
            return Ok(Pass::new("not listed"));
        }
        if input.reduces() {
            return Ok(Pass::new("restricted, but it reduces"));
        }
        let say = Say::Name("", order.symbol.as_str(), "is restricted: close only");
        Err(refusal(CustomGate::NAMES[2], say))
    }
}
