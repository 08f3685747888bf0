//! What the fuzz targets share: reading choices and texts out of bytes, and the laws every answer obeys.
//!
//! A target hands bytes of its own making to one reader of the desk. That nothing
//! panics is the least of it: what is accepted must be written again as it was
//! read, what is refused must be refused in words, and both within bounds.

pub mod desk;

use std::borrow::Cow;
use std::fmt::{Debug, Display};
use std::path::PathBuf;

use serde::Serialize;
use serde::de::DeserializeOwned;

/// The longest words an error may take, however long the value it names.
const WORDS_MOST: usize = 8 << 10;

/// Bytes taken from the front one by one; zeros when there are none left.
#[derive(Debug)]
pub struct Bytes<'a>(&'a [u8]);

impl<'a> Bytes<'a> {
    /// Begins at the front of `data`.
    pub fn new(data: &'a [u8]) -> Self {
        Self(data)
    }

    /// Returns true when all were taken.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Takes one.
    pub fn byte(&mut self) -> u8 {
        let Some((first, rest)) = self.0.split_first() else {
            return 0;
        };
        self.0 = rest;
        *first
    }

    /// Takes two, as a number.
    pub fn pair(&mut self) -> u16 {
        u16::from_be_bytes([self.byte(), self.byte()])
    }

    /// Takes one and picks by it.
    pub fn pick<T: Copy>(&mut self, from: &[T]) -> T {
        from[usize::from(self.byte()) % from.len()]
    }

    /// Takes a length and that many bytes.
    pub fn some(&mut self) -> &'a [u8] {
        let count = usize::from(self.byte()).min(self.0.len());
        let (head, rest) = self.0.split_at(count);
        self.0 = rest;
        head
    }

    /// Takes all that is left.
    pub fn rest(&mut self) -> &'a [u8] {
        std::mem::take(&mut self.0)
    }
}

/// Reads bytes as text; what is none becomes a replacement character.
pub fn text(data: &[u8]) -> Cow<'_, str> {
    String::from_utf8_lossy(data)
}

/// Checks that an error speaks, and not without end; returns its words.
pub fn said(error: impl Display) -> String {
    let words = error.to_string();
    assert!(!words.trim().is_empty(), "an error without words");
    assert!(
        words.len() <= WORDS_MOST,
        "{} bytes of words: {}",
        words.len(),
        words.chars().take(200).collect::<String>()
    );
    words
}

/// Checks that words hold one of the parts.
pub fn names(words: &str, parts: &[&str]) {
    let found = parts.iter().any(|part| words.contains(part));
    assert!(found, "no place of {parts:?} in: {words}");
}

/// Checks that a value's JSON reads back as the same value and the same bytes.
pub fn same<T>(value: &T)
where
    T: Serialize + DeserializeOwned + PartialEq + Debug,
{
    let first = serde_json::to_string(value).expect("what was read can be written");
    let again: T = serde_json::from_str(&first)
        .unwrap_or_else(|error| panic!("{error}: does not read its own JSON {first}"));
    assert_eq!(&again, value, "{first}");
    let second = serde_json::to_string(&again).expect("what was read can be written");
    assert_eq!(second, first);
}

/// Returns a file of this process under `name`, in memory where the system has such a place.
pub fn scratch(name: &str) -> PathBuf {
    let memory = PathBuf::from("/dev/shm");
    let folder = if memory.is_dir() {
        memory
    } else {
        std::env::temp_dir()
    };
    folder.join(format!("desk-fuzz-{}-{name}", std::process::id()))
}
