//! Orders, reports, quotes and halts of any size and in any order, through the engine and its replay.
#![no_main]

use std::time::Duration;

use libfuzzer_sys::fuzz_target;
use mts1b_desk::app::order;
use mts1b_desk::domain::{
    Fill, FillCursor, HaltRequest, HaltScope, OrderType, Position, Price, Quantity, Side, Symbol,
    Ticket, TicketSize, TimeInForce, Timestamp,
};
use mts1b_desk::engine::{Out, Replay, State, What};
use mts1b_desk::event::{BrokerReport, Command, Control, Input, Source};
use mts1b_desk_fuzz::desk::{AMOUNTS, NOON, SYMBOLS, closed, open, quote, setup, stats};
use mts1b_desk_fuzz::{Bytes, same, text};

/// What is done in one run at most.
const DEEDS_MOST: usize = 64;

fuzz_target!(|data: &[u8]| {
    let mut bytes = Bytes::new(data);
    let mut out = Out::default();
    let mut run = Run {
        state: open(&mut out),
        now: NOON,
        out,
        fills: 0,
    };
    for _ in 0..DEEDS_MOST {
        if bytes.is_empty() {
            break;
        }
        run.deed(&mut bytes);
    }
    run.check();
});

struct Run {
    state: State,
    now: Timestamp,
    out: Out,
    fills: u64,
}

fn price(bytes: &mut Bytes<'_>) -> Option<Price> {
    bytes.pick(&AMOUNTS).parse().ok()
}

fn quantity(bytes: &mut Bytes<'_>) -> Quantity {
    bytes.pick(&AMOUNTS).parse().unwrap_or(Quantity::whole(1))
}

fn symbol(bytes: &mut Bytes<'_>) -> Symbol {
    Symbol::new(bytes.pick(&SYMBOLS)).expect("a symbol")
}

impl Run {
    fn deed(&mut self, bytes: &mut Bytes<'_>) {
        match bytes.byte() % 12 {
            0 | 1 => self.quote(bytes),
            2 | 3 => self.place(bytes),
            4 | 5 => self.report(bytes),
            6 => self.statement(bytes),
            7 => self.halt(bytes),
            8 => self.time(bytes),
            9 => self.cancel(bytes),
            10 => self.session(bytes),
            _ => self.raw(bytes),
        }
        let _ = self.state.snapshot(self.now, stats()).valuation();
    }

    fn say(&mut self, source: Source, input: Input) {
        self.state.step(source, input, self.now, &mut self.out);
    }

    fn quote(&mut self, bytes: &mut Bytes<'_>) {
        let what = bytes.pick(&SYMBOLS);
        let (bid, ask) = (bytes.pick(&AMOUNTS), bytes.pick(&AMOUNTS));
        let late = Duration::from_secs(u64::from(bytes.byte()) / 16);
        let at = self.now.minus(late);
        self.state.market(&quote(what, bid, ask, at));
    }

    fn ticket(bytes: &mut Bytes<'_>) -> Ticket {
        let fund = setup().settings.desk().fund.clone();
        let size = match bytes.byte() % 4 {
            0 => text(bytes.some()).parse::<TicketSize>().ok(),
            1 => Some(TicketSize::Max),
            2 => format!("r{}%", bytes.pick(&AMOUNTS)).parse().ok(),
            _ => bytes.pick(&AMOUNTS).parse().ok(),
        };
        Ticket {
            idempotency_key: format!("k{}", bytes.byte() % 32).parse().expect("a key"),
            fund_id: fund,
            strategy_id: bytes
                .pick(&["manual", "rebalance", "other"])
                .parse()
                .expect("an id"),
            broker: bytes
                .pick(&["paper", "paper", "paper", "other"])
                .parse()
                .expect("an id"),
            actor: "fuzz".to_owned(),
            symbol: symbol(bytes),
            side: bytes.pick(&Side::ALL),
            size,
            order_type: bytes.pick(&OrderType::ALL),
            limit_price: price(bytes).filter(|_| bytes.byte() & 1 == 0),
            stop_price: price(bytes).filter(|_| bytes.byte() & 1 == 0),
            tif: bytes.pick(&TimeInForce::ALL),
            thesis: String::new(),
        }
    }

    fn place(&mut self, bytes: &mut Bytes<'_>) {
        let ticket = Self::ticket(bytes);
        same(&ticket);
        // What the shell and the screen would say of it.
        let _ = order::answer(&self.state, &ticket, self.now);
        let command = Command::Place {
            ticket: Box::new(ticket),
            reviewed: None,
        };
        self.say(Source::Person("fuzz".into()), Input::Command(command));
    }

