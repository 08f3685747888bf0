//! From effects to protocol calls to reports: one task per broker, one bounded queue each.
//!
//! Placements of one broker leave in the order they were decided; a cancel or a
//! question never overtakes the placement of its own order, but does not wait for
//! those of others. Every call has a deadline, and one that passes it is reported as
//! unknown, never as refused. Only a call that certainly did not leave is made again,
//! under the same key. Fills that were on the broker's stream before an answer are
//! reported before it. Everything a broker works and holds can be asked for while the
//! rest goes on. Decides nothing about orders and keeps no books.

mod call;

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;
use std::time::Duration;

use futures_util::future::BoxFuture;
use futures_util::stream::{BoxStream, FuturesUnordered};
use futures_util::{FutureExt, StreamExt};
use tokio::sync::mpsc;

use crate::base::{Backoff, Clock};
use crate::domain::{BrokerId, FillCursor, IdError, IdempotencyKey, Order, OrderId, Timestamp};
use crate::event::{BrokerReport, Control, LinkHealth, LinkName, LinkState, MarketEvent, Source};
use crate::order::effect::Effect;
use crate::protocol::{Broker, BrokerError};

use call::Call;

/// Effects waiting for one broker; a further one is handed back as not sent.
const QUEUE_MOST: usize = 1024;
/// Fills read again when the stream begins anew: one that was overtaken by so many is not lost.
pub const REREAD: usize = 1024;
/// Jobs looked at or under way at once.
const JOBS_MOST: usize = 64;

/// Where adapters put what they learn: the bus, or whatever stands in for it.
pub trait Sink: Send + Sync + 'static {
    /// Hands over a broker's report; waits while the lane is full.
    fn report(&self, source: Source, report: BrokerReport) -> BoxFuture<'_, ()>;

    /// Hands over a change of a link; waits while the lane is full.
    fn control(&self, source: Source, control: Control) -> BoxFuture<'_, ()>;

    /// Hands over market data, oldest first, and leaves `events` empty; never waits.
    fn market(&self, events: &mut Vec<MarketEvent>);
}

/// How patient the driver is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Patience {
    /// Deadline of one call.
    pub call: Duration,
    /// Waits before a call that did not leave is made again; as many tries as there are waits.
    pub retries: Vec<Duration>,
}

impl Default for Patience {
    fn default() -> Self {
        Self {
            call: Duration::from_secs(5),
            retries: [200, 1_000, 5_000].map(Duration::from_millis).to_vec(),
        }
    }
}

/// What is to be done at a broker.
#[derive(Debug, Clone, PartialEq)]
enum Job {
    Place(Box<Order>),
    Cancel(OrderId),
    Find(OrderId, IdempotencyKey),
    Reread { fills: bool },
}

impl Job {
    /// Returns the order it is about; none when it is about all.
    fn order_id(&self) -> Option<&OrderId> {
        match self {
            Self::Place(order) => Some(&order.order_id),
            Self::Cancel(order_id) | Self::Find(order_id, _) => Some(order_id),
            Self::Reread { .. } => None,
        }
    }

    fn must_follow(&self, earlier: &Job) -> bool {
        let both_place = matches!((self, earlier), (Self::Place(_), Self::Place(_)));
        both_place || self.order_id() == earlier.order_id()
    }

    /// Returns the report of a job that never left; a reading that did not happen is none, it comes again.
    fn not_sent(self, broker: BrokerId, why: &str) -> Result<(), Box<BrokerReport>> {
        let reason = format!("not sent: {why}");
        Err(Box::new(match self {
            Self::Reread { .. } => return Ok(()),
            Self::Place(order) => BrokerReport::Rejected {
                broker,
                order_id: order.order_id,
                reason,
            },
            Self::Cancel(order_id) => BrokerReport::CancelRefused {
                broker,
                order_id,
                reason,
            },
            Self::Find(order_id, _) => BrokerReport::Unknown {
                broker,
                order_id,
                reason,
            },
        }))
    }
}

/// Every broker's queue.
#[derive(Debug)]
pub struct Driver {
    lanes: BTreeMap<BrokerId, mpsc::Sender<Job>>,
    patience: Patience,
}

impl Driver {
    /// Makes a driver without brokers.
    pub fn new(patience: Patience) -> Self {
        Self {
            lanes: BTreeMap::new(),
            patience,
        }
    }

