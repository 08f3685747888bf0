//! Random trading through the engine's own step, as drafts for a journal: whatever may stand in one.

use std::collections::HashMap;
use std::time::Duration;

use mts1b_desk::app::run::draft;
use mts1b_desk::domain::{
    Currency, Fill, FillCursor, HaltRequest, HaltScope, Order, OrderType, Quantity, RiskEnvelope,
    Side, Symbol, Ticket, TicketSize, TimeInForce, Timestamp,
};
use mts1b_desk::engine::{DeskInfo, Out, State};
use mts1b_desk::event::{
    Asks, BrokerReport, Command, Control, Input, LinkHealth, LinkName, LinkState, MarketEvent,
    Opening, RateLimits, Source,
};
use mts1b_desk::journal::Draft;
use mts1b_desk::market::Market;

use crate::support::build::{self, read};

pub const SYMBOLS: u64 = 5;

/// A desk that does anything at all, by its seed.
pub struct Trading {
    state: State,
    now: Timestamp,
    dice: u64,
    made: u64,
    fills: Vec<BrokerReport>,
    open: bool,
}

/// The symbol that is traded in parts.
const COIN: u64 = 3;

/// Names the symbols: shares, a coin and a pair that is priced in yen.
pub fn symbol(n: u64) -> Symbol {
    read(["AAA", "BBB", "CCC", "BTC-USD", "USD/JPY"][usize::try_from(n % SYMBOLS).unwrap()])
}

/// Returns a quote of each symbol.
pub fn quotes() -> Vec<MarketEvent> {
    let quoted = |n| {
        let quote = build::quote(symbol(n).as_str(), "100.00", "100.02");
        MarketEvent::Quote {
            quote,
            received_at: build::noon(),
        }
    };
    (0..SYMBOLS).map(quoted).collect()
}

