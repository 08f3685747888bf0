//! A durable lane: first in, first out, bounded, nothing ever dropped.
//!
//! Its full case is the sender's choice of call: [`LaneIn::offer`] refuses at
//! once, [`LaneIn::put`] waits for room. Part of the room may be kept for
//! messages that must get in.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};

use tokio::sync::mpsc::error::TrySendError;
use tokio::sync::mpsc::{Receiver, Sender, channel};

use crate::bus::Arrival;
use crate::event::Lane;

/// Why a lane did not take a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    /// The engine has not kept up.
    #[error("not taken: {bound} messages already wait in the {lane:?} lane; try again")]
    Full {
        /// Which lane.
        lane: Lane,
        /// How many it holds.
        bound: usize,
    },
    /// The engine is gone.
    #[error("not taken: the engine has stopped")]
    Closed,
}

/// The engine is gone; nobody will take the message.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not taken: the engine has stopped")]
pub struct Closed;

/// How full a lane is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LaneDepth {
    /// Messages waiting.
    pub depth: usize,
    /// The most it holds.
    pub bound: usize,
    /// The most that ever waited.
    pub high_water: usize,
}

/// Makes a lane of `bound` messages and `kept` more for those that must get in.
pub(crate) fn lane(lane: Lane, bound: usize, kept: usize) -> (LaneIn, LaneOut) {
    let bound = bound.max(1);
    let (sender, receiver) = channel(bound + kept);
    let lane_in = LaneIn {
        lane,
        bound,
        sender,
        offering: Mutex::new(()),
        high_water: AtomicUsize::new(0),
    };
    (lane_in, LaneOut { receiver })
}

/// Where messages go in.
#[derive(Debug)]
pub(crate) struct LaneIn {
    lane: Lane,
    bound: usize,
    sender: Sender<Arrival>,
    /// Held while room is looked for and taken, so that two senders cannot both take the last.
    offering: Mutex<()>,
    high_water: AtomicUsize,
}

impl LaneIn {
    /// Puts a message in, or refuses at once; so much of the room that is kept is left free.
    pub(crate) fn offer(&self, arrival: Arrival, leave: usize) -> Result<(), Refused> {
        let full = Refused::Full {
            lane: self.lane,
            bound: self.bound,
        };
        if self.sender.is_closed() {
            return Err(Refused::Closed);
        }
        let offering = self.offering.lock().unwrap_or_else(PoisonError::into_inner);
        if self.sender.capacity() <= leave {
            return Err(full);
        }
        self.sender.try_send(arrival).map_err(|error| match error {
            TrySendError::Full(_) => full,
            TrySendError::Closed(_) => Refused::Closed,
        })?;
        self.mark();
        drop(offering);
        Ok(())
    }

    /// Puts a message in, waiting for room.
    pub(crate) async fn put(&self, arrival: Arrival) -> Result<(), Closed> {
        self.sender.send(arrival).await.map_err(|_| Closed)?;
        self.mark();
        Ok(())
    }

    fn waiting(&self) -> usize {
        self.sender
            .max_capacity()
            .saturating_sub(self.sender.capacity())
    }

    fn mark(&self) {
        self.high_water.fetch_max(self.waiting(), Ordering::Relaxed);
    }

    /// Returns how full the lane is.
    pub(crate) fn depth(&self) -> LaneDepth {
        LaneDepth {
            depth: self.waiting(),
            bound: self.bound,
            high_water: self.high_water.load(Ordering::Relaxed),
        }
    }
}

/// Where messages come out.
#[derive(Debug)]
pub(crate) struct LaneOut {
    receiver: Receiver<Arrival>,
}

impl LaneOut {
    /// Takes the oldest message.
    pub(crate) fn take(&mut self) -> Option<Arrival> {
        self.receiver.try_recv().ok()
    }

    /// Returns true when nothing waits.
    pub(crate) fn is_empty(&self) -> bool {
        self.receiver.is_empty()
    }
}
