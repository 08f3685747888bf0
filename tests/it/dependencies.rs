//! What the desk is built from, held against `deny.toml` without any tool or network.
//!
//! `cargo deny` reads the same rules and does more; this runs everywhere. Where the
//! packages come from, that no crate is there twice without a reason, and that every
//! licence is one of those allowed.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::process::Command;

const REGISTRY: &str = "registry+https://github.com/rust-lang/crates.io-index";

/// A crate whose older version is a door to the newer one and holds nothing itself, which `cargo deny` knows.
const DOORS: [&str; 1] = ["webpki-roots"];

fn read(name: &str) -> toml::Table {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(name);
    std::fs::read_to_string(path).unwrap().parse().unwrap()
}

fn texts(value: &toml::Value) -> BTreeSet<String> {
    let list = value.as_array().unwrap().iter();
    list.map(|item| item.as_str().unwrap().to_owned()).collect()
}

/// Returns the packages that are built here, tests included, as `(name, version, licence)`.
fn built() -> BTreeSet<(String, String, String)> {
    let output = Command::new(env!("CARGO"))
        .args(["tree", "--locked", "--offline", "--prefix", "none"])
        .args(["--no-dedupe", "--format", "{p}|{l}"])
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{said}");
    let text = String::from_utf8(output.stdout).unwrap();
    let row = |line: &str| {
        let (package, licence) = line.split_once('|')?;
        let mut words = package.split(' ');
        let (name, version) = (words.next()?, words.next()?.strip_prefix('v')?);
        Some((name.to_owned(), version.to_owned(), licence.to_owned()))
    };
    text.lines().filter_map(row).collect()
}

/// Returns true when a licence expression can be met by the allowed ones.
fn met(expression: &str, allowed: &BTreeSet<String>) -> bool {
    // Older packages write a slash for a choice; a choice inside brackets binds first.
    let text = expression.replace('/', " OR ");
    if let Some(open) = text.find('(') {
        let close = open + text[open..].find(')').unwrap();
        let inner = if met(&text[open + 1..close], allowed) {
            "MET"
        } else {
            "UNMET"
        };
        return met(
            &format!("{}{inner}{}", &text[..open], &text[close + 1..]),
            allowed,
        );
    }
    text.split(" OR ").any(|part| {
        part.split(" AND ").all(|one| {
            let one = one.trim();
            one == "MET" || allowed.contains(one)
        })
    })
}

#[test]
fn the_lock_file_holds_what_the_rules_allow() {
    let (rules, lock) = (read("deny.toml"), read("Cargo.lock"));
    let mut faults = Vec::new();
    for package in lock["package"].as_array().unwrap() {
        let (name, source) = (package["name"].as_str().unwrap(), package.get("source"));
        let ours = name == env!("CARGO_PKG_NAME");
        if !ours && source.and_then(toml::Value::as_str) != Some(REGISTRY) {
            faults.push(format!("{name} comes from {source:?}"));
        }
        let never = rules["bans"]["deny"].as_array().unwrap();
        if never.iter().any(|it| it["crate"].as_str() == Some(name)) {
            faults.push(format!("{name} is banned"));
        }
    }
    let skipped = rules["bans"]["skip"].as_array().unwrap();
    let skipped: BTreeSet<&str> = skipped
        .iter()
        .map(|it| it["crate"].as_str().unwrap())
        .collect();
    let allowed = texts(&rules["licenses"]["allow"]);
    let exceptions = rules["licenses"]["exceptions"].as_array().unwrap();
    let mut versions: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for (name, version, licence) in built() {
        let own = exceptions
            .iter()
            .find(|it| it["crate"].as_str() == Some(&name));
        let also = own.map(|own| texts(&own["allow"])).unwrap_or_default();
        if !met(&licence, &(&allowed | &also)) {
            faults.push(format!("{name} {version} has the licence '{licence}'"));
        }
        versions.entry(name).or_default().push(version);
    }
    let mut used = BTreeSet::new();
    for (name, versions) in versions.iter().filter(|(_, all)| all.len() > 1) {
        let excused = |skip: &&&str| {
            let (of, version) = skip.split_once('@').unwrap();
            let version = format!("{version}.");
            of == name && versions.iter().any(|it| it.starts_with(&version))
        };
        let excused: Vec<&str> = skipped.iter().filter(excused).copied().collect();
        if excused.len() + 1 < versions.len() && !DOORS.contains(&name.as_str()) {
            faults.push(format!("{name} is there more than once: {versions:?}"));
        }
        used.extend(excused);
    }
    faults.extend(
        skipped
            .difference(&used)
            .map(|it| format!("{it} is excused for nothing")),
    );
    faults.sort();
    faults.dedup();
    assert!(faults.is_empty(), "\n{}\n", faults.join("\n"));
}

#[test]
fn a_licence_is_met_by_what_is_allowed() {
    let allowed = ["MIT", "Apache-2.0"].map(str::to_owned).into();
    for good in [
        "MIT",
        "MIT OR GPL-3.0",
        "GPL-2.0/MIT",
        "(GPL-3.0 OR MIT) AND Apache-2.0",
    ] {
        assert!(met(good, &allowed), "{good}");
    }
    for bad in [
        "",
        "GPL-3.0",
        "MIT AND GPL-3.0",
        "(MIT OR Zlib) AND ISC",
        "MIT-0",
    ] {
        assert!(!met(bad, &allowed), "{bad}");
    }
}
