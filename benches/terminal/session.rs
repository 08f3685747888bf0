//! One run of the program in a pseudo-terminal: keys in, frames out, each with the moment it came.
//!
//! A thread does nothing but read and cut the stream at the end of each synchronized update; no
//! emulator is near it. The program is killed and awaited when the session is dropped.

use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Condvar, Mutex};
use std::time::Duration;

use mts1b_desk::base::{Clock, SystemClock};
use portable_pty::{Child, CommandBuilder, MasterPty, PtySize, native_pty_system};

/// The screen everything is measured at: columns and rows.
pub const SCREEN: (u16, u16) = (200, 56);
/// How long anything may take to appear.
pub const PATIENCE: Duration = Duration::from_secs(20);

const SYNC_END: &[u8] = b"\x1b[?2026l";

/// What the program wrote up to the end of a synchronized update, and when that end arrived.
#[derive(Debug, Clone)]
pub struct Frame {
    pub at: Duration,
    pub bytes: Vec<u8>,
}

#[derive(Debug, Default)]
struct Heard {
    frames: Vec<Frame>,
    bytes: u64,
}

/// The running program.
pub struct Session {
    child: Box<dyn Child + Send + Sync>,
    writer: Box<dyn Write + Send>,
    _master: Box<dyn MasterPty + Send>,
    heard: Arc<(Mutex<Heard>, Condvar)>,
    clock: Arc<SystemClock>,
    begun: Duration,
}

/// Says why no pseudo-terminal can be had, if so.
pub fn probe() -> Result<(), String> {
    let opened = native_pty_system().openpty(size());
    opened.map(drop).map_err(|error| format!("{error:#}"))
}

/// Returns the program to measure.
pub fn program() -> PathBuf {
    std::env::var_os("DESK_BIN").map_or_else(|| env!("CARGO_BIN_EXE_desk").into(), PathBuf::from)
}

fn size() -> PtySize {
    PtySize {
        rows: SCREEN.1,
        cols: SCREEN.0,
        pixel_width: 0,
        pixel_height: 0,
    }
}

impl Session {
    /// Starts the program over a folder that holds `data` and `config`.
    pub fn start(folder: &Path, arguments: &[&str]) -> Self {
        let mut command = CommandBuilder::new(program());
        command.args(arguments);
        command.args(["--data", folder.join("data").to_str().unwrap()]);
        command.args(["--config", folder.join("config").to_str().unwrap()]);
        command.env("TERM", "xterm-256color");
        command.env("COLORTERM", "truecolor");
        command.env("LC_ALL", "C.UTF-8");
        command.env_remove("NO_COLOR");
        let pair = native_pty_system().openpty(size()).unwrap();
        let clock = Arc::new(SystemClock::new());
        let heard = Arc::new((Mutex::new(Heard::default()), Condvar::new()));
        let reader = pair.master.try_clone_reader().unwrap();
        let writer = pair.master.take_writer().unwrap();
        let (sink, watch) = (Arc::clone(&heard), Arc::clone(&clock));
        std::thread::spawn(move || listen(reader, &sink, &watch));
        let begun = clock.elapsed();
        let child = pair.slave.spawn_command(command).unwrap();
        drop(pair.slave);
        Self {
            child,
            writer,
            _master: pair.master,
            heard,
            clock,
            begun,
        }
    }

    /// Returns when the program was started, by the clock of the frames.
    pub fn begun(&self) -> Duration {
        self.begun
    }

    pub fn now(&self) -> Duration {
        self.clock.elapsed()
    }

    /// Types and returns when.
    pub fn keys(&mut self, text: &[u8]) -> Duration {
        let at = self.now();
        self.writer.write_all(text).unwrap();
        self.writer.flush().unwrap();
        at
    }

    /// Takes the frames that came since the last call.
    pub fn take_frames(&self) -> Vec<Frame> {
        std::mem::take(&mut self.heard.0.lock().unwrap().frames)
    }

    /// Waits until there is a frame to take, or `most` has passed.
    pub fn wait_frame(&self, most: Duration) {
        let (heard, rang) = &*self.heard;
        let none = |heard: &mut Heard| heard.frames.is_empty();
        drop(rang.wait_timeout_while(heard.lock().unwrap(), most, none));
    }

    /// Returns how many bytes the program wrote.
    pub fn bytes(&self) -> u64 {
        self.heard.0.lock().unwrap().bytes
    }

    pub fn process_id(&self) -> u32 {
        self.child.process_id().unwrap()
    }
}

impl Drop for Session {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn listen(mut reader: Box<dyn Read + Send>, heard: &(Mutex<Heard>, Condvar), clock: &SystemClock) {
    let mut chunk = vec![0_u8; 64 * 1024];
    let mut open: Vec<u8> = Vec::new();
    while let Ok(count @ 1..) = reader.read(&mut chunk) {
        let at = clock.elapsed();
        // The end of an update may be cut by the read: look a little before what is new.
        let from = open.len().saturating_sub(SYNC_END.len());
        open.extend(chunk.iter().take(count));
        let mut whole = Vec::new();
        let mut from = from;
        while let Some(end) = end_of_update(&open, from) {
            let rest = open.split_off(end);
            whole.push(Frame {
                at,
                bytes: std::mem::replace(&mut open, rest),
            });
            from = 0;
        }
        let mut all = heard.0.lock().unwrap();
        all.bytes += count as u64;
        all.frames.append(&mut whole);
        drop(all);
        heard.1.notify_all();
    }
}

fn end_of_update(bytes: &[u8], from: usize) -> Option<usize> {
    let mut windows = bytes.get(from..)?.windows(SYNC_END.len());
    let at = windows.position(|window| window == SYNC_END)?;
    Some(from + at + SYNC_END.len())
}
