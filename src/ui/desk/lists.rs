//! Lists over the desk that are read from the snapshot as they are painted: halts, and journal, venue, desk.
//!
//! A list owns its cursor and nothing else. What Enter does with a row is asked in a
//! prompt first.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use crate::engine::NoticeKind;
use crate::order::compare::{Held, Row};
use crate::order::risk::Standing;
use crate::ui::desk::popup::Popup;
use crate::ui::desk::prompt::{Asks, Prompt};
use crate::ui::desk::{Desk, Reaction};
use crate::ui::format;
use crate::ui::widget::paint::{self, Span};

/// Which list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Listed {
    /// What is halted.
    Halts,
    /// Journal, venue and desk side by side.
    Compared,
}

/// Columns of a symbol, and of each of the three.
const SYMBOL: u16 = 12;
const COLUMN: u16 = 20;

type Lines<'a> = Vec<Vec<Span<'a>>>;

impl Desk {
    /// Opens a list on its first row.
    pub(super) fn open_list(&mut self, listed: Listed) -> Reaction {
        self.open_popup(Popup::List { listed, at: 0 })
    }

    /// Returns how many rows a list has.
    fn rows_of(&self, listed: Listed) -> usize {
        match listed {
            Listed::Halts => self.snap.risk.halts().len(),
            Listed::Compared => self.snap.compared(self.now).len(),
        }
    }

    /// Moves the cursor of a list.
    pub(super) fn step_list(&self, listed: Listed, at: usize, down: bool) -> usize {
        let last = self.rows_of(listed).saturating_sub(1);
        if down {
            at.saturating_add(1).min(last)
        } else {
            at.saturating_sub(1)
        }
    }

    /// Does what Enter means on a row of a list.
    pub(super) fn pick_row(&mut self, listed: Listed, at: usize) -> Reaction {
        match listed {
            Listed::Halts => {
                let halt = self.snap.risk.halts().get(at);
                let target = halt.map(|halt| halt.status.target.clone());
                target.map_or(Reaction::Done, |target| self.ask_resume_of(target))
            }
            Listed::Compared => {
                let row = self.snap.compared(self.now).into_iter().nth(at);
                row.map_or(Reaction::Done, |row| self.ask_correct(row))
            }
        }
    }

    fn ask_correct(&mut self, row: Row) -> Reaction {
        let listed = Listed::Compared;
        let (symbol, lock) = (row.symbol.clone(), row.lock.clone());
        match row.settles {
            None => {
                self.say(
                    NoticeKind::Info,
                    format!("{symbol}: nothing is in question"),
                );
                self.open_list(listed)
            }
            // Orders that others work: a person looks at them and lifts the lock by hand.
            Some(Err(_))
                if row
                    .venue
                    .is_some_and(|venue| venue.position == row.journal.position) =>
            {
                self.ask_resume_of(symbol.to_string())
            }
            Some(Err(why)) => {
                self.say(NoticeKind::Refused, format!("{symbol}: {why}"));
                self.open_list(listed)
            }
            Some(Ok(proposal)) => {
                let units = proposal.quantity;
                let notes = vec![
                    lock.map_or_else(String::new, |(why, _)| why),
                    format!("books {units} {symbol} by your name, at {}:", proposal.from),
                ];
                let lines = vec![
                    ("price ", proposal.price.to_string()),
                    ("reason", String::new()),
                ];
                let asks = Asks::Correct {
                    symbol: symbol.clone(),
                    quantity: units,
                };
                let title = format!("Correct the books of {symbol}?");
                self.open_popup(Popup::Prompt(Box::new(Prompt::new(
                    asks, title, notes, lines,
                ))))
            }
        }
    }

    /// Paints a list.
    pub(super) fn paint_list(&self, body: Rect, buf: &mut Buffer, listed: Listed, at: usize) {
        let theme = &self.theme;
        let width = body.width.min(100);
        let area = Rect::new(
            body.x + (body.width - width) / 2,
            body.y,
            width,
            body.height,
        );
        let (title, rows) = match listed {
            Listed::Halts => ("What is halted", self.halt_rows()),
            Listed::Compared => ("Journal, venue, desk", self.compared_rows()),
        };
        let lines: usize = rows.iter().map(Vec::len).sum();
        let height = u16::try_from(lines).unwrap_or(u16::MAX).saturating_add(3);
        let area = Rect::new(area.x, area.y, width, height.max(4).min(body.height));
        paint::fill(buf, area, theme.bar());
        paint::fill(buf, paint::row(area, 0), theme.strip(true));
        let room = width.saturating_sub(2);
        paint::text(buf, (area.x + 1, area.y), room, title, theme.bright());
        if listed == Listed::Compared {
            self.compared_heading(area, buf);
        }
        if rows.is_empty() {
            let words = match listed {
                Listed::Halts => "nothing is halted",
                Listed::Compared => "nothing is held, works or is stated",
            };
            paint::text(buf, (area.x + 1, area.y + 2), room, words, theme.dim());
        }
        let mut free = area.rows().skip(2);
        // The chosen row is in sight: what comes before it makes room.
        let fits = usize::from(area.height.saturating_sub(2)) / 2;
        let first = at.saturating_sub(fits.saturating_sub(1));
        for (index, row) in rows.iter().enumerate().skip(first) {
            for (nth, line) in row.iter().enumerate() {
                let Some(place) = free.next() else {
                    return;
                };
                if index == at && nth == 0 {
                    buf.set_style(place, theme.cursor());
                    let mark = self.settings.glyphs.cursor;
                    paint::text(buf, (place.x, place.y), 1, mark, theme.accent());
                }
                paint::spans(buf, (place.x + 1, place.y), room, line);
            }
        }
    }

