//! The walk: line after line judged on the books as they would be with the lines before it sent.
//!
//! Two books are kept beside the real ones. In `sent` every line that went is working and nothing of it has
//! filled, which is how the engine will judge the next one. In `after` the reductions have filled at their
//! marks, so NAV is what it was, and the openings are working. An opening passes by the second; if it passes
//! the first too it goes now, and otherwise it waits for the reductions. The rate of sending is counted apart,
//! so that a basket larger than a second's messages says which of its lines go later.

use std::collections::BTreeSet;
use std::sync::Arc;

use crate::domain::{IdempotencyKey, Order, OrderId, Symbol, Ticket, TicketSize, Timestamp};
use crate::event::{Outcome, Seen, Verdict};
use crate::order::basket::plan::{Plan, plans};
use crate::order::basket::{Basket, BasketSettings, Known, Leg, Line, Reduced, Standing, Wanted};
use crate::order::books::Books;
use crate::order::explain::unhurried;
use crate::order::exposure::Exposure;
use crate::order::gate::{self, GateInput, MaxSize};
use crate::order::oms;
use crate::order::rate::Rates;
use crate::order::ticket::{TicketInput, draft};

/// Makes a basket.
pub(super) fn basket(
    books: &Books<'_>,
    wanted: &[Wanted],
    (settings, batch): (&BasketSettings, &IdempotencyKey),
    now: Timestamp,
) -> Basket {
    let (plans, skipped) = plans(books, wanted, settings, now);
    let mut walk = Walk::new(books, (settings, batch), now);
    let mut lines: Vec<Line> = plans.into_iter().map(|plan| walk.take(plan)).collect();
    lines.extend(skipped);
    Basket {
        at: now,
        nav_usd: books.exposure.nav_usd(),
        lines,
    }
}

/// What the gates say of an order on some books.
#[derive(Debug)]
struct Judged {
    verdicts: Vec<Verdict>,
    /// The most that passes, where the order itself does not.
    max: Option<MaxSize>,
    /// Whether it only reduces, by the gates' own definition.
    reduces: bool,
}

impl Judged {
    fn passes(&self) -> bool {
        self.refusal().is_none() && !self.verdicts.is_empty()
    }

    fn refusal(&self) -> Option<&Verdict> {
        let refuses = |verdict: &&Verdict| verdict.outcome == Outcome::Refuse;
        self.verdicts.iter().find(refuses)
    }

    fn words(&self) -> String {
        match self.refusal() {
            Some(verdict) => format!("{}: {}", verdict.gate, verdict.reason),
            None if self.verdicts.is_empty() => "no fund or envelope is set up".to_owned(),
            None => String::new(),
        }
    }

    fn is_asked(&self) -> bool {
        let asked = |verdict: &Verdict| verdict.outcome == Outcome::AskedOnSend;
        self.verdicts.iter().any(asked)
    }
}

/// The books as they would be.
#[derive(Debug)]
struct Walk<'a> {
    books: &'a Books<'a>,
    settings: &'a BasketSettings,
    batch: &'a IdempotencyKey,
    now: Timestamp,
    /// With every line before this one working.
    sent: Exposure,
    /// With the reductions before this one filled and the openings working.
    after: Exposure,
    /// Whether any reduction is among them.
    reduced: bool,
    rates: Rates,
    unhurried: Rates,
    /// Symbols whose closing half goes whole.
    closed: BTreeSet<Symbol>,
    /// Orders that work or wait, those of the basket among them.
    live: usize,
    waiting: usize,
}

impl<'a> Walk<'a> {
    fn new(
        books: &'a Books<'a>,
        (settings, batch): (&'a BasketSettings, &'a IdempotencyKey),
        now: Timestamp,
    ) -> Self {
        Self {
            books,
            settings,
            batch,
            now,
            sent: books.exposure.clone(),
            after: books.exposure.clone(),
            reduced: false,
            rates: books.risk.rates().clone(),
            unhurried: unhurried(),
            closed: BTreeSet::new(),
            live: books.orders.live_count(),
            waiting: books.orders.waiting_count(),
        }
    }

    /// Judges one line and, where it may go, takes it as gone.
    fn take(&mut self, plan: Plan<'_>) -> Line {
        let ticket = match self.ticket(&plan) {
            Ok(ticket) => ticket,
            Err(why) => return refused(plan.line, why, Vec::new()),
        };
        let whole = plan.line.reduced.is_none();
        let (symbol, leg, flip) = (plan.line.symbol.clone(), plan.line.leg, plan.flip);
        if leg == Leg::Open && flip && !self.closed.contains(&symbol) {
            let why = "what is held on the other side is not closed whole".to_owned();
            return refused(plan.line, why, Vec::new());
        }
        let line = self.judged(plan, ticket);
        if leg == Leg::Reduce && whole && line.reduced.is_none() && line.ticket.is_some() {
            self.closed.insert(symbol);
        }
        line
    }

