//! One message in, facts and effects out.
//!
//! Deciding and changing are apart: each branch below reads the state, says what
//! happened as facts, and the facts are applied at once so that the next message of
//! the same batch sees them. The caller commits what came out before it releases an
//! effect or a snapshot.

use crate::domain::{OrderId, Symbol, Timestamp};
use crate::engine::correct::Accepted;
use crate::engine::state::State;
use crate::event::{
    AccountFact, BrokerReport, Command, Control, Fact, Input, LinkFact, LinkHealth, LinkName,
    LinkState, Opening, OrderFact, RiskFact, Source,
};
use crate::order::effect::Effect;
use crate::order::oms;

/// One entry for the journal: an input as received, or a fact that followed from it.
#[derive(Debug, Clone, PartialEq)]
pub struct Entry {
    /// Its place in the journal.
    pub seq: u64,
    /// When, by the engine's clock.
    pub at: Timestamp,
    /// Who said it; the desk for facts.
    pub source: Source,
    /// The input it follows from; none for an input.
    pub cause: Option<u64>,
    /// What.
    pub what: What,
}

/// What an entry holds.
#[derive(Debug, Clone, PartialEq)]
pub enum What {
    /// Something that reached the engine.
    Input(Box<Input>),
    /// Something that happened.
    Fact(Box<Fact>),
}

/// What a batch of steps brought about.
#[derive(Debug, Default)]
pub struct Out {
    /// For the journal, in order, without gaps.
    pub entries: Vec<Entry>,
    /// To be released once the entries are durable.
    pub effects: Vec<Effect>,
}

/// The moment and the input a step is about.
pub(super) struct Step<'a> {
    pub(super) now: Timestamp,
    pub(super) cause: u64,
    pub(super) out: &'a mut Out,
    /// Whether the input is a refused command that is counted and leaves no record.
    pub(super) counted: bool,
}

impl State {
    /// Takes in one durable input.
    ///
    /// An input that changes nothing (a tick with nothing due, a link that is as it
    /// was, a fill that is booked already, a statement that agrees) leaves no entry behind, and neither does a
    /// command that was refused while too many are.
    pub fn step(&mut self, source: Source, input: Input, now: Timestamp, out: &mut Out) {
        if let Input::Market(event) = &input {
            return self.market(event);
        }
        let before = out.entries.len();
        let who = source.clone();
        let cause = self.seq + 1;
        self.seq = cause;
        out.entries.push(Entry {
            seq: cause,
            at: now,
            source,
            cause: None,
            what: What::Input(Box::new(input.clone())),
        });
        let mut step = Step {
            now,
            cause,
            out,
            counted: false,
        };
        match input {
            Input::Control(control) => self.on_control(control, &mut step),
            Input::Execution(report) => self.on_report(&report, &mut step),
            Input::Answer(answer) => self.on_answer(&answer, &mut step),
            Input::Command(command) => self.on_command(&who, command, &mut step),
            Input::Market(_) => {}
        }
        let counted = step.counted;
        let silent = out.entries.len() == before + 1
            && matches!(
                out.entries.last().map(|entry| &entry.what),
                Some(What::Input(input)) if counted || is_silent(input)
            );
        if silent {
            out.entries.pop();
            self.seq = cause - 1;
        }
    }

    /// Records a fact and applies it.
    pub(super) fn say(&mut self, fact: Fact, step: &mut Step<'_>) {
        let seq = self.seq + 1;
        self.apply(seq, &fact);
        step.out.entries.push(Entry {
            seq,
            at: step.now,
            source: Source::Desk,
            cause: Some(step.cause),
            what: What::Fact(Box::new(fact)),
        });
    }

    pub(super) fn refuse(
        &mut self,
        what: impl Into<String>,
        reason: impl Into<String>,
        step: &mut Step<'_>,
    ) {
        let (what, reason) = (what.into(), reason.into());
        if self.flood.counts(step.now, || format!("{what}: {reason}")) {
            step.counted = true;
            return;
        }
        self.say_refused(what, reason, step);
    }

    /// Says that something was refused, however many were.
    pub(super) fn say_refused(&mut self, what: String, reason: String, step: &mut Step<'_>) {
        let fact = OrderFact::CommandRefused {
            what,
            reason,
            at: step.now,
        };
        self.say(Fact::Order(fact), step);
    }