/// Makes the state of an empty journal.
pub fn empty() -> State {
    let instruments = (0..SYMBOLS)
        .map(|n| {
            build::instrument(
                symbol(n).as_str(),
                "0.01",
                if n == COIN { "0.0001" } else { "1" },
            )
        })
        .collect();
    let pegs = HashMap::from([(read("USDT"), Currency::USD)]);
    let market = Market::new(instruments, pegs, Duration::from_secs(1_000_000_000), 16);
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

impl Trading {
    pub fn new(seed: u64) -> Self {
        let mut state = empty();
        for quote in quotes() {
            state.market(&quote);
        }
        Self {
            state,
            now: build::noon(),
            dice: seed,
            made: 0,
            fills: Vec::new(),
            open: false,
        }
    }

    pub fn state(&self) -> &State {
        &self.state
    }

    pub fn state_mut(&mut self) -> &mut State {
        &mut self.state
    }

    pub fn into_state(self) -> State {
        self.state
    }

    /// Draws a number below `most`.
    fn draw(&mut self, most: u64) -> u64 {
        self.dice = self.dice.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.dice ^ (self.dice >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (mixed ^ (mixed >> 31)) % most.max(1)
    }

    /// Takes one message in and returns what the journal is to keep of it, which may be nothing.
    pub fn step(&mut self) -> Vec<Draft> {
        let rest = [1, 7, 60, 400, 90_000][usize::try_from(self.draw(5)).unwrap()];
        self.now = self.now.plus(Duration::from_millis(rest));
        let input = if self.open {
            self.input()
        } else {
            self.open = true;
            self.opening()
        };
        if let Input::Execution(report @ BrokerReport::Fill { .. }) = &input {
            self.fills.push(report.clone());
        }
        if matches!(input, Input::Control(Control::Close)) {
            self.open = false;
        }
        let mut out = Out::default();
        self.state.step(Source::Desk, input, self.now, &mut out);
        out.entries
            .into_iter()
            .map(|entry| draft(entry, &read("fund-1")))
            .collect()
    }

    fn input(&mut self) -> Input {
        match self.draw(44) {
            0..=11 => self.place(),
            12..=25 => self.report(),
            26..=29 => self.fill_again(),
            30..=32 => match self.any_order() {
                Some(order) => Input::Command(Command::Cancel {
                    order_id: order.order_id,
                }),
                None => Input::Command(Command::CancelOpening { symbol: None }),
            },
            33 => Input::Command(Command::CancelOpening { symbol: None }),
            34 => self.halt(),
            35 => Input::Command(Command::Resume {
                target: "fund-1".to_owned(),
                actor: "ana".to_owned(),
                reason: "looked at".to_owned(),
            }),
            36 => {
                let days = self.draw(40);
                self.now = self.now.plus(Duration::from_hours(24 * days));
                Input::Control(Control::Tick)
            }
            37 => self.link(),
            38 => Input::Control(Control::Close),
            40..=43 => self.replace(),
            _ => Input::Control(Control::Tick),
        }
    }

    /// Opens the books and takes these inputs in, a millisecond apart.
    pub fn through(inputs: impl IntoIterator<Item = Input>) -> Self {
        let mut trading = Self::new(0);
        let opening = trading.opening();
        for input in std::iter::once(opening).chain(inputs) {
            trading.now = trading.now.plus(Duration::from_millis(1));
            let now = trading.now;
            trading
                .state
                .step(Source::Desk, input, now, &mut Out::default());
        }
        trading
    }

    fn opening(&mut self) -> Input {
        let envelope = RiskEnvelope {
            max_position_pct: [0.1, 0.2, 0.3][usize::try_from(self.draw(3)).unwrap()],
            ..build::envelope()
        };
        Input::Control(Control::Open(Box::new(Opening {
            desk_id: "rnd".into(),
            fund: build::fund(),
            envelope,
            gates: Vec::new(),
            rates: RateLimits {
                fund: [20, 5][usize::from(self.draw(3) == 0)],
                ..RateLimits::default()
            },
            asks: Asks::default(),
            version: "test".to_owned(),
        })))
    }

    fn place(&mut self) -> Input {
        // Now and then the key of an order before it.
        if self.draw(6) > 0 {
            self.made += 1;
        }
        let n = self.draw(SYMBOLS);
        let limit = self.draw(2) == 0;
        // Coins come in parts, written with more decimals or fewer.
        let part = ["", ".5", ".05", ".1234"][usize::try_from(self.draw(4)).unwrap()];
        let part = if n == COIN { part } else { "" };
        let size: Quantity = read(&format!("{}{part}", 1 + self.draw(80)));
        let ticket = Ticket {
            idempotency_key: read(&format!("key-{}", self.made)),
            side: [Side::Buy, Side::Sell][usize::try_from(self.draw(2)).unwrap()],
            order_type: if limit {
                OrderType::Limit
            } else {
                OrderType::Market
            },
            limit_price: limit.then(|| read("100.01")),
            tif: TimeInForce::Gtc,
            thesis: "a \"reason\" in words, ümläut".to_owned(),
            ..build::ticket(symbol(n).as_str(), Some(TicketSize::Units(size)))
        };
        Input::Command(Command::Place {
            ticket: Box::new(ticket),
            reviewed: None,
        })
    }

    fn replace(&mut self) -> Input {
        let (order, place) = (self.any_order(), self.place());
        match (order, place) {
            (Some(order), Input::Command(Command::Place { ticket, reviewed })) => {
                let ticket = Ticket {
                    side: order.side,
                    symbol: order.symbol.clone(),
                    order_type: order.order_type,
                    limit_price: order.limit_price.map(|_| read("100.00")),
                    ..*ticket
                };
                Input::Command(Command::Replace {
                    order_id: order.order_id,
                    ticket: Box::new(ticket),
                    reviewed,
                })
            }
            (_, place) => place,
        }
    }

    /// Any order at hand, more often one that is live.
    fn any_order(&mut self) -> Option<Order> {
        let live = self.draw(4) > 0;
        let books = self.state.orders();
        let orders: Vec<Order> = if live {
            books.live().map(|record| record.order.clone()).collect()
        } else {
            books.done().map(|record| record.order.clone()).collect()
        };
        let at = usize::try_from(self.draw(orders.len() as u64)).unwrap();
        orders.get(at).cloned()
    }

    fn report(&mut self) -> Input {
        let Some(order) = self.any_order() else {
            return self.place();
        };
        let (broker, order_id) = (read("paper"), order.order_id.clone());
        let key = order.idempotency_key.clone();
        let reason = "as the venue says".to_owned();
        Input::Execution(match self.draw(16) {
            0..=4 => BrokerReport::Accepted {
                broker,
                order_id,
                broker_order_id: Some(read("venue-1")),
            },
            5..=10 => self.filled(&order),
            11 => BrokerReport::Rejected {
                broker,
                order_id,
                reason,
            },
            12 => BrokerReport::Unknown {
                broker,
                order_id,
                reason,
            },
            13 => BrokerReport::Canceled { broker, order_id },
            14 => BrokerReport::CancelRefused {
                broker,
                order_id,
                reason,
            },
            _ => match self.draw(2) {
                0 => BrokerReport::Expired { broker, order_id },
                _ => BrokerReport::NotFound {
                    broker,
                    order_id,
                    idempotency_key: key,
                },
            },
        })
    }

    fn filled(&mut self, order: &Order) -> BrokerReport {
        let most = order.quantity.decimal().try_into().unwrap_or(1_u64);
        let units = 1 + self.draw(most);
        let cents = self.draw(50);
        let n = self.fills.len();
        let quote = build::quote(order.symbol.as_str(), "100.00", "100.02");
        BrokerReport::Fill {
            broker: read(["paper", "other"][usize::from(self.draw(9) == 0)]),
            fill: Fill {
                fill_id: read(&format!("fill-{n}")),
                order_id: order.order_id.clone(),
                symbol: order.symbol.clone(),
                side: order.side,
                quantity: Quantity::whole(i32::try_from(units).unwrap()),
                price: read(&format!("100.{cents:02}")),
                fees: read("0.50"),
                venue: read("paper"),
                timestamp: self.now,
                broker_order_id: None,
                liquidity: None,
            },
            cursor: FillCursor(format!("{n:012}").into()),
            quote: (self.draw(2) == 0).then(|| Box::new(quote)),
        }
    }

    fn fill_again(&mut self) -> Input {
        let at = usize::try_from(self.draw(self.fills.len() as u64)).unwrap();
        match self.fills.get(at).cloned() {
            Some(report) => Input::Execution(report),
            None => self.place(),
        }
    }

    fn halt(&mut self) -> Input {
        Input::Command(Command::Halt(HaltRequest {
            halt_id: "h".to_owned(),
            scope: [HaltScope::Fund, HaltScope::Strategy][usize::try_from(self.draw(2)).unwrap()],
            target: "fund-1".to_owned(),
            reason: "a look".to_owned(),
            actor: "ana".to_owned(),
            cancel_open_orders: self.draw(2) == 0,
            flatten: false,
            requested_at: self.now,
        }))
    }

    fn link(&mut self) -> Input {
        let health = [LinkHealth::Up, LinkHealth::Down, LinkHealth::Connecting];
        Input::Control(Control::Link(LinkState {
            name: LinkName::Broker("paper".into()),
            health: health[usize::try_from(self.draw(3)).unwrap()],
            detail: format!("said {}", self.draw(100)),
            since: self.now,
        }))
    }
}
