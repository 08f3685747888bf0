//! The envelope as a form: a field a row, typed values, faults beside the field, a rehearsal before it is saved.
//!
//! Owns what was typed and nothing else. What is looser, what is at fault and what
//! the limits would have done is asked of `domain` and `order`. The key that rehearses
//! is not the key that saves.

use std::sync::Arc;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use crate::domain::{EnvelopeChange, EnvelopeField, RiskEnvelope, Timestamp};
use crate::engine::Snapshot;
use crate::order::rehearsal::Rehearsal;
use crate::ui::format;
use crate::ui::glyph::Glyphs;
use crate::ui::theme::Theme;
use crate::ui::widget::paint::{self, Span};

/// The longest value, in bytes.
const VALUE_MOST: usize = 160;
/// Columns of a field's name.
const NAME: u16 = 30;
/// Columns of the value in force.
const FORCE: u16 = 18;

/// One field.
#[derive(Debug)]
struct Row {
    field: EnvelopeField,
    /// As it is in force.
    was: String,
    /// As typed.
    now: String,
    /// What is wrong with what was typed.
    fault: Option<String>,
    looser: bool,
}

/// What would be saved, and what it would do.
#[derive(Debug)]
pub(super) struct Proposed {
    pub(super) envelope: RiskEnvelope,
    changes: Vec<EnvelopeChange>,
    rehearsal: Rehearsal,
    /// Why it would be refused as things stand.
    bars: Option<String>,
}

/// What a key came to.
pub(super) enum Step {
    /// It goes on.
    On,
    /// Something is to be said to the person.
    Say(String),
    /// It is to be put in force.
    Save(Box<RiskEnvelope>),
    /// It is put away.
    Close,
}

/// An envelope being edited.
#[derive(Debug)]
pub(super) struct Editor {
    known: Arc<RiskEnvelope>,
    rows: Vec<Row>,
    at: usize,
    /// The first letter typed on a row begins it anew.
    fresh: bool,
    proposed: Option<Box<Proposed>>,
}

impl Editor {
    /// Opens the limits in force; none before there are any.
    pub(super) fn open(snap: &Snapshot) -> Option<Self> {
        let known = Arc::clone(snap.risk.envelope()?);
        let rows = EnvelopeField::ALL.into_iter().map(|field| {
            let was = field.text(&known);
            Row {
                field,
                now: was.clone(),
                was,
                fault: None,
                looser: false,
            }
        });
        Some(Self {
            rows: rows.collect(),
            known,
            at: 1,
            fresh: true,
            proposed: None,
        })
    }

    /// Fills fields in from a file's text: TOML with the record's keys, or the record as JSON.
    ///
    /// # Errors
    /// In words: the file cannot be read as either, or names a key that is no field.
    pub(super) fn fill(&mut self, text: &str) -> Result<(), String> {
        for (key, value) in values(text)? {
            // They are not a person's to set.
            if matches!(key.as_str(), "fund_id" | "version" | "created_at") {
                continue;
            }
            let row = self.rows.iter_mut().find(|row| row.field.name == key);
            let row = row.ok_or_else(|| format!("'{key}' is no field of an envelope"))?;
            row.now = value;
        }
        for at in 0..self.rows.len() {
            self.check(at);
        }
        // As a person would have typed it, where it is right.
        let made = self.made();
        for row in self.rows.iter_mut().filter(|row| row.fault.is_none()) {
            row.now = row.field.text(&made);
        }
        Ok(())
    }

    /// Returns true while a rehearsal is shown.
    pub(super) fn is_rehearsed(&self) -> bool {
        self.proposed.is_some()
    }

    /// Takes in a letter.
    pub(super) fn typed(&mut self, letter: char) -> Step {
        if let Some(proposed) = &self.proposed {
            return match (letter, &proposed.bars) {
                ('y', None) => Step::Save(Box::new(proposed.envelope.clone())),
                ('y', Some(why)) => Step::Say(why.clone()),
                _ => Step::On,
            };
        }
        let fresh = std::mem::take(&mut self.fresh);
        if let Some(row) = self.rows.get_mut(self.at) {
            if fresh {
                row.now.clear();
            }
            if row.now.len() + letter.len_utf8() <= VALUE_MOST {
                row.now.push(letter);
            }
        }
        self.check(self.at);
        Step::On
    }

    /// Erases a letter, or goes back from the rehearsal.
    pub(super) fn erase(&mut self) {
        if self.proposed.take().is_some() {
            return;
        }
        self.fresh = false;
        if let Some(row) = self.rows.get_mut(self.at) {
            row.now.pop();
        }
        self.check(self.at);
    }

    /// Goes to the next or previous field.
    pub(super) fn step(&mut self, down: bool) {
        if self.proposed.is_some() {
            return;
        }
        let count = self.rows.len().max(1);
        self.at = if down {
            (self.at + 1) % count
        } else {
            (self.at + count - 1) % count
        };
        self.fresh = true;
    }