    /// Judges a line where it will stand last, and then whether it may go there at once.
    ///
    /// An opening is judged with the reductions filled and the openings before it working, those that wait among
    /// them: it takes no room that was promised to one before it.
    fn judged(&mut self, plan: Plan<'_>, ticket: Ticket) -> Line {
        let Some(mut order) = self.order(&plan, &ticket) else {
            return refused(plan.line, "it makes no order".to_owned(), Vec::new());
        };
        let Plan {
            mut line,
            known,
            flip,
            ..
        } = plan;
        let waits = self.reduced && line.leg == Leg::Open;
        let books = if waits { &self.after } else { &self.sent };
        let mut last = self.judge(books, &order);
        let mut ticket = ticket;
        if !last.passes() {
            let words = last.words();
            let Some(max) = last.max.take().filter(|max| self.is_worth(max, &known)) else {
                return refused(line, words, last.verdicts);
            };
            let (units, of) = (max.quantity, order.quantity);
            let earlier = line.reduced.as_ref().map(|reduced| reduced.wanted);
            line.reduced = Some(Reduced {
                wanted: earlier.unwrap_or(of),
                binds: max.binds,
            });
            line.trade = Some((ticket.side, units));
            line.notional_usd = known.unit_usd.map(|unit| unit.times(units));
            line.why = words;
            ticket.size = Some(TicketSize::Units(units));
            Arc::make_mut(&mut order).quantity = units;
            last = self.judge(if waits { &self.after } else { &self.sent }, &order);
        }
        if !waits {
            return self.go(line, &known, (ticket, last));
        }
        if flip {
            let why = "what is held on the other side is closed first".to_owned();
            return self.wait(line, &known, (ticket, last, why));
        }
        let first = self.judge(&self.sent, &order);
        if first.passes() {
            return self.go(line, &known, (ticket, first));
        }
        let why = first.words();
        self.wait(line, &known, (ticket, last, why))
    }

    /// Takes a line as sent, at once or as soon as the rate of sending allows.
    fn go(&mut self, line: Line, known: &Known<'_>, (ticket, judged): (Ticket, Judged)) -> Line {
        if self.live + self.waiting >= oms::LIVE_MOST {
            let why = format!(
                "{} orders work already, the most there may be",
                oms::LIVE_MOST
            );
            return refused(line, why, judged.verdicts);
        }
        if judged.is_asked() && self.waiting >= oms::WAITING_MOST {
            let most = oms::WAITING_MOST;
            let why = format!("{most} orders wait for a gate outside, the most there may be");
            return refused(line, why, judged.verdicts);
        }
        let over = self.rates.over(&ticket.broker, judged.reduces, self.now);
        let (standing, why) = match over {
            Some(over) => {
                let why = format!("{} messages are the most in one second", over.most);
                (Standing::Later(over.wait), why)
            }
            None => (Standing::Now, line.why.clone()),
        };
        if judged.is_asked() {
            self.waiting += 1;
        } else {
            self.live += 1;
        }
        if standing == Standing::Now {
            self.rates.count(&ticket.broker, true, self.now);
        }
        self.apply(&line, known);
        Line {
            standing,
            why,
            verdicts: judged.verdicts,
            ticket: Some(ticket),
            ..line
        }
    }

    /// Takes a line as sent once the reductions have filled.
    fn wait(
        &mut self,
        line: Line,
        known: &Known<'_>,
        (ticket, judged, why): (Ticket, Judged, String),
    ) -> Line {
        work(&mut self.after, &line, known);
        Line {
            standing: Standing::AfterReductions,
            why,
            verdicts: judged.verdicts,
            ticket: Some(ticket),
            ..line
        }
    }

    fn apply(&mut self, line: &Line, known: &Known<'_>) {
        work(&mut self.sent, line, known);
        match line.leg {
            Leg::Open => work(&mut self.after, line, known),
            Leg::Reduce => {
                fill(&mut self.after, line, known);
                self.reduced = true;
            }
        }
    }

