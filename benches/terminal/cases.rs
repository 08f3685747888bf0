//! What is measured, and how.

use std::io::Write;
use std::path::Path;
use std::time::Duration;

use mts1b_desk::base::{Clock, SystemClock};
use tempfile::TempDir;

use crate::eyes::Eyes;
use crate::past;
use crate::process::Process;
use crate::session::{Frame, PATIENCE, Session};
use crate::storm::{self, Storm};
use crate::table::{Goal, Table, Unit};

/// Time between two keys: a quick hand, never in step with the frames.
const PACE_MS: [u64; 7] = [27, 41, 35, 23, 45, 31, 38];
/// Further rest after a key that may go through a million symbols.
const LONG_REST: Duration = Duration::from_millis(900);
/// How long a desk runs before it is measured: history is in, caches are warm.
const SETTLE: Duration = Duration::from_millis(1500);
/// How long the prices of a storm are watched.
const STORM_WATCHED: Duration = Duration::from_secs(3);
/// How long a desk without data still shows seconds.
const SECONDS_SHOWN: Duration = Duration::from_millis(6500);
/// As the configuration written for the measurement says.
const PAPER_LATENCY_MS: f64 = 100.0;
const TRADES_PAST: usize = 600;

/// Which key is pressed in turn.
#[derive(Debug, Clone, Copy)]
enum Hand {
    /// Down and up in the watchlist.
    List,
    /// A digit and backspace in an open ticket.
    Ticket,
    /// A letter and backspace in the open search for a symbol.
    Search,
    /// The list in another order: watched, by name, by change.
    Order,
}

/// The measuring.
pub struct Bench {
    filters: Vec<String>,
    tiny: bool,
    matrix: bool,
    table: Table,
    folder: TempDir,
    clock: SystemClock,
}

impl Bench {
    /// Reads the command line: words choose cases by a part of their name; without `--bench` all runs tiny.
    pub fn new(arguments: impl Iterator<Item = String>) -> std::io::Result<Self> {
        let (flags, filters): (Vec<_>, Vec<_>) = arguments.partition(|a| a.starts_with('-'));
        let is = |flag: &str| flags.iter().any(|given| given == flag);
        let exact = is("--exact");
        Ok(Self {
            // A test runner asks for this binary by the one name that it lists.
            filters: if exact { Vec::new() } else { filters },
            tiny: !is("--bench") || is("--test"),
            matrix: is("--matrix"),
            table: Table::default(),
            folder: tempfile::tempdir()?,
            clock: SystemClock::new(),
        })
    }

    pub fn table(&self) -> String {
        self.table.text()
    }

    fn wants(&self, name: &str) -> bool {
        self.filters.is_empty() || self.filters.iter().any(|part| name.contains(part.as_str()))
    }

    fn count(&self, most: usize) -> usize {
        if self.tiny { most.min(4) } else { most }
    }

    fn for_long(&self, most: Duration) -> Duration {
        if self.tiny {
            most.min(Duration::from_millis(300))
        } else {
            most
        }
    }

    /// Makes a folder of its own for a case.
    fn place(&self, name: &str) -> std::path::PathBuf {
        let folder = self.folder.path().join(name);
        std::fs::create_dir_all(folder.join("config")).unwrap();
        std::fs::create_dir_all(folder.join("data")).unwrap();
        let desk = format!("[broker.paper]\nlatency_ms = {PAPER_LATENCY_MS}\n");
        std::fs::write(folder.join("config/desk.toml"), desk).unwrap();
        folder
    }

    pub fn run(&mut self) {
        self.starts();
        self.quiet();
        self.usual();
        self.orders();
        if !self.tiny {
            for storm in Storm::all(self.matrix) {
                self.storm(storm);
            }
            self.wide();
        }
    }

    fn starts(&mut self) {
        if self.wants("start, empty folder") {
            let mut first = Vec::new();
            let mut priced = Vec::new();
            for n in 0..self.count(15) {
                let folder = self.place(&format!("start-{n}"));
                let (screen, prices) = start(&folder);
                first.push(screen);
                priced.push(prices);
            }
            self.table
                .samples("start, empty folder", Unit::Ms, first, Goal::P50(40.0));
            self.table.samples(
                "start, candles of every symbol's hour",
                Unit::Ms,
                priced,
                Goal::None,
            );
        }
        if self.wants("start, old journal") {
            let folder = self.place("start-past");
            let trades = self.count(TRADES_PAST);
            let records = past::write(&folder.join("data"), trades);
            let name = format!("start, old journal ({records} records)");
            let first = (0..self.count(10)).map(|_| start(&folder).0).collect();
            self.table.samples(&name, Unit::Ms, first, Goal::None);
        }
    }