    /// Starts a broker's task; its stream is read from after `cursor`. Must be called within a runtime.
    ///
    /// # Errors
    /// When the broker's name is not a valid id.
    pub fn add(
        &mut self,
        broker: Arc<dyn Broker>,
        cursor: Option<FillCursor>,
        sink: Arc<dyn Sink>,
        clock: Arc<dyn Clock>,
    ) -> Result<(), IdError> {
        let id = BrokerId::new(broker.name())?;
        let (sender, inbox) = mpsc::channel(QUEUE_MOST);
        let desk = Desk {
            id: id.clone(),
            broker,
            sink,
            clock,
            trail: VecDeque::from([cursor]),
            patience: self.patience.clone(),
            backoff: Backoff::new(Duration::from_millis(200), Duration::from_secs(30)),
            waiting: VecDeque::new(),
            under_way: Vec::new(),
        };
        self.lanes.insert(id, sender);
        tokio::spawn(desk.run(inbox));
        Ok(())
    }

    /// Queues an effect; never waits.
    ///
    /// # Errors
    /// Returns what to report of an effect that could not be queued: nothing of it left.
    pub fn execute(&self, effect: Effect) -> Result<(), Box<BrokerReport>> {
        let (broker, job) = match effect {
            Effect::Place(order) => {
                let order = order.into_inner();
                (order.broker.clone(), Job::Place(Box::new(order)))
            }
            Effect::Cancel { broker, order_id } => (broker, Job::Cancel(order_id)),
            Effect::Find {
                broker,
                order_id,
                idempotency_key,
            } => (broker, Job::Find(order_id, idempotency_key)),
            Effect::Reread { broker, fills } => (broker, Job::Reread { fills }),
            // A question to a gate is none to a broker: it has its own way out.
            Effect::Ask(_) => return Ok(()),
        };
        self.queue(broker, job)
    }

    fn queue(&self, broker: BrokerId, job: Job) -> Result<(), Box<BrokerReport>> {
        let Some(lane) = self.lanes.get(&broker) else {
            let why = format!("there is no broker {broker}");
            return job.not_sent(broker, &why);
        };
        match lane.try_send(job) {
            Ok(()) => Ok(()),
            Err(mpsc::error::TrySendError::Full(job)) => {
                job.not_sent(broker, "the broker's queue is full")
            }
            Err(mpsc::error::TrySendError::Closed(job)) => {
                job.not_sent(broker, "the broker's task has stopped")
            }
        }
    }
}

/// One broker's task.
struct Desk {
    id: BrokerId,
    broker: Arc<dyn Broker>,
    sink: Arc<dyn Sink>,
    clock: Arc<dyn Clock>,
    /// Places of the newest fills, oldest first; the first is where the session began, until so many came.
    trail: VecDeque<Option<FillCursor>>,
    patience: Patience,
    backoff: Backoff,
    waiting: VecDeque<Job>,
    under_way: Vec<Job>,
}

type Stream = BoxStream<'static, BrokerReport>;
type Answer = (Option<OrderId>, Vec<BrokerReport>);

enum Wake {
    Said(Option<BrokerReport>),
    Answered(Answer),
    Asked(Option<Job>),
    Reconnect,
}

impl Desk {
    async fn run(mut self, mut inbox: mpsc::Receiver<Job>) {
        let mut answers: FuturesUnordered<BoxFuture<'static, Answer>> = FuturesUnordered::new();
        let mut stream = self.connect().await;
        let mut again = std::pin::pin!(tokio::time::sleep(Duration::ZERO));
        loop {
            let room = self.waiting.len() < JOBS_MOST;
            let wake = tokio::select! {
                biased;
                said = next_of(&mut stream) => Wake::Said(said),
                () = &mut again, if stream.is_none() => Wake::Reconnect,
                Some(answer) = answers.next(), if !answers.is_empty() => Wake::Answered(answer),
                job = inbox.recv(), if room => Wake::Asked(job),
            };
            match wake {
                Wake::Said(Some(report)) => self.pass_on(report).await,
                Wake::Said(None) => {
                    stream = None;
                    self.link(LinkHealth::Down, "the stream of fills ended")
                        .await;
                    let delay = self
                        .backoff
                        .next(self.clock.elapsed().subsec_nanos().into());
                    again.set(tokio::time::sleep(delay));
                }
                Wake::Reconnect => {
                    stream = self.connect().await;
                    if stream.is_none() {
                        let delay = self
                            .backoff
                            .next(self.clock.elapsed().subsec_nanos().into());
                        again.set(tokio::time::sleep(delay));
                    }
                }
                Wake::Answered((order_id, reports)) => {
                    self.under_way
                        .retain(|job| job.order_id() != order_id.as_ref());
                    stream = self.drain(stream).await;
                    for report in reports {
                        self.report(report).await;
                    }
                }
                Wake::Asked(Some(job)) => {
                    if job == (Job::Reread { fills: true }) && stream.is_some() {
                        self.drain(stream).await;
                        stream = Some(self.open());
                    }
                    self.waiting.push_back(job);
                }
                Wake::Asked(None) => return,
            }
            self.start(&mut answers);
        }
    }

