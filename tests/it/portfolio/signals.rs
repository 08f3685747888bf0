//! Signals from a file: the newest of each strategy counts, and a bad line spoils nothing but itself.

use mts1b_desk::app::signals::{SignalFile, parse};
use mts1b_desk::domain::FundId;

use crate::support::build::read;

fn line(strategy: &str, id: &str, asof: &str, fund: &str) -> String {
    format!(
        r#"{{"signal_id":"{id}","strategy_id":"{strategy}","fund_id":{fund},"asof":"{asof}","weights":{{"AAPL":0.1}}}}"#
    )
}

#[test]
fn the_newest_of_each_strategy_counts_and_a_bad_line_is_said_by_its_number() {
    let fund: FundId = read("paper-momentum");
    let lines = [
        line("mom-v7", "new", "2026-05-02T00:00:00Z", "null"),
        "not json".to_owned(),
        line("mom-v7", "old", "2026-05-01T00:00:00Z", "null"),
        String::new(),
        line("other", "x", "2026-05-01T00:00:00Z", "\"paper-momentum\""),
        line("alien", "y", "2026-05-01T00:00:00Z", "\"another-fund\""),
        line("wild", "z", "2026-05-01T00:00:00Z", "null").replace("0.1", "99"),
    ];
    let found = parse("s.jsonl", lines.join("\n").as_bytes(), &fund);
    let ids: Vec<&str> = found
        .signals
        .iter()
        .map(|it| it.signal_id.as_str())
        .collect();
    assert_eq!(ids, ["new", "x"]);
    assert_eq!(found.faults.len(), 2, "{:?}", found.faults);
    assert!(found.faults[0].starts_with("s.jsonl:2: is no signal"));
    assert!(found.faults[1].starts_with("s.jsonl:7: the weight of AAPL is 99"));
}

#[test]
fn a_file_is_read_again_when_it_changes_and_one_too_large_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("s.jsonl");
    let mut file = SignalFile::new(path.clone(), read("paper-momentum"));
    let missing = file.poll().unwrap();
    assert_eq!(missing.faults.len(), 1);
    assert_eq!(file.poll(), None);
    std::fs::write(&path, line("a", "1", "2026-05-01T00:00:00Z", "null")).unwrap();
    assert_eq!(file.poll().unwrap().signals.len(), 1);
    assert_eq!(file.poll(), None);
    let large = vec![b' '; usize::try_from(mts1b_desk::app::signals::FILE_MOST).unwrap() + 1];
    std::fs::write(&path, large).unwrap();
    let refused = file.poll().unwrap();
    assert!(refused.signals.is_empty() && refused.faults[0].contains("more than"));
}
