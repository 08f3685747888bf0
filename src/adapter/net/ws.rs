//! A WebSocket client connection with limits: on connecting, on sending, on the size of a frame.
//!
//! Owns the choice of TLS (rustls over ring, the public roots). Plain text is
//! allowed to loopback only. Reading has no limit of its own, because how long a
//! venue may be silent is the protocol's affair: callers wrap it in a timeout.

use std::net::IpAddr;
use std::time::Duration;

use futures_util::{SinkExt, StreamExt};
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_tungstenite::tungstenite::http::Uri;
use tokio_tungstenite::tungstenite::protocol::WebSocketConfig;
use tokio_tungstenite::tungstenite::{Error as WireError, Message, Utf8Bytes};
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, connect_async_with_config};

/// Where to connect and how patiently.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Dial {
    /// `wss://…`, or `ws://…` to loopback.
    pub url: String,
    /// Longest wait for name, connection, TLS and handshake together.
    pub connect_timeout: Duration,
    /// Longest wait for one frame to be taken by the network.
    pub send_timeout: Duration,
    /// Largest message taken; a larger one ends the connection.
    pub frame_bytes_max: usize,
}

/// Why there is no connection, or none any more.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SocketError {
    /// The address cannot be used at all; trying again does not help.
    #[error("address '{url}' {why}")]
    Address {
        /// As given, without its user, password and query.
        url: String,
        /// What would be right.
        why: &'static str,
    },
    /// It took too long.
    #[error("no {what} within {within:?}")]
    TooSlow {
        /// What was waited for.
        what: &'static str,
        /// How long.
        within: Duration,
    },
    /// The network or the other side failed.
    #[error("{0}")]
    Failed(String),
}

/// What came over the connection.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Incoming {
    /// A text message, whole.
    Text(Utf8Bytes),
    /// A binary message of so many bytes.
    Binary(usize),
    /// A ping or pong of the transport: a sign of life without content.
    Alive,
    /// The connection is over; the words say how.
    Closed(String),
}

/// An open connection.
#[derive(Debug)]
pub struct Socket {
    inner: WebSocketStream<MaybeTlsStream<TcpStream>>,
    send_timeout: Duration,
}

impl Socket {
    /// Connects.
    ///
    /// # Errors
    /// When the address may not be used, the other side cannot be reached, or it takes too long.
    pub async fn connect(dial: &Dial) -> Result<Self, SocketError> {
        check(&dial.url)?;
        super::choose_tls();
        let limits = WebSocketConfig::default()
            .read_buffer_size(32 * 1024)
            .max_message_size(Some(dial.frame_bytes_max))
            .max_frame_size(Some(dial.frame_bytes_max));
        let connecting = connect_async_with_config(dial.url.as_str(), Some(limits), true);
        match timeout(dial.connect_timeout, connecting).await {
            Ok(Ok((inner, _))) => Ok(Self {
                inner,
                send_timeout: dial.send_timeout,
            }),
            Ok(Err(error)) => Err(SocketError::Failed(words(&error))),
            Err(_) => Err(SocketError::TooSlow {
                what: "connection",
                within: dial.connect_timeout,
            }),
        }
    }

    /// Sends one text message.
    ///
    /// # Errors
    /// When the connection is broken or does not take the message in time.
    pub async fn send(&mut self, text: String) -> Result<(), SocketError> {
        let sending = self.inner.send(Message::text(text));
        match timeout(self.send_timeout, sending).await {
            Ok(Ok(())) => Ok(()),
            Ok(Err(error)) => Err(SocketError::Failed(words(&error))),
            Err(_) => Err(SocketError::TooSlow {
                what: "room to send",
                within: self.send_timeout,
            }),
        }
    }

