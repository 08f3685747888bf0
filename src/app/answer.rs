//! What a command that is not the screen answers: words or one JSON object, and how the program ends.

use std::borrow::Cow;
use std::fmt::Display;
use std::io::{ErrorKind, Write};

use serde_json::{Value, json};

use crate::app::args::Exit;

/// The answer of a command.
#[derive(Debug, Clone, PartialEq)]
pub struct Answer {
    /// For people.
    pub text: String,
    /// For scripts: one object, stable.
    pub json: Value,
    /// How the program ends.
    pub exit: Exit,
}

impl Answer {
    /// Makes an answer of a command that went well.
    pub fn fine(text: impl Into<String>, json: Value) -> Self {
        Self {
            text: text.into(),
            json,
            exit: Exit::Fine,
        }
    }

    /// Makes an answer that ends the program otherwise.
    pub fn ending(self, exit: Exit) -> Self {
        Self { exit, ..self }
    }

    /// Prints the answer to standard output; a reader that went away is no fault, a full disk is one.
    pub fn print(&self, as_json: bool) -> Exit {
        let text = if as_json {
            format!("{:#}\n", self.json)
        } else {
            with_end(&harmless(&self.text))
        };
        let mut out = std::io::stdout().lock();
        match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
            Err(error) if error.kind() != ErrorKind::BrokenPipe => {
                let words = format!("the answer cannot be written to standard output: {error}");
                fail(&words, Exit::Missing, false)
            }
            Ok(()) | Err(_) => self.exit,
        }
    }
}

/// Takes out what a terminal would act on: words may quote what somebody else wrote.
fn harmless(text: &str) -> Cow<'_, str> {
    let acts = |c: char| c.is_control() && !matches!(c, '\n' | '\t');
    if text.contains(acts) {
        text.replace(acts, "\u{fffd}").into()
    } else {
        text.into()
    }
}

/// Prints an error to standard error (and as `{"error": …}` to standard output for scripts).
pub fn fail(error: &dyn Display, exit: Exit, as_json: bool) -> Exit {
    if as_json {
        Answer::fine("", json!({ "error": error.to_string() })).print(true);
    }
    let _ = std::io::stderr()
        .lock()
        .write_all(with_end(&harmless(&format!("desk: {error}"))).as_bytes());
    exit
}

fn with_end(text: &str) -> String {
    if text.is_empty() || text.ends_with('\n') {
        text.to_owned()
    } else {
        format!("{text}\n")
    }
}
