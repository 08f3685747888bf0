//! The desk: panes, focus, the chosen symbol, the open ticket and what lies over them.
//!
//! Takes keys, snapshots, sizes and time; gives commands to a sink and cells to a
//! frame. Layers get an action from the top down: popup, ticket, pane. Keeps the
//! last snapshot to see which panes a new one touches, and repaints only those.
//! Owns nothing that would hurt to lose.

mod able;
mod act;
mod ask;
mod checklist;
mod close;
mod decide;
mod detail;
mod editor;
mod fresh;
mod input;
mod lists;
mod pace;
mod paint;
mod panes;
mod popup;
mod prompt;
mod stage;

use std::sync::Arc;

use ratatui::layout::Rect;

use crate::base::IdSource;
use crate::domain::{StrategyId, Symbol, Timestamp};
use crate::engine::{NoticeKind, Snapshot};
use crate::event::Command;
use crate::order::basket::BasketSettings;
use crate::order::checklist::Checklist;
use crate::order::ledger::Valuation;
use crate::ui::action::Action;
use crate::ui::desk::panes::Panes;
use crate::ui::desk::popup::Popup;
use crate::ui::glyph::Glyphs;
use crate::ui::keymap::{Keymap, Pending};
use crate::ui::layout::{Layout, PaneKind, Placed, Situation};
use crate::ui::pane::ticket::{Slip, TicketPane};
use crate::ui::pane::{Pane, Reaction as PaneReaction, View};
use crate::ui::theme::Theme;

/// Where commands go. Refusing is visible, never silent.
pub trait CommandSink: std::fmt::Debug {
    /// Hands a command over.
    ///
    /// # Errors
    /// When it cannot be taken, in words for the person.
    fn send(&mut self, command: Command) -> Result<(), String>;
}

/// What a person set.
#[derive(Debug, Clone)]
pub struct DeskSettings {
    /// Who trades, for the journal.
    pub actor: String,
    /// What orders are booked under.
    pub strategy_id: StrategyId,
    /// What a new ticket's type is.
    pub order_type: crate::domain::OrderType,
    /// What a new ticket's time in force is.
    pub tif: crate::domain::TimeInForce,
    /// How far the touch may move between review and send.
    pub slip: Slip,
    /// Whether changed figures brighten for a moment.
    pub motion: bool,
    /// Marks.
    pub glyphs: Glyphs,
    /// The workspaces, the first one shows.
    pub layouts: Vec<Layout>,
    /// What baskets are made with.
    pub basket: BasketSettings,
    /// Reads a file that a person names.
    pub read_file: ReadFile,
}

/// Reads a small text file; the screen itself touches no disk. Errors are words for the person.
pub type ReadFile = fn(&str) -> Result<String, String>;

/// What came of a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reaction {
    /// Nothing.
    Ignored,
    /// Something may look different.
    Done,
    /// The person leaves.
    Quit,
}

/// A line for the person, and until when it stands.
#[derive(Debug, Clone)]
struct Message {
    kind: NoticeKind,
    text: String,
    until: Timestamp,
}

/// What must be painted again.
#[derive(Debug, Clone, Default)]
struct Dirty {
    all: bool,
    header: bool,
    hints: bool,
    panes: Vec<PaneKind>,
}

impl Dirty {
    fn pane(&mut self, kind: PaneKind) {
        if !self.panes.contains(&kind) {
            self.panes.push(kind);
        }
    }

    fn any(&self) -> bool {
        self.all || self.header || self.hints || !self.panes.is_empty()
    }
}

/// Where the Portfolio workspace stands among the shipped ones.
const PORTFOLIO: usize = 2;
/// Places remembered for going back.
const HISTORY_MOST: usize = 64;

