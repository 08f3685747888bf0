//! A day that failed, made short: what can be taken away while the same law still breaks is taken away.
//!
//! A day is its seed and a [`Plan`]. Rounds go first, then symbols, then whole
//! concerns, then halves, quarters and single incidents of what chance brought about.
//! Every try lives the day again, so what is left replays exactly.

use mts1b_desk::domain::Symbol;

use super::day::{Broken, OwnLaw, Plan, live};
use super::dice::Incident;
use super::failure::Failure;
use super::pit::Pit;

/// Days lived at most to shorten one.
const TRIES_MOST: u32 = 1_500;

/// The shortest day found.
#[derive(Debug)]
pub struct Shrunk {
    pub plan: Plan,
    pub failure: Failure,
    /// What chance still brings about on it.
    pub met: Vec<Incident>,
    /// How much it brought about on the whole day.
    pub of: usize,
}

impl std::fmt::Display for Shrunk {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let (left, of) = (self.met.len(), self.of);
        let without: Vec<_> = self.plan.without.iter().map(Symbol::as_str).collect();
        write!(f, "{}", self.failure)?;
        writeln!(
            f,
            "made short: {left} of {of} incidents, without [{}]",
            without.join(" ")
        )
    }
}

/// Lives the day of a seed and shortens it if it fails, by the laws of all days and one's own.
pub fn shrink(seed: u64, law: Option<OwnLaw>) -> Option<Shrunk> {
    let plan = Plan {
        law,
        ..Plan::default()
    };
    let broken = live(seed, &plan, true).err()?;
    let mut search = Search {
        seed,
        kind: broken.failure.kind(),
        plan,
        best: *broken,
        tries: 0,
    };
    let of = search.best.met.len();
    search.rounds();
    search.symbols();
    search.concerns();
    search.incidents();
    Some(Shrunk {
        plan: search.plan,
        failure: search.best.failure,
        met: search.best.met,
        of,
    })
}

struct Search {
    seed: u64,
    kind: String,
    plan: Plan,
    best: Broken,
    tries: u32,
}

impl Search {
    /// Lives the day as planned; takes the plan over when the same law breaks and less happens.
    fn attempt(&mut self, plan: Plan) -> bool {
        if self.tries == TRIES_MOST {
            return false;
        }
        self.tries += 1;
        let Err(broken) = live(self.seed, &plan, true) else {
            return false;
        };
        let same = broken.failure.kind() == self.kind;
        let shorter = broken.met.len() < self.best.met.len();
        if same && shorter {
            (self.plan, self.best) = (plan, *broken);
        }
        same && shorter
    }

    fn rounds(&mut self) {
        let mut step = self.best.failure.round;
        while step > 0 {
            let rounds = self.plan.rounds.unwrap_or(self.best.failure.round);
            let plan = Plan {
                rounds: Some(rounds.saturating_sub(step)),
                ..self.plan.clone()
            };
            if rounds < step || !self.attempt(plan) {
                step /= 2;
            }
        }
    }

    fn symbols(&mut self) {
        for symbol in Pit::symbols() {
            let mut plan = self.plan.clone();
            plan.without.push(symbol);
            self.attempt(plan);
        }
    }

    fn concerns(&mut self) {
        let mut concerns: Vec<_> = self.best.met.iter().map(|met| met.concern).collect();
        concerns.sort_unstable();
        concerns.dedup();
        for concern in concerns {
            let of = self.best.met.iter().filter(|met| met.concern == concern);
            let off = of.copied().collect();
            self.without(off);
        }
    }

    fn incidents(&mut self) {
        let mut size = self.best.met.len().div_ceil(2);
        while size > 0 && self.tries < TRIES_MOST {
            // From the end: what came late is less often the cause.
            let mut end = self.best.met.len();
            let mut gone = false;
            while end > 0 {
                end = end.min(self.best.met.len());
                let start = end.saturating_sub(size);
                gone |= self.without(self.best.met[start..end].to_vec());
                end = start;
            }
            if size > 1 {
                size = size.div_ceil(2);
            } else if !gone {
                size = 0;
            }
        }
    }

    fn without(&mut self, incidents: Vec<Incident>) -> bool {
        let mut plan = self.plan.clone();
        plan.averted.extend(incidents);
        self.attempt(plan)
    }
}
