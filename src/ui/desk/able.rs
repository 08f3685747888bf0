//! What can be done now: one answer for hints, the menu and the words of a refusal.
//!
//! Reads the desk and changes nothing. Stopping risk is never barred here; whether
//! an order passes is the gates' business, not this file's.

use crate::order::oms::OrderRecord;
use crate::ui::action::Action;
use crate::ui::desk::act::number_of;
use crate::ui::desk::popup::Popup;
use crate::ui::desk::prompt::{Asks, Prompt};
use crate::ui::desk::{Desk, PORTFOLIO};
use crate::ui::layout::PaneKind;
use crate::ui::pane::pretty;

/// Keys the bottom line names on the bare desk, the most wanted first.
const DESK_HINTS: [Action; 22] = [
    Action::Stage,
    Action::Resume,
    Action::Halts,
    Action::PassOrder,
    Action::VetoOrder,
    Action::Buy,
    Action::Sell,
    Action::CloseAll,
    Action::Cancel,
    Action::Details,
    Action::Help,
    Action::Filter,
    Action::Palette,
    Action::Menu,
    Action::ChartInterval,
    Action::Sort,
    Action::ChartStyle,
    Action::Zoom,
    Action::CopyRow,
    Action::Lock,
    Action::Panic,
    Action::CloseView,
];