    /// Goes back a step: from the rehearsal to the fields, from the fields away.
    pub(super) fn back(&mut self) -> Step {
        if self.proposed.take().is_some() {
            Step::On
        } else {
            Step::Close
        }
    }

    /// Rehearses what was typed.
    pub(super) fn rehearse(&mut self, snap: &Snapshot, now: Timestamp) -> Step {
        if self.proposed.is_some() {
            return Step::Say("y puts it in force".to_owned());
        }
        if let Some(at) = self.rows.iter().position(|row| row.fault.is_some()) {
            self.at = at;
            let fault = self.rows.get(at).and_then(|row| row.fault.clone());
            return Step::Say(fault.unwrap_or_default());
        }
        let envelope = RiskEnvelope {
            version: self.known.version.saturating_add(1),
            created_at: now,
            ..self.made()
        };
        let changes = self.known.changes(&envelope);
        if changes.is_empty() {
            return Step::Say("nothing would change".to_owned());
        }
        let looser = changes.iter().any(|change| change.looser);
        let halted = snap.risk.halts().first();
        let bars = halted
            .filter(|_| looser)
            .map(|halt| format!("nothing is loosened while halted: {}", halt.status.trigger));
        self.proposed = Some(Box::new(Proposed {
            rehearsal: snap.books().rehearse(&envelope, now),
            envelope,
            changes,
            bars,
        }));
        Step::On
    }

    /// Returns the envelope of what was typed, as far as it is right.
    fn made(&self) -> RiskEnvelope {
        let mut made = (*self.known).clone();
        for row in self.rows.iter().filter(|row| row.now != row.was) {
            // What is at fault leaves it as it was; whoever saves has looked for faults first.
            let _ = row.field.set(&mut made, &row.now);
        }
        made
    }

    fn check(&mut self, at: usize) {
        let known = &self.known;
        let Some(row) = self.rows.get_mut(at) else {
            return;
        };
        let mut made = (**known).clone();
        row.fault = if row.now == row.was {
            None
        } else {
            row.field.set(&mut made, &row.now).err()
        };
        row.looser = !known.loosened(&made).is_empty();
    }

    /// Paints the form, or the rehearsal.
    pub(super) fn draw(&self, body: Rect, buf: &mut Buffer, theme: &Theme, glyphs: &Glyphs) {
        let width = body.width.min(110);
        let x = body.x + (body.width - width) / 2;
        let area = Rect::new(x, body.y, width, body.height);
        paint::fill(buf, area, theme.bar());
        paint::fill(buf, paint::row(area, 0), theme.strip(true));
        let title = format!(
            "Limits of {} {} v{} in force, this would be v{}",
            self.known.fund_id,
            glyphs.dot,
            self.known.version,
            self.known.version.saturating_add(1)
        );
        let room = area.width.saturating_sub(2);
        paint::text(buf, (area.x + 1, area.y), room, &title, theme.bright());
        match &self.proposed {
            Some(proposed) => {
                proposed.draw(area, buf, theme);
                let words = format!("y puts v{} in force", proposed.envelope.version);
                let foot = area.bottom().saturating_sub(1);
                if proposed.bars.is_none() && foot > area.y {
                    paint::text(buf, (area.x + 1, foot), room, &words, theme.key());
                }
            }
            None => self.draw_fields(area, buf, theme, glyphs),
        }
    }

    fn draw_fields(&self, area: Rect, buf: &mut Buffer, theme: &Theme, glyphs: &Glyphs) {
        let lines = usize::from(area.height.saturating_sub(3)).max(1);
        let first = self.at.saturating_sub(lines - 1);
        let shown = self.rows.iter().enumerate().skip(first).take(lines);
        for ((at, row), line) in shown.zip(area.rows().skip(1)) {
            let (left, right) = (line.x + 1, line.right().saturating_sub(1));
            let chosen = at == self.at;
            if chosen {
                buf.set_style(line, theme.cursor());
                paint::text(buf, (line.x, line.y), 1, glyphs.cursor, theme.accent());
            }
            paint::text(buf, (left, line.y), NAME, row.field.name, theme.text());
            let x = left + NAME + 1;
            paint::text(buf, (x, line.y), FORCE, &row.was, theme.dim());
            let x = x + FORCE + 1;
            let changed = row.now != row.was;
            let style = match (changed, &row.fault, row.looser) {
                (false, _, _) => theme.dim(),
                (true, Some(_), _) => theme.deny(),
                (true, None, true) => theme.warn(),
                (true, None, false) => theme.ok(),
            };
            let mut spans = vec![Span::new(row.now.as_str(), style)];
            if chosen {
                spans.push(Span::new(glyphs.caret, theme.accent()));
            }
            let word = match (changed, &row.fault) {
                (_, Some(fault)) => fault.as_str(),
                (true, None) if row.looser => "looser",
                (true, None) => "tighter or neither",
                (false, None) => "",
            };
            if !word.is_empty() {
                spans.push(Span::new(format!("  {word}"), style));
            }
            paint::spans(buf, (x, line.y), right.saturating_sub(x), &spans);
        }
        // What is wrong with the chosen field is said in full, however narrow the screen.
        let fault = self.rows.get(self.at).and_then(|row| row.fault.as_deref());
        let foot = area.bottom().saturating_sub(1);
        if let Some(fault) = fault.filter(|_| foot > area.y) {
            let room = area.width.saturating_sub(2);
            paint::text(buf, (area.x + 1, foot), room, fault, theme.deny());
        }
    }
}

