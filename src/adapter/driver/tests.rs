//! The driver against a scripted broker, in paused time.

use std::sync::Mutex;

use futures_util::stream;

use super::*;
use crate::domain::{Fill, Position, Side, TimeInForce};
use crate::protocol::{Capability, Found};

/// What the scripted broker answers to its next submit.
type Script = VecDeque<Result<Duration, BrokerError>>;

#[derive(Debug, Default)]
struct Scripted {
    submits: Mutex<Script>,
    calls: Mutex<Vec<String>>,
    cancel: Mutex<Option<Result<bool, BrokerError>>>,
    found: Mutex<Option<Found>>,
    streams: Mutex<VecDeque<Vec<BrokerReport>>>,
}

impl Scripted {
    fn note(&self, call: String) {
        self.calls.lock().unwrap().push(call);
    }
}

impl Broker for Scripted {
    fn name(&self) -> &'static str {
        "scripted"
    }

    fn capability(&self) -> Capability {
        Capability {
            asset_classes: Vec::new(),
            order_types: Vec::new(),
            tifs: Vec::new(),
        }
    }

    fn submit(&self, order: Order) -> BoxFuture<'_, Result<Order, BrokerError>> {
        self.note(format!("submit {}", order.idempotency_key));
        let next = self.submits.lock().unwrap().pop_front();
        Box::pin(async move {
            tokio::time::sleep(next.unwrap_or(Ok(Duration::ZERO))?).await;
            self.note(format!("took {}", order.order_id));
            Ok(Order {
                submitted_at: Some(Timestamp::EPOCH),
                ..order
            })
        })
    }

    fn cancel(&self, order_id: OrderId) -> BoxFuture<'_, Result<bool, BrokerError>> {
        self.note(format!("cancel {order_id}"));
        let answer = self.cancel.lock().unwrap().clone();
        Box::pin(async move {
            match answer {
                Some(answer) => answer,
                None => std::future::pending().await,
            }
        })
    }

    fn get_open_orders(&self) -> BoxFuture<'_, Result<Vec<Order>, BrokerError>> {
        Box::pin(std::future::ready(Ok(Vec::new())))
    }

    fn get_positions(&self) -> BoxFuture<'_, Result<Vec<Position>, BrokerError>> {
        Box::pin(std::future::ready(Ok(Vec::new())))
    }

    fn stream_fills(&self, after: Option<FillCursor>) -> BoxStream<'static, BrokerReport> {
        let after = after.map_or("start".into(), |cursor| cursor.0);
        self.note(format!("stream after {after}"));
        // A script is a stream that ends; without one it stays open and silent.
        match self.streams.lock().unwrap().pop_front() {
            Some(reports) => Box::pin(stream::iter(reports)),
            None => Box::pin(stream::pending()),
        }
    }

    fn find(&self, _key: IdempotencyKey) -> BoxFuture<'_, Result<Found, BrokerError>> {
        let found = self.found.lock().unwrap().clone();
        Box::pin(std::future::ready(Ok(found.unwrap_or(Found::CannotTell))))
    }
}

/// Writes down what the driver hands over, in short words.
#[derive(Debug, Default)]
struct Notes(Mutex<Vec<String>>);

fn word(report: &BrokerReport) -> String {
    match report {
        BrokerReport::Accepted { order_id, .. } => format!("accepted {order_id}"),
        BrokerReport::Rejected {
            order_id, reason, ..
        } => format!("rejected {order_id}: {reason}"),
        BrokerReport::Unknown {
            order_id, reason, ..
        } => format!("unknown {order_id}: {reason}"),
        BrokerReport::NotFound { order_id, .. } => format!("not found {order_id}"),
        BrokerReport::Fill { fill, .. } => format!("fill {}", fill.fill_id),
        BrokerReport::Canceled { order_id, .. } => format!("canceled {order_id}"),
        BrokerReport::Stands {
            order_id, filled, ..
        } => format!("stands {order_id} {filled}"),
        BrokerReport::CancelRefused {
            order_id, reason, ..
        } => format!("cancel refused {order_id}: {reason}"),
        BrokerReport::Expired { order_id, .. } => format!("expired {order_id}"),
        BrokerReport::Statement { .. } => "statement".into(),
    }
}

