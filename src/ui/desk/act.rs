//! What each action does, from the top layer down.

use crate::domain::Side;
use crate::engine::NoticeKind;
use crate::event::Command;
use crate::ui::action::Action;
use crate::ui::desk::detail::Detail;
use crate::ui::desk::editor::{Editor, Step};
use crate::ui::desk::lists::Listed;
use crate::ui::desk::popup::{Chosen, Popup};
use crate::ui::desk::{Desk, PORTFOLIO, Reaction};
use crate::ui::layout::PaneKind;

/// Panes that take the focus, in the order of their numbers being asked for.
const FOCUS: [Action; 9] = [
    Action::Focus1,
    Action::Focus2,
    Action::Focus3,
    Action::Focus4,
    Action::Focus5,
    Action::Focus6,
    Action::Focus7,
    Action::Focus8,
    Action::Focus9,
];

/// Returns the number of the pane an action asks the focus for.
pub(super) fn number_of(action: Action) -> Option<usize> {
    let at = FOCUS.iter().position(|focus| *focus == action)?;
    Some(at + 1)
}

impl Desk {
    /// Does an action, wherever it came from.
    pub(super) fn act(&mut self, action: Action) -> Reaction {
        match action {
            Action::Panic => return self.panic(),
            Action::Lock => return self.lock(),
            Action::Quit => return self.quit(),
            // Nobody means what cannot be seen. What protects and what takes back stays in reach.
            Action::Discard | Action::Unreview | Action::Dismiss => {}
            _ if self.too_small() => return Reaction::Ignored,
            _ => {}
        }
        if self.popup.is_some() {
            return self.act_on_popup(action);
        }
        if self.panes.ticket.is_open() {
            return self.act_on_ticket(action);
        }
        self.act_on_desk(action)
    }

    fn act_on_popup(&mut self, action: Action) -> Reaction {
        self.dirty.all = true;
        let Some(mut popup) = self.popup.take() else {
            return Reaction::Ignored;
        };
        if let Popup::Stage(stage) = popup {
            return self.act_on_stage(action, stage);
        }
        match (action, &popup) {
            (
                Action::PickNext | Action::PickPrevious | Action::Pick | Action::Dismiss,
                Popup::Envelope(_),
            ) => return self.act_on_editor(action, popup),
            (Action::PickNext | Action::PickPrevious, Popup::List { listed, at }) => {
                let at = self.step_list(*listed, *at, action == Action::PickNext);
                popup = Popup::List {
                    listed: *listed,
                    at,
                };
            }
            (Action::PickNext, _) => popup.step(true),
            (Action::PickPrevious, _) => popup.step(false),
            (Action::PopupErase, Popup::Find) => {
                if !self.panes.verdicts.erase() {
                    self.panes.verdicts.filtered(false);
                    return Reaction::Done;
                }
            }
            (Action::PopupErase, _) => {
                if !popup.erase() {
                    return Reaction::Done;
                }
            }
            (Action::Pick, Popup::AskQuit { .. }) => return Reaction::Quit,
            (Action::Pick, Popup::Prompt(_)) => {
                return match popup {
                    Popup::Prompt(prompt) => self.answer(prompt),
                    _ => Reaction::Ignored,
                };
            }
            (
                Action::Pick,
                Popup::AskDecide {
                    order_id,
                    pass,
                    reason,
                },
            ) => return self.decide(order_id.clone(), *pass, reason),
            (Action::Pick | Action::Dismiss, Popup::Find) => {
                self.panes.verdicts.filtered(action == Action::Pick);
                return Reaction::Done;
            }
            (Action::Pick, Popup::List { listed, at }) => return self.pick_row(*listed, *at),
            (Action::Pick, _) => {
                return match popup.chosen() {
                    Chosen::Action(action) => self.act(action),
                    Chosen::Worded(action, words) => self.act_worded(action, &words),
                    Chosen::Symbol(symbol) => {
                        self.choose(symbol);
                        Reaction::Done
                    }
                    Chosen::Nothing => Reaction::Done,
                };
            }
            (Action::Dismiss, _) => return Reaction::Done,
            // The menu lets its keys through to what they are bound to.
            (other, Popup::Menu) => return self.act(other),
            _ => return Reaction::Ignored,
        }
        self.popup = Some(popup);
        self.keep_help_in_sight();
        Reaction::Done
    }

