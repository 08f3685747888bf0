//! The terminal's state: raw mode, alternate screen, cursor, paste, mouse.
//!
//! Owns nothing but the promise to give everything back: on drop, and, from a
//! panic hook that has no value at hand, through [`restore_blind`]. Gives it back
//! once: a second time the cursor would jump over what was printed since. Writes
//! nothing in between; frames do that.

use std::io::{self, Write};

use crossterm::terminal::{disable_raw_mode, enable_raw_mode};

/// Alternate screen, no cursor, no line wrap, bracketed paste, mouse clicks with wide coordinates.
const ENTER: &[u8] = b"\x1b[?1049h\x1b[?25l\x1b[?7l\x1b[?2004h\x1b[?1000h\x1b[?1006h\x1b[0m\x1b[2J";

/// The same undone, in reverse; ends a synchronized update that a panic may have cut.
const LEAVE: &[u8] =
    b"\x1b[?2026l\x1b[0m\x1b[?1006l\x1b[?1000l\x1b[?2004l\x1b[?7h\x1b[?25h\x1b[?1049l";

/// Holds the terminal in the desk's state for as long as it lives.
#[derive(Debug)]
pub struct Screen {
    held: bool,
}

impl Screen {
    /// Takes the terminal over.
    ///
    /// # Errors
    /// When standard output is no terminal or cannot be written to.
    pub fn enter() -> io::Result<Self> {
        enable_raw_mode()?;
        // From here on a failure must undo raw mode, which dropping the value does.
        let screen = Self { held: true };
        let mut out = io::stdout().lock();
        out.write_all(ENTER)?;
        out.flush()?;
        Ok(screen)
    }

    /// Gives the terminal back and says whether that worked.
    ///
    /// # Errors
    /// When standard output cannot be written to.
    pub fn leave(mut self) -> io::Result<()> {
        self.held = false;
        restore()
    }

    /// Lets go of a terminal that [`restore_blind`] has given back already.
    pub fn forget(mut self) {
        self.held = false;
    }
}

impl Drop for Screen {
    fn drop(&mut self) {
        // While this thread panics the hook has given it back, and has spoken since.
        if self.held && !std::thread::panicking() {
            restore_blind();
        }
    }
}

/// Gives the terminal back without knowing its state; for panic hooks.
pub fn restore_blind() {
    // There is nobody left to tell when this fails.
    let _ = restore();
}

fn restore() -> io::Result<()> {
    let mut out = io::stdout().lock();
    let written = out.write_all(LEAVE).and_then(|()| out.flush());
    let raw = disable_raw_mode();
    written.and(raw)
}
