//! What can be set of the Kraken feed, and the defaults the venue's own figures give.

use std::time::Duration;

use crate::adapter::net::ws::Dial;
use crate::domain::Interval;

/// Settings of the feed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KrakenSettings {
    /// Where the public streams are; TLS always, except to loopback.
    pub url: String,
    /// Longest wait for a connection.
    pub connect_timeout: Duration,
    /// Longest wait for one frame to be sent.
    pub send_timeout: Duration,
    /// Longest wait for the answer to a subscription.
    pub answer_timeout: Duration,
    /// Longest wait of a single question (`get_quote` and its like).
    pub request_timeout: Duration,
    /// Silence after which the venue is pinged; it sends a heartbeat every second.
    pub ping_after: Duration,
    /// Further silence after which the connection is given up.
    pub give_up_after: Duration,
    /// First wait before connecting again.
    pub backoff_first: Duration,
    /// Longest wait before connecting again. The venue bans at about 150 connects in ten minutes.
    pub backoff_most: Duration,
    /// How long a connection must hold before the backoff starts over.
    pub steady_after: Duration,
    /// Largest message taken.
    pub frame_bytes_max: usize,
    /// Whether prints are streamed beside quotes.
    pub trades: bool,
    /// Bars streamed beside quotes.
    pub bars: Vec<Interval>,
}

impl Default for KrakenSettings {
    fn default() -> Self {
        Self {
            url: "wss://ws.kraken.com/v2".to_owned(),
            connect_timeout: Duration::from_secs(10),
            send_timeout: Duration::from_secs(5),
            answer_timeout: Duration::from_secs(15),
            request_timeout: Duration::from_secs(10),
            ping_after: Duration::from_secs(10),
            give_up_after: Duration::from_secs(20),
            backoff_first: Duration::from_secs(1),
            backoff_most: Duration::from_mins(1),
            steady_after: Duration::from_secs(30),
            frame_bytes_max: 4 << 20,
            trades: true,
            bars: vec![Interval::M1],
        }
    }
}

impl KrakenSettings {
    /// Returns what the socket needs to know.
    pub(super) fn dial(&self) -> Dial {
        Dial {
            url: self.url.clone(),
            connect_timeout: self.connect_timeout,
            send_timeout: self.send_timeout,
            frame_bytes_max: self.frame_bytes_max,
        }
    }
}
