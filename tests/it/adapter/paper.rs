//! The paper venue: every order type with every time in force, sizes, fees, time, memory, and its laws.

use mts1b_desk::adapter::paper::{Cancel, Exchange, Memory, Settings};
use mts1b_desk::domain::{
    FillCursor, Order, OrderState, OrderType, Quantity, Quote, Rate, Side, TimeInForce,
};
use mts1b_desk::event::BrokerReport;
use proptest::prelude::*;

use super::kit::{limit, ms, noon, order, quote};

fn open() -> Exchange {
    Exchange::new(Settings::default()).unwrap()
}

/// Writes reports as short words: `fill 10@101`, `canceled`, `expired`.
fn words(exchange: &mut Exchange) -> Vec<String> {
    let mut reports = Vec::new();
    exchange.take_reports(&mut reports);
    let word = |report: &BrokerReport| match report {
        BrokerReport::Fill { fill, .. } => format!("fill {}@{}", fill.quantity, fill.price),
        BrokerReport::Canceled { .. } => "canceled".into(),
        BrokerReport::Expired { .. } => "expired".into(),
        other => format!("{other:?}"),
    };
    reports.iter().map(word).collect()
}

fn typed(kind: OrderType, tif: TimeInForce, limit: Option<&str>, stop: Option<&str>) -> Order {
    Order {
        order_type: kind,
        tif,
        limit_price: limit.map(|p| p.parse().unwrap()),
        stop_price: stop.map(|p| p.parse().unwrap()),
        ..order(1, Side::Buy, "30", "AAPL")
    }
}

/// Each order buys 30 at noon into 99 x 10, 101 x 20; the ask then goes to 102 x 50, and a day later to 103 x 5.
fn life(order: Order) -> String {
    let mut exchange = open();
    exchange.on_quote(&quote("AAPL", ("99", "10"), ("101", "20")), noon(), noon());
    if let Err(refusal) = exchange.submit(order, noon()) {
        return format!("refused {}", refusal.code);
    }
    exchange.on_timer(noon().plus(ms(99)));
    assert!(
        words(&mut exchange).is_empty(),
        "nothing before its latency"
    );
    let (second, midnight) = (
        noon().plus(ms(1000)),
        "2026-03-03T00:00:00Z".parse().unwrap(),
    );
    exchange.on_timer(noon().plus(ms(100)));
    exchange.on_quote(&quote("AAPL", ("100", "10"), ("102", "50")), second, second);
    let mut all = words(&mut exchange);
    exchange.on_timer(midnight);
    all.push("|".into());
    all.append(&mut words(&mut exchange));
    exchange.on_quote(
        &quote("AAPL", ("101", "10"), ("103", "5")),
        midnight,
        midnight,
    );
    exchange.on_timer(midnight.plus(ms(86_400_000)));
    all.append(&mut words(&mut exchange));
    all.join(" ")
}

