//! The command line of the gate.

#![forbid(unsafe_code)]
#![expect(clippy::print_stdout, clippy::print_stderr, reason = "a program speaks to people")]

use evenkeel_gatekeeper::audit::Audit;
use evenkeel_gatekeeper::server::{Serving, serve};
use evenkeel_gatekeeper::{
    Calibration, Fault, Gate, Settings, calibration, calibration_run, draw_calibration, operator,
};
use lexopt::prelude::*;
use serde_json::{Value, json};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

const USAGE: &str = "\
gatekeeper serve --state DIR [--http ADDRESS] [--speed X] [--seed N] [--fault DEFECT@PLACE]... [--no-other-faults]
                 [--first-fault SECONDS] [--proposals-per-minute N]
    Serves MCP over stdio, or over HTTP on a loopback address (at /mcp). What happens is written to DIR.
gatekeeper operator --state DIR pending
gatekeeper operator --state DIR approve KEY --by NAME | decline KEY --by NAME | halt --by NAME | resume --by NAME
gatekeeper operator --state DIR advance SECONDS          (where --speed is 0)
    What a person says to a gate that runs.
gatekeeper audit --state DIR
    Compares what the shop was told to do with what was permitted, proposed and agreed to; exit status 1 if they differ.
gatekeeper calibrate [--incidents N] [--seed N] [--svg FILE]
    How an overconfident agent's stated confidence compares with outcomes, over simulated incidents.
";

type Failure = Box<dyn std::error::Error>;

fn main() -> ExitCode {
    match run() {
        Ok(code) => code,
        Err(why) => {
            eprintln!("gatekeeper: {why}");
            ExitCode::from(2)
        }
    }
}

#[derive(Default)]
struct Arguments {
    words: Vec<String>,
    state: Option<PathBuf>,
    http: Option<SocketAddr>,
    speed: Option<f64>,
    seed: Option<u64>,
    faults: Vec<Fault>,
    no_other_faults: bool,
    first_fault: Option<i64>,
    per_minute: Option<u32>,
    incidents: Option<u32>,
    svg: Option<PathBuf>,
    by: Option<String>,
}

fn read() -> Result<Arguments, lexopt::Error> {
    let mut all = Arguments::default();
    let mut parser = lexopt::Parser::from_env();
    while let Some(argument) = parser.next()? {
        match argument {
            Long("state") => all.state = Some(parser.value()?.into()),
            Long("http") => all.http = Some(parser.value()?.parse()?),
            Long("speed") => all.speed = Some(parser.value()?.parse()?),
            Long("seed") => all.seed = Some(parser.value()?.parse()?),
            Long("fault") => all.faults.push(parser.value()?.parse()?),
            Long("no-other-faults") => all.no_other_faults = true,
            Long("first-fault") => all.first_fault = Some(parser.value()?.parse()?),
            Long("proposals-per-minute") => all.per_minute = Some(parser.value()?.parse()?),
            Long("incidents") => all.incidents = Some(parser.value()?.parse()?),
            Long("svg") => all.svg = Some(parser.value()?.into()),
            Long("by") => all.by = Some(parser.value()?.string()?),
            Value(word) => all.words.push(word.string()?),
            other => return Err(other.unexpected()),
        }
    }
    Ok(all)
}

