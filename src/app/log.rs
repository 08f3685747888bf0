//! The log: files in a folder, the owner's alone, never the screen.
//!
//! A line is handed to one writer thread through a bounded buffer; when the disk
//! cannot keep up, lines are dropped and counted, because the log must never
//! hold up an order. A file holds one day, and no more than `BYTES_MOST`; of all
//! files so many are kept as the settings say, so a flood of lines cannot fill the
//! disk. What must not be lost is in the journal, not here.

use std::fs::File;
use std::io::{self, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use tracing_appender::non_blocking::{ErrorCounter, NonBlockingBuilder, WorkerGuard};
use tracing_subscriber::filter::{LevelFilter, Targets};
use tracing_subscriber::layer::SubscriberExt as _;

use crate::base::{Clock, private};
use crate::config::LogSettings;
use crate::domain::Timestamp;

/// Lines that wait for the disk at most; a further one is dropped and counted.
const LINES_WAITING_MOST: usize = 4096;
/// Bytes of one file at most, but for a single line that is longer.
const BYTES_MOST: u64 = 8 << 20;

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
pub fn start(
    folder: &Path,
    settings: LogSettings,
    clock: Arc<dyn Clock>,
) -> Result<LogGuard, LogError> {
    let files = Files::open(folder, settings.files_most, BYTES_MOST, clock)
        .map_err(|error| cannot_write(folder, &error))?;
    let (subscriber, guard) = subscriber(files, settings);
    tracing::subscriber::set_global_default(subscriber).map_err(|_| LogError::Twice)?;
    Ok(guard)
}

fn cannot_write(folder: &Path, error: &io::Error) -> LogError {
    LogError::Folder {
        path: folder.to_path_buf(),
        text: error.to_string(),
    }
}

fn subscriber(
    files: impl Write + Send + 'static,
    settings: LogSettings,
) -> (impl tracing::Subscriber + Send + Sync + 'static, LogGuard) {
    let (writer, guard) = NonBlockingBuilder::default()
        .buffered_lines_limit(LINES_WAITING_MOST)
        .lossy(true)
        .thread_name("log")
        .finish(files);
    let dropped = writer.error_counter();
    // Of the libraries only what is odd: their chatter would bury ours.
    let level: LevelFilter = settings.level.as_str().parse().unwrap_or(LevelFilter::INFO);
    let filter = Targets::new()
        .with_default(LevelFilter::WARN)
        .with_targets([("mts1b_desk", level), ("desk", level)]);
    let lines = tracing_subscriber::fmt::layer()
        .with_ansi(false)
        .with_target(true)
        .with_writer(writer);
    let subscriber = tracing_subscriber::registry().with(lines).with(filter);
    let guard = LogGuard {
        _writer: guard,
        dropped,
    };
    (subscriber, guard)
}

/// The files of a log: which one is written, when the next one is begun, which ones leave.
#[derive(Debug)]
struct Files {
    folder: PathBuf,
    most: usize,
    bytes_most: u64,
    clock: Arc<dyn Clock>,
    name: Name,
    file: File,
    bytes: u64,
}

impl Files {
    /// Goes on with the newest file of today, or begins it.
    fn open(
        folder: &Path,
        most: usize,
        bytes_most: u64,
        clock: Arc<dyn Clock>,
    ) -> io::Result<Self> {
        let date = today(&*clock);
        let begun = names(folder)?.into_iter().filter(|name| name.date == date);
        let name = begun.max().unwrap_or(Name { date, part: 0 });
        let (file, bytes) = append_to(&folder.join(name.to_string()))?;
        let files = Self {
            folder: folder.to_path_buf(),
            most: most.max(1),
            bytes_most,
            clock,
            name,
            file,
            bytes,
        };
        files.prune();
        Ok(files)
    }

    /// Begins another file where the day is over or this one is full.
    fn make_room(&mut self, line: usize) -> io::Result<()> {
        let date = today(&*self.clock);
        let full = self.bytes > 0 && self.bytes + line as u64 > self.bytes_most;
        // A clock that stepped back does not make an older file grow again.
        let name = match date > self.name.date {
            true => Name { date, part: 0 },
            false if full => Name {
                part: self.name.part + 1,
                ..self.name.clone()
            },
            false => return Ok(()),
        };
        (self.file, self.bytes) = append_to(&self.folder.join(name.to_string()))?;
        self.name = name;
        self.prune();
        Ok(())
    }

    /// Removes the oldest files beyond the number kept.
    fn prune(&self) {
        let mut names = names(&self.folder).unwrap_or_default();
        names.sort();
        let beyond = names.len().saturating_sub(self.most);
        for name in names.iter().take(beyond).filter(|name| **name != self.name) {
            // One that cannot be removed now is tried again when the next file is begun.
            let _ = std::fs::remove_file(self.folder.join(name.to_string()));
        }
    }
}

impl Write for Files {
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        self.make_room(line.len())?;
        let written = self.file.write(line)?;
        self.bytes += written as u64;
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

/// What a file of the log is called: `desk.2026-11-23.log`, then `desk.2026-11-23.1.log`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Name {
    date: jiff::civil::Date,
    part: u32,
}

impl std::fmt::Display for Name {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.part {
            0 => write!(f, "desk.{}.log", self.date),
            part => write!(f, "desk.{}.{part}.log", self.date),
        }
    }
}

