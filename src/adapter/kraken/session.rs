//! The protocol of the public streams without sockets: frames and time in, frames and events out.
//!
//! Owns subscriptions and the matching of their answers, the heartbeat rule, which
//! bar is final, which print was seen before, and what is said of the link. Lives
//! across reconnects, so that each connection asks again for everything wanted.
//! Does no I/O and reads no clock.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use super::error::{ParseError, plain, shown};
use super::parse::{self, Answer, Message, System};
use super::settings::KrakenSettings;
use super::wire::{self, Channel};
use super::{scan, symbol};
use crate::adapter::net::ws;
use crate::domain::{Bar, Interval, Symbol, Timestamp, Trade, VenueId};
use crate::event::{LinkHealth, MarketEvent};
use crate::protocol::FeedEvent;

/// Symbols asked for in one request.
const SYMBOLS_PER_REQUEST: usize = 100;

/// The moment a session is told of.
#[derive(Debug, Clone, Copy)]
pub struct Now {
    /// Wall time, for what is received.
    pub at: Timestamp,
    /// Monotonic time, for what is waited for.
    pub elapsed: Duration,
}

/// What a session wants done.
#[derive(Debug, Default)]
pub struct Out {
    /// To be sent, in order.
    pub frames: Vec<String>,
    /// To be told on, in order.
    pub events: Vec<FeedEvent>,
    /// The connection must end, for this reason.
    pub close: Option<String>,
}

/// A request whose answers are not all there.
#[derive(Debug)]
struct Asked {
    channel: Channel,
    waiting: BTreeSet<String>,
    at: Duration,
}

/// The state of one feed's conversation with the venue.
#[derive(Debug)]
pub struct KrakenSession {
    limits: KrakenSettings,
    host: String,
    venue: VenueId,
    channels: Vec<Channel>,
    wanted: BTreeMap<String, Symbol>,
    refused: BTreeMap<Symbol, String>,
    asked: BTreeMap<u64, Asked>,
    next_id: u64,
    heard: Duration,
    pinged: Option<Duration>,
    system: System,
    garbled: u64,
    last_garbled: Option<ParseError>,
    open_bars: BTreeMap<(Symbol, Interval), Bar>,
    last_print: BTreeMap<Symbol, u64>,
}

impl KrakenSession {
    /// Makes a session that will stream what the settings say of `symbols`.
    pub fn new(settings: &KrakenSettings, venue: VenueId, symbols: &[Symbol]) -> Self {
        let mut channels = vec![Channel::Ticker];
        if settings.trades {
            channels.push(Channel::Trade);
        }
        channels.extend(
            settings
                .bars
                .iter()
                .map(|interval| Channel::Ohlc(*interval)),
        );
        Self::with_channels(settings, venue, symbols, channels)
    }

    /// Makes a session of chosen channels.
    pub(super) fn with_channels(
        settings: &KrakenSettings,
        venue: VenueId,
        symbols: &[Symbol],
        channels: Vec<Channel>,
    ) -> Self {
        let mut session = Self {
            limits: settings.clone(),
            host: ws::host(&settings.url),
            venue,
            channels,
            wanted: BTreeMap::new(),
            refused: BTreeMap::new(),
            asked: BTreeMap::new(),
            next_id: 1,
            heard: Duration::ZERO,
            pinged: None,
            system: System::Online,
            garbled: 0,
            last_garbled: None,
            open_bars: BTreeMap::new(),
            last_print: BTreeMap::new(),
        };
        for symbol in symbols {
            session.want(symbol);
        }
        session
    }

    /// Starts a conversation over a new connection.
    pub fn on_open(&mut self, now: Now, out: &mut Out) {
        self.asked.clear();
        self.heard = now.elapsed;
        self.pinged = None;
        self.system = System::Online;
        self.say("connected", out);
        for (symbol, why) in &self.refused {
            if symbol::to_native(symbol).is_err() {
                self.say(&format!("{symbol} is not asked for: {why}"), out);
            }
        }
        let all: Vec<String> = self.wanted.keys().cloned().collect();
        self.ask(&all, now, out);
    }

    /// Asks for more symbols over the open connection.
    pub fn on_subscribe(&mut self, symbols: &[Symbol], now: Now, out: &mut Out) {
        let added: Vec<String> = symbols.iter().filter_map(|s| self.want(s)).collect();
        self.ask(&added, now, out);
    }

    /// Takes one text message.
    pub fn on_frame(&mut self, text: &str, now: Now, out: &mut Out) {
        self.on_alive(now);
        if let Some(quote) = scan::ticker(text, now.at, &self.venue) {
            let received_at = now.at;
            out.events
                .push(FeedEvent::Market(MarketEvent::Quote { quote, received_at }));
            return;
        }
        match parse::message(text, now.at, &self.venue) {
            Ok(message) => self.on_message(message, now, out),
            Err(error) => self.on_garbled(error, out),
        }
    }