    fn halt_rows(&self) -> Vec<Lines<'_>> {
        let halts = self.snap.risk.halts().iter();
        halts.map(|halt| self.halt_lines(halt)).collect()
    }

    fn halt_lines<'a>(&'a self, halt: &'a Standing) -> Lines<'a> {
        let theme = &self.theme;
        let since = format!(
            "{} {}",
            format::day(halt.status.since),
            format::clock(halt.status.since)
        );
        let head = vec![
            Span::new(format!("{} ", target_of(halt)), theme.bright()),
            Span::new(halt.reason.as_str(), theme.text()),
        ];
        let who = vec![
            Span::new(format!("  by {} since {since}; ", halt.by), theme.dim()),
            Span::new(needs(halt), theme.warn()),
        ];
        vec![head, who]
    }

    fn compared_heading(&self, area: Rect, buf: &mut Buffer) {
        let theme = &self.theme;
        let stated = self.snap.stated.as_ref();
        let stated = stated.map_or_else(
            || "venue: nothing yet".to_owned(),
            |stated| format!("venue {}", format::clock(stated.at)),
        );
        let x = area.x + 1 + SYMBOL;
        for (n, words) in ["journal", &stated, "desk"].into_iter().enumerate() {
            let at = x + COLUMN * u16::try_from(n).unwrap_or(0);
            paint::text(buf, (at, area.y + 1), COLUMN, words, theme.faint());
        }
    }

    fn compared_rows(&self) -> Vec<Lines<'_>> {
        let theme = &self.theme;
        let unknown = self.settings.glyphs.unknown;
        let rows = self.snap.compared(self.now).into_iter();
        rows.map(|row| {
            let differs = |held: Option<Held>| held.is_some_and(|held| held != row.journal);
            let style = |held| {
                if differs(held) {
                    theme.deny()
                } else {
                    theme.text()
                }
            };
            let cell = |held: Option<Held>| held.map_or_else(|| unknown.to_owned(), held_words);
            let wide = usize::from(COLUMN);
            let mut lines = vec![vec![
                Span::new(
                    format!("{:<1$}", row.symbol, usize::from(SYMBOL)),
                    theme.text(),
                ),
                Span::new(format!("{:<wide$}", held_words(row.journal)), theme.text()),
                Span::new(format!("{:<wide$}", cell(row.venue)), style(row.venue)),
                Span::new(cell(Some(row.desk)), style(Some(row.desk))),
            ]];
            if let Some((why, lifted)) = &row.lock {
                let word = if *lifted { "lifted" } else { "locked" };
                let next = match &row.settles {
                    Some(Ok(proposal)) => {
                        format!("book {} at {}", proposal.quantity, proposal.price)
                    }
                    Some(Err(why)) => why.clone(),
                    None => String::new(),
                };
                lines.push(vec![
                    Span::new(format!("  {word}: {why}; "), theme.warn()),
                    Span::new(next, theme.dim()),
                ]);
            }
            lines
        })
        .collect()
    }
}

/// Returns the words for what a halt covers.
pub(super) fn target_of(halt: &Standing) -> &str {
    if halt.status.target.is_empty() {
        "firm"
    } else {
        &halt.status.target
    }
}

/// Says what it takes to lift a halt.
pub(super) fn needs(halt: &Standing) -> String {
    match (halt.period(), &halt.agreed) {
        (None, _) => "a name and a reason lift it".to_owned(),
        (Some(period), Some(first)) => format!(
            "{} agreed, a second name lifts the lost {}",
            first.by,
            period.as_str()
        ),
        (Some(period), None) if period.needs_two() => {
            format!("a lost {}: two names lift it", period.as_str())
        }
        (Some(_), None) => "a lost day: lifted from the next UTC day on".to_owned(),
    }
}

/// Writes what is held, and what works where something does.
fn held_words(held: Held) -> String {
    let position = format::quantity(held.position);
    if held.buys.is_zero() && held.sells.is_zero() {
        return position.to_string();
    }
    let (buys, sells) = (format::quantity(held.buys), format::quantity(held.sells));
    format!("{position} (+{buys} -{sells})")
}
