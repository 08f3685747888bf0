//! `desk doctor`: what is wrong on this machine, in words, and what would help.
//!
//! [`Machine::look`] gathers what there is to know; [`examine`] judges it and
//! touches nothing, so every finding can be tested without a broken machine.
//! Leaves nothing behind: the file it tries the data folder with is removed.

use std::fmt;
use std::io::IsTerminal;
use std::path::{Path, PathBuf};

use serde::Serialize;

use crate::app::args::Exit;
use crate::base::{Clock, private};
use crate::config::{ConfigError, Paths, PathsError, Settings};
use crate::domain::Timestamp;

/// One finding.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Check {
    /// What was looked at; stable.
    pub name: &'static str,
    /// Whether it is as it should be.
    pub ok: bool,
    /// What was found and, where it is not well, what would help.
    pub detail: String,
}

/// Every finding.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Report {
    /// In the order they were looked at.
    pub checks: Vec<Check>,
}

impl Report {
    /// Returns how the program ends: failed when one check did.
    pub fn exit(&self) -> Exit {
        if self.checks.iter().all(|check| check.ok) {
            Exit::Fine
        } else {
            Exit::Failed
        }
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let wide = self.checks.iter().map(|check| check.name.len()).max();
        for check in &self.checks {
            let mark = if check.ok { '✓' } else { '✗' };
            let name = check.name;
            // A detail of several lines stays in its column.
            let indent = format!("\n{:width$}", "", width = wide.unwrap_or(0) + 4);
            let detail = check.detail.replace('\n', &indent);
            writeln!(
                f,
                "{mark} {name:width$}  {detail}",
                width = wide.unwrap_or(0)
            )?;
        }
        Ok(())
    }
}

/// What there is to know of the machine.
#[derive(Debug, Clone, Default)]
pub struct Machine {
    /// Columns and rows, where the output is a terminal.
    pub size: Option<(u16, u16)>,
    /// `TERM`.
    pub term: Option<String>,
    /// `COLORTERM`.
    pub colorterm: Option<String>,
    /// `NO_COLOR`.
    pub no_color: Option<String>,
    /// The first set of `LC_ALL`, `LC_CTYPE`, `LANG`.
    pub locale: Option<String>,
    /// The time by the machine's clock.
    pub now: Timestamp,
    /// The data folder.
    pub data: Folder,
}

/// The state of a folder.
#[derive(Debug, Clone, Default)]
pub struct Folder {
    /// Whether it is there.
    pub exists: bool,
    /// Permissions as the system numbers them, where others have some.
    pub mode: Option<u32>,
    /// Why nothing can be written to it, or to where it would be made.
    pub refused: Option<String>,
    /// When its newest file was written.
    pub newest: Option<Timestamp>,
}

impl Machine {
    /// Looks at this machine; `data` is where the books are or will be.
    pub fn look(data: Option<&Path>, clock: &dyn Clock) -> Self {
        let env = |name: &str| std::env::var(name).ok().filter(|value| !value.is_empty());
        let screen = std::io::stdout().is_terminal();
        Self {
            size: screen.then(crossterm::terminal::size).and_then(Result::ok),
            term: env("TERM"),
            colorterm: env("COLORTERM"),
            no_color: env("NO_COLOR"),
            locale: env("LC_ALL")
                .or_else(|| env("LC_CTYPE"))
                .or_else(|| env("LANG")),
            now: Timestamp::from_us(clock.wall_us()),
            data: data.map(Folder::look).unwrap_or_default(),
        }
    }
}

impl Folder {
    fn look(path: &Path) -> Self {
        let there = path.is_dir();
        let home = path.ancestors().find(|part| part.exists());
        Self {
            exists: there,
            mode: private::others(path),
            refused: match home {
                Some(part) if !part.is_dir() => Some(format!("{} is no folder", part.display())),
                Some(home) => try_writing(home).err().map(|error| error.to_string()),
                None => Some("no part of this path is there".to_owned()),
            },
            newest: newest(path),
        }
    }
}

