//! Arguments of the programs, and how they begin and end.

use crate::printing::ended;
use crate::{csv, say};
use evenkeel::detect::Budget;
use evenkeel::prelude::Timestamp;
use std::error::Error;
use std::process::ExitCode;
use std::time::Duration;

/// What a program comes to.
pub type Outcome = Result<(), Box<dyn Error>>;

/// Runs a program with its arguments, which are `None` where its usage is asked for: exit status 2 for
/// arguments that it does not take, 1 where it failed, each with a sentence on the standard error; without
/// one [`CLOSED`](crate::printing::CLOSED) where nobody reads any more what it says.
#[expect(clippy::print_stderr, reason = "a program speaks to people")]
pub fn run<A>(
    (name, usage): (&str, &str),
    arguments: Result<Option<A>, lexopt::Error>,
    program: impl FnOnce(A) -> Outcome,
) -> ExitCode {
    let arguments = match arguments {
        Ok(Some(arguments)) => arguments,
        Ok(None) => return finish(name, say!("{usage}").map_err(Into::into)),
        Err(why) => {
            eprintln!("{name}: {why}\n{usage}");
            return ExitCode::from(2);
        }
    };
    finish(name, program(arguments))
}

fn finish(name: &str, outcome: Outcome) -> ExitCode {
    ended(name, outcome.map(|()| ExitCode::SUCCESS), 1)
}

/// An argument as text.
///
/// # Errors
/// If it is not UTF-8.
pub fn text(value: std::ffi::OsString) -> Result<String, String> {
    value.into_string().map_err(|bad| format!("{} is not UTF-8", bad.to_string_lossy()))
}

/// A length of time like `500ms`, `30s`, `5m`, `1h`, `7d`, `1w`.
///
/// # Errors
/// If it is none.
pub fn length(text: &str) -> Result<Duration, String> {
    let digits = text.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(text.len());
    let (number, unit) = text.split_at(digits);
    let seconds = match unit {
        "ms" => 1e-3,
        "s" => 1.0,
        "m" | "min" => 60.0,
        "h" => 3_600.0,
        "d" => 86_400.0,
        "w" => 604_800.0,
        _ => return Err(format!("`{text}` is no length of time, like 500ms, 30s, 5m, 1h, 7d, 1w")),
    };
    let number: f64 = number
        .parse()
        .map_err(|_| format!("`{text}` is no length of time, like 500ms, 30s, 5m, 1h, 7d, 1w"))?;
    Duration::try_from_secs_f64(number * seconds).map_err(|e| format!("`{text}`: {e}"))
}

/// A budget of false alarms like `1/7d`, or `1/d`.
///
/// # Errors
/// If it is none.
pub fn budget(text: &str) -> Result<Budget, String> {
    let (count, per) = text.split_once('/').ok_or("a budget is a number and a time, like 1/7d")?;
    let count: f64 = count.parse().map_err(|_| format!("`{count}` is no number"))?;
    let per = if per.starts_with(|c: char| c.is_ascii_digit()) { per.into() } else { format!("1{per}") };
    Budget::new(count, length(&per)?).map_err(|e| e.to_string())
}

/// A time: RFC 3339, `YYYY-MM-DD HH:MM:SS`, or seconds or milliseconds since 1970.
///
/// # Errors
/// If it is none.
pub fn time(text: &str) -> Result<Timestamp, String> {
    csv::timestamp(text).ok_or_else(|| format!("`{text}` is no time, like 2026-03-02T10:00:00Z"))
}