#[test]
fn every_type_with_every_time_in_force() {
    use OrderType::{Limit, Market, MarketableLimit, Stop, StopLimit};
    use TimeInForce::{Day, Fok, Gtc, Ioc, Opg};
    let cases = [
        (Market, Day, None, None, "fill 20@101 fill 10@102 |"),
        (Market, Gtc, None, None, "fill 20@101 fill 10@102 |"),
        (Market, Ioc, None, None, "fill 20@101 canceled |"),
        (Market, Fok, None, None, "canceled |"),
        (Market, Opg, None, None, "| fill 5@103 expired"),
        (Limit, Day, Some("101"), None, "fill 20@101 | expired"),
        (Limit, Day, Some("105"), None, "fill 20@101 fill 10@102 |"),
        (Limit, Day, Some("100"), None, "| expired"),
        (Limit, Gtc, Some("101"), None, "fill 20@101 |"),
        (Limit, Gtc, Some("100"), None, "|"),
        (Limit, Ioc, Some("101"), None, "fill 20@101 canceled |"),
        (Limit, Ioc, Some("100"), None, "canceled |"),
        (Limit, Fok, Some("101"), None, "canceled |"),
        (Limit, Opg, Some("103"), None, "| fill 5@103 expired"),
        (Limit, Opg, Some("102"), None, "| expired"),
        (Stop, Day, None, Some("102"), "fill 30@102 |"),
        (Stop, Day, None, Some("101"), "fill 20@101 fill 10@102 |"),
        (Stop, Day, None, Some("103"), "| expired"),
        (Stop, Gtc, None, Some("103"), "| fill 5@103"),
        (Stop, Ioc, None, Some("103"), "| fill 5@103 canceled"),
        (Stop, Fok, None, Some("102"), "fill 30@102 |"),
        (Stop, Fok, None, Some("103"), "| canceled"),
        (Stop, Opg, None, Some("102"), "refused BAD_TIF"),
        (StopLimit, Day, Some("102"), Some("102"), "fill 30@102 |"),
        (StopLimit, Gtc, Some("101"), Some("102"), "|"),
        (StopLimit, Day, Some("101"), Some("102"), "| expired"),
        (StopLimit, Ioc, Some("101"), Some("102"), "canceled |"),
        (StopLimit, Fok, Some("101"), Some("101"), "canceled |"),
        (
            MarketableLimit,
            Day,
            Some("101"),
            None,
            "fill 20@101 canceled |",
        ),
        (MarketableLimit, Gtc, Some("100"), None, "canceled |"),
        (
            MarketableLimit,
            Ioc,
            Some("105"),
            None,
            "fill 20@101 canceled |",
        ),
        (MarketableLimit, Fok, Some("105"), None, "canceled |"),
        (
            MarketableLimit,
            Opg,
            Some("105"),
            None,
            "| fill 5@103 expired",
        ),
        (Limit, Day, None, None, "refused BAD_PRICE"),
        (StopLimit, Day, Some("1"), None, "refused BAD_PRICE"),
    ];
    for (kind, tif, limit, stop, expected) in cases {
        let got = life(typed(kind, tif, limit, stop));
        assert_eq!(got, expected, "{kind} {tif} limit {limit:?} stop {stop:?}");
    }
}

#[test]
fn sells_mirror_buys() {
    let mut exchange = open();
    exchange.on_quote(&quote("AAPL", ("99", "10"), ("101", "20")), noon(), noon());
    let sell = Order {
        order_type: OrderType::Stop,
        stop_price: Some("98".parse().unwrap()),
        ..order(1, Side::Sell, "15", "AAPL")
    };
    exchange.submit(sell, noon()).unwrap();
    exchange
        .submit(limit(order(2, Side::Short, "5", "AAPL"), "99"), noon())
        .unwrap();
    exchange.on_timer(noon().plus(ms(100)));
    assert_eq!(words(&mut exchange), ["fill 5@99"]);
    let later = noon().plus(ms(200));
    exchange.on_quote(&quote("AAPL", ("97.5", "10"), ("98.5", "9")), later, later);
    assert_eq!(words(&mut exchange), ["fill 10@97.5"]);
}

#[test]
fn a_quotes_size_is_used_up_until_the_next_quote_and_the_keener_price_is_served_first() {
    let mut exchange = open();
    exchange.on_quote(&quote("AAPL", ("99", "10"), ("101", "20")), noon(), noon());
    exchange
        .submit(limit(order(1, Side::Buy, "15", "AAPL"), "101"), noon())
        .unwrap();
    exchange
        .submit(limit(order(2, Side::Buy, "15", "AAPL"), "102"), noon())
        .unwrap();
    exchange.on_timer(noon().plus(ms(100)));
    assert_eq!(words(&mut exchange), ["fill 15@101", "fill 5@101"]);
    exchange
        .submit(order(3, Side::Cover, "4", "AAPL"), noon().plus(ms(150)))
        .unwrap();
    exchange.on_timer(noon().plus(ms(300)));
    assert!(
        words(&mut exchange).is_empty(),
        "nothing is left at the touch"
    );
    let later = noon().plus(ms(400));
    exchange.on_quote(&quote("AAPL", ("99", "10"), ("101", "6")), later, later);
    // The market order goes first, then what is left of the second limit.
    assert_eq!(words(&mut exchange), ["fill 4@101", "fill 2@101"]);
}