fn try_writing(folder: &Path) -> std::io::Result<()> {
    let path = folder.join(format!(".desk-doctor-{}", std::process::id()));
    private::file(&path)?;
    std::fs::remove_file(&path)
}

fn newest(folder: &Path) -> Option<Timestamp> {
    let written = |entry: std::io::Result<std::fs::DirEntry>| {
        let modified = entry.ok()?.metadata().ok()?.modified().ok()?;
        let since = modified.duration_since(std::time::UNIX_EPOCH).ok()?;
        Some(Timestamp::EPOCH.plus(since))
    };
    std::fs::read_dir(folder).ok()?.filter_map(written).max()
}

/// What is judged beside the machine.
pub struct Inputs<'a> {
    /// The machine.
    pub machine: &'a Machine,
    /// The folders.
    pub paths: Result<&'a Paths, &'a PathsError>,
    /// The settings.
    pub settings: Result<&'a Settings, &'a ConfigError>,
    /// Looks quickly at the journal in the data folder: what it found, or what is wrong.
    pub journal: &'a dyn Fn(&Path) -> Result<String, String>,
    /// Looks at the history of prices there: what it holds, or what is wrong.
    pub history: &'a dyn Fn(&Path) -> Result<String, String>,
}

impl fmt::Debug for Inputs<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Inputs")
            .field("machine", self.machine)
            .field("paths", &self.paths)
            .finish_non_exhaustive()
    }
}

/// Judges the machine; asks the journal only when there is a data folder.
pub fn examine(inputs: &Inputs<'_>) -> Report {
    let machine = inputs.machine;
    let mut checks = vec![
        named("terminal", terminal(machine)),
        named("colours", Ok(colours(machine))),
        named("locale", locale(machine)),
        named("clock", clock(machine)),
        named("config", config(inputs)),
    ];
    match inputs.paths {
        Ok(paths) => {
            let path = paths.data();
            checks.push(named("data", data(&machine.data, path)));
            checks.push(named("logs", Ok(paths.log().display().to_string())));
            checks.push(named("journal", looked(inputs, inputs.journal, path)));
            checks.push(named("history", looked(inputs, inputs.history, path)));
        }
        Err(error) => checks.push(named("data", Err(error.to_string()))),
    }
    Report { checks }
}

fn named(name: &'static str, found: Result<String, String>) -> Check {
    Check {
        name,
        ok: found.is_ok(),
        detail: found.unwrap_or_else(|fault| fault),
    }
}

/// The least the workstation is laid out for.
const LEAST: (u16, u16) = (80, 24);

fn terminal(machine: &Machine) -> Result<String, String> {
    let term = machine.term.as_deref().unwrap_or("");
    let Some((columns, rows)) = machine.size else {
        return Ok("the output is not a terminal: its size was not looked at".to_owned());
    };
    if matches!(term, "" | "dumb") {
        return Err(format!(
            "TERM is '{term}': the desk needs a terminal that can place its cursor, try TERM=xterm-256color"
        ));
    }
    if columns < LEAST.0 || rows < LEAST.1 {
        return Err(format!(
            "{columns}x{rows} is small: make the window at least {}x{}, or its letters smaller",
            LEAST.0, LEAST.1
        ));
    }
    Ok(format!("{term}, {columns}x{rows}"))
}

fn colours(machine: &Machine) -> String {
    if machine.no_color.is_some() {
        return "none, as NO_COLOR asks; weight and marks carry the meaning".to_owned();
    }
    let term = machine.term.as_deref().unwrap_or("");
    let told = machine.colorterm.as_deref().unwrap_or("");
    if told.contains("truecolor") || told.contains("24bit") || term.ends_with("-direct") {
        return "16 million".to_owned();
    }
    let few = if term.contains("256") { "256" } else { "16" };
    format!("{few}; if the terminal can do more, COLORTERM=truecolor says so")
}

