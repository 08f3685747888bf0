//! What the desk leaves on the disk is its owner's alone, under any umask, while it runs and after.

#![cfg(unix)]

use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::{Path, PathBuf};
use std::time::Duration;

use mts1b_desk::base::{Clock, SystemClock};
use mts1b_desk::domain::Timestamp;

use crate::pty::at_home;
use crate::pty::session::Session;
use crate::support::program::desk;

/// Returns everything under a folder, with its mode.
fn walk(folder: &Path) -> Vec<(PathBuf, u32)> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap().map(Result::unwrap) {
        // A file that SQLite or the lock removes meanwhile is not there to be read.
        let Ok(meta) = entry.metadata() else { continue };
        found.push((entry.path(), meta.permissions().mode() & 0o777));
        if meta.is_dir() {
            found.extend(walk(&entry.path()));
        }
    }
    found
}

#[track_caller]
fn owners_alone(home: &Path, expected: &[&str]) {
    let found = walk(home);
    for (path, mode) in &found {
        let right = if path.is_dir() { 0o700 } else { 0o600 };
        assert_eq!(*mode, right, "{} has mode {mode:o}", path.display());
    }
    for part in expected {
        let there = found.iter().any(|(path, _)| {
            let name = path.file_name().unwrap().to_string_lossy();
            name.starts_with(part)
        });
        assert!(there, "no {part}: {found:?}");
    }
}

#[test]
fn all_that_a_session_makes_is_the_owners_alone_under_any_umask() {
    for umask in [0o000, 0o022, 0o077] {
        let home = tempfile::tempdir().unwrap();
        let mut command = at_home(home.path(), env!("CARGO_BIN_EXE_desk"), &[]);
        command.umask(Some(umask));
        let mut session = Session::spawn(command.clone(), (120, 36));
        session.wait_for_price("AAPL");
        session.wait_for("paper ●");
        session.keys("b10\ry");
        session.wait_for_position("AAPL", "10");
        let running = [
            "journal.db",
            "journal.db-wal",
            "journal.db-shm",
            "desk.lock",
            "desk.2",
        ];
        owners_alone(home.path(), &running);
        // Cut off, so that what SQLite keeps beside the journal stays.
        session.kill();
        owners_alone(home.path(), &running);
        // Somebody opened it all up meanwhile.
        for (path, mode) in walk(home.path()) {
            let wide = std::fs::Permissions::from_mode(mode | 0o066);
            std::fs::set_permissions(path, wide).unwrap();
        }
        let own = home.path().join(".local/share/mts1b-desk");
        let mut session = Session::spawn(command, (120, 36));
        session.wait_for_price("AAPL");
        session.wait_for_position("AAPL", "10");
        owners_alone(&own, &["journal.db", "desk.lock"]);
        owners_alone(
            &home.path().join(".local/state/mts1b-desk/log"),
            &["desk.2"],
        );
        session.keys("q");
        assert_eq!(session.ended(), 0);
        owners_alone(&own, &["journal.db"]);
    }
}

#[test]
fn a_link_in_a_folder_of_the_desk_is_not_followed_into_a_strangers_file() {
    let today = |after: Duration| {
        let now = Timestamp::from_us(SystemClock::new().wall_us());
        format!("log/desk.{}.log", now.plus(after).date())
    };
    let logs = [today(Duration::ZERO), today(Duration::from_hours(24))];
    let names: [&[&str]; 4] = [
        &["desk.lock"],
        &["journal.db"],
        &["journal.db-wal"],
        // Midnight may come between the two looks at the clock.
        &[&logs[0], &logs[1]],
    ];
    for names in names {
        let folder = tempfile::tempdir().unwrap();
        let theirs = folder.path().join("theirs");
        std::fs::write(&theirs, "a letter\n").unwrap();
        std::fs::set_permissions(&theirs, std::fs::Permissions::from_mode(0o644)).unwrap();
        for name in names {
            let link = folder.path().join("data").join(name);
            std::fs::create_dir_all(link.parent().unwrap()).unwrap();
            symlink(&theirs, link).unwrap();
        }
        let answer = desk(folder.path(), &[]);
        assert_eq!(answer.code, 3, "{names:?}: {}", answer.err);
        assert!(
            answer.err.contains("symbolic link"),
            "{names:?}: {}",
            answer.err
        );
        assert_eq!(std::fs::read_to_string(&theirs).unwrap(), "a letter\n");
        let mode = std::fs::metadata(&theirs).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o644, "{names:?}");
    }
}
