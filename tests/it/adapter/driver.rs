//! The driver and the pump over real adapters: effects in, reports and market data out.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use futures_util::future::BoxFuture;
use mts1b_desk::adapter::driver::{Driver, Patience, Sink};
use mts1b_desk::adapter::paper::{Exchange, PaperBroker, Settings};
use mts1b_desk::adapter::pump::Pump;
use mts1b_desk::adapter::sim::{SimFeed, SimSpec};
use mts1b_desk::domain::Side;
use mts1b_desk::event::{BrokerReport, Control, LinkHealth, MarketEvent, Source};
use mts1b_desk::order::effect::Effect;
use mts1b_desk::protocol::Broker;

use super::kit::{RuntimeClock, limit, noon, order, tape};
use super::replay::{SMALL, recording};
use super::sim::shipped;

#[derive(Default)]
struct Heard {
    reports: Mutex<Vec<BrokerReport>>,
    links: Mutex<Vec<(Source, LinkHealth, String)>>,
    market: Mutex<Vec<MarketEvent>>,
}

impl Sink for Heard {
    fn report(&self, _source: Source, report: BrokerReport) -> BoxFuture<'_, ()> {
        self.reports.lock().unwrap().push(report);
        Box::pin(std::future::ready(()))
    }

    fn control(&self, source: Source, control: Control) -> BoxFuture<'_, ()> {
        if let Control::Link(state) = control {
            self.links
                .lock()
                .unwrap()
                .push((source, state.health, state.detail));
        }
        Box::pin(std::future::ready(()))
    }

    fn market(&self, events: &mut Vec<MarketEvent>) {
        self.market.lock().unwrap().append(events);
    }
}

#[tokio::test(start_paused = true)]
async fn a_paper_order_is_found_canceled_and_not_canceled_again() {
    let clock = Arc::new(RuntimeClock::new());
    let (_quotes, tape) = tape();
    let exchange = Exchange::new(Settings::default()).unwrap();
    let broker = Arc::new(PaperBroker::start(exchange, tape, clock.clone()));
    let resting = limit(order(1, Side::Buy, "5", "AAPL"), "90");
    broker.submit(resting.clone()).await.unwrap();
    let heard = Arc::new(Heard::default());
    let mut driver = Driver::new(Patience::default());
    driver.add(broker, None, heard.clone(), clock).unwrap();
    let (id, broker) = (resting.order_id.clone(), resting.broker.clone());
    let cancel = || Effect::Cancel {
        broker: broker.clone(),
        order_id: id.clone(),
    };
    let find = |key: &str| Effect::Find {
        broker: broker.clone(),
        order_id: id.clone(),
        idempotency_key: key.parse().unwrap(),
    };
    for effect in [find("key-1"), find("key-7"), cancel(), cancel()] {
        driver.execute(effect).unwrap();
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    let reports = heard.reports.lock().unwrap();
    let [statement, found, stands, never, canceled, refused] = reports.as_slice() else {
        panic!("{reports:#?}");
    };
    assert!(matches!(statement, BrokerReport::Statement { orders, .. } if orders.len() == 1));
    assert!(matches!(
        found,
        BrokerReport::Accepted {
            broker_order_id: Some(_),
            ..
        }
    ));
    assert!(
        matches!(stands, BrokerReport::Stands { filled, ended: false, .. } if filled.is_zero())
    );
    assert!(matches!(never, BrokerReport::NotFound { .. }));
    assert!(matches!(canceled, BrokerReport::Canceled { .. }));
    assert!(matches!(refused, BrokerReport::CancelRefused { .. }));
    assert_eq!(heard.links.lock().unwrap()[0].1, LinkHealth::Up);
}

#[tokio::test(start_paused = true)]
async fn the_pump_carries_a_feed_to_its_end_and_says_so() {
    let clock = Arc::new(RuntimeClock::new());
    let feed = recording(&format!("{SMALL}@max"), clock.clone()).unwrap();
    let symbols = feed.symbols().to_vec();
    let heard = Arc::new(Heard::default());
    let pump = Pump::start(&feed, symbols, heard.clone(), clock);
    while !pump.is_finished() {
        tokio::task::yield_now().await;
    }
    assert_eq!(heard.market.lock().unwrap().len(), 4);
    let links = heard.links.lock().unwrap();
    let health: Vec<_> = links.iter().map(|(_, health, _)| *health).collect();
    assert_eq!(health, [LinkHealth::Up, LinkHealth::Ended]);
    assert_eq!(links[0].0, Source::Feed("replay".into()));
}

#[tokio::test(start_paused = true)]
async fn dropping_the_pump_stops_the_feed() {
    let clock = Arc::new(RuntimeClock::new());
    let spec = SimSpec {
        rate: 1000,
        symbols: Some(5),
        ..SimSpec::default()
    };
    let feed = SimFeed::new(spec, &shipped(), noon(), clock.clone()).unwrap();
    let symbols: Vec<_> = feed
        .instruments()
        .into_iter()
        .map(|known| known.symbol)
        .collect();
    assert_eq!(symbols[0].as_str(), "AAPL");
    let heard = Arc::new(Heard::default());
    let pump = Pump::start(&feed, symbols, heard.clone(), clock);
    tokio::time::sleep(Duration::from_secs(1)).await;
    drop(pump);
    tokio::time::sleep(Duration::from_secs(1)).await;
    let quotes = heard.market.lock().unwrap().len();
    assert!((900..1400).contains(&quotes), "{quotes}");
}
