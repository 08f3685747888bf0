//! The MUST rules of brokers.

use std::sync::Arc;
use std::time::Duration;

use futures_util::StreamExt;
use futures_util::future::BoxFuture;

use crate::adapter::conformance::{Record, Step, held};
use crate::base::Clock;
use crate::domain::{Fill, FillCursor, Money, Order, OrderId, Quantity, Symbol};
use crate::event::BrokerReport;
use crate::protocol::{Broker, BrokerError, Found};

/// What the suite needs beside the broker itself.
pub trait BrokerBench: Send + Sync {
    /// Returns the broker.
    fn broker(&self) -> Arc<dyn Broker>;

    /// Returns the broker made anew over the same account, as after a crash of the desk.
    fn restart(&self) -> BoxFuture<'_, Arc<dyn Broker>>;

    /// Returns an order under a new key that rests far from the market.
    fn resting(&self) -> Order;

    /// Returns an order under a new key that is filled wholly and soon; each call of the same side and symbol.
    fn crossing(&self) -> Order;

    /// Returns what the fill is worth in the account's base currency.
    fn worth(&self, fill: &Fill) -> Option<Money>;

    /// Returns how long a fill may take, and how long to wait before saying there is none.
    fn patience(&self) -> Duration;
}

/// A fill and where the stream stood after it.
type Seen = (Fill, FillCursor);

/// Reads fills until `enough` says so, or patience ends.
async fn read(
    broker: &Arc<dyn Broker>,
    after: Option<FillCursor>,
    patience: Duration,
    enough: impl Fn(&[Seen]) -> bool,
) -> Vec<Seen> {
    let mut stream = broker.stream_fills(after);
    let mut seen = Vec::new();
    let reading = async {
        while !enough(&seen) {
            match stream.next().await {
                Some(BrokerReport::Fill { fill, cursor, .. }) => seen.push((fill, cursor)),
                Some(_) => {}
                None => return,
            }
        }
    };
    // What came before patience ended is what was seen.
    let _ = tokio::time::timeout(patience, reading).await;
    seen
}

fn done(seen: &[Seen], order_id: &OrderId) -> Quantity {
    let ours = seen.iter().filter(|(fill, _)| fill.order_id == *order_id);
    ours.map(|(fill, _)| fill.quantity).sum()
}

fn is_open(open: &[Order], order_id: &OrderId) -> bool {
    open.iter().any(|order| order.order_id == *order_id)
}

fn words(error: &BrokerError) -> String {
    error.to_string()
}

/// Asks everything a broker must do.
pub async fn broker_suite(bench: &dyn BrokerBench, clock: Arc<dyn Clock>) -> Vec<Step> {
    let mut record = Record::new(clock);
    let name = bench.broker().name().to_owned();
    let broker = bench.restart().await;
    let stable = !name.is_empty() && broker.name() == name;
    record.step("name is stable", held(stable, name));
    let can = broker.capability();
    let some = !can.asset_classes.is_empty() && !can.order_types.is_empty() && !can.tifs.is_empty();
    record.step("says what it can do", held(some, format!("{can:?}")));
    let resting = submits(&mut record, bench, &broker).await;
    if let Some(resting) = &resting {
        cancels(&mut record, bench, &broker, resting).await;
    }
    let fills = fills(&mut record, bench, &broker).await;
    races(&mut record, bench, &broker).await;
    let broker = match fills.first() {
        Some(first) => replays(&mut record, bench, &broker, first).await,
        None => broker,
    };
    agrees(&mut record, bench, &broker).await;
    record.steps
}

