//! A journal of past sessions: orders sent, taken and filled, written the way the program writes them.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use mts1b_desk::app::run::draft;
use mts1b_desk::app::setup::Setup;
use mts1b_desk::base::{Clock, SystemClock, SystemIds};
use mts1b_desk::config::{Overrides, Settings};
use mts1b_desk::domain::{
    Fill, FillCursor, FundId, Order, OrderType, Quantity, Quote, Side, Symbol, Ticket, TicketSize,
    TimeInForce, Timestamp,
};
use mts1b_desk::engine::{Out, State};
use mts1b_desk::event::{
    Asks, BrokerReport, Command, Control, Input, MarketEvent, Opening, RateLimits, Source,
};
use mts1b_desk::journal::{Journal, SqliteJournal};
use mts1b_desk::order::effect::Effect;

/// Between two messages: slow enough for the limit on orders a second.
const STEP: Duration = Duration::from_millis(30);

struct Past {
    state: State,
    now: Timestamp,
    out: Out,
    fund: FundId,
}

impl Past {
    fn step(&mut self, input: Input) {
        self.now = self.now.plus(STEP);
        self.state
            .step(Source::Desk, input, self.now, &mut self.out);
    }

    fn quote(&self) -> Quote {
        Quote {
            symbol: Symbol::new("AAPL").unwrap(),
            bid: "209.99".parse().unwrap(),
            ask: "210.00".parse().unwrap(),
            bid_size: Quantity::whole(500),
            ask_size: Quantity::whole(500),
            venue: "sim".parse().unwrap(),
            timestamp: self.now,
        }
    }

    /// Sends an order for one share, has it taken and filled.
    fn trade(&mut self, n: usize, side: Side) {
        let (quote, received_at) = (self.quote(), self.now);
        self.state
            .market(&MarketEvent::Quote { quote, received_at });
        let ticket = Ticket {
            idempotency_key: format!("past-{n}").parse().unwrap(),
            fund_id: self.fund.clone(),
            broker: "paper".parse().unwrap(),
            symbol: Symbol::new("AAPL").unwrap(),
            side,
            size: Some(TicketSize::Units(Quantity::whole(1))),
            order_type: OrderType::Market,
            limit_price: None,
            stop_price: None,
            tif: TimeInForce::Day,
            strategy_id: "manual".parse().unwrap(),
            actor: "trader".to_owned(),
            thesis: String::new(),
        };
        let ticket = Box::new(ticket);
        self.step(Input::Command(Command::Place {
            ticket,
            reviewed: None,
        }));
        let sent = self.out.effects.drain(..).find_map(|effect| match effect {
            Effect::Place(order) => Some(order.into_inner()),
            Effect::Cancel { .. }
            | Effect::Find { .. }
            | Effect::Reread { .. }
            | Effect::Ask(_) => None,
        });
        let order: Order = sent.expect("no limit refuses one share");
        let broker = order.broker.clone();
        self.step(Input::Execution(BrokerReport::Accepted {
            broker: broker.clone(),
            order_id: order.order_id.clone(),
            broker_order_id: None,
        }));
        let fill = Fill {
            fill_id: format!("past-fill-{n}").parse().unwrap(),
            order_id: order.order_id,
            symbol: order.symbol,
            side,
            quantity: order.quantity,
            price: self.quote().touch(side),
            fees: "0.10".parse().unwrap(),
            venue: "paper".parse().unwrap(),
            timestamp: self.now,
            broker_order_id: None,
            liquidity: None,
        };
        self.step(Input::Execution(BrokerReport::Fill {
            broker,
            fill,
            cursor: FillCursor(format!("{}", n + 1).into()),
            quote: Some(Box::new(self.quote())),
        }));
    }
}

/// Writes a journal of so many trades into `data` and returns how many records it has.
pub fn write(data: &Path, trades: usize) -> u64 {
    std::fs::create_dir_all(data).unwrap();
    let settings = Settings::load(None, &Overrides::default()).unwrap();
    let (fund, desk) = (settings.fund().clone(), settings.desk().fund.clone());
    let clock = Arc::new(SystemClock::new());
    let hour_ago = Timestamp::from_us(clock.wall_us()).minus(Duration::from_hours(1));
    let setup = Setup::new(settings, clock, Arc::new(SystemIds::default())).unwrap();
    let mut past = Past {
        state: setup.state_without_feed(),
        now: hour_ago,
        out: Out::default(),
        fund: desk.clone(),
    };
    past.step(Input::Control(Control::Open(Box::new(Opening {
        desk_id: "past".into(),
        fund: fund.config,
        envelope: fund.envelope,
        rates: RateLimits::default(),
        gates: Vec::new(),
        asks: Asks::default(),
        version: "0".to_owned(),
    }))));
    for n in 0..trades {
        let side = if n % 2 == 0 { Side::Buy } else { Side::Sell };
        past.trade(n, side);
    }
    let mut journal = SqliteJournal::open(data).unwrap();
    let drafts = past.out.entries.into_iter();
    let drafts = drafts.map(|entry| draft(entry, &desk));
    journal.append(drafts.collect()).unwrap().last
}
