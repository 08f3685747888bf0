//! The ticket: written, judged on every keystroke, reviewed, sent.
//!
//! Owns the draft and, once reviewed, the frozen ticket with the verdict and the
//! quote it was reviewed on. The key that reviews does not send, and what is sent
//! is what was frozen. Sends nothing itself: it hands out the command.

mod draft;
mod face;
mod warn;

use std::sync::Arc;
use std::time::Duration;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use rust_decimal::Decimal;

use crate::domain::{
    OrderId, OrderType, Price, Symbol, Ticket, TicketSize, TimeInForce, Timestamp,
};
use crate::engine::Snapshot;
use crate::event::{Command, Reviewed};
use crate::order::books::Preview;
use crate::order::gate::Change;
use crate::ui::action::{Action, Scope};
use crate::ui::format;
use crate::ui::pane::{Pane, Reaction, View};

pub use draft::{Changed, Draft, Field, Sender};

/// What was frozen by the review.
#[derive(Debug, Clone)]
pub struct Frozen {
    /// The ticket, its quantity in units.
    pub ticket: Ticket,
    /// What became of it at the review.
    pub preview: Preview,
    /// What the sender looked at.
    pub reviewed: Reviewed,
}

/// An open ticket.
#[derive(Debug)]
struct Open {
    draft: Draft,
    sender: Sender,
    preview: Option<Preview>,
    frozen: Option<Box<Frozen>>,
    /// Opened on its review: who takes that back never meant to write a ticket.
    direct: bool,
    /// Why the last key did not do what it does, in words.
    complaint: Option<String>,
    /// When time alone lets it pass.
    wake: Option<Timestamp>,
}

impl Open {
    /// Judges a ticket as what it is: a new order, or a change of one.
    fn judge(&self, ticket: &Ticket, snap: &Snapshot, now: Timestamp) -> Preview {
        match &self.draft.changes {
            Some(changed) => snap.preview_change(ticket, &changed.order_id, now),
            None => snap.preview(ticket, now),
        }
    }
}

/// How far the touch may move between review and send: the wider of the two.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Slip {
    /// In ticks of the instrument.
    pub ticks: u32,
    /// In basis points of the price.
    pub bps: u32,
}

impl Slip {
    /// Returns the distance for a price on a grid.
    pub fn of(self, price: Price, tick: Price) -> Price {
        let ticks = tick.decimal().saturating_mul(self.ticks.into());
        let bps = price
            .decimal()
            .saturating_mul(Decimal::new(self.bps.into(), 4));
        Price::new(ticks.max(bps)).unwrap_or(Price::ZERO)
    }
}

/// The pane's own state.
#[derive(Debug)]
pub struct TicketPane {
    open: Option<Open>,
    slip: Slip,
}

/// A ticket that was sent.
#[derive(Debug, Clone, PartialEq)]
pub struct Sent {
    /// The command.
    pub command: Command,
    /// The draft it came from.
    pub draft: Draft,
}

impl TicketPane {
    /// Makes a closed ticket; a sent one may be off the reviewed touch by `slip`.
    pub fn new(slip: Slip) -> Self {
        Self { open: None, slip }
    }

    /// Opens a draft.
    pub fn open(&mut self, draft: Draft, sender: Sender) {
        self.open = Some(Open {
            draft,
            sender,
            preview: None,
            frozen: None,
            direct: false,
            complaint: None,
            wake: None,
        });
    }

    /// Opens a draft on its review; one that cannot be reviewed stays a draft and says why.
    pub fn open_reviewed(&mut self, draft: Draft, sender: Sender, snap: &Snapshot, now: Timestamp) {
        self.open(draft, sender);
        self.review(snap, now);
        if let Some(open) = self.open.as_mut() {
            open.direct = open.frozen.is_some();
        }
    }

    /// Puts the ticket away; nothing is sent.
    pub fn close(&mut self) {
        self.open = None;
    }

