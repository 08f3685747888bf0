//! REST replies told: recognised by their shape, because a reply does not say what was asked.

use rust_decimal::Decimal;
use serde_json::value::RawValue;

use super::rest_private;
use super::stream::{book, instrument, one_of, word};
use crate::adapter::decode::{DecodedEvent, Note};
use crate::adapter::kraken::error::ParseError;
use crate::adapter::kraken::field::{
    Object, Row, above_zero, integer, list, not_below_zero, object, quoted, seconds, text, time,
};
use crate::adapter::kraken::parse::{self, BookRows};
use crate::adapter::kraken::symbol;
use crate::domain::{
    Aggressor, Bar, Interval, Money, Price, Quantity, Quote, Symbol, Timestamp, Trade, VenueId,
};

type Told = Result<Vec<DecodedEvent>, ParseError>;

/// Reads a whole reply.
pub(super) fn describe(root: &Object<'_>, received_at: Timestamp, venue: &VenueId) -> Told {
    let mut errors = Vec::new();
    for (at, raw) in root.need("error", list)?.into_iter().enumerate() {
        let words = text(raw).map_err(|why| ParseError::new(format!("error[{at}]"), why))?;
        errors.push(words.into_owned());
    }
    if errors.iter().any(|error| !error.starts_with('W')) {
        return note(Note::new("refusal").with("errors", errors));
    }
    let result = root.need("result", Ok)?;
    // An empty list stands for an empty map in one of the replies.
    if result.get().starts_with('[') && list(result).is_ok_and(|cells| cells.is_empty()) {
        return note(Note::new("empty"));
    }
    root.inside("result", |result| {
        if let Some(told) = rest_private::single(result) {
            return told;
        }
        if result.has("unixtime") {
            let at = result.need("unixtime", seconds)?;
            return note(Note::new("time").with("timestamp", at.to_string()));
        }
        if result.has("status") && result.has("timestamp") {
            return note(
                Note::new("status")
                    .with("system", result.need("status", text)?)
                    .with("timestamp", result.need("timestamp", time)?.to_string()),
            );
        }
        if result.is_empty() {
            return note(Note::new("empty"));
        }
        let mut told = Vec::new();
        for (name, raw) in result.iter().filter(|(name, _)| *name != "last") {
            told.extend(entry(result, name, raw, (received_at, venue))?);
        }
        Ok(told)
    })
}

/// Ends a reading that found one note.
#[expect(
    clippy::unnecessary_wraps,
    reason = "stands at the end of readers that can fail"
)]
pub(super) fn note(note: Note) -> Told {
    Ok(vec![DecodedEvent::Note(note)])
}

/// Reads one entry of a map from pair, asset or id to something.
fn entry(
    result: &Object<'_>,
    name: &str,
    raw: &RawValue,
    (received_at, venue): (Timestamp, &VenueId),
) -> Told {
    let within = |error: ParseError| error.within(name);
    let unknown = |what: &str| ParseError::new(name, format!("is {what} of no known reply"));
    match raw.get().as_bytes().first() {
        Some(b'"') => rest_private::holding(name, raw),
        Some(b'[') => rows(result, name, raw, venue),
        Some(b'{') => {
            let row = object(raw).map_err(|why| ParseError::new(name, why))?;
            let any = |names: &[&str]| names.iter().any(|n| row.has(n));
            if any(&["a", "b", "c"]) {
                let quote = ticker(name, &row, received_at, venue)?;
                return Ok(vec![DecodedEvent::Quote(quote)]);
            }
            if any(&["asks", "bids"]) {
                let rows = depth(name, &row)?;
                return Ok(vec![DecodedEvent::Book(book(rows, true))]);
            }
            if any(&["wsname", "pair_decimals"]) {
                return Ok(vec![pair(&row).map_err(within)?]);
            }
            rest_private::entry(name, &row)
                .unwrap_or_else(|| Err(unknown("an object")))
                .map_err(|error| {
                    if error.field() == name {
                        error
                    } else {
                        within(error)
                    }
                })
        }
        _ => Err(unknown("a value")),
    }
}

fn named(name: &str) -> Result<Symbol, ParseError> {
    symbol::from_rest(name).map_err(|why| ParseError::new(name, why))
}

