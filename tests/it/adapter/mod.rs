//! Adapters: the paper venue, the synthetic market, recordings, Kraken, the driver, and what every one must do.

mod chat;
mod conformance;
mod cro;
mod driver;
mod gates;
mod kit;
mod kraken;
mod kraken_decode;
mod kraken_server;
mod kraken_session;
mod nats;
mod paper;
mod replay;
mod sim;
