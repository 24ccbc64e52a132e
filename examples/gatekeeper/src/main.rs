//! The command line of the gate.

#![forbid(unsafe_code)]
#![expect(clippy::print_stdout, clippy::print_stderr, reason = "a program speaks to people")]

mod arguments;

use arguments::{Command, Say, Serve};
use evenkeel_gatekeeper::audit::Audit;
use evenkeel_gatekeeper::server::{Serving, serve};
use evenkeel_gatekeeper::{
    Calibration, Gate, Settings, calibration, calibration_run, draw_calibration, operator,
};
use serde_json::json;
use std::net::{SocketAddr, TcpListener};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

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

fn run() -> Result<ExitCode, Failure> {
    match arguments::command(lexopt::Parser::from_env())? {
        Command::Help(text) => {
            print!("{text}");
            Ok(ExitCode::SUCCESS)
        }
        Command::Serve(how) => serve_gate(how),
        Command::Operator { state, what } => {
            print!("{}", ask(&state, &what)?);
            Ok(ExitCode::SUCCESS)
        }
        Command::Audit(state) => {
            let audit = Audit::of_folder(&state)?;
            println!("{audit}");
            Ok(if audit.problems.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
        }
        Command::Calibrate { incidents, seed, svg } => calibrate(incidents, seed, svg),
    }
}

fn serve_gate(how: Serve) -> Result<ExitCode, Failure> {
    // What can fail without a trace does so before a file is made.
    let listen = |at: SocketAddr| TcpListener::bind(at).map_err(|why| format!("--http {at}: {why}"));
    let listener = how.http.map(listen).transpose()?;
    let mut settings = Settings::default();
    settings.seed = how.seed.unwrap_or(settings.seed);
    settings.faults = how.faults;
    settings.draws = !how.no_other_faults;
    settings.first_fault = how.first_fault.unwrap_or(settings.first_fault);
    settings.proposals_per_minute = how.per_minute.unwrap_or(settings.proposals_per_minute);
    settings.begin_anew = how.begin_anew;
    let gate = Gate::open(settings, &how.state)?;
    match gate.began_anew() {
        Some(why) => eprintln!("gatekeeper: BEGINS ANEW: {why}"),
        None if how.begin_anew => {
            eprintln!("gatekeeper: --begin-anew: the files fit together, and it goes on with them");
        }
        None => {}
    }
    let mut serving = Serving::new();
    (serving.http, serving.speed) = (listener, how.speed);
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
    // What is standard output belongs to MCP.
    let ready = |http: Option<SocketAddr>, operator| {
        let mcp = http.map_or("stdio".to_string(), |at| format!("http://{at}/mcp"));
        eprintln!("gatekeeper: MCP over {mcp}; the operator's channel is at {operator}");
    };
    let done = runtime.block_on(async {
        tokio::select! {
            done = serve(gate, &how.state, serving, ready) => done,
            stopped = tokio::signal::ctrl_c() => stopped,
        }
    });
    // A read of standard input may still be waiting; nobody waits for it.
    runtime.shutdown_background();
    done?;
    Ok(ExitCode::SUCCESS)
}

fn ask(folder: &Path, what: &Say) -> Result<String, Failure> {
    let (path, body) = match what {
        Say::Pending { .. } => ("/pending", None),
        Say::Answer { key, by, agrees } => {
            ("/answer", Some(json!({ "key": key, "by": by, "agrees": agrees })))
        }
        Say::Halt { by, halted } => ("/halt", Some(json!({ "by": by, "halted": halted }))),
        Say::Advance { seconds } => ("/advance", Some(json!({ "seconds": seconds }))),
    };
    let answer = operator::ask(folder, path, body.as_ref())?;
    match what {
        Say::Pending { json: false } => Ok(operator::pending_table(&answer)?),
        _ => Ok(answer),
    }
}

fn calibrate(incidents: u32, seed: u64, svg: Option<PathBuf>) -> Result<ExitCode, Failure> {
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
    if let Some(path) = svg {
        let drawn = std::fs::write(&path, draw_calibration("Stated confidence against outcomes", &series));
        drawn.map_err(|why| format!("--svg {}: {why}", path.display()))?;
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
