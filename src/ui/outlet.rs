//! The way out to a terminal that may stop reading: what it does not take at once is handed to a thread.
//!
//! Nearly every frame is taken at once, and then no other thread need wake up for it.
//! Whoever draws never waits: it asks [`Outlet::ready`] first, and draws nothing
//! while the last frame is still on its way. So a terminal that stands still (a
//! stalled line, a stopped reader) holds up neither keys nor signals nor the
//! engine, and costs no memory; when it reads again, the newest frame follows on the
//! one it had. Bytes leave whole and in the order they were handed in.

use std::io::{self, Write};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, TrySendError, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

/// Writes on their way at most: a frame, and what is passed beside it.
const WAITING_MOST: usize = 8;

/// Writes bytes, or hands them to the thread that does.
pub struct Outlet {
    /// Takes what the terminal has room for and never waits.
    eager: Option<Box<dyn Write + Send>>,
    send: SyncSender<Vec<u8>>,
    ended: Receiver<()>,
    shared: Arc<Shared>,
}

#[derive(Debug, Default)]
struct Shared {
    waiting: AtomicUsize,
    /// Somebody found it busy and wants to be told.
    awaited: AtomicBool,
    failed: Mutex<Option<io::Error>>,
}

impl Shared {
    fn take_failure(&self) -> Option<io::Error> {
        let mut failed = self.failed.lock().unwrap_or_else(PoisonError::into_inner);
        failed.take()
    }

    /// Notes that one write is done; returns true when somebody waits for that.
    fn written(&self) -> bool {
        self.waiting.fetch_sub(1, Ordering::SeqCst) == 1
            && self.awaited.swap(false, Ordering::SeqCst)
    }
}

impl Outlet {
    /// Starts the thread; `tell` is called when what was waited for is written, and when writing failed.
    ///
    /// Both lead to the same terminal: `eager` must never wait, and says `WouldBlock` where it would have to.
    ///
    /// # Errors
    /// When no thread can be had.
    pub fn start(
        eager: Option<impl Write + Send + 'static>,
        mut out: impl Write + Send + 'static,
        tell: impl Fn() + Send + 'static,
    ) -> io::Result<Self> {
        let (send, receive) = sync_channel::<Vec<u8>>(WAITING_MOST);
        let (end, ended) = sync_channel(1);
        let shared = Arc::new(Shared::default());
        let ours = Arc::clone(&shared);
        std::thread::Builder::new()
            .name("screen".into())
            .spawn(move || {
                // Lives as long as the thread: its end is the sign that everything is written.
                let _end = end;
                for bytes in receive {
                    if let Err(error) = out.write_all(&bytes).and_then(|()| out.flush()) {
                        let mut failed = ours.failed.lock().unwrap_or_else(PoisonError::into_inner);
                        *failed = Some(error);
                        drop(failed);
                        return tell();
                    }
                    if ours.written() {
                        tell();
                    }
                }
            })?;
        Ok(Self {
            eager: eager.map(|out| Box::new(out) as Box<dyn Write + Send>),
            send,
            ended,
            shared,
        })
    }

    /// Returns how many bytes the terminal took at once; none while earlier ones are on their way.
    fn write_now(&mut self, bytes: &[u8]) -> usize {
        let Some(eager) = &mut self.eager else {
            return 0;
        };
        if self.shared.waiting.load(Ordering::SeqCst) > 0 {
            return 0;
        }
        match eager.write(bytes) {
            Ok(taken) => taken,
            Err(error) => {
                if !matches!(
                    error.kind(),
                    io::ErrorKind::WouldBlock | io::ErrorKind::Interrupted
                ) {
                    // The thread meets the same and says it.
                    self.eager = None;
                }
                0
            }
        }
    }

    /// Returns true when everything handed in is written; if not, `tell` will be called when it is.
    pub fn ready(&self) -> bool {
        let idle = || self.shared.waiting.load(Ordering::SeqCst) == 0;
        if idle() {
            return true;
        }
        self.shared.awaited.store(true, Ordering::SeqCst);
        idle()
    }

    /// Returns why writing failed, once.
    ///
    /// # Errors
    /// When it did.
    pub fn check(&self) -> io::Result<()> {
        self.shared.take_failure().map_or(Ok(()), Err)
    }

    /// Hands in the last bytes and waits a while until everything is written; returns whether it was.
    ///
    /// # Errors
    /// When writing failed.
    pub fn finish(mut self, last: &[u8], patience: Duration) -> io::Result<bool> {
        match self.write_all(last) {
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => return Ok(false),
            other => other?,
        }
        let Self {
            send,
            ended,
            shared,
            ..
        } = self;
        drop(send);
        let written = ended.recv_timeout(patience) != Err(RecvTimeoutError::Timeout);
        shared.take_failure().map_or(Ok(written), Err)
    }
}

impl std::fmt::Debug for Outlet {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Outlet")
            .field("eager", &self.eager.is_some())
            .field("shared", &self.shared)
            .finish_non_exhaustive()
    }
}