impl Sink for Notes {
    fn report(&self, _source: Source, report: BrokerReport) -> BoxFuture<'_, ()> {
        self.0.lock().unwrap().push(word(&report));
        Box::pin(std::future::ready(()))
    }

    fn control(&self, _source: Source, control: Control) -> BoxFuture<'_, ()> {
        if let Control::Link(state) = control {
            let line = format!("{:?} {}", state.health, state.detail);
            self.0.lock().unwrap().push(line.trim().to_owned());
        }
        Box::pin(std::future::ready(()))
    }

    fn market(&self, events: &mut Vec<MarketEvent>) {
        events.clear();
    }
}

fn order(n: u32) -> Order {
    Order {
        order_id: format!("o-{n}").parse().unwrap(),
        idempotency_key: format!("key-{n}").parse().unwrap(),
        symbol: "AAPL".parse().unwrap(),
        side: Side::Buy,
        quantity: "10".parse().unwrap(),
        order_type: crate::domain::OrderType::Market,
        limit_price: None,
        stop_price: None,
        tif: TimeInForce::Day,
        fund_id: "f".parse().unwrap(),
        strategy_id: "s".parse().unwrap(),
        broker: "scripted".parse().unwrap(),
        actor: "test".into(),
        created_at: Timestamp::EPOCH,
        submitted_at: None,
        accepted_at: None,
        filled_at: None,
        canceled_at: None,
        rejected_at: None,
        broker_order_id: None,
        parent_order_id: None,
        filled_quantity: "0".parse().unwrap(),
        avg_fill_price: None,
        rejected_reason: None,
        thesis: String::new(),
    }
}

fn fill(n: u32) -> BrokerReport {
    BrokerReport::Fill {
        broker: "scripted".parse().unwrap(),
        fill: Fill {
            fill_id: format!("f-{n}").parse().unwrap(),
            order_id: "o-1".parse().unwrap(),
            symbol: "AAPL".parse().unwrap(),
            side: Side::Buy,
            quantity: "1".parse().unwrap(),
            price: "1".parse().unwrap(),
            fees: "0".parse().unwrap(),
            venue: "scripted".parse().unwrap(),
            timestamp: Timestamp::EPOCH,
            broker_order_id: None,
            liquidity: None,
        },
        cursor: FillCursor(format!("c-{n}").into()),
        quote: None,
    }
}

struct Rig {
    broker: Arc<Scripted>,
    notes: Arc<Notes>,
    driver: Driver,
}

impl Rig {
    fn new(prepare: impl FnOnce(&Scripted)) -> Self {
        let (broker, notes) = (Arc::new(Scripted::default()), Arc::new(Notes::default()));
        prepare(&broker);
        let mut driver = Driver::new(Patience::default());
        let clock = Arc::new(crate::base::ManualClock::new(0));
        driver
            .add(broker.clone(), None, notes.clone(), clock)
            .unwrap();
        Self {
            broker,
            notes,
            driver,
        }
    }

    fn ask(&self, job: Job) {
        self.driver.queue("scripted".parse().unwrap(), job).unwrap();
    }

    fn place(&self, n: u32) {
        self.ask(Job::Place(Box::new(order(n))));
    }

    /// Lets `seconds` pass and returns what was reported after the link came up.
    async fn after(&self, seconds: u64) -> Vec<String> {
        tokio::time::sleep(Duration::from_secs(seconds)).await;
        let mut notes = self.notes.0.lock().unwrap().split_off(0);
        notes.retain(|note| note != "Up" && note != "statement");
        notes
    }

    fn calls(&self) -> Vec<String> {
        let mut calls = self.broker.calls.lock().unwrap().split_off(0);
        calls.retain(|call| !call.starts_with("stream"));
        calls
    }
}

fn retry() -> Result<Duration, BrokerError> {
    Err(BrokerError::Retry {
        after: Duration::ZERO,
        text: "no route".into(),
    })
}

