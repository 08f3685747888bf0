//! Everything a decision about an order may look at, borrowed from the engine or from a snapshot.
//!
//! The engine decides with it and the screen previews with it, so what the ticket
//! shows on each keystroke and what the chain says when the order is sent are the
//! same code over the same facts. Reads only.

use std::borrow::Cow;
use std::sync::Arc;
use std::time::Duration;

use rust_decimal::Decimal;

use crate::domain::{
    GateName, Instrument, Money, Order, OrderId, Quantity, Rate, RejectionCode, Symbol, Ticket,
    TicketSize, Timestamp,
};
use crate::event::{Outcome, Seen, Verdict};
use crate::market::{Cell, Market};
use crate::order::exposure::{Exposure, Stake, Staked};
use crate::order::gate::{self, Approved, Change, Fix, GateInput, Own};
use crate::order::ledger::Ledger;
use crate::order::oms::{self, OrderRecord, Orders};
use crate::order::risk::Risk;
use crate::order::ticket::{self, FieldFault, TicketInput};
use crate::protocol::Capability;

pub use crate::order::gate::MaxSize;

/// The slices a decision needs.
#[derive(Debug, Clone, Copy)]
pub struct Books<'a> {
    /// Quotes and reference data.
    pub market: &'a Market,
    /// Orders by id and key.
    pub orders: &'a Orders,
    /// Positions and cash.
    pub ledger: &'a Ledger,
    /// Running sums.
    pub exposure: &'a Exposure,
    /// Envelope, halts, rates.
    pub risk: &'a Risk,
    /// What the fund's broker can do.
    pub capability: Option<&'a Capability>,
    /// Fees the broker takes per side, in basis points; for estimates only.
    pub fee_bps: u32,
}

/// What the ticket shows on each keystroke.
#[derive(Debug, Clone, PartialEq)]
pub struct Preview {
    /// Fields at fault; empty when the ticket makes an order.
    pub faults: Vec<FieldFault>,
    /// The order it would be.
    pub order: Option<Arc<Order>>,
    /// Every gate's verdict, in chain order, cro_veto last; empty while there is no order to judge.
    pub verdicts: Vec<Verdict>,
    /// What it was judged by.
    pub seen: Seen,
    /// Estimated value in USD.
    pub notional_usd: Option<Money>,
    /// Estimated fee in USD.
    pub fee_usd: Option<Money>,
    /// Signed units held if it is done in full.
    pub after: Option<Quantity>,
    /// The most that passes; known as soon as the fields other than quantity are right.
    pub max: Option<MaxSize>,
    /// Up to three single changes after which it passes.
    pub fixes: Vec<Fix>,
}

impl Preview {
    /// Returns true when it could be sent now.
    pub fn passes(&self) -> bool {
        self.faults.is_empty()
            && !self.verdicts.is_empty()
            && self
                .verdicts
                .iter()
                .all(|verdict| verdict.outcome != Outcome::Refuse)
    }

    /// Returns the codes that refuse it.
    pub fn refusals(&self) -> Vec<RejectionCode> {
        self.verdicts
            .iter()
            .filter_map(|verdict| verdict.code.clone())
            .collect()
    }
}

