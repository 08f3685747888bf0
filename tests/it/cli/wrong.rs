//! What cannot be answered: the exit code says whose fault it is, the words what would be right.

use crate::cli::{ends, object};

#[track_caller]
fn check(line: &str, code: i32, words: &str) {
    let (out, err) = ends(line, code);
    assert!(err.contains(words), "desk {line} says:\n{err}");
    assert!(
        out.is_empty(),
        "desk {line} prints its error as an answer:\n{out}"
    );
}

#[test]
fn wrong_words_end_with_two_and_say_what_would_be_right() {
    check("nonsense", 2, "nonsense");
    check("symbol lower", 2, "'lower' is not an upper-case ticker");
    check(
        "symbol BTC-USD --venue nowhere",
        2,
        "not one of ibkr, coinbase, kraken",
    );
    check("schema Ordr", 2, "did you mean Order?");
    check("order buy 100 AAPL", 2, "--dry-run");
    check(
        "order buy lots AAPL --dry-run",
        2,
        "100, $25k, 2%, r0.5% or max",
    );
    check("completions tcsh", 2, "bash");
    check("--feed telepathy", 2, "telepathy");
    check("--feed sim:rate=none", 2, "rate");
    check("--fund nobody", 2, "nobody");
}

#[test]
fn what_is_missing_ends_with_three() {
    for line in [
        "journal verify",
        "journal stats",
        "journal replay",
        "journal export fills",
    ] {
        check(line, 3, "no journal at ");
        let error = object(line, 3);
        assert!(
            error["error"]
                .as_str()
                .is_some_and(|words| words.contains("no journal at"))
        );
    }
    check(
        "decode kraken /nowhere/at-all.jsonl",
        3,
        "/nowhere/at-all.jsonl",
    );
}