#[tokio::test(start_paused = true)]
async fn a_submit_ends_as_what_is_known_of_it() {
    let unknown = |text: &str| BrokerError::Unknown { text: text.into() };
    let fatal = |text: &str| BrokerError::Fatal { text: text.into() };
    let refused = BrokerError::Rejected {
        code: "FUNDS".into(),
        text: "too little cash".into(),
    };
    let cases: Vec<(Script, &str, usize)> = vec![
        (vec![Ok(Duration::ZERO)].into(), "accepted o-1", 1),
        (
            vec![retry(), retry(), Ok(Duration::ZERO)].into(),
            "accepted o-1",
            3,
        ),
        (
            vec![retry(), retry(), retry(), retry()].into(),
            "rejected o-1: not sent: no route",
            4,
        ),
        (
            vec![Err(refused)].into(),
            "rejected o-1: FUNDS: too little cash",
            1,
        ),
        (vec![Err(unknown("torn"))].into(), "unknown o-1: torn", 1),
        (vec![Err(fatal("gone"))].into(), "unknown o-1: gone", 1),
        (
            vec![Ok(Duration::from_mins(1))].into(),
            "unknown o-1: no answer within 5s",
            1,
        ),
        (
            vec![retry(), Err(unknown("torn"))].into(),
            "unknown o-1: torn",
            2,
        ),
    ];
    for (script, expected, calls) in cases {
        let rig = Rig::new(|broker| *broker.submits.lock().unwrap() = script);
        rig.place(1);
        assert_eq!(rig.after(30).await, [expected]);
        let submits = rig.calls();
        let submits = submits.iter().filter(|c| *c == "submit key-1");
        assert_eq!(submits.count(), calls, "{expected}: the same key each time");
    }
}

#[tokio::test(start_paused = true)]
async fn placements_keep_their_order_and_a_cancel_waits_for_its_own_order_alone() {
    let rig = Rig::new(|broker| {
        *broker.submits.lock().unwrap() = vec![Ok(Duration::from_secs(3))].into();
        *broker.cancel.lock().unwrap() = Some(Ok(true));
    });
    rig.place(1);
    rig.place(2);
    rig.ask(Job::Cancel("o-1".parse().unwrap()));
    rig.ask(Job::Cancel("o-9".parse().unwrap()));
    assert_eq!(rig.after(1).await, ["canceled o-9"]);
    rig.after(5).await;
    let calls = rig.calls();
    let at = |call: &str| calls.iter().position(|c| c == call).unwrap();
    assert!(at("took o-1") < at("submit key-2"), "{calls:?}");
    assert!(at("took o-1") < at("cancel o-1"), "{calls:?}");
    assert!(at("cancel o-9") < at("took o-1"), "{calls:?}");
}

#[tokio::test(start_paused = true)]
async fn a_cancel_is_what_the_broker_says_and_silence_is_not_a_refusal() {
    let cases = [
        (Some(Ok(true)), "canceled o-1"),
        (
            Some(Ok(false)),
            "cancel refused o-1: the broker did not confirm it: the order is done or not there",
        ),
        (None, "unknown o-1: cancel: no answer within 5s"),
    ];
    for (answer, expected) in cases {
        let rig = Rig::new(|broker| *broker.cancel.lock().unwrap() = answer);
        rig.ask(Job::Cancel("o-1".parse().unwrap()));
        assert_eq!(rig.after(10).await, [expected]);
    }
}

#[tokio::test(start_paused = true)]
async fn an_order_asked_for_by_key_is_reported_as_it_stands() {
    let found = |order| Some(Found::Order(Box::new(order)));
    let cases: [(Option<Found>, &[&str]); 5] = [
        (Some(Found::Never), &["not found o-1"]),
        (None, &["unknown o-1: asked by key: the broker cannot tell"]),
        (found(order(1)), &["accepted o-1", "stands o-1 0"]),
        (
            found(order(1).canceled(Timestamp::EPOCH)),
            &["accepted o-1", "canceled o-1", "stands o-1 0"],
        ),
        (
            found(order(1).expired(Timestamp::EPOCH)),
            &["accepted o-1", "expired o-1", "stands o-1 0"],
        ),
    ];
    for (found, expected) in cases {
        let rig = Rig::new(|broker| *broker.found.lock().unwrap() = found);
        rig.ask(Job::Find("o-1".parse().unwrap(), "key-1".parse().unwrap()));
        assert_eq!(rig.after(1).await, expected);
    }
}

