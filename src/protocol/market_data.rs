//! MarketDataProtocol: quotes, bars and trades, asked for or streamed.

use futures_util::future::BoxFuture;
use futures_util::stream::BoxStream;

use crate::domain::{Bar, Interval, Quote, Symbol, Timestamp, Trade};
use crate::event::{LinkHealth, MarketEvent};

/// Why a feed did not answer.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum FeedError {
    /// The feed does not carry it.
    #[error("{feed} has no {what}")]
    NotCarried {
        /// Which feed.
        feed: String,
        /// What was asked for.
        what: String,
    },
    /// The feed cannot be reached.
    #[error("{feed} cannot be reached: {text}")]
    Unreachable {
        /// Which feed.
        feed: String,
        /// What happened.
        text: String,
    },
    /// What came was not understood.
    #[error("{feed} sent what is not understood: {text}")]
    Garbled {
        /// Which feed.
        feed: String,
        /// The field and the value.
        text: String,
    },
}

/// One item of a feed's stream.
#[derive(Debug, Clone, PartialEq)]
pub enum FeedEvent {
    /// Market data.
    Market(MarketEvent),
    /// The link to the venue changed; the words say what cannot be reached and why.
    Link(LinkHealth, String),
}

/// Gives market data.
///
/// MUST rules: symbols are translated at the border under the feed's own name ·
/// a price that was not received is never given · the stream says when it has no
/// link, reconnects by itself with backoff and subscribes again.
pub trait MarketData: Send + Sync + std::fmt::Debug {
    /// Returns the stable name, which is also the venue of symbology.
    fn name(&self) -> &str;

    /// Returns the newest quote.
    fn get_quote(&self, symbol: Symbol) -> BoxFuture<'_, Result<Quote, FeedError>>;

    /// Returns the closed bars that end after `start` and not after `end` (now when none), oldest first.
    fn get_bars(
        &self,
        symbol: Symbol,
        interval: Interval,
        start: Timestamp,
        end: Option<Timestamp>,
    ) -> BoxFuture<'_, Result<Vec<Bar>, FeedError>>;

    /// Returns the newest prints up to `asof`, oldest first.
    fn get_trades(
        &self,
        symbol: Symbol,
        asof: Timestamp,
    ) -> BoxFuture<'_, Result<Vec<Trade>, FeedError>>;

    /// Streams quotes of `symbols`, and whatever else the feed knows of them, until dropped.
    fn stream_quotes(&self, symbols: Vec<Symbol>) -> BoxStream<'static, FeedEvent>;
}
