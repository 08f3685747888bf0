//! One call to a broker and what its outcome tells, as reports.
//!
//! A deadline that passes, a broken line and an adapter that gives up leave the
//! outcome unknown; only a call that certainly did not leave is made again.

use std::sync::Arc;

use futures_util::future::BoxFuture;

use crate::adapter::driver::{Answer, Job, Patience};
use crate::domain::{BrokerId, IdempotencyKey, Order, OrderId, OrderState};
use crate::event::BrokerReport;
use crate::protocol::{Broker, BrokerError, Found};

/// One call to a broker, with its deadline and its further tries.
pub(super) struct Call {
    pub(super) id: BrokerId,
    pub(super) broker: Arc<dyn Broker>,
    pub(super) patience: Patience,
}

/// Why a call gave no answer.
enum Failure {
    NotSent(String),
    Refused(String),
    Unknown(String),
}

impl Call {
    /// Makes the call and says what is known of its order after it.
    pub(super) async fn make(self, job: Job) -> Answer {
        let order_id = job.order_id().cloned();
        let reports = match job {
            Job::Place(order) => vec![self.place(*order).await],
            Job::Cancel(order_id) => vec![self.cancel(order_id).await],
            Job::Find(order_id, key) => self.find(order_id, key).await,
            Job::Reread { .. } => self.statement().await.into_iter().collect(),
        };
        (order_id, reports)
    }

    async fn patiently<T>(
        &self,
        call: impl Fn() -> BoxFuture<'static, Result<T, BrokerError>>,
    ) -> Result<T, Failure> {
        let mut waits = self.patience.retries.iter();
        loop {
            let error = match tokio::time::timeout(self.patience.call, call()).await {
                Ok(Ok(answer)) => return Ok(answer),
                Ok(Err(error)) => error,
                Err(_) => {
                    let words = format!("no answer within {:?}", self.patience.call);
                    return Err(Failure::Unknown(words));
                }
            };
            match error {
                BrokerError::Retry { after, text } => match waits.next() {
                    Some(wait) => tokio::time::sleep((*wait).max(after)).await,
                    None => return Err(Failure::NotSent(format!("not sent: {text}"))),
                },
                BrokerError::Rejected { code, text } => {
                    return Err(Failure::Refused(format!("{code}: {text}")));
                }
                // An adapter that cannot go on does not say whether the order left.
                BrokerError::Unknown { text } | BrokerError::Fatal { text } => {
                    return Err(Failure::Unknown(text));
                }
            }
        }
    }

    async fn place(&self, order: Order) -> BrokerReport {
        let (broker, order_id) = (self.id.clone(), order.order_id.clone());
        let adapter = Arc::clone(&self.broker);
        let submitted = self.patiently(move || {
            let (adapter, order) = (Arc::clone(&adapter), order.clone());
            Box::pin(async move { adapter.submit(order).await })
        });
        match submitted.await {
            Ok(taken) if taken.order_id != order_id => BrokerReport::Rejected {
                broker,
                order_id,
                reason: format!("the broker holds order {} under this key", taken.order_id),
            },
            Ok(taken) => match taken.rejected_reason {
                Some(reason) if taken.rejected_at.is_some() => BrokerReport::Rejected {
                    broker,
                    order_id,
                    reason,
                },
                _ => BrokerReport::Accepted {
                    broker,
                    order_id,
                    broker_order_id: taken.broker_order_id,
                },
            },
            Err(Failure::NotSent(reason) | Failure::Refused(reason)) => BrokerReport::Rejected {
                broker,
                order_id,
                reason,
            },
            Err(Failure::Unknown(reason)) => BrokerReport::Unknown {
                broker,
                order_id,
                reason,
            },
        }
    }

    async fn cancel(&self, order_id: OrderId) -> BrokerReport {
        let broker = self.id.clone();
        let adapter = Arc::clone(&self.broker);
        let asked = order_id.clone();
        let canceled = self.patiently(move || {
            let (adapter, order_id) = (Arc::clone(&adapter), asked.clone());
            Box::pin(async move { adapter.cancel(order_id).await })
        });
        match canceled.await {
            Ok(true) => BrokerReport::Canceled { broker, order_id },
            Ok(false) => BrokerReport::CancelRefused {
                broker,
                order_id,
                reason: "the broker did not confirm it: the order is done or not there".into(),
            },
            Err(Failure::NotSent(reason) | Failure::Refused(reason)) => {
                BrokerReport::CancelRefused {
                    broker,
                    order_id,
                    reason,
                }
            }
            // Whether it still works is not known: the order is asked for by its key.
            Err(Failure::Unknown(reason)) => BrokerReport::Unknown {
                broker,
                order_id,
                reason: format!("cancel: {reason}"),
            },
        }
    }

    /// Asks for everything open and held; an asking that fails is made again another time.
    async fn statement(&self) -> Option<BrokerReport> {
        let asked = async {
            let orders = self.broker.get_open_orders().await.ok()?;
            let positions = self.broker.get_positions().await.ok()?;
            Some(BrokerReport::Statement {
                broker: self.id.clone(),
                orders,
                positions,
            })
        };
        tokio::time::timeout(self.patience.call, asked)
            .await
            .ok()
            .flatten()
    }

    async fn find(&self, order_id: OrderId, key: IdempotencyKey) -> Vec<BrokerReport> {
        let broker = self.id.clone();
        let adapter = Arc::clone(&self.broker);
        let asked = key.clone();
        let found = self.patiently(move || {
            let (adapter, key) = (Arc::clone(&adapter), asked.clone());
            Box::pin(async move { adapter.find(key).await })
        });
        let reason = match found.await {
            Ok(Found::Order(order)) => return as_reports(&broker, *order),
            Ok(Found::Never) => {
                return vec![BrokerReport::NotFound {
                    broker,
                    order_id,
                    idempotency_key: key,
                }];
            }
            Ok(Found::CannotTell) => "the broker cannot tell".into(),
            Err(Failure::NotSent(text) | Failure::Refused(text) | Failure::Unknown(text)) => text,
        };
        vec![BrokerReport::Unknown {
            broker,
            order_id,
            reason: format!("asked by key: {reason}"),
        }]
    }
}

/// Says what a found order tells; its fills come on the stream.
fn as_reports(broker: &BrokerId, order: Order) -> Vec<BrokerReport> {
    let (broker, order_id, state) = (broker.clone(), order.order_id.clone(), order.state());
    if state == OrderState::Rejected {
        return vec![BrokerReport::Rejected {
            broker,
            order_id,
            reason: order.rejected_reason.unwrap_or_default(),
        }];
    }
    let mut reports = vec![BrokerReport::Accepted {
        broker: broker.clone(),
        order_id: order_id.clone(),
        broker_order_id: order.broker_order_id,
    }];
    match state {
        OrderState::Canceled => reports.push(BrokerReport::Canceled {
            broker: broker.clone(),
            order_id: order_id.clone(),
        }),
        OrderState::Expired => reports.push(BrokerReport::Expired {
            broker: broker.clone(),
            order_id: order_id.clone(),
        }),
        OrderState::Created
        | OrderState::Submitted
        | OrderState::Accepted
        | OrderState::PartiallyFilled
        | OrderState::Filled
        | OrderState::Rejected => {}
    }
    reports.push(BrokerReport::Stands {
        broker,
        order_id,
        filled: order.filled_quantity,
        ended: state.is_terminal(),
    });
    reports
}
