//! Whether the venue takes an order, and if not, why not in words.

use std::collections::HashMap;

use crate::adapter::paper::{Refusal, Settings};
use crate::domain::{Order, OrderType, Price, Symbol, TimeInForce, Timestamp};

use super::exchange::Book;
use super::rates;

/// Returns nothing for an order that can be worked, or why it cannot.
pub(super) fn check(
    settings: &Settings,
    books: &HashMap<Symbol, Book>,
    order: &Order,
    now: Timestamp,
) -> Result<(), Refusal> {
    let refuse = |code, text: String| Err(Refusal { code, text });
    let symbol = &order.symbol;
    if !order.quantity.is_positive() {
        let text = format!("quantity {} is not above zero", order.quantity);
        return refuse("BAD_QUANTITY", text);
    }
    let kind = order.order_type;
    let good = |price: Option<Price>| price.is_some_and(Price::is_positive);
    if kind.needs_limit() && !good(order.limit_price) {
        let text = format!("a {kind} order needs a limit price above zero");
        return refuse("BAD_PRICE", text);
    }
    if kind.needs_stop() && !good(order.stop_price) {
        let text = format!("a {kind} order needs a stop price above zero");
        return refuse("BAD_PRICE", text);
    }
    if kind.needs_stop() && order.tif == TimeInForce::Opg {
        let text = format!("a {kind} order cannot be opg: use day or gtc");
        return refuse("BAD_TIF", text);
    }
    let Some(currency) = rates::currency(settings, symbol) else {
        let text = format!("the currency of {symbol} is not known");
        return refuse("NO_CURRENCY", text);
    };
    if rates::usd_rate(settings, books, currency).is_none() {
        let text = format!("no quote tells what one {currency} is worth in USD");
        return refuse("NO_RATE", text);
    }
    if kind != OrderType::Market || order.tif == TimeInForce::Opg {
        return Ok(());
    }
    let Some(book) = books.get(symbol) else {
        return refuse("NO_QUOTE", format!("there is no quote of {symbol}"));
    };
    if let Some(fault) = book.quote.fault() {
        let text = format!("the quote of {symbol} cannot be used: {}", fault.as_str());
        return refuse("BAD_QUOTE", text);
    }
    let age = now.since(book.received_at);
    if age > settings.stale_after {
        let text = format!(
            "the quote of {symbol} is {} ms old, at most {} ms",
            age.as_millis(),
            settings.stale_after.as_millis()
        );
        return refuse("STALE_QUOTE", text);
    }
    Ok(())
}
