//! Everything the program carries loads: every file under `config` and `themes`.

use std::path::{Path, PathBuf};

use mts1b_desk::config::{Overrides, SHIPPED, Settings};

/// Every file under the folders that are shipped, with its text.
fn shipped() -> Vec<(PathBuf, String)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut folders = vec![root.join("config"), root.join("themes")];
    let mut found = Vec::new();
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(&folder).into_iter().flatten() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else {
                let text = std::fs::read_to_string(&path).unwrap();
                found.push((path, text));
            }
        }
    }
    found
}

#[test]
fn the_program_carries_the_file_of_the_tree() {
    let (_, text) = shipped()
        .into_iter()
        .find(|(path, _)| path.ends_with("desk.toml"))
        .unwrap();
    assert_eq!(text, SHIPPED);
}

#[test]
fn every_shipped_file_is_toml_and_opens_with_what_it_is() {
    for (path, text) in shipped() {
        let shown = path.display();
        assert!(text.starts_with("# "), "{shown} does not say what it is");
        text.parse::<toml::Table>()
            .unwrap_or_else(|error| panic!("{shown}: {error}"));
    }
}

#[test]
fn the_shipped_settings_stand_alone_and_over_themselves() {
    let alone = Settings::from_layers(None, &Overrides::default()).unwrap();
    let twice = Settings::from_layers(Some(("desk.toml", SHIPPED)), &Overrides::default());
    assert_eq!(alone, twice.unwrap());
}
