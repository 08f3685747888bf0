//! What a day, or many, came to: how often each thing happened, by name.

/// Counts by name, in the order they first came up.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct Report {
    counts: Vec<(&'static str, u64)>,
    /// Rounds until desk and venue agreed once all was quiet; of several days, the most.
    pub quiet: u64,
}

impl Report {
    /// Counts something that happened so often.
    pub fn count(&mut self, what: &'static str, often: u64) {
        match self.counts.iter_mut().find(|(name, _)| *name == what) {
            Some((_, count)) => *count += often,
            None => self.counts.push((what, often)),
        }
    }

    /// Adds another day.
    pub fn add(&mut self, day: &Self) {
        for (what, often) in &day.counts {
            self.count(what, *often);
        }
        self.quiet = self.quiet.max(day.quiet);
    }

    /// Returns every count by name.
    pub fn counts(&self) -> &[(&'static str, u64)] {
        &self.counts
    }
}

impl std::fmt::Display for Report {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        for (what, often) in self.counts() {
            write!(f, "{what} {often}, ")?;
        }
        write!(f, "rounds to agree at most {}", self.quiet)
    }
}
