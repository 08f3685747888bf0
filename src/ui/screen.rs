//! The terminal's state: raw mode, alternate screen, cursor, paste, mouse.
//!
//! Owns nothing but the promise to give everything back: on drop, and, from a
//! panic hook that has no value at hand, through [`restore_blind`]. Gives it back
//! once: a second time the cursor would jump over what was printed since. Writes
//! nothing in between; frames do that.

use std::io::{self, Write};
use std::sync::mpsc::sync_channel;
use std::time::Duration;

use crossterm::terminal::{disable_raw_mode, enable_raw_mode};

/// Alternate screen, no cursor, no line wrap, bracketed paste, mouse clicks with wide coordinates.
const ENTER: &[u8] = b"\x1b[?1049h\x1b[?25l\x1b[?7l\x1b[?2004h\x1b[?1000h\x1b[?1006h\x1b[0m\x1b[2J";

/// The same undone, in reverse; ends a synchronized update that a panic may have cut.
const LEAVE: &[u8] =
    b"\x1b[?2026l\x1b[0m\x1b[?1006l\x1b[?1000l\x1b[?2004l\x1b[?7h\x1b[?25h\x1b[?1049l";

/// How long a terminal may take to read the last bytes.
pub const PATIENCE: Duration = Duration::from_millis(500);

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

    /// Gives the terminal back, its last bytes by `write`, and says whether that worked.
    ///
    /// # Errors
    /// When they cannot be written, or the terminal's mode cannot be set.
    pub fn leave(mut self, write: impl FnOnce(&[u8]) -> io::Result<()>) -> io::Result<()> {
        self.held = false;
        let written = write(LEAVE);
        let raw = disable_raw_mode();
        written.and(raw)
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
///
/// A terminal that stands still is waited for a moment and no longer.
pub fn restore_blind() {
    let (done, wait) = sync_channel(1);
    let write = move || {
        let mut out = io::stdout().lock();
        let _ = out.write_all(LEAVE).and_then(|()| out.flush());
        let _ = done.send(());
    };
    // There is nobody left to tell when any of this fails.
    if std::thread::Builder::new().spawn(write).is_ok() {
        let _ = wait.recv_timeout(PATIENCE);
    }
    let _ = disable_raw_mode();
}
