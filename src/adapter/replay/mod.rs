//! Recordings as a feed: `replay:FILE[@SPEED]`.
//!
//! A recording is read as it plays, never as a whole, and paced by its own gaps
//! divided by the speed. Quotes keep the venue and time they were recorded with;
//! they count as received when they are played. A line that cannot be read is said
//! and counted, and the playing goes on; the end is said too. There are no bars and
//! no prints in a recording, and none are made up.

mod recording;
mod spec;

use std::collections::{HashMap, HashSet, VecDeque};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use futures_util::future::BoxFuture;
use futures_util::stream::{self, BoxStream};

use crate::base::Clock;
use crate::domain::{Bar, Interval, Quote, Symbol, Timestamp, Trade};
use crate::event::{LinkHealth, MarketEvent};
use crate::protocol::{FeedError, FeedEvent, MarketData};

pub use recording::{Recording, RecordingError};
pub use spec::{ReplaySpec, Speed};

/// The stable name.
pub const NAME: &str = "replay";

/// Lines looked at on opening, to learn which symbols there are.
const LINES_SCANNED: usize = 20_000;
/// Symbols taken from that look.
const SYMBOLS_MOST: usize = 10_000;
/// Lines read from disk in one go.
const LINES_AT_ONCE: usize = 512;
/// Bad lines said one by one; further ones are only counted.
const FAULTS_SAID: u64 = 20;

type Newest = Arc<Mutex<HashMap<Symbol, Quote>>>;

/// A recording, played.
#[derive(Debug)]
pub struct ReplayFeed {
    spec: ReplaySpec,
    symbols: Vec<Symbol>,
    newest: Newest,
    clock: Arc<dyn Clock>,
}

impl ReplayFeed {
    /// Opens the recording and looks at its beginning.
    ///
    /// # Errors
    /// When the file cannot be read, is empty, lacks a column, or holds no line that can be read.
    pub fn open(spec: ReplaySpec, clock: Arc<dyn Clock>) -> Result<Self, RecordingError> {
        let mut recording = Recording::open(&spec.file)?;
        let mut symbols = Vec::new();
        let mut seen = HashSet::new();
        let mut fault = None;
        for _ in 0..LINES_SCANNED {
            match recording.next_quote() {
                None => break,
                Some(Err(error)) => {
                    let goes_on = error.is_one_line();
                    fault = fault.or(Some(error));
                    if !goes_on {
                        break;
                    }
                }
                Some(Ok(quote)) if symbols.len() < SYMBOLS_MOST => {
                    if seen.insert(quote.symbol.clone()) {
                        symbols.push(quote.symbol);
                    }
                }
                Some(Ok(_)) => {}
            }
        }
        if symbols.is_empty() {
            return Err(fault.unwrap_or(RecordingError::Empty { file: spec.file }));
        }
        Ok(Self {
            spec,
            symbols,
            newest: Newest::default(),
            clock,
        })
    }

    /// Returns the symbols found at the recording's beginning, in the order they come.
    pub fn symbols(&self) -> &[Symbol] {
        &self.symbols
    }

    fn not_carried(what: String) -> FeedError {
        FeedError::NotCarried {
            feed: NAME.into(),
            what,
        }
    }
}

impl MarketData for ReplayFeed {
    fn name(&self) -> &'static str {
        NAME
    }

    fn get_quote(&self, symbol: Symbol) -> BoxFuture<'_, Result<Quote, FeedError>> {
        Box::pin(async move {
            let newest = self.newest.lock().unwrap_or_else(PoisonError::into_inner);
            let quote = newest.get(&symbol).cloned();
            quote.ok_or_else(|| Self::not_carried(format!("quote of {symbol} played so far")))
        })
    }

    fn get_bars(
        &self,
        symbol: Symbol,
        interval: Interval,
        _start: Timestamp,
        _end: Option<Timestamp>,
    ) -> BoxFuture<'_, Result<Vec<Bar>, FeedError>> {
        let what = format!("{interval} bars of {symbol}: a recording holds quotes");
        Box::pin(std::future::ready(Err(Self::not_carried(what))))
    }

    fn get_trades(
        &self,
        symbol: Symbol,
        _asof: Timestamp,
    ) -> BoxFuture<'_, Result<Vec<Trade>, FeedError>> {
        let what = format!("trades of {symbol}: a recording holds quotes");
        Box::pin(std::future::ready(Err(Self::not_carried(what))))
    }

    /// Plays the recording from its beginning; all of its symbols when none are named.
    fn stream_quotes(&self, symbols: Vec<Symbol>) -> BoxStream<'static, FeedEvent> {
        let words = format!(
            "playing {} at {}",
            self.spec.file.display(),
            self.spec.speed
        );
        let player = Player {
            spec: self.spec.clone(),
            wanted: (!symbols.is_empty()).then(|| symbols.into_iter().collect()),
            newest: Arc::clone(&self.newest),
            clock: Arc::clone(&self.clock),
            source: Source::Closed,
            lines: VecDeque::new(),
            began: None,
            played: 0,
            faults: 0,
            newest_at: None,
            say: Some((LinkHealth::Up, words)),
        };
        Box::pin(stream::unfold(player, |mut player| async move {
            let event = player.next().await?;
            Some((event, player))
        }))
    }
}

