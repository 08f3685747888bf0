//! Ground floor: small mechanisms that know nothing of finance.
//!
//! Owns the clock seam, the id source, the bounded ring, the fast hash, the map in
//! shards, the list in pages, the histogram of durations, the arithmetic of backoff,
//! bounded reading and the making of private files. Uses `std` and the system's random source only. Must not name any other
//! module of the crate.

mod backoff;
pub mod bounded;
mod clock;
mod hash;
mod ids;
mod pages;
pub mod private;
mod ring;
mod shards;
mod spread;

pub use backoff::Backoff;
pub use clock::{Clock, ManualClock, SteadyClock, SystemClock};
pub use hash::{FastHash, FastHasher};
pub use ids::{IdSource, SeededIds, SystemIds};
pub use pages::PageVec;
pub use ring::Ring;
pub use shards::ShardMap;
pub use spread::{Histogram, Spread};
