//! What every broker and every feed must do, asked of it step by step.
//!
//! In the library, not in the tests, because the same questions are asked of a live
//! adapter by the check command. A suite never stops at the first failure: each step
//! says what it saw. A step that needs what an earlier one failed to get fails too,
//! and says so. Places small orders only where the bench says how.

mod broker;
mod feed;

use std::sync::Arc;
use std::time::Duration;

use crate::base::Clock;

pub use broker::{BrokerBench, broker_suite};
pub use feed::{FeedBench, feed_suite};

/// One step's outcome.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Step {
    /// What was asked.
    pub name: &'static str,
    /// Whether it holds.
    pub ok: bool,
    /// What was seen.
    pub detail: String,
    /// How long it took, in milliseconds.
    pub ms: u64,
}

/// Collects steps and their times.
#[derive(Debug)]
struct Record {
    clock: Arc<dyn Clock>,
    since: Duration,
    steps: Vec<Step>,
}

impl Record {
    fn new(clock: Arc<dyn Clock>) -> Self {
        Self {
            since: clock.elapsed(),
            clock,
            steps: Vec::new(),
        }
    }

    /// Writes down a step and hands on its value.
    fn step<T>(&mut self, name: &'static str, outcome: Result<(T, String), String>) -> Option<T> {
        let now = self.clock.elapsed();
        let took = now.saturating_sub(self.since);
        self.since = now;
        let (value, ok, detail) = match outcome {
            Ok((value, detail)) => (Some(value), true, detail),
            Err(detail) => (None, false, detail),
        };
        self.steps.push(Step {
            name,
            ok,
            detail,
            ms: u64::try_from(took.as_millis()).unwrap_or(u64::MAX),
        });
        value
    }
}

/// Turns a truth into a step's outcome.
fn held(ok: bool, detail: String) -> Result<((), String), String> {
    if ok { Ok(((), detail)) } else { Err(detail) }
}
