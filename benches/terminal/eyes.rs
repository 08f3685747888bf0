//! Reads frames as a person would, after they were timed.

use std::time::Duration;

use crate::session::{Frame, PATIENCE, SCREEN, Session};

/// A terminal emulator and what it has shown.
pub struct Eyes {
    terminal: vt100::Parser,
}

impl Default for Eyes {
    fn default() -> Self {
        let (width, height) = SCREEN;
        let side = |n: u16| n.try_into().unwrap();
        Self {
            terminal: vt100::Parser::new(side(height), side(width), 0),
        }
    }
}

impl Eyes {
    pub fn look(&mut self, frame: &Frame) {
        self.terminal.process(&frame.bytes);
    }

    /// Returns what stands on the screen.
    pub fn text(&self) -> String {
        self.terminal.screen().contents()
    }

    /// Returns true when all words stand in one row.
    pub fn row_has(&self, words: &[&str]) -> bool {
        self.rows()
            .any(|row| words.iter().all(|word| row.contains(word)))
    }

    fn rows(&self) -> impl Iterator<Item = String> {
        self.terminal.screen().rows(0, SCREEN.0)
    }

    /// Returns the row that the watchlist's cursor stands on.
    pub fn cursor(&self) -> Option<usize> {
        // The watchlist begins at the left edge under the header; its mark is the first there.
        self.rows().position(|row| row.starts_with('▌'))
    }

    /// Returns the price that stands behind a symbol in the watchlist.
    pub fn price(&self, symbol: &str) -> Option<String> {
        self.rows().find_map(|row| {
            let mut words = row.trim_start_matches(['▌', ' ']).split_whitespace();
            (words.next()? == symbol).then(|| words.next().map(str::to_owned))?
        })
    }

    /// Returns what stands between a word and the caret behind it: the text of a field that is typed into.
    pub fn typed(&self, field: &str) -> Option<String> {
        self.rows().find_map(|row| {
            let (_, after) = row.split_once(field)?;
            let (text, _) = after.split_once('▏')?;
            Some(text.trim().to_owned())
        })
    }

    /// Returns which order the watchlist says it stands in.
    pub fn order(&self) -> &'static str {
        let words = ["by name", "by change"];
        let found = words
            .into_iter()
            .find(|words| self.row_has(&["Watchlist", words]));
        found.unwrap_or("watched")
    }

    /// Returns what the header says of the market lane in a second: quotes read, and those a newer one replaced unread.
    pub fn market_lane(&self) -> [f64; 2] {
        let header = self.rows().next().unwrap_or_default();
        ["/s", "/s passed over"].map(|unit| {
            let before = header.split_once(unit).map(|(before, _)| before);
            let figure = before.and_then(|before| before.split_whitespace().last());
            figure.and_then(|figure| figure.parse().ok()).unwrap_or(0.0)
        })
    }

    /// Takes in what is there already.
    pub fn catch_up(&mut self, session: &Session) {
        for frame in session.take_frames() {
            self.look(&frame);
        }
    }

    /// Waits until the screen satisfies `holds` and returns when the frame that made it so arrived.
    pub fn wait(
        &mut self,
        session: &Session,
        what: &str,
        holds: impl Fn(&Self) -> bool,
    ) -> Duration {
        let until = session.now() + PATIENCE;
        loop {
            let frames = session.take_frames();
            let mut seen = None;
            for frame in &frames {
                self.look(frame);
                if seen.is_none() && holds(self) {
                    seen = Some(frame.at);
                }
            }
            if let Some(at) = seen {
                return at;
            }
            let shown = self.text();
            assert!(
                session.now() < until,
                "waited in vain for {what}; the screen:\n{shown}"
            );
            session.wait_frame(Duration::from_millis(100));
        }
    }

    /// Returns the moments at which what `sight` sees became something else, frame by frame.
    pub fn changes<T: PartialEq>(
        &mut self,
        frames: &[Frame],
        sight: impl Fn(&Self) -> Option<T>,
    ) -> Vec<Duration> {
        let mut last = sight(self);
        let mut changes = Vec::new();
        for frame in frames {
            self.look(frame);
            let seen = sight(self);
            if seen.is_some() && seen != last {
                changes.push(frame.at);
                last = seen;
            }
        }
        changes
    }
}
