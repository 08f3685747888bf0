//! What to hold: panels, factors, sizers, allocators, sleeves and targets, each feature through one table of cases,
//! and against what other libraries say on the same numbers.

mod allocator;
mod black_litterman;
mod covariance;
mod golden;
mod markowitz;
mod shares;
