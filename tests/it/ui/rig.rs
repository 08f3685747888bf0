//! A desk over a real engine with a hand-made market: keys in, commands and cells out.

use std::fmt::Write as _;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use mts1b_desk::base::{SeededIds, Spread};
use mts1b_desk::domain::{
    Bar, Fill, GateName, Instrument, Interval, OrderType, Price, Quantity, Quote, Symbol,
    TimeInForce, Timestamp,
};
use mts1b_desk::engine::{DeskInfo, LoopStats, Out, Snapshot, State, Timings};
use mts1b_desk::event::{
    Asks, BrokerReport, Command, Control, Input, LinkHealth, LinkName, LinkState, MarketEvent,
    Opening, RateLimits, Source, Study,
};
use mts1b_desk::market::Market;
use mts1b_desk::order::basket::BasketSettings;
use mts1b_desk::order::effect::Effect;
use mts1b_desk::portfolio::drift::{DriftSettings, TradeTo};
use mts1b_desk::ui::desk::{CommandSink, Desk, DeskSettings, Reaction};
use mts1b_desk::ui::frame::FrameWriter;
use mts1b_desk::ui::glyph::Glyphs;
use mts1b_desk::ui::keymap::{Key, Keymap};
use mts1b_desk::ui::layout::Layout;
use mts1b_desk::ui::pane::ticket::Slip;
use mts1b_desk::ui::theme::{ColorDepth, Palette, Theme};
use ratatui::buffer::{Buffer, Cell};

use crate::support::build::{capability, envelope, fund, instrument, noon, read, symbol};

/// Symbol, name, tick, lot, bid, ask, change since yesterday in percent.
const MARKET: [(&str, &str, &str, &str, &str, &str, f64); 12] = [
    ("AAPL", "Apple Inc", "0.01", "1", "189.39", "189.43", 0.84),
    ("MSFT", "Microsoft", "0.01", "1", "421.03", "421.11", -0.32),
    ("NVDA", "Nvidia", "0.01", "1", "131.87", "131.89", 2.41),
    ("TSLA", "Tesla", "0.01", "1", "244.10", "244.14", -1.94),
    ("BRK.B", "Berkshire", "0.01", "1", "447.11", "447.19", 0.15),
    ("SPY", "S&P 500 fund", "0.01", "1", "548.16", "548.26", 0.31),
    (
        "BTC-USD", "Bitcoin", "0.01", "0.0001", "64117.33", "64128.87", 3.2,
    ),
    (
        "ETH-USD", "Ether", "0.01", "0.001", "3187.15", "3187.73", 1.77,
    ),
    (
        "EUR/USD", "Euro", "0.00001", "1", "1.08404", "1.08424", -0.08,
    ),
    ("USD/JPY", "Yen", "0.001", "1", "157.190", "157.220", 0.21),
    (
        "GBP/USD", "Sterling", "0.00001", "1", "1.26969", "1.26991", 0.02,
    ),
    (
        "XRP-USD", "Ripple", "0.00001", "0.1", "0.52305", "0.52315", 0.0,
    ),
];

/// Keeps what the desk asked for, or refuses it.
#[derive(Debug, Clone, Default)]
pub struct Recorder {
    pub sent: Arc<Mutex<Vec<Command>>>,
    pub refuse: Arc<Mutex<Option<String>>>,
}

impl CommandSink for Recorder {
    fn send(&mut self, command: Command) -> Result<(), String> {
        if let Some(why) = self.refuse.lock().unwrap().clone() {
            return Err(why);
        }
        self.sent.lock().unwrap().push(command);
        Ok(())
    }
}

/// How a rig is made.
#[derive(Debug, Clone)]
pub struct Setup {
    pub size: (u16, u16),
    pub theme: &'static str,
    pub depth: ColorDepth,
    pub glyphs: Glyphs,
    pub live: bool,
    /// Who is asked outside; a model is asked of every order that opens risk.
    pub asks: Asks,
}