impl Write for Outlet {
    /// Takes everything or nothing: `WouldBlock` when too much is on its way.
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.check()?;
        let rest = bytes.get(self.write_now(bytes)..).unwrap_or_default();
        if rest.is_empty() {
            return Ok(bytes.len());
        }
        self.shared.waiting.fetch_add(1, Ordering::SeqCst);
        let kind = match self.send.try_send(rest.to_vec()) {
            Ok(()) => return Ok(bytes.len()),
            Err(TrySendError::Full(_)) => io::ErrorKind::WouldBlock,
            Err(TrySendError::Disconnected(_)) => io::ErrorKind::BrokenPipe,
        };
        self.shared.waiting.fetch_sub(1, Ordering::SeqCst);
        Err(kind.into())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LONG: Duration = Duration::from_secs(20);
    const SHORT: Duration = Duration::from_millis(1);

    /// A terminal that takes one write for each leave it is given.
    struct Terminal {
        leave: Receiver<()>,
        seen: Arc<Mutex<Vec<u8>>>,
    }

    impl Write for Terminal {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.leave
                .recv()
                .map_err(|_| io::Error::from(io::ErrorKind::BrokenPipe))?;
            self.seen.lock().unwrap().extend_from_slice(bytes);
            Ok(bytes.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    type Parts = (Outlet, SyncSender<()>, Arc<Mutex<Vec<u8>>>, Receiver<()>);

    fn outlet() -> Parts {
        let (allow, leave) = sync_channel(100);
        let seen = Arc::new(Mutex::new(Vec::new()));
        let (news, told) = sync_channel(100);
        let terminal = Terminal {
            leave,
            seen: Arc::clone(&seen),
        };
        let tell = move || news.send(()).unwrap();
        let eager = None::<io::Sink>;
        (
            Outlet::start(eager, terminal, tell).unwrap(),
            allow,
            seen,
            told,
        )
    }

    /// A terminal that has room for so many bytes.
    struct Room {
        left: usize,
        seen: Arc<Mutex<Vec<u8>>>,
    }

    impl Write for Room {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            if self.left == 0 {
                return Err(io::ErrorKind::WouldBlock.into());
            }
            let taken = bytes.len().min(self.left);
            self.left -= taken;
            self.seen.lock().unwrap().extend_from_slice(&bytes[..taken]);
            Ok(taken)
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn what_a_terminal_takes_at_once_waits_for_no_thread_and_the_rest_follows_in_order() {
        let (mut outlet, allow, seen, told) = outlet();
        outlet.eager = Some(Box::new(Room {
            left: 6,
            seen: Arc::clone(&seen),
        }));
        outlet.write_all(b"one ").unwrap();
        assert!(outlet.ready());
        assert_eq!(*seen.lock().unwrap(), b"one ");
        outlet.write_all(b"two ").unwrap();
        assert!(!outlet.ready(), "half of it is on its way");
        outlet.write_all(b"three").unwrap();
        assert_eq!(*seen.lock().unwrap(), b"one tw");
        allow.send(()).unwrap();
        allow.send(()).unwrap();
        told.recv_timeout(LONG).unwrap();
        assert_eq!(*seen.lock().unwrap(), b"one two three");
        assert!(outlet.ready());
    }

    #[test]
    fn a_terminal_that_stands_still_holds_nobody_up_and_is_told_of_when_it_reads_again() {
        let (mut outlet, allow, seen, told) = outlet();
        assert!(outlet.ready());
        outlet.write_all(b"one ").unwrap();
        assert!(!outlet.ready());
        assert_eq!(told.recv_timeout(SHORT), Err(RecvTimeoutError::Timeout));
        allow.send(()).unwrap();
        told.recv_timeout(LONG).unwrap();
        assert!(outlet.ready());
        outlet.write_all(b"two ").unwrap();
        allow.send(()).unwrap();
        allow.send(()).unwrap();
        assert!(outlet.finish(b"last", LONG).unwrap());
        assert_eq!(*seen.lock().unwrap(), b"one two last");
    }

    #[test]
    fn what_is_on_its_way_is_bounded_and_an_end_does_not_wait_for_ever() {
        let (mut outlet, _allow, seen, _told) = outlet();
        let full = (0..100).find_map(|_| outlet.write_all(b"frame").err());
        assert_eq!(full.unwrap().kind(), io::ErrorKind::WouldBlock);
        assert!(!outlet.finish(b"last", SHORT).unwrap());
        assert!(seen.lock().unwrap().is_empty());
    }

    #[test]
    fn a_terminal_that_is_gone_is_said() {
        let (mut outlet, allow, _seen, told) = outlet();
        outlet.write_all(b"frame").unwrap();
        drop(allow);
        told.recv_timeout(LONG).unwrap();
        let error = outlet.write_all(b"next").unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::BrokenPipe);
    }
}
