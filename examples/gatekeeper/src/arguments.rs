//! The arguments of the command line. All of them are read and checked before anything is done.

use evenkeel_gatekeeper::Fault;
use lexopt::prelude::*;
use std::fmt;
use std::net::{SocketAddr, ToSocketAddrs};
use std::path::PathBuf;
use std::str::FromStr;

/// What is to be done.
#[derive(Debug)]
pub(crate) enum Command {
    /// To tell how something is called: the text.
    Help(&'static str),
    /// To serve.
    Serve(Serve),
    /// To tell a gate that runs something, as its operator.
    Operator {
        /// The folder of the gate.
        state: PathBuf,
        /// What.
        what: Say,
    },
    /// To audit what a gate left in a folder.
    Audit(PathBuf),
    /// To live through simulated incidents.
    Calibrate {
        /// How many.
        incidents: u32,
        /// The seed of the first.
        seed: u64,
        /// Where the drawing goes.
        svg: Option<PathBuf>,
    },
}

/// How to serve.
#[derive(Debug)]
pub(crate) struct Serve {
    pub(crate) state: PathBuf,
    pub(crate) http: Option<SocketAddr>,
    pub(crate) speed: f64,
    pub(crate) seed: Option<u64>,
    pub(crate) faults: Vec<Fault>,
    pub(crate) no_other_faults: bool,
    pub(crate) first_fault: Option<i64>,
    pub(crate) per_minute: Option<u32>,
    pub(crate) begin_anew: bool,
}

/// What an operator says.
#[derive(Debug)]
pub(crate) enum Say {
    /// What waits? As JSON, or as a table.
    Pending { json: bool },
    /// Yes or no to what waits under a key.
    Answer { key: String, by: String, agrees: bool },
    /// Stop, or go on.
    Halt { by: String, halted: bool },
    /// So many seconds are to pass.
    Advance { seconds: u64 },
}

const COMMANDS: &str = "serve, operator, audit, calibrate";

const HELP: &str = "\
A gate through which an AI agent sees and proposes, and never acts on its own.

  gatekeeper serve --state DIR        serves MCP over stdio, or over HTTP on loopback
  gatekeeper operator --state DIR …   what a person says to a gate that runs: pending, approve, decline, halt, resume
  gatekeeper audit --state DIR        compares what was done with what was permitted, proposed and agreed to
  gatekeeper calibrate                stated confidence against outcomes, over simulated incidents

`gatekeeper COMMAND --help` tells the options of each.
";

const SERVE_HELP: &str = "\
gatekeeper serve --state DIR [options]

Serves MCP until the client leaves (stdio) or it is interrupted (HTTP). Standard output belongs to MCP; where
things are is told on standard error.

  --state DIR                 where the journal, the proposals and the notes of the shop are written; made if it
                              is not there. A gate that is started again on it goes on where its journal ends
  --http ADDRESS:PORT         over HTTP, at /mcp of a loopback address: 127.0.0.1:8700, [::1]:8700, localhost:8700;
                              port 0 takes a free one (default: over stdio)
  --speed X                   seconds of the shop that pass in a second, 0 to 1000; 0: none, but when the operator
                              says `advance` (default: 1)
  --seed N                    the seed of the shop (default: 1)
  --fault DEFECT@PLACE        what breaks, in this order; may be repeated. pool, leak, neighbor at an instance
                              (pool@store-1); release, overload at a component (release@cart); with a ! behind it
                              no usual remedy ends it
  --no-other-faults           nothing else breaks after those
  --first-fault SECONDS       when the first of them breaks, in seconds of the shop (default: 30)
  --proposals-per-minute N    how many proposals are taken in a minute, from all clients together (default: 30)
  --begin-anew                where the files of DIR do not fit together (the journal was deleted, cut or changed):
                              sets them aside in DIR/before-N and begins without them. Nothing is set aside
                              where they fit
  --help                      this
";

const OPERATOR_HELP: &str = "\
gatekeeper operator --state DIR pending [--json]
gatekeeper operator --state DIR approve KEY --by NAME
gatekeeper operator --state DIR decline KEY --by NAME
gatekeeper operator --state DIR halt --by NAME
gatekeeper operator --state DIR resume --by NAME
gatekeeper operator --state DIR advance SECONDS

What a person says to a gate that runs on the same DIR.

