//! The `desk` program: hands its words to the application and ends as it says.

use std::process::ExitCode;

fn main() -> ExitCode {
    mts1b_desk::app::start(std::env::args_os()).into()
}
