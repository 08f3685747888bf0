//! The chain: the one place that makes an [`Approved`].

use crate::domain::Order;
use crate::event::Verdict;
use crate::order::gate::GateInput;

/// The right to send. Its field is private to this file: nothing else can make one.
#[derive(Debug, Clone, PartialEq)]
pub struct Approved<T>(T);

impl<T> Approved<T> {
    /// Looks at what was approved.
    pub fn get(&self) -> &T {
        &self.0
    }

    /// Takes out what was approved, giving up the right.
    pub fn into_inner(self) -> T {
        self.0
    }
}

/// Asks the gates in order and stops at the first that refuses.
///
/// Returns the verdicts of the gates asked, and the right to send when none refused.
pub fn check(input: &GateInput<'_>) -> (Vec<Verdict>, Option<Approved<Order>>) {
    (preview(input), None)
}

/// Asks every gate; approves nothing.
pub fn preview(_input: &GateInput<'_>) -> Vec<Verdict> {
    Vec::new()
}
