//! Gate 7: the chief-risk-officer model.
//!
//! It is asked outside, so a preview only says that it will be. It fails open, as
//! documented: where no model can be asked, or none answers so that it can be used,
//! the order goes, and the verdict says so. Its veto counts from the envelope's
//! confidence on. An order that only reduces a position is not asked about: seconds
//! of waiting would stand in the way of an exit.

use std::time::Duration;

use crate::domain::{GateName, RejectionCode, RiskEnvelope};
use crate::event::{Outcome, Said, Verdict};
use crate::order::gate::GateInput;
use crate::order::gate::asked::{clipped, verdict};
use crate::order::gate::finding::Pass;

/// The longest a model is waited for, whatever an envelope says.
const MOST: Duration = Duration::from_mins(1);

/// Says whether the model is asked: what stands in its place before it answered.
#[inline]
pub(super) fn unanswered(input: &GateInput<'_>) -> Pass {
    if !input.envelope.cro_veto_enabled {
        return Pass::other(Outcome::Off, "switched off");
    }
    if input.reduces() {
        return Pass::new("only reduces: not asked");
    }
    if !input.asks.model {
        return Pass::other(Outcome::Unanswered, "no model to ask: passes unasked");
    }
    Pass::other(Outcome::AskedOnSend, "the model is asked on sending")
}

/// Returns how long an envelope waits for the model.
pub(super) fn within(envelope: &RiskEnvelope) -> Duration {
    Duration::try_from_secs_f64(envelope.cro_veto_timeout_s)
        .unwrap_or(Duration::ZERO)
        .min(MOST)
}

/// Puts what the model said in a verdict.
pub(super) fn weigh(said: &Said, took_ms: u64, envelope: &RiskEnvelope) -> Verdict {
    let gate = GateName::CroVeto;
    let threshold = envelope.cro_veto_confidence_threshold;
    match said {
        Said::Opinion {
            veto: true,
            confidence,
            reason,
        } if *confidence >= threshold => Verdict {
            code: Some(RejectionCode::CroVeto),
            ..verdict(
                gate,
                Outcome::Refuse,
                format!(
                    "vetoed at {confidence} in {took_ms} ms: {}",
                    clipped(reason)
                ),
            )
        },
        Said::Opinion {
            veto,
            confidence,
            reason,
        } => {
            let says = if *veto {
                format!("veto at {confidence} is below {threshold}")
            } else {
                format!("no veto, sure by {confidence}")
            };
            let words = format!("{says}, in {took_ms} ms: {}", clipped(reason));
            verdict(gate, Outcome::Pass, words)
        }
        Said::Nothing { why } => {
            let words = format!("passes unanswered after {took_ms} ms: {}", clipped(why));
            verdict(gate, Outcome::Unanswered, words)
        }
        // A model has opinions; a plain word is no answer it may give.
        Said::Pass | Said::Refuse => {
            let words = format!("passes unanswered after {took_ms} ms: not an opinion");
            verdict(gate, Outcome::Unanswered, words)
        }
    }
}
