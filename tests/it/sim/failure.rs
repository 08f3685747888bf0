//! A law that was broken: on which day, in which round, and the story that led there.

/// A law that was broken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failure {
    pub seed: u64,
    pub round: u64,
    pub law: String,
    /// The last things that happened before, oldest first.
    pub story: Vec<String>,
}

impl Failure {
    /// Returns the seed and the law without the story.
    pub fn line(&self) -> String {
        format!("seed {} in round {}: {}", self.seed, self.round, self.law)
    }

    /// Returns which law it is: its words without the names, numbers and details of this day.
    pub fn kind(&self) -> String {
        let plain = |word: &&str| {
            word.chars()
                .all(|c| c.is_ascii_lowercase() || matches!(c, ',' | ':'))
        };
        let law = self.law.split('{').next().unwrap_or_default();
        let words: Vec<&str> = law.split_whitespace().filter(plain).collect();
        words.join(" ")
    }
}

impl std::fmt::Display for Failure {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        writeln!(
            f,
            "seed {} breaks in round {}: {}",
            self.seed, self.round, self.law
        )?;
        writeln!(
            f,
            "again: SIM_SEED={} cargo test --test it one_seed",
            self.seed
        )?;
        self.story
            .iter()
            .try_for_each(|line| writeln!(f, "  {line}"))
    }
}
