//! The command line as scripts see it: exit codes, one JSON object on standard output, words on standard error.

mod ask;
mod export;
mod files;
mod gates;
mod history;
mod places;
mod weights;
mod wrong;

use std::path::Path;

use serde_json::Value;

use crate::support::program::desk;

/// Runs a line of words in a fresh folder that `prepare` may fill, and checks how it ends.
#[track_caller]
fn ends(line: &str, code: i32) -> (String, String) {
    let folder = tempfile::tempdir().unwrap();
    in_folder(folder.path(), line, code)
}

#[track_caller]
fn in_folder(folder: &Path, line: &str, code: i32) -> (String, String) {
    let words: Vec<&str> = line.split_whitespace().collect();
    let answer = desk(folder, &words);
    assert_eq!(
        answer.code, code,
        "desk {line}\n{}{}",
        answer.out, answer.err
    );
    assert!(
        !answer.err.contains("panicked"),
        "desk {line}: {}",
        answer.err
    );
    (answer.out, answer.err)
}

/// Runs a line with `--json` and reads the one object it prints.
#[track_caller]
fn object(line: &str, code: i32) -> Value {
    let folder = tempfile::tempdir().unwrap();
    object_in(folder.path(), line, code)
}

#[track_caller]
fn object_in(folder: &Path, line: &str, code: i32) -> Value {
    let words: Vec<&str> = line.split_whitespace().chain(["--json"]).collect();
    let answer = desk(folder, &words);
    assert_eq!(
        answer.code, code,
        "desk {line}\n{}{}",
        answer.out, answer.err
    );
    answer.json()
}

/// Checks that an object has exactly these keys, in this order.
#[track_caller]
fn keys(object: &Value, expected: &[&str]) {
    let found: Vec<&str> = object
        .as_object()
        .unwrap()
        .keys()
        .map(String::as_str)
        .collect();
    assert_eq!(found, expected, "{object:#}");
}
