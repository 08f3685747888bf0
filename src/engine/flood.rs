//! Refusals by the thousand: when they are no longer written down one by one, and when they are a runaway.
//!
//! Up to [`RECORDED_MOST`] refused commands a second get their records. Beyond that
//! they leave none: they are counted, and one fact a second says how many there were
//! and why the newest was refused, until a second passes without one. What was sent
//! or done is always recorded in full; what is counted changed nothing, its key stays
//! free, and at most one second's count is lost in a crash.
//! Orders refused for the rate are watched beside it: too many of them within the
//! window are a runaway. Lives with the session and decides nothing on replay.

use std::collections::VecDeque;

use crate::domain::Timestamp;
use crate::engine::state::State;
use crate::engine::step::Step;
use crate::event::{Fact, RiskFact};
use crate::order::rate::WINDOW;

/// Refused commands written down one by one within a second.
pub(super) const RECORDED_MOST: usize = 100;

/// What was refused lately.
#[derive(Debug, Default)]
pub(super) struct Flood {
    recorded: VecDeque<Timestamp>,
    by_rate: VecDeque<Timestamp>,
    counting: bool,
    count: u64,
    since: Option<Timestamp>,
    newest: String,
}

impl Flood {
    /// Takes in an order refused for the rate, and says whether it is one too many of them.
    pub(super) fn trips(&mut self, most: u32, now: Timestamp) -> bool {
        let most = usize::try_from(most).unwrap_or(usize::MAX).max(1);
        full(&mut self.by_rate, most, now)
    }

    /// Takes in a refused command, and says whether it is only counted.
    pub(super) fn counts(&mut self, now: Timestamp, words: impl FnOnce() -> String) -> bool {
        if !self.counting {
            self.counting = full(&mut self.recorded, RECORDED_MOST, now);
        }
        if self.counting {
            // The words cost more than the counting, and only the newest are kept.
            if self.count.is_multiple_of(256) {
                self.newest = words();
            }
            self.count = self.count.saturating_add(1);
            self.since.get_or_insert(now);
        }
        self.counting
    }

    /// Returns what was counted since the last call; a call that finds nothing ends the counting.
    pub(super) fn take(&mut self, now: Timestamp) -> Option<RiskFact> {
        let Some(since) = self.since.take() else {
            self.counting = false;
            return None;
        };
        Some(RiskFact::Flooded {
            refused: std::mem::take(&mut self.count),
            since,
            at: now,
            newest: std::mem::take(&mut self.newest),
        })
    }
}

impl State {
    /// Says how many commands were refused without a record, if any were.
    pub(super) fn say_flood(&mut self, step: &mut Step<'_>) {
        if let Some(fact) = self.flood.take(step.now) {
            self.say(Fact::Risk(fact), step);
        }
    }
}

/// Notes a moment; returns true when as many as allowed fell within the window before it.
fn full(times: &mut VecDeque<Timestamp>, most: usize, now: Timestamp) -> bool {
    let oldest = times.len().checked_sub(most).and_then(|at| times.get(at));
    let full = oldest.is_some_and(|at| *at > now.minus(WINDOW) && *at <= now.plus(WINDOW));
    times.push_back(now);
    while times.len() > most {
        times.pop_front();
    }
    full
}
