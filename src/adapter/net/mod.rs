//! The network side every venue shares: sockets with limits on time and size.
//!
//! Knows no venue. Whatever waits here waits no longer than it was told to.

pub mod http;
pub mod ws;
