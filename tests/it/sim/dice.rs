//! Chance, all of it from the seed: the same seed throws the same dice.
//!
//! Each concern of a day (market, trader, network, faults) throws its own, and every
//! round throws afresh: a change to one does not shift the others, nor the rounds
//! that follow. What chance brings about is an [`Incident`] with a name, which a
//! [`Fate`] can avert: that is how a day that failed is made shorter.

use std::cell::{Cell, RefCell};
use std::collections::HashSet;
use std::rc::Rc;

/// Something that chance brought about: whose dice, in which round, the how-manieth throw.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Incident {
    pub concern: &'static str,
    pub round: u64,
    pub throw: u32,
}

/// What all dice of a day share: the round, and what does not come about this time.
#[derive(Debug, Clone, Default)]
pub struct Fate(Rc<Told>);

#[derive(Debug, Default)]
struct Told {
    round: Cell<u64>,
    averted: HashSet<Incident>,
    /// What came about, where anybody asks.
    met: Option<RefCell<Vec<Incident>>>,
}

impl Fate {
    /// Averts some incidents; remembers those that came about when `told`.
    pub fn new(averted: HashSet<Incident>, told: bool) -> Self {
        Self(Rc::new(Told {
            round: Cell::new(0),
            averted,
            met: told.then(RefCell::default),
        }))
    }

    /// Begins a round.
    pub fn round(&self, round: u64) {
        self.0.round.set(round);
    }

    /// Returns what came about, in order.
    pub fn met(&self) -> Vec<Incident> {
        self.0
            .met
            .as_ref()
            .map_or_else(Vec::new, |met| met.borrow().clone())
    }

    fn lets(&self, incident: Incident) -> bool {
        if !self.0.averted.is_empty() && self.0.averted.contains(&incident) {
            return false;
        }
        if let Some(met) = &self.0.met {
            met.borrow_mut().push(incident);
        }
        true
    }
}

/// A seeded source of chance.
#[derive(Debug, Clone)]
pub struct Dice {
    seed: u64,
    state: u64,
    /// The next incident, if it comes about.
    next: Incident,
    fate: Fate,
}

/// SplitMix64 (Steele, Lea, Flood 2014).
fn split_mix(state: &mut u64) -> u64 {
    *state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let mut z = *state;
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

impl Dice {
    pub fn new(seed: u64, fate: &Fate) -> Self {
        Self {
            seed,
            state: seed,
            next: Incident {
                concern: "day",
                round: 0,
                throw: 0,
            },
            fate: fate.clone(),
        }
    }

    /// Returns other dice of the same seed, for one concern.
    pub fn fork(&self, concern: &'static str) -> Self {
        let mut seed = self.seed ^ 0x5851_f42d_4c95_7f2d;
        for byte in concern.bytes() {
            seed = split_mix(&mut seed) ^ u64::from(byte);
        }
        Self {
            seed,
            state: seed,
            next: Incident {
                concern,
                ..self.next
            },
            fate: self.fate.clone(),
        }
    }

    fn throw(&mut self) -> u64 {
        let round = self.fate.0.round.get();
        if self.next.round != round {
            self.next.round = round;
            self.next.throw = 0;
            let mut mixed = self.seed ^ round.wrapping_mul(0xd6e8_feb8_6659_fd93);
            self.state = split_mix(&mut mixed);
        }
        self.next.throw += 1;
        split_mix(&mut self.state)
    }

    /// Returns a number below `most`.
    pub fn below(&mut self, most: u64) -> u64 {
        self.throw() % most.max(1)
    }

    /// Returns a number from `least` to `most`.
    pub fn within(&mut self, least: i64, most: i64) -> i64 {
        let width = u64::try_from(most - least + 1).unwrap_or(1);
        least + i64::try_from(self.below(width)).unwrap_or(0)
    }

    /// Returns true in so many cases of a thousand, unless it is averted this time.
    pub fn chance(&mut self, per_mille: u64) -> bool {
        self.below(1000) < per_mille && self.fate.lets(self.next)
    }

    /// Returns one of the items.
    pub fn pick<T: Clone>(&mut self, items: &[T]) -> T {
        let at = self.below(items.len() as u64);
        items[usize::try_from(at).unwrap_or(0)].clone()
    }
}
