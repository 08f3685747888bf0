//! Adapters against local servers and captured messages.

mod kraken;
mod kraken_decode;
mod kraken_server;
mod kraken_session;
//! Adapters: the paper venue, the synthetic market, recordings, the driver, and what every one must do.

mod kit;
mod paper;
