//! Public stream messages to domain values.
//!
//! Cannot panic. Unknown fields are ignored; an unknown value or a malformed
//! field is an error that names it; decimals are read from the text. Of a message
//! with a bad row nothing is used: half a message is not what the venue said.

use serde_json::value::RawValue;
use smol_str::{SmolStr, format_smolstr};

use super::error::{ParseError, shown};
use super::field::{
    Object, above_zero, any_number, flag, integer, not_below_zero, number, object, text, time,
};
use super::{symbol, wire};
use crate::domain::{
    Aggressor, Bar, Interval, Price, Quantity, Quote, Symbol, Timestamp, Trade, VenueId,
};

/// One public message, understood.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Message {
    /// Best bids and asks.
    Ticker(Vec<Quote>),
    /// Prints.
    Trade(Vec<Trade>),
    /// Bars as they stand; the last of each symbol may still change.
    Ohlc(Vec<Bar>),
    /// Book levels.
    Book {
        /// Whether the levels replace all others.
        snapshot: bool,
        /// One entry a symbol.
        books: Vec<BookRows>,
    },
    /// Reference data of pairs.
    Instrument(Vec<PairRow>),
    /// How the venue is.
    Status(Vec<System>),
    /// Nothing else to say.
    Heartbeat,
    /// Answer to a ping.
    Pong(Option<u64>),
    /// Answer to a request.
    Answer(Answer),
    /// A complaint about no request in particular.
    Complaint(String),
}

/// Levels of one symbol's book; quantity zero removes a level.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BookRows {
    /// What.
    pub symbol: Symbol,
    /// Levels to sell at, price and quantity.
    pub bids: Vec<(Price, Quantity)>,
    /// Levels to buy at, price and quantity.
    pub asks: Vec<(Price, Quantity)>,
    /// What the ten best levels of each side must add up to.
    pub checksum: Option<u32>,
    /// When, where the venue says.
    pub timestamp: Option<Timestamp>,
}

/// One pair of the instrument channel.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct PairRow {
    pub(super) native: String,
    pub(super) status: String,
    pub(super) price_increment: Price,
    pub(super) qty_increment: Quantity,
    pub(super) qty_min: Quantity,
}

/// The state of the venue's matching.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum System {
    Online,
    CancelOnly,
    Maintenance,
    PostOnly,
    LimitOnly,
}

/// Answer to a subscribe or another request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Answer {
    pub(super) method: String,
    pub(super) req_id: Option<u64>,
    pub(super) channel: Option<String>,
    pub(super) symbol: Option<String>,
    /// The venue's words where it refused.
    pub(super) refused: Option<String>,
}

/// Numbers of a ticker row that are checked to be numbers and not used.
pub(super) const TICKER_UNUSED: [&str; 7] = [
    "last",
    "volume",
    "vwap",
    "low",
    "high",
    "change",
    "change_pct",
];

impl System {
    /// Returns the venue's word.
    pub(super) const fn as_str(self) -> &'static str {
        match self {
            Self::Online => "online",
            Self::CancelOnly => "cancel_only",
            Self::Maintenance => "maintenance",
            Self::PostOnly => "post_only",
            Self::LimitOnly => "limit_only",
        }
    }
}

/// Reads one public message.
pub(super) fn message(
    text: &str,
    received_at: Timestamp,
    venue: &VenueId,
) -> Result<Message, ParseError> {
    of(&Object::message(text)?, received_at, venue)
}

/// Reads one public message from its fields.
pub(super) fn of(
    root: &Object<'_>,
    received_at: Timestamp,
    venue: &VenueId,
) -> Result<Message, ParseError> {
    if root.has("channel") {
        return channel(root, received_at, venue);
    }
    if root.has("method") {
        return answer(root);
    }
    if root.has("Error") {
        let words = root.need("Error", text)?;
        return Ok(Message::Complaint(words.into_owned()));
    }
    if root.has("error") {
        let words = root.need("error", text)?;
        return Ok(Message::Complaint(words.into_owned()));
    }
    Err(ParseError::new("channel", "is missing, and so is method"))
}

