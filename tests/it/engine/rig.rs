//! An engine over one dollar share at 100.00 / 100.02, a book of a million and nobody else.

use std::collections::HashMap;
use std::time::Duration;

use mts1b_desk::domain::{
    Fill, FillCursor, OrderId, OrderType, Quantity, Quote, RiskEnvelope, Side, Ticket, TicketSize,
    Timestamp,
};
use mts1b_desk::engine::{DeskInfo, Out, Replay, State, What};
use mts1b_desk::event::{
    Asks, BrokerReport, Command, Control, Fact, Input, LinkHealth, LinkName, LinkState,
    MarketEvent, Opening, OrderFact, RateLimits, Source,
};
use mts1b_desk::market::Market;
use mts1b_desk::order::effect::Effect;
use mts1b_desk::order::oms::OrderRecord;

use crate::support::build::{self, capability, envelope, fund, noon, read};

pub const AAPL: &str = "AAPL";

/// A program's name.
pub fn program() -> Source {
    Source::Program("algo".into())
}

pub fn person() -> Source {
    Source::Person("ana".into())
}

/// A state over one share, not opened.
pub fn state() -> State {
    let instruments = vec![build::instrument(AAPL, "0.01", "1")];
    let market = Market::new(instruments, HashMap::new(), Duration::from_secs(5), 8);
    State::new(info(), build::lent(market))
}

/// What does not change: a desk on paper.
pub fn info() -> DeskInfo {
    DeskInfo {
        fund_id: fund().fund_id,
        broker: "paper".into(),
        feed: "sim".into(),
        live: false,
        read_only: false,
        capability: Some(capability()),
        fee_bps: 5,
        simulated: Vec::new(),
    }
}

pub fn opening(rates: RateLimits) -> Control {
    asking(rates, envelope(), Asks::default())
}

/// Opens with gates that ask outside.
pub fn asking(rates: RateLimits, envelope: RiskEnvelope, asks: Asks) -> Control {
    Control::Open(Box::new(Opening {
        desk_id: "t1".into(),
        fund: fund(),
        envelope,
        rates,
        gates: Vec::new(),
        asks,
        version: "test".into(),
    }))
}

pub fn quote(now: Timestamp) -> MarketEvent {
    let quote = Quote {
        timestamp: now,
        ..build::quote(AAPL, "100.00", "100.02")
    };
    MarketEvent::Quote {
        quote,
        received_at: now,
    }
}

/// A ticket for so many shares, under a key of its own.
pub fn ticket(key: &str, side: Side, units: &str) -> Ticket {
    Ticket {
        idempotency_key: read(key),
        side,
        ..build::ticket(AAPL, Some(TicketSize::Units(read(units))))
    }
}

/// The same at a limit, until canceled.
pub fn limit(key: &str, side: Side, units: &str, price: &str) -> Ticket {
    Ticket {
        order_type: OrderType::Limit,
        limit_price: Some(read(price)),
        tif: mts1b_desk::domain::TimeInForce::Gtc,
        ..ticket(key, side, units)
    }
}

pub fn place(ticket: Ticket) -> Command {
    Command::Place {
        ticket: Box::new(ticket),
        reviewed: None,
    }
}

/// The engine, its time, and everything that came out.
pub struct Desk {
    pub state: State,
    pub now: Timestamp,
    /// Every fact of the journal, with its place.
    pub facts: Vec<(u64, Fact)>,
    pub effects: Vec<Effect>,
    fills: u32,
}

impl Desk {
    /// Opens with the default rates and a fresh quote.
    pub fn open() -> Self {
        Self::with(RateLimits::default())
    }

    pub fn with(rates: RateLimits) -> Self {
        Self::opened(opening(rates))
    }

    /// Opens as told, with a fresh quote.
    pub fn opened(opening: Control) -> Self {
        let mut desk = Self {
            state: state(),
            now: noon(),
            facts: Vec::new(),
            effects: Vec::new(),
            fills: 0,
        };
        desk.control(opening);
        desk.state.market(&quote(desk.now));
        desk
    }

    /// Ends the session without a word and begins another over what the journal holds.
    pub fn restart(&mut self, rates: RateLimits) {
        self.reopen(opening(rates));
    }

    /// The same, opened as told; returns what the opening said.
    pub fn reopen(&mut self, opening: Control) -> Vec<Fact> {
        self.effects.clear();
        self.state = self.replayed();
        self.state.market(&quote(self.now));
        self.control(opening)
    }

    /// Rebuilds the state from the journal's facts alone, every verdict judged again.
    pub fn replayed(&self) -> State {
        let mut replay = Replay::new(state(), true);
        for (seq, fact) in &self.facts {
            replay.fact(*seq, fact);
        }
        assert_eq!(replay.disagreements(), []);
        replay.into_state()
    }

    /// Lets time pass; the quote stays fresh.
    pub fn wait(&mut self, ms: u64) {
        self.now = self.now.plus(Duration::from_millis(ms));
        self.state.market(&quote(self.now));
    }

    pub fn tick(&mut self) -> Vec<Fact> {
        self.control(Control::Tick)
    }

    pub fn control(&mut self, control: Control) -> Vec<Fact> {
        self.step(Source::Desk, Input::Control(control))
    }

    pub fn command(&mut self, command: Command) -> Vec<Fact> {
        self.step(person(), Input::Command(command))
    }

