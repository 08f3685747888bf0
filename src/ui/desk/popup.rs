//! What lies over the desk: the palette, the symbol finder, help, the menu, questions.

use crate::domain::{OrderId, Symbol};
use crate::engine::Snapshot;
use crate::ui::action::{Action, Scope};
use crate::ui::desk::detail::Detail;
use crate::ui::desk::editor::Editor;
use crate::ui::desk::lists::Listed;
use crate::ui::desk::prompt::{LINE_MOST, Prompt};
use crate::ui::desk::stage::Stage;
use crate::ui::format;
use crate::ui::keymap::Keymap;
use crate::ui::widget::picker::{Entry, Picker};

/// Something open over the desk.
#[derive(Debug)]
pub(super) enum Popup {
    /// Every action by name.
    Palette {
        picker: Picker,
        actions: Vec<Action>,
    },
    /// Every symbol.
    Symbols {
        picker: Picker,
        symbols: Vec<Symbol>,
    },
    /// Every key, from a scrolled line on.
    Help { first: usize },
    /// What can be done here; the next key does it.
    Menu,
    /// Whether to leave although orders work.
    AskQuit { working: usize },
    /// A verdict in full.
    Detail(Box<Detail>),
    /// The verdicts' filter, which the pane itself shows.
    Find,
    /// Whether an order that waits is passed, or why it is vetoed, as typed so far.
    AskDecide {
        order_id: OrderId,
        pass: bool,
        reason: String,
    },
    /// A question with lines to be typed.
    Prompt(Box<Prompt>),
    /// The basket under review.
    Stage(Box<Stage>),
    /// The limits as a form.
    Envelope(Box<Editor>),
    /// A list read from the snapshot, and the chosen row.
    List { listed: Listed, at: usize },
}

/// What came of choosing an entry.
pub(super) enum Chosen {
    /// An action.
    Action(Action),
    /// An action and the words typed behind it.
    Worded(Action, String),
    /// A symbol.
    Symbol(Symbol),
    /// Nothing matched.
    Nothing,
}

impl Popup {
    /// Makes the palette: every action but those that only make sense in a prompt.
    pub(super) fn palette(keymap: &Keymap) -> Self {
        let usable = |scope| matches!(scope, Scope::Desk | Scope::Portfolio | Scope::Always);
        let rows = Action::TABLE.iter().filter(|spec| usable(spec.scope));
        let mut entries = Vec::new();
        let mut actions = Vec::new();
        for spec in rows {
            actions.push(spec.action);
            entries.push(Entry {
                name: spec.name.replace('_', " "),
                doc: spec.doc.to_owned(),
                hint: keymap.key_of(spec.action),
                alias: alias(spec.action),
            });
        }
        Self::Palette {
            picker: Picker::new(":", entries),
            actions,
        }
    }

    /// Makes the symbol finder.
    pub(super) fn symbols(snap: &Snapshot) -> Self {
        let mut entries = Vec::new();
        let mut symbols = Vec::new();
        for cell in snap.market.cells().iter() {
            symbols.push(cell.symbol().clone());
            let decimals = cell.instrument().map_or(2, |known| known.price_decimals());
            let price = cell
                .mid()
                .map(|mid| format::price(mid, decimals).to_string());
            entries.push(Entry {
                name: cell.symbol().to_string(),
                doc: cell.name().to_string(),
                hint: price.unwrap_or_default(),
                alias: "",
            });
        }
        Self::Symbols {
            picker: Picker::new("/", entries),
            symbols,
        }
    }

    /// Returns true when keys are looked up as in a list; the menu lets them through.
    pub(super) fn takes_keys(&self) -> bool {
        !matches!(self, Self::Menu)
    }

    pub(super) fn typed(&mut self, letter: char) {
        match self {
            Self::Palette { picker, .. } | Self::Symbols { picker, .. } => picker.typed(letter),
            Self::Help { first } if matches!(letter, 'j' | ' ') => *first = first.saturating_add(1),
            Self::Help { first } if letter == 'k' => *first = first.saturating_sub(1),
            Self::Detail(detail) if matches!(letter, 'j' | 'k') => detail.step(letter == 'j'),
            Self::AskDecide { reason, .. } if reason.len() < LINE_MOST => reason.push(letter),
            Self::Prompt(prompt) => prompt.typed(letter),
            // What it comes to is the desk's to do.
            Self::Envelope(_)
            | Self::Stage(_)
            | Self::List { .. }
            | Self::Help { .. }
            | Self::Detail(_)
            | Self::Find
            | Self::Menu
            | Self::AskQuit { .. }
            | Self::AskDecide { .. } => {}
        }
    }

    /// Erases the last character; returns false when there was none, which closes the list.
    pub(super) fn erase(&mut self) -> bool {
        match self {
            Self::Palette { picker, .. } | Self::Symbols { picker, .. } => picker.erase(),
            Self::AskDecide { reason, .. } => reason.pop().is_some(),
            Self::Prompt(prompt) => prompt.erase(),
            Self::Envelope(editor) => {
                editor.erase();
                true
            }
            Self::List { .. }
            | Self::Stage(_)
            | Self::Help { .. }
            | Self::Detail(_)
            | Self::Find
            | Self::Menu
            | Self::AskQuit { .. } => false,
        }
    }

    pub(super) fn step(&mut self, down: bool) {
        match self {
            Self::Palette { picker, .. } | Self::Symbols { picker, .. } => picker.step(down),
            Self::Help { first } => {
                *first = if down {
                    first.saturating_add(1)
                } else {
                    first.saturating_sub(1)
                };
            }
            Self::Detail(detail) => detail.step(down),
            Self::Prompt(prompt) => prompt.step(down),
            Self::Envelope(editor) => editor.step(down),
            Self::Find
            | Self::Stage(_)
            | Self::List { .. }
            | Self::Menu
            | Self::AskQuit { .. }
            | Self::AskDecide { .. } => {}
        }
    }

    pub(super) fn chosen(&self) -> Chosen {
        match self {
            Self::Palette { picker, actions } => {
                let action = picker.chosen().and_then(|at| actions.get(at)).copied();
                match (action, picker.words()) {
                    (Some(action), Some(words)) if action.takes_words() => {
                        Chosen::Worded(action, words.to_owned())
                    }
                    (Some(action), _) => Chosen::Action(action),
                    (None, _) => Chosen::Nothing,
                }
            }
            Self::Symbols { picker, symbols } => picker
                .chosen()
                .and_then(|at| symbols.get(at))
                .map_or(Chosen::Nothing, |symbol| Chosen::Symbol(symbol.clone())),
            Self::Prompt(_)
            | Self::Stage(_)
            | Self::Envelope(_)
            | Self::List { .. }
            | Self::Help { .. }
            | Self::Detail(_)
            | Self::Find
            | Self::Menu
            | Self::AskQuit { .. }
            | Self::AskDecide { .. } => Chosen::Nothing,
        }
    }
}

/// Returns the short form typed after `:` for a few actions.
fn alias(action: Action) -> &'static str {
    match action {
        Action::Quit => "q",
        Action::Help => "h",
        Action::Panic => "panic",
        _ => "",
    }
}
