//! The cursor of a list: which row is chosen and which one is the first to show.

use crate::ui::action::Action;

/// A place in a list of known length.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Cursor {
    at: usize,
    first: usize,
    rows: usize,
    count: usize,
}

impl Cursor {
    /// Returns the chosen row, counted over the whole list.
    pub fn at(&self) -> usize {
        self.at
    }

    /// Returns the first row that shows.
    pub fn first(&self) -> usize {
        self.first
    }

    /// Returns how many rows show at most.
    pub fn rows(&self) -> usize {
        self.rows
    }

    /// Returns the chosen row among those that show; none in an empty list.
    pub fn shown(&self) -> Option<usize> {
        (self.count > 0).then(|| self.at.saturating_sub(self.first))
    }

    /// Chooses a row.
    pub fn choose(&mut self, at: usize) {
        self.at = at;
    }

    /// Chooses the row on a line of its pane: a strip, headings, then rows. Returns false where none is.
    pub fn choose_line(&mut self, line: u16) -> bool {
        let Some(row) = usize::from(line).checked_sub(2) else {
            return false;
        };
        let at = self.first + row;
        let there = row < self.rows && at < self.count;
        if there {
            self.at = at;
        }
        there
    }

    /// Takes the length of the list and the room for it; keeps the chosen row in sight.
    pub fn fit(&mut self, count: usize, rows: usize) {
        self.count = count;
        self.rows = rows;
        self.at = self.at.min(count.saturating_sub(1));
        let last = count.saturating_sub(rows);
        self.first = self.first.min(last).min(self.at);
        if self.at >= self.first + rows.max(1) {
            self.first = self.at + 1 - rows.max(1);
        }
    }

    /// Takes a move; returns false for actions that are none.
    pub fn act(&mut self, action: Action) -> bool {
        let last = self.count.saturating_sub(1);
        let page = self.rows.max(2) - 1;
        self.at = match action {
            Action::MoveDown => self.at.saturating_add(1).min(last),
            Action::MoveUp => self.at.saturating_sub(1),
            Action::PageDown => self.at.saturating_add(page).min(last),
            Action::PageUp => self.at.saturating_sub(page),
            Action::MoveTop => 0,
            Action::MoveBottom => last,
            _ => return false,
        };
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_chosen_row_stays_in_bounds_and_in_sight() {
        let mut cursor = Cursor::default();
        cursor.fit(10, 4);
        assert!(cursor.act(Action::MoveBottom));
        cursor.fit(10, 4);
        assert_eq!(
            (cursor.at(), cursor.first(), cursor.shown()),
            (9, 6, Some(3))
        );
        cursor.act(Action::PageUp);
        cursor.fit(10, 4);
        assert_eq!((cursor.at(), cursor.first()), (6, 6));
        cursor.fit(3, 4);
        assert_eq!((cursor.at(), cursor.first()), (2, 0));
        cursor.fit(9, 4);
        cursor.choose(8);
        cursor.fit(9, 4);
        assert!(!cursor.choose_line(1), "headings are no row");
        assert!(!cursor.choose_line(6), "nor is what lies below");
        assert!(cursor.choose_line(3));
        assert_eq!((cursor.at(), cursor.first()), (6, 5));
        cursor.fit(0, 0);
        assert_eq!(cursor.shown(), None);
        assert!(!cursor.act(Action::Buy));
    }
}