fn channel(
    root: &Object<'_>,
    received_at: Timestamp,
    venue: &VenueId,
) -> Result<Message, ParseError> {
    let name = root.need("channel", text)?;
    match name.as_ref() {
        "heartbeat" => Ok(Message::Heartbeat),
        "status" => root.rows("data", system).map(Message::Status),
        "ticker" => {
            is_snapshot(root)?;
            let rows = root.rows("data", |row| quote(row, received_at, venue))?;
            Ok(Message::Ticker(rows))
        }
        "trade" => {
            is_snapshot(root)?;
            let rows = root.rows("data", |row| trade(row, venue))?;
            Ok(Message::Trade(rows))
        }
        "ohlc" => {
            is_snapshot(root)?;
            root.rows("data", bar).map(Message::Ohlc)
        }
        "book" => Ok(Message::Book {
            snapshot: is_snapshot(root)?,
            books: root.rows("data", book)?,
        }),
        "instrument" => {
            is_snapshot(root)?;
            let pairs = root.inside("data", |data| data.rows("pairs", pair))?;
            Ok(Message::Instrument(pairs))
        }
        other => Err(ParseError::new(
            "channel",
            format!(
                "'{}' is none of ticker, trade, ohlc, book, instrument, status, heartbeat",
                shown(other)
            ),
        )),
    }
}

/// Reads whether a data message starts over or goes on.
pub(super) fn is_snapshot(root: &Object<'_>) -> Result<bool, ParseError> {
    root.need("type", |raw| match text(raw)?.as_ref() {
        "snapshot" => Ok(true),
        "update" => Ok(false),
        other => Err(format!("'{}' is neither snapshot nor update", shown(other))),
    })
}

/// Reads a symbol as the streams write it.
pub(super) fn native(raw: &RawValue) -> Result<Symbol, String> {
    symbol::from_native(text(raw)?.as_ref())
}

fn quote(row: &Object<'_>, received_at: Timestamp, venue: &VenueId) -> Result<Quote, ParseError> {
    for name in TICKER_UNUSED {
        row.maybe(name, any_number)?;
    }
    Ok(Quote {
        symbol: row.need("symbol", native)?,
        // Zero is how an empty side is sent; whether such a quote may be used is the quote's own law.
        bid: row.need("bid", not_below_zero(number))?,
        ask: row.need("ask", not_below_zero(number))?,
        bid_size: row.need("bid_qty", not_below_zero(number))?,
        ask_size: row.need("ask_qty", not_below_zero(number))?,
        venue: venue.clone(),
        timestamp: row.maybe("timestamp", time)?.unwrap_or(received_at),
    })
}

fn trade(row: &Object<'_>, venue: &VenueId) -> Result<Trade, ParseError> {
    Ok(Trade {
        trade_id: row.need("trade_id", |raw| Ok(format_smolstr!("{}", integer(raw)?)))?,
        symbol: row.need("symbol", native)?,
        price: row.need("price", above_zero(number))?,
        size: row.need("qty", above_zero(number))?,
        side: Some(row.need("side", |raw| side(text(raw)?.as_ref()))?),
        venue: venue.clone(),
        timestamp: row.need("timestamp", time)?,
    })
}

fn side(word: &str) -> Result<Aggressor, String> {
    match word {
        "buy" => Ok(Aggressor::Buy),
        "sell" => Ok(Aggressor::Sell),
        other => Err(format!("'{}' is neither buy nor sell", shown(other))),
    }
}

fn bar(row: &Object<'_>) -> Result<Bar, ParseError> {
    let interval = row.need("interval", |raw| {
        let minutes = integer(raw)?;
        wire::interval(minutes).ok_or_else(|| {
            format!("{minutes} minutes is none of 1, 5, 15, 30, 60, 240, 1440, 10080")
        })
    })?;
    let begin = row.need("interval_begin", time)?;
    row.maybe("timestamp", time)?;
    checked(Bar {
        symbol: row.need("symbol", native)?,
        interval,
        open: row.need("open", above_zero(number))?,
        high: row.need("high", above_zero(number))?,
        low: row.need("low", above_zero(number))?,
        close: row.need("close", above_zero(number))?,
        volume: row.need("volume", not_below_zero(number))?,
        vwap: row
            .maybe("vwap", not_below_zero(number))?
            .filter(|vwap: &Price| vwap.is_positive()),
        n_trades: row.maybe("trades", integer)?,
        timestamp: end(begin, interval),
    })
}

