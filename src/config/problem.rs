//! What can be wrong with a configuration, said so that it can be put right.
//!
//! A problem names file, line and value. All problems of all layers are
//! gathered: nobody should have to start the desk five times to find five faults.

use std::fmt;
use std::sync::Arc;

use serde::ser::{Serialize, SerializeStruct, Serializer};

use super::text::TextError;

/// Where a value was written.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Place {
    /// The file as the user knows it, or the option of the command line.
    pub(super) file: Arc<str>,
    /// Line, counted from 1; none on the command line.
    pub(super) line: Option<usize>,
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.line {
            Some(line) => write!(f, "{}:{line}", self.file),
            None => f.write_str(&self.file),
        }
    }
}

/// One fault of a configuration.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Problem {
    place: Place,
    text: String,
}

/// The longest words of one fault, in characters: a value of a megabyte is not read out.
const WORDS_MOST: usize = 600;

impl Problem {
    pub(super) fn new(place: &Place, text: impl Into<String>) -> Self {
        let mut text = text.into();
        if let Some((end, _)) = text.char_indices().nth(WORDS_MOST) {
            text.truncate(end);
            text.push('…');
        }
        Self {
            place: place.clone(),
            text,
        }
    }

    /// Returns the file, or the option of the command line, that holds the fault.
    pub fn file(&self) -> &str {
        &self.place.file
    }

    /// Returns the line, counted from 1, where there is one.
    pub fn line(&self) -> Option<usize> {
        self.place.line
    }

    /// Returns what is wrong and what would be right.
    pub fn text(&self) -> &str {
        &self.text
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.place, self.text)
    }
}

/// As `{"file", "line", "text"}`; the line is null on the command line.
impl Serialize for Problem {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut fields = serializer.serialize_struct("Problem", 3)?;
        fields.serialize_field("file", self.file())?;
        fields.serialize_field("line", &self.line())?;
        fields.serialize_field("text", self.text())?;
        fields.end()
    }
}

/// Why there are no settings.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// A file is there and is no text that can be read.
    #[error(transparent)]
    Unreadable(#[from] TextError),
    /// At least one fault; a line for each.
    #[error("{}", lines(.0))]
    Invalid(Vec<Problem>),
}

impl ConfigError {
    /// Returns every fault found; empty when the file could not even be read.
    pub fn problems(&self) -> &[Problem] {
        match self {
            Self::Unreadable(_) => &[],
            Self::Invalid(problems) => problems,
        }
    }
}

fn lines(problems: &[Problem]) -> String {
    let lines: Vec<String> = problems.iter().map(Problem::to_string).collect();
    lines.join("\n")
}

/// The longest word that is looked at for a slip of the finger, in characters.
const WORD_MOST: usize = 64;

/// Returns the known word nearest to `word`, when it is near enough to be a slip of the finger.
pub(super) fn nearest<'a>(word: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let long = word.chars().count();
    let most = (long / 3).max(2);
    // The measure takes room and time by the product of both lengths; no slip is that long.
    if long > WORD_MOST {
        return None;
    }
    known
        .into_iter()
        .map(|candidate| (strsim::damerau_levenshtein(word, candidate), candidate))
        .filter(|(distance, _)| *distance <= most)
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, candidate)| candidate)
}

/// Returns `, did you mean '…'?` for the nearest known word, or nothing.
pub(super) fn suggestion<'a>(word: &str, known: impl IntoIterator<Item = &'a str>) -> String {
    nearest(word, known).map_or_else(String::new, |near| format!(", did you mean '{near}'?"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_slip_of_the_finger_is_suggested() {
        let known = ["feed", "fund", "theme"];
        assert_eq!(nearest("feeed", known), Some("feed"));
        assert_eq!(nearest("tehme", known), Some("theme"));
        assert_eq!(nearest("latency", known), None);
        let long = format!("{}feed", "e".repeat(WORD_MOST));
        assert_eq!(nearest(&long, [long.as_str()]), None);
    }

    #[test]
    fn a_value_without_end_is_not_read_out() {
        let place = Place {
            file: "desk.toml".into(),
            line: Some(3),
        };
        let said = Problem::new(&place, "ä".repeat(1 << 20)).to_string();
        assert!(said.starts_with("desk.toml:3: ää") && said.ends_with("ä…"));
        assert_eq!(said.chars().count(), "desk.toml:3: ".len() + WORDS_MOST + 1);
    }
}
