//! The screen loop: keys and snapshots in, frames out, on the main thread.
//!
//! A key is drawn at once, and so is what became of an order, a few times within the
//! pace. Data is drawn when it changed, but no more often than the pace set, so a
//! flood costs a bounded number of frames. One thread blocks on reading the terminal and
//! one on writing to it, this one on neither: a terminal that stands still misses
//! frames and nothing else. The engine's publish hook only raises a flag.

use std::fs::File;
use std::io::{self, IsTerminal};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, sync_channel};
use std::time::Duration;

use crossterm::event::Event;
use tokio::sync::watch;

use crate::app::panic::Broken;
use crate::app::stdout::{self, Unbroken};
use crate::base::Clock;
use crate::bus::Watch;
use crate::domain::{Symbol, Timestamp};
use crate::engine::Snapshot;
use crate::ui::clipboard;
use crate::ui::desk::{Desk, Reaction};
use crate::ui::frame::FrameWriter;
use crate::ui::outlet::Outlet;
use crate::ui::screen::{PATIENCE, Screen};

/// Events that wait for the screen at most; a reader that is ahead of it by more waits.
const WAITING_MOST: usize = 256;

/// A terminal that takes no frame for longer shows what is old: nothing is sent on it.
const BLIND_AFTER: Duration = Duration::from_millis(750);

/// What is loaded at the start is shown as it comes: so long, and so many times as often.
const LOADING: Duration = Duration::from_secs(1);
const LOADING_PACE: u32 = 4;

/// Frames within one pace that facts may have at once; further ones wait for the next.
const FACTS_AT_ONCE: u32 = 4;

/// Rings the terminal's bell.
const BELL: &[u8] = b"\x07";

/// What wakes the loop.
#[derive(Debug)]
enum Wake {
    /// A key, a paste, a click, a new size.
    Input(Event),
    /// The terminal is gone or cannot be read.
    Gone(String),
    /// A new snapshot was published.
    Data,
    /// A new snapshot was published, and more than the market changed.
    Facts,
    /// The terminal has taken the last frame, or will take none any more.
    Written,
    /// Somebody asked the process to end.
    Stop,
}

/// Asks the loop to end from another thread.
#[derive(Debug, Clone)]
pub struct Stop(SyncSender<Wake>);

impl Stop {
    /// Asks; a full queue is asked again by the caller's next signal.
    pub fn ask(&self) {
        let _ = self.0.try_send(Wake::Stop);
    }
}

/// The ways in to the loop.
#[derive(Debug)]
pub struct Wakes {
    send: SyncSender<Wake>,
    receive: Receiver<Wake>,
    /// A snapshot was published that the loop has not looked at.
    fresh: Arc<AtomicBool>,
    /// The loop has nothing to do and wants to hear of the next one.
    asleep: Arc<AtomicBool>,
}

impl Wakes {
    /// Makes the queue and hooks it to the snapshots.
    pub fn new(watch: &Watch<Snapshot>) -> Self {
        let (send, receive) = sync_channel(WAITING_MOST);
        let (fresh, asleep) = (Arc::new(AtomicBool::new(true)), Arc::default());
        let (raised, sleeping) = (Arc::clone(&fresh), Arc::<AtomicBool>::clone(&asleep));
        let hook = send.clone();
        let told = AtomicU64::new(watch.get().seq);
        watch.on_publish(Box::new(move |snapshot| {
            let facts = told.swap(snapshot.seq, Ordering::AcqRel) != snapshot.seq;
            raised.store(true, Ordering::SeqCst);
            // Within the pace the loop looks by itself: waking it for quotes would only have it wait on.
            let waits = sleeping.swap(false, Ordering::SeqCst);
            if facts {
                let _ = hook.try_send(Wake::Facts);
            } else if waits {
                let _ = hook.try_send(Wake::Data);
            }
        }));
        Self {
            send,
            receive,
            fresh,
            asleep,
        }
    }

    /// Waits for at most `most`; for quotes only where none came yet and `to_pace`, the time in which none are shown, is over.
    fn wait(&self, to_pace: Duration, most: Duration) -> Result<Wake, RecvTimeoutError> {
        // Whoever publishes raises one flag and then looks at the other; this is the other way round, so that one sees.
        let listens = to_pace.is_zero();
        self.asleep.store(listens, Ordering::SeqCst);
        let wait = if listens && !self.fresh.load(Ordering::SeqCst) {
            most
        } else {
            most.min(to_pace)
        };
        self.receive.recv_timeout(wait)
    }