  pending            what waits for a person, as a table; with --json as one line of JSON, for programs
  approve, decline   answers what waits under a KEY that `pending` shows
  halt, resume       stops everything at once; lets it go on
  advance            lets 1 to 3600 seconds of the shop pass, where the gate was started with --speed 0
  --state DIR        the folder that `gatekeeper serve` was started with
  --by NAME          who says so; it is written down
  --help             this
";

const AUDIT_HELP: &str = "\
gatekeeper audit --state DIR

Compares what the shop was told to do with what the journal permits, what was proposed, and what somebody agreed
to; and whether the files of DIR fit together. The gate may run meanwhile. Exit status: 0 if all fits, 1 if not,
2 if something cannot be read.

  --state DIR   the folder that `gatekeeper serve` was started with
  --help        this
";

const CALIBRATE_HELP: &str = "\
gatekeeper calibrate [--incidents N] [--seed N] [--svg FILE]

How the stated confidence of a simulated agent, surer than it should be, compares with outcomes.

  --incidents N   how many simulated incidents, 1 to 100000 (default: 200)
  --seed N        the seed of the first (default: 1)
  --svg FILE      draws it
  --help          this
";

/// Everything that was given, before it is known whether it belongs to the command.
#[derive(Default)]
struct Given {
    words: Vec<String>,
    names: Vec<&'static str>,
    help: bool,
    state: Option<PathBuf>,
    http: Option<SocketAddr>,
    speed: Option<f64>,
    seed: Option<u64>,
    faults: Vec<Fault>,
    first_fault: Option<i64>,
    per_minute: Option<u32>,
    incidents: Option<u32>,
    svg: Option<PathBuf>,
    by: Option<String>,
}

const OPTIONS: [&str; 13] = [
    "state",
    "http",
    "speed",
    "seed",
    "fault",
    "no-other-faults",
    "first-fault",
    "proposals-per-minute",
    "begin-anew",
    "incidents",
    "svg",
    "by",
    "json",
];

/// The value of an option.
fn text(parser: &mut lexopt::Parser, name: &str) -> Result<String, String> {
    let value = parser.value().map_err(|_| format!("--{name} needs a value"))?;
    value.into_string().map_err(|value| format!("--{name}: `{}` is no text", value.display()))
}

/// A value that must be something, in words, and in a range.
fn value<T: FromStr>(
    parser: &mut lexopt::Parser,
    name: &str,
    must: &str,
    fits: impl Fn(&T) -> bool,
) -> Result<T, String> {
    let text = text(parser, name)?;
    let value = text.parse().ok().filter(fits);
    value.ok_or_else(|| format!("--{name} must be {must}; it was `{text}`"))
}

/// An address that is on loopback, whatever name it was given by.
fn loopback(text: &str) -> Result<SocketAddr, String> {
    let must = "--http must be ADDRESS:PORT on loopback, as 127.0.0.1:8700 or localhost:8700";
    let found = text.to_socket_addrs().map_err(|why| format!("{must}; it was `{text}`: {why}"))?;
    let found: Vec<SocketAddr> = found.collect();
    if let Some(other) = found.iter().find(|address| !address.ip().is_loopback()) {
        return Err(format!("{must}; `{text}` is {other}: the gate has no way to know who calls from there"));
    }
    // Of a name with several, what most clients try at least second.
    let first = found.iter().find(|address| address.is_ipv4()).or(found.first());
    first.copied().ok_or_else(|| format!("{must}; `{text}` is no address"))
}

fn read(mut parser: lexopt::Parser) -> Result<Given, String> {
    let mut given = Given::default();
    while let Some(argument) = parser.next().map_err(|why| why.to_string())? {
        let name = match argument {
            Long("help") | Short('h') => {
                given.help = true;
                continue;
            }
            Long(name) => {
                let known = OPTIONS.into_iter().find(|known| *known == name);
                known.ok_or_else(|| format!("there is no option --{name}"))?
            }
            Short(letter) => return Err(format!("there is no option -{letter}")),
            Value(word) => {
                let word = word.into_string().map_err(|word| format!("`{}` is no text", word.display()))?;
                given.words.push(word);
                continue;
            }
        };
        given.names.push(name);
        let from = &mut parser;
        let any = |_: &u64| true;
        match name {
            "state" => given.state = Some(path(from, name)?),
            "http" => given.http = Some(loopback(&text(from, name)?)?),
            "speed" => {
                let fits = |x: &f64| (0.0..=1_000.0).contains(x);
                given.speed = Some(value(from, name, "a number from 0 to 1000", fits)?);
            }
            "seed" => given.seed = Some(value(from, name, "a whole number from 0", any)?),
            "fault" => {
                let text = text(from, name)?;
                given.faults.push(text.parse().map_err(|why| format!("--fault: {why}"))?);
            }
            "first-fault" => {
                let must = "a whole number of seconds, from 1";
                given.first_fault = Some(value(from, name, must, |seconds| *seconds >= 1)?);
            }
            "proposals-per-minute" => {
                let fits = |n: &u32| (1..=1_000_000).contains(n);
                given.per_minute = Some(value(from, name, "a whole number from 1 to 1000000", fits)?);
            }
            "incidents" => {
                let fits = |n: &u32| (1..=100_000).contains(n);
                given.incidents = Some(value(from, name, "a whole number from 1 to 100000", fits)?);
            }
            "svg" => given.svg = Some(path(from, name)?),
            "by" => given.by = Some(text(from, name)?),
            // The others take no value.
            _ => {}
        }
    }
    Ok(given)
}

fn path(parser: &mut lexopt::Parser, name: &str) -> Result<PathBuf, String> {
    let value = parser.value().map_err(|_| format!("--{name} needs a value"))?;
    if value.is_empty() { Err(format!("--{name} must not be empty")) } else { Ok(value.into()) }
}

/// Reads the command line.
///
/// # Errors
/// A sentence that names what is wrong.
pub(crate) fn command(parser: lexopt::Parser) -> Result<Command, String> {
    let given = read(parser)?;
    let words: Vec<&str> = given.words.iter().map(String::as_str).collect();
    let (name, rest) = match words.as_slice() {
        ["help"] => return Ok(Command::Help(HELP)),
        ["help", name, ..] => return help_of(name).map(Command::Help),
        [] if given.help => return Ok(Command::Help(HELP)),
        [] => return Err(format!("a command is needed: {COMMANDS}; `gatekeeper --help` tells more")),
        [name, rest @ ..] => (*name, rest),
    };
    let help = help_of(name)?;
    if given.help {
        return Ok(Command::Help(help));
    }
    let takes: &[&str] = match name {
        "serve" => &OPTIONS[..9],
        "operator" => &["state", "by", "json"],
        "audit" => &["state"],
        _ => &["incidents", "seed", "svg"],
    };
    if let Some(other) = given.names.iter().find(|name| !takes.contains(name)) {
        let takes: Vec<String> = takes.iter().map(|name| format!("--{name}")).collect();
        return Err(format!("`{name}` takes no --{other}; it takes {}", takes.join(", ")));
    }
    if let (true, [word, ..]) = (name != "operator", rest) {
        return Err(format!("`{name}` takes no `{word}`; `gatekeeper {name} --help` tells what it takes"));
    }
    let state = || given.state.clone().ok_or(format!("`{name}` needs --state DIR: the folder of the gate"));
    Ok(match name {
        "serve" => Command::Serve(Serve {
            state: state()?,
            http: given.http,
            speed: given.speed.unwrap_or(1.0),
            seed: given.seed,
            faults: given.faults,
            no_other_faults: given.names.contains(&"no-other-faults"),
            first_fault: given.first_fault,
            per_minute: given.per_minute,
            begin_anew: given.names.contains(&"begin-anew"),
        }),
        "operator" => Command::Operator { what: say(rest, &given)?, state: state()? },
        "audit" => Command::Audit(state()?),
        _ => Command::Calibrate {
            incidents: given.incidents.unwrap_or(200),
            seed: given.seed.unwrap_or(1),
            svg: given.svg.map(drawable).transpose()?,
        },
    })
}

fn help_of(name: &str) -> Result<&'static str, String> {
    match name {
        "serve" => Ok(SERVE_HELP),
        "operator" => Ok(OPERATOR_HELP),
        "audit" => Ok(AUDIT_HELP),
        "calibrate" => Ok(CALIBRATE_HELP),
        _ => {
            Err(format!("there is no command `{name}`; there are {COMMANDS}; `gatekeeper --help` tells more"))
        }
    }
}

