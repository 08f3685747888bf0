//! What a person should know before an order is sent, in words.
//!
//! Whether it may go is the gates' business; this says what it would do that is
//! easily overlooked, and what has changed since it was reviewed. Pure.

use crate::domain::{Order, Quantity, Quote, Side};
use crate::order::books::Preview;
use crate::ui::format;
use crate::ui::pane::ticket::Frozen;

/// Returns what no longer holds of a review, in words; nothing when all does.
pub(super) fn drift(frozen: &Frozen, today: &Preview) -> Option<String> {
    if !today.passes() {
        let refusing = today.verdicts.iter().find(|verdict| verdict.code.is_some());
        return Some(match refusing {
            Some(verdict) => format!("{} now refuses: {}", verdict.gate, verdict.reason),
            None => "it no longer makes an order".to_owned(),
        });
    }
    let (then, now) = frozen
        .reviewed
        .quote
        .as_ref()
        .zip(today.seen.quote.as_ref())?;
    let side: Side = frozen.ticket.side;
    let (then, now) = (then.touch(side), now.touch(side));
    let moved = (now - then).abs() > frozen.reviewed.slip;
    moved.then(|| format!("the quote moved from {then} to {now}"))
}

/// Returns in words that an order leaves the fund short, or turns it round; nothing for what is plain.
pub(super) fn crossing(held: Quantity, after: Quantity) -> Option<String> {
    let units = |quantity: Quantity| format::quantity(quantity.abs());
    match (held, after) {
        (held, after) if held.is_positive() && after.is_negative() => Some(format!(
            "closes {} long and opens a short of {}",
            units(held),
            units(after)
        )),
        (held, after) if held.is_negative() && after.is_positive() => Some(format!(
            "closes {} short and opens a long of {}",
            units(held),
            units(after)
        )),
        (held, after) if held.is_zero() && after.is_negative() => Some(format!(
            "nothing is held: opens a short of {}",
            units(after)
        )),
        (held, after) if after.is_negative() && after.abs() > held.abs() => Some(format!(
            "adds to the short: {} becomes {}",
            units(held),
            units(after)
        )),
        _ => None,
    }
}

/// Returns in words that a stop order would trade at once.
pub(super) fn passed_stop(order: &Order, quote: Option<&Quote>) -> Option<String> {
    let (stop, quote) = (order.stop_price?, quote?);
    let touch = quote.touch(order.side);
    let past = if order.side.is_buy() {
        touch >= stop
    } else {
        touch <= stop
    };
    past.then(|| format!("{touch} is past the stop already: it trades at once"))
}
