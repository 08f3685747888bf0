//! A second inbox of quotes, for a reader beside the engine: the paper broker.
//!
//! Conflated like the engine's own: the reader gets the newest quote of each
//! symbol that changed since it last looked, however seldom that is.

use std::sync::Arc;

use tokio::sync::Notify;

use crate::bus::market::{MarketLane, ReaderId};
use crate::domain::{Quote, Symbol, Timestamp};

/// The inbox; closing it is dropping it.
#[derive(Debug)]
pub struct MarketTap {
    lane: Arc<MarketLane>,
    reader: ReaderId,
    notify: Arc<Notify>,
}

impl MarketTap {
    pub(crate) fn new(lane: Arc<MarketLane>, all: bool) -> Self {
        let (reader, notify) = lane.add_reader(all);
        Self {
            lane,
            reader,
            notify,
        }
    }

    /// Waits until a quote changed; returns false when none waits and no more will come.
    ///
    /// Meant for one waiter at a time. Safe to give up and call again.
    pub async fn changed(&self) -> bool {
        loop {
            if self.lane.has_changed(self.reader) {
                return true;
            }
            if self.lane.is_closed() {
                return false;
            }
            self.notify.notified().await;
        }
    }

    /// Reads one more symbol, where this inbox is one of chosen symbols; its newest quote waits at once.
    pub fn follow(&self, symbol: &Symbol) {
        self.lane.follow(self.reader, symbol);
    }

    /// Has the quotes of a symbol read before others, here and by the engine.
    pub fn prefer(&self, symbol: &Symbol) {
        self.lane.prefer(symbol);
    }

    /// Takes the newest quote of changed symbols and when it was received, those somebody looks at first.
    ///
    /// A part of them when many changed: [`Self::changed`] tells whether more wait.
    pub fn drain(&self, into: &mut Vec<(Quote, Timestamp)>) {
        self.lane.drain_reader(self.reader, into);
    }

    /// Returns the newest quote of a symbol and when it was received.
    pub fn latest(&self, symbol: &Symbol) -> Option<(Quote, Timestamp)> {
        self.lane.latest(symbol)
    }

    /// Returns how many quotes a newer one replaced before this inbox was drained.
    pub fn conflated(&self) -> u64 {
        self.lane.conflated(self.reader)
    }
}

impl Drop for MarketTap {
    fn drop(&mut self) {
        self.lane.remove_reader(self.reader);
    }
}