    pub fn report(&mut self, report: BrokerReport) -> Vec<Fact> {
        self.step(Source::Broker("paper".into()), Input::Execution(report))
    }

    pub fn step(&mut self, source: Source, input: Input) -> Vec<Fact> {
        let mut out = Out::default();
        let before = self.state.seq();
        self.state.step(source, input, self.now, &mut out);
        let seqs: Vec<u64> = out.entries.iter().map(|entry| entry.seq).collect();
        let gapless: Vec<u64> = (before + 1..=self.state.seq()).collect();
        assert_eq!(seqs, gapless, "the journal has no gaps");
        let mut facts = Vec::new();
        for entry in out.entries {
            if let What::Fact(fact) = entry.what {
                self.facts.push((entry.seq, (*fact).clone()));
                facts.push(*fact);
            }
        }
        self.effects.extend(out.effects);
        facts
    }

    /// Sends a ticket and has the venue take it; returns the order's name.
    pub fn work(&mut self, ticket: Ticket) -> OrderId {
        let key = ticket.idempotency_key.clone();
        self.command(place(ticket));
        let order_id = self
            .state
            .orders()
            .by_key(&key)
            .unwrap()
            .order
            .order_id
            .clone();
        self.accept(&order_id);
        order_id
    }

    pub fn accept(&mut self, order_id: &OrderId) -> Vec<Fact> {
        self.report(BrokerReport::Accepted {
            broker: read("paper"),
            order_id: order_id.clone(),
            broker_order_id: None,
        })
    }

    pub fn canceled(&mut self, order_id: &OrderId) -> Vec<Fact> {
        self.report(BrokerReport::Canceled {
            broker: read("paper"),
            order_id: order_id.clone(),
        })
    }

    /// Has the venue do a part of an order.
    pub fn fill(&mut self, order_id: &OrderId, units: &str) -> Vec<Fact> {
        self.fills += 1;
        let order = &self.record(order_id).order;
        let fill = Fill {
            fill_id: read(&format!("f-{}", self.fills)),
            order_id: order_id.clone(),
            symbol: order.symbol.clone(),
            side: order.side,
            quantity: read(units),
            price: order.limit_price.unwrap_or(read("100.02")),
            fees: read("0"),
            venue: read("paper"),
            timestamp: self.now,
            broker_order_id: None,
            liquidity: None,
        };
        let cursor = FillCursor(format!("{:04}", self.fills).into());
        self.report(BrokerReport::Fill {
            broker: read("paper"),
            fill,
            cursor,
            quote: None,
        })
    }

    /// Ends the session without a word and begins another, the broker at hand.
    pub fn restart_up(&mut self) {
        self.restart(RateLimits::default());
        self.link(LinkHealth::Down);
        self.link(LinkHealth::Up);
        self.effects.clear();
    }

    /// Returns the name of the order under a key.
    pub fn record_of(&self, key: &str) -> OrderId {
        let record = self.state.orders().by_key(&read(key)).unwrap();
        record.order.order_id.clone()
    }

    /// Has the venue report a fill of the other side under an order's name, as often as it takes to be believed.
    pub fn fill_as(&mut self, order_id: &OrderId, side: Side, units: &str) -> Vec<Fact> {
        let fill = Fill {
            fill_id: read("odd-1"),
            order_id: order_id.clone(),
            symbol: read(AAPL),
            side,
            quantity: read(units),
            price: read("90.00"),
            fees: read("0"),
            venue: read("paper"),
            timestamp: self.now,
            broker_order_id: None,
            liquidity: None,
        };
        self.report(BrokerReport::Fill {
            broker: read("paper"),
            fill,
            cursor: FillCursor("9000".into()),
            quote: None,
        })
    }

    pub fn link(&mut self, health: LinkHealth) -> Vec<Fact> {
        self.control(Control::Link(LinkState {
            name: LinkName::Broker("paper".into()),
            health,
            detail: String::new(),
            since: self.now,
        }))
    }

    pub fn record(&self, order_id: &OrderId) -> &OrderRecord {
        self.state.orders().get(order_id).unwrap()
    }

    pub fn held(&self) -> Quantity {
        self.state.ledger().quantity(&read(AAPL))
    }

    /// Takes out what left, in a word each.
    pub fn left(&mut self) -> Vec<String> {
        let word = |effect: &Effect| match effect {
            Effect::Place(order) => {
                let order = order.get();
                format!("place {} {}", order.side, order.quantity)
            }
            Effect::Cancel { .. } => "cancel".to_owned(),
            Effect::Find { .. } => "find".to_owned(),
            Effect::Reread { fills: false, .. } => "reread".to_owned(),
            Effect::Reread { fills: true, .. } => "reread with fills".to_owned(),
            Effect::Ask(ask) => format!("ask {}", ask.gate),
        };
        self.effects.drain(..).map(|effect| word(&effect)).collect()
    }
}

/// Returns the reasons commands were refused for.
pub fn refusals(facts: &[Fact]) -> Vec<String> {
    facts
        .iter()
        .filter_map(|fact| match fact {
            Fact::Order(
                OrderFact::CommandRefused { reason, .. } | OrderFact::Rejected { reason, .. },
            ) => Some(reason.clone()),
            _ => None,
        })
        .collect()
}
