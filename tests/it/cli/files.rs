//! Files as people and programs really leave them: each fault is named with its place, none is passed over.

use std::path::Path;

use crate::support::program::desk;

/// Lays a file into the configuration folder and says what `desk config check` makes of it.
fn checked(name: &str, bytes: &[u8]) -> (i32, String) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("config").join(name);
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    std::fs::write(&path, bytes).unwrap();
    judged(folder.path())
}

/// Runs the check and the desk itself: both must come to the same end.
fn judged(folder: &Path) -> (i32, String) {
    let theme = folder.join("config/themes/mine.toml").exists();
    let words: &[&str] = if theme { &["--theme", "mine"] } else { &[] };
    let check = desk(folder, &[words, &["config", "check"]].concat());
    let json = desk(folder, &[words, &["config", "check", "--json"]].concat()).json();
    assert_eq!(json["ok"], check.code == 0, "{json} but {}", check.out);
    let opened = desk(folder, words);
    if check.code == 0 {
        // Nothing is wrong but that there is no screen here.
        assert_eq!(opened.code, 3, "{}", opened.err);
        assert!(opened.err.contains("is not a terminal"), "{}", opened.err);
    } else {
        assert_eq!(opened.code, 2, "the desk takes what the check refuses");
        assert!(!opened.err.contains("panicked"), "{}", opened.err);
    }
    (check.code, check.out)
}

const FILES: [&str; 3] = ["desk.toml", "keymap.toml", "themes/mine.toml"];

/// The shipped file of that kind, so that only what is done to it is wrong.
fn shipped(name: &str) -> String {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let path = match name {
        "desk.toml" => "config/desk.toml",
        "keymap.toml" => "config/keymap.toml",
        _ => "themes/slate.toml",
    };
    std::fs::read_to_string(root.join(path)).unwrap()
}

#[test]
fn a_mark_at_the_front_and_two_bytes_at_a_line_s_end_are_read() {
    for name in FILES {
        let text = shipped(name);
        let marked = format!("\u{feff}{text}");
        let returned = text.replace('\n', "\r\n");
        for bytes in [
            marked.as_bytes(),
            returned.as_bytes(),
            text.trim_end().as_bytes(),
        ] {
            let (code, out) = checked(name, bytes);
            assert_eq!(code, 0, "{name}: {out}");
        }
    }
    assert_eq!(checked("desk.toml", b"").0, 0);
}

#[test]
fn bytes_that_are_no_text_are_named_with_their_line() {
    for name in FILES {
        let text = shipped(name);
        let lines = text.lines().count();
        for (bytes, words) in [
            (&b"# \xff\xfe\n"[..], "is not UTF-8"),
            (b"a = \"\0\"\n", ""),
            (b"\xff\xfed\0e\0s\0k\0", "is not UTF-8"),
        ] {
            let (code, out) = checked(name, &[text.as_bytes(), b"\n", bytes].concat());
            assert_eq!(code, 2, "{name} takes {bytes:?}: {out}");
            assert!(out.contains(name) && out.contains(words), "{out}");
            let line = (lines + 1..=lines + 3).any(|line| out.contains(&line.to_string()));
            assert!(line, "{name}: no line near {lines} in: {out}");
            assert!(!out.contains('\0'), "{out:?}");
        }
    }
}

#[test]
fn a_file_without_end_and_one_that_is_none_are_refused_at_once() {
    for name in FILES {
        let (code, out) = checked(name, &vec![b'#'; 2 << 20]);
        assert_eq!(code, 2);
        assert!(
            out.contains(name) && out.contains("more than 1048576 bytes"),
            "{out}"
        );

        let folder = tempfile::tempdir().unwrap();
        std::fs::create_dir_all(folder.path().join("config").join(name)).unwrap();
        let (code, out) = judged(folder.path());
        assert_eq!(code, 2, "{name}: {out}");
        assert!(out.contains(name) && out.contains("is a folder"), "{out}");
    }
}

/// Permissions would say the same, but not to the one user they do not hold for.
#[cfg(unix)]
#[test]
fn a_file_that_cannot_be_read_is_not_passed_over() {
    use std::os::unix::fs::symlink;
    for name in FILES {
        for target in ["circle", "/nowhere/at-all", "/dev/zero"] {
            let folder = tempfile::tempdir().unwrap();
            let path = folder.path().join("config").join(name);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            let target = Path::new(target);
            let to = if target.is_absolute() { target } else { &path };
            symlink(to, &path).unwrap();
            let check = desk(folder.path(), &["--theme", "mine", "config", "check"]);
            assert_eq!(
                check.code, 2,
                "{name} -> {to:?}: {}{}",
                check.out, check.err
            );
            assert!(check.out.contains(name), "{}", check.out);
        }
    }
}

