//! The folders of the desk: where configuration is read, where the books and the logs are kept.
//!
//! The platform's own places unless the command line names others. Making a
//! folder makes it readable by its owner only. Reads no file.

use std::io;
use std::path::{Path, PathBuf};

/// The name of our folder inside the platform's.
const NAME: &str = "mts1b-desk";

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
    /// # Errors
    /// When a folder cannot be made.
    pub fn make(&self) -> Result<(), PathsError> {
        for path in [&self.data, &self.log] {
            make_private(path).map_err(|source| PathsError::CannotMake {
                path: path.clone(),
                source,
            })?;
        }
        Ok(())
    }
}

/// The platform's places.
#[derive(Debug)]
struct Home {
    config: PathBuf,
    data: PathBuf,
    state: Option<PathBuf>,
}

fn make_private(path: &Path) -> io::Result<()> {
    let mut builder = std::fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(path)
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
    fn folders_are_the_owners_alone() {
        use std::os::unix::fs::PermissionsExt;
        let dir = tempfile::tempdir().unwrap();
        let data = dir.path().join("a/b");
        let paths = Paths::choose(None, Some(&data), None).unwrap();
        paths.make().unwrap();
        paths.make().unwrap();
        for made in [paths.data(), paths.log()] {
            let mode = std::fs::metadata(made).unwrap().permissions().mode();
            assert_eq!(mode & 0o777, 0o700, "{}", made.display());
        }
    }
}