async fn submits(
    record: &mut Record,
    bench: &dyn BrokerBench,
    broker: &Arc<dyn Broker>,
) -> Option<Order> {
    let order = bench.resting();
    let asked = broker.find(order.idempotency_key.clone()).await;
    let absent = matches!(asked, Ok(Found::Never | Found::CannotTell));
    record.step(
        "a key never used finds nothing",
        held(absent, format!("{asked:?}")),
    );
    let taken = broker.submit(order.clone()).await.map_err(|e| words(&e));
    let taken = record.step(
        "submit returns the order with submitted_at set",
        taken.and_then(|taken| {
            let ok = taken.submitted_at.is_some() && taken.order_id == order.order_id;
            let detail = format!("submitted at {:?}", taken.submitted_at);
            if ok { Ok((taken, detail)) } else { Err(detail) }
        }),
    )?;
    let again = broker.submit(order.clone()).await.map_err(|e| words(&e));
    let open = broker.get_open_orders().await.unwrap_or_default();
    let count = open
        .iter()
        .filter(|o| o.idempotency_key == order.idempotency_key)
        .count();
    let same = again.and_then(|again| {
        let ok = again.broker_order_id == taken.broker_order_id && count == 1;
        held(
            ok,
            format!("{:?} works {count} time(s)", again.broker_order_id),
        )
    });
    record.step("submit is idempotent on the key", same);
    let found = broker.find(order.idempotency_key.clone()).await;
    let ok = matches!(&found, Ok(Found::Order(o)) if o.order_id == order.order_id);
    record.step(
        "a working order is found by its key",
        held(
            ok,
            if ok {
                String::new()
            } else {
                format!("{found:?}")
            },
        ),
    );
    Some(taken)
}

async fn cancels(
    record: &mut Record,
    bench: &dyn BrokerBench,
    broker: &Arc<dyn Broker>,
    resting: &Order,
) {
    let order_id = resting.order_id.clone();
    let first = broker.cancel(order_id.clone()).await;
    let open = broker.get_open_orders().await.unwrap_or_default();
    let gone = !is_open(&open, &order_id);
    record.step(
        "a confirmed cancel ends the order",
        held(
            first == Ok(true) && gone,
            format!("cancel says {first:?}, gone: {gone}"),
        ),
    );
    let second = broker.cancel(order_id).await;
    record.step(
        "a canceled order is not canceled twice",
        held(second != Ok(true), format!("{second:?}")),
    );
    let unknown = broker.cancel(bench.resting().order_id).await;
    record.step(
        "an order never sent is not canceled",
        held(unknown != Ok(true), format!("{unknown:?}")),
    );
}

async fn fills(
    record: &mut Record,
    bench: &dyn BrokerBench,
    broker: &Arc<dyn Broker>,
) -> Vec<Seen> {
    let mut all = Vec::new();
    for _ in 0..2 {
        let order = bench.crossing();
        if let Err(error) = broker.submit(order.clone()).await {
            record.step(
                "an order that crosses is filled",
                Err::<((), _), _>(words(&error)),
            );
            return all;
        }
        let wanted = order.quantity;
        let seen = read(broker, None, bench.patience(), |seen| {
            done(seen, &order.order_id) >= wanted
        })
        .await;
        let got = done(&seen, &order.order_id);
        let detail = format!("{got} of {wanted}");
        record.step(
            "an order that crosses is filled, never beyond its quantity",
            held(got == wanted, detail),
        );
        let late = broker.cancel(order.order_id.clone()).await;
        record.step(
            "a filled order is not canceled",
            held(late != Ok(true), format!("{late:?}")),
        );
        all = seen;
    }
    let mut ids: Vec<_> = all.iter().map(|(fill, _)| &fill.fill_id).collect();
    let count = ids.len();
    ids.sort_unstable();
    ids.dedup();
    record.step(
        "no fill id twice",
        held(ids.len() == count, format!("{count} fills")),
    );
    let fees = all.iter().try_for_each(|(fill, _)| {
        let worth = bench.worth(fill).unwrap_or(Money::ZERO);
        // No venue takes more than a hundredth; fees in a small unit such as the yen show as far more.
        let most = crate::domain::Rate::from_setting(0.01).unwrap_or_default();
        let fits = !fill.fees.is_negative() && fill.fees <= worth.abs() * most;
        if fits {
            Ok(())
        } else {
            Err(format!("{} on {worth}", fill.fees))
        }
    });
    record.step(
        "fees are in the base currency",
        fees.map(|()| ((), format!("{count} fills"))),
    );
    all
}

