//! The tree tests itself: who may see whom, and what no file may hold.
//!
//! `FLOORS` is the whole truth: modules from the ground up, each with what it
//! may name. A row can only name rows above it, so the modules cannot form a
//! knot. A new dependency is a new word in this table and needs its reason in
//! the review; what one file alone needs goes into `EXCEPTIONS` with the reason
//! written down.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

/// Modules from the ground up and what each may name: a module, or a path inside one.
const FLOORS: &[(&str, &[&str])] = &[
    // Ground.
    ("base", &[]),
    ("domain", &[]),
    ("event", &["domain"]),
    ("protocol", &["domain", "event"]),
    // Logic: pure and synchronous.
    ("market", &["base", "domain", "event"]),
    // Factors, sizers and allocators are those of the protocols.
    (
        "portfolio",
        &["base", "domain", "event", "protocol", "market"],
    ),
    // What a broker can do is one of the facts the gates judge by.
    (
        "order",
        &[
            "base",
            "domain",
            "event",
            "market",
            // Whether a drift is worth a trade.
            "portfolio::drift",
            "protocol::Capability",
            // What a gate outside may look at goes with the question.
            "protocol::GateContext",
        ],
    ),
    (
        "engine",
        &[
            "base",
            "domain",
            "event",
            "market",
            "portfolio",
            "order",
            "protocol::Capability",
            "protocol::GateContext",
        ],
    ),
    // Plumbing.
    ("bus", &["base", "domain", "event"]),
    ("journal", &["base", "domain", "event"]),
    // Prices that can be thrown away and filled again: no part of what is recovered, so no part of the journal.
    ("history", &["base", "domain"]),
    // What is computed is checked where it is read: methods by name, their parameters, sleeves.
    ("config", &["base", "domain", "portfolio"]),
    // Edges.
    (
        "adapter",
        &[
            "base",
            "domain",
            "event",
            "protocol",
            "bus",
            // The driver turns effects into calls, and cannot make the right to send.
            "order::effect",
            "order::gate::Approved",
        ],
    ),
    ("plugin", &["base", "domain", "event", "protocol", "bus"]),
    (
        "ui",
        &[
            "base",
            "domain",
            "event",
            "bus",
            "engine::snapshot",
            "engine::Snapshot",
            "engine::DeskInfo",
            "engine::LoopStats",
            "engine::Notice",
            "engine::NoticeKind",
            "engine::Timings",
            // The slices a snapshot holds; read, never stepped.
            "market",
            "order::basket",
            "order::books",
            "order::checklist",
            "order::compare",
            "order::drawdown",
            "order::explain",
            "order::rehearsal",
            "order::stop",
            "order::exposure",
            // What a fix of the preview changes.
            "order::gate::Change",
            "order::ledger",
            "order::oms",
            "order::risk",
            "order::ticket",
            "protocol::Capability",
        ],
    ),
    // Wiring.
    ("app", EVERYTHING),
];

/// Stands for every row above.
const EVERYTHING: &[&str] = &["*"];

/// What one file may name beyond its module's row: file, path, reason.
const EXCEPTIONS: &[(&str, &str, &str)] = &[];

/// Code lines of a file, its tests aside, from which it is no longer one idea.
const LINES_MOST: usize = 500;

/// Files that are longer: file, most lines, reason.
const LONGER: &[(&str, usize, &str)] = &[];

/// Where tests may do what tests must not: file or folder, word, reason.
const TEST_EXCEPTIONS: &[(&str, &str, &str)] = &[(
    "tests/it/pty/",
    "thread::sleep(",
    "waits for a process of its own by looking again and again, each time with a deadline",
)];

/// The one file that makes `Approved`.
const CHAIN: &str = "src/order/gate/chain.rs";

#[test]
fn modules_name_only_what_stands_below_them() {
    let mut faults = Vec::new();
    for file in files("src") {
        let Some(own) = file.module.first() else {
            continue;
        };
        let Some((_, sees)) = FLOORS.iter().find(|(name, _)| name == own) else {
            if own != "lib" && own != "main" {
                faults.push(format!(
                    "{}: module '{own}' has no row in FLOORS",
                    file.name
                ));
            }
            continue;
        };
        for named in paths(&file.code) {
            let top = named.path.first().map_or("", String::as_str);
            let text = named.path.join("::");
            let listed = |allowed: &&str| *allowed == "*" || leads_to(allowed, &named.path);
            let excepted = EXCEPTIONS
                .iter()
                .any(|(of, path, _)| *of == file.name && leads_to(path, &named.path));
            if top != own && !sees.iter().any(listed) && !excepted {
                faults.push(format!(
                    "{}:{}: {own} may not see crate::{text}; it may see {}",
                    file.name,
                    named.line,
                    sees.join(", ")
                ));
            }
        }
    }
    none(&faults);
}

