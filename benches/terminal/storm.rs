//! Quotes without end: what a person meets while they rain, and how old the prices are that stand on the screen.
//!
//! A symbol's price at any moment is a pure function of seed, origin and time, so what the screen
//! showed is held against what the market had said by then. Three storms by default, every rate
//! over every number of symbols with `--matrix`.

use std::time::Duration;

use mts1b_desk::adapter::sim::{Market, SimSpec, Universe};
use mts1b_desk::app::recover::opened_at;
use mts1b_desk::base::{Clock, SystemClock};
use mts1b_desk::domain::Timestamp;
use mts1b_desk::journal::{Journal, SqliteJournal};
use mts1b_desk::ui::format;

use crate::eyes::Eyes;
use crate::session::{Frame, Session};

const UNIVERSE: &str = include_str!("../../config/universe.toml");
/// The symbol that is watched: the head of the list, and quoted most often.
const WATCHED: &str = "AAPL";
/// A price that is not among those of so long is called this old.
const OLDEST: Duration = Duration::from_secs(2);

/// One storm.
#[derive(Debug, Clone, Copy)]
pub struct Storm {
    pub rate: u64,
    pub symbols: usize,
}

impl Storm {
    /// The storms of a usual run, or all.
    pub fn all(matrix: bool) -> Vec<Self> {
        if !matrix {
            let usual = [(100_000, 200), (1_000_000, 10_000), (1_000_000, 1_000_000)];
            return usual.map(|(rate, symbols)| Self { rate, symbols }).to_vec();
        }
        let rates = [1_000, 10_000, 100_000, 1_000_000];
        let widths = [50, 200, 10_000, 1_000_000];
        let over = |symbols| rates.map(|rate| Self { rate, symbols });
        widths.into_iter().flat_map(over).collect()
    }

    pub fn name(self) -> String {
        let short = |n: u64| match n {
            1_000_000.. => format!("{}M", n / 1_000_000),
            1_000.. => format!("{}k", n / 1_000),
            _ => n.to_string(),
        };
        let wide = u64::try_from(self.symbols).unwrap_or(0);
        format!("storm {}/s over {}", short(self.rate), short(wide))
    }

    pub fn feed(self) -> String {
        format!("sim:rate={},symbols={}", self.rate, self.symbols)
    }

    /// Key to paint at the 99th percentile, in milliseconds.
    pub fn goal(self) -> f64 {
        if self.rate > 100_000 { 30.0 } else { 10.0 }
    }

    /// Returns the market as the desk over `data` has it; the desk must have ended.
    pub fn market(self, data: &std::path::Path) -> Market {
        let journal = SqliteJournal::open(data).unwrap();
        let origin = opened_at(journal.read(1).unwrap()).unwrap();
        let spec = SimSpec {
            rate: self.rate,
            symbols: Some(self.symbols),
            ..SimSpec::default()
        };
        let universe = Universe::parse(UNIVERSE).unwrap();
        Market::new(spec, &universe, origin.unwrap()).unwrap()
    }
}

/// A price as it stood on the screen, and when.
pub struct Shown {
    at: Timestamp,
    price: String,
}

/// Reads the watched price off every frame of a while.
pub fn watch(session: &Session, eyes: &mut Eyes, long: Duration) -> Vec<Shown> {
    eyes.catch_up(session);
    let clock = SystemClock::new();
    // Frames carry the session's own time: this tells it from that of the wall.
    let wall = Timestamp::from_us(clock.wall_us()).minus(session.now());
    std::thread::sleep(long);
    let frames: Vec<Frame> = session.take_frames();
    let mut shown = Vec::new();
    for frame in &frames {
        eyes.look(frame);
        shown.extend(eyes.price(WATCHED).map(|price| Shown {
            at: wall.plus(frame.at),
            price,
        }));
    }
    shown
}

/// Returns how old each price was: the time since the market first said something else, in milliseconds.
pub fn ages(market: &mut Market, shown: &[Shown]) -> Vec<f64> {
    let symbol = WATCHED.parse().unwrap();
    let index = market.index_of(&symbol).unwrap();
    shown
        .iter()
        .filter_map(|shown| {
            let after = market.step_after(shown.at);
            let oldest = market.step_after(shown.at.minus(OLDEST));
            let mut replaced = shown.at;
            for step in (oldest..after).rev() {
                if market.symbol_of(step) != index {
                    continue;
                }
                let quote = market.said(step)?.quote;
                if format::price(quote.mid(), 2) == shown.price {
                    return Some(shown.at.since(replaced).as_secs_f64() * 1e3);
                }
                replaced = market.time_of(step);
            }
            Some(OLDEST.as_secs_f64() * 1e3)
        })
        .collect()
}
