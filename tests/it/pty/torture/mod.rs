//! Torture: the real binary trades through its real ticket while everything around it fails.
//!
//! Each round opens the desk in a pseudo-terminal on books that live on, trades by
//! keys, throws one fault at a moment of chance and then asks an independent
//! reader: nothing lost, nothing twice, nothing silently otherwise, no broken words
//! on the screen, the terminal given back wherever the process could still act.
//! `tests/torture` runs thousands of rounds; the test here runs a few.

mod books;
mod chance;
mod damage;
mod disk;
mod fault;
mod hand;
mod rounds;
mod seen;

use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::path::PathBuf;

use tempfile::TempDir;

use chance::Chance;
use disk::{Disk, Medium};
use fault::Fault;
use seen::Seen;

/// Rounds on the same books at most: then a new life begins on another medium.
const LIFE: u64 = 125;

/// What to run, from the environment for the long form.
struct Plan {
    program: PathBuf,
    seed: u64,
    rounds: u64,
    life: u64,
    only: Option<Fault>,
    /// The first round; what it does is the same whether or not those before it were run.
    from: u64,
}

struct Torture {
    program: PathBuf,
    seed: u64,
    chance: Chance,
    disk: Disk,
    seen: Seen,
    /// The books as they were some rounds ago.
    older: Option<TempDir>,
    /// What was done in this round.
    story: Vec<String>,
    tally: BTreeMap<String, u64>,
}

impl Torture {
    fn new(plan: &Plan, medium: Medium) -> Self {
        Self {
            program: plan.program.clone(),
            seed: plan.seed,
            chance: Chance::of(plan.seed, 0),
            disk: Disk::new(medium),
            seen: Seen::default(),
            older: None,
            story: Vec::new(),
            tally: BTreeMap::new(),
        }
    }

    fn say(&mut self, what: impl Into<String>) {
        self.story.push(what.into());
    }

    fn count(&mut self, what: impl Into<String>) {
        *self.tally.entry(what.into()).or_default() += 1;
    }

    /// Runs one round; on a failure tells the story and keeps the books.
    fn round(&mut self, round: u64, only: Option<Fault>) {
        self.chance = Chance::of(self.seed, round);
        self.story.clear();
        let picked = Fault::pick(self.disk.medium, &mut self.chance);
        let fault = only
            .filter(|only| only.possible(self.disk.medium))
            .unwrap_or(picked);
        self.count(format!("{fault:?}"));
        let outcome = catch_unwind(AssertUnwindSafe(|| self.throw(fault)));
        if let Err(failure) = outcome {
            eprintln!(
                "\nround {round} of seed {} failed on {:?}, {fault:?}:",
                self.seed, self.disk.medium
            );
            for line in &self.story {
                eprintln!("  {line}");
            }
            eprintln!("the books are kept in {}", self.disk.keep().display());
            resume_unwind(failure);
        }
    }
}

/// Runs a plan and returns what was thrown and found, counted.
fn run(plan: &Plan) -> BTreeMap<String, u64> {
    let mut tally = BTreeMap::new();
    let media = [Medium::Memory, Medium::Device];
    let last = plan.from + plan.rounds;
    for (life, from) in (plan.from..last)
        .step_by(usize::try_from(plan.life).unwrap())
        .enumerate()
    {
        let mut torture = Torture::new(plan, media[life % media.len()]);
        let most = last.min(from + plan.life);
        for round in from..most {
            torture.round(round, plan.only);
            if (round + 1 - from) % 25 == 0 {
                eprintln!("round {round} held");
            }
        }
        let medium = torture.disk.medium;
        eprintln!(
            "rounds {from} to {}: {medium:?}, {} tickets, {:?}",
            most - 1,
            torture.seen.sent,
            torture.tally
        );
        for (what, count) in torture.tally {
            *tally.entry(what).or_default() += count;
        }
    }
    tally
}

fn environment(name: &str) -> Option<String> {
    std::env::var(format!("DESK_TORTURE_{name}")).ok()
}

/// The long form when it is asked for: see `tests/torture`.
#[test]
fn whatever_is_done_to_it_the_books_hold() {
    let number = |name, usual| environment(name).map_or(usual, |text| text.parse().unwrap());
    let rounds = number("ROUNDS", 24);
    let program = environment("BIN").unwrap_or_else(|| env!("CARGO_BIN_EXE_desk").to_owned());
    let plan = Plan {
        program: program.into(),
        seed: number("SEED", 1),
        rounds,
        life: LIFE.min(rounds.div_ceil(2)),
        only: environment("FAULT").map(|name| Fault::named(&name)),
        from: number("FROM", 1),
    };
    let tally = run(&plan);
    eprintln!("{rounds} rounds of seed {} held:", plan.seed);
    for (what, count) in tally {
        eprintln!("{count:>7}  {what}");
    }
}