#[test]
fn the_floors_themselves_stand() {
    let mut faults = Vec::new();
    for (row, (name, sees)) in FLOORS.iter().enumerate() {
        for seen in sees.iter().filter(|seen| **seen != "*") {
            let top = seen.split("::").next().unwrap();
            let below = FLOORS[..row].iter().any(|(lower, _)| *lower == top);
            if !below {
                faults.push(format!("{name} sees {seen}, which does not stand below it"));
            }
        }
    }
    let lib = std::fs::read_to_string(root().join("src/lib.rs")).unwrap();
    for line in lib.lines().filter_map(|line| line.strip_prefix("pub mod ")) {
        let module = line.trim_end_matches(';');
        if !FLOORS.iter().any(|(name, _)| *name == module) {
            faults.push(format!(
                "src/lib.rs: module '{module}' has no row in FLOORS"
            ));
        }
    }
    for (file, _, reason) in EXCEPTIONS {
        if !root().join(file).is_file() || reason.len() < 10 {
            faults.push(format!(
                "an exception names {file} with the reason '{reason}'"
            ));
        }
    }
    none(&faults);
}

#[test]
fn imports_show_the_floor_they_come_from() {
    let mut faults = Vec::new();
    for file in files("src") {
        for (at, line) in file.code.lines().enumerate() {
            let place = format!("{}:{}", file.name, at + 1);
            if line.contains("use crate::{") {
                faults.push(format!(
                    "{place}: write one `use crate::module::…` line per module"
                ));
            }
            if line.contains("super::super::") {
                faults.push(format!("{place}: write crate::… instead of super::super::"));
            }
            let climbs = FLOORS
                .iter()
                .any(|(name, _)| line.contains(&format!("super::{name}::")));
            if climbs && file.module.len() == 1 {
                faults.push(format!("{place}: write crate::… to leave a module"));
            }
        }
    }
    none(&faults);
}

#[test]
fn no_state_hides_in_a_static() {
    let holders = [
        "Mutex", "RwLock", "OnceLock", "OnceCell", "LazyLock", "LazyCell", "RefCell", "Atomic",
    ];
    let mut faults = Vec::new();
    for file in files("src") {
        for (at, line) in file.code.lines().enumerate() {
            let line = line
                .trim_start()
                .trim_start_matches("pub ")
                .trim_start_matches("pub(crate) ");
            let hides = line.starts_with("static ") && holders.iter().any(|it| line.contains(it));
            if hides || line.starts_with("static mut ") || line.starts_with("thread_local!") {
                faults.push(format!(
                    "{}:{}: state in a static: {line}",
                    file.name,
                    at + 1
                ));
            }
        }
    }
    none(&faults);
}

#[test]
fn every_file_opens_with_what_it_is_and_is_one_idea() {
    let mut faults = Vec::new();
    for file in files("src").into_iter().chain(files("tests")) {
        if !file.text.starts_with("//! ") {
            faults.push(format!(
                "{}:1: open the file with //! and what it is",
                file.name
            ));
        }
        let code = file
            .text
            .find("#[cfg(test)]\nmod ")
            .unwrap_or(file.text.len());
        let lines = file.text[..code].lines().count();
        let longer = LONGER.iter().find(|(name, _, _)| *name == file.name);
        let most = longer.map_or(LINES_MOST, |(_, most, _)| *most);
        if file.name.starts_with("src/") && lines > most {
            faults.push(format!(
                "{}: {lines} lines of code, at most {most}: split it by meaning",
                file.name
            ));
        }
    }
    none(&faults);
}

#[test]
fn only_the_chain_makes_the_right_to_send() {
    let chain = std::fs::read_to_string(root().join(CHAIN)).unwrap();
    let mut faults = Vec::new();
    if !chain.contains("pub struct Approved<T>(Arc<T>);") {
        faults.push(format!(
            "{CHAIN}: Approved must keep its one field to itself"
        ));
    }
    for file in files("src") {
        for (at, line) in file.code.lines().enumerate() {
            let place = format!("{}:{}", file.name, at + 1);
            if file.name != CHAIN && makes(line, "Approved") {
                faults.push(format!("{place}: only {CHAIN} may make an Approved"));
            }
            let given = ["From<", "Deserialize<", "Default for"];
            if line.contains("impl")
                && line.contains("for Approved")
                && given.iter().any(|it| line.contains(it))
            {
                faults.push(format!("{place}: Approved comes from the chain alone"));
            }
        }
    }
    none(&faults);
}

