//! The broker protocol around the exchange: one task owns it, everyone else asks.
//!
//! The task wakes for three things: somebody asks, quotes came, something is due.
//! Questions travel on a bounded queue and are answered in the order they were
//! asked. A reader of the stream that falls behind holds the venue up rather than
//! miss a report; a dropped stream holds up nobody. The task ends with the last
//! handle.

use std::sync::Arc;
use std::time::Duration;

use futures_util::StreamExt;
use futures_util::future::BoxFuture;
use futures_util::stream::{self, BoxStream};
use tokio::sync::{mpsc, oneshot};

use crate::adapter::paper::{Cancel, Exchange, NAME};
use crate::base::Clock;
use crate::domain::{
    AssetClass, FillCursor, IdempotencyKey, Order, OrderId, OrderType, Position, Quote, Symbol,
    TimeInForce, Timestamp,
};
use crate::event::BrokerReport;
use crate::protocol::{Broker, BrokerError, Capability, Found};

/// Questions waiting to be answered; when full, askers wait.
const ASKS_MOST: usize = 256;
/// Reports a reader of the stream may be behind; when full, the venue waits.
const BEHIND_MOST: usize = 1024;
/// Longest sleep between two looks at the clock, because wall time may step.
const NAP: Duration = Duration::from_secs(30);

/// Where the paper venue sees the market.
pub trait Quotes: Send + 'static {
    /// Waits until there are quotes to drain; false when there will be no more.
    fn changed(&mut self) -> BoxFuture<'_, bool>;

    /// Asks for the quotes of one more symbol; the newest is there at once. A market that shows all need do nothing.
    fn follow(&mut self, _symbol: &Symbol) {}

    /// Moves the quotes that came since the last call into `out`, each with the moment it was received.
    fn drain(&mut self, out: &mut Vec<(Quote, Timestamp)>);
}

/// What a new reader gets: what was said before, and what will be.
type Reading = (Vec<BrokerReport>, mpsc::Receiver<BrokerReport>);

enum Ask {
    Submit(Box<Order>, oneshot::Sender<Result<Order, BrokerError>>),
    Cancel(OrderId, oneshot::Sender<bool>),
    Open(oneshot::Sender<Vec<Order>>),
    Positions(oneshot::Sender<Vec<Position>>),
    Find(IdempotencyKey, oneshot::Sender<Found>),
    Stream(Option<FillCursor>, oneshot::Sender<Reading>),
}

/// Returns what the paper venue can do: everything the desk has words for.
pub fn capability() -> Capability {
    Capability {
        asset_classes: AssetClass::ALL.to_vec(),
        order_types: OrderType::ALL.to_vec(),
        tifs: TimeInForce::ALL.to_vec(),
    }
}

/// The paper broker.
#[derive(Debug)]
pub struct PaperBroker {
    asks: mpsc::Sender<Ask>,
}

impl PaperBroker {
    /// Starts the venue's task over the given exchange and market. Must be called within a runtime.
    pub fn start(exchange: Exchange, quotes: impl Quotes, clock: Arc<dyn Clock>) -> Self {
        let (asks, inbox) = mpsc::channel(ASKS_MOST);
        let desk = Counter {
            exchange,
            clock,
            readers: Vec::new(),
            reports: Vec::new(),
        };
        tokio::spawn(desk.run(inbox, quotes));
        Self { asks }
    }

    fn ask<'a, T: Send + 'static>(
        &'a self,
        question: impl FnOnce(oneshot::Sender<T>) -> Ask + Send + 'a,
    ) -> BoxFuture<'a, Result<T, BrokerError>> {
        Box::pin(async move {
            let gone = || BrokerError::Fatal {
                text: "the paper venue has stopped".into(),
            };
            let (reply, answer) = oneshot::channel();
            self.asks.send(question(reply)).await.map_err(|_| gone())?;
            answer.await.map_err(|_| gone())
        })
    }
}

impl Broker for PaperBroker {
    fn name(&self) -> &'static str {
        NAME
    }

    fn capability(&self) -> Capability {
        capability()
    }

    fn submit(&self, order: Order) -> BoxFuture<'_, Result<Order, BrokerError>> {
        let asked = self.ask(move |reply| Ask::Submit(Box::new(order), reply));
        Box::pin(async move { asked.await? })
    }

    fn cancel(&self, order_id: OrderId) -> BoxFuture<'_, Result<bool, BrokerError>> {
        self.ask(move |reply| Ask::Cancel(order_id, reply))
    }

    fn get_open_orders(&self) -> BoxFuture<'_, Result<Vec<Order>, BrokerError>> {
        self.ask(Ask::Open)
    }

    fn get_positions(&self) -> BoxFuture<'_, Result<Vec<Position>, BrokerError>> {
        self.ask(Ask::Positions)
    }

    fn stream_fills(&self, after: Option<FillCursor>) -> BoxStream<'static, BrokerReport> {
        // A weak handle: an open stream alone does not keep the venue running.
        let asks = self.asks.downgrade();
        let reading = async move {
            let (reply, answer) = oneshot::channel();
            asks.upgrade()?.send(Ask::Stream(after, reply)).await.ok()?;
            let (before, reports) = answer.await.ok()?;
            let next = |mut reports: mpsc::Receiver<BrokerReport>| async move {
                let report = reports.recv().await?;
                Some((report, reports))
            };
            Some(stream::iter(before).chain(stream::unfold(reports, next)))
        };
        // When the venue is gone there is nothing to read and the stream ends at once.
        let readings = stream::once(reading).filter_map(std::future::ready);
        Box::pin(readings.flatten())
    }

    fn find(&self, key: IdempotencyKey) -> BoxFuture<'_, Result<Found, BrokerError>> {
        self.ask(move |reply| Ask::Find(key, reply))
    }
}