    /// Does what a key means in the form of the limits.
    fn act_on_editor(&mut self, action: Action, popup: Popup) -> Reaction {
        let Popup::Envelope(mut editor) = popup else {
            return Reaction::Ignored;
        };
        let step = match action {
            Action::PickNext | Action::PickPrevious => {
                editor.step(action == Action::PickNext);
                Step::On
            }
            Action::Pick => editor.rehearse(&self.snap, self.now),
            _ => editor.back(),
        };
        self.after_step(step, editor)
    }

    /// Does what a step of the form came to.
    pub(super) fn after_step(&mut self, step: Step, editor: Box<Editor>) -> Reaction {
        match step {
            Step::Close => return Reaction::Done,
            Step::Save(envelope) => return self.save_envelope(envelope),
            Step::Say(words) => self.say(NoticeKind::Refused, words),
            Step::On => {}
        }
        self.open_popup(Popup::Envelope(editor))
    }

    fn act_on_ticket(&mut self, action: Action) -> Reaction {
        self.dirty.pane(PaneKind::Ticket);
        self.dirty.hints = true;
        if action == Action::Send {
            return self.send();
        }
        if let Some((order_id, what)) = self.panes.ticket.cancels(action) {
            // The ticket stays: it is judged again once the venue has confirmed.
            let words = format!("{what}: asked for");
            return self.ask(Command::Cancel { order_id }, &words);
        }
        let reaction = self.act_on_pane(PaneKind::Ticket, action);
        if !self.panes.ticket.is_open() {
            self.arrange();
        }
        reaction
    }

    fn send(&mut self) -> Reaction {
        let blocked = || self.blocks().map(str::to_owned);
        if let Some(why) = self.barred().or_else(blocked) {
            self.panes.ticket.complain(why);
            return Reaction::Done;
        }
        let Some(sent) = self.panes.ticket.send(&self.snap, self.now) else {
            return Reaction::Done;
        };
        let draft = sent.draft;
        let what = if draft.changes.is_some() {
            "change of "
        } else {
            ""
        };
        let words = format!("{what}{} {}", draft.side, draft.symbol);
        match self.sink.send(sent.command) {
            Ok(()) => {
                self.say(NoticeKind::Info, format!("sent: {words}"));
                if let Some((side, quantity)) = draft.then {
                    self.open_sized(draft.symbol, side, quantity);
                }
            }
            Err(why) => self.say(NoticeKind::Refused, format!("not sent: {words}: {why}")),
        }
        self.arrange();
        Reaction::Done
    }