fn say(words: &[&str], given: &Given) -> Result<Say, String> {
    let more = "`gatekeeper operator --help` tells more";
    let what = words.first().copied().unwrap_or_default();
    let by = || match given.by.as_deref().map(str::trim) {
        None => Err(format!("`{what}` needs --by NAME: who says so is written down")),
        Some("") => Err("--by must be the name of a person; it was empty".to_string()),
        Some(by) => Ok(by.to_string()),
    };
    let json = given.names.contains(&"json");
    if json && what != "pending" {
        return Err(format!("--json is for `pending`, not for `{what}`"));
    }
    match words {
        ["pending"] => Ok(Say::Pending { json }),
        ["approve" | "decline", key] => {
            if evenkeel_gatekeeper::audit::read_key(key).is_none() {
                return Err(format!(
                    "`{key}` is no key: one is like 0.0.0, and `pending` shows those that wait"
                ));
            }
            Ok(Say::Answer { key: (*key).to_string(), by: by()?, agrees: what == "approve" })
        }
        ["halt" | "resume"] => Ok(Say::Halt { by: by()?, halted: what == "halt" }),
        ["advance", seconds] => {
            let parsed = seconds.parse().ok().filter(|seconds| (1..=3_600).contains(seconds));
            let must =
                || format!("`advance` takes a whole number of seconds from 1 to 3600; it was `{seconds}`");
            Ok(Say::Advance { seconds: parsed.ok_or_else(must)? })
        }
        ["approve" | "decline"] => Err(format!("`{what}` needs the KEY of what waits; `pending` shows it")),
        ["advance"] => Err("`advance` needs a number of seconds".to_string()),
        ["pending" | "approve" | "decline" | "halt" | "resume" | "advance", .., word] => {
            Err(format!("`{what}` takes no `{word}`; {more}"))
        }
        _ => {
            let was = if what.is_empty() { "nothing was said".into() } else { format!("it was `{what}`") };
            Err(format!("`operator` takes pending, approve, decline, halt, resume or advance; {was}; {more}"))
        }
    }
}

/// A file that can be drawn into, as far as can be told before.
fn drawable(file: PathBuf) -> Result<PathBuf, String> {
    let why = |why: &dyn fmt::Display| format!("--svg {}: {why}", file.display());
    if file.is_dir() {
        return Err(why(&"this is a folder; the name of a file is needed"));
    }
    let folder = file.parent().filter(|folder| !folder.as_os_str().is_empty());
    match folder {
        Some(folder) if !folder.is_dir() => Err(why(&format!("there is no folder {}", folder.display()))),
        _ => Ok(file),
    }
}
