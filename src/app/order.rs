//! `desk order … --dry-run`: what every gate says of an order, from the shell. Sends nothing.

use rust_decimal::Decimal;
use serde_json::{Value, json};

use crate::app::answer::Answer;
use crate::app::args::Exit;
use crate::domain::{Ticket, Timestamp};
use crate::engine::State;
use crate::event::{Outcome, Verdict};
use crate::order::books::Preview;
use crate::order::gate::{Change, Fix};

/// Judges a ticket against a state whose market is set.
pub fn answer(state: &State, ticket: &Ticket, now: Timestamp) -> Answer {
    let preview = state.books().preview(ticket, now);
    let exit = if preview.passes() {
        Exit::Fine
    } else {
        Exit::Failed
    };
    Answer::fine(words(ticket, &preview), object(&preview)).ending(exit)
}

fn object(preview: &Preview) -> Value {
    let verdicts: Vec<Value> = preview.verdicts.iter().map(verdict).collect();
    let faults: Vec<Value> = preview
        .faults
        .iter()
        .map(|fault| json!({ "field": fault.field, "fault": fault.fault }))
        .collect();
    let fixes: Vec<Value> = preview.fixes.iter().map(fix).collect();
    let max = preview.max.as_ref().map(|max| {
        let (gate, code) = match &max.binds {
            Some((gate, code)) => (Some(gate), Some(code)),
            None => (None, None),
        };
        json!({ "quantity": max.quantity, "gate": gate, "code": code })
    });
    json!({
        "approved": preview.passes(),
        "verdicts": verdicts,
        "fixes": fixes,
        "max": max,
        "faults": faults,
        "order": preview.order,
        "notional_usd": preview.notional_usd,
        "quote": preview.seen.quote,
    })
}

fn fix(fix: &Fix) -> Value {
    match fix.apply {
        Change::Quantity(quantity) => json!({ "text": fix.text, "quantity": quantity }),
        Change::LimitPrice(price) => json!({ "text": fix.text, "limit_price": price }),
        Change::StopPrice(price) => json!({ "text": fix.text, "stop_price": price }),
    }
}

fn verdict(verdict: &Verdict) -> Value {
    let text = |value: Option<Decimal>| value.map(|value| value.normalize().to_string());
    let measure = verdict.measure;
    json!({
        "gate": verdict.gate,
        "outcome": verdict.outcome,
        "code": verdict.code,
        "limit": text(measure.map(|measure| measure.limit)),
        "value": text(measure.map(|measure| measure.value)),
        "headroom": text(measure.map(|measure| measure.headroom())),
        "unit": measure.map(|measure| measure.unit),
        "age_ms": verdict.age_ms,
        "reason": verdict.reason,
    })
}

fn words(ticket: &Ticket, preview: &Preview) -> String {
    let mut lines = Vec::new();
    let what = match &preview.order {
        Some(order) => format!(
            "{} {} {} {}",
            order.side, order.quantity, order.symbol, order.order_type
        ),
        None => format!("{} {} {}", ticket.side, ticket.symbol, ticket.order_type),
    };
    lines.push(format!(
        "{what}: {}",
        if preview.passes() {
            "may go"
        } else {
            "may not go"
        }
    ));
    lines.extend(
        preview
            .faults
            .iter()
            .map(|fault| format!("  ✗ {:<14} {}", fault.field, fault.fault)),
    );
    for verdict in &preview.verdicts {
        let mark = match verdict.outcome {
            Outcome::Pass => '✓',
            Outcome::Refuse => '✗',
            Outcome::AskedOnSend => '?',
            Outcome::Off => '·',
        };
        let code = verdict
            .code
            .as_ref()
            .map(|code| format!("  [{code}]"))
            .unwrap_or_default();
        lines.push(format!(
            "  {mark} {:<14} {}{code}",
            verdict.gate.as_str(),
            verdict.reason
        ));
    }
    for fix in &preview.fixes {
        lines.push(format!("  passes with: {}", fix.text));
    }
    if let Some(max) = &preview.max {
        let binds = max
            .binds
            .as_ref()
            .map(|(gate, code)| format!("; {gate} binds ({code})"))
            .unwrap_or_default();
        lines.push(format!("  max {}{binds}", max.quantity));
    }
    if let Some(quote) = &preview.seen.quote {
        lines.push(format!(
            "  quote {} / {} at {}, {}",
            quote.bid, quote.ask, quote.venue, quote.timestamp
        ));
    }
    lines.join("\n")
}
