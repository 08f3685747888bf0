//! The bell: wakes the one engine thread when something arrived on any lane.
//!
//! Ringing costs one atomic swap when the bell already rings. Whoever rings
//! first puts its message in; so a thread that hears the bell finds it.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Condvar, Mutex, PoisonError};
use std::time::Duration;

/// Rings until it is heard.
#[derive(Debug, Default)]
pub(crate) struct Bell {
    rings: AtomicBool,
    gate: Mutex<()>,
    heard: Condvar,
}

impl Bell {
    /// Rings.
    pub(crate) fn ring(&self) {
        if self.rings.swap(true, Ordering::SeqCst) {
            return;
        }
        // Taking the gate orders this ring after the waiter's look or before its sleep, never between.
        drop(self.gate.lock().unwrap_or_else(PoisonError::into_inner));
        self.heard.notify_one();
    }

    /// Silences the bell; returns whether it rang.
    pub(crate) fn hear(&self) -> bool {
        self.rings.swap(false, Ordering::SeqCst)
    }

    /// Blocks until the bell rings, and silences it; returns false when `timeout` passed first.
    pub(crate) fn wait(&self, timeout: Duration) -> bool {
        if self.hear() {
            return true;
        }
        let gate = self.gate.lock().unwrap_or_else(PoisonError::into_inner);
        let silent = |(): &mut ()| !self.rings.load(Ordering::SeqCst);
        let waited = self.heard.wait_timeout_while(gate, timeout, silent);
        drop(waited.unwrap_or_else(PoisonError::into_inner));
        self.hear()
    }
}
