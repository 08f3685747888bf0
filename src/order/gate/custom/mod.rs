//! The gates an operator adds, asked between short_side and cro_veto in the order of the file.
//!
//! To add one: a variant of [`CustomGate`] with its parameters (`domain/gate.rs`), a
//! file here of its name with a `judge` that says pass or refuse, an arm in each of the
//! two matches below, the reading of its keys (`config/gate.rs`), and a row in the
//! tables of tests. Nothing else names a gate: preview, check, `max`, fixes, the verdict
//! strip and the journal take whatever is registered.
//!
//! A judge is pure: what it may use is in its parameters and in the [`GateInput`]. A fact
//! that is missing refuses what would open risk.

mod near_open;
mod price_collar;
mod restricted_list;
mod self_cross;

use std::sync::Arc;

use crate::domain::{CustomGate, GateName, RejectionCode};
use crate::order::gate::GateInput;
use crate::order::gate::finding::{Finding, Refusal, Say};

pub(super) use near_open::NearOpen;
pub use self_cross::Own;

/// The registered gates, ready to be asked.
#[derive(Debug, Clone, Default)]
pub struct Gates {
    settings: Arc<Vec<CustomGate>>,
    ready: Arc<Vec<Ready>>,
}

/// A gate with whatever is worked out once.
#[derive(Debug)]
enum Ready {
    NearOpen(NearOpen),
    Collar(price_collar::Collar),
    Restricted(restricted_list::Restricted),
    SelfCross(self_cross::SelfCross),
}

impl Gates {
    /// Makes the gates of their settings.
    pub fn of(settings: Vec<CustomGate>) -> Self {
        let ready = settings.iter().map(Ready::of).collect();
        Self {
            settings: Arc::new(settings),
            ready: Arc::new(ready),
        }
    }

    /// Returns what they were made of.
    pub fn settings(&self) -> &[CustomGate] {
        &self.settings
    }

    /// Returns how many there are.
    pub fn count(&self) -> usize {
        self.settings.len()
    }

    /// Asks each in order while `go_on` answers true; returns false when it did not.
    #[inline]
    pub(super) fn ask<'a>(
        &self,
        input: &GateInput<'a>,
        mut go_on: impl FnMut(&GateName, &Finding<'a>) -> bool,
    ) -> bool {
        let mut both = self.settings.iter().zip(self.ready.iter());
        both.all(|(set, gate)| go_on(&set.gate(), &gate.judge(input)))
    }

    /// Returns the gate that asks how long the market has been open, if it is registered.
    pub(super) fn near_open(&self) -> Option<&NearOpen> {
        self.ready.iter().find_map(|gate| match gate {
            Ready::NearOpen(gate) => Some(gate),
            Ready::Collar(_) | Ready::Restricted(_) | Ready::SelfCross(_) => None,
        })
    }

    /// Returns true when a gate looks at the fund's own working orders.
    pub(super) fn look_at_own(&self) -> bool {
        self.ready
            .iter()
            .any(|gate| matches!(gate, Ready::SelfCross(_)))
    }
}

impl Ready {
    fn of(settings: &CustomGate) -> Self {
        match settings {
            CustomGate::NoTradesNearOpen {
                minutes,
                open_minute,
                zone,
                classes,
            } => Self::NearOpen(NearOpen::new(*minutes, zone, *open_minute, classes)),
            CustomGate::PriceCollar { bps } => Self::Collar(price_collar::Collar::new(*bps)),
            CustomGate::RestrictedList { symbols } => {
                Self::Restricted(restricted_list::Restricted::new(symbols))
            }
            CustomGate::SelfCross { reach_bps, exits } => {
                Self::SelfCross(self_cross::SelfCross::new(*reach_bps, *exits))
            }
        }
    }

    fn judge<'a>(&self, input: &GateInput<'a>) -> Finding<'a> {
        match self {
            Self::NearOpen(gate) => gate.judge(input),
            Self::Collar(gate) => gate.judge(input),
            Self::Restricted(gate) => gate.judge(input),
            Self::SelfCross(gate) => gate.judge(input),
        }
    }
}

/// Makes a refusal under the code of a registered gate.
fn refusal<'a>(name: &'static str, say: Say<'a>) -> Box<Refusal<'a>> {
    let name = smol_str::SmolStr::new_static(name);
    Refusal::new(RejectionCode::Custom(name), say)
}
