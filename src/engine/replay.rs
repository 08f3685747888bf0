//! Rebuilding the state from facts, and judging again what was judged.

use crate::domain::{OrderId, Timestamp};
use crate::engine::state::State;
use crate::event::{AccountFact, Fact, OrderFact, Seen, Verdict};

/// A judgement that did not come out as recorded, or a hash that differs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Disagreement {
    /// Where in the journal.
    pub seq: u64,
    /// What was recorded and what came out now, in words.
    pub what: String,
}

/// Replays facts one by one.
#[derive(Debug)]
pub struct Replay {
    state: State,
    rejudge: bool,
    judged: u64,
    closings: u64,
    disagreements: Vec<Disagreement>,
}

impl Replay {
    /// Starts a replay over an empty state; with `rejudge` every verdict is worked out again.
    pub fn new(state: State, rejudge: bool) -> Self {
        Self {
            state,
            rejudge,
            judged: 0,
            closings: 0,
            disagreements: Vec::new(),
        }
    }

    /// Takes in one fact of the journal.
    pub fn fact(&mut self, seq: u64, fact: &Fact) {
        match fact {
            Fact::Order(OrderFact::Judged {
                order_id,
                verdicts,
                seen,
                at,
                ..
            }) if self.rejudge => self.compare(seq, order_id, *at, (verdicts, seen)),
            Fact::Order(OrderFact::Asked {
                order_id,
                verdicts,
                seen,
                at,
                ..
            }) if self.rejudge => self.compare(seq, order_id, Some(*at), (verdicts, seen)),
            Fact::Order(OrderFact::ReplaceRequested {
                order_id,
                ticket,
                verdicts,
                seen,
                at,
            }) if self.rejudge => {
                let books = self.state.books();
                let again = self
                    .state
                    .orders()
                    .get(order_id)
                    .map(|record| books.rejudge_change(ticket, record, *at, seen));
                self.judged += 1;
                if again.as_ref() != Some(verdicts) {
                    let what =
                        format!("change of order {order_id}: recorded {verdicts:?}, now {again:?}");
                    self.disagreements.push(Disagreement { seq, what });
                }
            }
            Fact::Account(AccountFact::Closed { hash, .. }) => {
                // The hash was taken before its own fact was applied.
                let now = self.state.hash();
                self.closings += 1;
                if now != *hash {
                    let what =
                        format!("state hash at the end of a session: recorded {hash}, now {now}");
                    self.disagreements.push(Disagreement { seq, what });
                }
            }
            Fact::Order(_) | Fact::Account(_) | Fact::Risk(_) | Fact::Link(_) => {}
        }
        self.state.apply(seq, fact);
    }

    /// Judges an order as it was judged, and notes when it does not come out as recorded.
    fn compare(
        &mut self,
        seq: u64,
        order_id: &OrderId,
        at: Option<Timestamp>,
        (verdicts, seen): (&Vec<Verdict>, &Seen),
    ) {
        let record = self.state.orders().get(order_id);
        let now = at.or_else(|| record.map(|record| record.order.created_at));
        let again = now.and_then(|now| self.again(order_id, now, seen));
        self.judged += 1;
        if again.as_ref() != Some(verdicts) {
            let what = format!("order {order_id}: recorded {verdicts:?}, now {again:?}");
            self.disagreements.push(Disagreement { seq, what });
        }
    }

    fn again(&self, order_id: &OrderId, now: Timestamp, seen: &Seen) -> Option<Vec<Verdict>> {
        let record = self.state.orders().get(order_id)?;
        let (verdicts, _) = self.state.books().rejudge(&record.order, now, seen);
        Some(verdicts)
    }

    /// Takes in a quote that a fact carried.
    pub fn mark(&mut self, event: &crate::event::MarketEvent) {
        self.state.market(event);
    }

    /// Notes an input of the journal.
    pub fn input(&mut self, seq: u64) {
        self.state.pass(seq);
    }

    /// Returns how many verdicts were worked out again and how many session hashes were compared.
    pub fn compared(&self) -> (u64, u64) {
        (self.judged, self.closings)
    }

    /// Returns what did not agree.
    pub fn disagreements(&self) -> &[Disagreement] {
        &self.disagreements
    }

    /// Returns the state as it stands.
    pub fn state(&self) -> &State {
        &self.state
    }

    /// Gives up the state.
    pub fn into_state(self) -> State {
        self.state
    }
}
