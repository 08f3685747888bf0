//! Rounds in which the files of the books are ruined: it is said, or nothing became of it.

use std::fs;
use std::path::Path;

use mts1b_desk::journal::checkpoints;

use super::{STOPPED, ms, opens, quiet, quits, shown};
use crate::pty::session::row;
use crate::pty::torture::Torture;
use crate::pty::torture::books::Books;
use crate::pty::torture::damage::damage;
use crate::pty::torture::disk::copy;

impl Torture {
    pub(super) fn damaged(&mut self) {
        let mut session = self.open();
        self.trade(&mut session, 4);
        if self.chance.one_in(4) {
            quits(&mut session);
            self.gives_back(&mut session, &[0]);
            self.seen.closings += 1;
        } else {
            session.kill();
        }
        let (whole, folder) = self.set_aside();
        let Some(books) = self.check(&shown(&session)) else {
            return;
        };
        for _ in 0..3 {
            let place = tempfile::tempdir().unwrap();
            copy(&folder, place.path());
            let older = self
                .older
                .as_ref()
                .map(|older| older.path().join("aside/data"));
            let data = place.path().join("data");
            let what = damage(&data, older.as_deref(), &mut self.chance);
            self.say(what);
            self.judge(place.path(), &books);
        }
        if self.older.is_none() || self.chance.one_in(3) {
            self.older = Some(whole);
        }
    }

    /// Damage is said, or it is none: never are there silently other books.
    fn judge(&mut self, folder: &Path, whole: &Books) {
        match Books::read(&self.program, folder) {
            Err(said) => {
                assert!(matches!(said.code, 1 | 3), "{said:?}");
                assert!(
                    !said.err.is_empty() || said.out.contains("\"what\""),
                    "{said:?}"
                );
                self.say(format!("said: {}{}", said.out, said.err));
                self.count("damage that was said");
                let anchors = checkpoints(&folder.join("data")).unwrap_or_default();
                let mut session = self.start(folder);
                if !anchors.is_empty() && opens(&mut session) {
                    // What lies before a checkpoint is read again beside the running desk; where the log is
                    // moved into that part of the file first, the journal stops before the audit is there.
                    session.wait("the audit's halt, or that nothing is sent", |screen| {
                        screen.contains("journal audit") || screen.contains(STOPPED)
                    });
                    session.kill();
                    quiet(&session);
                    self.count("damage before a checkpoint, that halted the desk");
                    return;
                }
                let left = self.gives_back(&mut session, &[1, 3]);
                assert!(left.contains("desk: "), "{left}");
            }
            Ok(books) => {
                if books == *whole {
                    self.count("damage that did no harm");
                } else {
                    assert!(
                        acknowledged(folder).is_some_and(|last| last <= books.records)
                            && whole.fills.starts_with(&books.fills),
                        "other books and not a word: {} records of {}, {} fills of {}",
                        books.records,
                        whole.records,
                        books.fills.len(),
                        whole.fills.len()
                    );
                    // Nothing of that batch was ever sent or shown.
                    self.count("damage that took the batch a kill had cut");
                }
                self.goes_on(folder, &books);
            }
        }
    }

    /// Where damage did no harm the desk opens, or says why not; what it then writes is good or is said to be bad.
    fn goes_on(&mut self, folder: &Path, whole: &Books) {
        let mut session = self.start(folder);
        if !opens(&mut session) {
            let left = self.gives_back(&mut session, &[1, 3]);
            assert!(left.contains("desk: "), "{left}");
            self.count("harmless damage that a start refuses");
            return;
        }
        session.wait("a price, or that nothing is sent", |screen| {
            row(screen, "AAPL", 1).is_some_and(|word| word.contains('.'))
                || screen.contains(STOPPED)
        });
        if session.text().contains(STOPPED) {
            self.count("harmless damage that stops trading at once");
        }
        session.keys("b1\ry");
        ms(200);
        session.kill();
        quiet(&session);
        match Books::read(&self.program, folder) {
            Ok(books) => {
                assert!(books.fills.starts_with(&whole.fills), "fills were lost");
                assert!(books.records >= whole.records, "records were lost");
            }
            Err(said) => {
                assert!(matches!(said.code, 1 | 3), "{said:?}");
                self.count("harmless damage that was said after more was written");
            }
        }
    }
}

/// Returns the last record that was acknowledged, as it stands beside the journal.
fn acknowledged(folder: &Path) -> Option<u64> {
    let text = fs::read_to_string(folder.join("data/journal.head")).ok()?;
    text.split_once(':')?.0.parse().ok()
}
