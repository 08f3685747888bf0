//! The gates in their order: on or off, what passed and what was refused today, how long each takes; and who waits.
//!
//! The pure gates are timed by asking again about each order judged, the ones that
//! ask outside from question to answer. Orders that wait for an answer stand under
//! the table with the time that is left.

use std::sync::Arc;
use std::time::Duration;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;
use smol_str::{SmolStr, format_smolstr};

use crate::base::Spread;
use crate::domain::{GateName, Timestamp};
use crate::engine::Snapshot;
use crate::event::human_veto;
use crate::order::oms::OrderRecord;
use crate::ui::action::Action;
use crate::ui::format;
use crate::ui::pane::list::Cursor;
use crate::ui::pane::{Pane, Reaction, View};
use crate::ui::widget::grid::{Align, Column, Grid};
use crate::ui::widget::paint::{self, Span};

const COLUMNS: [Column; 8] = [
    Column::new("", Align::Right, 2, 4),
    Column::new("gate", Align::Left, 13, 0),
    Column::new("", Align::Left, 9, 1).stretched(),
    Column::new("pass", Align::Right, 5, 0),
    Column::new("refuse", Align::Right, 6, 0),
    Column::new("silent", Align::Right, 6, 5),
    Column::new("p50", Align::Point, 8, 3),
    Column::new("p99", Align::Point, 8, 2),
];

/// Columns of the name of a gate that an order waits for.
const GATE_NAME: u16 = 14;

/// The pane's own state.
#[derive(Debug)]
pub struct GatesPane {
    cursor: Cursor,
    grid: Grid,
    stages: Vec<Stage>,
    wake: Option<Timestamp>,
}

/// One stage of the chain.
#[derive(Debug)]
struct Stage {
    gate: GateName,
    /// Whether and how it is asked, in words; bad when it lets everything or nothing through.
    state: (SmolStr, Tone),
}

/// How a state reads.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Tone {
    Plain,
    Off,
    Warn,
    Stop,
}

impl Default for GatesPane {
    fn default() -> Self {
        Self {
            cursor: Cursor::default(),
            grid: Grid::new(&COLUMNS),
            stages: Vec::new(),
            wake: None,
        }
    }
}

/// Returns a time in its own unit, three digits of it.
fn took(time: Duration, view: &View<'_>) -> SmolStr {
    let nanos = time.as_nanos();
    match nanos {
        0..1_000_000 => {
            let (whole, part) = (nanos / 1000, nanos % 1000 / 10);
            format_smolstr!("{whole}.{part:02}{}", view.glyphs.micro)
        }
        1_000_000..1_000_000_000 => {
            format_smolstr!("{}.{}ms", nanos / 1_000_000, nanos % 1_000_000 / 100_000)
        }
        _ => format_smolstr!(
            "{}.{}s",
            nanos / 1_000_000_000,
            nanos % 1_000_000_000 / 100_000_000
        ),
    }
}

/// Lists the gates in the order they are asked.
fn stages(snap: &Snapshot) -> Vec<Stage> {
    let risk = &snap.risk;
    let envelope = risk.envelope();
    let plain = || (SmolStr::new_static(""), Tone::Plain);
    let words = |text: &'static str, tone| (SmolStr::new_static(text), tone);
    let halted = !risk.halts().is_empty();
    let mut stages: Vec<Stage> = Vec::with_capacity(16);
    let mut push = |gate: GateName, state| stages.push(Stage { gate, state });
    for gate in GateName::DOCUMENTED {
        let state = match gate {
            GateName::CroVeto => continue,
            GateName::DrawdownHalt if halted => words("halted", Tone::Stop),
            GateName::ShortSide if envelope.is_some_and(|it| !it.enable_shorting) => {
                words("no shorts", Tone::Off)
            }
            _ => plain(),
        };
        push(gate, state);
    }
    for gate in risk.gates().settings() {
        push(gate.gate(), words("your own", Tone::Plain));
    }
    let asks = risk.asks();
    for asked in &asks.gates {
        push(asked.gate.clone(), words("asked", Tone::Plain));
    }
    let model = match envelope {
        Some(envelope) if !envelope.cro_veto_enabled => words("off", Tone::Off),
        Some(_) if !asks.model => words("no model", Tone::Warn),
        Some(_) | None => words("asked", Tone::Plain),
    };
    push(GateName::CroVeto, model);
    if asks.person_ms.is_some() {
        push(human_veto(), words("a person", Tone::Plain));
    }
    stages
}