impl Name {
    fn read(text: &str) -> Option<Self> {
        let inner = text.strip_prefix("desk.")?.strip_suffix(".log")?;
        let (date, part) = match inner.split_once('.') {
            Some((date, part)) => (date, part.parse().ok()?),
            None => (inner, 0),
        };
        let date = date.parse().ok()?;
        // A name we would write otherwise is none of ours.
        Some(Self { date, part }).filter(|name| name.to_string() == text)
    }
}

fn today(clock: &dyn Clock) -> jiff::civil::Date {
    Timestamp::from_us(clock.wall_us()).date()
}

fn names(folder: &Path) -> io::Result<Vec<Name>> {
    let entries = std::fs::read_dir(folder)?;
    Ok(entries
        .filter_map(|entry| Name::read(entry.ok()?.file_name().to_str()?))
        .collect())
}

fn append_to(path: &Path) -> io::Result<(File, u64)> {
    let mut file = private::file(path)?;
    let bytes = file.seek(SeekFrom::End(0))?;
    Ok((file, bytes))
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use crate::base::ManualClock;
    use crate::config::LogLevel;

    use super::*;

    const SETTINGS: LogSettings = LogSettings {
        level: LogLevel::Info,
        files_most: 7,
    };
    /// 2026-11-20T23:59:00Z.
    const LATE: i64 = 1_795_219_140_000_000;

    fn clock() -> Arc<ManualClock> {
        Arc::new(ManualClock::new(LATE))
    }

    fn read(folder: &Path) -> String {
        let files = std::fs::read_dir(folder).unwrap();
        let text = |file: std::io::Result<std::fs::DirEntry>| {
            std::fs::read_to_string(file.unwrap().path()).unwrap()
        };
        files.map(text).collect()
    }

    fn listed(folder: &Path) -> Vec<String> {
        let mut names = names(folder).unwrap();
        names.sort();
        names.iter().map(Name::to_string).collect()
    }

    #[test]
    fn lines_are_in_the_file_when_the_guard_is_gone() {
        let dir = tempfile::tempdir().unwrap();
        let files = Files::open(dir.path(), 7, BYTES_MOST, clock()).unwrap();
        let (subscriber, guard) = subscriber(files, SETTINGS);
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
        let folder = file.join("log");
        let error = Files::open(&folder, 7, BYTES_MOST, clock()).unwrap_err();
        let said = cannot_write(&folder, &error).to_string();
        assert!(
            said.contains("file/log") && said.contains("--data"),
            "{said}"
        );
    }

    #[test]
    fn a_day_and_a_full_file_begin_another_and_the_oldest_leave() {
        let dir = tempfile::tempdir().unwrap();
        std::fs::write(dir.path().join("desk.toml"), "not a log").unwrap();
        std::fs::write(dir.path().join("desk.2026-11-20.01.log"), "not ours").unwrap();
        let clock = clock();
        let mut files = Files::open(dir.path(), 3, 100, clock.clone()).unwrap();
        files.write_all(&[b'a'; 60]).unwrap();
        files.write_all(&[b'b'; 60]).unwrap();
        let first = ["desk.2026-11-20.log", "desk.2026-11-20.1.log"];
        assert_eq!(listed(dir.path()), first);
        clock.advance(Duration::from_mins(2));
        files.write_all(&[b'c'; 60]).unwrap();
        for _ in 0..20 {
            files.write_all(&[b'd'; 90]).unwrap();
        }
        // A line longer than a file is written all the same, into one of its own.
        files.write_all(&[b'e'; 300]).unwrap();
        let last = ["19", "20", "21"].map(|part| format!("desk.2026-11-21.{part}.log"));
        assert_eq!(listed(dir.path()), last);
        let bytes: u64 = last
            .iter()
            .map(|name| dir.path().join(name).metadata().unwrap().len())
            .sum();
        assert_eq!(bytes, 90 + 90 + 300);
        assert!(dir.path().join("desk.toml").exists());
        assert!(dir.path().join("desk.2026-11-20.01.log").exists());
        // Opened again, the newest file goes on where there is room in it.
        drop(files);
        let mut files = Files::open(dir.path(), 3, 1000, clock).unwrap();
        files.write_all(b"f").unwrap();
        assert_eq!(listed(dir.path()), last);
    }

    #[test]
    fn lines_that_the_disk_is_too_slow_for_are_dropped_and_counted() {
        /// A disk that takes nothing until it is told to.
        struct Stuck(std::sync::mpsc::Receiver<()>);
        impl Write for Stuck {
            fn write(&mut self, line: &[u8]) -> io::Result<usize> {
                // Once the other end is gone it takes everything.
                let _ = self.0.recv();
                Ok(line.len())
            }

            fn flush(&mut self) -> io::Result<()> {
                Ok(())
            }
        }
        let (free, stuck) = std::sync::mpsc::sync_channel(0);
        let (subscriber, guard) = subscriber(Stuck(stuck), SETTINGS);
        let extra = 500;
        tracing::subscriber::with_default(subscriber, || {
            for line in 0..LINES_WAITING_MOST + extra {
                tracing::info!(line, "said");
            }
        });
        // One line is at the disk, if its thread has come to it, and a full buffer waits.
        let dropped = guard.dropped_lines();
        assert!((extra - 1..=extra).contains(&dropped), "{dropped}");
        drop(free);
    }
}