    /// Returns a handle that ends the loop.
    pub fn stop(&self) -> Stop {
        Stop(self.send.clone())
    }

    /// Starts the thread that reads the terminal.
    pub fn read_terminal(&self) -> io::Result<()> {
        let send = self.send.clone();
        std::thread::Builder::new()
            .name("keys".into())
            .spawn(move || {
                loop {
                    let wake = match crossterm::event::read() {
                        Ok(event) => Wake::Input(event),
                        Err(error) => Wake::Gone(error.to_string()),
                    };
                    let last = matches!(wake, Wake::Gone(_));
                    if send.send(wake).is_err() || last {
                        return;
                    }
                }
            })?;
        Ok(())
    }
}

/// What the screen has yet to show.
#[derive(Debug, Clone, Copy, Default)]
pub struct Behind {
    /// More than quotes waits to be shown.
    hurry: bool,
    /// Since when frames for facts are counted, and how many there were.
    hurried: (Duration, u32),
    /// Since when the terminal has not taken a frame that was due.
    stood_since: Option<Duration>,
}

impl Behind {
    /// Returns true when facts wait to be shown and have not had their frames of this pace; counts the one they get.
    fn facts_due(&mut self, elapsed: Duration, pace: Duration) -> bool {
        if !self.hurry {
            return false;
        }
        let (since, frames) = self.hurried;
        let (since, frames) = if elapsed.saturating_sub(since) >= pace {
            (elapsed, 0)
        } else {
            (since, frames)
        };
        self.hurried = (since, (frames + 1).min(FACTS_AT_ONCE));
        frames < FACTS_AT_ONCE
    }
}

/// What the loop needs.
#[derive(Debug)]
pub struct Terminal {
    /// The panes.
    pub desk: Desk,
    /// Snapshots.
    pub watch: Watch<Snapshot>,
    /// Ways in.
    pub wakes: Wakes,
    /// Time.
    pub clock: Arc<dyn Clock>,
    /// Least time between two frames that only data asked for.
    pub pace: Duration,
    /// Whether what needs a person's ear rings the terminal's bell.
    pub bell: bool,
    /// Raised when a thread broke.
    pub broken: Broken,
    /// What the screen has yet to show.
    pub behind: Behind,
    /// Told which symbol is chosen.
    pub chosen: watch::Sender<Option<Symbol>>,
}

/// Why the loop ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Ending {
    /// The person left.
    Quit,
    /// The process was asked to end.
    Stopped,
    /// The terminal is gone.
    Gone(String),
    /// A thread broke; its words are out already.
    Broken,
}

impl Terminal {
    /// Takes the terminal, runs until the person leaves, gives it back.
    ///
    /// # Errors
    /// When the terminal cannot be taken.
    pub fn run(mut self) -> io::Result<Ending> {
        let (width, height) = usable(crossterm::terminal::size()?);
        let screen = Screen::enter()?;
        self.wakes.read_terminal()?;
        let (told, broken) = (self.wakes.send.clone(), self.broken.clone());
        let eager = stdout::eager().map(|out| Unbroken::new(out, broken.clone()));
        let patient = Unbroken::new(stdout::patient()?, broken);
        let outlet = Outlet::start(eager, patient, move || {
            // A full queue is looked through, and the outlet with it, before the loop sleeps again.
            let _ = told.try_send(Wake::Written);
        })?;
        let mut frames = FrameWriter::new(outlet, width, height);
        let ending = self.frames(&mut frames);
        if self.broken.is_set() {
            // The hook gave the terminal back and printed: its words must stay where they are.
            screen.forget();
            self.broken.hear();
            return Ok(Ending::Broken);
        }
        let outlet = frames.into_output();
        // What a terminal that stands still does not take is not waited for.
        let left = screen.leave(|last| outlet.finish(last, PATIENCE).map(|_| ()));
        // A terminal that cannot be written to any more is gone, whoever notices first.
        let ending = ending.unwrap_or_else(|error| Ending::Gone(error.to_string()));
        Ok(match (ending, left) {
            (Ending::Quit | Ending::Stopped, Err(error)) => Ending::Gone(error.to_string()),
            (ending, _) => ending,
        })
    }

