//! Questions with lines to be typed: who lifts a halt and why, a flow, a flatten, a correction.
//!
//! Owns what was typed. What is asked for leaves as a command once the words are
//! there; what it will do is written above the lines.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use crate::domain::{Money, Price, Quantity, Symbol};
use crate::event::Command;
use crate::ui::glyph::Glyphs;
use crate::ui::theme::Theme;
use crate::ui::widget::paint::{self, Span};

/// The longest line, in bytes.
pub(super) const LINE_MOST: usize = 120;
/// What is typed before everything is closed.
pub(super) const FLATTEN_WORD: &str = "FLATTEN";

/// What is asked for.
#[derive(Debug, Clone)]
pub(super) enum Asks {
    /// That a halt be lifted.
    Resume {
        /// Of what.
        target: String,
    },
    /// That money be booked.
    Flow {
        /// How much.
        amount: Money,
    },
    /// That everything be closed.
    Flatten,
    /// That the books be corrected.
    Correct {
        /// Of what.
        symbol: Symbol,
        /// By how much.
        quantity: Quantity,
    },
}

/// One line to be typed.
#[derive(Debug)]
struct Line {
    label: &'static str,
    text: String,
}

/// A question.
#[derive(Debug)]
pub(super) struct Prompt {
    pub(super) asks: Asks,
    title: String,
    /// What it will do, or what stands in its way.
    notes: Vec<String>,
    lines: Vec<Line>,
    at: usize,
}

impl Prompt {
    /// Makes a question; `lines` are labels with what they begin with, the first empty one is typed into.
    pub(super) fn new(
        asks: Asks,
        title: String,
        notes: Vec<String>,
        lines: Vec<(&'static str, String)>,
    ) -> Self {
        let lines: Vec<Line> = lines
            .into_iter()
            .map(|(label, text)| Line { label, text })
            .collect();
        let at = lines.iter().position(|line| line.text.is_empty());
        Self {
            asks,
            title,
            notes,
            at: at.unwrap_or(0),
            lines,
        }
    }

    pub(super) fn typed(&mut self, letter: char) {
        if let Some(line) = self.lines.get_mut(self.at)
            && line.text.len() + letter.len_utf8() <= LINE_MOST
        {
            line.text.push(letter);
        }
    }

    /// Erases the last letter of the line; returns false when there was none.
    pub(super) fn erase(&mut self) -> bool {
        let line = self.lines.get_mut(self.at);
        line.is_some_and(|line| line.text.pop().is_some())
    }

    /// Goes to the next or previous line.
    pub(super) fn step(&mut self, down: bool) {
        let count = self.lines.len().max(1);
        self.at = if down {
            (self.at + 1) % count
        } else {
            (self.at + count - 1) % count
        };
    }

    fn text(&self, at: usize) -> &str {
        self.lines.get(at).map_or("", |line| line.text.trim())
    }

    /// Returns what is asked for in the words typed, and what to say of it.
    ///
    /// # Errors
    /// In words: what is missing.
    pub(super) fn command(&self, actor: &str) -> Result<(Command, String), String> {
        match &self.asks {
            Asks::Resume { target } => {
                let (name, reason) = (self.text(0), self.text(1));
                if name.is_empty() {
                    return Err("still halted: a halt is lifted by somebody with a name".into());
                }
                if reason.is_empty() {
                    return Err("still halted: a halt is lifted with a reason in words".into());
                }
                let command = Command::Resume {
                    target: target.clone(),
                    actor: name.to_owned(),
                    reason: reason.to_owned(),
                };
                Ok((command, format!("asked to lift the halt of {target}")))
            }
            Asks::Flow { amount } => {
                let reason = self.text(0);
                if reason.is_empty() {
                    return Err("not booked: money moves for a reason in words".to_owned());
                }
                let command = Command::Flow {
                    amount_usd: *amount,
                    actor: actor.to_owned(),
                    reason: reason.to_owned(),
                };
                Ok((command, format!("asked to book a flow of {amount} USD")))
            }
            Asks::Flatten => {
                if self.text(0) != FLATTEN_WORD {
                    return Err(format!("nothing is closed: type {FLATTEN_WORD}"));
                }
                let command = Command::Flatten {
                    actor: actor.to_owned(),
                    reason: "flatten by hand".to_owned(),
                };
                Ok((command, "asked to close every position".to_owned()))
            }
            Asks::Correct { symbol, quantity } => {
                let price: Price = self
                    .text(0)
                    .parse()
                    .map_err(|_| format!("price '{}' is not a price", self.text(0)))?;
                let reason = self.text(1);
                if reason.is_empty() {
                    return Err("not booked: the books are corrected for a reason in words".into());
                }
                let command = Command::Correct {
                    symbol: symbol.clone(),
                    quantity: *quantity,
                    price,
                    actor: actor.to_owned(),
                    reason: reason.to_owned(),
                };
                Ok((command, format!("asked to correct {symbol} by {quantity}")))
            }
        }
    }

    /// Returns the rows it takes, the keys at its foot included.
    fn height(&self) -> u16 {
        let count = self.notes.len() + self.lines.len();
        u16::try_from(count).unwrap_or(0).saturating_add(5)
    }

    /// Paints it over `body` with the keys at its foot.
    pub(super) fn draw(
        &self,
        body: Rect,
        buf: &mut Buffer,
        (theme, glyphs): (&Theme, &Glyphs),
        keys: &[Vec<Span<'_>>],
    ) {
        let width = body.width.min(72);
        let height = self.height().min(body.height);
        let x = body.x + (body.width - width) / 2;
        let y = body.y + (body.height - height) / 3;
        let area = Rect::new(x, y, width, height);
        paint::fill(buf, area, theme.bar());
        paint::fill(buf, paint::row(area, 0), theme.strip(true));
        let room = width.saturating_sub(2);
        paint::text(buf, (x + 1, y), room, &self.title, theme.bright());
        let mut rows = area.rows().skip(1);
        for note in &self.notes {
            if let Some(row) = rows.next() {
                paint::text(buf, (row.x + 1, row.y), room, note, theme.text());
            }
        }
        let mut rows = rows.skip(1);
        for (at, line) in self.lines.iter().enumerate() {
            let Some(row) = rows.next() else {
                break;
            };
            let caret = if at == self.at { glyphs.caret } else { "" };
            let spans = [
                Span::new(format!("{} ", line.label), theme.dim()),
                Span::new(line.text.as_str(), theme.bright()),
                Span::new(caret, theme.accent()),
            ];
            // What is being typed is seen at its end.
            let over = paint::spans_width(&spans).saturating_sub(room);
            paint::spans_from(buf, (row.x + 1, row.y), room, &spans, over);
        }
        let foot = (x + 1, area.bottom().saturating_sub(1));
        paint::groups(buf, foot, room, 3, keys);
    }
}