#[test]
fn the_tree_speaks_of_trading_only() {
    // Put together here, so that this file does not hold them either.
    let words = [
        concat!("/wo", "rk/"),
        concat!("../sha", "red"),
        concat!("/ro", "ot/"),
        concat!("/ho", "me/"),
        concat!("work", "tree"),
        concat!("TO", "DO"),
        concat!("FIX", "ME"),
        concat!("XX", "X "),
        concat!("Clau", "de"),
        concat!("Chat", "GPT"),
        concat!("Anthro", "pic"),
        concat!("Open", "AI"),
        concat!("language mo", "del"),
        concat!("sub", "agent"),
    ];
    let mut faults = Vec::new();
    let tree = files("src")
        .into_iter()
        .chain(files("tests"))
        .chain(files("benches"))
        .chain(files("examples"));
    for file in tree {
        for (at, line) in file.text.lines().enumerate() {
            for word in words.iter().filter(|word| line.contains(**word)) {
                faults.push(format!(
                    "{}:{}: '{word}' has no place here",
                    file.name,
                    at + 1
                ));
            }
        }
    }
    none(&faults);
}

#[test]
fn tests_neither_sleep_nor_hide() {
    // Clocks are forbidden by the lint wall; these have no lint.
    let words = ["thread::sleep(", "#[ignore", "should_panic"];
    let mut faults = Vec::new();
    for file in files("tests").into_iter().chain(files("src")) {
        for (at, line) in file.code.lines().enumerate() {
            for word in words.iter().filter(|word| line.contains(**word)) {
                let excepted = TEST_EXCEPTIONS
                    .iter()
                    .any(|(under, what, _)| file.name.starts_with(under) && word.contains(what));
                if !excepted {
                    faults.push(format!(
                        "{}:{}: '{word}': wait for what you wait for",
                        file.name,
                        at + 1
                    ));
                }
            }
        }
    }
    none(&faults);
}

#[track_caller]
fn none(faults: &[String]) {
    assert!(faults.is_empty(), "\n{}\n", faults.join("\n"));
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// A source file.
struct Source {
    /// Its path from the root, with `/`.
    name: String,
    /// The module it is, from the crate's root.
    module: Vec<String>,
    /// As written.
    text: String,
    /// With comments and the insides of literals blanked, line for line.
    code: String,
}

fn files(under: &str) -> Vec<Source> {
    let mut found = Vec::new();
    let mut folders = vec![root().join(under)];
    while let Some(folder) = folders.pop() {
        let Ok(entries) = std::fs::read_dir(&folder) else {
            continue;
        };
        for path in entries.map(|entry| entry.unwrap().path()) {
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|it| it == "rs") {
                found.push(source(&path));
            }
        }
    }
    found.sort_by(|a, b| a.name.cmp(&b.name));
    found
}

fn source(path: &PathBuf) -> Source {
    let text = std::fs::read_to_string(path).unwrap();
    let inside = path.strip_prefix(root()).unwrap();
    let parts: Vec<_> = inside
        .iter()
        .map(|part| part.to_str().unwrap().to_owned())
        .collect();
    let module = parts
        .iter()
        .skip(1)
        .map(|part| part.trim_end_matches(".rs").to_owned());
    Source {
        name: parts.join("/"),
        module: module.filter(|part| part != "mod").collect(),
        code: blanked(&text),
        text,
    }
}

/// True when `allowed` is a leading part of `path`, or `path` of it, word by word.
fn leads_to(allowed: &str, path: &[String]) -> bool {
    let allowed: Vec<&str> = allowed.split("::").collect();
    path.len() >= allowed.len() && allowed.iter().zip(path).all(|(a, b)| a == b)
}

/// True when `line` calls the tuple struct of that name, alone or behind a path of modules.
fn makes(line: &str, name: &str) -> bool {
    let call = format!("{name}(");
    line.match_indices(&call).any(|(at, _)| {
        let before = &line[..at];
        let word = before
            .rsplit(|c: char| !(c.is_alphanumeric() || c == '_' || c == ':'))
            .next()
            .unwrap();
        // Behind a type's name it is a variant of that enum, and not ours.
        let owner = word.trim_end_matches("::").rsplit("::").next().unwrap();
        !before.ends_with(|c: char| c.is_alphanumeric() || c == '_')
            && !owner.starts_with(|c: char| c.is_uppercase())
    })
}

/// A path that begins at the crate's root.
#[derive(Debug, PartialEq)]
struct Named {
    path: Vec<String>,
    line: usize,
}

/// Finds every `crate::…` path of blanked code; a group gives a path for each of its members.
fn paths(code: &str) -> Vec<Named> {
    let mut found = Vec::new();
    for (at, _) in code.match_indices("crate::") {
        let word_goes_on = code[..at].ends_with(|c: char| c.is_alphanumeric() || c == '_');
        if word_goes_on {
            continue;
        }
        let line = code[..at].matches('\n').count() + 1;
        let mut rest = &code[at + "crate::".len()..];
        members(&mut rest, &mut Vec::new(), &mut |path| {
            found.push(Named {
                path: path.to_vec(),
                line,
            });
        });
    }
    found
}