#[test]
fn without_a_good_quote_a_market_order_is_refused_and_a_limit_rests() {
    let crossed = quote("AAPL", ("102", "10"), ("101", "20"));
    let good = quote("AAPL", ("99", "10"), ("101", "20"));
    let stale = noon().minus(ms(60_000));
    let cases = [
        (None, "NO_QUOTE", "there is no quote of AAPL"),
        (
            Some((&crossed, noon())),
            "BAD_QUOTE",
            "the quote of AAPL cannot be used: bid is above ask",
        ),
        (
            Some((&good, stale)),
            "STALE_QUOTE",
            "the quote of AAPL is 60000 ms old, at most 15000 ms",
        ),
    ];
    for (seen, code, text) in cases {
        let mut exchange = open();
        if let Some((quote, at)) = seen {
            exchange.on_quote(quote, at, at);
        }
        let refusal = exchange
            .submit(order(1, Side::Buy, "1", "AAPL"), noon())
            .unwrap_err();
        assert_eq!((refusal.code, refusal.text.as_str()), (code, text));
        let again = exchange
            .submit(order(1, Side::Buy, "1", "AAPL"), noon())
            .unwrap_err();
        assert_eq!(again.text, text, "the same key has the same answer");
        exchange
            .submit(limit(order(2, Side::Buy, "1", "AAPL"), "200"), noon())
            .unwrap();
        exchange.on_timer(noon().plus(ms(500)));
        assert!(words(&mut exchange).is_empty());
        exchange.on_quote(&good, noon().plus(ms(600)), noon().plus(ms(600)));
        assert_eq!(words(&mut exchange), ["fill 1@101"]);
    }
}

#[test]
fn fees_are_five_basis_points_in_usd_whatever_the_price_is_in() {
    let mut exchange = open();
    let at = noon();
    let yen = quote("USD/JPY", ("149.99", "1000000"), ("150.01", "1000000"));
    let refusal = exchange
        .submit(order(9, Side::Buy, "1000", "USD/JPY"), at)
        .unwrap_err();
    assert_eq!(refusal.text, "no quote tells what one JPY is worth in USD");
    exchange.on_quote(&yen, at, at);
    exchange.on_quote(&quote("BTC-USDT", ("39999", "2"), ("40000", "2")), at, at);
    exchange
        .submit(order(1, Side::Buy, "1000", "USD/JPY"), at)
        .unwrap();
    exchange
        .submit(order(2, Side::Buy, "0.5", "BTC-USDT"), at)
        .unwrap();
    exchange.on_timer(at.plus(ms(100)));
    let fees: Vec<_> = exchange
        .fills_after(None)
        .iter()
        .map(|f| f.fees.to_string())
        .collect();
    // 1000 x 150.01 / 150 x 0.0005; 0.5 x 40000 x 0.0005.
    assert_eq!(fees[0], "0.5000333333");
    assert_eq!(fees[1].parse::<Rate>().unwrap(), Rate::whole(10));
    let refusal = exchange
        .submit(order(3, Side::Buy, "1", "700:XHKG"), at)
        .unwrap_err();
    assert_eq!(refusal.text, "the currency of 700:XHKG is not known");
}