    /// Takes a binary message, which the venue has no use for.
    pub fn on_binary(&mut self, bytes: usize, now: Now, out: &mut Out) {
        self.on_alive(now);
        let why = format!("is {bytes} bytes of binary, expected text");
        self.on_garbled(ParseError::new("message", why), out);
    }

    /// Notes a sign of life.
    pub fn on_alive(&mut self, now: Now) {
        self.heard = now.elapsed;
        self.pinged = None;
    }

    /// Does what has become due.
    pub fn on_timer(&mut self, now: Now, out: &mut Out) {
        let late = |asked: &&Asked| now.elapsed >= asked.at + self.limits.answer_timeout;
        if let Some(asked) = self.asked.values().find(late) {
            let (channel, within) = (asked.channel.as_str(), self.limits.answer_timeout);
            out.close = Some(format!(
                "no answer to the {channel} subscription within {within:?}"
            ));
            return;
        }
        match self.pinged {
            Some(at) if now.elapsed >= at + self.limits.give_up_after => {
                let silent = now.elapsed.saturating_sub(self.heard);
                out.close = Some(format!("silent for {silent:.1?}"));
            }
            None if now.elapsed >= self.heard + self.limits.ping_after => {
                self.pinged = Some(now.elapsed);
                out.frames.push(wire::ping(self.id()));
            }
            Some(_) | None => {}
        }
    }

    /// Returns when [`Self::on_timer`] has something to do next, in monotonic time.
    pub fn next_timer(&self) -> Duration {
        let heart = match self.pinged {
            Some(at) => at + self.limits.give_up_after,
            None => self.heard + self.limits.ping_after,
        };
        let answer = |asked: &Asked| asked.at + self.limits.answer_timeout;
        self.asked.values().map(answer).fold(heart, Duration::min)
    }

    /// Returns why a symbol is not streamed, where it is not.
    pub fn refused(&self, symbol: &Symbol) -> Option<&str> {
        self.refused.get(symbol).map(String::as_str)
    }

    /// Returns how many messages were not understood, and the newest fault.
    pub fn garbled(&self) -> (u64, Option<&ParseError>) {
        (self.garbled, self.last_garbled.as_ref())
    }

    /// Returns the words of a change of the link, with the venue and the host in front.
    pub(super) fn words(&self, text: &str) -> String {
        plain(&format!("{} {}: {text}", self.venue, self.host))
    }

    /// Notes a symbol; returns its native name when it is new and can be asked for.
    fn want(&mut self, symbol: &Symbol) -> Option<String> {
        match symbol::to_native(symbol) {
            Ok(native) => {
                let old = self.wanted.insert(native.clone(), symbol.clone());
                old.is_none().then_some(native)
            }
            Err(why) => {
                self.refused.insert(symbol.clone(), why);
                None
            }
        }
    }

    fn ask(&mut self, natives: &[String], now: Now, out: &mut Out) {
        for channel in self.channels.clone() {
            for chunk in natives.chunks(SYMBOLS_PER_REQUEST) {
                let id = self.id();
                let names: Vec<&str> = chunk.iter().map(String::as_str).collect();
                out.frames.push(wire::subscribe(channel, &names, id));
                let asked = Asked {
                    channel,
                    waiting: chunk.iter().cloned().collect(),
                    at: now.elapsed,
                };
                self.asked.insert(id, asked);
            }
        }
    }

    fn id(&mut self) -> u64 {
        let id = self.next_id;
        self.next_id += 1;
        id
    }

    fn say(&self, text: &str, out: &mut Out) {
        let words = self.words(text);
        out.events.push(FeedEvent::Link(LinkHealth::Up, words));
    }

    fn on_message(&mut self, message: Message, now: Now, out: &mut Out) {
        match message {
            Message::Ticker(quotes) => {
                let received_at = now.at;
                let event = |quote| FeedEvent::Market(MarketEvent::Quote { quote, received_at });
                out.events.extend(quotes.into_iter().map(event));
            }
            Message::Trade(trades) => {
                for trade in trades {
                    self.on_trade(trade, out);
                }
            }
            Message::Ohlc(bars) => self.on_bars(bars, out),
            Message::Status(states) => {
                if let Some(state) = states.last() {
                    self.on_system(*state, out);
                }
            }
            Message::Answer(answer) => self.on_answer(answer, out),
            Message::Complaint(words) => {
                self.say(&format!("the venue complains: {}", shown(&words)), out);
            }
            // Not subscribed to, or a sign of life that `on_alive` has noted.
            Message::Book { .. }
            | Message::Instrument(_)
            | Message::Heartbeat
            | Message::Pong(_) => {}
        }
    }