    fn on_control(&mut self, control: Control, step: &mut Step<'_>) {
        match control {
            Control::Open(opening) => self.open(*opening, step),
            Control::Tick => self.tick(step),
            Control::Stop => {
                self.decide_stops(step);
                self.follow_exits(step);
            }
            Control::Link(link) => self.link(link, step),
            Control::Close => {
                self.say_flood(step);
                for fact in oms::abandon(&self.orders, step.now) {
                    self.say(fact, step);
                }
                let fact = AccountFact::Closed {
                    hash: self.hash(),
                    at: step.now,
                };
                self.say(Fact::Account(fact), step);
            }
        }
    }

    fn open(&mut self, opening: Opening, step: &mut Step<'_>) {
        let at = step.now;
        if self.is_open() {
            let fact = AccountFact::Resumed {
                fund: Box::new(opening.fund),
                version: opening.version,
                at,
            };
            self.say(Fact::Account(fact), step);
            self.renew_envelope(opening.envelope, step);
            self.renew_rates(opening.rates, step);
            self.renew_gates(opening.gates, step);
            self.renew_asks(opening.asks, step);
            for fact in oms::abandon(&self.orders, at) {
                self.say(fact, step);
            }
            let effects = oms::resume(&self.orders);
            step.out.effects.extend(effects);
            self.follow_replacements(true, step);
            return;
        }
        let cash = opening.fund.target_nav_usd;
        let opened = AccountFact::Opened {
            desk_id: opening.desk_id,
            fund: Box::new(opening.fund),
            cash,
            at,
        };
        self.say(Fact::Account(opened), step);
        self.say(
            Fact::Risk(RiskFact::EnvelopeSet(Box::new(opening.envelope))),
            step,
        );
        self.say(Fact::Risk(RiskFact::RatesSet(opening.rates)), step);
        self.renew_gates(opening.gates, step);
        self.renew_asks(opening.asks, step);
        self.begin_periods(cash, step);
    }

    fn tick(&mut self, step: &mut Step<'_>) {
        self.say_flood(step);
        let (facts, effects) = oms::tick(&self.orders, step.now);
        for fact in facts {
            self.say(fact, step);
        }
        step.out.effects.extend(effects);
        self.end_overdue(step);
        self.follow_replacements(true, step);
        self.reread(step);
        self.sweep_again(step);
        self.watch_losses(step);
        self.decide_stops(step);
        self.follow_exits(step);
    }

    fn link(&mut self, link: LinkState, step: &mut Step<'_>) {
        let known = self.links.iter().find(|known| known.name == link.name);
        if known.is_some_and(|known| known.health == link.health) {
            let since = known.map_or(link.since, |known| known.since);
            return self.set_link(&LinkState { since, ..link });
        }
        let back = link.health == LinkHealth::Up && matches!(link.name, LinkName::Broker(_));
        self.say(Fact::Link(LinkFact::Changed(link)), step);
        if back {
            let effects = oms::resume(&self.orders);
            step.out.effects.extend(effects);
        }
    }

    fn on_report(&mut self, report: &BrokerReport, step: &mut Step<'_>) {
        let market = &self.market;
        let around = oms::Around {
            orders: &self.orders,
            ledger: &self.ledger,
            usd_rate: &|currency| market.usd_rate(currency),
            currency_of: &|symbol| {
                let known = market.instrument(symbol).map(|known| known.currency);
                known.or_else(|| symbol.quote_currency())
            },
            mark_of: &|symbol| market.cell(symbol).and_then(|cell| cell.mid()),
            is_ours: &|order_id| self.is_ours(order_id),
        };
        let facts = oms::report(&around, report, step.now);
        let effects = oms::follow(&self.orders, &facts);
        step.out.effects.extend(effects);
        let canceled = facts
            .iter()
            .any(|fact| matches!(fact, Fact::Order(OrderFact::Canceled { .. })));
        if let BrokerReport::Statement {
            broker,
            orders,
            positions,
        } = report
        {
            self.reread.stated(step.now);
            self.take_statement(broker, (orders, positions), step);
        }
        for fact in facts {
            if matches!(fact, Fact::Account(AccountFact::Drift { .. })) {
                self.reread.drifted();
            }
            self.say(fact, step);
        }
        self.follow_replacements(canceled, step);
        self.follow_exits(step);
    }

    /// Returns true for the id of an order this desk may have made: its own name and a place in its journal.
    fn is_ours(&self, order_id: &OrderId) -> bool {
        let number = order_id
            .as_str()
            .strip_prefix(self.desk_id.as_str())
            .and_then(|rest| rest.strip_prefix('-'))
            .and_then(|number| number.parse::<u64>().ok());
        number.is_some_and(|number| number <= self.seq)
    }

