//! Facts of risk as they change the state, and what the person is told of them.

use std::sync::Arc;

use crate::engine::NoticeKind;
use crate::engine::state::State;
use crate::event::{ExitWhy, RiskFact};

impl State {
    pub(super) fn apply_risk(&mut self, fact: &RiskFact) {
        Arc::make_mut(&mut self.risk).apply(fact);
        match fact {
            RiskFact::EnvelopeSet(_) | RiskFact::EnvelopeEdited { .. } => self.note_envelope(),
            RiskFact::Flooded {
                refused,
                at,
                newest,
                ..
            } => {
                let text = format!(
                    "{refused} commands refused and not recorded one by one; the newest: {newest}"
                );
                self.notice(*at, NoticeKind::Alarm, text);
            }
            RiskFact::Halted { request, .. } => {
                let text = format!(
                    "{} halted: {} ({})",
                    request.target, request.reason, request.actor
                );
                self.notice(request.requested_at, NoticeKind::Alarm, text);
            }
            RiskFact::ExitDecided {
                symbol, why, at, ..
            } => {
                let text = match why {
                    ExitWhy::Stop { level, .. } => {
                        format!("{symbol} reached its stop at {level}: the position is closed")
                    }
                    ExitWhy::Flatten { by, reason } => {
                        format!("{symbol} is closed, by {by}: {reason}")
                    }
                };
                self.notice(*at, NoticeKind::Alarm, text);
            }
            RiskFact::ExitHeldUp { symbol, why, at } => {
                let text = format!("the exit of {symbol} waits: {why}");
                self.notice(*at, NoticeKind::Alarm, text);
            }
            RiskFact::RatesSet(_)
            | RiskFact::GatesSet(_)
            | RiskFact::AsksSet(_)
            | RiskFact::ExitEnded { .. }
            | RiskFact::Swept { .. } => {}
            RiskFact::ResumeAgreed {
                status,
                by,
                reason,
                at,
                ..
            } => {
                let text = format!(
                    "{by} agrees to lift the halt of {}: {reason}; a second name is needed",
                    status.target
                );
                self.notice(*at, NoticeKind::Info, text);
            }
            RiskFact::Resumed {
                status,
                reason,
                at,
                loss,
                nav_usd,
            } => {
                if let (Some(period), Some(nav_usd)) = (loss, nav_usd) {
                    self.measure_anew(*period, *at, *nav_usd);
                }
                let by = status.resumed_by.as_deref().unwrap_or("nobody named");
                self.notice(
                    *at,
                    NoticeKind::Info,
                    format!("{} resumed by {by}: {reason}", status.target),
                );
            }
        }
    }
}
