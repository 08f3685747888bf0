//! The right to send is made in one place.

use std::fs;
use std::path::{Path, PathBuf};

fn sources(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            sources(&path, found);
        } else if path.extension().is_some_and(|kind| kind == "rs") {
            found.push(path);
        }
    }
}

#[test]
fn only_the_chain_makes_an_approved() {
    let mut files = Vec::new();
    sources(
        &Path::new(env!("CARGO_MANIFEST_DIR")).join("src"),
        &mut files,
    );
    assert!(files.len() > 20, "the sources were not found");
    let mut made = Vec::new();
    for file in files {
        let text = fs::read_to_string(&file).unwrap();
        let code = text
            .lines()
            .filter(|line| !line.trim_start().starts_with("//"));
        let count: usize = code.map(|line| line.matches("Approved(").count()).sum();
        if count > 0 {
            made.push((file.ends_with("order/gate/chain.rs"), count));
        }
    }
    assert_eq!(made, [(true, 1)], "made elsewhere, or more than once");
}

#[test]
fn the_field_of_approved_is_private_and_it_reads_from_nowhere() {
    let chain = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/order/gate/chain.rs");
    let text = fs::read_to_string(chain).unwrap();
    let (before, _) = text.split_once("pub struct Approved<T>(Arc<T>);").unwrap();
    let derives = before
        .lines()
        .rfind(|line| line.starts_with("#[derive"))
        .unwrap();
    assert!(
        !derives.contains("Deserialize") && !derives.contains("Default"),
        "{derives}"
    );
    for way_in in ["for Approved", "-> Approved", "-> Self"] {
        assert!(!text.contains(way_in), "{way_in}");
    }
}
