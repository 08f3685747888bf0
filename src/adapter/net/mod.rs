//! The network side every venue shares: sockets with limits on time and size.
//!
//! Knows no venue. Whatever waits here waits no longer than it was told to.

pub mod http;
pub mod ws;

/// Chooses one provider of TLS for the process: rustls cannot meet two and give up. A further call changes nothing.
pub(in crate::adapter) fn choose_tls() {
    let _ = rustls::crypto::ring::default_provider().install_default();
}
