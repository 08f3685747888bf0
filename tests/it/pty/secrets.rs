//! What is secret in the environment or was written into a file by mistake comes out nowhere.

use std::path::Path;
use std::process::{Command, Stdio};

use crate::pty::at_home;
use crate::pty::session::Session;

/// No secret: words that are found again wherever they get to.
const MARKED: &str = "not-a-secret-but-marked";

/// Where keys are kept in an environment, and where they have no business.
const NAMES: [&str; 8] = [
    "DESK_KRAKEN_SECRET",
    "KRAKEN_API_KEY",
    "AWS_SECRET_ACCESS_KEY",
    "OPENING_PASSPHRASE",
    "HTTPS_PROXY",
    "DATABASE_URL",
    "RUST_LOG",
    "DESK_LOG",
];

fn marked(name: &str) -> String {
    match name {
        "HTTPS_PROXY" => format!("http://{MARKED}:{MARKED}@127.0.0.1:1"),
        _ => format!("{MARKED}-{}", name.to_lowercase()),
    }
}

/// Fails where the marked words stand in a file under `folder`.
#[track_caller]
fn nowhere_in(folder: &Path) -> usize {
    let mut files = 0;
    for entry in std::fs::read_dir(folder).unwrap().map(Result::unwrap) {
        let path = entry.path();
        if path.is_dir() {
            files += nowhere_in(&path);
            continue;
        }
        let bytes = std::fs::read(&path).unwrap();
        assert!(!holds(&bytes), "{} holds a secret", path.display());
        files += 1;
    }
    files
}

fn holds(bytes: &[u8]) -> bool {
    let mark = MARKED.as_bytes();
    bytes.windows(mark.len()).any(|window| window == mark)
}

/// Runs a command that answers and returns all it said.
fn said(home: &Path, arguments: &[&str]) -> Vec<u8> {
    let mut command = Command::new(env!("CARGO_BIN_EXE_desk"));
    command
        .args(arguments)
        .env("HOME", home)
        .stdin(Stdio::null());
    for name in NAMES {
        command.env(name, marked(name));
    }
    for name in ["XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_STATE_HOME"] {
        command.env_remove(name);
    }
    let output = command.output().unwrap();
    [output.stdout, output.stderr].concat()
}

#[test]
fn secrets_of_the_environment_reach_neither_journal_nor_log_nor_screen() {
    let home = tempfile::tempdir().unwrap();
    let config = home.path().join(".config/mts1b-desk");
    std::fs::create_dir_all(&config).unwrap();
    // As talkative as it can be.
    std::fs::write(config.join("desk.toml"), "[log]\nlevel = \"trace\"\n").unwrap();
    let mut command = at_home(home.path(), env!("CARGO_BIN_EXE_desk"), &[]);
    for name in NAMES {
        command.env(name, marked(name));
    }
    let mut session = Session::spawn(command, (200, 56));
    session.wait_for_price("AAPL");
    session.wait_for("paper ●");
    session.keys("b10\ry");
    session.wait_for_position("AAPL", "10");
    // Aborted where it stands: a report of the end would be written now.
    session.signal("ABRT");
    session.ended();
    assert!(!holds(&session.bytes()), "the screen showed a secret");
    let files = nowhere_in(&home.path().join(".local"));
    assert!(files >= 4, "journal, log and lock were looked at: {files}");
    for arguments in [
        &["doctor"][..],
        &["doctor", "--json"],
        &["config", "check", "--json"],
        &["journal", "stats", "--json"],
        &["journal", "replay", "--json"],
        &["--feed", MARKED],
    ] {
        let said = said(home.path(), arguments);
        let echoes = arguments.contains(&MARKED);
        assert_eq!(
            holds(&said),
            echoes,
            "{arguments:?}: only what was typed comes back"
        );
    }
}

#[test]
fn a_secret_in_a_file_is_refused_without_being_repeated() {
    let lines = [
        format!("[broker.paper]\napi_key = \"{MARKED}\""),
        format!("[feed.kraken]\nsecret = \"{MARKED}\""),
        format!("[kraken]\npassword = \"{MARKED}\""),
        format!("[desk]\ntoken = [\"{MARKED}\"]"),
        // Not even readable: the line would be the easiest thing to quote.
        format!("[broker.paper]\napi_key = \"{MARKED}"),
        format!("[broker.paper]\napi_secret = {MARKED}\n"),
        format!("[feed.kraken]\nurl = \"wss://me:{MARKED}@ws.kraken.com/v2\""),
        format!("[feed.kraken]\nurl = \"wss://ws.kraken.com/v2?token={MARKED}\""),
    ];
    for line in lines {
        let home = tempfile::tempdir().unwrap();
        let config = home.path().join(".config/mts1b-desk");
        std::fs::create_dir_all(&config).unwrap();
        std::fs::write(config.join("desk.toml"), &line).unwrap();
        for arguments in [
            &["config", "check"][..],
            &["config", "check", "--json"],
            &["doctor"],
            &["journal", "stats"],
            &[],
        ] {
            let said = said(home.path(), arguments);
            let words = String::from_utf8_lossy(&said);
            assert!(!said.is_empty(), "{arguments:?} with {line}");
            assert!(!holds(&said), "{arguments:?} with {line} says\n{words}");
        }
        let checked = String::from_utf8(said(home.path(), &["config", "check"])).unwrap();
        assert!(checked.contains("desk.toml:2"), "{line}: {checked}");
    }
}
