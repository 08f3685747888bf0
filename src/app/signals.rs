//! Signals from a file: what strategies publish, one JSON object a line.
//!
//! Read at the start and when the file changes. Of each strategy the newest publication counts, of publications
//! as of the same moment the later line. A line that is none is said by its number and passed over.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::SystemTime;

use crate::base::bounded;
use crate::domain::{FundId, Signal, StrategyId};

/// The largest file, in bytes.
pub const FILE_MOST: u64 = 4 << 20;
/// Faults said of one file; how many more there are is said too.
const FAULTS_MOST: usize = 5;

/// What a file says.
#[derive(Debug, Default, PartialEq)]
pub struct Published {
    /// The newest of each strategy, by strategy.
    pub signals: Vec<Signal>,
    /// What is wrong with it, in words.
    pub faults: Vec<String>,
}

/// A file that is read again when it changed.
#[derive(Debug)]
pub struct SignalFile {
    path: PathBuf,
    fund: FundId,
    seen: Option<(SystemTime, u64)>,
    read: bool,
}

impl SignalFile {
    /// Watches a file for signals of a fund.
    pub fn new(path: PathBuf, fund: FundId) -> Self {
        Self {
            path,
            fund,
            seen: None,
            read: false,
        }
    }

    /// Reads the file where it changed since it was last read; none where it did not.
    pub fn poll(&mut self) -> Option<Published> {
        let found = std::fs::metadata(&self.path);
        let seen = found
            .ok()
            .and_then(|file| Some((file.modified().ok()?, file.len())));
        if self.read && seen == self.seen {
            return None;
        }
        (self.read, self.seen) = (true, seen);
        let shown = self.path.display().to_string();
        Some(match bounded::file(&self.path, FILE_MOST) {
            Ok(text) => parse(&shown, &text, &self.fund),
            Err(why) => Published {
                signals: Vec::new(),
                faults: vec![format!("{shown}: {why}")],
            },
        })
    }
}

/// Reads the lines of a file; `name` is how it is called in messages.
pub fn parse(name: &str, bytes: &[u8], fund: &FundId) -> Published {
    let mut newest: BTreeMap<StrategyId, Signal> = BTreeMap::new();
    let (mut faults, mut more) = (Vec::new(), 0_usize);
    for (line, text) in (1..).zip(bytes.split(|byte| *byte == b'\n')) {
        let text = text.trim_ascii();
        if text.is_empty() {
            continue;
        }
        match Signal::read(text) {
            Ok(signal) if !signal.is_for(fund) => {}
            Ok(signal) => {
                let known = newest.get(&signal.strategy_id);
                if known.is_none_or(|known| signal.asof >= known.asof) {
                    newest.insert(signal.strategy_id.clone(), signal);
                }
            }
            Err(why) if faults.len() < FAULTS_MOST => faults.push(format!("{name}:{line}: {why}")),
            Err(_) => more += 1,
        }
    }
    if more > 0 {
        faults.push(format!("{name}: {more} further lines are no signals"));
    }
    Published {
        signals: newest.into_values().collect(),
        faults,
    }
}
