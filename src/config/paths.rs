//! The folders of the desk: where configuration is read, where the books and the logs are kept.
//!
//! The platform's own places unless the command line names others. A folder is
//! made readable by its owner only; one that is there and holds nothing but the
//! desk's own is narrowed, any other is left as it is and said. Reads no file.

use std::io;
use std::path::{Path, PathBuf};

use crate::base::private;

/// The name of our folder inside the platform's.
const NAME: &str = "mts1b-desk";

/// What the names of all that the desk keeps in its folders begin with.
const OURS: [&str; 4] = ["desk.", "journal", "log", "snapshot"];

/// Why there is no place to work in.
#[derive(Debug, thiserror::Error)]
pub enum PathsError {
    /// The platform knows no home folder and none was named.
    #[error(
        "no home folder is known (HOME is not set): name a folder for the books with --data DIR"
    )]
    NoHome,
    /// The folder named with `--config` is not there.
    #[error("--config {}: no such folder; make it, or leave the option out to use the shipped settings", .0.display())]
    NoConfigFolder(PathBuf),
    /// A folder cannot be made.
    #[error("cannot make the folder {}: {source}; name another with --data DIR", path.display())]
    CannotMake {
        /// Which folder.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
}

/// Where everything is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Paths {
    config: Option<PathBuf>,
    data: PathBuf,
    log: PathBuf,
}

impl Paths {
    /// Finds the folders; `config` and `data` are what the command line names.
    ///
    /// # Errors
    /// When the named configuration folder is not there, or when neither the
    /// platform nor the command line says where to keep the books.
    pub fn find(config: Option<&Path>, data: Option<&Path>) -> Result<Self, PathsError> {
        let home = directories::ProjectDirs::from("", "", NAME);
        let home = home.as_ref().map(|dirs| Home {
            config: dirs.config_dir().to_path_buf(),
            data: dirs.data_local_dir().to_path_buf(),
            state: dirs.state_dir().map(Path::to_path_buf),
        });
        if let Some(named) = config.filter(|named| !named.is_dir()) {
            return Err(PathsError::NoConfigFolder(named.to_path_buf()));
        }
        Self::choose(config, data, home)
    }

    fn choose(
        config: Option<&Path>,
        data: Option<&Path>,
        home: Option<Home>,
    ) -> Result<Self, PathsError> {
        let config = config.map(Path::to_path_buf);
        let config = config.or_else(|| home.as_ref().map(|home| home.config.clone()));
        match (data, home) {
            // Named data stand alone: two desks on two folders share no log.
            (Some(data), _) => Ok(Self {
                config,
                data: data.to_path_buf(),
                log: data.join("log"),
            }),
            (None, Some(home)) => Ok(Self {
                config,
                log: home.state.unwrap_or_else(|| home.data.clone()).join("log"),
                data: home.data,
            }),
            (None, None) => Err(PathsError::NoHome),
        }
    }

    /// Returns the folder of the user's configuration, where one is known; it may not be there yet.
    pub fn config(&self) -> Option<&Path> {
        self.config.as_deref()
    }

    /// Returns the folder of the journal.
    pub fn data(&self) -> &Path {
        &self.data
    }

    /// Returns the folder of the logs.
    pub fn log(&self) -> &Path {
        &self.log
    }

    /// Makes the folders of journal and logs where they are missing, for the owner only.
    ///
    /// A folder that others have rights to is narrowed when it holds nothing but the
    /// desk's own. Returns those that were left as they are, with their modes.
    ///
    /// # Errors
    /// When a folder cannot be made.
    pub fn make(&self) -> Result<Vec<(&Path, u32)>, PathsError> {
        let mut open = Vec::new();
        for path in [&self.data, &self.log] {
            private::folder(path).map_err(|source| PathsError::CannotMake {
                path: path.clone(),
                source,
            })?;
            if private::others(path).is_some() && is_ours(path) {
                // What somebody else owns cannot be narrowed: it is said like any other.
                let _ = private::narrow_folder(path);
            }
            open.extend(private::others(path).map(|mode| (path.as_path(), mode)));
        }
        Ok(open)
    }
}

/// The platform's places.
#[derive(Debug)]
struct Home {
    config: PathBuf,
    data: PathBuf,
    state: Option<PathBuf>,
}

/// Returns true when all that is in a folder is the desk's own.
fn is_ours(folder: &Path) -> bool {
    let Ok(mut entries) = std::fs::read_dir(folder) else {
        return false;
    };
    entries.all(|entry| {
        let name = entry.map(|entry| entry.file_name());
        name.is_ok_and(|name| {
            let name = name.to_string_lossy();
            OURS.iter().any(|ours| name.starts_with(ours))
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn home() -> Home {
        Home {
            config: "/h/config".into(),
            data: "/h/data".into(),
            state: Some("/h/state".into()),
        }
    }

    fn chosen(config: Option<&str>, data: Option<&str>, home: Option<Home>) -> [String; 3] {
        let paths = Paths::choose(config.map(Path::new), data.map(Path::new), home).unwrap();
        let show = |path: &Path| path.display().to_string();
        [
            paths.config().map_or_else(|| "-".to_owned(), show),
            show(paths.data()),
            show(paths.log()),
        ]
    }

    #[test]
    fn the_command_line_comes_before_the_platform() {
        assert_eq!(
            chosen(None, None, Some(home())),
            ["/h/config", "/h/data", "/h/state/log"]
        );
        assert_eq!(
            chosen(None, Some("/d"), Some(home())),
            ["/h/config", "/d", "/d/log"]
        );
        assert_eq!(chosen(Some("/c"), Some("/d"), None), ["/c", "/d", "/d/log"]);
        assert_eq!(chosen(None, Some("/d"), None), ["-", "/d", "/d/log"]);
        let without = Paths::choose(None, None, None).unwrap_err().to_string();
        assert!(without.contains("--data DIR"), "{without}");
    }

    #[cfg(unix)]
    #[test]
    fn folders_are_the_owners_alone_and_a_strangers_is_left_and_said() {
        use std::os::unix::fs::PermissionsExt;
        let dir = tempfile::tempdir().unwrap();
        let data = dir.path().join("a/b");
        let paths = Paths::choose(None, Some(&data), None).unwrap();
        let mode = |path: &Path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
        let widen = |path: &Path| {
            std::fs::set_permissions(path, PermissionsExt::from_mode(0o755)).unwrap();
        };
        assert_eq!(paths.make().unwrap(), []);
        assert_eq!((mode(paths.data()), mode(paths.log())), (0o700, 0o700));
        // Ours all through, though somebody opened it.
        std::fs::write(data.join("journal.db"), "").unwrap();
        widen(paths.data());
        widen(paths.log());
        assert_eq!(paths.make().unwrap(), []);
        assert_eq!((mode(paths.data()), mode(paths.log())), (0o700, 0o700));
        // Something of somebody else's is in it: that somebody may need it open.
        std::fs::write(data.join("letter.txt"), "").unwrap();
        widen(paths.data());
        assert_eq!(paths.make().unwrap(), [(paths.data(), 0o755)]);
    }
}
