//! Where the desk is started: no home, no folder, no room, nobody who reads what it says.

use std::path::Path;
use std::process::{Command, Stdio};

use crate::support::program::{Answer, desk, outcome};

/// Runs `desk` with nothing around it but what is given.
fn bare(words: &[&str], env: &[(&str, &str)]) -> Answer {
    let mut command = Command::new(env!("CARGO_BIN_EXE_desk"));
    command.args(words).stdin(Stdio::null());
    command.env_clear().envs(env.iter().copied());
    outcome(&mut command)
}

#[track_caller]
fn says(answer: &Answer, code: i32, words: &[&str]) {
    assert_eq!(answer.code, code, "{}{}", answer.out, answer.err);
    for word in words {
        assert!(answer.err.contains(word), "no '{word}' in: {}", answer.err);
    }
    assert!(!answer.err.contains("panicked"), "{}", answer.err);
    assert_eq!(answer.err.trim_end().lines().count(), 1, "{}", answer.err);
}

#[test]
fn nothing_around_it_is_enough_to_answer() {
    for words in [&["symbol", "AAPL"][..], &["theme", "list"], &["--version"]] {
        assert_eq!(bare(words, &[]).code, 0, "{words:?}");
    }
    // A home that holds nothing, one that is no path, one that cannot be: the shipped settings hold.
    for home in ["/nonexistent", "", "relative", "/dev/null"] {
        let answer = bare(&["config", "check"], &[("HOME", home)]);
        assert_eq!(answer.code, 0, "HOME={home}: {}{}", answer.out, answer.err);
    }
}

#[test]
fn a_home_that_cannot_be_written_is_named_with_what_would_help() {
    let answer = bare(&[], &[("HOME", "/dev/null")]);
    says(&answer, 3, &["/dev/null", "--data DIR"]);
    let answer = bare(&["doctor"], &[("HOME", "/dev/null")]);
    assert_eq!(answer.code, 1);
    assert!(
        answer.out.contains("/dev/null") && answer.out.contains("--data DIR"),
        "{}",
        answer.out
    );
}

#[test]
fn a_data_folder_that_is_none_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("data");
    std::fs::write(&file, "").unwrap();
    says(
        &desk(folder.path(), &[]),
        3,
        &["data", "cannot make the folder", "--data DIR"],
    );
    for words in [
        &["journal", "verify"][..],
        &["journal", "stats"],
        &["journal", "export", "fills"],
    ] {
        says(&desk(folder.path(), words), 3, &["data"]);
    }
    let answer = desk(folder.path(), &["doctor"]);
    assert_eq!(answer.code, 1, "{}", answer.out);
    assert!(answer.out.contains("--data DIR"), "{}", answer.out);
}

/// A file system without a place for files, for the one user whom no permission keeps out.
#[cfg(target_os = "linux")]
#[test]
fn a_data_folder_that_cannot_be_written_is_named() {
    for data in ["/proc/desk", "/proc", "/dev/null/desk"] {
        let folder = tempfile::tempdir().unwrap();
        let config = folder.path().to_str().unwrap();
        let answer = bare(&["--data", data, "--config", config], &[]);
        says(&answer, 3, &[data, "--data DIR"]);
    }
}

#[test]
fn a_configuration_folder_that_is_none_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("file");
    std::fs::write(&file, "").unwrap();
    let data = folder.path().join("data");
    for config in [&file, &folder.path().join("missing")] {
        let words = [
            "--config",
            config.to_str().unwrap(),
            "--data",
            data.to_str().unwrap(),
        ];
        says(
            &bare(&words, &[]),
            3,
            &[config.to_str().unwrap(), "--config"],
        );
        let answer = bare(&[&words[..], &["config", "check"]].concat(), &[]);
        assert_eq!(answer.code, 3, "{}", answer.out);
        assert!(
            answer.out.contains(config.to_str().unwrap()),
            "{}",
            answer.out
        );
    }
    assert!(!data.exists(), "a folder was made before all was well");
}

#[test]
fn without_a_screen_the_desk_says_so_and_begins_no_session() {
    let folder = tempfile::tempdir().unwrap();
    says(
        &desk(folder.path(), &[]),
        3,
        &["standard output is not a terminal", "desk --help"],
    );
    let json = desk(folder.path(), &["--json"]).json();
    assert!(json["error"].as_str().unwrap().contains("not a terminal"));
    let stats = desk(folder.path(), &["journal", "stats", "--json"]).json();
    assert_eq!(stats["records"], 0, "{stats}");
}

/// Runs a line of the shell, which knows how to close and to bend what a program is given.
#[cfg(unix)]
fn shell(folder: &Path, line: &str) -> Answer {
    let mut command = Command::new("sh");
    command
        .arg("-c")
        .arg(line)
        .current_dir(folder)
        .stdin(Stdio::null());
    command.env("DESK", env!("CARGO_BIN_EXE_desk"));
    outcome(&mut command)
}

#[cfg(unix)]
#[test]
fn nobody_need_read_to_the_end_and_nothing_need_be_open() {
    let folder = tempfile::tempdir().unwrap();
    for line in [
        "\"$DESK\" schema | head -n 1",
        "\"$DESK\" --help | head -n 1",
        "\"$DESK\" schema >&-",
        "\"$DESK\" schema >&- 2>&- <&-",
        "\"$DESK\" completions zsh | true",
    ] {
        let answer = shell(folder.path(), line);
        assert_eq!(answer.code, 0, "{line}: {}", answer.err);
        assert_eq!(answer.err, "", "{line}");
    }
    let closed = shell(folder.path(), "\"$DESK\" --data d --config . <&- >&-");
    says(&closed, 3, &["not a terminal"]);
    let silent = shell(folder.path(), "\"$DESK\" --data d --config . <&- >&- 2>&-");
    assert_eq!((silent.code, silent.err.as_str()), (3, ""));
    let piped = shell(folder.path(), "\"$DESK\" --data d --config . | head -n 3");
    assert_eq!(piped.out, "", "something was drawn into a pipe");
}

#[cfg(target_os = "linux")]
#[test]
fn an_answer_that_cannot_be_written_is_no_success() {
    let folder = tempfile::tempdir().unwrap();
    let answer = shell(folder.path(), "\"$DESK\" schema > /dev/full");
    says(&answer, 3, &["cannot be written to standard output"]);
}

#[cfg(unix)]
#[test]
fn words_that_are_no_text_are_refused_as_words() {
    use std::ffi::OsStr;
    use std::os::unix::ffi::OsStrExt;
    let odd = OsStr::from_bytes(b"\xff\xfe\x1b[2J");
    for before in [&["symbol"][..], &["--fund"], &["--feed"], &["order", "buy"]] {
        let mut command = Command::new(env!("CARGO_BIN_EXE_desk"));
        command.args(before).arg(odd).stdin(Stdio::null());
        let answer = outcome(&mut command);
        assert_eq!(answer.code, 2, "{before:?}: {}", answer.err);
    }
    // A folder may have any name there is.
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join(odd);
    let mut command = Command::new(env!("CARGO_BIN_EXE_desk"));
    command
        .arg("--data")
        .arg(&data)
        .args(["doctor", "--json"])
        .stdin(Stdio::null());
    assert!(outcome(&mut command).json()["checks"].is_array());
    let answer = desk(folder.path(), &["symbol", "\u{1b}[2JAAPL"]);
    assert_eq!(answer.code, 2);
    assert!(!answer.err.contains('\u{1b}'), "{:?}", answer.err);
}
