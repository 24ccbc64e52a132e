//! An incident report from a journal alone.
//!
//! ```text
//! cargo run -p evenkeel-report --features journal --example journal_report -- FILE.journal REPORT.html
//! ```
//!
//! The journal is opened as a machine opens it: it must not be in use, and a last line without its end is cut off.

#![expect(clippy::print_stdout, clippy::print_stderr, reason = "a program speaks to people")]

use evenkeel_remedy::driver::Journal;
use evenkeel_remedy::verb::StandardVerb;
use evenkeel_report::IncidentReport;
use std::error::Error;
use std::path::PathBuf;
use std::process::ExitCode;

fn main() -> ExitCode {
    let arguments: Vec<PathBuf> = std::env::args_os().skip(1).map(PathBuf::from).collect();
    let [journal, page] = arguments.as_slice() else {
        eprintln!("usage: journal_report FILE.journal REPORT.html");
        return ExitCode::from(64);
    };
    match write(journal, page) {
        Ok(incidents) => {
            println!("{incidents} incidents, written to {}", page.display());
            ExitCode::SUCCESS
        }
        Err(why) => {
            eprintln!("journal_report: {why}");
            ExitCode::FAILURE
        }
    }
}

fn write(journal: &PathBuf, page: &PathBuf) -> Result<usize, Box<dyn Error>> {
    // To open one that is not there would make an empty one.
    if !journal.is_file() {
        return Err(format!("{}: there is no such file", journal.display()).into());
    }
    let (_journal, records) =
        Journal::<StandardVerb>::open(journal).map_err(|why| format!("{}: {why}", journal.display()))?;
    // Where the file lies is of no use to those who read the page, and neither is that a journal is called so.
    let title = match journal.file_stem() {
        Some(name) if name != "journal" => format!("Incidents of {}", name.display()),
        _ => "Incidents of a journal".into(),
    };
    let report = IncidentReport::of_records(title, &records);
    std::fs::write(page, report.to_string()).map_err(|why| format!("{}: {why}", page.display()))?;
    Ok(report.incidents().len())
}
