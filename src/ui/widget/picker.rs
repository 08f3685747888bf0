//! A list that narrows as one types: the palette, the symbol finder.
//!
//! Owns the query, the matches and the cursor. What the entries mean is the
//! caller's; an entry whose alias is typed exactly stands first.

use nucleo_matcher::pattern::{AtomKind, CaseMatching, Normalization, Pattern};
use nucleo_matcher::{Config, Matcher, Utf32Str};
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;

use crate::ui::widget::paint;

/// One entry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// What is matched and shown first.
    pub name: String,
    /// What it means.
    pub doc: String,
    /// Shown at the right: a key, a price.
    pub hint: String,
    /// A short form that stands first when typed exactly.
    pub alias: &'static str,
}

/// Styles of the list.
#[derive(Debug, Clone, Copy)]
pub struct Look {
    /// Its ground.
    pub ground: Style,
    /// The ground of the line typed into.
    pub strip: Style,
    /// The line typed into.
    pub query: Style,
    /// Names.
    pub name: Style,
    /// Meanings.
    pub doc: Style,
    /// What stands at the right.
    pub hint: Style,
    /// Ground of the chosen entry.
    pub cursor: Style,
    /// The mark before it.
    pub mark: Style,
    /// The mark and the text cursor.
    pub glyphs: (&'static str, &'static str),
}

/// The longest query; more is not taken in.
const QUERY_MOST: usize = 160;

/// A list being narrowed.
#[derive(Debug)]
pub struct Picker {
    /// What it asks for.
    prompt: &'static str,
    entries: Vec<Entry>,
    query: String,
    matches: Vec<usize>,
    chosen: usize,
    matcher: Matcher,
}

impl Picker {
    /// Makes a list over `entries`, all of them matching.
    pub fn new(prompt: &'static str, entries: Vec<Entry>) -> Self {
        let matches = (0..entries.len()).collect();
        Self {
            prompt,
            entries,
            query: String::new(),
            matches,
            chosen: 0,
            matcher: Matcher::new(Config::DEFAULT),
        }
    }

    /// Takes in a typed character.
    pub fn typed(&mut self, letter: char) {
        if self.query.len() < QUERY_MOST {
            self.query.push(letter);
            self.narrow();
        }
    }

    /// Erases the last character; returns false when there was none.
    pub fn erase(&mut self) -> bool {
        let erased = self.query.pop().is_some();
        self.narrow();
        erased
    }

    /// Returns what was typed.
    pub fn query(&self) -> &str {
        &self.query
    }

    /// Returns what was typed behind an entry's whole name, when one was.
    pub fn words(&self) -> Option<&str> {
        let (head, words) = self.query.split_once(' ')?;
        self.named(head).map(|_| words)
    }

    /// Returns the entry that has exactly this name or alias.
    fn named(&self, name: &str) -> Option<usize> {
        let is = |entry: &Entry| {
            entry.name.eq_ignore_ascii_case(name) || entry.alias.eq_ignore_ascii_case(name)
        };
        self.entries.iter().position(is)
    }

    /// Moves the cursor by one entry, around the ends.
    pub fn step(&mut self, down: bool) {
        let count = self.matches.len().max(1);
        self.chosen = if down {
            (self.chosen + 1) % count
        } else {
            (self.chosen + count - 1) % count
        };
    }

    /// Returns the index of the chosen entry, as given to [`Picker::new`].
    pub fn chosen(&self) -> Option<usize> {
        self.matches.get(self.chosen).copied()
    }

    fn narrow(&mut self) {
        self.chosen = 0;
        if self.query.is_empty() {
            self.matches = (0..self.entries.len()).collect();
            return;
        }
        let head = self.query.split_once(' ').map(|(head, _)| head);
        if let Some(at) = head.and_then(|head| self.named(head)) {
            // A name with words behind it.
            self.matches = vec![at];
            return;
        }
        let pattern = Pattern::parse(&self.query, CaseMatching::Ignore, Normalization::Smart);
        // Any few letters are scattered somewhere in a sentence; there only whole words say something.
        let words = Pattern::new(
            &self.query,
            CaseMatching::Ignore,
            Normalization::Smart,
            AtomKind::Substring,
        );
        let mut buffer = Vec::new();
        let mut scored: Vec<(u32, usize)> = Vec::new();
        for (at, entry) in self.entries.iter().enumerate() {
            if !entry.alias.is_empty() && entry.alias.eq_ignore_ascii_case(&self.query) {
                scored.push((u32::MAX, at));
                continue;
            }
            let name = pattern.score(Utf32Str::new(&entry.name, &mut buffer), &mut self.matcher);
            let doc = words.score(Utf32Str::new(&entry.doc, &mut buffer), &mut self.matcher);
            // A name says more than its explanation.
            let score = name.map(|score| score.saturating_mul(2)).max(doc);
            scored.extend(score.map(|score| (score, at)));
        }
        scored.sort_by_key(|(score, at)| (std::cmp::Reverse(*score), *at));
        self.matches = scored.into_iter().map(|(_, at)| at).collect();
    }