    fn frames(&mut self, frames: &mut FrameWriter<Outlet>) -> io::Result<Ending> {
        let area = frames.area();
        self.desk.on_resize(area.width, area.height);
        self.take_snapshot();
        let mut drawn = self.clock.elapsed();
        let loaded = drawn + LOADING;
        let usual = self.pace;
        self.pace = usual / LOADING_PACE;
        self.draw(frames)?;
        loop {
            if drawn >= loaded {
                self.pace = usual;
            }
            let urgent = match self.next_wake(drawn) {
                Ok(wake) => match self.take(wake, frames) {
                    Taken::Urgent => {
                        if let Some(text) = self.desk.take_copied() {
                            pass(frames, &clipboard::sequence(&text))?;
                        }
                        true
                    }
                    Taken::Written => {
                        frames.output().check()?;
                        true
                    }
                    Taken::Data => false,
                    Taken::End(ending) => return Ok(ending),
                },
                Err(RecvTimeoutError::Timeout) => false,
                Err(RecvTimeoutError::Disconnected) => return Ok(Ending::Stopped),
            };
            if self.broken.is_set() {
                return Ok(Ending::Broken);
            }
            let elapsed = self.clock.elapsed();
            if urgent
                || self.behind.facts_due(elapsed, self.pace)
                || elapsed.saturating_sub(drawn) >= self.pace
            {
                self.take_snapshot();
                self.desk.on_tick(self.now());
                if self.desk.take_rung() && self.bell {
                    pass(frames, BELL)?;
                }
                if self.desk.dirty() {
                    drawn = elapsed;
                    if frames.output().ready() {
                        self.behind.stood_since = None;
                        self.desk.on_blind(false);
                        self.draw(frames)?;
                    } else {
                        let since = *self.behind.stood_since.get_or_insert(elapsed);
                        self.desk
                            .on_blind(elapsed.saturating_sub(since) > BLIND_AFTER);
                    }
                }
            }
        }
    }

    /// Waits for the next thing to do: an event, the pace running out on fresh data, or a timer of the desk.
    fn next_wake(&self, drawn: Duration) -> Result<Wake, RecvTimeoutError> {
        let since = self.clock.elapsed().saturating_sub(drawn);
        let to_pace = self.pace.saturating_sub(since);
        let timer = self
            .desk
            .next_wake(self.now())
            .map(|at| at.since(self.now()).max(to_pace));
        let most = timer.unwrap_or(Duration::from_hours(1));
        self.wakes.wait(to_pace, most)
    }

    fn take(&mut self, wake: Wake, frames: &mut FrameWriter<Outlet>) -> Taken {
        match wake {
            Wake::Data => Taken::Data,
            Wake::Facts => {
                self.behind.hurry = true;
                Taken::Data
            }
            Wake::Written => Taken::Written,
            Wake::Stop => Taken::End(Ending::Stopped),
            Wake::Gone(why) => Taken::End(Ending::Gone(why)),
            Wake::Input(event) => {
                let now = self.now();
                // A decision is taken on the newest facts, not on those of the last frame.
                self.take_snapshot();
                match event {
                    Event::Key(key) => {
                        if self.desk.on_key(key, now) == Reaction::Quit {
                            return Taken::End(Ending::Quit);
                        }
                    }
                    Event::Paste(text) => {
                        self.desk.on_paste(&text, now);
                    }
                    Event::Mouse(mouse) => {
                        self.desk.on_mouse(mouse, now);
                    }
                    Event::Resize(width, height) => {
                        let (width, height) = usable((width, height));
                        frames.resize(width, height);
                        self.desk.on_resize(width, height);
                    }
                    Event::FocusGained | Event::FocusLost => {}
                }
                Taken::Urgent
            }
        }
    }

    fn take_snapshot(&mut self) {
        self.behind.hurry = false;
        if self.wakes.fresh.swap(false, Ordering::SeqCst) {
            self.desk.on_snapshot(self.watch.get());
        }
    }

    fn draw(&mut self, frames: &mut FrameWriter<Outlet>) -> io::Result<()> {
        self.desk.draw(frames, self.now());
        frames.present()?;
        // Whoever fetches the past of what was chosen begins after the frame that shows it was.
        self.chosen.send_if_modified(|told| {
            let news = told.as_ref() != self.desk.symbol();
            if news {
                *told = self.desk.symbol().cloned();
            }
            news
        });
        Ok(())
    }

    fn now(&self) -> Timestamp {
        Timestamp::from_us(self.clock.wall_us())
    }
}

/// The largest screen that is drawn on, columns and rows; a larger one is drawn on in its corner.
const SIZE_MOST: (u16, u16) = (1000, 500);
/// What is drawn on where a terminal does not know its size.
const SIZE_UNKNOWN: (u16, u16) = (80, 24);

