//! The built program run to its end: what it printed and how it ended.

use std::path::Path;
use std::process::{Command, Output, Stdio};

use serde_json::Value;

pub struct Answer {
    pub code: i32,
    pub out: String,
    pub err: String,
}

impl Answer {
    fn of(output: &Output) -> Self {
        Self {
            code: output.status.code().expect("it ended by itself"),
            out: String::from_utf8(output.stdout.clone()).unwrap(),
            err: String::from_utf8(output.stderr.clone()).unwrap(),
        }
    }

    /// Reads what was printed as the one JSON object it must be.
    #[track_caller]
    pub fn json(&self) -> Value {
        let json: Value = serde_json::from_str(&self.out)
            .unwrap_or_else(|error| panic!("{error} in\n{}\n{}", self.out, self.err));
        assert!(json.is_object(), "not an object: {json}");
        json
    }
}

/// Runs `desk` on the data and configuration in `folder`, with nothing to read.
pub fn desk(folder: &Path, arguments: &[&str]) -> Answer {
    let config = folder.join("config");
    std::fs::create_dir_all(&config).unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_desk"));
    command
        .args(arguments)
        .arg("--data")
        .arg(folder.join("data"));
    command.arg("--config").arg(&config).stdin(Stdio::null());
    outcome(&mut command)
}

/// Runs a program to its end.
pub fn outcome(command: &mut Command) -> Answer {
    Answer::of(&command.output().unwrap())
}

/// Runs `desk` as [`desk`] does, asks for JSON, and expects that all went well.
#[track_caller]
pub fn object(folder: &Path, arguments: &[&str]) -> Value {
    let answer = desk(folder, &[arguments, &["--json"]].concat());
    assert_eq!(
        answer.code, 0,
        "{arguments:?}: {}{}",
        answer.out, answer.err
    );
    answer.json()
}