fn run() -> Result<ExitCode, Failure> {
    let arguments = read()?;
    let words: Vec<&str> = arguments.words.iter().map(String::as_str).collect();
    let state = || arguments.state.clone().ok_or("--state DIR is needed");
    match words.as_slice() {
        ["serve"] => serve_gate(&arguments, &state()?),
        ["operator", rest @ ..] => {
            print!("{}", ask(rest, &state()?, arguments.by.as_deref())?);
            Ok(ExitCode::SUCCESS)
        }
        ["audit"] => {
            let audit = Audit::of_folder(&state()?)?;
            println!("{audit}");
            Ok(if audit.problems.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
        }
        ["calibrate"] => calibrate(&arguments),
        _ => Err(USAGE.into()),
    }
}

fn serve_gate(arguments: &Arguments, folder: &Path) -> Result<ExitCode, Failure> {
    let mut settings = Settings::default();
    settings.seed = arguments.seed.unwrap_or(settings.seed);
    settings.faults.clone_from(&arguments.faults);
    settings.draws = !arguments.no_other_faults;
    settings.first_fault = arguments.first_fault.unwrap_or(settings.first_fault);
    settings.proposals_per_minute = arguments.per_minute.unwrap_or(settings.proposals_per_minute);
    let gate = Gate::open(settings, folder)?;
    let mut how = Serving::new();
    (how.http, how.speed) = (arguments.http, arguments.speed.unwrap_or(how.speed));
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
    // What is standard output belongs to MCP.
    let ready = |http: Option<SocketAddr>, operator| {
        let mcp = http.map_or("stdio".to_string(), |at| format!("http://{at}/mcp"));
        eprintln!("gatekeeper: MCP over {mcp}; the operator's channel is at {operator}");
    };
    let done = runtime.block_on(async {
        tokio::select! {
            done = serve(gate, folder, &how, ready) => done,
            stopped = tokio::signal::ctrl_c() => stopped,
        }
    });
    // A read of standard input may still be waiting; nobody waits for it.
    runtime.shutdown_background();
    done?;
    Ok(ExitCode::SUCCESS)
}

fn ask(words: &[&str], folder: &Path, by: Option<&str>) -> Result<String, Failure> {
    let name = || by.ok_or("--by NAME is needed: who says so is written down");
    let (path, body): (&str, Option<Value>) = match words {
        ["pending"] => ("/pending", None),
        ["approve", key] => ("/answer", Some(json!({ "key": key, "by": name()?, "agrees": true }))),
        ["decline", key] => ("/answer", Some(json!({ "key": key, "by": name()?, "agrees": false }))),
        ["halt"] => ("/halt", Some(json!({ "by": name()?, "halted": true }))),
        ["resume"] => ("/halt", Some(json!({ "by": name()?, "halted": false }))),
        ["advance", seconds] => ("/advance", Some(json!({ "seconds": seconds.parse::<u64>()? }))),
        _ => return Err(USAGE.into()),
    };
    Ok(operator::ask(folder, path, body.as_ref())?)
}

fn calibrate(arguments: &Arguments) -> Result<ExitCode, Failure> {
    let (incidents, seed) = (arguments.incidents.unwrap_or(200), arguments.seed.unwrap_or(1));
    let run = calibration_run::run(incidents, seed)?;
    let (Some(stated), Some(from_record)) = (calibration(&run.stated, 10), calibration(&run.from_record, 10))
    else {
        return Err("no proposal was verified: more incidents are needed".into());
    };
    println!("{} incidents, {} not noticed, {} recovered", run.incidents, run.unnoticed, run.recovered);
    println!("{} proposals, {} refused, {} verified", run.proposed, run.refused, run.stated.len());
    println!("audit: {}", run.audit);
    let series = [("stated by the agent", &stated), ("from the record so far", &from_record)];
    for (name, calibration) in series {
        tell(name, calibration);
    }
    if let Some(path) = &arguments.svg {
        let title = format!("Stated confidence and what came true, {incidents} incidents");
        std::fs::write(path, draw_calibration(&title, &series))?;
    }
    Ok(if run.audit.problems.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn tell(name: &str, of: &Calibration) {
    println!(
        "{name}: {:.3} on average, {:.3} helped; Brier {:.4} (base rate {:.4}), calibration error {:.4}",
        of.stated, of.helped, of.brier, of.brier_of_base_rate, of.expected_error
    );
    for bin in &of.bins {
        let (low, high) = bin.interval;
        println!(
            "  {:4} stated {:.3}  helped {:.3}  ({low:.3} to {high:.3})",
            bin.count, bin.stated, bin.helped
        );
    }
}