impl Default for Setup {
    fn default() -> Self {
        Self {
            size: (120, 36),
            theme: "slate",
            depth: ColorDepth::True,
            glyphs: Glyphs::UNICODE,
            live: false,
            asks: Asks::default(),
        }
    }
}

/// A desk, its engine and its terminal.
pub struct Rig {
    pub engine: State,
    pub desk: Desk,
    pub frame: FrameWriter<Vec<u8>>,
    pub recorder: Recorder,
    pub now: Timestamp,
    /// What was last computed of the portfolio.
    pub study: Option<Arc<Study>>,
    fills: u32,
}

impl Rig {
    /// A desk over an open market and an empty book.
    pub fn new(setup: &Setup) -> Self {
        let now = noon().plus(Duration::from_secs(5 * 3600 + 42 * 60 + 8));
        let mut engine = engine(setup.live);
        open(&mut engine, setup.asks.clone(), now);
        quotes(&mut engine, now);
        let recorder = Recorder::default();
        let palette = Palette::shipped(setup.theme).unwrap();
        let settings = DeskSettings {
            actor: "tester".into(),
            strategy_id: read("strategy-1"),
            order_type: OrderType::Market,
            tif: TimeInForce::Day,
            slip: Slip { ticks: 20, bps: 10 },
            motion: false,
            glyphs: setup.glyphs,
            layouts: Layout::shipped().unwrap(),
            basket: baskets(),
            read_file: file,
        };
        let desk = Desk::new(
            settings,
            Theme::new(&palette, setup.depth),
            Keymap::new(None).unwrap(),
            Arc::new(SeededIds::new(1)),
            Box::new(recorder.clone()),
            Arc::new(engine.snapshot(now, stats())),
        );
        let (width, height) = setup.size;
        let frame = FrameWriter::new(Vec::new(), width, height);
        let mut rig = Self {
            engine,
            desk,
            frame,
            recorder,
            now,
            study: None,
            fills: 0,
        };
        rig.draw();
        rig
    }

    /// The same with positions, working orders, fills and verdicts of a morning.
    pub fn busy(setup: &Setup) -> Self {
        let mut rig = Self::new(setup);
        rig.trade("b 3 0 0 enter y", Some("187.92"));
        rig.trade("j j b 4 2 0 enter y", Some("128.10"));
        rig.trade("j S 1 2 0 enter y", Some("249.80"));
        rig.keys("g g b 2 0 0 o tab tab ctrl+u 1 8 8 . 2 0 enter y");
        rig.take(None);
        rig.refuse("BTC-USD", "100");
        rig.keys("g g g w");
        rig.settle();
        rig
    }

    /// Presses keys that send one order and lets the broker do it.
    fn trade(&mut self, keys: &str, price: Option<&str>) {
        self.keys(keys);
        self.take(price);
        self.draw();
    }

    /// Hands what was sent to the engine and answers as a broker would: a fill, or work.
    pub fn take(&mut self, price: Option<&str>) {
        let sent: Vec<Command> = self.recorder.sent.lock().unwrap().drain(..).collect();
        for command in sent {
            let mut out = Out::default();
            let person = Source::Person("tester".into());
            self.engine
                .step(person, Input::Command(command), self.now, &mut out);
            for effect in out.effects {
                if let Effect::Place(order) = effect {
                    self.answer(order.get(), price);
                }
            }
        }
        self.snapshot();
    }

    /// Sends an order past the ticket, as a program would, so that the gates refuse it.
    pub fn refuse(&mut self, what: &str, quantity: &str) {
        let mut ticket = crate::support::build::ticket(what, Some(quantity.parse().unwrap()));
        ticket.idempotency_key = read("program-1");
        let command = Command::Place {
            ticket: Box::new(ticket),
            reviewed: None,
        };
        self.recorder.sent.lock().unwrap().push(command);
        self.take(None);
    }

    /// Fills the only working order in full.
    pub fn fill_working(&mut self, price: &str) {
        let order = self.engine.orders().live().next().unwrap().order.clone();
        self.answer(&order, Some(price));
        self.snapshot();
    }