#[test]
fn one_key_is_one_order_and_a_cancel_is_true_once() {
    let mut exchange = open();
    exchange.on_quote(&quote("AAPL", ("99", "10"), ("101", "20")), noon(), noon());
    let first = exchange
        .submit(limit(order(1, Side::Buy, "5", "AAPL"), "90"), noon())
        .unwrap();
    assert_eq!(
        first.broker_order_id.as_ref().unwrap().as_str(),
        "PAPER-00000001"
    );
    assert_eq!(
        (first.submitted_at, first.accepted_at),
        (Some(noon()), Some(noon()))
    );
    let again = exchange
        .submit(limit(order(1, Side::Buy, "5", "AAPL"), "90"), noon())
        .unwrap();
    assert_eq!(again, first);
    let other = Order {
        idempotency_key: "key-other".parse().unwrap(),
        ..limit(order(1, Side::Buy, "5", "AAPL"), "90")
    };
    assert_eq!(
        exchange.submit(other, noon()).unwrap_err().code,
        "KNOWN_ORDER"
    );
    assert_eq!(exchange.open_orders().len(), 1);
    assert_eq!(exchange.cancel(&first.order_id, noon()), Cancel::Done);
    assert_eq!(exchange.cancel(&first.order_id, noon()), Cancel::TooLate);
    assert_eq!(
        exchange.cancel(&"nobody".parse().unwrap(), noon()),
        Cancel::NoSuchOrder
    );
    let found = exchange.find(&first.idempotency_key).unwrap();
    assert_eq!(found.state(), OrderState::Canceled);
    exchange
        .submit(order(2, Side::Buy, "5", "AAPL"), noon())
        .unwrap();
    // The fill came due before the cancel did: the cancel lost the race.
    assert_eq!(
        exchange.cancel(&"o-2".parse().unwrap(), noon().plus(ms(100))),
        Cancel::TooLate
    );
    assert_eq!(words(&mut exchange), ["fill 5@101"]);
}

#[test]
fn what_the_journal_remembers_is_what_the_venue_remembers() {
    let mut before = open();
    let wide = quote("AAPL", ("99", "10"), ("101", "20"));
    before.on_quote(&wide, noon(), noon());
    let filled = before
        .submit(order(2, Side::Buy, "1", "AAPL"), noon())
        .unwrap();
    let accepted = before
        .submit(limit(order(1, Side::Buy, "30", "AAPL"), "101"), noon())
        .unwrap();
    before.on_timer(noon().plus(ms(100)));
    let mut reports = Vec::new();
    before.take_reports(&mut reports);
    let fills: Vec<_> = reports
        .into_iter()
        .filter_map(|report| match report {
            BrokerReport::Fill { fill, cursor, .. } => Some((fill, cursor)),
            _ => None,
        })
        .collect();
    let never = Order {
        submitted_at: Some(noon()),
        ..order(3, Side::Buy, "1", "AAPL")
    };
    let orders = vec![
        before.find(&accepted.idempotency_key).unwrap().clone(),
        before.find(&filled.idempotency_key).unwrap().clone(),
        never,
    ];
    let memory = Memory {
        orders,
        fills: fills.clone(),
        cursor: None,
        positions: before.positions(),
    };
    let mut after = Exchange::restore(Settings::default(), memory).unwrap();
    assert_eq!(
        after.find(&"key-3".parse().unwrap()),
        None,
        "never accepted, never here"
    );
    assert_eq!(
        after
            .submit(order(2, Side::Buy, "1", "AAPL"), noon())
            .unwrap()
            .state(),
        OrderState::Filled
    );
    assert_eq!(after.open_orders(), before.open_orders());
    assert_eq!(after.fills_after(None).len(), 2);
    assert_eq!(after.fills_after(Some(&fills[0].1)), [fills[1].0.clone()]);
    let later = noon().plus(ms(5000));
    after.on_quote(&wide, later, later);
    let ids: Vec<_> = after
        .fills_after(None)
        .iter()
        .map(|f| f.fill_id.to_string())
        .collect();
    assert_eq!(
        ids,
        ["PAPER-F00000001", "PAPER-F00000002", "PAPER-F00000003"]
    );
    assert_eq!(
        after.positions()[0].quantity,
        "31".parse::<Quantity>().unwrap()
    );
    let next = after
        .submit(limit(order(4, Side::Buy, "1", "AAPL"), "1"), later)
        .unwrap();
    assert_eq!(next.broker_order_id.unwrap().as_str(), "PAPER-00000003");
    let far = Some(FillCursor("000000000099".into()));
    assert!(after.fills_after(far.as_ref()).is_empty());
}

