//! Everything the program carries loads: every file under `config` and `themes`.

use std::path::{Path, PathBuf};

use mts1b_desk::config::{Overrides, SHIPPED, Settings};

fn shipped(folder: &str) -> Vec<(PathBuf, String)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join(folder);
    let entries = std::fs::read_dir(&folder).unwrap();
    let read = |entry: std::io::Result<std::fs::DirEntry>| {
        let path = entry.unwrap().path();
        let text = std::fs::read_to_string(&path).unwrap();
        (path, text)
    };
    entries.map(read).collect()
}

#[test]
fn the_program_carries_the_file_of_the_tree() {
    let (_, text) = shipped("config")
        .into_iter()
        .find(|(path, _)| path.ends_with("desk.toml"))
        .unwrap();
    assert_eq!(text, SHIPPED);
}

#[test]
fn every_shipped_file_is_toml_and_opens_with_what_it_is() {
    for (path, text) in shipped("config") {
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