    fn report(&mut self, bytes: &mut Bytes<'_>) {
        let orders = self.state.orders();
        let all: Vec<_> = orders.live().chain(orders.done()).cloned().collect();
        let Some(record) = all.get(usize::from(bytes.byte()) % all.len().max(1)) else {
            return;
        };
        let (broker, order_id) = (record.order.broker.clone(), record.order.order_id.clone());
        let reason = || "because".to_owned();
        let report = match bytes.byte() % 9 {
            0 => BrokerReport::Accepted {
                broker,
                order_id,
                broker_order_id: None,
            },
            1 => BrokerReport::Rejected {
                broker,
                order_id,
                reason: reason(),
            },
            2 => BrokerReport::Unknown {
                broker,
                order_id,
                reason: reason(),
            },
            3 => BrokerReport::NotFound {
                broker,
                order_id,
                idempotency_key: record.order.idempotency_key.clone(),
            },
            4 => BrokerReport::Canceled { broker, order_id },
            5 => BrokerReport::CancelRefused {
                broker,
                order_id,
                reason: reason(),
            },
            6 => BrokerReport::Expired { broker, order_id },
            _ => {
                self.fills += 1;
                let id = self.fills - u64::from(bytes.byte() == 0).min(self.fills - 1);
                let fill = Fill {
                    fill_id: format!("f{id}").parse().expect("an id"),
                    order_id,
                    symbol: record.order.symbol.clone(),
                    side: record.order.side,
                    quantity: quantity(bytes),
                    price: price(bytes).unwrap_or_default(),
                    fees: bytes.pick(&AMOUNTS).parse().unwrap_or_default(),
                    venue: "paper".parse().expect("a venue"),
                    timestamp: self.now,
                    broker_order_id: None,
                    liquidity: None,
                };
                BrokerReport::Fill {
                    broker,
                    fill,
                    cursor: FillCursor(id.to_string().into()),
                    quote: None,
                }
            }
        };
        self.say(Source::Broker("paper".into()), Input::Execution(report));
    }

    fn statement(&mut self, bytes: &mut Bytes<'_>) {
        let broker = "paper".parse().expect("an id");
        let mut orders: Vec<_> = self
            .state
            .orders()
            .live()
            .map(|r| r.order.clone())
            .collect();
        if bytes.byte() & 1 == 0 {
            orders.pop();
        }
        for order in &mut orders {
            if bytes.byte() & 1 == 0 {
                order.filled_quantity = quantity(bytes);
                order.accepted_at = Some(self.now);
            }
        }
        let mut positions: Vec<Position> = Vec::new();
        let held = self
            .state
            .ledger()
            .positions(self.state.market_state(), self.now);
        for mut position in held {
            if bytes.byte() & 1 == 0 {
                position.quantity = quantity(bytes);
            }
            positions.push(position);
        }
        let report = BrokerReport::Statement {
            broker,
            orders,
            positions,
        };
        self.say(Source::Broker("paper".into()), Input::Execution(report));
    }

    fn halt(&mut self, bytes: &mut Bytes<'_>) {
        let target = bytes
            .pick(&["paper-momentum", "manual", "paper", "", "nobody"])
            .to_owned();
        let command = if bytes.byte() & 1 == 0 {
            Command::Halt(HaltRequest {
                halt_id: "h".to_owned(),
                scope: bytes.pick(&[
                    HaltScope::Fund,
                    HaltScope::Strategy,
                    HaltScope::Broker,
                    HaltScope::Firm,
                ]),
                target,
                reason: text(bytes.some()).into_owned(),
                actor: "fuzz".to_owned(),
                cancel_open_orders: bytes.byte() & 1 == 0,
                flatten: bytes.byte() & 1 == 0,
                requested_at: self.now,
            })
        } else {
            Command::Resume {
                target,
                actor: "fuzz".to_owned(),
                reason: text(bytes.some()).into_owned(),
            }
        };
        self.say(Source::Person("fuzz".into()), Input::Command(command));
    }

    fn time(&mut self, bytes: &mut Bytes<'_>) {
        let by = Duration::from_millis(match bytes.byte() % 4 {
            0 => u64::from(bytes.pair()),
            1 => u64::from(bytes.pair()) * 1_000,
            2 => u64::from(bytes.pair()) * 86_400_000,
            _ => u64::MAX / 1_000_000,
        });
        self.now = if bytes.byte() & 3 == 0 {
            self.now.minus(by)
        } else {
            self.now.plus(by)
        };
        self.say(Source::Desk, Input::Control(Control::Tick));
    }

    fn cancel(&mut self, bytes: &mut Bytes<'_>) {
        let first = self.state.orders().live().next();
        let command = match first.map(|record| record.order.order_id.clone()) {
            Some(order_id) if bytes.byte() & 1 == 0 => Command::Cancel { order_id },
            _ => Command::CancelOpening {
                symbol: (bytes.byte() & 1 == 0).then(|| symbol(bytes)),
            },
        };
        self.say(Source::Person("fuzz".into()), Input::Command(command));
    }

    /// Closes the session and opens the next one, under other limits.
    fn session(&mut self, bytes: &mut Bytes<'_>) {
        self.say(Source::Desk, Input::Control(Control::Close));
        let mut opening = setup().opening("d1".into());
        opening.envelope.nav_usd = bytes.pick(&AMOUNTS).parse().unwrap_or_default();
        if !opening.envelope.faults().is_empty() {
            opening = setup().opening("d1".into());
        }
        let open = Control::Open(Box::new(opening));
        self.say(Source::Desk, Input::Control(open));
    }

    /// Takes an input as the journal would hold it.
    fn raw(&mut self, bytes: &mut Bytes<'_>) {
        if let Ok(input) = serde_json::from_slice::<Input>(bytes.some()) {
            self.say(Source::Desk, input);
        }
    }

    /// What was said rebuilds the same state, also when it was written and read in between.
    fn check(&mut self) {
        let mut replay = Replay::new(closed(), true);
        for entry in &self.out.entries {
            match &entry.what {
                What::Input(input) => {
                    same(&**input);
                    replay.input(entry.seq);
                }
                What::Fact(fact) => {
                    same(&**fact);
                    replay.fact(entry.seq, fact);
                }
            }
        }
        let differs = replay.disagreements();
        assert!(differs.is_empty(), "{differs:?}");
        assert_eq!(replay.state().hash(), self.state.hash());
    }
}
