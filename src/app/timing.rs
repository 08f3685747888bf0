//! Times the gates at the edge: by asking again about an order that was judged, and by what gates outside took.
//!
//! The engine reads no clock, so its own judgement cannot be timed from within. A
//! time asked again is of the same order over the same books, and approves nothing.

use std::sync::Arc;
use std::time::Duration;

use crate::base::{Clock, Histogram, Spread};
use crate::domain::{GateName, Order, Timestamp};
use crate::engine::Timings;
use crate::order::books::Books;

/// Gates timed; a further one is not.
const GATES_MOST: usize = 64;

/// How long gates took in this session.
#[derive(Debug, Default)]
pub struct GateTimes {
    all: Histogram,
    gates: Vec<(GateName, Histogram)>,
    shown: Arc<Timings>,
}

impl GateTimes {
    /// Asks the gates about an order once more, and returns how long a whole judgement took.
    pub fn ask(
        &mut self,
        books: &Books<'_>,
        order: &Arc<Order>,
        now: Timestamp,
        clock: &dyn Clock,
    ) -> Duration {
        let begun = clock.elapsed();
        let asked = books.judge(order, now);
        let took = clock.elapsed().saturating_sub(begun);
        drop(asked);
        self.all.add(took);
        // What looking at the clock costs is not the gate's.
        let begun = clock.elapsed();
        let own = clock.elapsed().saturating_sub(begun);
        let mut last = begun;
        books.walk_gates(order, now, &mut |gate| {
            let took = clock.elapsed().saturating_sub(last).saturating_sub(own);
            if let Some(gate) = gate {
                self.add(gate, took);
            }
            last = clock.elapsed();
        });
        self.show();
        took
    }

    /// Takes in how long a gate outside took to answer.
    pub fn answered(&mut self, gate: &GateName, took_ms: u64) {
        self.add(gate.clone(), Duration::from_millis(took_ms));
        self.show();
    }

    fn add(&mut self, gate: GateName, took: Duration) {
        if let Some((_, times)) = self.gates.iter_mut().find(|(name, _)| *name == gate) {
            times.add(took);
        } else if self.gates.len() < GATES_MOST {
            let mut times = Histogram::default();
            times.add(took);
            self.gates.push((gate, times));
        }
    }

    fn show(&mut self) {
        let gates = self.gates.iter();
        let spread = |(gate, times): &(GateName, Histogram)| Some((gate.clone(), times.spread()?));
        let gates: Vec<(GateName, Spread)> = gates.filter_map(spread).collect();
        self.shown = Arc::new(Timings {
            all: self.all.spread(),
            gates,
        });
    }

    /// Returns what it comes to.
    pub fn shown(&self) -> Arc<Timings> {
        Arc::clone(&self.shown)
    }
}
