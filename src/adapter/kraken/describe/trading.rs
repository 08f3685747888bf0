//! Requests and answers of the trading streams, told.

use super::stream::{SIDES, one_of, word};
use crate::adapter::decode::{DecodedEvent, Note};
use crate::adapter::kraken::error::ParseError;
use crate::adapter::kraken::field::{
    Object, above_zero, flag, integer, list, number, object, text, time,
};
use crate::domain::{Price, Quantity};

const METHODS: &[&str] = &[
    "add_order",
    "amend_order",
    "edit_order",
    "cancel_order",
    "cancel_all",
    "cancel_all_orders_after",
    "batch_add",
    "batch_cancel",
    "subscribe",
    "unsubscribe",
    "ping",
    "pong",
];

const ORDER_TYPES: &[&str] = &[
    "market",
    "limit",
    "iceberg",
    "stop-loss",
    "take-profit",
    "stop-loss-limit",
    "take-profit-limit",
    "trailing-stop",
    "trailing-stop-limit",
    "settle-position",
];

/// Reads a message that has a method.
pub(super) fn describe(root: &Object<'_>) -> Result<Vec<DecodedEvent>, ParseError> {
    let method = root.need("method", word(one_of(METHODS)))?;
    let req_id = root.maybe("req_id", integer)?;
    for name in ["time_in", "time_out"] {
        root.maybe(name, time)?;
    }
    let notes = match method.as_str() {
        "pong" => vec![Note::new("pong")],
        "ping" => vec![Note::new("request").with("method", "ping")],
        _ if root.has("success") => answer(root, &method)?,
        _ => request(root, &method)?,
    };
    let finish = |note: Note| DecodedEvent::Note(note.maybe("req_id", req_id));
    Ok(notes.into_iter().map(finish).collect())
}

/// The token of a request is a secret and is not told.
fn request(root: &Object<'_>, method: &str) -> Result<Vec<Note>, ParseError> {
    let start = || Note::new("request").with("method", method);
    root.inside("params", |params| {
        params.maybe("token", text)?;
        match method {
            "add_order" => Ok(vec![
                order(start(), params)?.with("symbol", params.need("symbol", text)?),
            ]),
            "batch_add" => {
                let symbol = params.need("symbol", text)?;
                params.rows("orders", |row| {
                    Ok(order(start(), row)?.with("symbol", symbol.as_ref()))
                })
            }
            "amend_order" | "edit_order" => {
                let note = start()
                    .maybe("order_id", params.maybe("order_id", text)?)
                    .maybe("cl_ord_id", params.maybe("cl_ord_id", text)?);
                if !params.has("order_id") && !params.has("cl_ord_id") {
                    return Err(ParseError::new(
                        "order_id",
                        "is missing, and so is cl_ord_id",
                    ));
                }
                Ok(vec![amounts(note, params)?])
            }
            "subscribe" | "unsubscribe" => {
                Ok(vec![start().with("channel", params.need("channel", text)?)])
            }
            _ => {
                let mut note = start();
                for name in ["order_id", "cl_ord_id", "orders"] {
                    let ids = params.maybe(name, |raw| {
                        list(raw)?
                            .into_iter()
                            .map(text)
                            .collect::<Result<Vec<_>, _>>()
                    })?;
                    note = note.maybe(
                        name,
                        ids.map(|ids| ids.iter().map(ToString::to_string).collect::<Vec<String>>()),
                    );
                }
                Ok(vec![note])
            }
        }
    })
}

fn order(note: Note, row: &Object<'_>) -> Result<Note, ParseError> {
    let note = note
        .with("side", row.need("side", word(one_of(SIDES)))?)
        .with(
            "order_type",
            row.need("order_type", word(one_of(ORDER_TYPES)))?,
        )
        .maybe("cl_ord_id", row.maybe("cl_ord_id", text)?)
        .maybe("time_in_force", row.maybe("time_in_force", text)?)
        .maybe("post_only", row.maybe("post_only", flag)?);
    if !row.has("cash_order_qty") {
        row.need("order_qty", above_zero(number::<Quantity>))?;
    }
    amounts(note, row)
}

fn amounts(note: Note, row: &Object<'_>) -> Result<Note, ParseError> {
    let quantity = row.maybe("order_qty", above_zero(number::<Quantity>))?;
    let limit = row.maybe("limit_price", number::<Price>)?;
    Ok(note
        .maybe("order_qty", quantity.map(|q| q.to_string()))
        .maybe("limit_price", limit.map(|p| p.to_string())))
}

/// An answer is one acceptance or refusal, or one of each order of a batch.
fn answer(root: &Object<'_>, method: &str) -> Result<Vec<Note>, ParseError> {
    if !root.need("success", flag)? {
        let refusal = Note::new("refusal")
            .with("method", method)
            .with("error", root.need("error", text)?)
            .maybe("symbol", root.maybe("symbol", text)?);
        return Ok(vec![refusal]);
    }
    let Some(result) = root.get("result") else {
        return Err(ParseError::missing("result"));
    };
    // The batch answer is documented as a list and was seen as an object with a list.
    if result.get().starts_with('[') {
        return root.rows("result", |row| accepted(row, method));
    }
    let result = object(result).map_err(|why| ParseError::new("result", why))?;
    let inside = |error: ParseError| error.within("result");
    if result.has("orders") {
        return result
            .rows("orders", |row| accepted(row, method))
            .map_err(inside);
    }
    if matches!(method, "add_order") {
        result.need("order_id", text).map_err(inside)?;
    }
    Ok(vec![accepted(&result, method).map_err(inside)?])
}

fn accepted(row: &Object<'_>, method: &str) -> Result<Note, ParseError> {
    let taken = row.maybe("success", flag)?.unwrap_or(true);
    let mut note = Note::new(if taken { "ack" } else { "refusal" }).with("method", method);
    if !taken {
        note = note.with("error", row.need("error", text)?);
    }
    for name in ["order_id", "cl_ord_id", "amend_id", "channel", "symbol"] {
        note = note.maybe(name, row.maybe(name, text)?);
    }
    note = note.maybe("count", row.maybe("count", integer)?);
    Ok(note)
}