    /// Returns true while a ticket is open.
    pub fn is_open(&self) -> bool {
        self.open.is_some()
    }

    /// Returns the draft, while a ticket is open.
    pub fn draft(&self) -> Option<&Draft> {
        self.open.as_ref().map(|open| &open.draft)
    }

    /// Returns what is frozen, while a review stands.
    pub fn frozen(&self) -> Option<&Frozen> {
        self.open.as_ref().and_then(|open| open.frozen.as_deref())
    }

    /// Returns the scope keys are looked up in; none while no ticket is open.
    pub fn scope(&self) -> Option<Scope> {
        let open = self.open.as_ref()?;
        Some(match (&open.frozen, open.draft.on_price()) {
            (Some(_), _) => Scope::Review,
            (None, true) => Scope::TicketPrice,
            (None, false) => Scope::Ticket,
        })
    }

    /// Returns the actions whose keys hints name.
    pub fn hints(&self) -> &'static [Action] {
        match self.scope() {
            Some(Scope::Review) => &[Action::Send, Action::Unreview, Action::Panic],
            Some(Scope::TicketPrice) => &[
                Action::Review,
                Action::Discard,
                Action::PriceBid,
                Action::PriceAsk,
                Action::PriceMid,
                Action::PriceTouch,
                Action::FieldNext,
                Action::CycleType,
            ],
            _ => &[
                Action::Review,
                Action::Discard,
                Action::FieldNext,
                Action::CycleType,
                Action::CycleTif,
                Action::Panic,
            ],
        }
    }

    /// Takes in a typed character.
    pub fn typed(&mut self, letter: char) -> bool {
        let Some(open) = self.open.as_mut().filter(|open| open.frozen.is_none()) else {
            return false;
        };
        open.complaint = None;
        open.draft.typed(letter)
    }

    /// Freezes the ticket as it would be sent now; a refused one stays a draft and says why.
    pub fn review(&mut self, snap: &Snapshot, now: Timestamp) {
        let allowed = self.slip;
        let Some(open) = self.open.as_mut() else {
            return;
        };
        let mut ticket = open.draft.ticket(&open.sender);
        let preview = open.judge(&ticket, snap, now);
        open.complaint = complaint(&preview, &open.draft);
        if open.complaint.is_none() {
            // What is reviewed is a number of units, not a share of a NAV that moves; of a change, all of them.
            if let Some(order) = preview
                .order
                .as_ref()
                .filter(|_| open.draft.changes.is_none())
            {
                ticket.size = Some(TicketSize::Units(order.quantity));
            }
            let tick = snap
                .market
                .instrument(&ticket.symbol)
                .map_or(Price::ZERO, |known| known.tick);
            let quote = preview.seen.quote.as_ref();
            let touch = quote.map_or(Price::ZERO, |quote| quote.touch(ticket.side));
            let slip = allowed.of(touch, tick);
            let reviewed = Reviewed {
                quote: preview.seen.quote.clone(),
                refusals: preview.refusals(),
                at: now,
                slip,
            };
            open.frozen = Some(Box::new(Frozen {
                ticket,
                preview: preview.clone(),
                reviewed,
            }));
        } else if let Some(fault) = preview.faults.first() {
            let fields = open.draft.fields();
            let at_fault = fields.iter().find(|field| field.as_str() == fault.field);
            open.draft.field = at_fault.copied().unwrap_or(open.draft.field);
        }
        open.preview = Some(preview);
    }

    /// Hands out what was reviewed and closes the ticket; refuses, in words, when it no longer holds.
    pub fn send(&mut self, snap: &Snapshot, now: Timestamp) -> Option<Sent> {
        let open = self.open.as_mut()?;
        let frozen = open.frozen.as_deref()?;
        let today = open.judge(&frozen.ticket, snap, now);
        if let Some(drift) = warn::drift(frozen, &today) {
            open.complaint = Some(format!("not sent: {drift}; review it again"));
            open.frozen = None;
            open.preview = Some(today);
            return None;
        }
        let ticket = Box::new(frozen.ticket.clone());
        let reviewed = Some(Box::new(frozen.reviewed.clone()));
        let command = match &open.draft.changes {
            Some(changed) => Command::Replace {
                order_id: changed.order_id.clone(),
                ticket,
                reviewed,
            },
            None => Command::Place { ticket, reviewed },
        };
        let draft = open.draft.clone();
        self.open = None;
        Some(Sent { command, draft })
    }

    /// Puts words about the last key under the ticket.
    pub fn complain(&mut self, words: String) {
        if let Some(open) = self.open.as_mut() {
            open.complaint = Some(words);
        }
    }

    /// Returns the working order that a shown change cancels, and the words of that change, if it is such a one.
    pub fn cancels(&self, action: Action) -> Option<(OrderId, String)> {
        let open = self.open.as_ref().filter(|open| open.frozen.is_none())?;
        let fix = open.preview.as_ref()?.fixes.get(fix_index(action)?)?;
        match &fix.apply {
            Change::Cancel(order_id) => Some((order_id.clone(), fix.text.clone())),
            Change::Quantity(_)
            | Change::LimitPrice(_)
            | Change::StopPrice(_)
            | Change::Wait(_) => None,
        }
    }

    fn fix(&mut self, index: usize) {
        let Some(open) = self.open.as_mut() else {
            return;
        };
        let fix = open
            .preview
            .as_ref()
            .and_then(|preview| preview.fixes.get(index));
        match fix.map(|fix| &fix.apply) {
            Some(Change::Wait(_)) => {
                open.complaint = Some("time alone does it: review it then".to_owned());
            }
            Some(change) => open.draft.apply(change),
            None => open.complaint = Some("there is no such change".to_owned()),
        }
    }

    fn take_price(&mut self, action: Action, view: &View<'_>) {
        let Some(open) = self.open.as_mut() else {
            return;
        };
        let Some((quote, _)) = view.snap.market.quote(&open.draft.symbol, view.now) else {
            open.complaint = Some("there is no quote to take a price from".to_owned());
            return;
        };
        let price = match action {
            Action::PriceBid => quote.bid,
            Action::PriceAsk => quote.ask,
            Action::PriceMid => {
                let tick = view
                    .snap
                    .market
                    .instrument(&open.draft.symbol)
                    .map(|known| known.tick);
                // On the grid, towards the safer side.
                let tick = tick.unwrap_or(Price::ZERO);
                quote.mid().to_tick(tick, !open.draft.side.is_buy())
            }
            _ => quote.touch(open.draft.side),
        };
        open.draft.set_price(price);
    }
}