    /// A market that says a few things once and is silent from then on.
    fn quiet(&mut self) {
        if !self.wants("quiet") {
            return;
        }
        let folder = self.place("quiet");
        let file = folder.join("few.csv");
        std::fs::write(&file, few_quotes()).unwrap();
        let feed = format!("replay:{}", file.display());
        let (mut session, mut eyes) = opened(&folder, &feed);
        std::thread::sleep(self.for_long(SECONDS_SHOWN));
        self.clear_of_minute();
        self.load(&session, "quiet", (Goal::P50(0.05), Goal::P50(0.0)));
        self.keys(
            &mut session,
            &mut eyes,
            ("quiet", Hand::List),
            Goal::P99(3.0),
        );
    }

    fn usual(&mut self) {
        if !self.wants("default") {
            return;
        }
        let folder = self.place("default");
        let (mut session, mut eyes) = opened(&folder, "sim");
        std::thread::sleep(self.for_long(SETTLE));
        self.load(&session, "default", (Goal::P50(1.2), Goal::P50(15_360.0)));
        self.memory(&session, "default", Goal::P50(20.0));
        for hand in [Hand::List, Hand::Ticket] {
            self.keys(&mut session, &mut eyes, ("default", hand), Goal::P99(3.0));
        }
    }

    fn storm(&mut self, storm: Storm) {
        let name = storm.name();
        if !self.wants(&name) {
            return;
        }
        let folder = self.place(&name.replace([' ', '/'], "-"));
        let (mut session, mut eyes) = opened(&folder, &storm.feed());
        std::thread::sleep(self.for_long(SETTLE));
        let goal = Goal::P99(storm.goal());
        self.keys(&mut session, &mut eyes, (&name, Hand::List), goal);
        self.keys(&mut session, &mut eyes, (&name, Hand::Ticket), goal);
        self.load(&session, &name, (Goal::None, Goal::None));
        let [read, passed] = eyes.market_lane();
        for (what, per_s) in [("read", read), ("passed over", passed)] {
            let name = format!("quotes {what} in a second, {name}");
            self.table.figure(&name, Unit::Count, per_s, Goal::None);
        }
        let shown = storm::watch(&session, &mut eyes, self.for_long(STORM_WATCHED));
        let (taken, filled) = self.trades(&mut session, &mut eyes, 10);
        let rows = [
            ("accepted shown", taken),
            ("fill shown, less 100 ms", filled),
        ];
        for (what, took) in rows {
            // The fill may be shown a frame late, and ten milliseconds beyond that.
            let goal = Goal::P50(if what.starts_with("fill") { 10.0 } else { 30.0 });
            let name = format!("order: y to {what}, {name}");
            self.table.samples(&name, Unit::Ms, took, goal);
        }
        let most = if storm.symbols > 10_000 {
            Goal::None
        } else {
            Goal::P50(80.0)
        };
        self.memory(&session, &name, most);
        if storm.symbols >= 10_000 {
            // Both go through every symbol: what that costs beyond ten thousand is told, not judged.
            let goal = if storm.symbols > 10_000 {
                Goal::None
            } else {
                goal
            };
            for hand in [Hand::Search, Hand::Order] {
                self.keys(&mut session, &mut eyes, (&name, hand), goal);
            }
        }
        drop(session);
        let ages = storm::ages(&mut storm.market(&folder.join("data")), &shown);
        let name = format!("price shown is behind by, {name}");
        self.table.samples(&name, Unit::Ms, ages, Goal::None);
    }

    /// Ten thousand symbols at the usual rate: what holding them costs.
    fn wide(&mut self) {
        if !self.wants("10k symbols") {
            return;
        }
        let folder = self.place("wide");
        let (session, _eyes) = opened(&folder, "sim:symbols=10000");
        std::thread::sleep(Duration::from_secs(6));
        self.load(&session, "10k symbols", (Goal::None, Goal::None));
        self.memory(&session, "10k symbols", Goal::P50(80.0));
    }

