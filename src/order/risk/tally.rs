//! How each gate answered this UTC day: what passed it, what it refused, what it let go without an answer.

use serde::{Deserialize, Serialize};

use crate::domain::GateName;
use crate::event::{Outcome, Verdict};

/// Gates told apart; a further one is not counted.
const GATES_MOST: usize = 64;

/// One gate's answers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tally {
    /// Which gate.
    pub gate: GateName,
    /// Orders it let pass.
    pub passed: u64,
    /// Orders it refused.
    pub refused: u64,
    /// Orders that went on because it gave no answer.
    pub unanswered: u64,
}

/// Counts the answers of one judgement.
pub(super) fn count(tallies: &mut Vec<Tally>, verdicts: &[Verdict]) {
    for verdict in verdicts {
        let at = tallies.iter().position(|tally| tally.gate == verdict.gate);
        let at = at.unwrap_or(tallies.len());
        if at == tallies.len() && at < GATES_MOST {
            tallies.push(Tally {
                gate: verdict.gate.clone(),
                passed: 0,
                refused: 0,
                unanswered: 0,
            });
        }
        let Some(tally) = tallies.get_mut(at) else {
            continue;
        };
        match verdict.outcome {
            Outcome::Pass => tally.passed += 1,
            Outcome::Refuse => tally.refused += 1,
            Outcome::Unanswered => tally.unanswered += 1,
            Outcome::AskedOnSend | Outcome::Off => {}
        }
    }
}
