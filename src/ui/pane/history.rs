//! What is halted, by whom, why and since when, what it takes to lift it; and how the limits came to be what they are.
//!
//! Halts first, then the versions of the envelope, newest first, each with what it
//! changed and whether that let more risk in.

use std::sync::Arc;
use std::time::Duration;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;
use smol_str::{SmolStr, format_smolstr};

use crate::domain::Timestamp;
use crate::engine::Snapshot;
use crate::order::risk::{EnvelopeVersion, Standing};
use crate::ui::action::Action;
use crate::ui::format;
use crate::ui::pane::list::Cursor;
use crate::ui::pane::{Pane, Reaction, View};
use crate::ui::widget::grid::{Align, Column, Grid};
use crate::ui::widget::paint::Span;

const COLUMNS: [Column; 3] = [
    Column::new("since", Align::Left, 8, 1),
    Column::new("what", Align::Left, 12, 0),
    Column::new("", Align::Left, 16, 0).stretched(),
];

/// One line.
#[derive(Debug)]
struct Row {
    at: Option<Timestamp>,
    what: (SmolStr, Style),
    text: (SmolStr, Style),
}

/// The pane's own state.
#[derive(Debug)]
pub struct HistoryPane {
    rows: Vec<Row>,
    cursor: Cursor,
    grid: Grid,
    wake: Option<Timestamp>,
}

impl Default for HistoryPane {
    fn default() -> Self {
        Self {
            rows: Vec::new(),
            cursor: Cursor::default(),
            grid: Grid::new(&COLUMNS),
            wake: None,
        }
    }
}

/// Lists the halts in force, and what lifts them.
fn push_halts(rows: &mut Vec<Row>, view: &View<'_>) {
    let theme = view.theme;
    let halts = view.snap.risk.halts();
    if halts.is_empty() {
        rows.push(Row {
            at: None,
            what: (SmolStr::new_static("no halt"), theme.ok()),
            text: (SmolStr::new_static("opening risk is allowed"), theme.dim()),
        });
    }
    for halt in halts {
        rows.push(Row {
            at: Some(halt.status.since),
            what: (SmolStr::new_static("HALT"), theme.deny()),
            text: (
                format_smolstr!("{}: {} ({})", halt.status.target, halt.reason, halt.by),
                theme.text(),
            ),
        });
        rows.push(Row {
            at: None,
            what: (SmolStr::new_static("  is lifted"), theme.dim()),
            text: (lifted(halt), theme.text()),
        });
    }
    push_checklist(rows, view);
    if let Some(flooded) = view.snap.risk.flooded() {
        rows.push(Row {
            at: Some(flooded.at),
            what: (SmolStr::new_static("  refused since"), theme.warn()),
            text: (
                format_smolstr!("{} commands", flooded.refused),
                theme.text(),
            ),
        });
    }
}

/// Says what it takes to lift a halt.
fn lifted(halt: &Standing) -> SmolStr {
    match (halt.period(), &halt.agreed) {
        (Some(period), Some(first)) if period.needs_two() => {
            format_smolstr!("by a second name, {} agreed", first.by)
        }
        (Some(period), _) if period.needs_two() => {
            SmolStr::new_static("by two people, a reason each")
        }
        (Some(_), _) => SmolStr::new_static("next UTC day, with reason"),
        (None, _) => SmolStr::new_static("by a person, with reason"),
    }
}

/// Lists what became of the orders that the newest halt takes back, venue by venue.
fn push_checklist(rows: &mut Vec<Row>, view: &View<'_>) {
    let theme = view.theme;
    let Some(list) = view.snap.checklist(view.now) else {
        return;
    };
    let (mark, style) = if list.is_settled() {
        ("all settled", theme.ok())
    } else {
        ("not settled yet", theme.warn())
    };
    let kept = if list.kept > 0 {
        format_smolstr!("{mark}, {} that reduce kept", list.kept)
    } else {
        SmolStr::new_static(mark)
    };
    rows.push(Row {
        at: Some(list.at),
        what: (SmolStr::new_static("taken back"), theme.bright()),
        text: (kept, style),
    });
    for venue in &list.rows {
        let style = match (venue.is_settled(), venue.unverified) {
            (true, _) => theme.text(),
            (false, 0) => theme.warn(),
            (false, _) => theme.deny(),
        };
        let down = if venue.up { "" } else { ", link down" };
        let text = format_smolstr!(
            "{} sent {} acked {} unverified{down}",
            venue.sent,
            venue.acked,
            venue.unverified
        );
        rows.push(Row {
            at: None,
            what: (format_smolstr!("  {}", venue.broker), theme.dim()),
            text: (text, style),
        });
    }
}