/// The desk.
#[derive(Debug)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is a thing of its own that is so or not"
)]
pub struct Desk {
    settings: DeskSettings,
    theme: Theme,
    keymap: Keymap,
    ids: Arc<dyn IdSource>,
    sink: Box<dyn CommandSink>,
    panes: Panes,
    snap: Arc<Snapshot>,
    value: Valuation,
    now: Timestamp,
    screen: Rect,
    workspace: usize,
    placed: Vec<Placed>,
    focus: PaneKind,
    zoomed: bool,
    symbol: Option<Symbol>,
    back: Vec<(PaneKind, Option<Symbol>)>,
    forward: Vec<(PaneKind, Option<Symbol>)>,
    pending: Pending,
    popup: Option<Popup>,
    message: Option<Message>,
    /// When the question about an order that waits shows another second.
    decides_until: Option<Timestamp>,
    locked: bool,
    /// The panic key was pressed and the fund's halt is not seen yet.
    blocked: bool,
    /// The newest halt whose orders have all ended.
    settled: Option<String>,
    /// The terminal does not take frames: what it shows is not what is.
    blind: bool,
    dirty: Dirty,
    pace: pace::Pace,
    /// The second or minute the header shows.
    ticked: i64,
    copied: Option<String>,
    /// Something was said that a person should hear of.
    rung: bool,
}

impl Desk {
    /// Makes the desk over its first snapshot; nothing is painted before [`Desk::on_resize`].
    pub fn new(
        settings: DeskSettings,
        theme: Theme,
        keymap: Keymap,
        ids: Arc<dyn IdSource>,
        sink: Box<dyn CommandSink>,
        snap: Arc<Snapshot>,
    ) -> Self {
        let panes = Panes::new(&settings);
        let symbol = snap
            .market
            .cells()
            .first()
            .map(|cell| cell.symbol().clone());
        let locked = snap.desk.read_only;
        let settled = snap.checklist(snap.at).filter(Checklist::is_settled);
        Self {
            theme,
            keymap,
            ids,
            sink,
            panes,
            value: snap.valuation(),
            now: snap.at,
            screen: Rect::ZERO,
            workspace: 0,
            placed: Vec::new(),
            focus: PaneKind::Watchlist,
            zoomed: false,
            symbol,
            back: Vec::new(),
            forward: Vec::new(),
            pending: Pending::default(),
            popup: None,
            message: None,
            decides_until: None,
            locked,
            blocked: false,
            settled: settled.map(|list| list.halt_id),
            blind: false,
            dirty: Dirty {
                all: true,
                ..Dirty::default()
            },
            pace: pace::Pace::default(),
            ticked: i64::MIN,
            copied: None,
            rung: false,
            snap,
            settings,
        }
    }

    /// Returns true when a frame would show something new.
    pub fn dirty(&self) -> bool {
        self.dirty.any()
    }

    /// Returns the chosen symbol.
    pub fn symbol(&self) -> Option<&Symbol> {
        self.symbol.as_ref()
    }

    /// Returns the focused pane.
    pub fn focus(&self) -> PaneKind {
        self.focus
    }

    /// Returns the ticket.
    pub fn ticket(&self) -> &TicketPane {
        &self.panes.ticket
    }

    /// Takes out the text last copied, for the terminal's clipboard.
    pub fn take_copied(&mut self) -> Option<String> {
        self.copied.take()
    }

    /// Returns true once after a fill, a refusal or an alarm: what a bell is for.
    pub fn take_rung(&mut self) -> bool {
        std::mem::take(&mut self.rung)
    }

    /// Shows the workspace of that name, where there is one.
    pub fn show_layout(&mut self, name: &str) {
        let named = |layout: &Layout| layout.title().eq_ignore_ascii_case(name);
        if let Some(at) = self.settings.layouts.iter().position(named) {
            self.show_workspace(at);
        }
    }

    /// Takes another theme and repaints.
    pub fn set_theme(&mut self, theme: Theme) {
        self.theme = theme;
        self.dirty.all = true;
    }