async fn races(record: &mut Record, bench: &dyn BrokerBench, broker: &Arc<dyn Broker>) {
    let order = bench.crossing();
    let order_id = order.order_id.clone();
    let wanted = order.quantity;
    if let Err(error) = broker.submit(order).await {
        record.step(
            "a cancel that races a fill tells the truth",
            Err::<((), _), _>(words(&error)),
        );
        return;
    }
    let canceled = broker.cancel(order_id.clone()).await == Ok(true);
    let seen = read(broker, None, bench.patience(), |seen| {
        done(seen, &order_id) >= wanted
    })
    .await;
    let got = done(&seen, &order_id);
    let ok = if canceled {
        got < wanted
    } else {
        got == wanted
    };
    record.step(
        "a cancel that races a fill tells the truth",
        held(
            ok,
            format!("canceled: {canceled}, filled {got} of {wanted}"),
        ),
    );
}

async fn replays(
    record: &mut Record,
    bench: &dyn BrokerBench,
    broker: &Arc<dyn Broker>,
    first: &Seen,
) -> Arc<dyn Broker> {
    let short = bench.patience();
    let all = read(broker, None, short, |_| false).await;
    let after = read(broker, Some(first.1.clone()), short, |_| false).await;
    let rest = |from: &[Seen]| -> Vec<_> { from.iter().map(|(f, _)| f.fill_id.clone()).collect() };
    let whole = rest(&all);
    let tail = whole.iter().position(|id| *id == first.0.fill_id);
    let tail = tail.and_then(|at| whole.get(at + 1..)).unwrap_or_default();
    let ok = !tail.is_empty() && tail == rest(&after).as_slice();
    record.step(
        "after a cursor come exactly the fills after it",
        held(ok, format!("{} of {}", after.len(), all.len())),
    );
    let again = bench.restart().await;
    let after = read(&again, Some(first.1.clone()), short, |_| false).await;
    record.step(
        "a restart loses no fill",
        held(
            tail == rest(&after).as_slice(),
            format!("{} of {}", after.len(), tail.len()),
        ),
    );
    let all_again = read(&again, None, short, |_| false).await;
    let same = rest(&all_again) == whole;
    record.step(
        "a restart makes no fill twice",
        held(same, format!("{} of {}", all_again.len(), all.len())),
    );
    again
}

async fn agrees(record: &mut Record, bench: &dyn BrokerBench, broker: &Arc<dyn Broker>) {
    let resting = bench.resting();
    let taken = broker.submit(resting.clone()).await;
    let open = broker.get_open_orders().await.unwrap_or_default();
    let broker = bench.restart().await;
    let later = broker.get_open_orders().await.unwrap_or_default();
    let ok =
        taken.is_ok() && is_open(&open, &resting.order_id) && is_open(&later, &resting.order_id);
    record.step(
        "a working order outlives a restart",
        held(
            ok,
            format!("{} open before, {} after", open.len(), later.len()),
        ),
    );
    let seen = read(&broker, None, bench.patience(), |_| false).await;
    let positions = broker.get_positions().await.unwrap_or_default();
    let mut symbols: Vec<&Symbol> = seen.iter().map(|(fill, _)| &fill.symbol).collect();
    symbols.sort_unstable();
    symbols.dedup();
    let differs = symbols.into_iter().find_map(|symbol| {
        let ours = seen.iter().filter(|(fill, _)| fill.symbol == *symbol);
        let filled: Quantity = ours.map(|(fill, _)| fill.side.signed(fill.quantity)).sum();
        let held = positions.iter().filter(|p| p.symbol == *symbol);
        let held: Quantity = held.map(|p| p.quantity).sum();
        (filled != held).then(|| format!("{symbol}: {filled} filled, {held} held"))
    });
    let detail = differs
        .clone()
        .unwrap_or_else(|| format!("{} fills", seen.len()));
    record.step(
        "positions agree with fills",
        held(differs.is_none(), detail),
    );
    let over = later.iter().find(|order| {
        done(&seen, &order.order_id) != order.filled_quantity || order.state().is_terminal()
    });
    let detail = over.map_or(String::new(), |order| order.order_id.to_string());
    record.step("open orders agree with fills", held(over.is_none(), detail));
    let canceled = broker.cancel(resting.order_id).await;
    record.step(
        "an order from before a restart can be canceled",
        held(canceled == Ok(true), format!("{canceled:?}")),
    );
}
