//! `evenkeel-agent [--check] CONFIGURATION.toml`

#![forbid(unsafe_code)]
#![expect(clippy::print_stderr, reason = "a program speaks to people")]

use evenkeel_agent::{Agent, Configuration, run};
use std::io::Write;
use std::path::PathBuf;
use std::process::ExitCode;

const USAGE: &str = "usage: evenkeel-agent [--check] CONFIGURATION.toml
  --check   only reads the configuration and says whether it can be carried out";

fn main() -> ExitCode {
    match start() {
        Ok(code) => code,
        Err(why) => {
            eprintln!("evenkeel-agent: {why}");
            ExitCode::from(1)
        }
    }
}

/// What it comes to is said by the exit status, so it is no matter if nobody reads this.
fn print(line: &str) {
    let _ = writeln!(std::io::stdout(), "{line}");
}

fn start() -> Result<ExitCode, Box<dyn std::error::Error>> {
    let (mut check, mut path) = (false, None);
    let mut arguments = lexopt::Parser::from_env();
    while let Some(argument) = arguments.next()? {
        match argument {
            lexopt::Arg::Long("check") => check = true,
            lexopt::Arg::Long("help") => {
                print(USAGE);
                return Ok(ExitCode::SUCCESS);
            }
            lexopt::Arg::Value(value) if path.is_none() => path = Some(PathBuf::from(value)),
            other => return Err(format!("{}\n{USAGE}", other.unexpected()).into()),
        }
    }
    let Some(path) = path else { return Err(USAGE.into()) };
    let configuration = Configuration::read(&path)?;
    if check {
        // Without the state: it belongs to the one that runs.
        let _ = Agent::new(&configuration.without_state())?;
        print(&format!("{} can be carried out", path.display()));
        return Ok(ExitCode::SUCCESS);
    }
    run(&configuration)?;
    Ok(ExitCode::SUCCESS)
}
