//! The log: files in a folder, one a day, never the screen.
//!
//! A line is handed to one writer thread through a bounded buffer; when the disk
//! cannot keep up, lines are dropped and counted, because the log must never
//! hold up an order. What must not be lost is in the journal, not here. The
//! folder is the owner's alone, so the files in it are too.

use std::path::{Path, PathBuf};

use tracing_appender::non_blocking::{ErrorCounter, NonBlockingBuilder, WorkerGuard};
use tracing_appender::rolling::{RollingFileAppender, Rotation};
use tracing_subscriber::EnvFilter;

use crate::config::LogSettings;

/// Lines that wait for the disk at most; a further one is dropped and counted.
const LINES_WAITING_MOST: usize = 4096;

/// Why there is no log.
#[derive(Debug, thiserror::Error)]
pub enum LogError {
    /// The folder cannot be written to.
    #[error("cannot write logs to {}: {text}; name another folder with --data DIR", path.display())]
    Folder {
        /// Which folder.
        path: PathBuf,
        /// What the system says.
        text: String,
    },
    /// Somebody else in this process keeps a log already.
    #[error("a log is kept already in this process")]
    Twice,
}

/// Keeps the log going; dropping it writes out what waits.
#[derive(Debug)]
pub struct LogGuard {
    // Held for its drop alone, which waits for the writer thread.
    _writer: WorkerGuard,
    dropped: ErrorCounter,
}

impl LogGuard {
    /// Returns how many lines the disk was too slow for.
    pub fn dropped_lines(&self) -> usize {
        self.dropped.dropped_lines()
    }
}

/// Starts the log of this process in `folder`, which must be there.
///
/// # Errors
/// When no file can be made in the folder, or when a log is kept already.
pub fn start(folder: &Path, settings: LogSettings) -> Result<LogGuard, LogError> {
    let (subscriber, guard) = subscriber(folder, settings)?;
    tracing::subscriber::set_global_default(subscriber).map_err(|_| LogError::Twice)?;
    Ok(guard)
}

fn subscriber(
    folder: &Path,
    settings: LogSettings,
) -> Result<(impl tracing::Subscriber + Send + Sync + 'static, LogGuard), LogError> {
    let file = RollingFileAppender::builder()
        .rotation(Rotation::DAILY)
        .filename_prefix("desk")
        .filename_suffix("log")
        .max_log_files(settings.files_most)
        .build(folder)
        .map_err(|error| LogError::Folder {
            path: folder.to_path_buf(),
            text: reason(&error),
        })?;
    let (writer, guard) = NonBlockingBuilder::default()
        .buffered_lines_limit(LINES_WAITING_MOST)
        .lossy(true)
        .thread_name("log")
        .finish(file);
    let dropped = writer.error_counter();
    // Of the libraries only what is odd: their chatter would bury ours.
    let level = settings.level.as_str();
    let filter = EnvFilter::new(format!("warn,mts1b_desk={level},desk={level}"));
    let subscriber = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_ansi(false)
        .with_target(true)
        .with_writer(writer)
        .finish();
    let guard = LogGuard {
        _writer: guard,
        dropped,
    };
    Ok((subscriber, guard))
}

/// Returns the innermost cause: what the system said.
fn reason(error: &dyn std::error::Error) -> String {
    let mut cause = error;
    while let Some(inner) = cause.source() {
        cause = inner;
    }
    cause.to_string()
}

#[cfg(test)]
mod tests {
    use crate::config::LogLevel;

    use super::*;

    const SETTINGS: LogSettings = LogSettings {
        level: LogLevel::Info,
        files_most: 7,
    };

    fn read(folder: &Path) -> String {
        let files = std::fs::read_dir(folder).unwrap();
        let text = |file: std::io::Result<std::fs::DirEntry>| {
            std::fs::read_to_string(file.unwrap().path()).unwrap()
        };
        files.map(text).collect()
    }

    #[test]
    fn lines_are_in_the_file_when_the_guard_is_gone() {
        let dir = tempfile::tempdir().unwrap();
        let (subscriber, guard) = subscriber(dir.path(), SETTINGS).unwrap();
        tracing::subscriber::with_default(subscriber, || {
            tracing::info!(seq = 7, "committed");
            tracing::debug!("not said at this level");
            tracing::info!(target: "some_library", "chatter");
        });
        assert_eq!(guard.dropped_lines(), 0);
        drop(guard);
        let text = read(dir.path());
        assert!(text.contains("committed seq=7"), "{text}");
        assert_eq!(text.lines().count(), 1, "{text}");
        assert!(!text.contains('\u{1b}'), "{text}");
    }

    #[test]
    fn a_folder_that_cannot_be_written_is_named() {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("file");
        std::fs::write(&file, "").unwrap();
        let said = subscriber(&file.join("log"), SETTINGS)
            .err()
            .unwrap()
            .to_string();
        assert!(
            said.contains("file/log") && said.contains("--data"),
            "{said}"
        );
    }
}
