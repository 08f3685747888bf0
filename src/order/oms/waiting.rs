//! Orders that wait for a gate outside: what is known of the waiting, and whom it is over for.
//!
//! Nothing of such an order has left. It is let go, refused or given up by the engine,
//! and always given up when a session ends: it is never sent unasked.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::domain::{GateName, Timestamp};
use crate::event::{OrderFact, Reviewed, Verdict, human_veto};
use crate::order::oms::{OrderRecord, Orders};

/// How much longer than a gate may take its answer is waited for: the question leaves only once it is durable,
/// and the answer passes a lane.
const GRACE: Duration = Duration::from_millis(250);
/// Orders that may wait at once; a further one is refused.
pub const WAITING_MOST: usize = 256;

/// What an order waits for.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Waiting {
    /// The gate that was asked last.
    pub gate: GateName,
    /// Since when it waits for that gate.
    pub since: Timestamp,
    /// Until when the gate may take its time.
    pub until: Timestamp,
    /// What the gates said that answered.
    pub answers: Vec<Verdict>,
    /// What the sender had reviewed.
    pub reviewed: Option<Box<Reviewed>>,
}

impl Waiting {
    /// Returns when its answer is no longer waited for: a person's at once, a gate's a little later than it may take.
    pub fn due(&self) -> Timestamp {
        if self.gate == human_veto() {
            self.until
        } else {
            self.until.plus(GRACE)
        }
    }

    /// Returns true once its time is over; also when it began in the future, for then the clock was set back.
    pub fn is_over(&self, now: Timestamp) -> bool {
        now >= self.due() || now < self.since
    }
}

impl OrderRecord {
    /// Returns what gates outside answered about it, while it waits.
    pub fn answers(&self) -> &[Verdict] {
        self.waiting
            .as_ref()
            .map_or(&[], |waiting| &waiting.answers)
    }

    /// Takes in a fact of its waiting.
    pub(super) fn take_asked(&mut self, fact: &OrderFact) {
        match fact {
            OrderFact::Asked {
                gate,
                until,
                verdicts,
                seen,
                reviewed,
                at,
                ..
            } => {
                self.verdicts.clone_from(verdicts);
                self.seen = Some(seen.clone());
                let before = self.waiting.take();
                let (answers, reviewed) = match before {
                    Some(before) => (before.answers, before.reviewed),
                    None => (Vec::new(), reviewed.clone()),
                };
                self.waiting = Some(Box::new(Waiting {
                    gate: gate.clone(),
                    since: *at,
                    until: *until,
                    answers,
                    reviewed,
                }));
            }
            OrderFact::Answered { verdict, .. } => {
                if let Some(waiting) = self.waiting.as_mut() {
                    waiting.answers.push((**verdict).clone());
                }
            }
            _ => {}
        }
    }
}

impl Orders {
    /// Iterates over the orders that wait for a gate outside, oldest first.
    pub fn waiting(&self) -> impl DoubleEndedIterator<Item = &std::sync::Arc<OrderRecord>> {
        self.waiting.iter().filter_map(|id| self.by_id.get(id))
    }

    /// Returns how many orders wait.
    pub fn waiting_count(&self) -> usize {
        self.waiting.len()
    }
}
