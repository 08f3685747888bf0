//! What happens when an invariant breaks: the terminal is given back first, then words.
//!
//! The hook runs on the thread that panicked, before anything unwinds. It raises a
//! flag that the screen loop looks at before it writes, so that no frame is drawn
//! over the shell afterwards.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use crate::adapter::gates;
use crate::app::study;
use crate::ui::screen;

/// Raised once a thread panicked.
#[derive(Debug, Clone, Default)]
pub struct Broken {
    raised: Arc<AtomicBool>,
    /// Held from before the flag is raised until the words are out.
    speaking: Arc<Mutex<()>>,
}

impl Broken {
    /// Returns true once a thread panicked.
    pub fn is_set(&self) -> bool {
        self.raised.load(Ordering::SeqCst)
    }

    /// Waits until the thread that panicked has said why: a process that ends before it ends without a word.
    pub fn hear(&self) {
        drop(self.speaking.lock().unwrap_or_else(PoisonError::into_inner));
    }
}

/// Installs the hook. With `on_screen` the terminal is restored before the words are printed.
pub fn install(on_screen: bool) -> Broken {
    let broken = Broken::default();
    let flag = broken.clone();
    std::panic::set_hook(Box::new(move |info| {
        if std::thread::current().name() == Some(gates::THREAD) {
            // It is caught there, and the gate has refused: not a reason to end the desk.
            return tracing::error!(%info, "a gate panicked");
        }
        if std::thread::current().name() == Some(study::THREAD) {
            // A method of the portfolio; it is caught there and becomes the fault of its figure.
            return tracing::error!(%info, "a method of the portfolio broke");
        }
        let _speaking = flag.speaking.lock().unwrap_or_else(PoisonError::into_inner);
        let first = !flag.raised.swap(true, Ordering::SeqCst);
        if first && on_screen {
            screen::restore_blind();
        }
        let place = info
            .location()
            .map(|at| format!(" at {}:{}", at.file(), at.line()))
            .unwrap_or_default();
        let what = info.payload_as_str().unwrap_or("no words");
        tracing::error!(what, place, "a broken invariant stopped the desk");
        if first {
            say(&format!(
                "desk: stopped by a broken invariant{place}: {what}\n\
                 Nothing that was not in the journal was sent. Start it again: it recovers from the journal.\n"
            ));
        }
    }));
    broken
}

/// Writes to standard error and does not mind if nobody listens.
fn say(text: &str) {
    use std::io::Write;
    let _ = std::io::stderr().lock().write_all(text.as_bytes());
}