    fn orders(&mut self) {
        if !self.wants("order") {
            return;
        }
        let folder = self.place("order");
        let sync = bare_syncs(&self.clock, &folder.join("data"), self.count(200));
        let (mut session, mut eyes) = opened(&folder, "sim");
        std::thread::sleep(self.for_long(SETTLE));
        let (taken, filled) = self.trades(&mut session, &mut eyes, 40);
        self.table.samples(
            "fdatasync of 4 KiB, same folder",
            Unit::Ms,
            sync,
            Goal::None,
        );
        self.table
            .samples("order: y to accepted shown", Unit::Ms, taken, Goal::None);
        self.table.samples(
            "order: y to fill shown, less 100 ms at paper",
            Unit::Ms,
            filled,
            Goal::None,
        );
    }

    /// Buys one share so often; returns how long each took to be shown as accepted, and as filled less the paper's own time.
    fn trades(&self, session: &mut Session, eyes: &mut Eyes, most: usize) -> (Vec<f64>, Vec<f64>) {
        let (mut taken, mut filled) = (Vec::new(), Vec::new());
        for n in 1..=self.count(most) {
            let done = format!("today {n}");
            session.keys(b"b1\r");
            eyes.wait(session, "the review", |eyes| {
                eyes.text().contains("reviewed on")
            });
            std::thread::sleep(Duration::from_millis(60));
            let sent = session.keys(b"y");
            // Nobody looks while the order is on its way.
            std::thread::sleep(Duration::from_millis(300));
            let seen = |eyes: &Eyes| {
                let booked = eyes.text().contains(&done);
                let works = eyes.row_has(&["BUY", "market", "working"]);
                (works || booked, booked)
            };
            let (mut first, mut second) = (None, None);
            while second.is_none() && session.now() < sent + PATIENCE {
                session.wait_frame(Duration::from_millis(100));
                for frame in &session.take_frames() {
                    eyes.look(frame);
                    let (accepted, booked) = seen(eyes);
                    first = first.or(accepted.then_some(frame.at));
                    second = second.or(booked.then_some(frame.at));
                }
            }
            let (Some(first), Some(second)) = (first, second) else {
                panic!("order {n} was not filled; the screen:\n{}", eyes.text());
            };
            taken.push(ms(first.saturating_sub(sent)));
            filled.push(ms(second.saturating_sub(sent)) - PAPER_LATENCY_MS);
        }
        (taken, filled)
    }

    fn keys(
        &mut self,
        session: &mut Session,
        eyes: &mut Eyes,
        (label, hand): (&str, Hand),
        goal: Goal,
    ) {
        let (keys, what): ([&[u8]; 2], _) = match hand {
            Hand::List => ([b"j", b"k"], "list"),
            Hand::Ticket => ([b"7", b"\x7f"], "ticket"),
            Hand::Search => ([b"z", b"\x7f"], "search"),
            Hand::Order => ([b",", b","], "order"),
        };
        match hand {
            Hand::Ticket => {
                session.keys(b"b");
                eyes.wait(session, "the ticket", |eyes| {
                    eyes.typed("quantity").is_some()
                });
            }
            Hand::Search => {
                session.keys(b"/");
                eyes.wait(session, "the search", |eyes| eyes.typed("/").is_some());
            }
            Hand::List | Hand::Order => eyes.catch_up(session),
        }
        // As many as bring the list back into its first order.
        let (count, rest) = match hand {
            Hand::List | Hand::Ticket => (300, Duration::ZERO),
            Hand::Search | Hand::Order => (12, LONG_REST),
        };
        let count = self.count(count);
        let mut pressed = Vec::new();
        for (key, pace) in keys.iter().cycle().zip(PACE_MS.iter().cycle()).take(count) {
            pressed.push(session.keys(key));
            std::thread::sleep(Duration::from_millis(*pace) + rest);
        }
        std::thread::sleep(Duration::from_millis(200));
        let frames: Vec<Frame> = session.take_frames();
        let painted = match hand {
            Hand::List => eyes.changes(&frames, Eyes::cursor),
            Hand::Ticket => eyes.changes(&frames, |eyes| eyes.typed("quantity")),
            Hand::Search => eyes.changes(&frames, |eyes| eyes.typed("/")),
            Hand::Order => eyes.changes(&frames, |eyes| Some(eyes.order())),
        };
        let name = format!("key to paint, {label}, {what}");
        // Two keys that were painted together took as long as the next paint after each of them.
        let seen = painted.len().min(pressed.len());
        if seen < pressed.len() {
            let together = (pressed.len() - seen) as f64;
            let name = format!("keys painted with the next, {what}, {label}");
            self.table
                .figure(&name, Unit::Count, together, Goal::P50(0.0));
        }
        let next = |at: &Duration| painted.iter().find(|painted| *painted >= at);
        let took = pressed.iter().filter_map(|at| Some((next(at)?, at)));
        let took = took.map(|(painted, pressed)| ms(painted.saturating_sub(*pressed)));
        self.table.samples(&name, Unit::Ms, took.collect(), goal);
        if matches!(hand, Hand::Ticket | Hand::Search) {
            session.keys(b"\x1b");
            // A key right behind it would be taken for one pressed with Alt.
            std::thread::sleep(Duration::from_millis(200));
        }
    }

