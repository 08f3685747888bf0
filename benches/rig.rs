//! A desk of any size, driven through the engine's own `step` and nothing else.
//!
//! Holds the state, its clock and what the last steps brought about. Everything a
//! case measures (positions, working orders, finished ones) got there the way it
//! does in the product.

use std::collections::HashMap;
use std::time::Duration;

use mts1b_desk::domain::{
    Currency, CustomGate, Fill, FillCursor, Instrument, Money, OrderId, OrderType, Quantity, Quote,
    RiskEnvelope, Side, Symbol, Ticket, TicketSize, TimeInForce, Timestamp,
};
use mts1b_desk::engine::{DeskInfo, LoopStats, Out, Snapshot, State};
use mts1b_desk::event::{
    Asks, BrokerReport, Command, Control, Fact, Input, MarketEvent, Opening, RateLimits, RiskFact,
    Source,
};
use mts1b_desk::market::Market;

use crate::build::{self, read};

/// Far beyond any run, so that a quote made while setting up is still fresh.
const STALE_AFTER: Duration = Duration::from_secs(100_000);

/// A desk and its time.
#[derive(Debug)]
pub struct Rig {
    pub state: State,
    pub now: Timestamp,
    pub out: Out,
    made: u64,
}

impl Rig {
    /// Opens the fund over so many shares, each quoted once.
    pub fn open(symbols: usize) -> Self {
        let mut rig = Self {
            state: empty(symbols),
            now: build::noon(),
            out: Out::default(),
            made: 0,
        };
        let mut fund = build::fund();
        fund.target_nav_usd = nav();
        let mut envelope = build::envelope();
        envelope.nav_usd = nav();
        // Below that of gross, so that every limit there is is asked.
        envelope.max_sector_pct = 0.99;
        envelope.max_asset_class_pct = 0.99;
        envelope.max_country_pct = 0.99;
        rig.step(Input::Control(Control::Open(Box::new(Opening {
            desk_id: "bench".into(),
            fund,
            envelope,
            rates: RateLimits::default(),
            gates: Vec::new(),
            asks: Asks::default(),
            version: "0".to_owned(),
        }))));
        for n in 0..symbols {
            let event = rig.quote(n);
            rig.state.market(&event);
        }
        rig
    }

    /// Opens with `positions` held and `working` orders resting, spread over the same symbols.
    pub fn with(positions: usize, working: usize) -> Self {
        let mut rig = Self::open(positions.max(1));
        for n in 0..positions {
            let id = rig.send(n, OrderType::Market);
            rig.fill(&id, n);
        }
        for n in 0..working {
            let id = rig.send(n % positions.max(1), OrderType::Limit);
            rig.accept(&id);
        }
        rig.clear();
        rig
    }

    /// Puts other limits and gates of an operator's own in force.
    pub fn set(&mut self, change: impl FnOnce(&mut RiskEnvelope), gates: Vec<CustomGate>) {
        let books = self.state.books();
        let mut envelope = RiskEnvelope::clone(books.risk.envelope().expect("an envelope"));
        change(&mut envelope);
        for fact in [
            RiskFact::EnvelopeSet(Box::new(envelope)),
            RiskFact::GatesSet(gates),
        ] {
            self.state.apply(self.state.seq() + 1, &Fact::Risk(fact));
        }
    }

    /// Takes one message in, a little later than the one before.
    pub fn step(&mut self, input: Input) {
        self.now = self.now.plus(Duration::from_millis(60));
        self.state
            .step(Source::Desk, input, self.now, &mut self.out);
    }

    /// Forgets what the last steps brought about.
    pub fn clear(&mut self) {
        self.out.entries.clear();
        self.out.effects.clear();
    }

    /// Makes the next quote of a symbol: it moves by a cent each time.
    pub fn quote(&mut self, n: usize) -> MarketEvent {
        self.made += 1;
        let cents = 10_000 + i64::try_from(self.made % 50).unwrap_or(0);
        let price = |cents| rust_decimal::Decimal::new(cents, 2);
        let quote = Quote {
            bid: mts1b_desk::domain::Price::new(price(cents)).unwrap(),
            ask: mts1b_desk::domain::Price::new(price(cents + 2)).unwrap(),
            timestamp: self.now,
            symbol: name(n),
            bid_size: Quantity::whole(500),
            ask_size: Quantity::whole(700),
            venue: read("sim"),
        };
        MarketEvent::Quote {
            quote,
            received_at: self.now,
        }
    }

