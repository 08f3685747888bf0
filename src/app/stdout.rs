//! Standard output as the screen writes to it.
//!
//! Twice: one that never waits, for frames that the terminal takes at once, and one that
//! waits for as long as the terminal stands still, for the thread that has nothing else to do.

use std::fs::File;
use std::io;

use crate::app::panic::Broken;

/// Returns standard output without the lock that others who print would wait for.
#[cfg(unix)]
pub(super) fn patient() -> io::Result<File> {
    use std::os::fd::AsFd;
    Ok(io::stdout().as_fd().try_clone_to_owned()?.into())
}

#[cfg(not(unix))]
pub(super) fn patient() -> io::Result<io::Stdout> {
    Ok(io::stdout())
}

/// Returns the terminal behind standard output, which takes what it has room for and never waits; none where it cannot be had.
///
/// Opened anew: whether writing waits belongs to what was opened, and standard output is
/// shared with whoever started the desk and goes on when it ends.
#[cfg(unix)]
pub(super) fn eager() -> Option<File> {
    use rustix::fs::{Mode, OFlags, open};
    let name = rustix::termios::ttyname(io::stdout(), Vec::new()).ok()?;
    let flags = OFlags::WRONLY | OFlags::NONBLOCK | OFlags::NOCTTY | OFlags::CLOEXEC;
    open(name, flags, Mode::empty()).ok().map(File::from)
}

#[cfg(not(unix))]
pub(super) fn eager() -> Option<File> {
    None
}

/// An output that takes nothing more once a thread broke: the terminal was given back then.
#[derive(Debug)]
pub(super) struct Unbroken<W> {
    out: W,
    broken: Broken,
}

impl<W> Unbroken<W> {
    pub(super) fn new(out: W, broken: Broken) -> Self {
        Self { out, broken }
    }
}

impl<W: io::Write> io::Write for Unbroken<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.broken.is_set() {
            return Err(io::ErrorKind::BrokenPipe.into());
        }
        self.out.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }
}
