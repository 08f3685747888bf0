//! Completions and the manual page, written from the table of commands in `args`.
//!
//! Writes where it is told to; opens nothing itself.

use std::io::{self, Write};

use clap::{Command, CommandFactory};

use super::args::Args;

/// Writes the completions of a shell.
///
/// # Errors
/// When they cannot be written.
pub fn write_completions(shell: clap_complete::Shell, out: &mut dyn Write) -> io::Result<()> {
    // The generator takes a failed write for a broken program, so it writes into memory.
    let mut text = Vec::new();
    clap_complete::generate(shell, &mut Args::command(), "desk", &mut text);
    out.write_all(&text)
}

/// Writes the manual page: the program first, then every command of it.
///
/// # Errors
/// When it cannot be written.
pub fn write_man(out: &mut dyn Write) -> io::Result<()> {
    let mut root = Args::command();
    root.build();
    let page = clap_mangen::Man::new(root.clone());
    page.render_title(out)?;
    page.render_name_section(out)?;
    page.render_synopsis_section(out)?;
    page.render_description_section(out)?;
    page.render_options_section(out)?;
    writeln!(out, ".SH COMMANDS")?;
    for command in root.get_subcommands() {
        write_command("", command, out)?;
    }
    page.render_extra_section(out)?;
    page.render_version_section(out)
}

fn write_command(parent: &str, command: &Command, out: &mut dyn Write) -> io::Result<()> {
    let name = format!("{parent}{}", command.get_name());
    let usage = command.clone().render_usage().to_string();
    let usage = usage.trim_start_matches("Usage: ");
    let about = command.get_about().map(ToString::to_string);
    writeln!(out, ".SS {}", escaped(&name))?;
    writeln!(out, "{}\n.PP", escaped(&about.unwrap_or_default()))?;
    writeln!(out, "\\fB{}\\fR", escaped(usage))?;
    let own = command
        .get_arguments()
        .filter(|argument| !argument.is_global_set() && argument.get_id() != "help");
    for argument in own {
        let help = argument.get_help().map(ToString::to_string);
        writeln!(out, ".TP\n\\fB{}\\fR", escaped(&argument.to_string()))?;
        writeln!(out, "{}", escaped(&help.unwrap_or_default()))?;
    }
    for inner in command.get_subcommands() {
        write_command(&format!("{name} "), inner, out)?;
    }
    Ok(())
}

/// Escapes what roff would take for its own.
fn escaped(text: &str) -> String {
    let text = text.replace('\\', "\\e").replace('-', "\\-");
    if text.starts_with(['.', '\'']) {
        format!("\\&{text}")
    } else {
        text
    }
}

#[cfg(test)]
mod tests {
    use clap::ValueEnum;

    use super::*;

    #[test]
    fn every_shell_completes_every_command() {
        for shell in clap_complete::Shell::value_variants() {
            let mut text = Vec::new();
            write_completions(*shell, &mut text).unwrap();
            let text = String::from_utf8(text).unwrap();
            for word in ["journal", "verify", "doctor", "dry-run"] {
                assert!(text.contains(word), "{shell} lacks {word}");
            }
        }
    }

    #[test]
    fn the_manual_names_every_command_and_the_exit_codes() {
        let mut text = Vec::new();
        write_man(&mut text).unwrap();
        let text = String::from_utf8(text).unwrap();
        for part in [
            ".TH desk",
            ".SS journal replay",
            ".SS order",
            "\\-\\-rejudge",
            "Exit codes",
        ] {
            assert!(text.contains(part), "lacks {part}");
        }
    }
}
