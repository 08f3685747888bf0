//! The owner of all state: one message in, facts and effects out.
//!
//! [`State`] changes in `step` and nowhere else, and only by applying facts (or
//! market data, which is derived and never journaled). Synchronous, no I/O, no
//! clock: time and ids come in as data, so a journal replays to the same state on
//! any machine.

mod correct;
mod envelope;
mod exit;
mod flood;
mod flow;
mod halt;
mod judged;
mod kept;
mod nav;
mod place;
mod replace;
mod replay;
mod reread;
mod resume;
mod risk;
mod snapshot;
mod state;
mod step;
mod sweep;
mod timing;
mod value;
mod waiting;
mod words;

pub use kept::{Kept, Written};
pub use replay::{Disagreement, Replay};
pub use snapshot::{DeskInfo, LoopStats, Notice, NoticeKind, Snapshot};
pub use state::State;
pub use step::{Entry, Out, What};
pub use timing::Timings;