    /// Shows the desk what the loop publishes once the journal has failed.
    pub fn stop(&mut self, why: &str) {
        let snap = Snapshot {
            stopped: Some(why.into()),
            ..self.engine.snapshot(self.now, stats())
        };
        self.desk.on_snapshot(Arc::new(snap));
    }

    fn answer(&mut self, order: &mts1b_desk::domain::Order, price: Option<&str>) {
        let broker = read("paper");
        let order_id = order.order_id.clone();
        let accepted = BrokerReport::Accepted {
            broker,
            order_id,
            broker_order_id: None,
        };
        self.report(accepted);
        let Some(price) = price else {
            return;
        };
        self.fills += 1;
        let price: Price = read(price);
        let fill = Fill {
            fill_id: read(&format!("f-{}", self.fills)),
            order_id: order.order_id.clone(),
            symbol: order.symbol.clone(),
            side: order.side,
            quantity: order.quantity,
            price,
            fees: (price * order.quantity) * read("0.0005"),
            venue: read("paper"),
            timestamp: self.now,
            broker_order_id: None,
            liquidity: None,
        };
        let cursor = serde_json::from_str(&format!("\"{}\"", self.fills)).unwrap();
        self.report(BrokerReport::Fill {
            broker: read("paper"),
            fill,
            cursor,
            quote: None,
        });
    }

    /// Gives a command past the keys, as another screen would.
    pub fn give(&mut self, command: Command) {
        self.recorder.sent.lock().unwrap().push(command);
        self.take(None);
    }

    pub fn report(&mut self, report: BrokerReport) {
        let source = Source::Broker("paper".into());
        self.engine.step(
            source,
            Input::Execution(report),
            self.now,
            &mut Out::default(),
        );
    }

    pub fn control(&mut self, control: Control) {
        self.engine.step(
            Source::Desk,
            Input::Control(control),
            self.now,
            &mut Out::default(),
        );
    }

    /// Moves a quote and lets the desk see it.
    pub fn quote(&mut self, what: &str, bid: &str, ask: &str) {
        let event = quote_event(&symbol(what), bid, ask, self.now);
        self.engine.market(&event);
        self.snapshot();
    }

    pub fn wait(&mut self, by: Duration) {
        self.now = self.now.plus(by);
        self.desk.on_tick(self.now);
    }

    pub fn snapshot(&mut self) {
        let snap = Snapshot {
            timings: Arc::new(timings()),
            study: self.study.clone(),
            ..self.engine.snapshot(self.now, stats())
        };
        self.desk.on_snapshot(Arc::new(snap));
    }

    /// Presses keys, parted by spaces as in the key file.
    pub fn keys(&mut self, keys: &str) -> Reaction {
        let mut last = Reaction::Ignored;
        for key in keys.split_whitespace() {
            let key: Key = key.parse().unwrap();
            last = self.desk.on_key(key.into(), self.now);
        }
        last
    }

    pub fn sent(&self) -> Vec<Command> {
        self.recorder.sent.lock().unwrap().clone()
    }

    /// Draws a frame and returns the bytes it took.
    pub fn draw(&mut self) -> usize {
        self.desk.draw(&mut self.frame, self.now);
        self.frame.present().unwrap()
    }

    /// Draws and returns the screen as text.
    pub fn screen(&mut self) -> String {
        self.draw();
        text(self.frame.drawn())
    }

    /// Draws and returns the line that holds `part`.
    pub fn line(&mut self, part: &str) -> String {
        let screen = self.screen();
        let found = screen.lines().find(|line| line.contains(part));
        found
            .unwrap_or_else(|| panic!("no line with '{part}' in\n{screen}"))
            .to_owned()
    }