impl GatesPane {
    fn push_stage(&mut self, at: usize, view: &View<'_>) {
        let Some(stage) = self.stages.get(at) else {
            return;
        };
        let theme = view.theme;
        let risk = &view.snap.risk;
        let waits = view.snap.orders.waiting();
        let waits = waits
            .filter(|record| waits_for(record, &stage.gate))
            .count();
        let today = risk.counted_on(view.now.day());
        let tally = risk.tallies().iter();
        let tally = tally
            .clone()
            .find(|tally| today && tally.gate == stage.gate);
        let count = |count: u64, some: Style| {
            let style = if count > 0 { some } else { theme.faint() };
            (format_smolstr!("{count}"), style)
        };
        let (state, tone) = &stage.state;
        let (state, style) = match (waits, tone) {
            (0, Tone::Plain) => (state.clone(), theme.dim()),
            (0, Tone::Off) => (state.clone(), theme.faint()),
            (0, Tone::Warn) => (state.clone(), theme.warn()),
            (0, Tone::Stop) => (state.clone(), theme.deny()),
            (waits, _) => (format_smolstr!("{waits} wait"), theme.warn()),
        };
        let name = if *tone == Tone::Off {
            theme.dim()
        } else {
            theme.text()
        };
        self.grid.push(format_smolstr!("{}", at + 1), theme.faint());
        self.grid.push(stage.gate.as_str(), name);
        self.grid.push(state, style);
        for (number, some) in [
            (tally.map_or(0, |tally| tally.passed), theme.text()),
            (tally.map_or(0, |tally| tally.refused), theme.deny()),
            (tally.map_or(0, |tally| tally.unanswered), theme.warn()),
        ] {
            let (text, style) = count(number, some);
            self.grid.push(text, style);
        }
        let spread = view.snap.timings.of(&stage.gate);
        self.push_times(spread, view);
    }

    fn push_all(&mut self, view: &View<'_>) {
        let theme = view.theme;
        let (approved, refused) = counts(view);
        self.grid.push("", theme.faint());
        self.grid.push("all", theme.bright());
        self.grid.push("", theme.faint());
        self.grid
            .push(format_smolstr!("{approved}"), theme.bright());
        self.grid.push(format_smolstr!("{refused}"), theme.bright());
        self.grid.push("", theme.faint());
        self.push_times(view.snap.timings.all, view);
    }

    fn push_times(&mut self, spread: Option<Spread>, view: &View<'_>) {
        let unknown = SmolStr::new_static(view.glyphs.unknown);
        let text = |time: Option<Duration>| time.map_or(unknown.clone(), |time| took(time, view));
        let p50 = text(spread.map(|spread| spread.p50));
        let p99 = text(spread.map(|spread| spread.p99));
        self.grid.push(p50, view.theme.dim());
        self.grid.push(p99, view.theme.dim());
    }

    /// Paints who waits, the one whose time is over first at the top.
    fn draw_waiting(area: Rect, buf: &mut Buffer, view: &View<'_>) {
        let theme = view.theme;
        let mut waiting: Vec<&Arc<OrderRecord>> = view.snap.orders.waiting().collect();
        waiting.sort_by_key(|record| record.waiting.as_ref().map(|waiting| waiting.until));
        let room = usize::from(area.height);
        let shown = if waiting.len() > room {
            room.saturating_sub(1)
        } else {
            waiting.len()
        };
        for (record, line) in waiting.iter().take(shown).zip(area.rows()) {
            let Some(waiting) = &record.waiting else {
                continue;
            };
            let left = waiting.until.since(view.now);
            let text = format!("{} s left", format::seconds_left(left));
            let style = if left < Duration::from_secs(5) {
                theme.deny()
            } else {
                theme.warn()
            };
            let end = line.right().saturating_sub(1);
            paint::text_right(buf, (end, line.y), 10, &text, style);
            let x = line.x.saturating_add(1);
            let room = end.saturating_sub(x).saturating_sub(11);
            let x2 = paint::text(
                buf,
                (x, line.y),
                room.min(GATE_NAME),
                waiting.gate.as_str(),
                theme.info(),
            );
            let at = x2.saturating_add(1).max(x.saturating_add(GATE_NAME + 1));
            let order = &record.order;
            let quantity = format::quantity(order.quantity);
            let words = format!("{} {} {quantity}", order.symbol, order.side);
            let room = end.saturating_sub(11).saturating_sub(at);
            let cut = (words.as_str(), view.glyphs.more);
            paint::text_cut(buf, (at, line.y), room, cut, theme.text());
        }
        if shown < waiting.len() {
            let y = area.y + u16::try_from(shown).unwrap_or(0);
            let words = format!("{} more wait", waiting.len() - shown);
            paint::text(buf, (area.x + 1, y), area.width, &words, theme.warn());
        }
    }
}

