//! The application: wiring of all parts, and the only module that sees everything.
//!
//! [`start`] is the whole program: it reads the command line, answers what can be
//! answered without a screen, and otherwise opens the workstation.

pub mod answer;
pub mod args;
pub mod audit;
pub mod boot;
pub mod completions;
pub mod doctor;
pub mod history;
pub mod journal;
pub mod keeper;
pub mod log;
pub mod order;
pub mod panic;
pub mod past;
pub mod query;
pub mod rebalance;
pub mod recover;
pub mod run;
pub mod screen;
pub mod setup;
pub mod shelf;
pub mod signals;
mod stdout;
pub mod stood;
pub mod study;
mod system;
pub mod terminal;
pub mod timing;
pub mod weights;

use std::ffi::OsString;
use std::fmt::Display;
use std::sync::Arc;

use serde_json::json;

use crate::app::answer::{Answer, fail};
use crate::app::args::{Args, Command, Exit};
use crate::app::setup::Setup;
use crate::app::weights::WeightsError;
use crate::base::{Clock, SteadyClock, SystemClock, SystemIds};
use crate::config::{ConfigError, Paths, Settings};
use crate::domain::Timestamp;
use crate::history::{History, HistoryError, Origin};
use crate::journal::JournalError;

/// Runs the program with the words of its command line, its own name first.
pub fn start(words: impl Iterator<Item = OsString>) -> Exit {
    let args = match Args::read(words) {
        Ok(args) => args,
        Err(error) => {
            // Help and errors know themselves where they go; a closed pipe is no fault.
            let _ = error.print();
            return Args::exit_of(&error);
        }
    };
    let clock: Arc<dyn Clock> = Arc::new(SteadyClock::new(SystemClock::new()));
    match &args.command {
        None => workstation(&args, &clock),
        Some(command) => answered(&args, command, &clock).map_or_else(
            |failure| fail(&failure.words, failure.exit, args.json),
            |answer| answer.print(args.json),
        ),
    }
}

/// Why a command cannot be answered.
#[derive(Debug)]
struct Failure {
    words: String,
    exit: Exit,
}

impl Failure {
    fn wrong(words: impl Display) -> Self {
        Self {
            words: words.to_string(),
            exit: Exit::WrongUse,
        }
    }

    fn missing(words: impl Display) -> Self {
        Self {
            words: words.to_string(),
            exit: Exit::Missing,
        }
    }
}

impl From<WeightsError> for Failure {
    fn from(error: WeightsError) -> Self {
        Self {
            exit: error.exit(),
            words: error.to_string(),
        }
    }
}

impl From<JournalError> for Failure {
    fn from(error: JournalError) -> Self {
        let exit = match error {
            JournalError::Damaged { .. }
            | JournalError::Duplicate { .. }
            | JournalError::Unfit { .. } => Exit::Failed,
            JournalError::Absent { .. }
            | JournalError::Locked { .. }
            | JournalError::Full { .. }
            | JournalError::Busy { .. }
            | JournalError::Io { .. }
            | JournalError::Version { .. }
            | JournalError::Stopped { .. } => Exit::Missing,
        };
        Self {
            words: error.to_string(),
            exit,
        }
    }
}

fn answered(args: &Args, command: &Command, clock: &Arc<dyn Clock>) -> Result<Answer, Failure> {
    let now = Timestamp::from_us(clock.wall_us());
    match command {
        Command::Weights(wanted) => Ok(weights::answer(wanted)?),
        Command::Symbol {
            symbol,
            venue,
            from_native,
        } => query::symbol(symbol, venue.as_deref(), *from_native).map_err(Failure::wrong),
        Command::Decode { venue, file } => {
            query::decoded(*venue, file, now).map_err(Failure::missing)
        }
        Command::Schema { of, openapi } => {
            query::schemas(of.as_deref(), *openapi).map_err(Failure::wrong)
        }
        Command::Theme(args::Theme::List) => Ok(query::themes()),
        Command::Completions { shell } => {
            text_of(|out| completions::write_completions(*shell, out))
        }
        Command::Man => text_of(|out| completions::write_man(out)),
        Command::Config(args::Config::Check) => Ok(config_check(args)),
        Command::Doctor => Ok(doctor(args, clock)),
        Command::Journal(journal) => {
            let (setup, paths) = set_up(args, clock)?;
            Ok(journal::answer(
                journal,
                paths.data(),
                setup.state_without_feed(),
                now,
            )?)
        }
        Command::History(history) => {
            let paths = Paths::find(args.config.as_deref(), args.data.as_deref())
                .map_err(Failure::missing)?;
            past::answer(history, paths.data()).map_err(|error| Failure {
                exit: error.exit(),
                words: error.to_string(),
            })
        }
        Command::Order(order) => {
            let (setup, paths) = set_up(args, clock)?;
            order::dry_run(&setup, paths.data(), order).map_err(Failure::missing)
        }
        Command::Rebalance(basket) => {
            let wanted = basket.wanted().map_err(Failure::wrong)?;
            let (setup, paths) = set_up(args, clock)?;
            rebalance::dry_run(&setup, paths.data(), basket, &wanted).map_err(Failure::missing)
        }
    }
}

fn set_up(args: &Args, clock: &Arc<dyn Clock>) -> Result<(Setup, Paths), Failure> {
    let paths =
        Paths::find(args.config.as_deref(), args.data.as_deref()).map_err(Failure::missing)?;
    let settings = Settings::load(paths.config(), &args.overrides()).map_err(Failure::wrong)?;
    let setup = Setup::new(settings, Arc::clone(clock), Arc::new(SystemIds::default()))
        .and_then(|setup| setup.with_files(paths.config(), paths.data()))
        .map_err(Failure::wrong)?;
    Ok((setup, paths))
}