    /// Passes a print on unless it came before: each reconnect repeats the newest ones.
    fn on_trade(&mut self, trade: Trade, out: &mut Out) {
        let number = parse::trade_number(&trade.trade_id).unwrap_or(u64::MAX);
        let last = self.last_print.get(&trade.symbol).copied();
        if last.is_none() && !self.is_wanted(&trade.symbol) {
            return self.on_unasked(&trade.symbol, out);
        }
        if last.is_none_or(|last| number > last) {
            self.last_print.insert(trade.symbol.clone(), number);
            out.events
                .push(FeedEvent::Market(MarketEvent::Trade(trade)));
        }
    }

    /// Passes on the bars that are final: the venue never says so, a later one of the same kind does.
    fn on_bars(&mut self, mut bars: Vec<Bar>, out: &mut Out) {
        bars.sort_by_key(|bar| bar.timestamp);
        let mut closed: BTreeMap<(Symbol, Interval), Vec<Bar>> = BTreeMap::new();
        for bar in bars {
            let key = (bar.symbol.clone(), bar.interval);
            if !self.open_bars.contains_key(&key) && !self.is_wanted(&key.0) {
                self.on_unasked(&key.0, out);
                continue;
            }
            match self.open_bars.get_mut(&key) {
                Some(open) if bar.timestamp > open.timestamp => {
                    let last = std::mem::replace(open, bar);
                    closed.entry(key).or_default().push(last);
                }
                Some(open) if bar.timestamp == open.timestamp => *open = bar,
                // Older than the open one: history, sent again by a new connection's snapshot.
                Some(_) => closed.entry(key).or_default().push(bar),
                None => {
                    self.open_bars.insert(key, bar);
                }
            }
        }
        for ((symbol, interval), mut bars) in closed {
            bars.dedup_by_key(|bar| bar.timestamp);
            out.events.push(FeedEvent::Market(MarketEvent::Bars {
                symbol,
                interval,
                bars,
            }));
        }
    }

    /// Returns true for a symbol that was asked for: only of those is anything remembered.
    fn is_wanted(&self, symbol: &Symbol) -> bool {
        symbol::to_native(symbol).is_ok_and(|native| self.wanted.contains_key(&native))
    }

    fn on_unasked(&mut self, symbol: &Symbol, out: &mut Out) {
        let why = format!("is {symbol}, which was not asked for");
        self.on_garbled(ParseError::new("symbol", why), out);
    }

    fn on_system(&mut self, state: System, out: &mut Out) {
        if state == self.system {
            return;
        }
        self.system = state;
        let words = match state {
            System::Online => "the venue is online".to_owned(),
            System::CancelOnly | System::Maintenance | System::PostOnly | System::LimitOnly => {
                format!("the venue is in {}", state.as_str())
            }
        };
        self.say(&words, out);
    }

    fn on_answer(&mut self, answer: Answer, out: &mut Out) {
        let asked = answer.req_id.and_then(|id| self.asked.get_mut(&id));
        let Some(asked) = asked else {
            let id = answer.req_id.map_or("none".to_owned(), |id| id.to_string());
            let why = format!("{id} is no {} that is waited for", answer.method);
            self.on_garbled(ParseError::new("req_id", why), out);
            return;
        };
        let channel = asked.channel;
        // A refusal that names no symbol is of the whole request.
        let answered: Vec<String> = match answer.symbol {
            Some(symbol) => asked.waiting.take(&symbol).into_iter().collect(),
            None => std::mem::take(&mut asked.waiting).into_iter().collect(),
        };
        if asked.waiting.is_empty()
            && let Some(id) = answer.req_id
        {
            self.asked.remove(&id);
        }
        let symbols: Vec<Symbol> = answered
            .iter()
            .filter_map(|native| self.wanted.get(native).cloned())
            .collect();
        for symbol in symbols {
            match &answer.refused {
                None => {
                    self.refused.remove(&symbol);
                }
                Some(why) => self.on_refused(symbol, channel, why, out),
            }
        }
    }

    fn on_refused(&mut self, symbol: Symbol, channel: Channel, why: &str, out: &mut Out) {
        let words = format!(
            "{} of {symbol} is refused: {}",
            channel.as_str(),
            shown(why)
        );
        // Said once a symbol: each channel of an unknown symbol is refused in the same words.
        if self.refused.insert(symbol, shown(why)).is_none() {
            self.say(&words, out);
        }
    }

    /// Counts a message that was not understood; said at the 1st, 10th, 100th, so that a flood of them is no flood of events.
    fn on_garbled(&mut self, error: ParseError, out: &mut Out) {
        self.garbled = self.garbled.saturating_add(1);
        tracing::debug!(%error, count = self.garbled, "message not understood");
        if is_power_of_ten(self.garbled) {
            let count = self.garbled;
            let noun = if count == 1 { "message" } else { "messages" };
            self.say(&format!("{count} {noun} not understood, last {error}"), out);
        }
        self.last_garbled = Some(error);
    }
}

fn is_power_of_ten(count: u64) -> bool {
    count.checked_ilog10().map(|n| 10u64.pow(n)) == Some(count)
}