/// Returns which of the shown changes an action applies.
fn fix_index(action: Action) -> Option<usize> {
    match action {
        Action::Fix1 => Some(0),
        Action::Fix2 => Some(1),
        Action::Fix3 => Some(2),
        _ => None,
    }
}

/// Returns why a draft cannot be reviewed, in words; nothing when it can.
fn complaint(preview: &Preview, draft: &Draft) -> Option<String> {
    if let Some(fault) = preview.faults.first() {
        let typed = draft
            .fields()
            .into_iter()
            .find(|field| field.as_str() == fault.field);
        let typed = typed.and_then(|field| draft.fault(field));
        return Some(typed.unwrap_or_else(|| fault.fault.clone()));
    }
    if preview.passes() {
        return None;
    }
    let refusing = preview
        .verdicts
        .iter()
        .find(|verdict| verdict.code.is_some());
    Some(match refusing {
        Some(verdict) => format!("refused by {}: {}", verdict.gate, verdict.reason),
        None => "refused: nothing judged it".to_owned(),
    })
}

impl Pane for TicketPane {
    fn act(&mut self, action: Action, view: &View<'_>) -> Reaction {
        let capability = view.snap.desk.capability.as_ref();
        let Some(open) = self.open.as_mut() else {
            return Reaction::Ignored;
        };
        open.complaint = None;
        let instrument = view
            .snap
            .market
            .instrument(&open.draft.symbol)
            .map(|known| &**known);
        match action {
            Action::FieldNext => open.draft.go(true),
            Action::FieldPrevious => open.draft.go(false),
            Action::StepUp => open.draft.step(true, instrument),
            Action::StepDown => open.draft.step(false, instrument),
            Action::CycleType => {
                let quote = view.snap.market.quote(&open.draft.symbol, view.now);
                let allowed = capability.map_or(&OrderType::ALL[..], |able| &able.order_types);
                open.draft
                    .cycle_type(allowed, quote.map(|(quote, _)| quote));
            }
            Action::CycleTif => {
                let allowed = capability.map_or(&TimeInForce::ALL[..], |able| &able.tifs);
                open.draft.cycle_tif(allowed);
            }
            Action::Erase => open.draft.erase(false),
            Action::EraseAll => open.draft.erase(true),
            Action::Fix1 | Action::Fix2 | Action::Fix3 => {
                self.fix(fix_index(action).unwrap_or_default());
            }
            Action::PriceBid | Action::PriceAsk | Action::PriceMid | Action::PriceTouch => {
                self.take_price(action, view);
            }
            Action::Review => {
                open.direct = false;
                self.review(view.snap, view.now);
            }
            Action::Unreview if open.direct => self.open = None,
            Action::Unreview => open.frozen = None,
            Action::Discard => self.open = None,
            _ => return Reaction::Ignored,
        }
        Reaction::Done
    }