#[test]
fn a_day_that_ended_while_the_desk_was_closed_is_said_on_opening() {
    let mut before = open();
    let accepted = before
        .submit(limit(order(1, Side::Buy, "5", "AAPL"), "90"), noon())
        .unwrap();
    let memory = Memory {
        orders: vec![accepted],
        ..Memory::default()
    };
    let mut after = Exchange::restore(Settings::default(), memory).unwrap();
    after.on_timer(noon().plus(ms(86_400_000)));
    assert_eq!(words(&mut after), ["expired"]);
}

#[test]
fn a_venue_that_was_asked_much_forgets_what_is_long_done() {
    let mut exchange = open();
    let known = |exchange: &Exchange, n: u32| {
        exchange
            .find(&order(n, Side::Buy, "1", "AAPL").idempotency_key)
            .is_some()
    };
    // Refused for want of a quote, which is one way to be done.
    for n in 0..7000 {
        exchange
            .submit(order(n, Side::Buy, "1", "AAPL"), noon())
            .unwrap_err();
    }
    assert!(known(&exchange, 6999) && known(&exchange, 7000 - 6144));
    assert!(!known(&exchange, 7000 - 6145) && !known(&exchange, 0));
}

#[tokio::test(start_paused = true)]
async fn a_reader_that_falls_behind_holds_the_venue_up_and_misses_nothing() {
    use futures_util::{FutureExt, StreamExt};
    use mts1b_desk::adapter::paper::PaperBroker;
    use mts1b_desk::protocol::Broker;

    let (_tape, quotes) = super::kit::tape();
    let clock = std::sync::Arc::new(super::kit::RuntimeClock::new());
    let broker = PaperBroker::start(open(), quotes, clock);
    let mut stream = broker.stream_fills(None);
    // Asking for the first report is what makes the stream a reader.
    assert!(stream.next().now_or_never().is_none());
    let mut taken = 0;
    for n in 0..2000 {
        // Without a quote there is nothing for it at its first moment, which is told.
        let ends = Order {
            tif: TimeInForce::Ioc,
            ..limit(order(n, Side::Buy, "1", "AAPL"), "1")
        };
        if tokio::time::timeout(ms(1000), broker.submit(ends))
            .await
            .is_err()
        {
            break;
        }
        taken += 1;
        tokio::time::sleep(ms(150)).await;
    }
    // One report more than waits for the reader is in the venue's hand.
    assert_eq!(taken, 1025);
    for n in 0..taken {
        let report = stream.next().await.unwrap();
        let BrokerReport::Canceled { order_id, .. } = report else {
            panic!("{report:?}");
        };
        assert_eq!(order_id, order(n, Side::Buy, "1", "AAPL").order_id);
    }
    // It goes on with what it was asked meanwhile.
    tokio::time::sleep(ms(150)).await;
    assert!(broker.get_open_orders().await.unwrap().is_empty());
}

fn any_order() -> impl Strategy<Value = (Side, u32, OrderType, TimeInForce, i64, i64)> {
    (
        proptest::sample::select(&Side::ALL[..]),
        1u32..60,
        proptest::sample::select(&OrderType::ALL[..]),
        proptest::sample::select(&TimeInForce::ALL[..]),
        90i64..112,
        90i64..112,
    )
}

#[derive(Debug, Clone)]
enum Step {
    Submit((Side, u32, OrderType, TimeInForce, i64, i64)),
    Quote {
        bid: i64,
        width: i64,
        sizes: (u32, u32),
    },
    Cancel(usize),
    Wait(u64),
}

fn any_step() -> impl Strategy<Value = Step> {
    prop_oneof![
        3 => any_order().prop_map(Step::Submit),
        6 => (92i64..108, -1i64..4, (0u32..40, 0u32..40))
            .prop_map(|(bid, width, sizes)| Step::Quote { bid, width, sizes }),
        1 => (0usize..20).prop_map(Step::Cancel),
        2 => (0u64..400).prop_map(Step::Wait),
        1 => (0u64..50_000_000).prop_map(Step::Wait),
    ]
}

