//! When a broker is asked for everything it works and holds, though nothing says that it must be.
//!
//! A report can be lost without a trace. So the broker is asked every five minutes,
//! and soon after something did not agree; then its fills are read again too. Asking
//! changes nothing, so this lives with the session and is in no fact.

use std::time::Duration;

use crate::domain::Timestamp;
use crate::engine::state::State;
use crate::engine::step::Step;
use crate::event::{LinkHealth, LinkName, LinkState};
use crate::order::effect::Effect;

/// Time between two statements when nothing is odd.
const EVERY: Duration = Duration::from_mins(5);
/// The least time between two statements when something is.
const AGAIN: Duration = Duration::from_secs(10);

/// What was asked for, and what was odd since.
#[derive(Debug, Default)]
pub(super) struct Reread {
    asked_at: Option<Timestamp>,
    drifted: bool,
}

impl Reread {
    /// Takes in that something did not agree.
    pub(super) fn drifted(&mut self) {
        self.drifted = true;
    }

    /// Takes in that the broker stated everything.
    pub(super) fn stated(&mut self, now: Timestamp) {
        self.asked_at = Some(now);
    }

    /// Says whether to ask by now and, if so, whether the fills are to be read again too.
    pub(super) fn due(&mut self, now: Timestamp) -> Option<bool> {
        // A clock that stepped back begins the wait anew, and does not make it longer.
        let asked_at = self.asked_at.filter(|at| *at <= now);
        let Some(asked_at) = asked_at else {
            self.asked_at = Some(now);
            return None;
        };
        let wait = if self.drifted { AGAIN } else { EVERY };
        if now.since(asked_at) < wait {
            return None;
        }
        self.asked_at = Some(now);
        Some(std::mem::take(&mut self.drifted))
    }
}

impl State {
    /// Asks the fund's broker for everything it works and holds, when that is due and it can be reached.
    pub(super) fn reread(&mut self, step: &mut Step<'_>) {
        let Some(broker) = self.ledger.fund().map(|fund| fund.broker.clone()) else {
            return;
        };
        let up = |link: &LinkState| {
            link.health == LinkHealth::Up
                && matches!(&link.name, LinkName::Broker(name) if *name == broker.as_str())
        };
        if !self.links.iter().any(up) {
            return;
        }
        if let Some(fills) = self.reread.due(step.now) {
            step.out.effects.push(Effect::Reread { broker, fills });
        }
    }
}
