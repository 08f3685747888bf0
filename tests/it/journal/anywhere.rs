//! One bit turned or one file cut short, anywhere: it is said, or it changes nothing that anyone reads.
//!
//! The chain covers every column of every record, the head and the witness cover
//! the end, a checkpoint its own file. What none of them covers must be shown here
//! to be harmless: free pages, unused parts of pages, SQLite's own counters.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::sync::atomic::AtomicBool;

use mts1b_desk::app::recover::recover;
use mts1b_desk::app::{audit, keeper};
use mts1b_desk::engine::Written;
use mts1b_desk::journal::{Journal, SqliteJournal, verify};

use crate::journal::random::{self, Trading};

const PROGRAM: &str = "test 1";
/// Damages of each of the two folders.
const ROUNDS: u64 = 120;

type Files = BTreeMap<String, Vec<u8>>;

/// A folder's files, and the books they hold.
struct Case {
    files: Files,
    books: Written,
}

fn files(folder: &Path) -> Files {
    let mut files = Files::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_str().unwrap().to_owned();
        // Made anew by whoever opens the journal.
        if !name.ends_with("-shm") && name != "desk.lock" {
            files.insert(name, fs::read(path).unwrap());
        }
    }
    files
}

/// A journal with a checkpoint in its middle: closed, or left behind by a killed desk with all of it in the log.
fn case(killed: bool) -> Case {
    let folder = tempfile::tempdir().unwrap();
    let mut journal = SqliteJournal::open(folder.path()).unwrap();
    let mut trading = Trading::new(11);
    for step in 0..80 {
        let drafts = trading.step();
        if !drafts.is_empty() {
            journal.append(drafts).unwrap();
        }
        if step == 40 {
            let (_, hash) = journal.last();
            keeper::write(&trading.state().keep(), hash, folder.path(), PROGRAM).unwrap();
        }
    }
    let books = trading.state().keep().write().unwrap();
    if !killed {
        drop(journal);
    }
    let files = files(folder.path());
    Case { files, books }
}

/// Says who noticed, or that nothing anyone reads has changed.
fn outcome(case: &Case, folder: &Path) -> &'static str {
    let Ok(mut journal) = SqliteJournal::open(folder) else {
        return "said when it is opened";
    };
    let empty = random::empty();
    let Ok(recovered) = recover(empty, journal.reader(), folder, PROGRAM) else {
        return "said when it is read";
    };
    let anchor = recovered.anchor.as_ref();
    let finding = anchor.and_then(|anchor| {
        audit::check(
            folder,
            random::empty(),
            anchor,
            &AtomicBool::default(),
            || true,
        )
    });
    if finding.is_some() {
        return "said by the audit";
    }
    let written = recovered.state.keep().write().unwrap();
    assert!(
        written.books == case.books.books && written.orders == case.books.orders,
        "other books without a word"
    );
    if journal
        .append(vec![super::cancel(journal.last().0 + 1)])
        .is_err()
    {
        return "said when it is written";
    }
    drop(journal);
    let whole = verify(folder).is_ok_and(|report| report.ok);
    match (whole, recovered.aside.is_empty()) {
        (true, true) => "harmless",
        (true, false) => "a checkpoint left aside",
        (false, _) => "said when it is verified",
    }
}

fn damage_everywhere(killed: bool) -> BTreeMap<&'static str, u32> {
    let case = case(killed);
    let names: Vec<&String> = case.files.keys().collect();
    let mut dice = 77_u64;
    let mut draw = |most: usize| {
        dice = dice
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(dice >> 33).unwrap() % most.max(1)
    };
    let mut table = BTreeMap::new();
    for round in 0..ROUNDS {
        let name = names[draw(names.len())];
        let mut bytes = case.files[name].clone();
        let at = draw(bytes.len());
        if bytes.is_empty() {
            continue;
        }
        if round % 5 == 0 {
            bytes.truncate(at);
        } else {
            bytes[at] ^= 1 << draw(8);
        }
        let folder = tempfile::tempdir().unwrap();
        for (other, whole) in &case.files {
            let bytes = if other == name { &bytes } else { whole };
            fs::write(folder.path().join(other), bytes).unwrap();
        }
        let told = std::panic::catch_unwind(|| outcome(&case, folder.path()));
        let told = told.unwrap_or_else(|_| panic!("round {round}: {name} at {at}"));
        *table.entry(told).or_default() += 1;
    }
    eprintln!("killed {killed}: {table:?}");
    table
}

#[test]
fn damage_of_a_closed_folder_is_said_or_harmless() {
    let table = damage_everywhere(false);
    assert!(table.contains_key("said when it is read"), "{table:?}");
    assert!(table.contains_key("said by the audit"), "{table:?}");
}

#[test]
fn damage_of_a_killed_desks_folder_is_said_or_harmless() {
    let table = damage_everywhere(true);
    assert!(table.contains_key("said when it is opened"), "{table:?}");
}

/// SQLite ends the log where it is damaged, and what was acknowledged after that would be gone.
#[test]
fn records_cut_off_the_log_are_missed() {
    let case = case(true);
    let name = "journal.db-wal";
    let log = &case.files[name];
    for keep in [0, log.len() / 3, log.len() - 1] {
        let folder = tempfile::tempdir().unwrap();
        for (other, whole) in &case.files {
            let bytes = if other == name {
                &whole[..keep]
            } else {
                &whole[..]
            };
            fs::write(folder.path().join(other), bytes).unwrap();
        }
        let error = SqliteJournal::open(folder.path()).unwrap_err().to_string();
        assert!(error.contains("says journal.head"), "{keep} bytes: {error}");
        let report = verify(folder.path()).unwrap();
        assert!(!report.ok, "{keep} bytes");
    }
}