enum Source {
    Closed,
    Open(Box<Recording>),
    /// Read to its end; that is still to be said.
    ReadOut,
    Done,
}

type Line = Result<Quote, RecordingError>;

/// One playing of a recording.
struct Player {
    spec: ReplaySpec,
    wanted: Option<HashSet<Symbol>>,
    newest: Newest,
    clock: Arc<dyn Clock>,
    source: Source,
    lines: VecDeque<Line>,
    /// The recorded time of the first quote and the moment it was played.
    began: Option<(Timestamp, Duration)>,
    played: u64,
    faults: u64,
    newest_at: Option<Timestamp>,
    say: Option<(LinkHealth, String)>,
}

impl Player {
    async fn next(&mut self) -> Option<FeedEvent> {
        loop {
            if let Some((health, words)) = self.say.take() {
                return Some(FeedEvent::Link(health, words));
            }
            match self.lines.pop_front() {
                Some(Ok(quote)) => {
                    if self
                        .wanted
                        .as_ref()
                        .is_some_and(|set| !set.contains(&quote.symbol))
                    {
                        continue;
                    }
                    return Some(self.play(quote).await);
                }
                Some(Err(error)) => self.fault(&error),
                None if matches!(self.source, Source::Done) => return None,
                None if matches!(self.source, Source::ReadOut) => self.end(),
                None => self.read_on().await,
            }
        }
    }

    /// Waits until the quote is due and plays it.
    async fn play(&mut self, quote: Quote) -> FeedEvent {
        let (first, began) = *self
            .began
            .get_or_insert((quote.timestamp, self.clock.elapsed()));
        if let Speed::Times(times) = self.spec.speed {
            // Recorded time that runs backwards is played at once.
            let due = began + quote.timestamp.since(first).div_f64(times);
            let wait = due.saturating_sub(self.clock.elapsed());
            if !wait.is_zero() {
                tokio::time::sleep(wait).await;
            }
        }
        self.played += 1;
        self.newest_at = Some(quote.timestamp);
        let mut newest = self.newest.lock().unwrap_or_else(PoisonError::into_inner);
        newest.insert(quote.symbol.clone(), quote.clone());
        let received_at = Timestamp::from_us(self.clock.wall_us());
        FeedEvent::Market(MarketEvent::Quote { quote, received_at })
    }

    fn fault(&mut self, error: &RecordingError) {
        self.faults += 1;
        if !error.is_one_line() {
            self.source = Source::Done;
            self.say = Some((LinkHealth::Ended, error.to_string()));
        } else if self.faults <= FAULTS_SAID {
            let words = format!("{error} (skipped, {} so far)", self.faults);
            self.say = Some((LinkHealth::Up, words));
        }
    }

    fn end(&mut self) {
        self.source = Source::Done;
        let mut words = match self.newest_at {
            Some(at) => format!("recording ended at {at}: {} quotes played", self.played),
            None => "recording ended: it holds no quote of the symbols asked for".into(),
        };
        if self.faults > 0 {
            words = format!("{words}, {} lines skipped", self.faults);
        }
        self.say = Some((LinkHealth::Ended, words));
    }

    /// Reads further lines away from the async threads.
    async fn read_on(&mut self) {
        let source = std::mem::replace(&mut self.source, Source::ReadOut);
        let file = self.spec.file.clone();
        let read = tokio::task::spawn_blocking(move || {
            let mut recording = match source {
                Source::Open(recording) => recording,
                Source::Closed => match Recording::open(&file) {
                    Ok(recording) => Box::new(recording),
                    Err(error) => return (None, VecDeque::from([Err(error)])),
                },
                Source::ReadOut | Source::Done => return (None, VecDeque::new()),
            };
            let mut lines = VecDeque::with_capacity(LINES_AT_ONCE);
            while lines.len() < LINES_AT_ONCE {
                match recording.next_quote() {
                    Some(Err(error)) if !error.is_one_line() => {
                        lines.push_back(Err(error));
                        return (None, lines);
                    }
                    Some(line) => lines.push_back(line),
                    None => return (None, lines),
                }
            }
            (Some(recording), lines)
        });
        let Ok((recording, lines)) = read.await else {
            self.say = Some((
                LinkHealth::Ended,
                "reading the recording was stopped".into(),
            ));
            return;
        };
        self.lines = lines;
        if let Some(recording) = recording {
            self.source = Source::Open(recording);
        }
    }
}