fn ticker(
    name: &str,
    row: &Object<'_>,
    received_at: Timestamp,
    venue: &VenueId,
) -> Result<Quote, ParseError> {
    let symbol = named(name)?;
    let within = |error: ParseError| error.within(name);
    let cells = |list: &str, least: usize| {
        let cells = row.need(list, |raw| Row::read(raw, least));
        cells.map_err(within)
    };
    let price = |list: &str| -> Result<Price, ParseError> {
        let read = not_below_zero(quoted);
        let price = cells(list, 3)?.cell(0, &format!("{list}[0]"), read);
        price.map_err(within)
    };
    let size = |list: &str| -> Result<Quantity, ParseError> {
        let read = not_below_zero(quoted);
        let size = cells(list, 3)?.cell(2, &format!("{list}[2]"), read);
        size.map_err(within)
    };
    for unused in ["c", "v", "p", "l", "h"] {
        if row.has(unused) {
            let pair = cells(unused, 2)?;
            for at in 0..2 {
                pair.cell(at, &format!("{unused}[{at}]"), quoted::<Money>)
                    .map_err(within)?;
            }
        }
    }
    row.maybe("o", quoted::<Price>).map_err(within)?;
    Ok(Quote {
        symbol,
        bid: price("b")?,
        ask: price("a")?,
        bid_size: size("b")?,
        ask_size: size("a")?,
        venue: venue.clone(),
        timestamp: received_at,
    })
}

fn depth(name: &str, row: &Object<'_>) -> Result<BookRows, ParseError> {
    let side = |side: &str| -> Result<Vec<(Price, Quantity)>, ParseError> {
        let levels = row.need(side, list)?;
        let level = |(at, raw): (usize, _)| {
            let read = || {
                let cells = cells(raw, 3)?;
                cells.cell(2, "timestamp", seconds)?;
                Ok((
                    cells.cell(0, "price", above_zero(quoted))?,
                    cells.cell(1, "volume", not_below_zero(quoted))?,
                ))
            };
            read().map_err(|e: ParseError| e.within(format_args!("{side}[{at}]")))
        };
        levels.into_iter().enumerate().map(level).collect()
    };
    let symbol = named(name)?;
    let read = || {
        Ok(BookRows {
            symbol,
            bids: side("bids")?,
            asks: side("asks")?,
            checksum: None,
            timestamp: None,
        })
    };
    read().map_err(|e: ParseError| e.within(name))
}

/// Reads bars or prints: which, the length of their rows tells.
fn rows(result: &Object<'_>, name: &str, raw: &RawValue, venue: &VenueId) -> Told {
    let symbol = named(name)?;
    let at_row = |at: usize| move |e: ParseError| e.within(format_args!("{name}[{at}]"));
    let all = list(raw).map_err(|why| ParseError::new(name, why))?;
    let mut rows = Vec::with_capacity(all.len());
    for (at, raw) in all.into_iter().enumerate() {
        rows.push(cells(raw, 7).map_err(at_row(at))?);
    }
    let Some(first) = rows.first() else {
        return note(Note::new("empty").with("symbol", symbol.to_string()));
    };
    if first.len() == 7 {
        result.need("last", quoted::<Decimal>)?;
        let trade = |(at, row): (usize, &Row<'_>)| {
            let trade = trade(row, &symbol, venue).map_err(at_row(at))?;
            Ok(DecodedEvent::Trade(trade))
        };
        return rows.iter().enumerate().map(trade).collect();
    }
    let last = result.need("last", seconds)?;
    let mut begins = Vec::with_capacity(rows.len());
    for (at, row) in rows.iter().enumerate() {
        begins.push(row.cell(0, "time", seconds).map_err(at_row(at))?);
    }
    let interval =
        interval(&begins).map_err(|why| ParseError::new(format!("{name}[0].time"), why))?;
    let mut told = Vec::with_capacity(rows.len());
    for (at, (row, begin)) in rows.iter().zip(begins).enumerate() {
        let bar = bar(row, &symbol, begin, interval).map_err(at_row(at))?;
        let closed = begin <= last;
        told.push(DecodedEvent::Bar { bar, closed });
    }
    Ok(told)
}