    fn fit(&mut self, _area: Rect, view: &View<'_>) {
        if let Some(open) = self.open.as_mut() {
            let ticket = match &open.frozen {
                Some(frozen) => frozen.ticket.clone(),
                None => open.draft.ticket(&open.sender),
            };
            let preview = open.judge(&ticket, view.snap, view.now);
            open.wake = preview.fixes.iter().find_map(|fix| match &fix.apply {
                Change::Wait(time) => Some(view.now.plus(*time)),
                Change::Quantity(_)
                | Change::LimitPrice(_)
                | Change::StopPrice(_)
                | Change::Cancel(_) => None,
            });
            open.preview = Some(preview);
        }
    }

    fn draw(&self, area: Rect, buf: &mut Buffer, view: &View<'_>) {
        match &self.open {
            Some(open) => face::draw(area, buf, open, view),
            None => face::draw_closed(area, buf, view),
        }
    }

    fn touched(&self, old: &Snapshot, new: &Snapshot) -> bool {
        let Some(open) = &self.open else {
            return false;
        };
        let cell = |snap: &Snapshot, symbol: &Symbol| snap.market.cell(symbol).cloned();
        let same = match (cell(old, &open.draft.symbol), cell(new, &open.draft.symbol)) {
            (Some(old), Some(new)) => Arc::ptr_eq(&old, &new),
            _ => false,
        };
        !same
            || !Arc::ptr_eq(&old.risk, &new.risk)
            || !Arc::ptr_eq(&old.ledger, &new.ledger)
            || !Arc::ptr_eq(&old.orders, &new.orders)
            || !Arc::ptr_eq(&old.exposure, &new.exposure)
    }

    fn wake(&self) -> Option<Timestamp> {
        self.open.as_ref()?.wake
    }

    fn copy(&self) -> Option<String> {
        let open = self.open.as_ref()?;
        let ticket = open.draft.ticket(&open.sender);
        let size = ticket
            .size
            .map_or_else(String::new, |size| size.to_string());
        Some(format!(
            "{} {size} {} {}",
            ticket.side, ticket.symbol, ticket.order_type
        ))
    }
}

/// Returns an age in words, from milliseconds.
fn age_words(age_ms: u64) -> smol_str::SmolStr {
    format::age(Duration::from_millis(age_ms))
}