    fn act_on_desk(&mut self, action: Action) -> Reaction {
        if let Some(number) = number_of(action) {
            return self.focus_number(number);
        }
        match action {
            Action::MoveLeft => self.move_across(false),
            Action::MoveRight => self.move_across(true),
            Action::FocusNext => self.focus_step(true),
            Action::FocusPrevious => self.focus_step(false),
            Action::GoWatchlist => self.go(PaneKind::Watchlist),
            Action::GoChart => self.go(PaneKind::Chart),
            Action::GoPositions => self.go(PaneKind::Positions),
            Action::GoOrders => self.go(PaneKind::Orders),
            Action::GoFills => self.go(PaneKind::Fills),
            Action::GoVerdicts => self.go(PaneKind::Verdicts),
            Action::GoLimits => self.go(PaneKind::Limits),
            Action::GoGates => self.go(PaneKind::Gates),
            Action::GoExposures => self.go(PaneKind::Exposures),
            Action::GoDrawdown => self.go(PaneKind::Drawdown),
            Action::GoHistory => self.go(PaneKind::History),
            Action::GoScores => self.go(PaneKind::Scores),
            Action::GoSizers => self.go(PaneKind::Sizers),
            Action::GoAllocators => self.go(PaneKind::Allocators),
            Action::GoTargets => self.go(PaneKind::Targets),
            Action::GoClusters => self.go(PaneKind::Clusters),
            Action::GoFrontier => self.go(PaneKind::Frontier),
            Action::GoBasket => self.go(PaneKind::Basket),
            Action::Back => self.travel(true),
            Action::Forward => self.travel(false),
            Action::Zoom => self.zoom(),
            Action::Filter => self.filter(),
            Action::Details => self.details(),
            Action::Palette => self.open_popup(Popup::palette(&self.keymap)),
            Action::Help => self.open_popup(Popup::Help { first: 0 }),
            Action::Menu => self.open_popup(Popup::Menu),
            Action::CopyRow => self.copy_row(),
            Action::Buy => self.open_ticket(Side::Buy),
            Action::Sell => self.open_ticket(Side::Sell),
            Action::Short => self.open_ticket(Side::Short),
            Action::Modify => self.modify(),
            Action::Cancel => self.cancel(),
            Action::CancelOpening => self.cancel_opening(),
            Action::CloseQuarter => self.close_part(1),
            Action::CloseHalf => self.close_part(2),
            Action::CloseThreeQuarters => self.close_part(3),
            Action::CloseAll => self.close_part(4),
            Action::Reverse => self.reverse(),
            Action::BreakEven => self.break_even(),
            Action::Resume => self.ask_resume(),
            Action::Stage => self.stage(),
            Action::PassOrder => self.ask_decision(true),
            Action::VetoOrder => self.ask_decision(false),
            Action::Halts => self.open_list(Listed::Halts),
            Action::Reconcile => self.open_list(Listed::Compared),
            Action::Envelope | Action::Flow => self.act_worded(action, ""),
            Action::Flatten => self.ask_flatten(),
            Action::Sort => self.act_here_or_on(PaneKind::Watchlist, action),
            Action::ChartInterval => self.act_on_pane(PaneKind::Chart, action),
            Action::ChartStyle => self.act_here_or_on(PaneKind::Chart, action),
            Action::WorkspaceTrade => self.show_workspace(0),
            Action::WorkspaceRisk => self.show_workspace(1),
            Action::WorkspacePortfolio => self.show_workspace(PORTFOLIO),
            Action::CloseView => self.close_view(),
            _ => self.act_on_pane(self.focus, action),
        }
    }

    /// Does on the focused pane what that pane knows, else on the pane whose own it is.
    fn act_here_or_on(&mut self, kind: PaneKind, action: Action) -> Reaction {
        match self.act_on_pane(self.focus, action) {
            Reaction::Ignored => self.act_on_pane(kind, action),
            done => done,
        }
    }

    /// Finds a symbol, or where the verdicts have the focus, narrows them.
    fn filter(&mut self) -> Reaction {
        if self.focus == PaneKind::Verdicts {
            self.panes.verdicts.filter();
            return self.open_popup(Popup::Find);
        }
        self.open_popup(Popup::symbols(&self.snap))
    }

    /// Shows the chosen verdict in full.
    fn details(&mut self) -> Reaction {
        let chosen = self.panes.verdicts.chosen(&self.snap);
        let Some(judgement) = chosen.filter(|_| self.focus == PaneKind::Verdicts) else {
            return Reaction::Ignored;
        };
        let detail = Detail::new(judgement, &self.snap);
        self.open_popup(Popup::Detail(Box::new(detail)))
    }

    pub(super) fn open_popup(&mut self, popup: Popup) -> Reaction {
        self.popup = Some(popup);
        self.dirty.all = true;
        Reaction::Done
    }

    fn go(&mut self, kind: PaneKind) -> Reaction {
        self.go_to(kind);
        Reaction::Done
    }

    fn focus_number(&mut self, number: usize) -> Reaction {
        let found = self
            .placed
            .iter()
            .find(|placed| usize::from(placed.number) == number);
        found
            .map(|placed| placed.kind)
            .map_or(Reaction::Ignored, |kind| self.go(kind))
    }

