//! One key as a person writes it: `b`, `S`, `ctrl+\`, `F12`, `space`.
//!
//! Owns the text form and the normal form, so that a key from the terminal and
//! a key from a file compare equal however the terminal spelled it.

use std::fmt;
use std::str::FromStr;

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};

/// A key with its modifiers, in normal form.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Key {
    code: KeyCode,
    modifiers: KeyModifiers,
}

/// Keys with names, as files and hints write them.
const NAMED: [(&str, KeyCode); 16] = [
    ("enter", KeyCode::Enter),
    ("esc", KeyCode::Esc),
    ("tab", KeyCode::Tab),
    ("backtab", KeyCode::BackTab),
    ("backspace", KeyCode::Backspace),
    ("space", KeyCode::Char(' ')),
    ("up", KeyCode::Up),
    ("down", KeyCode::Down),
    ("left", KeyCode::Left),
    ("right", KeyCode::Right),
    ("pgup", KeyCode::PageUp),
    ("pgdn", KeyCode::PageDown),
    ("home", KeyCode::Home),
    ("end", KeyCode::End),
    ("del", KeyCode::Delete),
    ("ins", KeyCode::Insert),
];

/// Why a text is no key.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "'{0}' is not a key: write a character, F1 to F12, enter, space, tab, up …, with ctrl+ or alt+ before it"
)]
pub struct KeyError(String);

impl Key {
    /// Makes the normal form of a key.
    pub fn new(code: KeyCode, modifiers: KeyModifiers) -> Self {
        let mut modifiers =
            modifiers & (KeyModifiers::CONTROL | KeyModifiers::ALT | KeyModifiers::SHIFT);
        let code = match code {
            // A terminal without the newer protocol sends these four as control and a digit.
            KeyCode::Char(digit @ '4'..='7') if modifiers == KeyModifiers::CONTROL => {
                KeyCode::Char(match digit {
                    '4' => '\\',
                    '5' => ']',
                    '6' => '^',
                    _ => '_',
                })
            }
            KeyCode::Char(letter) if modifiers.contains(KeyModifiers::CONTROL) => {
                KeyCode::Char(letter.to_ascii_lowercase())
            }
            KeyCode::Tab if modifiers.contains(KeyModifiers::SHIFT) => KeyCode::BackTab,
            other => other,
        };
        // The character itself says whether shift was held.
        if matches!(code, KeyCode::Char(_) | KeyCode::BackTab) {
            modifiers.remove(KeyModifiers::SHIFT);
        }
        Self { code, modifiers }
    }

    /// Returns the character the key types, where it types one.
    pub fn typed(&self) -> Option<char> {
        match self.code {
            KeyCode::Char(c) if self.modifiers.is_empty() && !c.is_control() => Some(c),
            _ => None,
        }
    }

    /// Returns true for the key that leaves everything.
    pub fn is_escape(&self) -> bool {
        self.code == KeyCode::Esc && self.modifiers.is_empty()
    }
}

impl From<KeyEvent> for Key {
    fn from(event: KeyEvent) -> Self {
        Self::new(event.code, event.modifiers)
    }
}

impl From<Key> for KeyEvent {
    fn from(key: Key) -> Self {
        Self::new(key.code, key.modifiers)
    }
}

impl FromStr for Key {
    type Err = KeyError;

    fn from_str(text: &str) -> Result<Self, KeyError> {
        let refuse = || KeyError(text.chars().take(40).collect());
        let mut rest = text;
        let mut modifiers = KeyModifiers::NONE;
        let prefixes = [
            ("ctrl+", KeyModifiers::CONTROL),
            ("alt+", KeyModifiers::ALT),
            ("shift+", KeyModifiers::SHIFT),
        ];
        while let Some((prefix, modifier)) = prefixes
            .iter()
            .find(|(prefix, _)| rest.len() > prefix.len() && starts_with(rest, prefix))
        {
            modifiers |= *modifier;
            rest = rest.get(prefix.len()..).unwrap_or("");
        }
        let mut characters = rest.chars();
        let code = match (characters.next(), characters.next()) {
            (Some(one), None) if !one.is_control() && one != ' ' => KeyCode::Char(one),
            _ => named(rest).ok_or_else(refuse)?,
        };
        if let KeyCode::Char(letter) = code
            && modifiers.contains(KeyModifiers::SHIFT)
            && letter.is_ascii_alphabetic()
        {
            return Ok(Self::new(
                KeyCode::Char(letter.to_ascii_uppercase()),
                modifiers,
            ));
        }
        Ok(Self::new(code, modifiers))
    }
}

fn starts_with(text: &str, prefix: &str) -> bool {
    text.get(..prefix.len())
        .is_some_and(|head| head.eq_ignore_ascii_case(prefix))
}

fn named(text: &str) -> Option<KeyCode> {
    if let Some((_, code)) = NAMED
        .iter()
        .find(|(name, _)| name.eq_ignore_ascii_case(text))
    {
        return Some(*code);
    }
    let number: u8 = text.strip_prefix(['F', 'f'])?.parse().ok()?;
    (1..=12).contains(&number).then_some(KeyCode::F(number))
}

impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let marks = [
            (KeyModifiers::CONTROL, "ctrl+"),
            (KeyModifiers::ALT, "alt+"),
            (KeyModifiers::SHIFT, "shift+"),
        ];
        for (modifier, text) in marks {
            if self.modifiers.contains(modifier) {
                f.write_str(text)?;
            }
        }
        if let Some((name, _)) = NAMED.iter().find(|(_, code)| *code == self.code) {
            return f.write_str(name);
        }
        match self.code {
            KeyCode::Char(c) => write!(f, "{c}"),
            KeyCode::F(number) => write!(f, "F{number}"),
            other => write!(f, "{other:?}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_read_and_write_as_people_do() {
        for text in [
            "b", "S", "ctrl+\\", "F12", "space", "esc", "backtab", "alt+x", "ctrl+c", "+", "[",
            "shift+up", "pgdn", "ä",
        ] {
            assert_eq!(text.parse::<Key>().unwrap().to_string(), text);
        }
        assert_eq!("CTRL+C".parse::<Key>().unwrap().to_string(), "ctrl+c");
        assert_eq!("shift+a".parse::<Key>().unwrap().to_string(), "A");
        assert_eq!("shift+tab".parse::<Key>().unwrap().to_string(), "backtab");
        for bad in ["", "F13", "F0", "hyper+x", "ctrl+", "return2", " "] {
            assert!(bad.parse::<Key>().is_err(), "{bad:?}");
        }
    }

    #[test]
    fn what_the_terminal_sends_is_what_the_file_says() {
        let cases = [
            (KeyCode::Char('4'), KeyModifiers::CONTROL, "ctrl+\\"),
            (KeyCode::Char('S'), KeyModifiers::SHIFT, "S"),
            (KeyCode::BackTab, KeyModifiers::SHIFT, "backtab"),
            (KeyCode::Char('+'), KeyModifiers::NONE, "+"),
            (KeyCode::F(12), KeyModifiers::NONE, "F12"),
        ];
        for (code, modifiers, text) in cases {
            assert_eq!(Key::new(code, modifiers), text.parse().unwrap(), "{text}");
        }
    }
}
