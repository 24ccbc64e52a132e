//! The command line.

use crate::report::Failure;
use crate::tasks::{self, Task};
use lexopt::{Arg, Parser, ValueExt};
use std::ffi::OsString;
use std::io::Write;
use std::path::PathBuf;

/// What every task is told.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Arguments {
    /// The folder with the benchmark.
    pub data: PathBuf,
    /// Whether one JSON object is wanted rather than a table.
    pub json: bool,
    /// How many threads may be used, at least 1. Default: as many as the machine runs at once.
    pub threads: usize,
}

/// How the command is used.
#[must_use]
pub fn usage() -> &'static str {
    "usage: evenkeel-eval TASK --data DIR [--json] [--threads N] [options of the task]\n\
     tasks: m4 [--models A,B] [--limit N] [--season N]\n\
     \x20      nab, ucr, wsd, gutentag, smap, skab [--detectors] [--only A,B] [--limit N]\n\
     \x20      sockshop [--shift SECONDS] [--evidence metrics]\n\
     \x20      tcpd"
}

/// Runs the command with its arguments (without the program's name) and gives its exit status: 0, or 3 if cases were skipped. The
/// result goes to `out`, progress to `progress`.
///
/// # Errors
/// If the arguments are wrong or the folder cannot be read; the exit status is then 2.
pub fn run(
    arguments: impl IntoIterator<Item = OsString>,
    out: &mut dyn Write,
    progress: &mut (dyn Write + Send),
) -> Result<u8, Failure> {
    let Some((task, arguments)) = parse(arguments)? else {
        writeln!(out, "{}", usage()).map_err(|why| Failure::new(format!("cannot write: {why}")))?;
        return Ok(0);
    };
    let report = task.run(&arguments, progress)?;
    let text = if arguments.json { report.json() } else { report.table() };
    out.write_all(text.as_bytes())
        .and_then(|()| out.flush())
        .map_err(|why| Failure::new(format!("cannot write: {why}")))?;
    Ok(if report.skipped.is_empty() { 0 } else { 3 })
}

/// A task and what it is told.
type Order = (Box<dyn Task>, Arguments);

/// What is to be done; `None` if help is asked for.
fn parse(arguments: impl IntoIterator<Item = OsString>) -> Result<Option<Order>, Failure> {
    let mut parser = Parser::from_args(arguments);
    let mut task: Option<Box<dyn Task>> = None;
    let (mut data, mut json) = (None, false);
    let mut threads = std::thread::available_parallelism().map_or(1, usize::from);
    while let Some(argument) = parser.next()? {
        match argument {
            Arg::Short('h') | Arg::Long("help") => return Ok(None),
            Arg::Long("data") => data = Some(PathBuf::from(parser.value()?)),
            Arg::Long("json") => json = true,
            Arg::Long("threads") => {
                threads = parser.value()?.parse()?;
                if threads == 0 {
                    return Err(Failure::new("--threads must be at least 1"));
                }
            }
            Arg::Value(name) if task.is_none() => {
                let name = name.to_string_lossy().into_owned();
                let found = tasks::by_name(&name);
                task = Some(found.ok_or_else(|| Failure::new(format!("there is no task {name}")))?);
            }
            Arg::Long(option) => {
                let option = option.to_owned();
                let mut value = || Ok(parser.value()?.to_string_lossy().into_owned());
                let taken = match &mut task {
                    Some(task) => task.option(&option, &mut value)?,
                    None => false,
                };
                if !taken {
                    return Err(Failure::new(format!(
                        "there is no option --{option}; a task's own follow its name"
                    )));
                }
            }
            other => return Err(other.unexpected().into()),
        }
    }
    let task = task.ok_or_else(|| Failure::new("a task must be named"))?;
    let data = data.ok_or_else(|| Failure::new("--data DIR must be given"))?;
    Ok(Some((task, Arguments { data, json, threads })))
}
