//! Running a command.

use super::parse::{Command, Pair, Print, parse};
use super::{detect, help};
use crate::{Failure, Progress, TaskResult, compare};
use std::ffi::OsString;
use std::io::Write;

/// Runs the command with its arguments (without the program's name) and gives its exit status: 0, or 3 if
/// cases were skipped or are in one of two results only. The result goes to `out`.
///
/// # Errors
/// If the arguments are wrong or the folder cannot be read; the exit status is then 2. If `out` cannot be
/// written; where [nobody reads it any more](Failure::is_closed_pipe), the exit status is 141 and nothing is
/// said.
pub fn run(
    arguments: impl IntoIterator<Item = OsString>,
    out: &mut dyn Write,
    progress: &mut Progress<'_>,
) -> Result<u8, Failure> {
    let mut print = |text: &str| {
        let written = out.write_all(text.as_bytes()).and_then(|()| out.flush());
        written.map_err(|why| Failure::unwritten(&why))
    };
    match parse(arguments)? {
        Command::Help => print(&help::usage())?,
        Command::HelpOf(task) => print(&help::of_task(task))?,
        Command::HelpOfCompare => print(&help::of_compare())?,
        Command::Cases(file) => print(&TaskResult::read(file)?.cases_csv())?,
        Command::HelpOfDetect => print(&help::of_detect())?,
        Command::Detect { entry, setting } => {
            detect::rows(&entry, &setting, &mut std::io::stdin().lock(), &mut print)?;
        }
        Command::Run { contest, print: Print { json, file } } => {
            // Said before hours of work, not after, and without a loss to what the file holds.
            if let Some(file) = &file {
                let is_new = !file.exists();
                std::fs::OpenOptions::new()
                    .create(true)
                    .append(true)
                    .open(file)
                    .and_then(|_| if is_new { std::fs::remove_file(file) } else { Ok(()) })
                    .map_err(|why| Failure::new(format!("--out {}: {why}", file.display())))?;
            }
            let result = contest.run_telling(progress)?;
            if let Some(file) = &file {
                result.write(file)?;
            }
            print(&if json { result.json() } else { result.table() })?;
            return Ok(if result.skipped.is_empty() { 0 } else { 3 });
        }
        Command::Compare(Pair { files: [a, b], methods: [of_a, of_b], json }) => {
            let comparison = compare(&TaskResult::read(a)?, &of_a, &TaskResult::read(b)?, &of_b)?;
            print(&if json { comparison.json() } else { comparison.table() })?;
            let complete = comparison.only_in_a.is_empty() && comparison.only_in_b.is_empty();
            return Ok(if complete { 0 } else { 3 });
        }
    }
    Ok(0)
}
