//! Adapters: the paper venue, the synthetic market, recordings, the driver, and what every one must do.

mod conformance;
mod driver;
mod kit;
mod paper;
mod replay;
mod sim;
