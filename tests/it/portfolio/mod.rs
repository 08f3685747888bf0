//! What to hold: covariances, and weights out of returns.

mod allocator;
mod covariance;
mod golden;
