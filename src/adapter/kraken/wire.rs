//! The words of the venue's streams: channels, states, and the requests we send.
//!
//! Spelled as the venue spells them and never seen outside this folder.

use serde_json::json;

use crate::domain::Interval;

/// A public channel this feed subscribes to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Channel {
    /// Best bid and ask.
    Ticker,
    /// Prints.
    Trade,
    /// Bars of one length.
    Ohlc(Interval),
}

impl Channel {
    /// Returns the venue's word for the channel.
    pub(super) const fn as_str(self) -> &'static str {
        match self {
            Self::Ticker => "ticker",
            Self::Trade => "trade",
            Self::Ohlc(_) => "ohlc",
        }
    }
}

/// Writes a subscription of several symbols to one channel.
pub(super) fn subscribe(channel: Channel, symbols: &[&str], req_id: u64) -> String {
    let mut params = json!({
        "channel": channel.as_str(),
        "symbol": symbols,
        "snapshot": true,
    });
    match channel {
        // Without this the venue speaks only when something trades.
        Channel::Ticker => insert(&mut params, "event_trigger", "bbo".into()),
        Channel::Ohlc(interval) => insert(&mut params, "interval", minutes(interval).into()),
        Channel::Trade => {}
    }
    json!({ "method": "subscribe", "params": params, "req_id": req_id }).to_string()
}

/// Writes a ping that the venue answers with a pong.
pub(super) fn ping(req_id: u64) -> String {
    json!({ "method": "ping", "req_id": req_id }).to_string()
}

/// Returns the length of a bar as the venue counts it.
pub(super) const fn minutes(interval: Interval) -> u64 {
    interval.duration().as_secs() / 60
}

/// Returns the bar length of so many minutes, where we have one.
pub(super) fn interval(minutes_given: u64) -> Option<Interval> {
    Interval::ALL
        .into_iter()
        .find(|interval| minutes(*interval) == minutes_given)
}

fn insert(params: &mut serde_json::Value, name: &str, value: serde_json::Value) {
    if let Some(fields) = params.as_object_mut() {
        fields.insert(name.to_owned(), value);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn requests_are_spelled_as_the_venue_reads_them() {
        assert_eq!(
            subscribe(Channel::Ticker, &["BTC/USD", "ETH/USD"], 7),
            r#"{"method":"subscribe","params":{"channel":"ticker","symbol":["BTC/USD","ETH/USD"],"snapshot":true,"event_trigger":"bbo"},"req_id":7}"#
        );
        assert_eq!(
            subscribe(Channel::Ohlc(Interval::H4), &["BTC/USD"], 8),
            r#"{"method":"subscribe","params":{"channel":"ohlc","symbol":["BTC/USD"],"snapshot":true,"interval":240},"req_id":8}"#
        );
        assert_eq!(ping(9), r#"{"method":"ping","req_id":9}"#);
    }
}