    /// Waits for the next message; may be dropped while waiting without losing one.
    pub async fn next(&mut self) -> Incoming {
        match self.inner.next().await {
            Some(Ok(Message::Text(text))) => Incoming::Text(text),
            Some(Ok(Message::Binary(bytes))) => Incoming::Binary(bytes.len()),
            Some(Ok(Message::Ping(_) | Message::Pong(_) | Message::Frame(_))) => Incoming::Alive,
            Some(Ok(Message::Close(Some(frame)))) => Incoming::Closed(format!(
                "closed by the other side: {} {}",
                frame.code, frame.reason
            )),
            Some(Ok(Message::Close(None))) => Incoming::Closed("closed by the other side".into()),
            Some(Err(error)) => Incoming::Closed(error.to_string()),
            None => Incoming::Closed("closed".into()),
        }
    }
}

/// Returns the host and port of an address as a person would name it; never a user or password.
pub fn host(url: &str) -> String {
    let shown = |uri: Uri| Some(public(uri.authority()?.as_str()).to_owned());
    let parsed = url.parse::<Uri>().ok().and_then(shown);
    parsed.unwrap_or_else(|| shown_address(url))
}

/// Returns the part of `host`, `user:password@host` and the like that is nobody's secret.
fn public(authority: &str) -> &str {
    authority
        .rsplit_once('@')
        .map_or(authority, |(_, host)| host)
}

/// Returns an address without its user, password and query.
pub(in crate::adapter) fn shown_address(url: &str) -> String {
    let url = url.split(['?', '#']).next().unwrap_or_default();
    match url.split_once("://") {
        Some((scheme, rest)) => format!("{scheme}://{}", public(rest)),
        None => public(url).to_owned(),
    }
}

/// Refuses an address that is none, or that would carry plain text off this machine.
fn check(url: &str) -> Result<(), SocketError> {
    let refuse = |why| SocketError::Address {
        url: shown_address(url),
        why,
    };
    let uri: Uri = url
        .parse()
        .map_err(|_| refuse("is no address, such as wss://ws.example.com/v2"))?;
    let host = uri.host().ok_or_else(|| refuse("names no host"))?;
    match uri.scheme_str() {
        Some("wss") => Ok(()),
        Some("ws") if is_loopback(host) => Ok(()),
        Some("ws") => Err(refuse("would send plain text: use wss://")),
        _ => Err(refuse("must begin with wss://")),
    }
}

pub(in crate::adapter) fn is_loopback(host: &str) -> bool {
    let bare = host.trim_start_matches('[').trim_end_matches(']');
    bare == "localhost" || bare.parse::<IpAddr>().is_ok_and(|ip| ip.is_loopback())
}

/// Returns what went wrong as the system says it, without naming its kind first.
fn words(error: &WireError) -> String {
    match error {
        WireError::Io(error) => error.to_string(),
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_text_never_leaves_the_machine() {
        for good in [
            "wss://ws.kraken.com/v2",
            "ws://127.0.0.1:9",
            "ws://[::1]:9/v2",
            "ws://localhost:1",
        ] {
            assert_eq!(check(good), Ok(()), "{good}");
        }
        for bad in [
            "ws://ws.kraken.com/v2",
            "ws://127.0.0.1.example.com",
            "http://127.0.0.1",
            "ws.kraken.com",
            "",
            "wss://",
        ] {
            assert!(check(bad).is_err(), "{bad:?} should be refused");
        }
        assert_eq!(host("wss://ws.kraken.com/v2"), "ws.kraken.com");
        assert_eq!(host("wss://ws.kraken.com:443/v2"), "ws.kraken.com:443");
    }

    #[test]
    fn a_password_in_an_address_is_not_said() {
        for url in [
            "ws://me:marked@ws.kraken.com/v2?token=marked",
            "http://me:marked@x",
            "me:marked@ no address at all",
            "wss://me:marked@",
        ] {
            let said = format!("{} {}", host(url), check(url).unwrap_err());
            assert!(!said.contains("marked"), "{url}: {said}");
        }
    }
}
