//! `desk history` as scripts see it.

use serde_json::json;

use super::{ends, in_folder, object, object_in};

#[test]
fn a_file_comes_in_and_is_listed_with_where_it_comes_from() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("closes.csv");
    std::fs::write(
        &file,
        "Date,AAPL,BTC-USD\n2026-01-02,1.5,\n2026-01-05,1.6,60000\n",
    )
    .unwrap();
    let line = format!("history import {}", file.display());
    let taken = object_in(folder.path(), &line, 0);
    assert_eq!(taken["source"], "import:closes");
    assert_eq!((&taken["symbols"], &taken["rows"]), (&json!(2), &json!(3)));
    let listed = object_in(folder.path(), "history list", 0);
    let expected = json!({
        "symbol": "AAPL", "interval": "1d", "rows": 2,
        "from": "2026-01-03T00:00:00Z", "to": "2026-01-06T00:00:00Z", "source": "import:closes",
    });
    assert_eq!(listed["series"][0], expected);
    let (out, _) = in_folder(folder.path(), "history list", 0);
    assert!(
        out.contains("BTC-USD") && out.contains("import:closes"),
        "{out}"
    );
    let (out, _) = in_folder(folder.path(), "doctor", 0);
    assert!(out.contains("2 series, 0 of them synthetic"), "{out}");
}

#[test]
fn a_file_that_is_none_changes_nothing_and_says_where() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("bad.csv");
    std::fs::write(&file, "Date,AAPL\n2026-01-02,1\n2026-01-05,one\n").unwrap();
    let line = format!("history import {}", file.display());
    let (_, err) = in_folder(folder.path(), &line, 2);
    assert!(
        err.contains("bad.csv:3, column 'AAPL': 'one' is no price"),
        "{err}"
    );
    let listed = object_in(folder.path(), "history list", 0);
    assert_eq!(listed["series"], json!([]));
    let (_, err) = ends("history import /nowhere/at-all.csv", 2);
    assert!(err.contains("/nowhere/at-all.csv"), "{err}");
    assert_eq!(object("history list", 0)["series"], json!([]));
}
