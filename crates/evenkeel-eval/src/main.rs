//! The command line: see the crate's page.

use evenkeel_eval::{Progress, run};
use std::io::{Write, stderr, stdout};
use std::process::ExitCode;

/// What a shell reports of a program that the signal of a closed pipe ended.
const CLOSED_PIPE: u8 = 141;

fn main() -> ExitCode {
    let outcome = run(std::env::args_os().skip(1), &mut stdout().lock(), &mut Progress::standard_error());
    match outcome {
        Ok(status) => ExitCode::from(status),
        Err(why) if why.is_closed_pipe() => ExitCode::from(CLOSED_PIPE),
        Err(why) => {
            // Nothing is left to be done if that cannot be said either.
            let _ = writeln!(stderr(), "evenkeel-eval: {why}\nSee evenkeel-eval --help.");
            ExitCode::from(2)
        }
    }
}
