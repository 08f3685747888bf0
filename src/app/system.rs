//! What the operating system asks of the process: to end, and not to write beyond a limit; and what threads ask of it.

use tokio::runtime::Runtime;

use crate::app::terminal::Stop;

/// The signal of a write beyond the limit on file sizes.
#[cfg(all(unix, not(any(target_arch = "mips", target_arch = "mips64"))))]
const SIGXFSZ: i32 = 25;
#[cfg(all(unix, any(target_arch = "mips", target_arch = "mips64")))]
const SIGXFSZ: i32 = 31;

/// Ends the screen when the system asks the process to end.
pub(super) fn stop_when_asked(runtime: &Runtime, stop: Stop) {
    #[cfg(unix)]
    runtime.spawn(async move {
        use tokio::signal::unix::{SignalKind, signal};
        let (Ok(mut term), Ok(mut hangup), Ok(mut interrupt)) = (
            signal(SignalKind::terminate()),
            signal(SignalKind::hangup()),
            signal(SignalKind::interrupt()),
        ) else {
            return;
        };
        loop {
            tokio::select! {
                _ = term.recv() => {}
                _ = hangup.recv() => {}
                // Sent from outside: typed, the raw terminal hands it over as a key.
                _ = interrupt.recv() => {}
            }
            stop.ask();
        }
    });
    #[cfg(not(unix))]
    let _ = (runtime, stop);
}

/// How much less of a processor that is short a thread asks for that gives way, in the system's own steps:
/// a tenth of what the others get.
#[cfg(target_os = "linux")]
const GIVES_WAY: i32 = 10;

/// Has the desk's other threads go first where processors are short: a quote that comes late is replaced by a
/// newer one and a figure by the next, an order is not.
///
/// Only Linux knows a priority of one thread; elsewhere all stay equal.
pub(super) fn give_way() {
    #[cfg(target_os = "linux")]
    if let Err(error) = rustix::process::nice(GIVES_WAY) {
        tracing::debug!(%error, "this thread does not give way to others");
    }
}

/// Makes a write beyond the shell's limit on file sizes an error like a full disk.
///
/// Left alone the signal ends the process on the spot, in a terminal that nobody gives back.
pub(super) fn outlive_the_file_limit(runtime: &Runtime) {
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        let _inside = runtime.enter();
        // A handler once installed stays; nobody needs to hear of it.
        if let Err(error) = signal(SignalKind::from_raw(SIGXFSZ)) {
            tracing::warn!(%error, "a limit on file sizes would end the desk at once");
        }
    }
    #[cfg(not(unix))]
    let _ = runtime;
}
