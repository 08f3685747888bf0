//! `desk order … --dry-run`: what every gate says of an order, from the shell. Sends nothing.

use std::path::Path;
use std::time::Duration;

use rust_decimal::Decimal;
use serde_json::{Value, json};

use crate::app::answer::Answer;
use crate::app::args::{self, Exit};
use crate::app::recover::{Options, opened_at, replay};
use crate::app::setup::{BY_HAND, Setup};
use crate::domain::{AssetClass, IdempotencyKey, StrategyId, Symbol, Ticket, Timestamp};
use crate::engine::{Out, State};
use crate::event::{Control, Input, MarketEvent, Outcome, Source, Verdict};
use crate::journal::{JournalError, SqliteJournal, SqliteReader};
use crate::order::books::Preview;
use crate::order::gate::{Change, Fix};

/// How long the feed may take to answer for one symbol.
const ANSWER_WITHIN: Duration = Duration::from_secs(5);

/// Judges the order of a command line against the journal's books and the feed's newest quotes.
///
/// # Errors
/// When the journal or the feed cannot be used.
pub fn dry_run(setup: &Setup, folder: &Path, order: &args::Order) -> anyhow::Result<Answer> {
    let state = look(setup, folder, vec![order.symbol.clone()])?;
    let ticket = ticket(setup, order)?;
    Ok(answer(&state, &ticket, setup.now()))
}

/// Recovers the journal's books and asks the feed for quotes of the symbols named, and of what values the books.
///
/// # Errors
/// When the journal or the feed cannot be used.
pub(super) fn look(setup: &Setup, folder: &Path, named: Vec<Symbol>) -> anyhow::Result<State> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    let journal = match SqliteJournal::open_read_only(folder) {
        Ok(reader) => Some(reader),
        Err(JournalError::Absent { .. }) => None,
        Err(error) => return Err(error.into()),
    };
    let origin = match &journal {
        Some(reader) => opened_at(reader.read(1)?)?,
        None => None,
    };
    let source = setup.source(origin.unwrap_or_else(|| setup.now()))?;
    let mut state = books(setup, journal.as_ref(), setup.state_over(&source))?;
    let mut wanted = named;
    wanted.extend(
        state
            .ledger()
            .holdings()
            .filter(|held| !held.quantity.is_zero())
            .map(|held| held.symbol.clone()),
    );
    let working = state.orders().live();
    wanted.extend(working.map(|record| record.order.symbol.clone()));
    // The rates of foreign prices come from pairs: everything a feed has of them may be needed.
    wanted.extend(
        source
            .symbols
            .iter()
            .filter(|symbol| symbol.asset_class() == AssetClass::Fx)
            .cloned(),
    );
    wanted.sort();
    wanted.dedup();
    for symbol in wanted {
        let answer = runtime.block_on(async {
            tokio::time::timeout(ANSWER_WITHIN, source.feed.get_quote(symbol)).await
        });
        if let Ok(Ok(quote)) = answer {
            state.market(&MarketEvent::Quote {
                quote,
                received_at: setup.now(),
            });
        }
    }
    Ok(state)
}

/// Recovers the books from the journal, or opens new ones in memory where there is none.
fn books(setup: &Setup, journal: Option<&SqliteReader>, empty: State) -> anyhow::Result<State> {
    if let Some(reader) = journal {
        let done = replay(empty, reader.read(1)?, Options::default())?;
        return Ok(done.replay.into_state());
    }
    let mut state = empty;
    let input = Input::Control(Control::Open(Box::new(setup.opening("dry".into()))));
    state.step(Source::Desk, input, setup.now(), &mut Out::default());
    Ok(state)
}

fn ticket(setup: &Setup, order: &args::Order) -> anyhow::Result<Ticket> {
    let desk = setup.settings.desk();
    Ok(Ticket {
        idempotency_key: IdempotencyKey::new(format!("dry-{}", setup.ids.token()))?,
        fund_id: desk.fund.clone(),
        strategy_id: StrategyId::new(BY_HAND)?,
        broker: desk.broker.clone(),
        actor: "shell".to_owned(),
        symbol: order.symbol.clone(),
        side: order.side,
        size: Some(order.size),
        order_type: order.order_type(),
        limit_price: order.limit_price(),
        stop_price: order.stop_price(),
        tif: order.tif,
        thesis: String::new(),
    })
}

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
    match &fix.apply {
        Change::Quantity(quantity) => json!({ "text": fix.text, "quantity": quantity }),
        Change::LimitPrice(price) => json!({ "text": fix.text, "limit_price": price }),
        Change::StopPrice(price) => json!({ "text": fix.text, "stop_price": price }),
        Change::Cancel(order_id) => json!({ "text": fix.text, "cancel": order_id }),
        Change::Wait(time) => {
            json!({ "text": fix.text, "wait_ms": u64::try_from(time.as_millis()).unwrap_or(u64::MAX) })
        }
    }
}

/// Puts a verdict in the shape that scripts know.
pub(super) fn verdict(verdict: &Verdict) -> Value {
    let text = |value: Option<Decimal>| value.map(|value| value.normalize().to_string());
    let measure = verdict.measure;
    json!({
        "gate": verdict.gate,
        "outcome": verdict.outcome,
        "code": verdict.code,
        "limit": text(measure.map(|measure| measure.limit.decimal())),
        "value": text(measure.map(|measure| measure.value.decimal())),
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
    lines.extend(preview.verdicts.iter().map(verdict_words));
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

/// Puts a verdict in one line of words.
pub(super) fn verdict_words(verdict: &Verdict) -> String {
    let mark = match verdict.outcome {
        Outcome::Pass => '✓',
        Outcome::Refuse => '✗',
        Outcome::AskedOnSend | Outcome::Unanswered => '?',
        Outcome::Off => '·',
    };
    let code = verdict
        .code
        .as_ref()
        .map(|code| format!("  [{code}]"))
        .unwrap_or_default();
    format!(
        "  {mark} {:<14} {}{code}",
        verdict.gate.as_str(),
        verdict.reason
    )
}