fn locale(machine: &Machine) -> Result<String, String> {
    let Some(locale) = machine.locale.as_deref() else {
        return Err("none is set: lines and arrows may show as '?', try LANG=C.UTF-8".to_owned());
    };
    let plain = locale.to_ascii_lowercase().replace('-', "");
    if plain.contains("utf8") {
        Ok(locale.to_owned())
    } else {
        Err(format!(
            "{locale} is not UTF-8: lines and arrows may show as '?', try LANG=C.UTF-8"
        ))
    }
}

/// 2026-01-01T00:00:00Z: no clock that runs right shows less.
const FIRST_DAY: Timestamp = Timestamp::from_us(1_767_225_600_000_000);

fn clock(machine: &Machine) -> Result<String, String> {
    let now = machine.now;
    if now < FIRST_DAY {
        return Err(format!(
            "{now} is in the past: set the clock, or quotes look as if they came from the future"
        ));
    }
    match machine.data.newest.filter(|newest| *newest > now) {
        Some(newest) => Err(format!(
            "{now} is before the newest file of the data folder ({newest}): the clock went back, set it"
        )),
        None => Ok(now.to_string()),
    }
}

fn config(inputs: &Inputs<'_>) -> Result<String, String> {
    let settings = inputs.settings.map_err(ToString::to_string)?;
    let folder = inputs.paths.ok().and_then(Paths::config);
    let own: Option<PathBuf> = folder.map(|folder| folder.join("desk.toml"));
    let desk = settings.desk();
    let on = format!(
        "fund {}, feed {}, broker {}",
        desk.fund,
        desk.feed.name(),
        desk.broker
    );
    Ok(match own {
        Some(own) => format!("{on}; your own settings go into {}", own.display()),
        None => format!("{on}; the shipped settings"),
    })
}

fn data(folder: &Folder, path: &Path) -> Result<String, String> {
    let shown = path.display();
    if let Some(refused) = &folder.refused {
        return Err(format!(
            "{shown} cannot be written: {refused}; name another with --data DIR"
        ));
    }
    if !folder.exists {
        return Ok(format!("{shown} will be made at the first start"));
    }
    match folder.mode {
        Some(mode) => Err(format!(
            "{shown} can be read by others (mode {mode:o}): chmod 700 {shown}"
        )),
        None => Ok(format!("{shown}, writable, yours alone")),
    }
}

fn looked(
    inputs: &Inputs<'_>,
    look: &dyn Fn(&Path) -> Result<String, String>,
    path: &Path,
) -> Result<String, String> {
    if inputs.machine.data.exists {
        look(path)
    } else {
        Ok("none yet".to_owned())
    }
}

#[cfg(test)]
mod tests {
    use crate::base::ManualClock;
    use crate::config::Overrides;

    use super::*;

    fn well() -> Machine {
        Machine {
            size: Some((120, 36)),
            term: Some("xterm-256color".to_owned()),
            colorterm: Some("truecolor".to_owned()),
            no_color: None,
            locale: Some("en_GB.UTF-8".to_owned()),
            now: FIRST_DAY.plus(std::time::Duration::from_hours(1)),
            data: Folder {
                exists: true,
                mode: None,
                refused: None,
                newest: Some(FIRST_DAY),
            },
        }
    }

    fn report(machine: &Machine) -> Report {
        let dir = std::env::temp_dir();
        let paths = Paths::find(Some(&dir), Some(Path::new("/books"))).unwrap();
        let settings = Settings::from_layers(None, &Overrides::default()).unwrap();
        examine(&Inputs {
            machine,
            paths: Ok(&paths),
            settings: Ok(&settings),
            journal: &|_| Ok("12 records, chain whole".to_owned()),
            history: &|_| Ok("29 series".to_owned()),
        })
    }

