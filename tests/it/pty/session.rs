//! The real binary in a pseudo-terminal, read back through a terminal emulator.

use std::io::{Read, Write};
use std::num::NonZero;
use std::path::Path;
use std::process::Command;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{SyncSender, TrySendError};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use std::time::Duration;

use mts1b_desk::base::{Clock, SystemClock};
use portable_pty::{Child, CommandBuilder, MasterPty, PtySize, native_pty_system};

/// Runs out when something takes so long that it will not come any more.
pub struct Patience(SystemClock);

impl Patience {
    const LIMIT: Duration = Duration::from_secs(40);

    pub fn begin() -> Self {
        Self(SystemClock::new())
    }

    pub fn lasts(&self) -> bool {
        self.0.elapsed() < Self::LIMIT
    }
}

/// What stands on the terminal before the desk is started, as a shell would leave it.
pub const SHELL: &str = "$ desk";

pub struct Session {
    child: Box<dyn Child + Send + Sync>,
    master: Option<Box<dyn MasterPty + Send>>,
    writer: Option<Box<dyn Write + Send>>,
    /// To the thread that types, once there is one.
    hands: Option<SyncSender<Vec<u8>>>,
    reader: Option<JoinHandle<()>>,
    screen: Arc<Mutex<vt100::Parser>>,
    raw: Arc<Mutex<Vec<u8>>>,
    deaf: Arc<AtomicBool>,
    still: Arc<AtomicBool>,
    modes: String,
}

impl Session {
    /// Starts `desk` with its data and configuration in `folder`.
    pub fn start(folder: &Path, arguments: &[&str], size: (u16, u16)) -> Self {
        Self::start_in(&[], folder, arguments, size)
    }

    /// The same with variables of the environment set, or taken out.
    pub fn start_in(
        variables: &[(&str, Option<&str>)],
        folder: &Path,
        arguments: &[&str],
        size: (u16, u16),
    ) -> Self {
        let mut command = CommandBuilder::new(env!("CARGO_BIN_EXE_desk"));
        let config = folder.join("config");
        std::fs::create_dir_all(&config).unwrap();
        command.args(arguments);
        command.args(["--data", folder.join("data").to_str().unwrap()]);
        command.args(["--config", config.to_str().unwrap()]);
        usual(&mut command);
        for (name, value) in variables {
            match value {
                Some(value) => command.env(name, value),
                None => command.env_remove(name),
            }
        }
        Self::run(command, size)
    }

    /// Runs a command in a terminal as people have it.
    pub fn spawn(mut command: CommandBuilder, size: (u16, u16)) -> Self {
        usual(&mut command);
        Self::run(command, size)
    }

    fn run(command: CommandBuilder, (width, height): (u16, u16)) -> Self {
        let size = PtySize {
            rows: height,
            cols: width,
            pixel_width: 0,
            pixel_height: 0,
        };
        let pair = native_pty_system().openpty(size).unwrap();
        let modes = modes(&*pair.master);
        let child = pair.slave.spawn_command(command).unwrap();
        drop(pair.slave);
        let mut reader = pair.master.try_clone_reader().unwrap();
        let writer = pair.master.take_writer().unwrap();
        let mut emulator = emulator((width, height));
        emulator.process(format!("{SHELL}\r\n").as_bytes());
        let screen = Arc::new(Mutex::new(emulator));
        let raw = Arc::new(Mutex::new(Vec::new()));
        let deaf = Arc::new(AtomicBool::new(false));
        let (sink, bytes, leave) = (Arc::clone(&screen), Arc::clone(&raw), Arc::clone(&deaf));
        let still = Arc::new(AtomicBool::new(false));
        let stands = Arc::clone(&still);
        let reader = std::thread::spawn(move || {
            let mut chunk = [0u8; 16 * 1024];
            while let Ok(count) = reader.read(&mut chunk) {
                while stands.load(Ordering::SeqCst) {
                    std::thread::sleep(Duration::from_millis(2));
                }
                if count == 0 || leave.load(Ordering::SeqCst) {
                    return;
                }
                sink.lock().unwrap().process(&chunk[..count]);
                bytes.lock().unwrap().extend_from_slice(&chunk[..count]);
            }
        });
        Self {
            child,
            master: Some(pair.master),
            writer: Some(writer),
            hands: None,
            reader: Some(reader),
            screen,
            raw,
            deaf,
            still,
            modes,
        }
    }

