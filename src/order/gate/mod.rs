//! May it go? Seven gates in the documented order, each a small pure struct.
//!
//! [`chain::check`] stops at the first refusal and mints the only
//! [`Approved`]; [`chain::preview`] asks them all and approves nothing. A gate sees
//! a [`GateInput`] and never the whole state. A fact that is missing or stale
//! refuses whatever would open risk: unknown is not pass.

mod chain;
mod input;
mod limits;

pub use chain::{Approved, check, preview};
pub use input::GateInput;
pub use limits::Limits;
