//! The last things that happened, in words, for whoever reads a failure.

use std::collections::VecDeque;

/// Lines kept.
const MOST: usize = 80;

/// A story that forgets its beginning.
#[derive(Debug)]
pub struct Story {
    lines: VecDeque<String>,
    /// Said before the next line: a round in which nothing happens is not told.
    heading: Option<String>,
    /// False skips the telling, for speed: a failing seed is run again with its story.
    told: bool,
}

impl Story {
    pub fn new(told: bool) -> Self {
        Self {
            told,
            heading: None,
            lines: VecDeque::new(),
        }
    }

    /// Begins a round.
    pub fn round(&mut self, line: impl FnOnce() -> String) {
        if self.told {
            self.heading = Some(line());
        }
    }

    pub fn say(&mut self, line: impl FnOnce() -> String) {
        if !self.told {
            return;
        }
        if let Some(heading) = self.heading.take() {
            self.push(heading);
        }
        self.push(line());
    }

    fn push(&mut self, line: String) {
        if self.lines.len() == MOST {
            self.lines.pop_front();
        }
        self.lines.push_back(line);
    }

    pub fn lines(self) -> Vec<String> {
        self.lines.into()
    }
}
