//! Adapters against local servers and captured messages.

mod kraken;
mod kraken_decode;
mod kraken_server;
mod kraken_session;