#[tokio::test(start_paused = true)]
async fn a_stream_that_ends_is_said_and_read_again_from_a_safe_place() {
    let rig = Rig::new(|broker| {
        *broker.streams.lock().unwrap() = vec![vec![fill(1), fill(2)], vec![fill(3)]].into();
    });
    let notes = rig.after(120).await;
    let ended = "Down the stream of fills ended";
    assert_eq!(notes, ["fill f-1", "fill f-2", ended, "fill f-3", ended]);
    let calls = rig.broker.calls.lock().unwrap().clone();
    assert_eq!(
        calls, ["stream after start"; 3],
        "a fill that was overtaken must not be lost"
    );
}

#[tokio::test(start_paused = true)]
async fn only_so_many_fills_are_read_again() {
    let rig = Rig::new(|broker| {
        let many = (1..=u32::try_from(REREAD).unwrap() + 2).map(fill).collect();
        *broker.streams.lock().unwrap() = vec![many].into();
    });
    rig.after(1).await;
    let calls = rig.broker.calls.lock().unwrap().clone();
    assert_eq!(calls[..2], ["stream after start", "stream after c-2"]);
}

#[tokio::test(start_paused = true)]
async fn what_cannot_be_queued_is_handed_back_as_not_sent() {
    let rig = Rig::new(|_| {});
    let job = || Job::Place(Box::new(order(1)));
    let refused = rig.driver.queue("nobody".parse().unwrap(), job());
    assert_eq!(
        word(&refused.unwrap_err()),
        "rejected o-1: not sent: there is no broker nobody"
    );
    // The task has not run yet: the queue fills.
    let broker: BrokerId = "scripted".parse().unwrap();
    let mut full = None;
    for _ in 0..=QUEUE_MOST {
        full = rig.driver.queue(broker.clone(), job()).err();
    }
    assert_eq!(
        word(&full.unwrap()),
        "rejected o-1: not sent: the broker's queue is full"
    );
    let cancel = Job::Cancel("o-2".parse().unwrap());
    let refused = rig.driver.queue(broker, cancel).unwrap_err();
    assert_eq!(
        word(&refused),
        "cancel refused o-2: not sent: the broker's queue is full"
    );
}

#[tokio::test(start_paused = true)]
async fn everything_is_asked_for_again_while_the_rest_goes_on() {
    let rig = Rig::new(|broker| {
        broker
            .submits
            .lock()
            .unwrap()
            .push_back(Ok(Duration::from_secs(3)));
    });
    rig.after(1).await;
    rig.broker.calls.lock().unwrap().clear();
    rig.place(1);
    rig.ask(Job::Reread { fills: false });
    tokio::time::sleep(Duration::from_secs(1)).await;
    assert_eq!(
        *rig.notes.0.lock().unwrap(),
        ["statement"],
        "it waits for no order"
    );
    assert_eq!(*rig.broker.calls.lock().unwrap(), ["submit key-1"]);
    // With its fills, the stream begins anew, and what was lost on it comes.
    rig.broker
        .streams
        .lock()
        .unwrap()
        .push_back(vec![fill(1), fill(2)]);
    rig.notes.0.lock().unwrap().clear();
    rig.ask(Job::Reread { fills: true });
    tokio::time::sleep(Duration::from_millis(1)).await;
    assert!(
        rig.broker
            .calls
            .lock()
            .unwrap()
            .contains(&"stream after start".to_owned())
    );
    assert_eq!(
        rig.notes.0.lock().unwrap()[..3],
        ["fill f-1", "fill f-2", "Down the stream of fills ended"]
    );
}

#[test]
fn a_reading_that_cannot_be_queued_is_no_report() {
    let driver = Driver::new(Patience::default());
    let effect = Effect::Reread {
        broker: "nobody".parse().unwrap(),
        fills: true,
    };
    assert_eq!(driver.execute(effect), Ok(()));
}