impl Proposed {
    fn draw(&self, area: Rect, buf: &mut Buffer, theme: &Theme) {
        let mut lines: Vec<Vec<Span<'_>>> = Vec::new();
        for change in &self.changes {
            let (word, style) = if change.looser {
                ("looser", theme.warn())
            } else {
                ("tighter or neither", theme.ok())
            };
            lines.push(vec![
                Span::new(format!("{:<30} ", change.field), theme.text()),
                Span::new(
                    format!("{} -> {}  ", change.was, change.now),
                    theme.bright(),
                ),
                Span::new(word, style),
            ]);
        }
        lines.push(Vec::new());
        let rehearsal = &self.rehearsal;
        let style = if rehearsal.refused.is_empty() {
            theme.ok()
        } else {
            theme.warn()
        };
        lines.push(vec![Span::new(said(rehearsal), style)]);
        for row in rehearsal.refused.iter().take(5) {
            let units = format::quantity(row.quantity);
            lines.push(vec![Span::new(
                format!("  {} {} {units}: {}", row.side, row.symbol, row.code),
                theme.dim(),
            )]);
        }
        if rehearsal.over.is_empty() {
            let words = if rehearsal.valued {
                "the book is within these limits now"
            } else {
                "a mark is missing: whether the book is within these limits is not known"
            };
            lines.push(vec![Span::new(words, theme.dim())]);
        }
        for over in rehearsal.over.iter().take(6) {
            let (value, limit) = (format::money(over.value), format::money(over.limit));
            lines.push(vec![
                Span::new("over now: ", theme.warn()),
                Span::new(
                    format!("{} {value} of {limit} USD", over.what),
                    theme.text(),
                ),
            ]);
        }
        if let Some(why) = &self.bars {
            lines.push(vec![Span::new(why.as_str(), theme.deny())]);
        }
        let room = area.width.saturating_sub(2);
        for (line, row) in lines.iter().zip(area.rows().skip(2)) {
            if row.y + 1 < area.bottom() {
                paint::spans(buf, (row.x + 1, row.y), room, line);
            }
        }
    }
}

/// Says what the rehearsal of today's orders came to.
fn said(rehearsal: &Rehearsal) -> String {
    let (refused, judged) = (rehearsal.refused.len(), rehearsal.judged);
    let words = if judged == 0 {
        "no orders of today to rehearse on".to_owned()
    } else {
        format!("would have refused {refused} of {judged} of today's orders")
    };
    let passed = match rehearsal.passed {
        0 => String::new(),
        passed => format!(", and passed {passed} it refused"),
    };
    let left_out = match rehearsal.left_out {
        0 => String::new(),
        count => format!("; {count} older ones left out"),
    };
    format!("{words}{passed}{left_out}")
}

/// Reads a file's keys and values, each as a person would type it.
fn values(text: &str) -> Result<Vec<(String, String)>, String> {
    let value: serde_json::Value = if text.trim_start().starts_with('{') {
        serde_json::from_str(text).map_err(|why| format!("not valid JSON: {why}"))?
    } else {
        let table: toml::Table = text
            .parse()
            .map_err(|why: toml::de::Error| format!("not valid TOML: {}", why.message()))?;
        serde_json::to_value(table).map_err(|why| why.to_string())?
    };
    let serde_json::Value::Object(all) = value else {
        return Err("expected the fields of an envelope".to_owned());
    };
    all.into_iter()
        .map(|(key, value)| {
            let words = match value {
                serde_json::Value::Null => String::new(),
                serde_json::Value::String(text) => text,
                serde_json::Value::Bool(on) => if on { "on" } else { "off" }.to_owned(),
                serde_json::Value::Number(number) => number.to_string(),
                serde_json::Value::Array(names) => {
                    let names: Option<Vec<&str>> = names.iter().map(|name| name.as_str()).collect();
                    let names = names.ok_or_else(|| format!("{key}: expected names"))?;
                    names.join(", ")
                }
                serde_json::Value::Object(_) => {
                    return Err(format!("{key}: expected a single value"));
                }
            };
            Ok((key, words))
        })
        .collect()
}