impl Books<'_> {
    /// Returns what a decision about `symbol` sees now.
    pub fn seen(&self, symbol: &Symbol, now: Timestamp) -> Seen {
        let staked = self.exposure.staked(symbol);
        self.seen_of(self.market.cell(symbol), staked, now)
    }

    /// Returns what a decision sees about a symbol that was looked up already.
    fn seen_of(&self, cell: Option<&Arc<Cell>>, staked: Option<&Staked>, now: Timestamp) -> Seen {
        let instrument = cell.and_then(|cell| cell.instrument());
        let quote = cell.and_then(|cell| cell.quote());
        let quote = quote.map(|(quote, received_at)| (quote, millis(now.since(received_at))));
        let of = instrument.map(|known| &**known);
        let rate = of.and_then(|known| self.market.usd_rate_aged(known.currency, now));
        let rate = rate.map(|(rate, age)| (rate, age.map(millis)));
        let mut seen = self.exposure.seen_beside(staked, of, quote, rate);
        seen.borrow = cell.and_then(|cell| cell.borrow_terms()).copied();
        seen
    }

    /// Judges an order now: the verdicts, the right to send when none refuses, and what was looked at.
    pub fn judge(
        &self,
        order: &Arc<Order>,
        now: Timestamp,
    ) -> (Vec<Verdict>, Option<Approved<Order>>, Seen) {
        let cell = self.market.cell(&order.symbol);
        let staked = self.exposure.staked(&order.symbol);
        let seen = self.seen_of(cell, staked, now);
        let instrument = cell.and_then(|cell| cell.instrument());
        let facts = Facts {
            seen: &seen,
            instrument: instrument.map(|known| &**known),
            stake: staked.map(|staked| staked.stake),
        };
        match self.input(order, now, facts) {
            Some(input) => {
                let (verdicts, approved) = gate::check(&input);
                (verdicts, approved, seen)
            }
            None => (vec![not_open()], None, seen),
        }
    }

    /// Judges an order again as it was judged `now`, by what was seen then and not by today's market.
    ///
    /// Returns the verdicts and whether all passed; a judgement of the past gives no right to send.
    pub fn rejudge(&self, order: &Order, now: Timestamp, seen: &Seen) -> (Vec<Verdict>, bool) {
        let then = self.instrument_then(&order.symbol, seen);
        let order = Arc::new(order.clone());
        match self.input(&order, now, self.facts(&order, seen, then.as_ref())) {
            Some(input) => {
                let (verdicts, approved) = gate::check(&input);
                (verdicts, approved.is_some())
            }
            None => (vec![not_open()], false),
        }
    }

    /// Judges what is left of a changed order, the order it changes taken out; gives no right to send.
    pub fn judge_change(&self, order: &Order, old: &Order, now: Timestamp) -> (Vec<Verdict>, Seen) {
        let seen = self.seen(&order.symbol, now);
        let verdicts = self.verdicts_of_change(order, old, now, &seen);
        (verdicts, seen)
    }

    /// Judges a change again as it was judged `now`, by what was seen then.
    pub fn rejudge_change(
        &self,
        ticket: &Ticket,
        record: &OrderRecord,
        now: Timestamp,
        seen: &Seen,
    ) -> Vec<Verdict> {
        let rest = oms::remainder(record, ticket);
        let Some(TicketSize::Units(units)) = rest.size else {
            return Vec::new();
        };
        let draft = TicketInput {
            ticket: &rest,
            order_id: &record.order.order_id,
            instrument: None,
            seen,
            now,
        };
        let order = ticket::draft(&draft, units);
        self.verdicts_of_change(&order, &record.order, now, seen)
    }

    /// Asks about an order as it was judged `now`, by what was seen then; none before the books were opened.
    pub(super) fn as_seen<T>(
        &self,
        (order, now): (&Arc<Order>, Timestamp),
        seen: &Seen,
        ask: impl FnOnce(&GateInput<'_>) -> T,
    ) -> Option<T> {
        let then = self.instrument_then(&order.symbol, seen);
        let input = self.input(order, now, self.facts(order, seen, then.as_ref()))?;
        Some(ask(&input))
    }

    fn verdicts_of_change(
        &self,
        order: &Order,
        old: &Order,
        now: Timestamp,
        seen: &Seen,
    ) -> Vec<Verdict> {
        let then = self.instrument_then(&order.symbol, seen);
        let order = Arc::new(order.clone());
        match self.input(&order, now, self.facts(&order, seen, then.as_ref())) {
            Some(input) => gate::check(&without(input, old)).0,
            None => vec![not_open()],
        }
    }

    /// Returns what the symbol denoted when something was seen: its tick may have been inferred from quotes.
    fn instrument_then(&self, symbol: &Symbol, seen: &Seen) -> Option<Instrument> {
        let known = self.market.instrument(symbol);
        seen.tick.and_then(|tick| match known {
            Some(known) => Some(Instrument {
                tick,
                ..(**known).clone()
            }),
            None => Instrument::inferred(symbol, tick),
        })
    }

    /// Asks every pure gate about an order now, and calls `lap` before the first and after each with its name.
    ///
    /// Approves nothing.
    pub fn walk_gates(
        &self,
        order: &Arc<Order>,
        now: Timestamp,
        lap: &mut dyn FnMut(Option<GateName>),
    ) {
        let seen = self.seen(&order.symbol, now);
        let instrument = self.market.instrument(&order.symbol);
        let facts = self.facts(order, &seen, instrument.map(|known| &**known));
        if let Some(input) = self.input(order, now, facts) {
            gate::walk(&input, lap);
        }
    }

    /// Finds the most of an order that passes now; the order's own quantity does not matter.
    pub fn max_size(&self, order: &Order, now: Timestamp) -> MaxSize {
        let seen = self.seen(&order.symbol, now);
        let instrument = self.market.instrument(&order.symbol);
        let order = Arc::new(order.clone());
        let facts = self.facts(&order, &seen, instrument.map(|known| &**known));
        let input = self.input(&order, now, facts);
        input.map_or_else(nothing, |input| gate::max_size(&input))
    }

    /// Shows what would become of a ticket; changes nothing.
    pub fn preview(&self, ticket: &Ticket, now: Timestamp) -> Preview {
        self.preview_with(ticket, None, now)
    }

    /// Shows what would become of a change of a working order; changes nothing.
    ///
    /// Quantities in it are the whole of the order, but for the order itself, which
    /// is the rest that would be placed.
    pub fn preview_change(&self, ticket: &Ticket, id: &OrderId, now: Timestamp) -> Preview {
        let record = match oms::replaceable(self.orders, id, ticket) {
            Ok(record) => record,
            Err(fault) => {
                let mut preview = self.blank(&ticket.symbol, now);
                // About the change as a whole: no field of it alone is at fault.
                let field = "change";
                preview.faults = vec![FieldFault { field, fault }];
                return preview;
            }
        };
        let rest = oms::remainder(record, ticket);
        let mut preview = self.preview_with(&rest, Some(&record.order), now);
        let done = record.order.filled_quantity;
        if let Some(max) = &mut preview.max {
            max.quantity += done;
        }
        for fix in &mut preview.fixes {
            if let Change::Quantity(units) = &fix.apply {
                let whole = *units + done;
                *fix = Fix {
                    text: format!("quantity {}", whole.decimal().normalize()),
                    apply: Change::Quantity(whole),
                };
            }
        }
        preview
    }

    fn blank(&self, symbol: &Symbol, now: Timestamp) -> Preview {
        Preview {
            faults: Vec::new(),
            order: None,
            verdicts: Vec::new(),
            seen: self.seen(symbol, now),
            notional_usd: None,
            fee_usd: None,
            after: None,
            max: None,
            fixes: Vec::new(),
        }
    }

    fn preview_with(&self, ticket: &Ticket, old: Option<&Order>, now: Timestamp) -> Preview {
        let mut preview = self.blank(&ticket.symbol, now);
        // Any name that no order has: a key already used by an order is then seen as used.
        let Ok(order_id) = OrderId::new("preview") else {
            return preview;
        };
        let seen = preview.seen.clone();
        let draft = TicketInput {
            ticket,
            order_id: &order_id,
            instrument: self.market.instrument(&ticket.symbol).map(|known| &**known),
            seen: &seen,
            now,
        };
        preview.max = self.max_of(&draft, old);
        match resolve(&draft, preview.max.as_ref()) {
            Ok(order) => self.fill_in(&mut preview, Arc::new(order), &draft, old),
            Err(faults) => {
                // While prices are at fault the most cannot be known.
                if faults.iter().any(|fault| fault.field != "quantity") {
                    preview.max = None;
                }
                preview.faults = faults;
            }
        }
        preview
    }

    fn max_of(&self, draft: &TicketInput<'_>, old: Option<&Order>) -> Option<MaxSize> {
        let instrument = draft.instrument?;
        let order = Arc::new(ticket::draft(draft, instrument.lot));
        let facts = self.facts(&order, draft.seen, Some(instrument));
        let input = self.input(&order, draft.now, facts)?;
        let input = old.map_or(input, |old| without(input, old));
        Some(gate::max_size(&input))
    }

    fn fill_in(
        &self,
        preview: &mut Preview,
        order: Arc<Order>,
        draft: &TicketInput<'_>,
        old: Option<&Order>,
    ) {
        let facts = self.facts(&order, draft.seen, draft.instrument);
        let input = self.input(&order, draft.now, facts);
        let input = input.map(|input| old.map_or(input, |old| without(input, old)));
        if let Some(input) = input {
            preview.verdicts = gate::preview(&input);
            preview.notional_usd = input.notional_usd();
            let fee_rate = Rate::new(Decimal::new(i64::from(self.fee_bps), 4)).ok();
            let fee = input.notional_usd().zip(fee_rate);
            preview.fee_usd = fee.map(|(notional, rate)| notional * rate);
            preview.after = Some(input.position + order.side.signed(order.quantity));
            if let Some(max) = &preview.max {
                preview.fixes = gate::fixes(&input, max, self.exposure);
            }
        } else {
            preview.verdicts = vec![not_open()];
        }
        preview.order = Some(order);
    }

    /// Returns what gates outside answered about an order so far.
    fn answers(&self, order: &Order) -> &[Verdict] {
        if self.risk.asks().is_empty() {
            return &[];
        }
        let waiting = self.orders.get(&order.order_id);
        waiting.map_or(&[], |record| record.answers())
    }

    /// Puts what is known of an order's symbol beside what was seen of it.
    fn facts<'b>(
        &self,
        order: &Order,
        seen: &'b Seen,
        instrument: Option<&'b Instrument>,
    ) -> Facts<'b> {
        let staked = self.exposure.staked(&order.symbol);
        Facts {
            seen,
            instrument,
            stake: staked.map(|staked| staked.stake),
        }
    }

    /// Gathers the facts of a judgement; none before the books were opened.
    fn input<'b>(
        &'b self,
        order: &'b Arc<Order>,
        now: Timestamp,
        facts: Facts<'b>,
    ) -> Option<GateInput<'b>> {
        let fund = self.ledger.fund()?;
        let stake = facts.stake.unwrap_or_default();
        let used = self.orders.by_key(&order.idempotency_key);
        Some(GateInput {
            order,
            now,
            envelope: self.risk.envelope()?,
            limits: self.risk.limits()?,
            fund,
            capability: self.capability.filter(|_| order.broker == fund.broker),
            instrument: facts.instrument,
            // The key of a change leads to the order that is changed, whose own is another.
            used_key: used
                .filter(|record| {
                    record.order.order_id != order.order_id
                        && record.order.idempotency_key == order.idempotency_key
                })
                .map(|record| (&record.order.order_id, record.order.created_at)),
            position: stake.position,
            working_buy: stake.working_buy,
            working_sell: stake.working_sell,
            seen: facts.seen,
            stale_after_ms: millis(self.market.stale_after()),
            halt: self.risk.halt_for(order),
            locked: self.ledger.locked(&order.symbol),
            day_start_usd: self.ledger.day_start_on(now.day()),
            rates: self.risk.rates(),
            gates: self.risk.gates(),
            own: Own::new(self.orders),
            asks: self.risk.asks(),
            answers: self.answers(order),
        })
    }
}