    /// Types a text, byte for byte.
    pub fn keys(&mut self, text: &str) {
        self.bytes_in(text.as_bytes());
    }

    /// Types bytes that need not be text.
    pub fn bytes_in(&mut self, bytes: &[u8]) {
        let writer = self.writer.as_mut().unwrap();
        writer.write_all(bytes).unwrap();
        writer.flush().unwrap();
    }

    /// Types bytes through a thread of its own; returns false when nobody reads them any more.
    ///
    /// The system lets a write into a terminal that nobody reads wait without end.
    pub fn try_bytes(&mut self, bytes: &[u8]) -> bool {
        if let Some(mut writer) = self.writer.take() {
            let (send, receive) = std::sync::mpsc::sync_channel::<Vec<u8>>(1);
            std::thread::spawn(move || {
                while let Ok(bytes) = receive.recv() {
                    if writer
                        .write_all(&bytes)
                        .and_then(|()| writer.flush())
                        .is_err()
                    {
                        return;
                    }
                }
            });
            self.hands = Some(send);
        }
        let mut bytes = bytes.to_vec();
        while !self.is_over() {
            let hands = self.hands.as_ref().unwrap();
            match hands.try_send(bytes) {
                Ok(()) => return true,
                Err(TrySendError::Disconnected(_)) => return false,
                Err(TrySendError::Full(back)) => bytes = back,
            }
            std::thread::sleep(Duration::from_millis(1));
        }
        false
    }

    /// Returns true when the process has ended.
    pub fn is_over(&mut self) -> bool {
        self.child.try_wait().unwrap().is_some()
    }

    /// Tells the desk of a size that nothing here could show.
    pub fn resize_blind(&self, (width, height): (u16, u16)) {
        let size = PtySize {
            rows: height,
            cols: width,
            pixel_width: 0,
            pixel_height: 0,
        };
        self.master.as_ref().unwrap().resize(size).unwrap();
    }

    pub fn resize(&self, (width, height): (u16, u16)) {
        let size = PtySize {
            rows: height,
            cols: width,
            pixel_width: 0,
            pixel_height: 0,
        };
        self.screen
            .lock()
            .unwrap()
            .screen_mut()
            .set_size(cells(height, 24), cells(width, 80));
        self.master.as_ref().unwrap().resize(size).unwrap();
    }

    /// What a person sees.
    pub fn text(&self) -> String {
        self.screen.lock().unwrap().screen().contents()
    }

    /// Every byte that was written to the terminal.
    pub fn bytes(&self) -> Vec<u8> {
        self.raw.lock().unwrap().clone()
    }

    /// Waits until the screen satisfies `holds`; shows the screen when it never does.
    #[track_caller]
    pub fn wait(&self, what: &str, holds: impl Fn(&str) -> bool) -> String {
        let patience = Patience::begin();
        loop {
            let text = self.text();
            if holds(&text) {
                return text;
            }
            assert!(
                patience.lasts(),
                "waited in vain for {what}; the screen:\n{text}"
            );
            std::thread::sleep(Duration::from_millis(10));
        }
    }

    #[track_caller]
    pub fn wait_for(&self, text: &str) -> String {
        self.wait(text, |screen| screen.contains(text))
    }

    /// Waits until the watchlist has a price of a symbol.
    #[track_caller]
    pub fn wait_for_price(&self, symbol: &str) {
        self.wait(&format!("a price of {symbol}"), |screen| {
            row(screen, symbol, 1)
                .is_some_and(|word| word.starts_with(|c: char| c.is_ascii_digit()))
        });
    }

    /// Waits until the positions show so much of a symbol.
    #[track_caller]
    pub fn wait_for_position(&self, symbol: &str, quantity: &str) {
        self.wait(&format!("{quantity} of {symbol} held"), |screen| {
            rows(screen, symbol, 1).any(|word| word.replace(',', "") == quantity)
        });
    }

    /// The number of the process that was started.
    pub fn id(&self) -> u32 {
        self.child.process_id().unwrap()
    }

    /// Ends the process as a power cut would.
    pub fn kill(&mut self) {
        // The child's own `kill` begins with a hangup, which lets it say goodbye.
        self.signal("KILL");
        self.child.wait().unwrap();
    }

    /// Sends the process a signal, by its name without SIG.
    pub fn signal(&self, name: &str) {
        let id = self.id().to_string();
        let sent = Command::new("kill").args(["-s", name, &id]).status();
        assert!(sent.unwrap().success(), "{name} was not sent");
    }

