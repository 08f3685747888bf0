//! Stream messages told: the public ones as parsed for the feed, the private ones checked here.

use serde_json::{Value, json};

use crate::adapter::decode::{DecodedBook, DecodedEvent, Level, Note};
use crate::adapter::kraken::error::{ParseError, shown};
use crate::adapter::kraken::field::{
    Object, above_zero, integer, list, not_below_zero, number, text, time,
};
use crate::adapter::kraken::parse::{self, BookRows, Message, PairRow};
use crate::adapter::kraken::symbol;
use crate::domain::{
    AssetClass, Bar, Currency, Instrument, Money, Price, Quantity, Timestamp, VenueId,
};

/// Reads a message of any channel.
pub(super) fn describe(
    root: &Object<'_>,
    received_at: Timestamp,
    venue: &VenueId,
) -> Result<Vec<DecodedEvent>, ParseError> {
    match root.need("channel", text)?.as_ref() {
        "executions" => private(root, execution),
        "balances" => private(root, balance),
        "level3" => {
            let snapshot = parse::is_snapshot(root)?;
            root.rows("data", |row| level3(row, snapshot))
        }
        _ => parse::of(root, received_at, venue).map(tell),
    }
}

/// Tells a public message.
pub(super) fn tell(message: Message) -> Vec<DecodedEvent> {
    let note = |note: Note| vec![DecodedEvent::Note(note)];
    match message {
        Message::Ticker(quotes) => quotes.into_iter().map(DecodedEvent::Quote).collect(),
        Message::Trade(trades) => trades.into_iter().map(DecodedEvent::Trade).collect(),
        Message::Ohlc(bars) => bars_of(&bars),
        Message::Book { snapshot, books } => {
            let book = |rows| DecodedEvent::Book(book(rows, snapshot));
            books.into_iter().map(book).collect()
        }
        Message::Instrument(pairs) => pairs.iter().map(pair).collect(),
        Message::Status(states) => {
            let one = |state: parse::System| Note::new("status").with("system", state.as_str());
            states
                .into_iter()
                .map(one)
                .map(DecodedEvent::Note)
                .collect()
        }
        Message::Heartbeat => note(Note::new("heartbeat")),
        Message::Pong(req_id) => note(Note::new("pong").maybe("req_id", req_id)),
        Message::Complaint(words) => note(Note::new("complaint").with("error", words)),
        Message::Answer(answer) => {
            let kind = if answer.refused.is_some() {
                "refusal"
            } else {
                "ack"
            };
            note(
                Note::new(kind)
                    .with("method", answer.method)
                    .maybe("req_id", answer.req_id)
                    .maybe("channel", answer.channel)
                    .maybe("symbol", answer.symbol)
                    .maybe("error", answer.refused),
            )
        }
    }
}

/// Tells bars; one is closed when a later one of its kind stands in the same message.
fn bars_of(bars: &[Bar]) -> Vec<DecodedEvent> {
    let mut newest = std::collections::HashMap::new();
    for bar in bars {
        let last = newest
            .entry((&bar.symbol, bar.interval))
            .or_insert(bar.timestamp);
        *last = bar.timestamp.max(*last);
    }
    let closed = |bar: &Bar| newest.get(&(&bar.symbol, bar.interval)) > Some(&bar.timestamp);
    let tell = |bar: &Bar| DecodedEvent::Bar {
        bar: bar.clone(),
        closed: closed(bar),
    };
    bars.iter().map(tell).collect()
}

/// Tells the levels of a book.
pub(super) fn book(rows: BookRows, snapshot: bool) -> DecodedBook {
    let levels = |levels: Vec<(Price, Quantity)>| {
        let level = |(price, size)| Level { price, size };
        levels.into_iter().map(level).collect()
    };
    DecodedBook {
        symbol: rows.symbol,
        snapshot,
        bids: levels(rows.bids),
        asks: levels(rows.asks),
        checksum: rows.checksum,
        timestamp: rows.timestamp,
    }
}

fn pair(row: &PairRow) -> DecodedEvent {
    let instrument = symbol::from_native(&row.native).ok().and_then(|symbol| {
        Some(Instrument {
            name: row.native.as_str().into(),
            asset_class: symbol.asset_class(),
            currency: symbol.quote_currency()?,
            tick: row.price_increment,
            lot: row.qty_increment,
            sector: None,
            country: None,
            symbol,
        })
    });
    match instrument {
        Some(instrument) => DecodedEvent::Instrument(instrument),
        // Tokenised equities and the like have no canonical symbol.
        None => DecodedEvent::Note(
            Note::new("pair")
                .with("native", row.native.as_str())
                .with("status", row.status.as_str())
                .with("tick", row.price_increment.to_string())
                .with("lot", row.qty_increment.to_string())
                .with("least", row.qty_min.to_string()),
        ),
    }
}

/// Returns the instrument of a pair described by REST, where it has a canonical symbol.
pub(super) fn instrument(name: &str, tick: Price, lot: Quantity) -> Option<Instrument> {
    let symbol = symbol::from_wsname(name).ok()?;
    let currency: Currency = symbol.quote_currency()?;
    let asset_class: AssetClass = symbol.asset_class();
    Some(Instrument {
        symbol,
        name: name.into(),
        asset_class,
        currency,
        tick,
        lot,
        sector: None,
        country: None,
    })
}

