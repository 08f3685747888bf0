//! Adapters: the only code that talks to venues.
//!
//! Each venue is a folder that turns its bytes into events and our orders into
//! its bytes; what leaves a folder is spoken in `domain` and `event` alone. May
//! see `base`, `domain`, `protocol`, `event` and `bus`; must not see the engine.

pub mod conformance;
pub mod cro;
pub mod decode;
pub mod driver;
pub mod gates;
pub mod kraken;
pub mod nats;
pub mod net;
pub mod paper;
pub mod pump;
pub mod replay;
pub mod sim;
