//! What new facts and passing time change on the screen.
//!
//! Marks what must be painted again and nothing else; a still desk asks to be
//! woken only for what time alone makes look different.

use std::sync::Arc;
use std::time::Duration;

use crate::domain::Timestamp;
use crate::engine::{NoticeKind, Snapshot};
use crate::ui::desk::{Desk, Message};
use crate::ui::layout::PaneKind;

/// How long a message stands in the bottom line.
const MESSAGE_FOR: Duration = Duration::from_secs(6);
/// How long after the last change the clock still shows seconds; a still desk writes nothing.
const SECONDS_FOR: Duration = Duration::from_secs(5);
impl Desk {
    /// Takes a new snapshot; only panes it touches are painted again.
    pub fn on_snapshot(&mut self, snap: Arc<Snapshot>) {
        self.now = snap.at.max(self.now);
        let old = std::mem::replace(&mut self.snap, snap);
        let books = !Arc::ptr_eq(&old.ledger, &self.snap.ledger);
        if books || !Arc::ptr_eq(&old.market, &self.snap.market) {
            let before = std::mem::replace(&mut self.value, self.snap.valuation());
            self.dirty.header |= before.nav_usd != self.value.nav_usd
                || before.gross_usd != self.value.gross_usd
                || before.day_usd != self.value.day_usd;
        }
        self.dirty.header |= old.links != self.snap.links
            || old.stats.quotes_per_s != self.snap.stats.quotes_per_s
            || old.stats.conflated_per_s != self.snap.stats.conflated_per_s
            || old.stats.gates_ns != self.snap.stats.gates_ns
            || old.stopped != self.snap.stopped
            || old.risk.halts() != self.snap.risk.halts()
            || old.risk.flooded() != self.snap.risk.flooded();
        if self.symbol.is_none() {
            let first = self.snap.market.cells().first();
            self.symbol = first.map(|cell| cell.symbol().clone());
            self.dirty.all |= self.symbol.is_some();
        }
        // Whatever a person waits for is shown at once; prices alone at each pane's own pace.
        let prices = !books
            && Arc::ptr_eq(&old.orders, &self.snap.orders)
            && Arc::ptr_eq(&old.risk, &self.snap.risk);
        for placed in &self.placed {
            let pane = self.panes.get(placed.kind);
            let touched = pane.touched(&old, &self.snap);
            if touched && (!prices || self.pace.allows(placed.kind, pane.calm(), self.now)) {
                self.dirty.pane(placed.kind);
            }
        }
        // Hints name what can be done with what is held and what works.
        self.dirty.hints |= !Arc::ptr_eq(&old.orders, &self.snap.orders)
            || !Arc::ptr_eq(&old.risk, &self.snap.risk)
            || books
            || old.study.is_some() != self.snap.study.is_some()
            || old.stopped != self.snap.stopped;
        self.unblock();
        self.take_notices(&old);
        self.tell_settled();
        self.drop_decided();
        self.on_tick(self.now);
    }

    fn take_notices(&mut self, old: &Snapshot) {
        // Not by their time: a fill of a recording carries the recording's.
        if Arc::ptr_eq(&old.notices, &self.snap.notices) {
            return;
        }
        let Some(newest) = self.snap.notices.last() else {
            return;
        };
        let (kind, text) = (newest.kind, newest.text.clone());
        self.rung |= kind != NoticeKind::Info;
        self.say(kind, text);
    }

    /// Takes that frames do not reach the person, or do again: nothing is sent on what nobody saw.
    pub fn on_blind(&mut self, blind: bool) {
        if self.blind != blind {
            self.blind = blind;
            self.dirty.all = true;
        }
    }

    /// Puts a message into the bottom line for a while.
    pub fn say(&mut self, kind: NoticeKind, text: impl Into<String>) {
        let until = self.now.plus(MESSAGE_FOR);
        self.message = Some(Message {
            kind,
            text: text.into(),
            until,
        });
        self.dirty.hints = true;
    }

    /// Takes the time: clocks, ages, messages and brightened figures follow it.
    pub fn on_tick(&mut self, now: Timestamp) {
        self.now = now.max(self.now);
        let shown = self.shown_tick();
        if shown != self.ticked {
            self.ticked = shown;
            self.dirty.header = true;
            // A price that has just gone stale says so; only its row differs, and the frame finds it.
            if self
                .placed
                .iter()
                .any(|placed| placed.kind == PaneKind::Watchlist)
            {
                self.dirty.pane(PaneKind::Watchlist);
            }
            if self.panes.ticket.is_open() {
                self.dirty.pane(PaneKind::Ticket);
            }
        }
        self.dirty.all |= self.open_checklist().is_some();
        if self
            .message
            .as_ref()
            .is_some_and(|message| message.until <= self.now)
        {
            self.message = None;
            self.dirty.hints = true;
        }
        if self.decides_until.is_some_and(|due| due <= self.now) {
            self.dirty.all = true;
        }
        self.decides_until = self.decision_turns();
        let placed = &self.placed;
        self.pace
            .keep(|kind| placed.iter().any(|placed| placed.kind == kind));
        for kind in self.pace.due(self.now) {
            self.dirty.pane(kind);
        }
        for placed in &self.placed {
            let due = self.panes.get(placed.kind).wake();
            if due.is_some_and(|due| due <= self.now) {
                self.dirty.pane(placed.kind);
            }
        }
    }

    pub(super) fn shows_seconds(&self) -> bool {
        // An open ticket shows the age of its quote.
        self.panes.ticket.is_open() || self.now.since(self.snap.at) < SECONDS_FOR
    }

    fn shown_tick(&self) -> i64 {
        let second = self.now.as_us().div_euclid(1_000_000);
        if self.shows_seconds() {
            second
        } else {
            second.div_euclid(60) * 60 - 1
        }
    }

    /// Returns when the screen differs by time alone.
    pub fn next_wake(&self, now: Timestamp) -> Option<Timestamp> {
        let step = Duration::from_secs(if self.shows_seconds() { 1 } else { 60 });
        let clock = Some(now.floor(step).plus(step));
        let message = self.message.as_ref().map(|message| message.until);
        let panes = self
            .placed
            .iter()
            .map(|placed| self.panes.get(placed.kind).wake());
        // A cancel that nobody answers turns unverified by time alone.
        let second = Duration::from_secs(1);
        let open = self
            .open_checklist()
            .map(|_| now.floor(second).plus(second));
        let due = panes
            .chain([clock, message, open, self.decision_turns()])
            .chain([self.pace.next()])
            .flatten();
        // What is due already waits a moment, so that nothing spins.
        due.map(|at| at.max(now.plus(Duration::from_millis(50))))
            .min()
    }
}
