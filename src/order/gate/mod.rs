//! May it go? Seven gates in the documented order, each a pure function in its own file.
//!
//! [`check`] stops at the first refusal and mints the only [`Approved`];
//! [`preview`] asks them all and approves nothing; [`max_size`] and [`fixes`] search
//! with the same gates. A gate sees a [`GateInput`] and never the whole state. A
//! fact that is missing or stale refuses whatever would open risk: unknown is not
//! pass. Gates that ask outside come last ([`asked`](within)), after every pure one. What only
//! reduces a position ([`GateInput::reduces`]) passes
//! position_risk, drawdown_halt and the age of the quote.

mod asked;
mod cancel;
mod chain;
mod cro_veto;
mod custom;
mod drawdown_halt;
mod finding;
mod fix;
mod idempotency;
mod input;
mod limits;
mod max;
mod position_risk;
mod schema;
mod short_side;
mod statics;
mod words;

pub use asked::{decided, overdue, weigh, within};
pub use chain::{Approved, check, preview, refusal, walk};
pub use custom::{Gates, Own};
pub use fix::{Change, Fix, fixes};
pub use idempotency::KEY_WINDOW;
pub use input::GateInput;
pub use limits::Limits;
pub use max::{MaxSize, max_size};
