//! The MUST rules of feeds.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use futures_util::StreamExt;

use crate::adapter::conformance::{Record, Step, held};
use crate::base::Clock;
use crate::domain::{Interval, Quote, Symbol, Timestamp};
use crate::event::{LinkHealth, MarketEvent};
use crate::protocol::{FeedError, FeedEvent, MarketData};

/// What the suite needs to know of a feed.
#[derive(Debug, Clone)]
pub struct FeedBench {
    /// The feed.
    pub feed: Arc<dyn MarketData>,
    /// Symbols it carries; at least one.
    pub symbols: Vec<Symbol>,
    /// A symbol it does not carry.
    pub stranger: Symbol,
    /// How long the first quotes may take.
    pub patience: Duration,
    /// Quotes to look at.
    pub quotes: usize,
    /// Whether the feed's quotes carry its own name as venue; recordings keep the recorded one.
    pub own_venue: bool,
}

/// Asks everything a feed must do.
pub async fn feed_suite(bench: &FeedBench, clock: Arc<dyn Clock>) -> Vec<Step> {
    let mut record = Record::new(Arc::clone(&clock));
    let feed = &bench.feed;
    record.step(
        "name is stable",
        held(!feed.name().is_empty(), feed.name().into()),
    );
    let (quotes, links) = listen(bench).await;
    let said = links
        .first()
        .map(|(health, words)| format!("{health:?}: {words}"));
    let ok = links.iter().any(|(health, _)| *health == LinkHealth::Up);
    record.step(
        "says how its link is",
        held(ok, said.unwrap_or_else(|| "nothing".into())),
    );
    record.step(
        "quotes come",
        held(!quotes.is_empty(), format!("{} quotes", quotes.len())),
    );
    judge_quotes(
        &mut record,
        bench,
        &quotes,
        Timestamp::from_us(clock.wall_us()),
    );
    answers(&mut record, bench, clock).await;
    record.steps
}

type Heard = (Vec<(Quote, Timestamp)>, Vec<(LinkHealth, String)>);

async fn listen(bench: &FeedBench) -> Heard {
    let mut stream = bench.feed.stream_quotes(bench.symbols.clone());
    let (mut quotes, mut links) = (Vec::new(), Vec::new());
    let listening = async {
        while quotes.len() < bench.quotes {
            match stream.next().await {
                Some(FeedEvent::Market(MarketEvent::Quote { quote, received_at })) => {
                    quotes.push((quote, received_at));
                }
                Some(FeedEvent::Market(
                    MarketEvent::Trade(_)
                    | MarketEvent::Bars { .. }
                    | MarketEvent::BorrowFee { .. }
                    | MarketEvent::Study(_),
                )) => {}
                Some(FeedEvent::Link(health, words)) => links.push((health, words)),
                None => return,
            }
        }
    };
    // What came before patience ended is what was heard.
    let _ = tokio::time::timeout(bench.patience, listening).await;
    (quotes, links)
}

fn judge_quotes(
    record: &mut Record,
    bench: &FeedBench,
    quotes: &[(Quote, Timestamp)],
    now: Timestamp,
) {
    let foreign = quotes
        .iter()
        .find(|(q, _)| !bench.symbols.contains(&q.symbol));
    record.step(
        "only symbols that were asked for",
        held(
            foreign.is_none(),
            foreign.map_or(String::new(), |(q, _)| q.symbol.to_string()),
        ),
    );
    let mut venues: Vec<_> = quotes.iter().map(|(q, _)| q.venue.as_str()).collect();
    venues.sort_unstable();
    venues.dedup();
    let ok = !bench.own_venue || venues.iter().all(|v| *v == bench.feed.name());
    record.step("quotes name their venue", held(ok, venues.join(", ")));
    let insane = quotes.iter().find_map(|(q, _)| Some((q, q.fault()?)));
    record.step(
        "quotes are sane",
        held(
            insane.is_none(),
            insane.map_or(String::new(), |(q, fault)| {
                format!("{} {} {}: {}", q.symbol, q.bid, q.ask, fault.as_str())
            }),
        ),
    );
    let mut newest: HashMap<&Symbol, Timestamp> = HashMap::new();
    let back = quotes.iter().find(|(q, _)| {
        let before = newest.insert(&q.symbol, q.timestamp);
        before.is_some_and(|before| before > q.timestamp)
    });
    record.step(
        "time does not run backwards within a symbol",
        held(
            back.is_none(),
            back.map_or(String::new(), |(q, _)| {
                format!("{} at {}", q.symbol, q.timestamp)
            }),
        ),
    );
    let early = quotes.iter().find(|(_, received_at)| *received_at > now);
    record.step(
        "nothing is received before it is",
        held(
            early.is_none(),
            early.map_or(String::new(), |(q, at)| format!("{} at {at}", q.symbol)),
        ),
    );
}

async fn answers(record: &mut Record, bench: &FeedBench, clock: Arc<dyn Clock>) {
    let feed = &bench.feed;
    let Some(symbol) = bench.symbols.first() else {
        record.step("a quote on request", Err::<((), _), _>("no symbol".into()));
        return;
    };
    let quote = feed.get_quote(symbol.clone()).await;
    let ok = matches!(&quote, Ok(q) if q.symbol == *symbol && q.fault().is_none());
    record.step("a quote on request", held(ok, format!("{quote:?}")));
    let none = feed.get_quote(bench.stranger.clone()).await;
    let ok = none.is_err();
    record.step(
        "a symbol it does not carry is an error, not a price",
        held(ok, format!("{none:?}")),
    );
    let now = Timestamp::from_us(clock.wall_us());
    let start = now.minus(Duration::from_hours(1));
    let bars = feed
        .get_bars(symbol.clone(), Interval::M1, start, Some(now))
        .await;
    let outcome = match bars {
        Err(FeedError::NotCarried { what, .. }) => Ok(((), format!("has no {what}"))),
        Err(error) => Err(error.to_string()),
        Ok(bars) => {
            let ascend = bars.windows(2).all(|pair| match pair {
                [a, b] => a.timestamp < b.timestamp,
                _ => true,
            });
            let shaped = bars.iter().all(|bar| {
                bar.low <= bar.open.min(bar.close)
                    && bar.high >= bar.open.max(bar.close)
                    && bar.timestamp > start
                    && bar.timestamp <= now
                    && bar.timestamp.floor(Interval::M1.duration()) == bar.timestamp
            });
            held(
                ascend && shaped && !bars.is_empty(),
                format!(
                    "{} bars, ascending: {ascend}, well-formed: {shaped}",
                    bars.len()
                ),
            )
        }
    };
    record.step("bars are closed, whole and in order", outcome);
    let trades = feed.get_trades(symbol.clone(), now).await;
    let outcome = match trades {
        Err(FeedError::NotCarried { what, .. }) => Ok(((), format!("has no {what}"))),
        Err(error) => Err(error.to_string()),
        Ok(trades) => {
            let ok = trades
                .iter()
                .all(|t| t.timestamp <= now && t.symbol == *symbol)
                && trades.is_sorted_by_key(|t| t.timestamp);
            held(ok, format!("{} trades", trades.len()))
        }
    };
    record.step("trades are in order and not from the future", outcome);
}
