//! Adapters: the paper venue, the synthetic market, recordings, the driver, and what every one must do.

mod kit;
mod paper;
