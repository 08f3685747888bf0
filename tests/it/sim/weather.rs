//! What kind of day it is: how often each thing goes wrong, drawn once per seed.
//!
//! Most days are calm in most respects; a few are bad in several at once. Chances
//! are in a thousand of the occasions.

use super::dice::Dice;

/// Fills the program reads again: more than a day has, so that all of them are.
const REREAD: usize = 1024;

/// One day's chances.
#[derive(Debug, Clone, Default)]
pub struct Weather {
    /// A request never reaches the venue.
    pub lost_request: u64,
    /// A request reaches the venue and its answer never comes back.
    pub lost_answer: u64,
    /// A call without an answer is not even reported as unknown.
    pub silent: u64,
    /// A request or an answer is slow, up to far beyond its deadline.
    pub late: u64,
    /// An answer that came after its deadline is reported all the same.
    pub stale_answer: u64,
    /// A report or a request comes twice, the second time whenever it likes.
    pub doubled: u64,
    /// A report of the stream is overtaken by those behind it.
    pub reordered: u64,
    /// A report comes besides in a wrong copy, with one field broken.
    pub garbled: u64,
    /// A fill comes only in a wrong copy; the right one is heard when the stream is read again.
    pub garbled_only: u64,
    /// The stream of fills breaks; what was on it is lost with it.
    pub cut: u64,
    /// The stream breaks at the very moment a placement reaches the venue, just before or just after.
    pub cut_at_place: u64,
    /// The venue starts again and has lost some of the orders it works.
    pub venue_restart: u64,
    /// Somebody else trades in the account: an order, and perhaps fills, of which the desk knows nothing.
    pub stranger: u64,
    /// The machine's wall clock is set forward or back.
    pub clock_step: u64,
    /// The desk is killed between two rounds.
    pub crash: u64,
    /// A session of the desk has a fault of its journal ahead of it.
    pub journal_fault: u64,
    /// A session of the desk is killed while it releases effects.
    pub crash_in_release: u64,
    /// A quote is crossed, empty, wide or absurd.
    pub bad_quote: u64,
    /// A symbol's quotes stop for a while, at the desk, the venue or both.
    pub stall: u64,
    /// The desk does not get to run this round.
    pub slow_desk: u64,
    /// The trader sends a ticket in a round.
    pub trade: u64,
    /// The trader sends the same ticket again.
    pub resend: u64,
    /// The trader cancels something in a round.
    pub cancel: u64,
    /// The trader changes a working order in a round.
    pub change: u64,
    /// A program sends orders by the hundred in a round.
    pub runaway: u64,
    /// Somebody halts or resumes in a round.
    pub halt: u64,
    /// The venue keeps nothing of its own over a crash and is rebuilt from the desk's journal.
    pub paper: bool,
    /// Rounds.
    pub rounds: u64,
    /// Every price moves by up to a quarter at once.
    pub jump: u64,
    /// Somebody sets other limits in a round.
    pub limits: u64,
    /// Money comes in or leaves in a round.
    pub flow: u64,
    /// Somebody accepts a correction of the books in a round, where one is proposed.
    pub correct: u64,
    /// Somebody closes everything in a round, where a halt stands.
    pub flatten: u64,
    /// Which gates ask outside: none, the model, a registered one too, a person on top.
    pub asks: u64,
    /// Fills read again when the stream begins anew.
    pub reread: usize,
}

impl Weather {
    pub fn of(dice: &mut Dice) -> Self {
        let mut rate = |rates: &[u64]| dice.pick(rates);
        Self {
            lost_request: rate(&[0, 0, 20, 200]),
            lost_answer: rate(&[0, 0, 50, 300]),
            silent: rate(&[0, 100, 500]),
            late: rate(&[0, 50, 300]),
            stale_answer: rate(&[0, 0, 500]),
            doubled: rate(&[0, 0, 100, 300]),
            reordered: rate(&[0, 0, 100, 400]),
            garbled: rate(&[0, 0, 50, 300]),
            garbled_only: rate(&[0, 0, 0, 50]),
            cut: rate(&[0, 0, 10, 50]),
            cut_at_place: rate(&[0, 0, 50, 300]),
            venue_restart: rate(&[0, 5, 20]),
            stranger: rate(&[0, 0, 5, 20]),
            clock_step: rate(&[0, 0, 10, 50]),
            crash: rate(&[0, 5, 20]),
            journal_fault: rate(&[0, 300, 800]),
            crash_in_release: rate(&[0, 300, 800]),
            bad_quote: rate(&[0, 20, 100]),
            stall: rate(&[0, 5, 20]),
            slow_desk: rate(&[0, 100, 400]),
            trade: rate(&[200, 500, 900]),
            resend: rate(&[0, 100, 300]),
            cancel: rate(&[20, 100, 300]),
            change: rate(&[0, 50, 300]),
            runaway: rate(&[0, 0, 20]),
            halt: rate(&[0, 5, 20]),
            paper: rate(&[0, 0, 0, 1]) == 1,
            rounds: rate(&[60, 100, 160]),
            jump: rate(&[0, 0, 10, 30]),
            limits: rate(&[0, 10, 50]),
            flow: rate(&[0, 10, 50]),
            flatten: rate(&[0, 10, 50]),
            correct: rate(&[0, 100, 500]),
            asks: rate(&[0, 0, 0, 1, 2, 3]),
            reread: dice.pick(&[0, 1, 4, REREAD]),
        }
        .fitting()
    }

    /// A venue without a memory of its own lives inside the desk: nothing is overtaken, lost or traded besides there.
    fn fitting(mut self) -> Self {
        if !self.paper {
            // Only what comes in order and as it is can be read on from a place so near.
            if self.reordered + self.garbled + self.garbled_only > 0 {
                self.reread = REREAD;
            }
            return self;
        }
        Self {
            reordered: 0,
            garbled: 0,
            garbled_only: 0,
            venue_restart: 0,
            stranger: 0,
            ..self
        }
    }

    /// The same day once every fault is over.
    pub fn calmed(&self) -> Self {
        Self {
            lost_request: 0,
            lost_answer: 0,
            silent: 0,
            late: 0,
            stale_answer: 0,
            doubled: 0,
            reordered: 0,
            garbled: 0,
            garbled_only: 0,
            cut: 0,
            cut_at_place: 0,
            venue_restart: 0,
            stranger: 0,
            clock_step: 0,
            crash: 0,
            journal_fault: 0,
            crash_in_release: 0,
            bad_quote: 0,
            stall: 0,
            slow_desk: 0,
            trade: 0,
            resend: 0,
            cancel: 0,
            change: 0,
            runaway: 0,
            halt: 0,
            jump: 0,
            limits: 0,
            flow: 0,
            flatten: 0,
            correct: 0,
            ..self.clone()
        }
    }
}