    /// Stops reading what the desk writes, as a stalled line does, or reads on.
    pub fn stand_still(&self, still: bool) {
        self.still.store(still, Ordering::SeqCst);
    }

    /// Takes the terminal away, as a closed window or a broken connection does.
    pub fn hang_up(&mut self) {
        self.deaf.store(true, Ordering::SeqCst);
        // The desk draws its clock each second, which lets the reader go.
        self.reader.take().unwrap().join().unwrap();
        self.writer = None;
        self.master = None;
    }

    /// Waits for the process to end by itself and returns its exit code.
    #[track_caller]
    pub fn ended(&mut self) -> u32 {
        let patience = Patience::begin();
        loop {
            if let Some(code) = self.has_ended() {
                return code;
            }
            assert!(
                patience.lasts(),
                "it does not end; the screen:\n{}",
                self.text()
            );
            std::thread::sleep(Duration::from_millis(10));
        }
    }

    /// Returns the exit code of a process that ended, and nothing for one that runs.
    pub fn has_ended(&mut self) -> Option<u32> {
        let status = self.child.try_wait().unwrap()?;
        self.stand_still(false);
        // With the last holder of the terminal gone, its bytes end too.
        if let Some(reader) = self.reader.take() {
            reader.join().unwrap();
        }
        Some(status.exit_code())
    }

    /// Checks that the terminal was given back as it was found, and returns what stands on it.
    #[track_caller]
    pub fn given_back(&self) -> String {
        let bytes = self.bytes();
        let screen = self.screen.lock().unwrap();
        let screen = screen.screen();
        assert!(
            !screen.alternate_screen(),
            "the alternate screen is still on"
        );
        assert!(!screen.hide_cursor(), "the cursor is still hidden");
        assert!(!screen.bracketed_paste(), "bracketed paste is still on");
        assert_eq!(
            screen.mouse_protocol_mode(),
            vt100::MouseProtocolMode::None,
            "the mouse is still taken"
        );
        // Line wrap and synchronized updates, which the emulator does not keep track of.
        assert!(
            last(&bytes, b"\x1b[?7h") >= last(&bytes, b"\x1b[?7l"),
            "no line wrap"
        );
        assert!(
            last(&bytes, b"\x1b[?2026l") >= last(&bytes, b"\x1b[?2026h"),
            "a synchronized update was left open"
        );
        let now = modes(&**self.master.as_ref().unwrap());
        assert_eq!(now, self.modes, "the line discipline is not what it was");
        screen.contents()
    }
}

impl Drop for Session {
    fn drop(&mut self) {
        self.stand_still(false);
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// What a terminal of today says of itself.
fn usual(command: &mut CommandBuilder) {
    command.env("TERM", "xterm-256color");
    command.env("COLORTERM", "truecolor");
    command.env("LC_ALL", "C.UTF-8");
    command.env_remove("NO_COLOR");
}

fn emulator((width, height): (u16, u16)) -> vt100::Parser {
    vt100::Parser::new(cells(height, 24), cells(width, 80), 0)
}

/// A terminal that does not know its size has some all the same.
fn cells(told: u16, otherwise: u16) -> NonZero<u16> {
    let told = if told == 0 { otherwise } else { told };
    NonZero::new(told).expect("a terminal has cells")
}

/// Returns how the terminal treats lines: echo, signals, canonical input.
fn modes(master: &dyn MasterPty) -> String {
    format!("{:?}", master.get_termios())
}

fn last(bytes: &[u8], sought: &[u8]) -> Option<usize> {
    bytes
        .windows(sought.len())
        .rposition(|window| window == sought)
}

/// Returns the word at `at` of every line that a symbol opens at the left edge of the screen.
pub fn rows<'a>(screen: &'a str, symbol: &'a str, at: usize) -> impl Iterator<Item = &'a str> {
    screen.lines().filter_map(move |line| {
        let mut words = line.split(|c: char| c.is_whitespace() || matches!(c, '▌' | '>'));
        let mut words = words.by_ref().filter(|word| !word.is_empty());
        (words.next()? == symbol).then(|| words.nth(at - 1))?
    })
}

/// Returns the first of [`rows`].
pub fn row<'a>(screen: &'a str, symbol: &'a str, at: usize) -> Option<&'a str> {
    rows(screen, symbol, at).next()
}
