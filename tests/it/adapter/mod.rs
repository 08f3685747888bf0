//! Adapters: the paper venue, the synthetic market, recordings, Kraken, the driver, and what every one must do.

mod conformance;
mod driver;
mod kit;
mod kraken;
mod kraken_decode;
mod kraken_server;
mod kraken_session;
mod paper;
mod replay;
mod sim;