fn private(
    root: &Object<'_>,
    read: impl Fn(&Object<'_>) -> Result<Note, ParseError>,
) -> Result<Vec<DecodedEvent>, ParseError> {
    let snapshot = parse::is_snapshot(root)?;
    let sequence = root.maybe("sequence", integer)?;
    root.rows("data", |row| {
        let note = read(row)?
            .with("snapshot", snapshot)
            .maybe("sequence", sequence);
        Ok(DecodedEvent::Note(note))
    })
}

/// Copies a text field that must be one of `words`.
pub(super) fn one_of(words: &'static [&'static str]) -> impl Fn(&str) -> Result<(), String> {
    move |word| {
        if words.contains(&word) {
            Ok(())
        } else {
            Err(format!("'{}' is none of {}", shown(word), words.join(", ")))
        }
    }
}

/// Reads a text that must pass `check`.
pub(super) fn word<'a>(
    check: impl Fn(&str) -> Result<(), String>,
) -> impl Fn(&'a serde_json::value::RawValue) -> Result<String, String> {
    move |raw| {
        let word = text(raw)?;
        check(&word)?;
        Ok(word.into_owned())
    }
}

const EXEC_TYPES: &[&str] = &[
    "pending_new",
    "new",
    "trade",
    "filled",
    "iceberg_refill",
    "canceled",
    "expired",
    "amended",
    "restated",
    "status",
];
const ORDER_STATES: &[&str] = &[
    "pending_new",
    "new",
    "partially_filled",
    "filled",
    "canceled",
    "expired",
    "triggered",
];
pub(super) const SIDES: &[&str] = &["buy", "sell"];

/// Updates are sparse: only the order and what changed; a fill must be complete.
fn execution(row: &Object<'_>) -> Result<Note, ParseError> {
    let exec_type = row.need("exec_type", word(one_of(EXEC_TYPES)))?;
    let mut note = Note::new("execution")
        .with("order_id", row.need("order_id", text)?)
        .maybe(
            "order_status",
            row.maybe("order_status", word(one_of(ORDER_STATES)))?,
        )
        .maybe("side", row.maybe("side", word(one_of(SIDES)))?)
        .maybe(
            "liquidity_ind",
            row.maybe("liquidity_ind", word(one_of(&["t", "m"])))?,
        )
        .maybe(
            "symbol",
            row.maybe("symbol", parse::native)?.map(|s| s.to_string()),
        )
        .maybe(
            "timestamp",
            row.maybe("timestamp", time)?.map(|t| t.to_string()),
        );
    for name in [
        "cl_ord_id",
        "order_type",
        "time_in_force",
        "reason",
        "exec_id",
    ] {
        note = note.maybe(name, row.maybe(name, text)?);
    }
    for name in ["order_qty", "cum_qty", "last_qty", "display_qty"] {
        let read = not_below_zero(number::<Quantity>);
        note = note.maybe(name, row.maybe(name, read)?.map(|q| q.to_string()));
    }
    for name in [
        "limit_price",
        "avg_price",
        "last_price",
        "cum_cost",
        "cost",
        "fee_usd_equiv",
    ] {
        let read = number::<Money>;
        note = note.maybe(name, row.maybe(name, read)?.map(|m| m.to_string()));
    }
    if exec_type == "trade" {
        row.need("exec_id", text)?;
        row.need("last_qty", above_zero(number::<Quantity>))?;
        row.need("last_price", above_zero(number::<Price>))?;
    }
    Ok(note.with("exec_type", exec_type))
}

fn balance(row: &Object<'_>) -> Result<Note, ParseError> {
    row.maybe("wallets", list)?;
    Ok(Note::new("balance")
        .with("asset", row.need("asset", text)?)
        .with("amount", row.need("balance", number::<Money>)?.to_string())
        .maybe(
            "change",
            row.maybe("amount", number::<Money>)?.map(|m| m.to_string()),
        )
        .maybe(
            "fee",
            row.maybe("fee", number::<Money>)?.map(|m| m.to_string()),
        )
        .maybe("cause", row.maybe("type", text)?)
        .maybe(
            "timestamp",
            row.maybe("timestamp", time)?.map(|t| t.to_string()),
        ))
}

fn level3(row: &Object<'_>, snapshot: bool) -> Result<DecodedEvent, ParseError> {
    let order = |order: &Object<'_>| {
        let event = word(one_of(&["add", "modify", "delete"]));
        let event = if snapshot {
            order.maybe("event", event)?
        } else {
            Some(order.need("event", event)?)
        };
        Ok(json!({
            "event": event,
            "order_id": order.need("order_id", text)?,
            "price": order.need("limit_price", above_zero(number::<Price>))?.to_string(),
            "size": order.need("order_qty", not_below_zero(number::<Quantity>))?.to_string(),
            "timestamp": order.need("timestamp", time)?.to_string(),
        }))
    };
    let note = Note::new("level3")
        .with("symbol", row.need("symbol", parse::native)?.to_string())
        .with("snapshot", snapshot)
        .with("bids", Value::Array(row.rows("bids", order)?))
        .with("asks", Value::Array(row.rows("asks", order)?))
        .maybe("checksum", row.maybe("checksum", integer)?)
        .maybe(
            "timestamp",
            row.maybe("timestamp", time)?.map(|t| t.to_string()),
        );
    Ok(DecodedEvent::Note(note))
}
