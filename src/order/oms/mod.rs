//! The life of every order: dedupe, in flight, cancel, expiry, reconciliation.
//!
//! [`Orders`] holds what is known and changes only by facts. Everything else here
//! decides: it looks at what is known and returns the facts and effects that
//! follow, and changes nothing itself. [`submit`] is the only maker of
//! `Effect::Place`; asking again is always [`Effect::Find`](crate::order::effect::Effect)
//! or a cancel, never a second placing.

mod answer;
mod ask;
mod doubt;
mod kept;
mod orders;
mod reconcile;
mod record;
mod replace;
mod report;
mod send;
mod waiting;

pub use ask::{abandon, follow, resume, tick};
pub use kept::KeptOrders;
pub use orders::{LIVE_MOST, Orders};
pub use reconcile::{Ours, Theirs, reconcile};
pub use record::{Flight, OrderRecord};
pub use replace::{Next, Replacement, next, remainder, replaceable};
pub use report::{Around, report};
pub use send::{cancel, cancel_effect, cancel_opening, submit};
pub use waiting::{WAITING_MOST, Waiting};

use ask::find as find_effect;