    fn on_command(&mut self, source: &Source, command: Command, step: &mut Step<'_>) {
        if !self.is_open() {
            return self.refuse("command", "the books are not open yet", step);
        }
        match command {
            Command::Place { ticket, reviewed } => self.place(&ticket, reviewed.as_deref(), step),
            Command::Replace {
                order_id,
                ticket,
                reviewed,
            } => self.replace(&order_id, &ticket, reviewed.as_deref(), step),
            Command::Cancel { order_id } => self.cancel(&order_id, step),
            Command::Decide {
                order_id,
                pass,
                actor,
                reason,
            } => self.decide(source, &order_id, (pass, &actor, &reason), step),
            Command::CancelOpening { symbol } => {
                if self.cancel_opening(symbol.as_ref(), step) == 0 {
                    let of = symbol.map_or(String::new(), |symbol| format!(" of {symbol}"));
                    let reason = format!("no working order{of} opens risk: nothing to cancel");
                    self.refuse("cancel opening", reason, step);
                }
            }
            Command::SetEnvelope { envelope, actor } => {
                self.set_envelope(source, *envelope, actor, step);
            }
            Command::Flow {
                amount_usd,
                actor,
                reason,
            } => self.flow(source, amount_usd, (actor, reason), step),
            Command::Halt(request) => self.halt(&request, None, step),
            Command::Correct {
                symbol,
                quantity,
                price,
                actor,
                reason,
            } => {
                let accepted = Accepted {
                    symbol: &symbol,
                    quantity,
                    price,
                    actor: &actor,
                    reason: &reason,
                };
                self.correct(source, &accepted, step);
            }
            Command::Flatten { actor, reason } => {
                self.flatten(source, (&actor, &reason), step);
            }
            Command::Resume {
                target,
                actor,
                reason,
            } => self.resume(source, &target, (&actor, &reason), step),
        }
    }

    pub(super) fn cancel(&mut self, order_id: &OrderId, step: &mut Step<'_>) {
        if self.give_up(order_id, step) {
            return;
        }
        let changed = self
            .orders
            .get(order_id)
            .filter(|record| record.replacement.is_some())
            .cloned();
        if let Some(record) = &changed {
            self.drop_replacement(record, "canceled instead", step);
        }
        match oms::cancel(&self.orders, order_id, step.now) {
            Ok((fact, effect)) => {
                self.say(Fact::Order(fact), step);
                step.out.effects.push(effect);
            }
            // It was on its way out already; now nothing takes its place.
            Err(_) if changed.is_some() => {}
            Err(reason) => self.refuse("cancel", reason, step),
        }
    }

    /// Lists the working orders that open risk, of one symbol or of all.
    fn opening(&self, symbol: Option<&Symbol>) -> Vec<OrderId> {
        let position = |symbol: &Symbol| self.exposure.stake(symbol).position;
        oms::cancel_opening(&self.orders, position, symbol)
    }

    /// Lists every order that opens risk and has not ended, those included whose cancel is under way.
    pub(super) fn opening_orders(&self) -> Vec<OrderId> {
        let mut orders = self.opening(None);
        let canceling = self
            .orders
            .live()
            .filter(|record| matches!(record.flight, oms::Flight::PendingCancel { .. }))
            .map(|record| record.order.order_id.clone());
        let more: Vec<OrderId> = canceling.filter(|id| !orders.contains(id)).collect();
        orders.extend(more);
        orders
    }

    /// Cancels the orders that open risk; returns how many there were.
    pub(super) fn cancel_opening(&mut self, symbol: Option<&Symbol>, step: &mut Step<'_>) -> usize {
        let opening = self.opening(symbol);
        for order_id in &opening {
            self.cancel(order_id, step);
        }
        let position = |symbol: &Symbol| self.exposure.stake(symbol).position;
        // What is canceled already and waits to be placed anew may open risk too.
        let waiting: Vec<_> = self
            .orders
            .replacing()
            .filter(|record| record.is_done())
            .filter(|record| symbol.is_none_or(|only| record.order.symbol == *only))
            .filter(|record| {
                let held = position(&record.order.symbol);
                let side = record.order.side.signed(record.order.open_quantity());
                // A protective order that is on its way back is left alone.
                let reduces = held.is_positive() != side.is_positive() && side.abs() <= held.abs();
                !reduces
            })
            .cloned()
            .collect();
        for record in &waiting {
            self.drop_replacement(record, "opening orders were canceled", step);
        }
        opening.len() + waiting.len() + self.give_up_waiting(symbol, step)
    }
}

/// Returns true for an input that needs no record when nothing followed from it.
fn is_silent(input: &Input) -> bool {
    matches!(
        input,
        Input::Control(Control::Tick | Control::Stop | Control::Link(_))
            | Input::Execution(BrokerReport::Fill { .. } | BrokerReport::Statement { .. })
    )
}