    /// Draws and returns the first cell of `part` on the screen.
    pub fn cell(&mut self, part: &str) -> Cell {
        self.draw();
        let drawn = self.frame.drawn();
        let width = usize::from(drawn.area.width);
        for line in drawn.content.chunks(width) {
            for at in 0..width {
                let rest: String = line[at..].iter().map(Cell::symbol).collect();
                if rest.starts_with(part) {
                    return line[at].clone();
                }
            }
        }
        panic!("'{part}' is not on the screen:\n{}", text(drawn));
    }

    /// Lets the last message pass.
    pub fn settle(&mut self) {
        self.wait(Duration::from_secs(7));
        let quotes: Vec<_> = MARKET
            .iter()
            .map(|(what, _, _, _, bid, ask, _)| (*what, *bid, *ask))
            .collect();
        for (what, bid, ask) in quotes.into_iter().filter(|(what, ..)| *what != "XRP-USD") {
            self.engine
                .market(&quote_event(&symbol(what), bid, ask, self.now));
        }
        self.snapshot();
    }

    /// Compares the screen with the picture of that name, and writes its bytes out when asked to.
    pub fn show(&mut self, name: &str) {
        let screen = self.screen();
        if let Ok(folder) = std::env::var("DESK_FRAMES") {
            let area = self.frame.area();
            let mut fresh = FrameWriter::new(Vec::new(), area.width, area.height);
            fresh.buffer().clone_from(self.frame.drawn());
            fresh.present().unwrap();
            std::fs::write(format!("{folder}/{name}.ansi"), fresh.output()).unwrap();
        }
        insta::with_settings!({ prepend_module_to_snapshot => false, omit_expression => true }, {
            insta::assert_snapshot!(name.to_owned(), screen);
        });
    }
}

/// Returns a buffer as lines of text.
pub fn text(buf: &Buffer) -> String {
    let mut out = String::new();
    for line in buf.content.chunks(usize::from(buf.area.width).max(1)) {
        let line: String = line.iter().map(Cell::symbol).collect();
        writeln!(out, "{}", line.trim_end()).unwrap();
    }
    out
}

/// The files a person can name here.
fn file(name: &str) -> Result<String, String> {
    match name {
        "tight.toml" => Ok(
            "# a calmer week\nmax_position_pct = 0.05\nallowed_order_types = [\"limit\"]\n".into(),
        ),
        "whole.json" => {
            let mut limits = envelope();
            limits.enable_shorting = true;
            limits.max_order_notional_usd = read("50000");
            Ok(serde_json::to_string(&limits).unwrap())
        }
        "odd.toml" => Ok("max_postion_pct = 0.05\n".into()),
        _ => Err("no such file".into()),
    }
}

/// What baskets are made with here.
fn baskets() -> BasketSettings {
    BasketSettings {
        drift: DriftSettings::new(0.005, 0.0, TradeTo::Target).unwrap(),
        min_notional_usd: read("100"),
        strategy_id: read("strategy-1"),
        actor: "tester".into(),
        order_type: OrderType::Market,
        tif: TimeInForce::Day,
    }
}

fn stats() -> LoopStats {
    LoopStats {
        quotes_per_s: 62,
        conflated: 0,
        commit_us: 300,
        gates_ns: 412,
        ..LoopStats::default()
    }
}

/// How long gates took, as the loop would have timed them.
fn timings() -> Timings {
    let spread = |p50_ns, p99_ns| Spread {
        count: 5,
        p50: Duration::from_nanos(p50_ns),
        p99: Duration::from_nanos(p99_ns),
    };
    let pure = GateName::DOCUMENTED.into_iter().take(6);
    let times = [(20, 60), (31, 70), (45, 110), (130, 420), (9, 20), (12, 31)];
    Timings {
        all: Some(spread(412, 1180)),
        gates: pure
            .zip(times)
            .map(|(gate, (p50, p99))| (gate, spread(p50, p99)))
            .collect(),
    }
}