fn cells(raw: &RawValue, least: usize) -> Result<Row<'_>, ParseError> {
    Row::read(raw, least).map_err(|why| ParseError::new("row", why))
}

/// Returns the length of the bars: the shortest step between two of them.
fn interval(begins: &[Timestamp]) -> Result<Interval, String> {
    let steps = begins.iter().zip(begins.iter().skip(1));
    let least = steps
        .map(|(a, b)| b.since(*a))
        .min()
        .ok_or("tells no length of a bar: there is one row only")?;
    Interval::ALL
        .into_iter()
        .find(|interval| interval.duration() == least)
        .ok_or_else(|| format!("and the next are {least:?} apart, which is no length of a bar"))
}

fn bar(
    row: &Row<'_>,
    symbol: &Symbol,
    begin: Timestamp,
    interval: Interval,
) -> Result<Bar, ParseError> {
    let vwap: Price = row.cell(5, "vwap", not_below_zero(quoted))?;
    parse::checked(Bar {
        symbol: symbol.clone(),
        interval,
        open: row.cell(1, "open", above_zero(quoted))?,
        high: row.cell(2, "high", above_zero(quoted))?,
        low: row.cell(3, "low", above_zero(quoted))?,
        close: row.cell(4, "close", above_zero(quoted))?,
        volume: row.cell(6, "volume", not_below_zero(quoted))?,
        // Zero is how the venue says that nothing was traded.
        vwap: vwap.is_positive().then_some(vwap),
        n_trades: Some(row.cell(7, "count", integer)?),
        timestamp: parse::end(begin, interval),
    })
}

fn trade(row: &Row<'_>, symbol: &Symbol, venue: &VenueId) -> Result<Trade, ParseError> {
    row.cell(4, "ordertype", word(one_of(&["m", "l"])))?;
    row.cell(5, "misc", text)?;
    let side = row.cell(3, "side", word(one_of(&["b", "s"])))?;
    Ok(Trade {
        trade_id: smol_str::format_smolstr!("{}", row.cell(6, "trade_id", integer)?),
        symbol: symbol.clone(),
        price: row.cell(0, "price", above_zero(quoted))?,
        size: row.cell(1, "volume", above_zero(quoted))?,
        side: Some(if side == "b" {
            Aggressor::Buy
        } else {
            Aggressor::Sell
        }),
        venue: venue.clone(),
        timestamp: row.cell(2, "time", seconds)?,
    })
}

const PAIR_STATES: &[&str] = &[
    "online",
    "cancel_only",
    "post_only",
    "limit_only",
    "reduce_only",
];

fn pair(row: &Object<'_>) -> Result<DecodedEvent, ParseError> {
    let name = row.need("wsname", text)?;
    let status = row.need("status", word(one_of(PAIR_STATES)))?;
    for unused in ["altname", "base", "quote"] {
        row.need(unused, text)?;
    }
    let decimals = |raw: &RawValue| {
        let places = integer(raw)?;
        match u32::try_from(places) {
            Ok(places) if places <= 28 => Ok(Decimal::new(1, places)),
            _ => Err(format!("{places} is more than 28 decimals")),
        }
    };
    let grid = row.need("pair_decimals", decimals)?;
    let lot = row.need("lot_decimals", decimals)?;
    let amount = |name: &str, e: crate::domain::AmountError| ParseError::new(name, e.to_string());
    let tick = match row.maybe("tick_size", above_zero(quoted::<Price>))? {
        Some(tick) => tick,
        None => Price::new(grid).map_err(|e| amount("pair_decimals", e))?,
    };
    let lot = Quantity::new(lot).map_err(|e| amount("lot_decimals", e))?;
    row.maybe("ordermin", not_below_zero(quoted::<Quantity>))?;
    row.maybe("costmin", not_below_zero(quoted::<Price>))?;
    Ok(match instrument(&name, tick, lot) {
        Some(instrument) => DecodedEvent::Instrument(instrument),
        None => DecodedEvent::Note(
            Note::new("pair")
                .with("native", name)
                .with("status", status)
                .with("tick", tick.to_string())
                .with("lot", lot.to_string()),
        ),
    })
}