    /// Returns the rectangle the list takes over `area`.
    pub fn place(area: Rect) -> Rect {
        let width = area.width.min(84);
        let height = area.height.min(20);
        let x = area.x + (area.width - width) / 2;
        let y = area.y + (area.height - height) / 4;
        Rect::new(x, y, width, height)
    }

    /// Paints the list.
    pub fn draw(&self, area: Rect, buf: &mut Buffer, look: &Look) {
        paint::fill(buf, area, look.ground);
        let top = paint::row(area, 0);
        paint::fill(buf, top, look.strip);
        let (left, right) = (area.x.saturating_add(1), area.right().saturating_sub(1));
        let room = |x: u16| right.saturating_sub(x);
        let x = paint::text(buf, (left, area.y), room(left), self.prompt, look.hint);
        let x = x.saturating_add(1);
        let x = paint::text(buf, (x, area.y), room(x), &self.query, look.query);
        paint::text(buf, (x, area.y), room(x), look.glyphs.1, look.mark);
        let count = format!("{} of {}", self.matches.len(), self.entries.len());
        paint::text_right(buf, (right, area.y), 14.min(room(left)), &count, look.doc);
        if self.matches.is_empty() {
            let line = paint::row(area, 1);
            paint::text(
                buf,
                (left, line.y),
                room(left),
                "nothing matches; backspace widens",
                look.doc,
            );
        }
        let rows = usize::from(area.height.saturating_sub(1)).max(1);
        let first = self.chosen.saturating_sub(rows - 1);
        let shown = self.matches.iter().skip(first).zip(area.rows().skip(1));
        for (at, (entry, line)) in shown.enumerate() {
            if let Some(entry) = self.entries.get(*entry) {
                draw_entry(line, buf, entry, look);
            }
            if first + at == self.chosen {
                buf.set_style(line, look.cursor);
                paint::text(buf, (line.x, line.y), 1, look.glyphs.0, look.mark);
            }
        }
    }
}

fn draw_entry(line: Rect, buf: &mut Buffer, entry: &Entry, look: &Look) {
    let right = line.right().saturating_sub(1);
    let left = line.x.saturating_add(1);
    let hint = paint::width(&entry.hint);
    let end = right.saturating_sub(hint).saturating_sub(1);
    let x = paint::text(
        buf,
        (left, line.y),
        end.saturating_sub(left),
        &entry.name,
        look.name,
    );
    let x = x.saturating_add(2).max(left.saturating_add(23));
    paint::text(
        buf,
        (x, line.y),
        end.saturating_sub(x),
        &entry.doc,
        look.doc,
    );
    paint::text_right(
        buf,
        (right, line.y),
        hint.min(right - line.x.min(right)),
        &entry.hint,
        look.hint,
    );
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(name: &str, alias: &'static str) -> Entry {
        Entry {
            name: name.into(),
            doc: String::new(),
            hint: String::new(),
            alias,
        }
    }

    #[test]
    fn typing_narrows_and_an_alias_stands_first() {
        let names = [
            entry("equity curve", ""),
            entry("quit", "q"),
            entry("cancel", ""),
        ];
        let mut picker = Picker::new(":", names.to_vec());
        assert_eq!(picker.chosen(), Some(0));
        picker.typed('q');
        assert_eq!(picker.chosen(), Some(1));
        picker.typed('z');
        assert_eq!(picker.chosen(), None);
        picker.erase();
        picker.erase();
        assert!(!picker.erase());
        picker.step(false);
        assert_eq!(picker.chosen(), Some(2));
        picker.step(true);
        assert_eq!(picker.chosen(), Some(0));
    }
    #[test]
    fn a_query_takes_no_more_than_its_most() {
        let mut picker = Picker::new(":", vec![entry("quit", "q")]);
        for _ in 0..1000 {
            picker.typed('é');
        }
        assert_eq!(picker.query().len(), QUERY_MOST);
    }
}