    #[track_caller]
    fn check(spoil: impl FnOnce(&mut Machine), name: &str, help: &str) {
        let mut machine = well();
        spoil(&mut machine);
        let report = report(&machine);
        assert_eq!(report.exit(), Exit::Failed);
        let faults: Vec<_> = report.checks.iter().filter(|check| !check.ok).collect();
        assert_eq!(faults.len(), 1, "{report}");
        assert_eq!(faults[0].name, name);
        assert!(faults[0].detail.contains(help), "{}", faults[0].detail);
    }

    #[test]
    fn a_machine_that_is_well_has_no_fault() {
        let report = report(&well());
        assert_eq!(report.exit(), Exit::Fine, "{report}");
        assert!(
            report.to_string().contains("✓ journal   12 records"),
            "{report}"
        );
        let json = serde_json::to_value(&report).unwrap();
        assert_eq!(json["checks"][0]["name"], "terminal");
        assert_eq!(json["checks"][0]["ok"], true);
    }

    #[test]
    fn each_fault_says_what_would_help() {
        check(|it| it.size = Some((79, 24)), "terminal", "80x24");
        check(
            |it| it.term = Some("dumb".to_owned()),
            "terminal",
            "TERM=xterm",
        );
        check(|it| it.locale = None, "locale", "LANG=C.UTF-8");
        check(
            |it| it.locale = Some("C".to_owned()),
            "locale",
            "LANG=C.UTF-8",
        );
        check(|it| it.now = Timestamp::EPOCH, "clock", "set the clock");
        check(
            |it| it.now = FIRST_DAY.minus(std::time::Duration::from_secs(1)),
            "clock",
            "past",
        );
        check(
            |it| it.data.newest = Some(it.now.plus(std::time::Duration::from_secs(1))),
            "clock",
            "went back",
        );
        check(|it| it.data.mode = Some(0o755), "data", "chmod 700 /books");
        check(
            |it| it.data.refused = Some("read-only".to_owned()),
            "data",
            "--data DIR",
        );
    }

    #[test]
    fn what_cannot_be_looked_at_is_no_fault() {
        let mut machine = well();
        machine.size = None;
        machine.term = None;
        machine.no_color = Some("1".to_owned());
        machine.data = Folder::default();
        let report = report(&machine);
        assert_eq!(report.exit(), Exit::Fine, "{report}");
        assert!(report.to_string().contains("will be made"), "{report}");
    }

    #[test]
    fn a_broken_journal_and_a_broken_config_are_reported_as_they_are_said() {
        let error =
            Settings::from_layers(Some(("desk.toml", "a = 1\nb = 2\n")), &Overrides::default());
        let error = error.unwrap_err();
        let none = PathsError::NoHome;
        let report = examine(&Inputs {
            machine: &well(),
            paths: Err(&none),
            settings: Err(&error),
            journal: &|_| Err("never asked".to_owned()),
            history: &|_| Err("never asked".to_owned()),
        });
        let said = report.to_string();
        assert!(
            said.contains("✗ config    desk.toml:1: unknown key 'a'"),
            "{said}"
        );
        assert!(said.contains("\n            desk.toml:2:"), "{said}");
        assert!(
            said.contains("--data DIR") && !said.contains("never asked"),
            "{said}"
        );
    }

    #[test]
    fn looking_leaves_nothing_behind() {
        let dir = tempfile::tempdir().unwrap();
        let clock = ManualClock::new(1_800_000_000_000_000);
        let machine = Machine::look(Some(dir.path()), &clock);
        assert!(machine.data.exists && machine.data.refused.is_none());
        let later = Machine::look(Some(&dir.path().join("a/b")), &clock);
        assert!(!later.data.exists && later.data.refused.is_none());
        let file = tempfile::NamedTempFile::new().unwrap();
        let refused = Machine::look(Some(file.path()), &clock).data.refused;
        assert!(refused.is_some_and(|why| why.ends_with("is no folder")));
        assert_eq!(std::fs::read_dir(dir.path()).unwrap().count(), 0);
    }
}