fn text_of(
    write: impl FnOnce(&mut dyn std::io::Write) -> std::io::Result<()>,
) -> Result<Answer, Failure> {
    let mut bytes = Vec::new();
    write(&mut bytes).map_err(Failure::missing)?;
    let text = String::from_utf8_lossy(&bytes).into_owned();
    Ok(Answer::fine(text.clone(), json!({ "text": text })))
}

fn config_check(args: &Args) -> Answer {
    let found = Paths::find(args.config.as_deref(), args.data.as_deref());
    let folder = match &found {
        Ok(paths) => paths.config(),
        Err(error) => {
            let json = json!({ "ok": false, "problems": [{ "text": error.to_string() }] });
            return Answer::fine(format!("✗ {error}"), json).ending(Exit::Missing);
        }
    };
    let mut problems = match Settings::load(folder, &args.overrides()) {
        Ok(settings) => {
            let mut problems = screen::problems(folder, &settings);
            let data = found.as_ref().ok().map(Paths::data);
            if let Some(error) = data.and_then(|data| setup::files_fault(folder, data)) {
                let words = error.to_string();
                problems.push((words.clone(), json!({ "text": words })));
            }
            problems
        }
        Err(error @ ConfigError::Unreadable(_)) => {
            let words = error.to_string();
            vec![(words.clone(), json!({ "text": words }))]
        }
        Err(ConfigError::Invalid(problems)) => problems
            .iter()
            .map(|one| (one.to_string(), json!(one)))
            .collect(),
    };
    if problems.is_empty() {
        let place = folder.map_or_else(
            || "no folder".to_owned(),
            |folder| folder.display().to_string(),
        );
        let text = format!("✓ the configuration is good (shipped defaults, then {place})");
        return Answer::fine(text, json!({ "ok": true, "problems": [] }));
    }
    let lines: Vec<String> = problems
        .iter()
        .map(|(words, _)| format!("✗ {words}"))
        .collect();
    let rows: Vec<serde_json::Value> = problems.drain(..).map(|(_, json)| json).collect();
    Answer::fine(lines.join("\n"), json!({ "ok": false, "problems": rows })).ending(Exit::WrongUse)
}

fn doctor(args: &Args, clock: &Arc<dyn Clock>) -> Answer {
    let paths = Paths::find(args.config.as_deref(), args.data.as_deref());
    let folder = paths
        .as_ref()
        .ok()
        .and_then(|paths| paths.config().map(std::path::Path::to_path_buf));
    let settings = Settings::load(folder.as_deref(), &args.overrides());
    let data = paths.as_ref().ok().map(|paths| paths.data().to_path_buf());
    let machine = doctor::Machine::look(data.as_deref(), clock.as_ref());
    let look = |folder: &std::path::Path| match crate::journal::verify(folder) {
        Ok(report) => match report.first_bad {
            None => Ok(format!("{} records, the chain is whole", report.records)),
            Some(bad) => Err(format!("record {}: {}", bad.seq, bad.what)),
        },
        Err(JournalError::Absent { .. }) => Ok("none yet: the first start makes it".to_owned()),
        Err(error) => Err(error.to_string()),
    };
    let inputs = doctor::Inputs {
        machine: &machine,
        paths: paths.as_ref(),
        settings: settings.as_ref(),
        journal: &look,
        history: &history_found,
    };
    let report = doctor::examine(&inputs);
    let exit = report.exit();
    Answer::fine(report.to_string(), json!(report)).ending(exit)
}

/// Says what the history in a data folder holds, or what is wrong with it.
fn history_found(folder: &std::path::Path) -> Result<String, String> {
    let listed = History::open_read_only(folder).and_then(|history| history.list());
    match listed {
        Ok(series) => {
            let made_up = series.iter().filter(|one| one.origin == Origin::Synthetic);
            let (all, made_up) = (series.len(), made_up.count());
            Ok(format!("{all} series, {made_up} of them synthetic"))
        }
        Err(HistoryError::Absent { .. }) => Ok("none yet: the first start makes it".to_owned()),
        Err(error) => Err(error.to_string()),
    }
}

/// A journal that is not what was written is a check that failed; anything else is a machine that lacks something.
fn exit_of(error: &anyhow::Error) -> Exit {
    if error.is::<audit::Finding>() {
        return Exit::Failed;
    }
    let journal = error.downcast_ref::<JournalError>().cloned();
    journal.map_or(Exit::Missing, |error| Failure::from(error).exit)
}

fn workstation(args: &Args, clock: &Arc<dyn Clock>) -> Exit {
    let mut open_to_others = Vec::new();
    let opened = set_up(args, clock).and_then(|(setup, paths)| {
        let open = paths.make().map_err(Failure::missing)?;
        open_to_others.extend(open.iter().map(|(path, mode)| {
            let path = path.display();
            format!("{path} can be read by others (mode {mode:o}): chmod 700 {path}")
        }));
        screen::check(&paths, &setup.settings).map_err(Failure::wrong)?;
        Ok((setup, paths))
    });
    let (setup, paths) = match opened {
        Ok(opened) => opened,
        Err(failure) => return fail(&failure.words, failure.exit, args.json),
    };
    let _log = match log::start(paths.log(), setup.settings.log(), Arc::clone(clock)) {
        Ok(guard) => guard,
        Err(error) => return fail(&error, Exit::Missing, args.json),
    };
    for words in open_to_others {
        tracing::warn!("{words}");
    }
    let broken = panic::install(true);
    match boot::workstation(&setup, &paths, broken) {
        Ok(exit) => exit,
        Err(error) => {
            tracing::error!(error = %format!("{error:#}"), "the desk could not go on");
            fail(&format!("{error:#}"), exit_of(&error), args.json)
        }
    }
}
