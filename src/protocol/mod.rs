//! The six protocols of the founding document, one file each.
//!
//! Anything that has the members conforms; nothing is inherited. In Rust a
//! protocol is a trait whose streams are [`futures_util::Stream`]s; out of process
//! it is the same shape over JSON-RPC. The MUST rules are in each trait's docs and
//! are what the conformance suite asks. Names `domain` and `event` only.

mod allocator;
mod broker;
mod factor;
mod market_data;
mod params;
mod risk_gate;
mod sizer;

pub use allocator::{Allocation, Allocator, Detail, Known, Returns};
pub use broker::{Broker, BrokerError, Capability, Found};
pub use factor::Factor;
pub use market_data::{FeedError, FeedEvent, MarketData};
pub(crate) use params::nearest_words;
pub use params::{ASOF, Given, ParamSpec, Params, PortfolioError, param};
pub use risk_gate::{GateContext, GateError, RiskGate};
pub use sizer::{Sizer, SizerInput};