    /// Takes another keymap.
    pub fn set_keymap(&mut self, keymap: Keymap) {
        self.keymap = keymap;
        self.pending.clear();
        self.dirty.all = true;
    }

    /// Takes a new size and repaints everything.
    pub fn on_resize(&mut self, width: u16, height: u16) {
        self.screen = Rect::new(0, 0, width, height);
        self.arrange();
    }

    fn act_on_pane(&mut self, kind: PaneKind, action: Action) -> Reaction {
        self.with_pane(kind, |pane, view| pane.act(action, view))
    }

    /// Chooses the row of a pane that stands on a line of the screen.
    fn choose_line(&mut self, kind: PaneKind, line: u16) -> Reaction {
        let placed = self.placed.iter().find(|placed| placed.kind == kind);
        let Some(line) = placed.and_then(|placed| line.checked_sub(placed.area.y)) else {
            return Reaction::Ignored;
        };
        self.with_pane(kind, |pane, view| pane.choose_line(line, view))
    }

    fn with_pane(
        &mut self,
        kind: PaneKind,
        act: impl FnOnce(&mut dyn Pane, &View<'_>) -> PaneReaction,
    ) -> Reaction {
        let placed = self.placed.iter().find(|placed| placed.kind == kind);
        let number = placed.map_or(0, |placed| placed.number);
        let view = View {
            snap: &self.snap,
            value: &self.value,
            now: self.now,
            theme: &self.theme,
            glyphs: &self.settings.glyphs,
            keys: &self.keymap,
            scope: self.bare_scope(),
            symbol: self.symbol.as_ref(),
            focused: self.focus == kind,
            number,
        };
        match act(self.panes.get_mut(kind), &view) {
            PaneReaction::Ignored => Reaction::Ignored,
            PaneReaction::Done => {
                self.dirty.pane(kind);
                Reaction::Done
            }
            PaneReaction::Select(symbol) => {
                self.dirty.pane(kind);
                self.choose(symbol);
                Reaction::Done
            }
        }
    }

    fn choose(&mut self, symbol: Symbol) {
        if self.symbol.as_ref() == Some(&symbol) {
            return;
        }
        self.symbol = Some(symbol);
        self.dirty.hints = true;
        for kind in [
            PaneKind::Watchlist,
            PaneKind::Chart,
            PaneKind::Ticket,
            PaneKind::Limits,
            PaneKind::Scores,
            PaneKind::Sizers,
            PaneKind::Allocators,
            PaneKind::Targets,
            PaneKind::Clusters,
            PaneKind::Frontier,
            PaneKind::Basket,
        ] {
            self.dirty.pane(kind);
        }
    }

    /// Moves focus and remembers where it was.
    fn go_to(&mut self, kind: PaneKind) {
        if self.focus == kind {
            return;
        }
        self.back.push((self.focus, self.symbol.clone()));
        if self.back.len() > HISTORY_MOST {
            self.back.remove(0);
        }
        self.forward.clear();
        self.focus_on(kind);
    }

    fn focus_on(&mut self, kind: PaneKind) {
        self.dirty.pane(self.focus);
        self.dirty.pane(kind);
        self.dirty.hints = true;
        self.focus = kind;
        let shown = self.placed.iter().any(|placed| placed.kind == kind);
        if self.zoomed || !shown {
            // A pane that has no room here is shown alone.
            self.zoomed = self.zoomed || !shown;
            self.arrange();
        }
    }

    fn situation(&self) -> Situation {
        let ticket = self.panes.ticket.is_open();
        Situation {
            ticket,
            zoomed: self.zoomed.then_some(self.focus).filter(|_| !ticket),
        }
    }

    fn arrange(&mut self) {
        let situation = self.situation();
        let layout = self.settings.layouts.get(self.workspace);
        self.placed = layout.map_or_else(Vec::new, |layout| layout.place(self.screen, situation));
        self.dirty.all = true;
    }
}