    /// Starts every waiting job that need not follow another.
    fn start(&mut self, answers: &mut FuturesUnordered<BoxFuture<'static, Answer>>) {
        let mut held: VecDeque<Job> = VecDeque::new();
        for job in std::mem::take(&mut self.waiting) {
            let mut earlier = self.under_way.iter().chain(&held);
            let full = self.under_way.len() >= JOBS_MOST;
            if full || earlier.any(|other| job.must_follow(other)) {
                held.push_back(job);
                continue;
            }
            self.under_way.push(job.clone());
            let call = Call {
                id: self.id.clone(),
                broker: Arc::clone(&self.broker),
                patience: self.patience.clone(),
            };
            answers.push(Box::pin(call.make(job)));
        }
        self.waiting = held;
    }

    /// Opens the stream where reading on loses nothing.
    fn open(&self) -> Stream {
        let from = self.trail.front().cloned().flatten();
        // Fused, because a stream that ended may be looked at once more.
        Box::pin(self.broker.stream_fills(from).fuse())
    }

    /// Opens the stream and asks for everything open and held.
    async fn connect(&mut self) -> Option<Stream> {
        let stream = self.open();
        let broker = Arc::clone(&self.broker);
        let statement = async {
            let orders = broker.get_open_orders().await?;
            let positions = broker.get_positions().await?;
            Ok::<_, BrokerError>((orders, positions))
        };
        let words = match tokio::time::timeout(self.patience.call, statement).await {
            Ok(Ok((orders, positions))) => {
                // What was filled before the statement was taken is reported before it.
                let stream = self.drain(Some(stream)).await?;
                self.backoff.reset();
                self.link(LinkHealth::Up, "").await;
                self.report(BrokerReport::Statement {
                    broker: self.id.clone(),
                    orders,
                    positions,
                })
                .await;
                return Some(stream);
            }
            Ok(Err(error)) => error.to_string(),
            Err(_) => format!("no answer within {:?}", self.patience.call),
        };
        self.link(LinkHealth::Down, &words).await;
        None
    }

    /// Passes on whatever the stream has ready.
    async fn drain(&mut self, mut stream: Option<Stream>) -> Option<Stream> {
        while let Some(open) = stream.as_mut() {
            match open.next().now_or_never() {
                Some(Some(report)) => self.pass_on(report).await,
                // An ended stream says so again when the loop asks it.
                Some(None) | None => break,
            }
        }
        stream
    }

    async fn pass_on(&mut self, report: BrokerReport) {
        if let BrokerReport::Fill { cursor, .. } = &report {
            if self.trail.len() > REREAD {
                self.trail.pop_front();
            }
            self.trail.push_back(Some(cursor.clone()));
        }
        self.report(report).await;
    }

    async fn report(&self, report: BrokerReport) {
        let source = Source::Broker(self.id.as_str().into());
        self.sink.report(source, report).await;
    }

    async fn link(&self, health: LinkHealth, detail: &str) {
        let state = LinkState {
            name: LinkName::Broker(self.id.as_str().into()),
            health,
            detail: detail.into(),
            since: Timestamp::from_us(self.clock.wall_us()),
        };
        let source = Source::Broker(self.id.as_str().into());
        self.sink.control(source, Control::Link(state)).await;
    }
}

async fn next_of(stream: &mut Option<Stream>) -> Option<BrokerReport> {
    match stream {
        Some(stream) => stream.next().await,
        None => std::future::pending().await,
    }
}

#[cfg(test)]
mod tests;
