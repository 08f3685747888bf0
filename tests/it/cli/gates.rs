//! Gates, reference data and terms of borrowing from a user's own files, as a dry run sees them.

use std::path::Path;

use serde_json::Value;

use super::{in_folder, object_in};

fn config(folder: &Path, file: &str, text: &str) {
    let config = folder.join("config");
    std::fs::create_dir_all(&config).unwrap();
    std::fs::write(config.join(file), text).unwrap();
}

fn gate<'a>(answer: &'a Value, name: &str) -> &'a Value {
    let verdicts = answer["verdicts"].as_array().unwrap();
    verdicts.iter().find(|one| one["gate"] == name).unwrap()
}

#[test]
fn an_operators_gates_stand_after_short_side_and_say_what_would_pass() {
    let folder = tempfile::tempdir().unwrap();
    config(
        folder.path(),
        "desk.toml",
        "[[gate]]\nname = \"price_collar\"\nbps = 200\n\n[[gate]]\nname = \"restricted_list\"\nsymbols = [\"TSLA\"]\n",
    );
    let answer = object_in(folder.path(), "order buy 1 AAPL limit 1 --dry-run", 1);
    let gates: Vec<&str> = answer["verdicts"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| one["gate"].as_str().unwrap())
        .collect();
    assert_eq!(
        gates[5..],
        ["short_side", "price_collar", "restricted_list", "cro_veto"]
    );
    let collar = gate(&answer, "price_collar");
    assert_eq!(collar["code"], "CUSTOM:price_collar");
    assert_eq!(
        (&collar["limit"], &collar["unit"]),
        (&"200".into(), &"bps".into())
    );
    let fix = &answer["fixes"][0];
    let price = fix["limit_price"].as_str().unwrap();
    let line = format!("order buy 1 AAPL limit {price} --dry-run");
    assert_eq!(object_in(folder.path(), &line, 0)["approved"], true);
    let refused = object_in(folder.path(), "order buy 1 TSLA --dry-run", 1);
    let listed = gate(&refused, "restricted_list");
    assert_eq!(listed["code"], "CUSTOM:restricted_list");
    assert_eq!(listed["reason"], "TSLA is restricted: close only");
}

#[test]
fn what_a_user_says_of_symbols_and_borrows_is_laid_over_what_is_shipped() {
    let folder = tempfile::tempdir().unwrap();
    config(
        folder.path(),
        "universe.toml",
        "[[instrument]]\nsymbol = \"AAPL\"\nname = \"Apple\"\nclass = \"equities\"\ncurrency = \"USD\"\ntick = \"0.01\"\nlot = \"1\"\n",
    );
    // Described without a sector now, which the shipped limit on sectors needs.
    let answer = object_in(folder.path(), "order buy 1 AAPL --dry-run", 1);
    let risk = gate(&answer, "position_risk");
    assert_eq!(
        (risk["code"].as_str(), risk["reason"].as_str()),
        (
            Some("MAX_SECTOR"),
            Some("sector unknown: name it in universe.toml")
        )
    );
    // The synthetic market lends; a file says otherwise.
    let fine = object_in(folder.path(), "order short 1 MSFT --dry-run", 0);
    assert_eq!(gate(&fine, "short_side")["value"], "30");
    let data = folder.path().join("data");
    std::fs::create_dir_all(&data).unwrap();
    std::fs::write(data.join("borrow.csv"), "symbol,fee_bps\nMSFT,900.5\n").unwrap();
    let dear = object_in(folder.path(), "order short 1 MSFT --dry-run", 1);
    let short = gate(&dear, "short_side");
    assert_eq!(
        (&short["code"], &short["limit"], &short["value"]),
        (&"BORROW_FEE".into(), &"200".into(), &"900.5".into())
    );
}

#[test]
fn a_fault_in_a_users_file_is_said_with_its_place_by_every_command_that_reads_it() {
    let folder = tempfile::tempdir().unwrap();
    config(
        folder.path(),
        "universe.toml",
        "[[instrument]]\nsymbol = \"AAPL\"\nname = \"Apple\"\nclass = \"crypto\"\ncurrency = \"USD\"\ntick = \"0.01\"\nlot = \"1\"\n",
    );
    for line in ["order buy 1 AAPL --dry-run", "config check"] {
        let (out, err) = in_folder(folder.path(), line, 2);
        let said = format!("{out}{err}");
        let words = "universe.toml:1: class of AAPL is crypto, its text says equities";
        assert!(said.contains(words), "{line}: {said}");
    }
    std::fs::remove_file(folder.path().join("config/universe.toml")).unwrap();
    config(folder.path(), "borrow.csv", "symbol,fee_bps\nAAPL,cheap\n");
    for line in ["order buy 1 AAPL --dry-run", "config check"] {
        let (out, err) = in_folder(folder.path(), line, 2);
        let said = format!("{out}{err}");
        assert!(
            said.contains("borrow.csv:2: fee_bps is 'cheap', expected"),
            "{line}: {said}"
        );
    }
}