#[test]
fn a_value_of_a_megabyte_is_refused_in_a_few_words_and_in_no_time() {
    let long = "x".repeat(1_000_000);
    for (name, text) in [
        ("desk.toml", format!("[desk]\n{long} = 1\n")),
        ("desk.toml", format!("[desk]\ntheme = \"{long}\"\n")),
        ("desk.toml", format!("[{long}]\n")),
        ("desk.toml", format!("[desk]\nfeed = \"sim:{long}\"\n")),
        ("keymap.toml", format!("[desk]\n{long} = [\"b\"]\n")),
        ("keymap.toml", format!("[{long}]\n")),
        ("keymap.toml", format!("[desk]\nbuy = [\"{long}\"]\n")),
        ("themes/mine.toml", format!("{long} = \"000000\"\n")),
        ("themes/mine.toml", format!("bg = \"{long}\"\n")),
        ("themes/mine.toml", format!("bg = {long}\n")),
        ("keymap.toml", format!("[desk]\nbuy = {long}\n")),
    ] {
        let (code, out) = checked(name, text.as_bytes());
        assert_eq!(code, 2, "{name}");
        assert!(
            out.contains(name) && out.len() < 4000,
            "{name}: {} bytes",
            out.len()
        );
    }
    // Every two bindings are held against each other.
    let keys: Vec<String> = (0..40_000_u32)
        .map(|n| {
            format!(
                "\"F12 {}\"",
                char::from(b'a' + u8::try_from(n % 26).unwrap())
            )
        })
        .collect();
    let (code, out) = checked(
        "keymap.toml",
        format!("[desk]\nbuy = [{}]\n", keys.join(",")).as_bytes(),
    );
    assert_eq!(code, 2);
    assert!(out.contains("keymap.toml") && out.len() < 4000, "{out}");
}

#[test]
fn a_recording_says_what_is_wrong_with_it_and_where() {
    let head = "timestamp,symbol,bid,ask,bid_size,ask_size,venue\n";
    let row = "2026-11-20T12:00:00Z,AAPL,180.50,180.52,100,200,sim\n";
    let cases: [(&[u8], &str); 8] = [
        (b"", "is empty"),
        (b"a,b\n1,2\n", "no column timestamp"),
        (head.as_bytes(), "is empty"),
        (b"\xff\xfe\xff", "no column"),
        (b"\x28\xb5\x2f\xfd\x00\x01", "cannot be read"),
        (
            &[head.as_bytes(), b"x,AAPL,1,2,3,4,sim\n"].concat(),
            "line 2: timestamp is 'x'",
        ),
        (
            &[head.as_bytes(), b"2026-11-20T12:00:00Z,A\0PL,1,2,3,4,sim\n"].concat(),
            "line 2: symbol",
        ),
        (
            &[head.as_bytes(), &vec![b'1'; 3 << 20]].concat(),
            "a line is longer",
        ),
    ];
    for (bytes, words) in cases {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("quotes.csv");
        std::fs::write(&path, bytes).unwrap();
        let feed = format!("replay:{}", path.display());
        let answer = desk(
            folder.path(),
            &["--feed", &feed, "order", "buy", "1", "AAPL", "--dry-run"],
        );
        assert_eq!(answer.code, 3, "{words}: {}{}", answer.out, answer.err);
        assert!(
            answer.err.contains(words) && answer.err.contains("quotes.csv"),
            "{}",
            answer.err
        );
        assert!(!answer.err.contains('\0') && answer.err.len() < 2000);
    }
    for file in ["/dev/zero", "/", "/nowhere/q.csv"] {
        let folder = tempfile::tempdir().unwrap();
        let feed = format!("replay:{file}");
        let answer = desk(
            folder.path(),
            &["--feed", &feed, "order", "buy", "1", "AAPL", "--dry-run"],
        );
        assert_eq!(answer.code, 3, "{}", answer.err);
        assert!(answer.err.contains(file), "{}", answer.err);
    }
    // With a mark at the front and returns at its lines' ends it is still a recording.
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("quotes.csv");
    std::fs::write(&path, format!("\u{feff}{head}{row}").replace('\n', "\r\n")).unwrap();
    let feed = format!("replay:{}", path.display());
    let answer = desk(
        folder.path(),
        &["--feed", &feed, "order", "buy", "1", "AAPL", "--dry-run"],
    );
    assert!(answer.code < 2, "{}{}", answer.out, answer.err);
}
