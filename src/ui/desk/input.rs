//! What comes in from the person: keys, pasted text, the mouse.
//!
//! Keys become actions here and nowhere else. Pasted text types and never acts;
//! the mouse focuses and moves and never trades.

use crossterm::event::{KeyEvent, MouseButton, MouseEvent, MouseEventKind};

use crate::domain::Timestamp;
use crate::ui::action::{Action, Scope};
use crate::ui::desk::popup::Popup;
use crate::ui::desk::{Desk, PORTFOLIO, Reaction};
use crate::ui::keymap::Resolved;
use crate::ui::layout::PaneKind;

impl Desk {
    /// Takes a key.
    pub fn on_key(&mut self, event: KeyEvent, now: Timestamp) -> Reaction {
        self.now = now.max(self.now);
        let scope = self.scope();
        let waited = !self.pending.keys().is_empty();
        let resolved = self.pending.feed(&self.keymap, scope, event);
        if waited || resolved == Resolved::Pending {
            // The list of keys that may follow came, went or changed.
            self.dirty.all = true;
        }
        match resolved {
            Resolved::Action(action) => self.act(action),
            Resolved::Typed(letter) => self.typed(letter),
            Resolved::Pending => Reaction::Done,
            Resolved::Nothing => Reaction::Ignored,
        }
    }

    /// Takes text pasted into the terminal: into a prompt or a ticket's field, never as keys.
    pub fn on_paste(&mut self, text: &str, now: Timestamp) {
        self.now = now.max(self.now);
        if self.popup.is_none() && self.panes.ticket.scope().is_none() {
            return;
        }
        for letter in text.chars().filter(|letter| !letter.is_control()).take(64) {
            self.typed(letter);
        }
    }

    /// Takes the mouse: a click focuses and chooses, the wheel moves.
    pub fn on_mouse(&mut self, event: MouseEvent, now: Timestamp) {
        self.now = now.max(self.now);
        if self.popup.is_some() || self.panes.ticket.is_open() {
            return;
        }
        let at = (event.column, event.row);
        let hit = self
            .placed
            .iter()
            .find(|placed| placed.area.contains(at.into()));
        let Some(kind) = hit.map(|placed| placed.kind) else {
            return;
        };
        match event.kind {
            MouseEventKind::Down(MouseButton::Left) => {
                self.go_to(kind);
                self.choose_line(kind, event.row);
            }
            MouseEventKind::ScrollDown => {
                self.act_on_pane(kind, Action::MoveDown);
            }
            MouseEventKind::ScrollUp => {
                self.act_on_pane(kind, Action::MoveUp);
            }
            _ => {}
        }
    }

    /// Returns where keys are looked up now.
    pub fn scope(&self) -> Scope {
        if matches!(self.popup, Some(Popup::Stage(_))) {
            return Scope::Review;
        }
        if self.popup.as_ref().is_some_and(Popup::takes_keys) {
            return Scope::Popup;
        }
        self.panes.ticket.scope().unwrap_or(self.bare_scope())
    }

    /// Returns where keys are looked up when nothing is open over the desk.
    pub(super) fn bare_scope(&self) -> Scope {
        if self.workspace == PORTFOLIO {
            Scope::Portfolio
        } else {
            Scope::Desk
        }
    }

    fn typed(&mut self, letter: char) -> Reaction {
        if self.too_small() {
            return Reaction::Ignored;
        }
        if matches!(self.popup, Some(Popup::Find)) {
            self.panes.verdicts.typed(letter);
            self.dirty.all = true;
            return Reaction::Done;
        }
        if let Some(Popup::Envelope(_)) = &self.popup
            && let Some(Popup::Envelope(mut editor)) = self.popup.take()
        {
            let step = editor.typed(letter);
            self.dirty.all = true;
            return self.after_step(step, editor);
        }
        if let Some(popup) = self.popup.as_mut() {
            popup.typed(letter);
            self.keep_help_in_sight();
            self.dirty.all = true;
            return Reaction::Done;
        }
        if self.panes.ticket.typed(letter) {
            self.dirty.pane(PaneKind::Ticket);
            return Reaction::Done;
        }
        Reaction::Ignored
    }
}
