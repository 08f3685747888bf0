//! The bus: order, bounds, refusals, conflation, and that no wake is lost.

mod lanes;
mod latest;
mod market;

use std::time::Duration;

use mts1b_desk::bus::{Arrival, Inlets};
use mts1b_desk::domain::{BrokerId, OrderId, Quote, Symbol, Timestamp, VenueId};
use mts1b_desk::event::{BrokerReport, Command, Control, Input, MarketEvent, Source};

/// Long enough that only a lost wake lets it pass.
const PATIENCE: Duration = Duration::from_secs(30);

fn cancel(order: &str) -> Command {
    Command::Cancel {
        order_id: OrderId::new(order).unwrap(),
    }
}

fn canceled(order: &str) -> BrokerReport {
    BrokerReport::Canceled {
        broker: BrokerId::new("paper").unwrap(),
        order_id: OrderId::new(order).unwrap(),
    }
}

fn quote(symbol: &str, bid: i32) -> Quote {
    Quote {
        symbol: Symbol::new(symbol).unwrap(),
        bid: mts1b_desk::domain::Price::whole(bid),
        ask: mts1b_desk::domain::Price::whole(bid + 1),
        bid_size: mts1b_desk::domain::Quantity::whole(100),
        ask_size: mts1b_desk::domain::Quantity::whole(200),
        venue: VenueId::new("sim").unwrap(),
        timestamp: Timestamp::EPOCH,
    }
}

fn market(symbol: &str, bid: i32) -> MarketEvent {
    MarketEvent::Quote {
        quote: quote(symbol, bid),
        received_at: Timestamp::from_us(i64::from(bid)),
    }
}

/// Says what arrived, a word each.
fn words(arrivals: &[Arrival]) -> Vec<String> {
    let word = |arrival: &Arrival| match &arrival.input {
        Input::Control(Control::Tick) => "tick".to_owned(),
        Input::Command(Command::Cancel { order_id }) => format!("cancel {order_id}"),
        Input::Command(Command::Halt(halt)) => format!("halt {}", halt.halt_id),
        Input::Execution(BrokerReport::Canceled { order_id, .. }) => format!("report {order_id}"),
        other => panic!("not sent by these tests: {other:?}"),
    };
    arrivals.iter().map(word).collect()
}

fn drain(inlets: &mut Inlets) -> Vec<String> {
    let mut arrivals = Vec::new();
    inlets.drain(&mut arrivals, usize::MAX);
    words(&arrivals)
}

fn desk() -> Source {
    Source::Desk
}