/// Returns the size that is drawn on: serial lines and bare pseudo-terminals say 0, and none is believed any number.
fn usable((width, height): (u16, u16)) -> (u16, u16) {
    let of = |told: u16, unknown: u16, most: u16| if told == 0 { unknown } else { told.min(most) };
    (
        of(width, SIZE_UNKNOWN.0, SIZE_MOST.0),
        of(height, SIZE_UNKNOWN.1, SIZE_MOST.1),
    )
}

/// Checks that there is a terminal to draw on and one to read keys from.
///
/// # Errors
/// When there is not, in words.
pub fn there() -> Result<(), NoTerminal> {
    if !io::stdout().is_terminal() {
        return Err(NoTerminal::Output);
    }
    // Keys come from the controlling terminal where standard input is none.
    let keys = io::stdin().is_terminal() || (cfg!(unix) && File::open("/dev/tty").is_ok());
    if keys { Ok(()) } else { Err(NoTerminal::Input) }
}

/// Why the workstation cannot be opened here.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NoTerminal {
    /// Nothing to draw on.
    #[error(
        "standard output is not a terminal, and the workstation is drawn on one: run it without | and >, or ask for something that prints, see desk --help"
    )]
    Output,
    /// Nothing to read keys from.
    #[error(
        "there is no terminal to read keys from: standard input is none and /dev/tty cannot be opened"
    )]
    Input,
}

/// What a wake asked for.
#[derive(Debug)]
enum Taken {
    /// Draw at once.
    Urgent,
    /// Draw when the pace allows.
    Data,
    /// Draw what could not be drawn before, if there is such.
    Written,
    /// Leave.
    End(Ending),
}

/// Sends bytes that are no frame; a terminal that stands still goes without them.
fn pass(frames: &mut FrameWriter<Outlet>, bytes: &[u8]) -> io::Result<()> {
    match frames.pass(bytes) {
        Err(error) if error.kind() == io::ErrorKind::WouldBlock => Ok(()),
        passed => passed,
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use super::*;
    use crate::bus::Latest;
    use crate::domain::FundId;
    use crate::engine::{DeskInfo, LoopStats, State};
    use crate::market::Market;

    #[test]
    fn a_size_nobody_can_have_is_not_believed() {
        assert_eq!(usable((0, 0)), (80, 24));
        assert_eq!(usable((0, 50)), (80, 50));
        assert_eq!(usable((1, 1)), (1, 1));
        assert_eq!(usable((400, 120)), (400, 120));
        assert_eq!(usable((u16::MAX, u16::MAX)), SIZE_MOST);
    }

    #[test]
    fn facts_are_shown_at_once_a_few_times_within_the_pace() {
        let pace = Duration::from_millis(32);
        let mut behind = Behind::default();
        let begins = Duration::from_secs(1);
        assert!(!behind.facts_due(begins, pace), "there are none");
        behind.hurry = true;
        let mut frames_in = |from: u32, to: u32| {
            let at = (from..to).map(|ms| begins + Duration::from_millis(ms.into()));
            at.filter(|at| behind.facts_due(*at, pace)).count()
        };
        assert_eq!(frames_in(0, 32), 4);
        assert_eq!(frames_in(32, 64), 4);
        assert_eq!(frames_in(100, 101), 1);
    }

    #[test]
    fn a_loop_that_does_not_look_is_told_of_so_much_and_no_more() {
        let info = DeskInfo {
            fund_id: FundId::new("f").unwrap(),
            broker: "paper".into(),
            feed: "sim".into(),
            live: false,
            read_only: false,
            capability: None,
            fee_bps: 0,
            simulated: Vec::new(),
        };
        let market = Market::new(Vec::new(), HashMap::new(), Duration::from_secs(5), 1);
        let mut state = State::new(info, market);
        let snapshot =
            |state: &State| Arc::new(state.snapshot(Timestamp::EPOCH, LoopStats::default()));
        let latest = Latest::new(snapshot(&state));
        let wakes = Wakes::new(&latest.subscribe());
        for seq in 1..10_000 {
            state.pass(seq);
            // Publishing never waits for the screen.
            latest.publish(snapshot(&state));
        }
        wakes.stop().ask();
        assert_eq!(wakes.receive.try_iter().count(), WAITING_MOST);
        assert!(
            wakes.fresh.load(Ordering::Acquire),
            "what was missed is looked at"
        );
    }
}