/// Returns the keys of a question, in its own words.
pub(super) fn prompt_keys(prompt: &Prompt) -> [(Action, &'static str); 2] {
    let does = match prompt.asks {
        Asks::Resume { .. } => "lift the halt",
        Asks::Flow { .. } => "book it",
        Asks::Flatten => "close everything",
        Asks::Correct { .. } => "correct the books",
    };
    [(Action::Pick, does), (Action::Dismiss, "back")]
}

impl Desk {
    /// Returns why nothing can be sent from here, in words; nothing when it can.
    pub(super) fn barred(&self) -> Option<String> {
        if let Some(why) = &self.snap.stopped {
            return Some(format!("trading is stopped: {why}"));
        }
        if self.snap.desk.read_only {
            return Some("this desk was opened view-only".to_owned());
        }
        if self.blind {
            return Some("the terminal stands still: what it shows is old".to_owned());
        }
        let key = pretty(&self.keymap.key_of(Action::Lock));
        self.locked
            .then(|| format!("the desk is locked to view-only: {key} unlocks it"))
    }

    /// Returns the chosen order while it works.
    pub(super) fn chosen_live(&self) -> Option<&OrderRecord> {
        let id = self.chosen_order()?;
        let record = self.snap.orders.get(&id)?;
        record.is_live().then_some(&**record)
    }

    /// Returns the chosen order while it works or waits.
    pub(super) fn chosen_open(&self) -> Option<&OrderRecord> {
        let id = self.chosen_order()?;
        let record = self.snap.orders.get(&id)?;
        (record.is_live() || record.waiting.is_some()).then_some(&**record)
    }

    /// Returns true when an action of the bare desk would do something now.
    pub(super) fn works(&self, action: Action) -> bool {
        let free = self.barred().is_none();
        let symbol = self.symbol.as_ref();
        if self.keymap.is_shadowed(self.bare_scope(), action) {
            return false;
        }
        match action {
            Action::Buy | Action::Sell | Action::Short => free && symbol.is_some(),
            Action::Modify => free && self.chosen_live().is_some(),
            Action::Cancel => free && self.chosen_open().is_some(),
            Action::PassOrder => free && self.deciding(true).is_some(),
            Action::VetoOrder => free && self.deciding(false).is_some(),
            Action::CancelOpening => {
                let mut live = self.snap.orders.live();
                free && live.any(|record| Some(&record.order.symbol) == symbol)
            }
            Action::CloseQuarter
            | Action::CloseHalf
            | Action::CloseThreeQuarters
            | Action::CloseAll
            | Action::Reverse
            | Action::BreakEven => {
                free && symbol.is_some_and(|symbol| !self.held(symbol).is_zero())
            }
            Action::Resume => free && !self.snap.risk.halts().is_empty(),
            Action::Details => {
                let verdicts = self.focus == PaneKind::Verdicts;
                verdicts && self.panes.verdicts.chosen(&self.snap).is_some()
            }
            Action::Envelope | Action::Flow => free,
            Action::Flatten => {
                free && !self.snap.risk.halts().is_empty() && !self.value.rows.is_empty()
            }
            Action::Halts => !self.snap.risk.halts().is_empty(),
            // It has one key here and is the one that lifts halts elsewhere.
            Action::Stage => free && self.has_targets(),
            Action::Lock => !self.snap.desk.read_only,
            Action::Back => !self.back.is_empty(),
            Action::Forward => !self.forward.is_empty(),
            Action::CopyRow => self.panes.get(self.focus).copy().is_some(),
            Action::ChartInterval => self.shows(PaneKind::Chart),
            Action::ChartStyle => {
                let two = matches!(self.focus, PaneKind::Allocators | PaneKind::Clusters);
                two || self.shows(PaneKind::Chart)
            }
            Action::WorkspaceTrade => self.workspace != 0,
            Action::WorkspaceRisk => self.workspace != 1,
            Action::WorkspacePortfolio => self.workspace != PORTFOLIO,
            other => number_of(other).is_none_or(|number| number <= self.placed.len()),
        }
    }

    fn shows(&self, kind: PaneKind) -> bool {
        self.placed.iter().any(|placed| placed.kind == kind)
    }

    /// Returns the actions the bottom line names, each in the words that fit here.
    pub(super) fn hinted(&self) -> Vec<(Action, &'static str)> {
        let plain = |action: Action| (action, action.spec().label);
        if !self.pending.keys().is_empty() {
            // What may follow is listed above the line.
            return vec![(Action::Dismiss, "back")];
        }
        match (&self.popup, self.panes.ticket.is_open()) {
            (Some(Popup::Find), _) => vec![
                (Action::Pick, "keep the filter"),
                (Action::Dismiss, "show all"),
            ],
            (Some(Popup::Help { .. } | Popup::Detail(_)), _) => {
                vec![(Action::PickNext, "scroll"), (Action::Dismiss, "close")]
            }
            (Some(Popup::AskQuit { .. }), _) => {
                vec![(Action::Pick, "leave"), (Action::Dismiss, "stay")]
            }
            (Some(Popup::Prompt(prompt)), _) => prompt_keys(prompt).to_vec(),
            (Some(Popup::Envelope(editor)), _) if editor.is_rehearsed() => {
                vec![(Action::Dismiss, "back to the fields")]
            }
            (Some(Popup::Envelope(_)), _) => vec![
                (Action::Pick, "rehearse"),
                (Action::PickNext, "next field"),
                (Action::Dismiss, "put away"),
            ],
            (Some(Popup::Stage(_)), _) => vec![
                (Action::Send, "send what goes now"),
                (Action::ReviewDown, "scroll"),
                (Action::Unreview, "back, nothing is sent"),
            ],
            (Some(Popup::List { .. }), _) => vec![
                (Action::Pick, "settle"),
                (Action::PickNext, "next"),
                (Action::Dismiss, "close"),
            ],
            (Some(Popup::AskDecide { pass, .. }), _) => Self::decision_keys(*pass).to_vec(),
            (Some(Popup::Palette { .. } | Popup::Symbols { .. }), _) => {
                [Action::Pick, Action::PickNext, Action::Dismiss]
                    .map(plain)
                    .to_vec()
            }
            (Some(Popup::Menu) | None, false) => DESK_HINTS
                .into_iter()
                .filter(|action| self.works(*action) && self.is_worth_a_hint(*action))
                .map(|action| (action, self.label(action)))
                .collect(),
            (Some(Popup::Menu) | None, true) => self
                .panes
                .ticket
                .hints()
                .iter()
                .copied()
                .map(plain)
                .collect(),
        }
    }

    /// Returns false for what the bottom line leaves to the menu here.
    fn is_worth_a_hint(&self, action: Action) -> bool {
        match action {
            // Where another key lifts the halt, nothing else is named first.
            Action::Halts => self.keymap.is_shadowed(self.bare_scope(), Action::Resume),
            Action::Sort | Action::ChartStyle => self.workspace == PORTFOLIO,
            _ => true,
        }
    }

    /// Returns true when there are targets to close the drift to.
    fn has_targets(&self) -> bool {
        let study = self.snap.study.as_ref();
        study.is_some_and(|study| study.targets.iter().any(Option::is_some))
    }

    fn label(&self, action: Action) -> &'static str {
        match action {
            Action::CloseAll => "close all",
            Action::ChartStyle if self.focus == PaneKind::Allocators => "risk or weights",
            Action::ChartStyle if self.focus == PaneKind::Clusters => "map or tree",
            Action::Lock if self.locked => "unlock",
            Action::Zoom | Action::CloseView if self.zoomed => "unzoom",
            _ => action.spec().label,
        }
    }
}