fn members(rest: &mut &str, path: &mut Vec<String>, found: &mut dyn FnMut(&[String])) {
    let depth = path.len();
    loop {
        *rest = rest.trim_start();
        if let Some(group) = rest.strip_prefix('{') {
            *rest = group;
            loop {
                *rest = rest.trim_start_matches(|c: char| c.is_whitespace() || c == ',');
                if rest.is_empty() {
                    break;
                }
                if let Some(after) = rest.strip_prefix('}') {
                    *rest = after;
                    break;
                }
                let before = rest.len();
                members(rest, path, found);
                if rest.len() == before {
                    *rest = "";
                }
            }
            break;
        }
        let end = rest
            .find(|c: char| !(c.is_alphanumeric() || c == '_' || c == '*'))
            .unwrap_or(rest.len());
        let (word, after) = rest.split_at(end);
        if !word.is_empty() {
            path.push(word.to_owned());
        }
        *rest = after;
        if let Some(after) = rest.strip_prefix("::") {
            *rest = after;
            continue;
        }
        found(path);
        // A new name for a member is not another member.
        if let Some(after) = rest.trim_start().strip_prefix("as ") {
            let end = after.find([',', '}', ';']).unwrap_or(after.len());
            *rest = &after[end..];
        }
        break;
    }
    path.truncate(depth);
}

/// Blanks comments and the insides of string and character literals, keeping lines.
fn blanked(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        let taken = literal_or_comment(rest, out.chars().last());
        if taken == 0 {
            out.push(c);
            rest = &rest[c.len_utf8()..];
        } else {
            let (hidden, after) = rest.split_at(taken);
            out.extend(hidden.chars().filter(|c| *c == '\n'));
            out.push(' ');
            rest = after;
        }
    }
    out
}

/// Returns the length of the comment or literal that `rest` begins with; 0 when it begins with neither.
fn literal_or_comment(rest: &str, before: Option<char>) -> usize {
    if rest.starts_with("//") {
        return rest.find('\n').unwrap_or(rest.len());
    }
    if rest.starts_with("/*") {
        return rest.find("*/").map_or(rest.len(), |end| end + 2);
    }
    let in_word = before.is_some_and(|c| c.is_alphanumeric() || c == '_');
    if let Some(hashes) = rest.strip_prefix('r').filter(|_| !in_word) {
        let quotes = hashes.trim_start_matches('#');
        let count = hashes.len() - quotes.len();
        if quotes.starts_with('"') {
            let close = format!("\"{}", "#".repeat(count));
            let open = 1 + count + 1;
            return rest[open..]
                .find(&close)
                .map_or(rest.len(), |end| open + end + close.len());
        }
    }
    if rest.starts_with('"') {
        return quoted(rest, '"');
    }
    if rest.starts_with('\'') {
        // A lifetime has no closing quote within the next two characters.
        let mut chars = rest.chars().skip(1);
        let (first, second) = (chars.next(), chars.next());
        if first == Some('\\') || second == Some('\'') {
            return quoted(rest, '\'');
        }
    }
    0
}

fn quoted(rest: &str, quote: char) -> usize {
    let mut escaped = false;
    for (at, c) in rest.char_indices().skip(1) {
        if escaped {
            escaped = false;
        } else if c == '\\' {
            escaped = true;
        } else if c == quote {
            return at + c.len_utf8();
        }
    }
    rest.len()
}

#[test]
fn the_reader_of_paths_reads_them_all() {
    let code = r#"
        use crate::domain::{Price, order::{Side, Order as O}, risk::*};
        // crate::ui::comment
        fn f<'a>(x: &'a crate::event::Fact) -> char { '"'; "crate::ui::text"; 'c' }
        pub(in crate::order) struct S; let s = r"crate::ui::raw"; my_crate::x;
    "#;
    let mut list = String::new();
    for named in paths(&blanked(code)) {
        writeln!(list, "{} {}", named.line, named.path.join("::")).unwrap();
    }
    let expected = "2 domain::Price\n2 domain::order::Side\n2 domain::order::Order\n2 domain::risk::*\n\
                    4 event::Fact\n5 order\n";
    assert_eq!(list, expected);
    assert!(makes("let x = Approved(order);", "Approved"));
    assert!(makes("Some(chain::Approved(order))", "Approved"));
    assert!(!makes("Outcome::Approved(order)", "Approved"));
    assert!(!makes("NotApproved(order)", "Approved"));
    assert!(leads_to(
        "order::effect",
        &["order".into(), "effect".into(), "Effect".into()]
    ));
    assert!(!leads_to("order::effect", &["order".into()]));
}
