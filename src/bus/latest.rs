//! The way back: the newest snapshot, for any number of readers. Older ones are simply gone.
//!
//! Publishing swaps one pointer and calls the wakers; a reader that is slow or
//! asleep delays nobody. A value that was published is never altered.

use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError, RwLock};

type Waker<T> = Box<dyn Fn(&T) + Send + Sync>;

struct Shared<T> {
    value: Mutex<Arc<T>>,
    version: AtomicU64,
    wakers: RwLock<Vec<Waker<T>>>,
}

impl<T> Shared<T> {
    fn get(&self) -> Arc<T> {
        Arc::clone(&self.value.lock().unwrap_or_else(PoisonError::into_inner))
    }

    fn on_publish(&self, waker: Waker<T>) {
        let mut wakers = self.wakers.write().unwrap_or_else(PoisonError::into_inner);
        wakers.push(waker);
    }
}

/// The publisher's end.
pub struct Latest<T> {
    shared: Arc<Shared<T>>,
}

impl<T> Latest<T> {
    /// Starts with a first value.
    pub fn new(first: Arc<T>) -> Self {
        Self {
            shared: Arc::new(Shared {
                value: Mutex::new(first),
                version: AtomicU64::new(1),
                wakers: RwLock::new(Vec::new()),
            }),
        }
    }

    /// Replaces the value and wakes the readers.
    pub fn publish(&self, value: Arc<T>) {
        let shown = Arc::clone(&value);
        let old = {
            let mut place = self
                .shared
                .value
                .lock()
                .unwrap_or_else(PoisonError::into_inner);
            self.shared.version.fetch_add(1, Ordering::Release);
            std::mem::replace(&mut *place, value)
        };
        // The last holder of a large snapshot pays for freeing it: not while readers wait for the lock.
        drop(old);
        let wakers = self.shared.wakers.read();
        for wake in wakers.unwrap_or_else(PoisonError::into_inner).iter() {
            wake(&shown);
        }
    }

    /// Returns the newest value.
    pub fn get(&self) -> Arc<T> {
        self.shared.get()
    }

    /// Makes a reader.
    pub fn subscribe(&self) -> Watch<T> {
        Watch {
            shared: Arc::clone(&self.shared),
        }
    }

    /// Has `waker` called with each value after it was published, on the publisher's thread.
    ///
    /// It must return at once, must not block and must not register another.
    pub fn on_publish(&self, waker: Waker<T>) {
        self.shared.on_publish(waker);
    }
}

/// A reader's end: cheap to clone.
pub struct Watch<T> {
    shared: Arc<Shared<T>>,
}

impl<T> Watch<T> {
    /// Returns the newest value.
    pub fn get(&self) -> Arc<T> {
        self.shared.get()
    }

    /// Returns a number that grows with each publication; a reader that saw it has seen the value.
    pub fn version(&self) -> u64 {
        self.shared.version.load(Ordering::Acquire)
    }

    /// Has `waker` called after each publication; see [`Latest::on_publish`].
    pub fn on_publish(&self, waker: Waker<T>) {
        self.shared.on_publish(waker);
    }
}

impl<T> Clone for Watch<T> {
    fn clone(&self) -> Self {
        Self {
            shared: Arc::clone(&self.shared),
        }
    }
}

impl<T> fmt::Debug for Latest<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Latest").finish_non_exhaustive()
    }
}

impl<T> fmt::Debug for Watch<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Watch").finish_non_exhaustive()
    }
}
