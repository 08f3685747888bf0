//! What a fact of an order's life says to the person at the screen: when, how urgent, in words.
//!
//! Which order it is about is put before the words by whoever shows them. A fact that
//! the panes show anyway says nothing.

use std::time::Duration;

use crate::domain::{GateName, Timestamp};
use crate::engine::snapshot::NoticeKind;
use crate::event::{OrderFact, Outcome, human_veto};

/// Returns what is to be said; none where nothing is.
pub(super) fn of_order(fact: &OrderFact) -> Option<(Timestamp, NoticeKind, String)> {
    let (at, kind, text) = match fact {
        OrderFact::Created(_)
        | OrderFact::Judged { .. }
        | OrderFact::Submitted { .. }
        | OrderFact::CancelRequested { .. }
        | OrderFact::ReplaceRequested { .. }
        | OrderFact::Settled { .. }
        | OrderFact::Accepted { .. } => return None,
        OrderFact::Asked {
            gate, until, at, ..
        } => {
            let (kind, text) = asked(gate, until.since(*at));
            (at, kind, text)
        }
        OrderFact::Answered { verdict, at, .. } => {
            // What passes and what refuses is said when the order leaves or ends.
            if verdict.outcome != Outcome::Unanswered {
                return None;
            }
            let text = format!("{}: {}", verdict.gate, verdict.reason);
            (at, NoticeKind::Info, text)
        }
        OrderFact::AnswerIgnored { gate, why, at, .. } => {
            let text = format!("an answer of {gate} counts for nothing: {why}");
            (at, NoticeKind::Info, text)
        }
        OrderFact::ReplaceDropped { reason, at, .. } => {
            (at, NoticeKind::Refused, format!("not replaced: {reason}"))
        }
        OrderFact::Rejected { reason, at, .. } => {
            (at, NoticeKind::Refused, format!("refused: {reason}"))
        }
        OrderFact::Unknown { reason, at, .. } => {
            (at, NoticeKind::Alarm, format!("outcome unknown: {reason}"))
        }
        OrderFact::CancelRefused { reason, at, .. } => {
            (at, NoticeKind::Refused, format!("not canceled: {reason}"))
        }
        OrderFact::Canceled { at, .. } => (at, NoticeKind::Done, "canceled".to_owned()),
        OrderFact::Expired { at, .. } => (at, NoticeKind::Info, "expired".to_owned()),
        OrderFact::CommandRefused { what, reason, at } => {
            (at, NoticeKind::Refused, format!("{what} refused: {reason}"))
        }
    };
    Some((*at, kind, text))
}

/// Says whom an order waits for; a person must hear of it.
fn asked(gate: &GateName, within: Duration) -> (NoticeKind, String) {
    if *gate == human_veto() {
        let left = within.as_secs();
        let words = format!("waits for a person: pass or veto it within {left} s");
        (NoticeKind::Alarm, words)
    } else {
        (NoticeKind::Info, format!("waits for {gate}"))
    }
}