    /// Measures processor and output of a desk that is left alone.
    fn load(&mut self, session: &Session, name: &str, (busy, written): (Goal, Goal)) {
        let process = Process(session.process_id());
        let window = self.for_long(Duration::from_secs(10));
        let before = (session.now(), process.busy(), session.bytes());
        std::thread::sleep(window);
        let after = (session.now(), process.busy(), session.bytes());
        let took = after.0.saturating_sub(before.0).as_secs_f64();
        let used = after.1.saturating_sub(before.1).as_secs_f64();
        self.table.figure(
            &format!("processor, {name}"),
            Unit::Percent,
            100.0 * used / took,
            busy,
        );
        let bytes = (after.2 - before.2) as f64 / took;
        self.table.figure(
            &format!("to the terminal, {name}"),
            Unit::BytesPerS,
            bytes,
            written,
        );
    }

    fn memory(&mut self, session: &Session, name: &str, goal: Goal) {
        let process = Process(session.process_id());
        let at = |figure: &str| process.mib(figure);
        self.table
            .figure(&format!("memory, {name}"), Unit::MiB, at("VmRSS"), goal);
        self.table.figure(
            &format!("memory at most, {name}"),
            Unit::MiB,
            at("VmHWM"),
            goal,
        );
    }

    /// The clock of a still desk shows minutes: waits until the next one is far enough.
    fn clear_of_minute(&self) {
        let second = self.clock.wall_us() / 1_000_000 % 60;
        if !self.tiny && second >= 48 {
            std::thread::sleep(Duration::from_secs(u64::try_from(62 - second).unwrap_or(0)));
        }
    }
}

fn ms(time: Duration) -> f64 {
    time.as_secs_f64() * 1e3
}

/// Starts a desk and waits for its first screen.
fn opened(folder: &Path, feed: &str) -> (Session, Eyes) {
    let session = Session::start(folder, &["--feed", feed]);
    let mut eyes = Eyes::default();
    eyes.wait(&session, "the watchlist's cursor", |eyes| {
        eyes.cursor().is_some()
    });
    (session, eyes)
}

/// Returns how long a start took to the first full screen, and to the first one with an hour of candles.
fn start(folder: &Path) -> (f64, f64) {
    let session = Session::start(folder, &[]);
    let mut eyes = Eyes::default();
    let full = |eyes: &Eyes| {
        let text = eyes.text();
        text.contains("Watchlist") && text.contains("Limits") && text.contains("Trade")
    };
    let first = eyes.wait(&session, "the first screen", full);
    let drawn = |eyes: &Eyes| eyes.text().contains("EMA20");
    let candles = if drawn(&eyes) {
        first
    } else {
        eyes.wait(&session, "candles", drawn)
    };
    let since = |at: Duration| ms(at.saturating_sub(session.begun()));
    (since(first), since(candles))
}

/// A recording of a few quotes, all at one moment.
fn few_quotes() -> String {
    let symbols = ["AAPL", "MSFT", "NVDA", "GOOGL", "AMZN", "META"];
    let mut text = "timestamp,symbol,bid,ask,bid_size,ask_size,venue\n".to_owned();
    for symbol in symbols {
        text.push_str("2026-01-05T09:00:00.000000Z,");
        text.push_str(symbol);
        text.push_str(",100.10,100.12,300,400,testex\n");
    }
    text
}

/// Times what the disk alone takes to keep a small write.
fn bare_syncs(clock: &SystemClock, folder: &Path, count: usize) -> Vec<f64> {
    let mut file = std::fs::File::create(folder.join("bare")).unwrap();
    let block = [7_u8; 4096];
    let sync = |_| {
        let begun = clock.elapsed();
        file.write_all(&block).unwrap();
        file.sync_data().unwrap();
        ms(clock.elapsed().saturating_sub(begun))
    };
    (0..count).map(sync).collect()
}
