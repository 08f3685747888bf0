//! A whole desk without its edges: shipped settings, shipped instruments, an open paper fund.
//!
//! Built once a process; each run takes a state of its own from it.

use std::sync::{Arc, OnceLock};

use mts1b_desk::app::setup::Setup;
use mts1b_desk::base::{ManualClock, SeededIds};
use mts1b_desk::config::{Overrides, Settings};
use mts1b_desk::domain::{Quantity, Quote, Symbol, Timestamp};
use mts1b_desk::engine::{LoopStats, Out, State};
use mts1b_desk::event::{Control, Input, LinkHealth, LinkName, LinkState, MarketEvent, Source};

/// The moment every run begins at.
pub const NOON: Timestamp = Timestamp::from_us(1_795_176_000_000_000);

/// Symbols the runs trade: one of each class the fund may trade, and one it does not know.
pub const SYMBOLS: [&str; 6] = ["AAPL", "MSFT", "BTC-USD", "EUR/USD", "USD/JPY", "NOSUCH"];

/// Texts of amounts, most of them at some end of what can be.
pub const AMOUNTS: [&str; 24] = [
    "1",
    "0",
    "-1",
    "100",
    "0.01",
    "180.5",
    "0.0000000000000000000000000001",
    "1000000000",
    "999999999.999999999999",
    "1000000000000",
    "0.1",
    "1e-7",
    "10000",
    "0.005",
    "12345.6789",
    "7",
    "-0.01",
    "64000",
    "1.0845",
    "149.5",
    "3",
    "50",
    "0.33333333333333333333333333",
    "20",
];

/// Returns the parts the desk is made of.
pub fn setup() -> &'static Setup {
    static SETUP: OnceLock<Setup> = OnceLock::new();
    SETUP.get_or_init(|| {
        let settings = Settings::from_layers(None, &Overrides::default()).expect("as shipped");
        let clock = Arc::new(ManualClock::new(NOON.as_us()));
        Setup::new(settings, clock, Arc::new(SeededIds::new(1))).expect("as shipped")
    })
}

/// Returns a desk that no session was opened on.
pub fn closed() -> State {
    setup().state_without_feed()
}

/// Returns a desk that is open, linked and has a quote of all but the last symbol.
pub fn open(out: &mut Out) -> State {
    let mut state = closed();
    let opening = Box::new(setup().opening("d1".into()));
    let mut say = |state: &mut State, control| {
        state.step(Source::Desk, Input::Control(control), NOON, out);
    };
    say(&mut state, Control::Open(opening));
    for name in [
        LinkName::Feed("sim".into()),
        LinkName::Broker("paper".into()),
    ] {
        let link = LinkState {
            name,
            health: LinkHealth::Up,
            detail: String::new(),
            since: NOON,
        };
        say(&mut state, Control::Link(link));
    }
    let prices = ["180.50", "410.10", "64000.5", "1.0845", "149.50"];
    for (symbol, price) in SYMBOLS.into_iter().zip(prices) {
        state.market(&quote(symbol, price, price, NOON));
    }
    state
}

/// Makes a quote; an amount that cannot be read is one.
pub fn quote(symbol: &str, bid: &str, ask: &str, at: Timestamp) -> MarketEvent {
    let one = || "1".parse().expect("a price");
    let quote = Quote {
        symbol: Symbol::new(symbol).expect("a symbol"),
        bid: bid.parse().unwrap_or_else(|_| one()),
        ask: ask.parse().unwrap_or_else(|_| one()),
        bid_size: Quantity::whole(1000),
        ask_size: Quantity::whole(1000),
        venue: "sim".parse().expect("a venue"),
        timestamp: at,
    };
    MarketEvent::Quote {
        quote,
        received_at: at,
    }
}

/// Returns what a loop that did nothing yet would say of itself.
pub fn stats() -> LoopStats {
    LoopStats::default()
}