/// Returns the end of the bar that begins at `begin`.
pub(super) fn end(begin: Timestamp, interval: Interval) -> Timestamp {
    begin.plus(interval.duration())
}

/// Refuses a bar whose prices contradict each other.
pub(super) fn checked(bar: Bar) -> Result<Bar, ParseError> {
    let (low, high) = (bar.low, bar.high);
    if low > high {
        return Err(ParseError::new(
            "high",
            format!("{high} is below low {low}"),
        ));
    }
    for (name, price) in [("open", bar.open), ("close", bar.close)] {
        if price < low || price > high {
            let why = format!("{price} is not between low {low} and high {high}");
            return Err(ParseError::new(name, why));
        }
    }
    Ok(bar)
}

fn book(row: &Object<'_>) -> Result<BookRows, ParseError> {
    let level = |level: &Object<'_>| {
        Ok((
            level.need("price", above_zero(number))?,
            level.need("qty", not_below_zero(number))?,
        ))
    };
    Ok(BookRows {
        symbol: row.need("symbol", native)?,
        bids: row.rows("bids", level)?,
        asks: row.rows("asks", level)?,
        checksum: row.maybe("checksum", |raw| {
            let sum = integer(raw)?;
            u32::try_from(sum).map_err(|_| format!("{sum} is no checksum of 32 bits"))
        })?,
        timestamp: row.maybe("timestamp", time)?,
    })
}

fn pair(row: &Object<'_>) -> Result<PairRow, ParseError> {
    Ok(PairRow {
        native: row.need("symbol", text)?.into_owned(),
        status: row.need("status", text)?.into_owned(),
        price_increment: row.need("price_increment", above_zero(number))?,
        qty_increment: row.need("qty_increment", above_zero(number))?,
        qty_min: row.need("qty_min", not_below_zero(number))?,
    })
}

fn system(row: &Object<'_>) -> Result<System, ParseError> {
    row.need("system", |raw| match text(raw)?.as_ref() {
        "online" => Ok(System::Online),
        "cancel_only" => Ok(System::CancelOnly),
        "maintenance" => Ok(System::Maintenance),
        "post_only" => Ok(System::PostOnly),
        "limit_only" => Ok(System::LimitOnly),
        other => Err(format!(
            "'{}' is none of online, cancel_only, maintenance, post_only, limit_only",
            shown(other)
        )),
    })
}

fn answer(root: &Object<'_>) -> Result<Message, ParseError> {
    let method = root.need("method", text)?;
    let req_id = root.maybe("req_id", integer)?;
    match method.as_ref() {
        "pong" => return Ok(Message::Pong(req_id)),
        "subscribe" | "unsubscribe" => {}
        other => {
            let why = format!("'{}' is none of subscribe, unsubscribe, pong", shown(other));
            return Err(ParseError::new("method", why));
        }
    }
    let owned = |raw| Ok(text(raw)?.into_owned());
    let refused = if root.need("success", flag)? {
        None
    } else {
        Some(root.need("error", owned)?)
    };
    let result = root.maybe("result", object)?;
    let (mut channel, mut symbol) = (None, root.maybe("symbol", owned)?);
    if let Some(result) = &result {
        let named = |name| {
            result
                .maybe(name, owned)
                .map_err(|error| error.within("result"))
        };
        channel = named("channel")?;
        symbol = named("symbol")?.or(symbol);
    } else if refused.is_none() {
        return Err(ParseError::missing("result"));
    }
    Ok(Message::Answer(Answer {
        method: method.into_owned(),
        req_id,
        channel,
        symbol,
        refused,
    }))
}

/// Returns the number of a print, for telling repeated ones.
pub(super) fn trade_number(id: &SmolStr) -> Option<u64> {
    id.parse().ok()
}