    fn focus_step(&mut self, forward: bool) -> Reaction {
        let count = self.placed.len();
        let at = self
            .placed
            .iter()
            .position(|placed| placed.kind == self.focus);
        let step = if forward { 1 } else { count.saturating_sub(1) };
        let next = at.map_or(0, |at| (at + step) % count.max(1));
        let kind = self.placed.get(next).map(|placed| placed.kind);
        kind.map_or(Reaction::Ignored, |kind| self.go(kind))
    }

    /// Goes to the nearest pane on one side, measured between their tops.
    fn move_across(&mut self, right: bool) -> Reaction {
        let Some(from) = self
            .placed
            .iter()
            .find(|placed| placed.kind == self.focus)
            .copied()
        else {
            return Reaction::Ignored;
        };
        let beside = self.placed.iter().filter(|placed| {
            if right {
                placed.area.x >= from.area.right()
            } else {
                placed.area.right() <= from.area.x
            }
        });
        let nearest = beside.min_by_key(|placed| {
            let gap = if right {
                placed.area.x
            } else {
                u16::MAX - placed.area.right()
            };
            (placed.area.y.abs_diff(from.area.y), gap)
        });
        nearest
            .map(|placed| placed.kind)
            .map_or(Reaction::Ignored, |kind| self.go(kind))
    }

    fn travel(&mut self, back: bool) -> Reaction {
        let place = if back {
            self.back.pop()
        } else {
            self.forward.pop()
        };
        let Some((kind, symbol)) = place else {
            return Reaction::Ignored;
        };
        let here = (self.focus, self.symbol.clone());
        if back {
            self.forward.push(here);
        } else {
            self.back.push(here);
        }
        self.focus_on(kind);
        if let Some(symbol) = symbol {
            self.choose(symbol);
        }
        Reaction::Done
    }

    fn zoom(&mut self) -> Reaction {
        self.zoomed = !self.zoomed;
        self.arrange();
        Reaction::Done
    }

    pub(super) fn show_workspace(&mut self, workspace: usize) -> Reaction {
        if workspace >= self.settings.layouts.len() || workspace == self.workspace {
            return Reaction::Ignored;
        }
        self.workspace = workspace;
        self.zoomed = false;
        self.arrange();
        let shown = self.placed.iter().any(|placed| placed.kind == self.focus);
        let first = self.placed.first().map(|placed| placed.kind);
        if let Some(kind) = first.filter(|_| !shown) {
            self.focus = kind;
        }
        Reaction::Done
    }

    fn close_view(&mut self) -> Reaction {
        if self.zoomed {
            return self.zoom();
        }
        self.quit()
    }

    fn quit(&mut self) -> Reaction {
        let working = self.snap.orders.live_count();
        let asked = matches!(self.popup, Some(Popup::AskQuit { .. }));
        if working == 0 || asked {
            return Reaction::Quit;
        }
        self.open_popup(Popup::AskQuit { working })
    }

    fn copy_row(&mut self) -> Reaction {
        match self.panes.get(self.focus).copy() {
            Some(text) => {
                self.say(
                    NoticeKind::Done,
                    "row handed to the terminal's clipboard (OSC 52)",
                );
                self.copied = Some(text);
            }
            None => self.say(NoticeKind::Info, "there is no row to copy in this pane"),
        }
        Reaction::Done
    }

    fn lock(&mut self) -> Reaction {
        if self.snap.desk.read_only {
            self.say(NoticeKind::Refused, "this desk was opened view-only");
            return Reaction::Done;
        }
        self.locked = !self.locked;
        self.dirty.all = true;
        let words = if self.locked {
            "locked to view-only: nothing is sent from here but a halt"
        } else {
            "unlocked"
        };
        self.say(NoticeKind::Info, words);
        Reaction::Done
    }

    /// Hands a command over and says what became of that.
    pub(super) fn ask(&mut self, command: Command, words: &str) -> Reaction {
        if let Some(why) = self.barred() {
            self.say(NoticeKind::Refused, why);
            return Reaction::Done;
        }
        match self.sink.send(command) {
            Ok(()) => self.say(NoticeKind::Info, words),
            Err(why) => self.say(NoticeKind::Refused, format!("{words}: not taken: {why}")),
        }
        Reaction::Done
    }
}