    /// Makes a ticket for ten units that no limit of the fund refuses.
    pub fn ticket(&mut self, n: usize, order_type: OrderType) -> Ticket {
        self.made += 1;
        let limit = order_type.needs_limit().then(|| read("90.00"));
        Ticket {
            idempotency_key: read(&format!("key-{}", self.made)),
            side: Side::Buy,
            order_type,
            limit_price: limit,
            tif: TimeInForce::Gtc,
            ..build::ticket(name(n).as_str(), Some(TicketSize::Units(read("10"))))
        }
    }

    /// Makes the command that places [`Self::ticket`].
    pub fn place(&mut self, n: usize, order_type: OrderType) -> Input {
        let ticket = Box::new(self.ticket(n, order_type));
        let reviewed = None;
        Input::Command(Command::Place { ticket, reviewed })
    }

    /// Places an order and returns its name.
    pub fn send(&mut self, n: usize, order_type: OrderType) -> OrderId {
        let input = self.place(n, order_type);
        let place = self.state.seq() + 1;
        self.step(input);
        let id = read(&format!("bench-{place}"));
        let record = self.state.orders().get(&id).expect("the order was made");
        assert!(record.is_live(), "refused: {:?}", record.verdicts);
        id
    }

    /// Has the broker take an order.
    pub fn accept(&mut self, order_id: &OrderId) {
        self.step(Input::Execution(BrokerReport::Accepted {
            broker: read("paper"),
            order_id: order_id.clone(),
            broker_order_id: None,
        }));
    }

    /// Has the broker confirm a cancel.
    pub fn canceled(&mut self, order_id: &OrderId) {
        self.step(Input::Execution(BrokerReport::Canceled {
            broker: read("paper"),
            order_id: order_id.clone(),
        }));
    }

    /// Makes the report that an order of ten units was done in full.
    pub fn filled(&mut self, order_id: &OrderId, n: usize) -> Input {
        self.filled_of(order_id, n, Side::Buy)
    }

    fn filled_of(&mut self, order_id: &OrderId, n: usize, side: Side) -> Input {
        self.made += 1;
        let MarketEvent::Quote { quote, .. } = self.quote(n) else {
            unreachable!("a quote is a quote");
        };
        Input::Execution(BrokerReport::Fill {
            broker: read("paper"),
            fill: Fill {
                fill_id: read(&format!("fill-{}", self.made)),
                order_id: order_id.clone(),
                symbol: name(n),
                side,
                quantity: read("10"),
                price: quote.touch(side),
                fees: read("0.50"),
                venue: read("paper"),
                timestamp: self.now,
                broker_order_id: None,
                liquidity: None,
            },
            cursor: FillCursor(format!("{}", self.made).into()),
            quote: Some(Box::new(quote)),
        })
    }

    /// Has an order of either side done in full.
    pub fn fill_of(&mut self, order_id: &OrderId, n: usize, side: Side) {
        let report = self.filled_of(order_id, n, side);
        self.step(report);
    }

    /// Has an order done in full.
    pub fn fill(&mut self, order_id: &OrderId, n: usize) {
        let report = self.filled(order_id, n);
        self.step(report);
    }

    /// Freezes the state.
    pub fn snapshot(&self) -> Snapshot {
        self.state.snapshot(self.now, LoopStats::default())
    }
}

/// Makes the state of an empty journal over so many shares.
pub fn empty(symbols: usize) -> State {
    let instruments = (0..symbols)
        .map(|n| Instrument {
            sector: Some(format!("sector-{}", n % 11).into()),
            country: Some(format!("C{}", n % 20).into()),
            ..build::instrument(name(n).as_str(), "0.01", "1")
        })
        .collect();
    let market = Market::new(
        instruments,
        HashMap::from([(read("USDT"), Currency::USD)]),
        STALE_AFTER,
        symbols.max(16),
    );
    let info = DeskInfo {
        fund_id: read("fund-1"),
        broker: "paper".into(),
        feed: "sim".into(),
        live: false,
        read_only: false,
        capability: Some(build::capability()),
        fee_bps: 5,
        simulated: Vec::new(),
    };
    State::new(info, build::lent(market))
}

/// Names the shares of the rig.
pub fn name(n: usize) -> Symbol {
    read(&format!("SYM{n}"))
}

fn nav() -> Money {
    Money::whole(1_000_000_000)
}
