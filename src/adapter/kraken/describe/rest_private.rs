//! REST replies about an account told: orders, fills, balances, positions and acknowledgements.

use serde_json::value::RawValue;

use super::rest::note;
use super::stream::{SIDES, one_of, word};
use crate::adapter::decode::{DecodedEvent, Note};
use crate::adapter::kraken::error::ParseError;
use crate::adapter::kraken::field::{
    Object, flag, integer, list, not_below_zero, object, quoted, seconds, text,
};
use crate::adapter::kraken::symbol;
use crate::domain::{Money, Price, Quantity};

type Told = Result<Vec<DecodedEvent>, ParseError>;

const ORDER_STATES: &[&str] = &["pending", "open", "closed", "canceled", "expired"];

/// Reads a result that is one thing; nothing when it is a map of things.
pub(super) fn single(result: &Object<'_>) -> Option<Told> {
    for (name, read) in [
        (
            "open",
            order as fn(&str, &Object<'_>) -> Result<Note, ParseError>,
        ),
        ("closed", order),
        ("trades", fill),
    ] {
        if result.has(name) {
            return Some(each(result, name, read));
        }
    }
    if result.has("descr") || result.has("txid") {
        return Some(added(result));
    }
    if result.has("orders") {
        let told = result.rows("orders", |row| batch(row).map(DecodedEvent::Note));
        return Some(told);
    }
    if result.has("amend_id") {
        let amend = |id| {
            note(
                Note::new("ack")
                    .with("method", "amend_order")
                    .with("amend_id", id),
            )
        };
        return Some(result.need("amend_id", text).and_then(amend));
    }
    if result.has("token") {
        // The token itself is a secret.
        let token = |expires| note(Note::new("token").with("expires_s", expires));
        return Some(result.need("expires", integer).and_then(token));
    }
    if result.has("triggerTime") {
        let at = |at| {
            note(
                Note::new("ack")
                    .with("method", "cancel_all_orders_after")
                    .with("trigger_time", at),
            )
        };
        let read = |raw| Ok(text(raw)?.into_owned());
        return Some(result.need("triggerTime", read).and_then(at));
    }
    if result.has("count") {
        return Some(cancelled(result));
    }
    result.has("eb").then(|| margin(result))
}

/// Reads one entry of a map from an id or asset to an object; nothing when its shape is not known.
pub(super) fn entry(name: &str, row: &Object<'_>) -> Option<Told> {
    let told = if row.has("descr") {
        order(name, row)
    } else if row.has("posstatus") || row.has("vol_closed") {
        position(name, row)
    } else if row.has("ordertxid") {
        fill(name, row)
    } else if row.has("balance") {
        extended(name, row)
    } else if row.has("aclass") {
        asset(name, row)
    } else {
        return None;
    };
    Some(told.and_then(note))
}

/// Reads one entry of the plain balance.
pub(super) fn holding(name: &str, raw: &RawValue) -> Told {
    let amount: Money = quoted(raw).map_err(|why| ParseError::new(name, why))?;
    note(balance(name, amount))
}

fn balance(name: &str, amount: Money) -> Note {
    Note::new("balance")
        .with("asset", symbol::asset(name))
        .with("native", name)
        .with("amount", amount.to_string())
}

fn each(
    result: &Object<'_>,
    name: &str,
    read: impl Fn(&str, &Object<'_>) -> Result<Note, ParseError>,
) -> Told {
    result.maybe("count", integer)?;
    result.inside(name, |map| {
        let one = |(id, raw): (&str, _)| {
            let row = object(raw).map_err(|why| ParseError::new(id, why))?;
            let note = read(id, &row).map_err(|error| error.within(id))?;
            Ok(DecodedEvent::Note(note))
        };
        map.iter().map(one).collect()
    })
}

fn pair(raw: &RawValue) -> Result<String, String> {
    Ok(symbol::from_rest(text(raw)?.as_ref())?.to_string())
}

fn amount(row: &Object<'_>, note: Note, names: &[&str]) -> Result<Note, ParseError> {
    names.iter().try_fold(note, |note, name| {
        Ok(note.with(name, row.need(name, quoted::<Money>)?.to_string()))
    })
}

fn order(id: &str, row: &Object<'_>) -> Result<Note, ParseError> {
    row.maybe("userref", crate::adapter::kraken::field::any_number)?;
    let note = row.inside("descr", |descr| {
        Ok(Note::new("order")
            .with("symbol", descr.need("pair", pair)?)
            .with("side", descr.need("type", word(one_of(SIDES)))?)
            .with("order_type", descr.need("ordertype", text)?)
            .with(
                "limit_price",
                descr.need("price", quoted::<Price>)?.to_string(),
            )
            .with("price2", descr.need("price2", quoted::<Price>)?.to_string()))
    })?;
    let note = note
        .with("order_id", id)
        .with("status", row.need("status", word(one_of(ORDER_STATES)))?)
        .with(
            "quantity",
            row.need("vol", not_below_zero(quoted::<Quantity>))?
                .to_string(),
        )
        .with(
            "filled",
            row.need("vol_exec", not_below_zero(quoted::<Quantity>))?
                .to_string(),
        )
        .with("opened_at", row.need("opentm", seconds)?.to_string())
        .maybe(
            "closed_at",
            row.maybe("closetm", seconds)?.map(|t| t.to_string()),
        )
        .maybe("reason", row.maybe("reason", text)?)
        .maybe("cl_ord_id", row.maybe("cl_ord_id", text)?)
        .with(
            "average_price",
            row.need("price", quoted::<Price>)?.to_string(),
        );
    for name in ["stopprice", "limitprice"] {
        row.maybe(name, quoted::<Price>)?;
    }
    amount(row, note, &["cost", "fee"])
}

fn fill(id: &str, row: &Object<'_>) -> Result<Note, ParseError> {
    let note = Note::new("fill")
        .with("fill_id", id)
        .with("order_id", row.need("ordertxid", text)?)
        .with("symbol", row.need("pair", pair)?)
        .with("side", row.need("type", word(one_of(SIDES)))?)
        .with("price", row.need("price", quoted::<Price>)?.to_string())
        .with("quantity", row.need("vol", quoted::<Quantity>)?.to_string())
        .with("timestamp", row.need("time", seconds)?.to_string())
        .maybe("trade_id", row.maybe("trade_id", integer)?)
        .maybe("maker", row.maybe("maker", flag)?);
    amount(row, note, &["cost", "fee"])
}

fn position(id: &str, row: &Object<'_>) -> Result<Note, ParseError> {
    let opened: Quantity = row.need("vol", not_below_zero(quoted))?;
    let closed: Quantity = row.need("vol_closed", not_below_zero(quoted))?;
    let note = Note::new("position")
        .with("position_id", id)
        .with("order_id", row.need("ordertxid", text)?)
        .with("symbol", row.need("pair", pair)?)
        .with("side", row.need("type", word(one_of(SIDES)))?)
        .with("quantity", (opened - closed).to_string())
        .with("opened_at", row.need("time", seconds)?.to_string())
        .maybe("status", row.maybe("posstatus", text)?);
    amount(row, note, &["cost", "fee", "margin"])
}

fn extended(name: &str, row: &Object<'_>) -> Result<Note, ParseError> {
    let held = row.maybe("hold_trade", quoted::<Money>)?;
    let note = balance(name, row.need("balance", quoted::<Money>)?);
    Ok(note.maybe("held_for_orders", held.map(|m| m.to_string())))
}

fn asset(name: &str, row: &Object<'_>) -> Result<Note, ParseError> {
    Ok(Note::new("asset")
        .with("asset", symbol::asset(name))
        .with("native", name)
        .with("class", row.need("aclass", text)?)
        .with("decimals", row.need("decimals", integer)?))
}

fn margin(result: &Object<'_>) -> Told {
    let mut told = amount(
        result,
        Note::new("trade_balance"),
        &["eb", "tb", "m", "n", "c", "v", "e", "mf"],
    )?;
    for name in ["uv", "ml"] {
        let value = result.maybe(name, quoted::<Money>)?;
        told = told.maybe(name, value.map(|m| m.to_string()));
    }
    note(told)
}

fn cancelled(result: &Object<'_>) -> Told {
    let pending = result.maybe("pending", flag)?;
    note(
        Note::new("ack")
            .with("method", "cancel_order")
            .with("count", result.need("count", integer)?)
            .maybe("pending", pending),
    )
}

/// An order that was only checked has no id.
fn added(result: &Object<'_>) -> Told {
    let ids = result.maybe("txid", |raw| {
        let id = |raw| Ok(text(raw)?.into_owned());
        list(raw)?
            .into_iter()
            .map(id)
            .collect::<Result<Vec<String>, String>>()
    })?;
    let words = result.inside("descr", |descr| Ok(descr.need("order", text)?.into_owned()))?;
    note(
        Note::new("ack")
            .with("method", "add_order")
            .with("order", words)
            .maybe("order_ids", ids),
    )
}

fn batch(row: &Object<'_>) -> Result<Note, ParseError> {
    if row.has("error") {
        let error = row.need("error", text)?;
        return Ok(Note::new("refusal")
            .with("method", "add_order")
            .with("error", error));
    }
    let id = row.need("txid", text)?;
    Ok(Note::new("ack")
        .with("method", "add_order")
        .with("order_id", id))
}