fn waits_for(record: &OrderRecord, gate: &GateName) -> bool {
    let waiting = record.waiting.as_ref();
    waiting.is_some_and(|waiting| waiting.gate == *gate)
}

/// Returns what was approved and refused today; what was counted yesterday is not today's.
pub(super) fn counts(view: &View<'_>) -> (u64, u64) {
    let risk = &view.snap.risk;
    if risk.counted_on(view.now.day()) {
        risk.counts()
    } else {
        (0, 0)
    }
}

/// Returns the lines of an area that are for those that wait: no more than half.
fn waiting_lines(area: Rect, waiting: usize) -> u16 {
    let most = area.height / 2;
    u16::try_from(waiting).unwrap_or(u16::MAX).min(most)
}

impl Pane for GatesPane {
    fn act(&mut self, action: Action, _view: &View<'_>) -> Reaction {
        Reaction::when(self.cursor.act(action))
    }

    fn choose_line(&mut self, line: u16, _view: &View<'_>) -> Reaction {
        Reaction::when(self.cursor.choose_line(line))
    }

    fn fit(&mut self, area: Rect, view: &View<'_>) {
        self.stages = stages(view.snap);
        let waiting = view.snap.orders.waiting_count();
        let below = waiting_lines(area, waiting);
        let room = area.height.saturating_sub(2).saturating_sub(below);
        let count = self.stages.len() + 1;
        self.cursor.fit(count, usize::from(room));
        self.grid.clear();
        let first = self.cursor.first();
        for at in first..(first + self.cursor.rows()).min(count) {
            if at < self.stages.len() {
                self.push_stage(at, view);
            } else {
                self.push_all(view);
            }
        }
        self.grid.place(area.width);
        let left = view.snap.orders.waiting();
        let left = left.filter_map(|record| Some(record.waiting.as_ref()?.until.since(view.now)));
        let turns = left.map(|left| view.now.plus(format::next_second(left)));
        self.wake = turns.min();
    }

    fn draw(&self, area: Rect, buf: &mut Buffer, view: &View<'_>) {
        let theme = view.theme;
        let mut summary = Vec::new();
        let waiting = view.snap.orders.waiting_count();
        if waiting > 0 {
            let words = format!("{waiting} waiting {} ", view.glyphs.dot);
            summary.push(Span::new(words, theme.warn()));
        }
        let gates = self.stages.len();
        summary.push(Span::new(format!("{gates} gates"), theme.dim()));
        let body = view.open(area, buf, "Gates", &summary);
        let below = waiting_lines(area, waiting).min(body.height);
        let table = Rect::new(body.x, body.y, body.width, body.height - below);
        let selected = self.cursor.shown().filter(|_| view.focused);
        self.grid.draw(table, buf, &view.table(), selected);
        let foot = Rect::new(body.x, table.bottom(), body.width, below);
        Self::draw_waiting(foot, buf, view);
    }

    fn touched(&self, old: &Snapshot, new: &Snapshot) -> bool {
        !Arc::ptr_eq(&old.risk, &new.risk)
            || !Arc::ptr_eq(&old.orders, &new.orders)
            || !Arc::ptr_eq(&old.timings, &new.timings)
    }

    fn wake(&self) -> Option<Timestamp> {
        self.wake
    }

    fn copy(&self) -> Option<String> {
        self.cursor.shown().map(|row| self.grid.row_text(row))
    }
}