/// Takes an order that is to be replaced out of what still works.
fn without<'a>(input: GateInput<'a>, old: &'a Order) -> GateInput<'a> {
    let open = old.open_quantity();
    let (mut buy, mut sell) = (input.working_buy, input.working_sell);
    if old.side.is_buy() {
        buy -= open;
    } else {
        sell -= open;
    }
    GateInput {
        working_buy: buy.max(Quantity::ZERO),
        working_sell: sell.max(Quantity::ZERO),
        own: input.own.without(&old.order_id),
        ..input
    }
}

/// What is known of the symbol of an order to be judged.
#[derive(Debug, Clone, Copy)]
struct Facts<'a> {
    seen: &'a Seen,
    instrument: Option<&'a Instrument>,
    stake: Option<Stake>,
}

/// Makes the order of a ticket, with `max` as found.
fn resolve(draft: &TicketInput<'_>, max: Option<&MaxSize>) -> Result<Order, Vec<FieldFault>> {
    let (Some(TicketSize::Max), Some(max)) = (draft.ticket.size, max) else {
        return ticket::to_order(draft);
    };
    if max.quantity.is_zero() {
        let fault = match &max.binds {
            Some((gate, code)) => format!("no size passes: {gate} {code}"),
            None => "no size passes".to_owned(),
        };
        let field = "quantity";
        return Err(vec![FieldFault { field, fault }]);
    }
    let sized = Ticket {
        size: Some(TicketSize::Units(max.quantity)),
        ..draft.ticket.clone()
    };
    ticket::to_order(&TicketInput {
        ticket: &sized,
        ..*draft
    })
}

/// Returns an age in milliseconds, rounded up: just beyond a limit is beyond it.
fn millis(age: Duration) -> u64 {
    u64::try_from(age.as_micros().div_ceil(1000)).unwrap_or(u64::MAX)
}

/// Returns the refusal of everything while there is no fund or no envelope.
fn not_open() -> Verdict {
    Verdict {
        gate: GateName::Schema,
        outcome: Outcome::Refuse,
        code: Some(RejectionCode::SchemaInvalid),
        measure: None,
        age_ms: None,
        reason: Cow::Borrowed("no fund or envelope is set up"),
    }
}

fn nothing() -> MaxSize {
    MaxSize {
        quantity: Quantity::ZERO,
        binds: Some((GateName::Schema, RejectionCode::SchemaInvalid)),
    }
}