fn push_version(rows: &mut Vec<Row>, version: &EnvelopeVersion, view: &View<'_>) {
    let theme = view.theme;
    let by = match &version.by {
        Some(by) => format_smolstr!("by {by}"),
        None => SmolStr::new_static("by the configuration"),
    };
    rows.push(Row {
        at: Some(version.at),
        what: (
            format_smolstr!("limits v{}", version.version),
            theme.bright(),
        ),
        text: (by, theme.dim()),
    });
    for change in &version.changes {
        let (word, style) = if change.looser {
            (", looser", theme.warn())
        } else {
            ("", theme.text())
        };
        let text = format_smolstr!("{} > {}{word}", change.was, change.now);
        rows.push(Row {
            at: None,
            what: (format_smolstr!("  {}", change.field), theme.dim()),
            text: (text, style),
        });
    }
}

impl Pane for HistoryPane {
    fn act(&mut self, action: Action, _view: &View<'_>) -> Reaction {
        Reaction::when(self.cursor.act(action))
    }

    fn choose_line(&mut self, line: u16, _view: &View<'_>) -> Reaction {
        Reaction::when(self.cursor.choose_line(line))
    }

    fn fit(&mut self, area: Rect, view: &View<'_>) {
        self.rows.clear();
        push_halts(&mut self.rows, view);
        for version in view.snap.risk.versions().iter().rev() {
            push_version(&mut self.rows, version, view);
        }
        // A cancel that nobody answers turns unverified by time alone.
        let open = view.snap.checklist(view.now);
        let second = Duration::from_secs(1);
        self.wake = open
            .filter(|list| !list.is_settled())
            .map(|_| view.now.floor(second).plus(second));
        let room = usize::from(area.height.saturating_sub(2));
        self.cursor.fit(self.rows.len(), room);
        self.grid.clear();
        let today = view.now.day();
        let rows = self.rows.iter().skip(self.cursor.first());
        for row in rows.take(self.cursor.rows()) {
            let at = row.at.map_or(SmolStr::default(), |at| {
                if at.day() == today {
                    format::clock(at)
                } else {
                    format::day(at)
                }
            });
            self.grid.push(at, view.theme.dim());
            self.grid.push(row.what.0.clone(), row.what.1);
            self.grid.push(row.text.0.clone(), row.text.1);
        }
        self.grid.place(area.width);
    }

    fn draw(&self, area: Rect, buf: &mut Buffer, view: &View<'_>) {
        let theme = view.theme;
        let halts = view.snap.risk.halts().len();
        let mut summary = Vec::new();
        if halts > 0 {
            let words = format!("{halts} halted {} ", view.glyphs.dot);
            summary.push(Span::new(words, theme.deny()));
        }
        let versions = view.snap.risk.versions().len();
        let word = if versions == 1 { "version" } else { "versions" };
        summary.push(Span::new(format!("{versions} {word}"), theme.dim()));
        let body = view.open(area, buf, "Halts and limits", &summary);
        let selected = self.cursor.shown().filter(|_| view.focused);
        self.grid.draw(body, buf, &view.table(), selected);
    }

    fn touched(&self, old: &Snapshot, new: &Snapshot) -> bool {
        let swept = new.risk.sweep().is_some();
        !Arc::ptr_eq(&old.risk, &new.risk)
            || (swept && (!Arc::ptr_eq(&old.orders, &new.orders) || old.links != new.links))
    }

    fn wake(&self) -> Option<Timestamp> {
        self.wake
    }

    fn copy(&self) -> Option<String> {
        self.cursor.shown().map(|row| self.grid.row_text(row))
    }
}