    fn judge(&self, exposure: &Exposure, order: &Arc<Order>) -> Judged {
        let books = Books {
            exposure,
            ..*self.books
        };
        let seen = books.seen(&order.symbol, self.now);
        let judged = books.as_seen((order, self.now), &seen, |input| {
            let input = GateInput {
                rates: &self.unhurried,
                ..*input
            };
            let mut judged = Judged {
                verdicts: gate::preview(&input),
                max: None,
                reduces: input.reduces(),
            };
            if !judged.passes() {
                judged.max = Some(gate::max_size(&input));
            }
            judged
        });
        judged.unwrap_or(Judged {
            verdicts: Vec::new(),
            max: None,
            reduces: false,
        })
    }

    /// Returns true when so much is worth a ticket.
    fn is_worth(&self, max: &MaxSize, known: &Known<'_>) -> bool {
        let value = known.unit_usd.map(|unit| unit.times(max.quantity));
        max.quantity.is_positive()
            && value.is_none_or(|value| value >= self.settings.min_notional_usd)
    }

    fn ticket(&self, plan: &Plan<'_>) -> Result<Ticket, String> {
        let fund = self.books.ledger.fund();
        let (fund, (side, units)) = fund
            .zip(plan.line.trade)
            .ok_or("no fund or envelope is set up")?;
        let long = || format!("key '{}' is too long to begin others", self.batch);
        let settings = self.settings;
        Ok(Ticket {
            idempotency_key: self.key(plan).ok_or_else(long)?,
            fund_id: fund.fund_id.clone(),
            strategy_id: settings.strategy_id.clone(),
            broker: fund.broker.clone(),
            actor: settings.actor.clone(),
            symbol: plan.line.symbol.clone(),
            side,
            size: Some(TicketSize::Units(units)),
            order_type: settings.order_type,
            limit_price: None,
            stop_price: None,
            tif: settings.tif,
            thesis: thesis(&plan.line),
        })
    }

    /// Returns the first key of this half of this symbol that no order has used.
    fn key(&self, plan: &Plan<'_>) -> Option<IdempotencyKey> {
        let (batch, place) = (self.batch, plan.place + 1);
        let half = match plan.line.leg {
            Leg::Reduce => 'r',
            Leg::Open => 'o',
        };
        let keys = (1_u32..)
            .map(|attempt| IdempotencyKey::new(format!("{batch}-{place}{half}{attempt}")).ok());
        let free = |key: &IdempotencyKey| self.books.orders.by_key(key).is_none();
        keys.map_while(|key| key).find(free)
    }

    fn order(&self, plan: &Plan<'_>, ticket: &Ticket) -> Option<Arc<Order>> {
        let (_, units) = plan.line.trade?;
        let order_id = OrderId::new("basket").ok()?;
        let input = TicketInput {
            ticket,
            order_id: &order_id,
            instrument: plan.known.instrument,
            seen: &Seen::default(),
            now: self.now,
        };
        Some(Arc::new(draft(&input, units)))
    }
}

fn refused(line: Line, why: String, verdicts: Vec<Verdict>) -> Line {
    Line {
        standing: Standing::Refused,
        why,
        verdicts,
        ..line
    }
}

fn thesis(line: &Line) -> String {
    let target = line.target * 100.0;
    match line.held_weight {
        Some(held) => format!("rebalance from {:.2}% to {target:.2}%", held * 100.0),
        None => format!("rebalance to {target:.2}%"),
    }
}

/// Takes a line as working.
fn work(exposure: &mut Exposure, line: &Line, known: &Known<'_>) {
    let Some((side, units)) = line.trade else {
        return;
    };
    let stake = exposure.stake(&line.symbol);
    let (mut buy, mut sell) = (stake.working_buy, stake.working_sell);
    if side.is_buy() {
        buy += units;
    } else {
        sell += units;
    }
    exposure.set_working(&line.symbol, buy, sell);
    exposure.set_mark(&line.symbol, known.unit_usd, known.instrument);
}

/// Takes a line as filled at its mark, so that NAV stays what it is.
fn fill(exposure: &mut Exposure, line: &Line, known: &Known<'_>) {
    let (Some((side, units)), Some(instrument)) = (line.trade, known.instrument) else {
        return;
    };
    let signed = side.signed(units);
    let position = exposure.stake(&line.symbol).position + signed;
    exposure.set_position(&line.symbol, position, instrument.currency);
    exposure.set_mark(&line.symbol, known.unit_usd, known.instrument);
    let paid = known.unit_usd.map(|unit| unit.times(signed));
    let cash = exposure.cash_usd().zip(paid);
    exposure.set_cash_usd(cash.map(|(cash, paid)| cash - paid));
}
