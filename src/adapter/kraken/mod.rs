//! Kraken spot: public market data over WebSocket v2.
//!
//! Quotes on every change of the best bid and ask, prints, and bars, of any pair
//! the venue lists; no account is needed. Bytes come in through `link`, are given
//! meaning by `session` and `parse`, and leave as [`FeedEvent`]s. Books can be
//! kept and proven ([`Book`]) and are not subscribed to. Trading is not built.
//! Documents of the venue: <https://docs.kraken.com/api/>.

mod book;
pub(super) mod describe;
mod error;
mod field;
mod link;
mod parse;
mod scan;
mod session;
mod settings;
mod symbol;
mod wire;

use std::sync::Arc;

use futures_util::future::BoxFuture;
use futures_util::stream::{self, BoxStream, StreamExt};
use tokio::time::timeout;

pub use book::{Book, ChecksumError};
pub use error::ParseError;
pub use parse::BookRows;
pub use session::{KrakenSession, Now, Out};
pub use settings::KrakenSettings;

use crate::base::{Clock, IdSource};
use crate::domain::{Bar, IdError, Interval, Quote, Symbol, Timestamp, Trade, VenueId};
use crate::event::{LinkHealth, MarketEvent};
use crate::protocol::{FeedError, FeedEvent, MarketData};
use link::Link;
use wire::Channel;

/// The stable name: of the feed, the venue of its quotes, and of symbology.
pub const NAME: &str = "kraken";

/// Lengths of bars that can be asked for. The venue's weeks begin on Thursday and are no weeks of ours.
pub const INTERVALS: [Interval; 7] = [
    Interval::M1,
    Interval::M5,
    Interval::M15,
    Interval::M30,
    Interval::H1,
    Interval::H4,
    Interval::D1,
];

/// The public market data of the venue.
#[derive(Debug)]
pub struct KrakenFeed {
    settings: KrakenSettings,
    venue: VenueId,
    clock: Arc<dyn Clock>,
    ids: Arc<dyn IdSource>,
}

impl KrakenFeed {
    /// Makes the feed; nothing is connected until something is asked.
    ///
    /// # Errors
    /// Never in practice: when the feed's own name is no venue id.
    pub fn new(
        settings: KrakenSettings,
        clock: Arc<dyn Clock>,
        ids: Arc<dyn IdSource>,
    ) -> Result<Self, IdError> {
        Ok(Self {
            settings,
            venue: VenueId::new(NAME)?,
            clock,
            ids,
        })
    }

    fn link(&self, session: KrakenSession) -> Link {
        let (clock, ids) = (Arc::clone(&self.clock), Arc::clone(&self.ids));
        Link::new(session, &self.settings, clock, ids)
    }

    /// Subscribes to one channel of one symbol until `pick` has what was asked for.
    async fn ask<T>(
        &self,
        symbol: &Symbol,
        channel: Channel,
        pick: impl Fn(MarketEvent, &mut Link) -> Option<T>,
    ) -> Result<T, FeedError> {
        symbol::to_native(symbol).map_err(|_| not_carried(symbol.to_string()))?;
        let venue = self.venue.clone();
        let symbols = std::slice::from_ref(symbol);
        let session = KrakenSession::with_channels(&self.settings, venue, symbols, vec![channel]);
        let mut link = self.link(session);
        let answer = async {
            loop {
                match link.next().await {
                    FeedEvent::Market(event) => {
                        if let Some(found) = pick(event, &mut link) {
                            return Ok(found);
                        }
                    }
                    FeedEvent::Link(LinkHealth::Down, text) => return Err(unreachable(text)),
                    FeedEvent::Link(_, _) => {
                        if let Some(why) = link.session().refused(symbol) {
                            return Err(not_carried(format!("{symbol} ({why})")));
                        }
                    }
                }
            }
        };
        let answer = timeout(self.settings.request_timeout, answer).await;
        answer.unwrap_or_else(|_| match link.session().garbled() {
            (_, Some(error)) => Err(FeedError::Garbled {
                feed: NAME.to_owned(),
                text: error.to_string(),
            }),
            (_, None) => Err(unreachable(format!(
                "no {} of {symbol} within {:?}",
                channel.as_str(),
                self.settings.request_timeout
            ))),
        })
    }
}

impl MarketData for KrakenFeed {
    fn name(&self) -> &str {
        NAME
    }

    fn get_quote(&self, symbol: Symbol) -> BoxFuture<'_, Result<Quote, FeedError>> {
        Box::pin(async move {
            let pick = |event, _: &mut Link| match event {
                MarketEvent::Quote { quote, .. } if quote.symbol == symbol => Some(quote),
                MarketEvent::Quote { .. }
                | MarketEvent::Trade(_)
                | MarketEvent::Bars { .. }
                | MarketEvent::BorrowFee { .. }
                | MarketEvent::Study(_) => None,
            };
            self.ask(&symbol, Channel::Ticker, pick).await
        })
    }

    fn get_bars(
        &self,
        symbol: Symbol,
        interval: Interval,
        start: Timestamp,
        end: Option<Timestamp>,
    ) -> BoxFuture<'_, Result<Vec<Bar>, FeedError>> {
        Box::pin(async move {
            if !INTERVALS.contains(&interval) {
                return Err(not_carried(format!("bars of {interval}")));
            }
            let end = end.unwrap_or_else(|| Timestamp::from_us(self.clock.wall_us()));
            let pick = |event, _: &mut Link| match event {
                MarketEvent::Bars {
                    symbol: of, bars, ..
                } if of == symbol => Some(bars),
                MarketEvent::Quote { .. }
                | MarketEvent::Trade(_)
                | MarketEvent::Bars { .. }
                | MarketEvent::BorrowFee { .. }
                | MarketEvent::Study(_) => None,
            };
            let mut bars = self.ask(&symbol, Channel::Ohlc(interval), pick).await?;
            bars.retain(|bar| bar.timestamp > start && bar.timestamp <= end);
            Ok(bars)
        })
    }

    fn get_trades(
        &self,
        symbol: Symbol,
        asof: Timestamp,
    ) -> BoxFuture<'_, Result<Vec<Trade>, FeedError>> {
        Box::pin(async move {
            let pick = |event, link: &mut Link| {
                let mut trades = Vec::new();
                let mut next = Some(FeedEvent::Market(event));
                // The snapshot's prints are one message: the first one here brings all others with it.
                while let Some(event) = next {
                    if let FeedEvent::Market(MarketEvent::Trade(trade)) = event {
                        trades.push(trade);
                    }
                    next = link.ready();
                }
                trades.retain(|trade| trade.symbol == symbol);
                (!trades.is_empty()).then_some(trades)
            };
            let mut trades = self.ask(&symbol, Channel::Trade, pick).await?;
            trades.retain(|trade| trade.timestamp <= asof);
            trades.sort_by_key(|trade| trade.timestamp);
            Ok(trades)
        })
    }

    fn stream_quotes(&self, symbols: Vec<Symbol>) -> BoxStream<'static, FeedEvent> {
        let session = KrakenSession::new(&self.settings, self.venue.clone(), &symbols);
        let link = self.link(session);
        stream::unfold(link, |mut link| async move {
            let event = link.next().await;
            Some((event, link))
        })
        .boxed()
    }
}

fn not_carried(what: String) -> FeedError {
    FeedError::NotCarried {
        feed: NAME.to_owned(),
        what,
    }
}

fn unreachable(text: String) -> FeedError {
    FeedError::Unreachable {
        feed: NAME.to_owned(),
        text,
    }
}
