//! The engine's end of the bus: waits on all lanes, drains them in order.
//!
//! Owned by the one engine thread, which is plain and synchronous. Dropping it
//! closes the bus: later messages are refused, and senders that wait for room
//! are told.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use crate::bus::{bell::Bell, lane::LaneOut, market::MarketLane};
use crate::event::{Input, MarketEvent, Source};

/// A message as it arrived on a durable lane.
#[derive(Debug, Clone, PartialEq)]
pub struct Arrival {
    /// Who said it.
    pub source: Source,
    /// What.
    pub input: Input,
}

/// Where the engine takes messages out.
#[derive(Debug)]
pub struct Inlets {
    durable: [LaneOut; 3],
    market: Arc<MarketLane>,
    bell: Arc<Bell>,
    open: Arc<AtomicBool>,
}

impl Inlets {
    pub(crate) fn new(
        durable: [LaneOut; 3],
        market: Arc<MarketLane>,
        bell: Arc<Bell>,
        open: Arc<AtomicBool>,
    ) -> Self {
        Self {
            durable,
            market,
            bell,
            open,
        }
    }

    /// Blocks until something waits on any lane or every edge is gone; returns false when `timeout` passed first.
    ///
    /// Returns at once when something was left by the last drain. May wake for a message that the last
    /// drain already took: true means look, not that there is something.
    pub fn wait(&mut self, timeout: Duration) -> bool {
        self.wait_for(timeout, true)
    }

    /// Does the same without heeding market data that waits already: for an engine that has read its share for now.
    pub fn wait_durable(&mut self, timeout: Duration) -> bool {
        self.wait_for(timeout, false)
    }

    fn wait_for(&mut self, timeout: Duration, market: bool) -> bool {
        if self.ready(market) {
            // What rang for the messages that wait anyway must not wake the thread again after they are taken.
            self.bell.hear();
            return true;
        }
        self.bell.wait(timeout) || self.ready(market)
    }

    fn ready(&self, market: bool) -> bool {
        self.durable.iter().any(|lane| !lane.is_empty())
            || (market && self.market.is_waiting())
            || self.closed()
    }

    /// Takes up to `most` messages of the durable lanes: control, then execution, then command.
    pub fn drain(&mut self, into: &mut Vec<Arrival>, most: usize) {
        let lanes = self.durable.iter_mut();
        into.extend(
            lanes
                .flat_map(|lane| std::iter::from_fn(|| lane.take()))
                .take(most),
        );
    }

    /// Takes market data: what was computed, bars, trades, then the newest quote of changed symbols, those somebody looks at first.
    ///
    /// A part of it when there is much: [`Self::wait`] then returns at once.
    pub fn drain_market(&mut self, into: &mut Vec<MarketEvent>) {
        self.market.drain(into);
    }

    /// Returns how many quotes a newer one replaced before they were taken.
    pub fn conflated(&self) -> u64 {
        self.market.counts().conflated
    }

    /// Returns true when every edge is gone: what still waits is the last there will be.
    pub fn closed(&self) -> bool {
        !self.open.load(Ordering::Acquire)
    }
}