/// The task's own state.
struct Counter {
    exchange: Exchange,
    clock: Arc<dyn Clock>,
    readers: Vec<mpsc::Sender<BrokerReport>>,
    reports: Vec<BrokerReport>,
}

enum Wake {
    Asked(Option<Ask>),
    Market(bool),
    Due,
}

impl Counter {
    fn now(&self) -> Timestamp {
        Timestamp::from_us(self.clock.wall_us())
    }

    async fn run(mut self, mut inbox: mpsc::Receiver<Ask>, mut quotes: impl Quotes) {
        let mut batch = Vec::new();
        let mut market_open = true;
        let working = self.exchange.open_orders().into_iter();
        let held = self.exchange.positions().into_iter();
        let at_hand = working.map(|order| order.symbol);
        for symbol in at_hand.chain(held.map(|held| held.symbol)) {
            self.follow(&symbol, &mut quotes);
        }
        loop {
            let due = self.exchange.next_timer();
            let nap = due.map_or(NAP, |at| at.since(self.now()).min(NAP));
            let wake = tokio::select! {
                biased;
                ask = inbox.recv() => Wake::Asked(ask),
                open = quotes.changed(), if market_open => Wake::Market(open),
                () = tokio::time::sleep(nap) => Wake::Due,
            };
            let now = self.now();
            match wake {
                Wake::Asked(None) => return,
                Wake::Asked(Some(ask)) => {
                    if let Ask::Submit(order, _) = &ask {
                        self.follow(&order.symbol, &mut quotes);
                        self.take_quotes(&mut quotes, &mut batch, now);
                    }
                    self.answer(ask, now).await;
                }
                Wake::Market(open) => {
                    market_open = open;
                    self.take_quotes(&mut quotes, &mut batch, now);
                    // A market that is always ready must not keep others from running.
                    tokio::task::yield_now().await;
                }
                Wake::Due => self.exchange.on_timer(now),
            }
            self.publish().await;
        }
    }

    /// Has the market show what is needed to trade a symbol: of a million others no order asks.
    fn follow(&self, symbol: &Symbol, quotes: &mut impl Quotes) {
        for needed in self.exchange.needed(symbol) {
            quotes.follow(&needed);
        }
    }

    fn take_quotes(
        &mut self,
        quotes: &mut impl Quotes,
        batch: &mut Vec<(Quote, Timestamp)>,
        now: Timestamp,
    ) {
        quotes.drain(batch);
        for (quote, received_at) in batch.drain(..) {
            self.exchange.on_quote(&quote, received_at, now);
        }
    }

    async fn answer(&mut self, ask: Ask, now: Timestamp) {
        // An asker that no longer waits for its answer is no fault of the venue.
        match ask {
            Ask::Submit(order, reply) => {
                let taken = self.exchange.submit(*order, now);
                self.publish().await;
                let _ = reply.send(taken.map_err(|refusal| BrokerError::Rejected {
                    code: refusal.code.into(),
                    text: refusal.text,
                }));
            }
            Ask::Cancel(order_id, reply) => {
                let canceled = self.exchange.cancel(&order_id, now) == Cancel::Done;
                // What was filled before the cancel is on the stream before the cancel is confirmed.
                self.publish().await;
                let _ = reply.send(canceled);
            }
            Ask::Open(reply) => {
                let _ = reply.send(self.exchange.open_orders());
            }
            Ask::Positions(reply) => {
                let _ = reply.send(self.exchange.positions());
            }
            Ask::Find(key, reply) => {
                let found = self.exchange.find(&key).cloned();
                let _ = reply.send(found.map_or(Found::Never, |o| Found::Order(Box::new(o))));
            }
            Ask::Stream(after, reply) => {
                let before = self.exchange.reports_after(after.as_ref());
                let (reader, reports) = mpsc::channel(BEHIND_MOST);
                if reply.send((before, reports)).is_ok() {
                    self.readers.push(reader);
                }
            }
        }
    }

    async fn publish(&mut self) {
        self.exchange.take_reports(&mut self.reports);
        for report in self.reports.drain(..) {
            for reader in &self.readers {
                let _ = reader.send(report.clone()).await;
            }
        }
        self.readers.retain(|reader| !reader.is_closed());
    }
}