proptest! {
    /// Filled at most what was ordered, at the touch of the quote in force, within the limit, and
    /// never more from one quote than it showed; a cancel that was confirmed ends the fills.
    #[test]
    fn no_price_and_no_size_is_invented(steps in proptest::collection::vec(any_step(), 1..80)) {
        let mut exchange = open();
        let mut now = noon();
        let mut sent: Vec<Order> = Vec::new();
        let mut shown: Option<(Quote, Quantity, Quantity)> = None;
        let mut ended = std::collections::HashSet::new();
        let mut filled = std::collections::HashMap::new();
        for (n, step) in steps.into_iter().enumerate() {
            let mut canceled = None;
            let mut fresh = None;
            match step {
                Step::Submit((side, quantity, kind, tif, at, stop)) => {
                    let n = u32::try_from(n).unwrap();
                    let order = Order {
                        order_type: kind,
                        tif,
                        limit_price: kind.needs_limit().then(|| at.to_string().parse().unwrap()),
                        stop_price: kind.needs_stop().then(|| stop.to_string().parse().unwrap()),
                        ..order(n, side, &quantity.to_string(), "AAPL")
                    };
                    if exchange.submit(order.clone(), now).is_ok() {
                        sent.push(order);
                    }
                }
                Step::Quote { bid, width, sizes } => {
                    let quote = quote(
                        "AAPL",
                        (&bid.to_string(), &sizes.0.to_string()),
                        (&(bid + width).to_string(), &sizes.1.to_string()),
                    );
                    // What came due before this quote met the one before it.
                    exchange.on_timer(now);
                    fresh = Some(quote);
                }
                Step::Cancel(n) => {
                    if let Some(order) = sent.get(n)
                        && exchange.cancel(&order.order_id, now) == Cancel::Done
                    {
                        canceled = Some(order.order_id.clone());
                    }
                }
                Step::Wait(by) => {
                    now = now.plus(ms(by));
                    exchange.on_timer(now);
                }
            }
            for round in 0..2 {
                if round == 1 {
                    let Some(quote) = fresh.take() else { break };
                    exchange.on_quote(&quote, now, now);
                    let (bid_size, ask_size) = (quote.bid_size, quote.ask_size);
                    shown = Some((quote, bid_size, ask_size));
                }
                let mut reports = Vec::new();
                exchange.take_reports(&mut reports);
                for report in reports {
                    match report {
                        BrokerReport::Fill { fill, quote: at, .. } => {
                            let order = sent.iter().find(|o| o.order_id == fill.order_id).unwrap();
                            let (quote, bid_left, ask_left) = shown.as_mut().unwrap();
                            prop_assert_eq!(at.as_deref(), Some(&*quote));
                            prop_assert!(quote.fault().is_none());
                            prop_assert_eq!(fill.price, quote.touch(fill.side));
                            let left = if fill.side.is_buy() { ask_left } else { bid_left };
                            *left -= fill.quantity;
                            prop_assert!(!left.is_negative() && fill.quantity.is_positive());
                            if let Some(limit) = order.limit_price {
                                let within = if fill.side.is_buy() { fill.price <= limit } else { fill.price >= limit };
                                prop_assert!(within);
                            }
                            prop_assert!(!ended.contains(&fill.order_id));
                            let sum = filled.entry(fill.order_id.clone()).or_insert(Quantity::ZERO);
                            *sum += fill.quantity;
                            prop_assert!(*sum <= order.quantity);
                        }
                        BrokerReport::Canceled { order_id, .. } | BrokerReport::Expired { order_id, .. } => {
                            prop_assert!(ended.insert(order_id));
                        }
                        other => prop_assert!(false, "{:?}", other),
                    }
                }
            }
            if let Some(order_id) = canceled {
                prop_assert!(ended.insert(order_id));
            }
        }
        for open in exchange.open_orders() {
            let sum = filled.get(&open.order_id).copied().unwrap_or(Quantity::ZERO);
            prop_assert_eq!(sum, open.filled_quantity);
            prop_assert!(!ended.contains(&open.order_id));
        }
        let held: Quantity = exchange.positions().iter().map(|p| p.quantity).sum();
        let done: Quantity = exchange.fills_after(None).iter().map(|f| f.side.signed(f.quantity)).sum();
        prop_assert_eq!(held, done);
    }
}