fn engine(live: bool) -> State {
    let info = DeskInfo {
        fund_id: read("fund-1"),
        broker: "paper".into(),
        feed: "sim".into(),
        live,
        read_only: false,
        capability: Some(capability()),
        fee_bps: 5,
        simulated: Vec::new(),
    };
    let instruments: Vec<Instrument> = MARKET
        .iter()
        .map(|(what, name, tick, lot, ..)| Instrument {
            name: (*name).into(),
            ..instrument(what, tick, lot)
        })
        .collect();
    let market = Market::new(instruments, [].into(), Duration::from_secs(5), 100);
    State::new(info, crate::support::build::lent(market))
}

fn open(engine: &mut State, asks: Asks, now: Timestamp) {
    let mut limits = envelope();
    limits.cro_veto_enabled = asks.model;
    limits.enable_shorting = true;
    let opening = Opening {
        desk_id: "d1".into(),
        fund: fund(),
        envelope: limits,
        rates: RateLimits::default(),
        gates: Vec::new(),
        asks,
        version: "0.1.0".into(),
    };
    let mut out = Out::default();
    engine.step(
        Source::Desk,
        Input::Control(Control::Open(Box::new(opening))),
        now,
        &mut out,
    );
    for name in [
        LinkName::Feed("sim".into()),
        LinkName::Broker("paper".into()),
    ] {
        let link = LinkState {
            name,
            health: LinkHealth::Up,
            detail: String::new(),
            since: now,
        };
        engine.step(
            Source::Desk,
            Input::Control(Control::Link(link)),
            now,
            &mut out,
        );
    }
}

fn quotes(engine: &mut State, now: Timestamp) {
    for (what, _, tick, _, bid, ask, change) in MARKET {
        let symbol = symbol(what);
        let mid = f64::midpoint(read::<Price>(bid).to_f64(), read::<Price>(ask).to_f64());
        let yesterday = mid / (1.0 + change / 100.0);
        history(
            engine,
            &symbol,
            Interval::D1,
            (yesterday, yesterday),
            read(tick),
            now,
        );
        history(
            engine,
            &symbol,
            Interval::M1,
            (yesterday, mid),
            read(tick),
            now,
        );
        // The last symbol stopped talking a while ago.
        let at = if what == "XRP-USD" {
            now.minus(Duration::from_secs(42))
        } else {
            now
        };
        engine.market(&quote_event(&symbol, bid, ask, at));
    }
}

fn quote_event(symbol: &Symbol, bid: &str, ask: &str, at: Timestamp) -> MarketEvent {
    let quote = Quote {
        symbol: symbol.clone(),
        bid: read(bid),
        ask: read(ask),
        bid_size: Quantity::whole(1000),
        ask_size: Quantity::whole(1000),
        venue: read("sim"),
        timestamp: at,
    };
    MarketEvent::Quote {
        quote,
        received_at: at,
    }
}

/// Feeds ninety bars that wander from one price to the other, the same on every run.
fn history(
    engine: &mut State,
    symbol: &Symbol,
    interval: Interval,
    (from, to): (f64, f64),
    tick: Price,
    now: Timestamp,
) {
    let last = now.floor(interval.duration());
    let scale = tick.scale();
    let price = |value: f64| -> Price { read(&format!("{value:.*}", scale as usize)) };
    let count = 90;
    let mut bars = Vec::new();
    let mut before = from;
    for n in 0..count {
        let part = f64::from(n + 1) / f64::from(count);
        let swing = (f64::from(n) * 0.7).sin() * 0.0012 + (f64::from(n) * 0.23).cos() * 0.0018;
        let close = from + (to - from) * part * part + from * swing * (1.0 - part);
        let (high, low) = (before.max(close) * 1.0004, before.min(close) * 0.9996);
        bars.push(Bar {
            symbol: symbol.clone(),
            interval,
            open: price(before),
            high: price(high),
            low: price(low),
            close: price(close),
            volume: Quantity::whole(100 + (n * 37) % 90),
            vwap: None,
            n_trades: None,
            timestamp: last.minus(interval.duration() * u32::try_from(count - 1 - n).unwrap()),
        });
        before = close;
    }
    engine.market(&MarketEvent::Bars {
        symbol: symbol.clone(),
        interval,
        bars,
    });
}
