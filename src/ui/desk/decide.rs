//! Orders that wait for an answer: which one is meant, passing it, vetoing it.
//!
//! Both are asked about once more before they are sent: the key that points at an
//! order never decides about it. What is decided about ends by itself, so the
//! question shows the time that is left and goes when the order waits no more.

use std::time::Duration;

use crate::domain::{GateName, OrderId, Timestamp};
use crate::engine::NoticeKind;
use crate::event::{Command, human_veto};
use crate::order::oms::OrderRecord;
use crate::ui::action::Action;
use crate::ui::desk::popup::Popup;
use crate::ui::desk::{Desk, Reaction};
use crate::ui::format;

impl Desk {
    /// Returns the order that a decision is about: the chosen one while it waits, else the oldest that does.
    pub(super) fn deciding(&self, pass: bool) -> Option<&OrderRecord> {
        let person = human_veto();
        let mine = |record: &OrderRecord| {
            let waits = |gate: &GateName| !pass || *gate == person;
            let waiting = record.waiting.as_ref();
            waiting.is_some_and(|waiting| waits(&waiting.gate))
        };
        let orders = &self.snap.orders;
        let chosen = self.chosen_order().and_then(|id| orders.get(&id));
        let chosen = chosen.filter(|record| mine(record));
        let oldest = || orders.waiting().find(|record| mine(record));
        chosen.or_else(oldest).map(|record| &**record)
    }

    /// Asks whether an order that waits may go, or why it may not.
    pub(super) fn ask_decision(&mut self, pass: bool) -> Reaction {
        if let Some(why) = self.barred() {
            self.say(NoticeKind::Refused, why);
            return Reaction::Done;
        }
        let Some(record) = self.deciding(pass) else {
            let words = if pass {
                "no order waits for a person to pass it"
            } else {
                "no order waits for an answer"
            };
            self.say(NoticeKind::Info, words);
            return Reaction::Done;
        };
        let order_id = record.order.order_id.clone();
        let reason = String::new();
        self.open_popup(Popup::AskDecide {
            order_id,
            pass,
            reason,
        })
    }

    /// Sends what was decided.
    pub(super) fn decide(&mut self, order_id: OrderId, pass: bool, reason: &str) -> Reaction {
        let verb = if pass { "pass" } else { "veto" };
        let words = format!("asked to {verb} {}", self.named(&order_id));
        let actor = self.settings.actor.clone();
        let command = Command::Decide {
            order_id,
            pass,
            actor,
            reason: reason.trim().to_owned(),
        };
        self.ask(command, &words)
    }

    /// Closes the question about an order that waits no more, and says so.
    pub(super) fn drop_decided(&mut self) {
        let Some(Popup::AskDecide { order_id, .. }) = &self.popup else {
            return;
        };
        let order_id = order_id.clone();
        if self.left(&order_id).is_none() {
            let words = format!("{} waits no more", self.named(&order_id));
            self.popup = None;
            self.dirty.all = true;
            self.say(NoticeKind::Info, words);
        }
    }

    /// Returns how long an order's gate may still answer; none when it waits for nothing.
    pub(super) fn left(&self, order_id: &OrderId) -> Option<Duration> {
        let record = self.snap.orders.get(order_id)?;
        let waiting = record.waiting.as_ref()?;
        Some(waiting.until.since(self.now))
    }

    /// Names an order as a person would.
    pub(super) fn named(&self, order_id: &OrderId) -> String {
        match self.snap.orders.get(order_id) {
            Some(record) => {
                let order = &record.order;
                let kind = order.order_type.as_str().replace('_', " ");
                format!("{} {} {} {kind}", order.side, order.quantity, order.symbol)
            }
            None => format!("order {order_id}"),
        }
    }

    /// Returns the labels of the question's keys.
    pub(super) fn decision_keys(pass: bool) -> [(Action, &'static str); 2] {
        let label = if pass { "let it go" } else { "veto it" };
        [(Action::Pick, label), (Action::Dismiss, "back")]
    }

    /// Returns when the question shows another second; none while it is not open.
    pub(super) fn decision_turns(&self) -> Option<Timestamp> {
        match &self.popup {
            Some(Popup::AskDecide { order_id, .. }) => {
                let left = self.left(order_id)?;
                Some(self.now.plus(format::next_second(left)))
            }
            _ => None,
        }
    }
}
