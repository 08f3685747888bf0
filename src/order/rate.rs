//! The rate of sending: what left for a venue within the last second, and what may still leave.
//!
//! Counts messages (orders and cancels) per fund and per broker, by the moments
//! their facts carry, so that a restart within the second has not forgotten them. A
//! cancel counts and is never refused. An order that opens risk is refused once the
//! limit is reached; one that only reduces has room for as many orders again, so
//! that a flood of entries, or of cancels, never stands in the way of an exit.
//! A clock that stepped back by more than the window empties it.

use std::collections::{BTreeMap, VecDeque};
use std::fmt::Write;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::domain::{BrokerId, Timestamp};
use crate::event::RateLimits;

/// The window messages are counted over.
pub const WINDOW: Duration = Duration::from_secs(1);

/// Which of the limits binds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scope {
    /// The fund's.
    Fund,
    /// The venue's.
    Venue,
}

/// One message too many.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Over {
    /// Whose limit it is.
    pub scope: Scope,
    /// How many it would be within the window.
    pub value: u32,
    /// The most.
    pub most: u32,
    /// After how long there is room again.
    pub wait: Duration,
}

/// What left within the window, newest last; no more than the limits need to see.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
struct Sent {
    messages: VecDeque<Timestamp>,
    orders: VecDeque<Timestamp>,
}

/// The limits in force and what left lately.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rates {
    limits: RateLimits,
    /// Whether a fact said so; what holds without one is not part of the digest.
    said: bool,
    fund: Sent,
    brokers: BTreeMap<BrokerId, Sent>,
}

impl Rates {
    /// Makes the rates of a second in which nothing left.
    pub fn new(limits: RateLimits) -> Self {
        Self {
            limits,
            ..Self::default()
        }
    }

    /// Returns the limits in force.
    pub fn limits(&self) -> &RateLimits {
        &self.limits
    }

    /// Returns true when a fact said what the limits are.
    pub fn were_said(&self) -> bool {
        self.said
    }

    /// Takes over new limits.
    pub(super) fn set(&mut self, limits: &RateLimits) {
        self.limits = limits.clone();
        self.said = true;
    }

    /// Counts a message to a broker: an order, or a cancel.
    pub fn count(&mut self, broker: &BrokerId, order: bool, at: Timestamp) {
        self.fund.count(self.limits.fund, order, at);
        let most = self.limits.of(broker);
        if !self.brokers.contains_key(broker) {
            self.brokers.insert(broker.clone(), Sent::default());
        }
        if let Some(sent) = self.brokers.get_mut(broker) {
            sent.count(most, order, at);
        }
    }

    /// Returns the limit that one more order would break, if any; where both would, the one that lasts longer.
    #[inline]
    pub fn over(&self, broker: &BrokerId, reduces: bool, now: Timestamp) -> Option<Over> {
        let fund = self.fund.over(Scope::Fund, self.limits.fund, reduces, now);
        let venue = self
            .brokers
            .get(broker)
            .and_then(|sent| sent.over(Scope::Venue, self.limits.of(broker), reduces, now));
        match (fund, venue) {
            (Some(fund), Some(venue)) if venue.wait > fund.wait => Some(venue),
            (Some(fund), _) => Some(fund),
            (None, venue) => venue,
        }
    }

    /// Returns how many messages the fund sent within the window, and the most.
    pub fn of_fund(&self, now: Timestamp) -> (u32, u32) {
        (recent(&self.fund.messages, now), self.limits.fund)
    }

    /// Returns how many messages left for a broker within the window, and the most.
    pub fn of_broker(&self, broker: &BrokerId, now: Timestamp) -> (u32, u32) {
        let sent = self.brokers.get(broker);
        let count = sent.map_or(0, |sent| recent(&sent.messages, now));
        (count, self.limits.of(broker))
    }

    /// Adds the rates to a digest of the durable state.
    pub fn digest(&self, hasher: &mut Sha256) {
        if !self.said {
            return;
        }
        let mut text = String::new();
        // Writing to a String cannot fail.
        let _ = write!(
            text,
            "rates {:?} {:?} {:?}",
            self.limits, self.fund, self.brokers
        );
        hasher.update(text);
    }
}

impl Sent {
    fn count(&mut self, most: u32, order: bool, at: Timestamp) {
        let most = places(most);
        push(&mut self.messages, most, at);
        if order {
            push(&mut self.orders, most.saturating_mul(2), at);
        }
    }

    #[inline]
    fn over(&self, scope: Scope, most: u32, reduces: bool, now: Timestamp) -> Option<Over> {
        let (times, most) = if reduces {
            (&self.orders, most.saturating_mul(2))
        } else {
            (&self.messages, most)
        };
        // Full when the one that many places back is still within the window.
        let blocking = times.get(times.len().checked_sub(places(most))?)?;
        is_recent(*blocking, now).then(|| Over {
            scope,
            value: recent(times, now).saturating_add(1),
            most,
            wait: blocking.plus(WINDOW).since(now),
        })
    }
}

fn places(most: u32) -> usize {
    usize::try_from(most).unwrap_or(usize::MAX).max(1)
}

fn push(times: &mut VecDeque<Timestamp>, most: usize, at: Timestamp) {
    times.push_back(at);
    while times.len() > most {
        times.pop_front();
    }
}

fn is_recent(at: Timestamp, now: Timestamp) -> bool {
    at > now.minus(WINDOW) && at <= now.plus(WINDOW)
}

fn recent(times: &VecDeque<Timestamp>, now: Timestamp) -> u32 {
    let count = times
        .iter()
        .rev()
        .take_while(|at| is_recent(**at, now))
        .count();
    u32::try_from(count).unwrap_or(u32::MAX)
}
