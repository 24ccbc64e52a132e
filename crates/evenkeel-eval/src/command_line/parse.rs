//! Parsing of arguments.

use crate::contest::EvidenceKind;
use crate::detectors::{self, Program, Setting};
use crate::suggestion::unknown;
use crate::tasks::{self, Task, TaskOption};
use crate::{Contest, Failure};
use lexopt::{Arg, Parser};
use std::ffi::OsString;
use std::path::PathBuf;
use std::time::Duration;

/// The commands.
pub(super) enum Command {
    Help,
    HelpOf(&'static Task),
    HelpOfCompare,
    HelpOfDetect,
    Detect { entry: detectors::Entry, setting: Setting },
    Run { contest: Box<Contest>, print: Print },
    Compare(Pair),
    Cases(PathBuf),
}

/// Where a result goes.
pub(super) struct Print {
    pub(super) json: bool,
    pub(super) file: Option<PathBuf>,
}

/// Two results to be compared.
pub(super) struct Pair {
    pub(super) files: [PathBuf; 2],
    pub(super) methods: [String; 2],
    pub(super) json: bool,
}

/// The options of all tasks.
pub(super) const COMMON: [TaskOption; 4] = [
    TaskOption::new("data", Some("DIR"), "the folder with the benchmark"),
    TaskOption::new("json", None, "one JSON object on the standard output instead of a table"),
    TaskOption::new("out", Some("FILE"), "write the JSON object to a file too, to be compared later"),
    TaskOption::new("threads", Some("N"), "on so many threads instead of as many as the machine has"),
];

/// The options of the comparison.
pub(super) const COMPARISON: [TaskOption; 3] = [
    TaskOption::new("method", Some("NAME"), "the method to look at (evenkeel)"),
    TaskOption::new("against", Some("NAME"), "the method of B, if it is another; A and B may be one file"),
    TaskOption::new("json", None, "one JSON object instead of a table"),
];

/// The options of a detector that runs as a program.
pub(super) const DETECTION: [TaskOption; 2] = [
    TaskOption::new("step", Some("SECONDS"), "how long a row is, for detectors that ask (unknown)"),
    TaskOption::new("history", Some("N"), "how many rows of history come first, for those that ask (0)"),
];

/// The name of the comparison.
const COMPARE: &str = "compare";
/// The name of the table of cases.
const CASES: &str = "cases";
/// The name of a detector as a program.
const DETECT: &str = "detect";

/// The arguments, sorted.
#[derive(Default)]
struct Given {
    help: bool,
    values: Vec<String>,
    paths: Vec<PathBuf>,
    options: Vec<(&'static TaskOption, OsString)>,
}

impl Given {
    fn has(&self, name: &str) -> bool {
        self.options.iter().any(|(option, _)| option.name == name)
    }
}

/// The command that the arguments ask for.
pub(super) fn parse(arguments: impl IntoIterator<Item = OsString>) -> Result<Command, Failure> {
    let given = sort(arguments)?;
    let Some(command) = given.values.first() else {
        return match given.help {
            true => Ok(Command::Help),
            false => Err(Failure::new("a task must be named")),
        };
    };
    if command == COMPARE {
        return if given.help { Ok(Command::HelpOfCompare) } else { comparison(&given) };
    }
    if command == CASES {
        return match given.paths.as_slice() {
            [_, file] if given.options.is_empty() => Ok(Command::Cases(file.clone())),
            _ if given.help => Ok(Command::Help),
            _ => Err(Failure::new("cases takes one file and no option: cases A.json")),
        };
    }
    if command == DETECT {
        return if given.help { Ok(Command::HelpOfDetect) } else { detector(&given) };
    }
    let names = tasks::ALL.iter().map(|task| task.name).chain([COMPARE, DETECT, CASES]);
    let task = tasks::by_name(command).ok_or_else(|| unknown("task", command, names))?;
    if given.help {
        return Ok(Command::HelpOf(task));
    }
    if let Some(more) = given.values.get(1) {
        return Err(Failure::new(format!("{} takes no {more:?}; the folder is given by --data", task.name)));
    }
    contest(task, &given)
}

/// The arguments, of which each must mean something to some command.
fn sort(arguments: impl IntoIterator<Item = OsString>) -> Result<Given, Failure> {
    let wrong = |why: lexopt::Error| Failure::new(why.to_string());
    let mut parser = Parser::from_args(arguments);
    let mut given = Given::default();
    while let Some(argument) = parser.next().map_err(wrong)? {
        match argument {
            Arg::Short('h') | Arg::Long("help") => given.help = true,
            Arg::Long(name) => {
                let own = || COMPARISON.iter().chain(&DETECTION);
                let all = || COMMON.iter().chain(tasks::ALL.iter().flat_map(|t| t.options)).chain(own());
                let option = all().find(|option| option.name == name);
                let option = option.ok_or_else(|| unknown_option(name, all()))?;
                let value = match option.value {
                    Some(_) => parser.value().map_err(wrong)?,
                    None => OsString::new(),
                };
                given.options.push((option, value));
            }
            Arg::Value(value) => {
                given.values.push(value.to_string_lossy().into_owned());
                given.paths.push(value.into());
            }
            other => return Err(wrong(other.unexpected())),
        }
    }
    Ok(given)
}

/// The failure that an option does not exist.
fn unknown_option<'a>(name: &str, known: impl Iterator<Item = &'a TaskOption>) -> Failure {
    let mut names: Vec<String> = known.map(|option| format!("--{}", option.name)).collect();
    names.sort_unstable();
    names.dedup();
    unknown("option", &format!("--{name}"), names.iter().map(String::as_str))
}

/// A benchmark to be run.
fn contest(task: &'static Task, given: &Given) -> Result<Command, Failure> {
    let mut print = Print { json: false, file: None };
    let mut data = None;
    for (option, value) in &given.options {
        match option.name {
            "data" => data = Some(PathBuf::from(value)),
            "out" => print.file = Some(PathBuf::from(value)),
            "json" => print.json = true,
            _ => {}
        }
    }
    let data = data.ok_or_else(|| Failure::new("--data DIR must be given"))?;
    let mut contest = Contest::new(task.name, data)?;
    let mut programs: Vec<(String, Program)> = Vec::new();
    let mut patience = None;
    for (option, value) in &given.options {
        let name = option.name;
        let is_common = COMMON.iter().any(|common| common.name == name);
        if !is_common && !task.has_option(name) {
            let why = unknown_option(name, COMMON.iter().chain(task.options));
            return Err(Failure::new(format!("{}: {why}", task.name)));
        }
        let text = value.to_string_lossy();
        contest = match name {
            "threads" => contest.threads(whole(name, &text)?),
            "limit" => contest.limit(whole(name, &text)?),
            "seed" => contest.seed(whole(name, &text)? as u64),
            "season" => contest.season(whole(name, &text)?),
            // Named methods replace the usual ones.
            "detectors" if given.has("only") => contest,
            "detectors" => contest.with_whole_library(),
            "only" | "models" => contest.with_library_only(names(&text, &task.methods())),
            "shift" => {
                let wrong = || Failure::new(format!("--shift must be whole seconds, was {text}"));
                contest.shift(text.parse().map_err(|_| wrong())?)
            }
            "evidence" => {
                let kinds = text.split(',').map(|kind| {
                    let wrong =
                        || Failure::new(format!("--evidence must be metrics, traces, logs, was {kind}"));
                    EvidenceKind::by_name(kind.trim()).ok_or_else(wrong)
                });
                contest.evidence(kinds.collect::<Result<Vec<_>, _>>()?)
            }
            "program" => {
                let name = match programs.len() {
                    0 => "program".to_owned(),
                    before => format!("program {}", before + 1),
                };
                programs.push((name, Program::new(text)));
                contest
            }
            "name" => {
                let last = programs.last_mut();
                let last = last.ok_or_else(|| Failure::new("--name names the --program before it"))?;
                last.0 = text.into_owned();
                contest
            }
            "patience" => {
                let seconds = text.parse().ok().filter(|seconds| (1e-3..=1e6).contains(seconds));
                let wrong = || Failure::new(format!("--patience must be seconds above 0, was {text}"));
                patience = Some(Duration::from_secs_f64(seconds.ok_or_else(wrong)?));
                contest
            }
            _ => contest,
        };
    }
    for (name, program) in programs {
        let program = patience.map_or(program.clone(), |patience| program.with_patience(patience));
        contest = contest.program(&name, program);
    }
    Ok(Command::Run { contest: Box::new(contest), print })
}

/// Names between commas, of which some hold one: `naive,evenkeel, fast` are two.
fn names(text: &str, known: &[&str]) -> Vec<String> {
    let mut names: Vec<String> = Vec::new();
    for part in text.split(',').map(str::trim) {
        let joined = names.last().map(|last| format!("{last}, {part}"));
        match joined.filter(|joined| known.contains(&joined.as_str()) && !known.contains(&part)) {
            Some(joined) => {
                names.pop();
                names.push(joined);
            }
            None => names.push(part.to_owned()),
        }
    }
    names
}

fn whole(name: &str, text: &str) -> Result<usize, Failure> {
    let number = text.parse().ok().filter(|n| (1..=1_000_000).contains(n));
    number.ok_or_else(|| Failure::new(format!("--{name} must be a whole number from 1, was {text}")))
}

/// Two results to be compared.
fn comparison(given: &Given) -> Result<Command, Failure> {
    let [_, a, b] = given.paths.as_slice() else {
        return Err(Failure::new("compare takes two files: compare A.json B.json"));
    };
    let (mut method, mut against, mut json) = ("evenkeel".to_owned(), None, false);
    for (option, value) in &given.options {
        let text = value.to_string_lossy().into_owned();
        match option.name {
            "method" => method = text,
            "against" => against = Some(text),
            "json" => json = true,
            other => {
                return Err(Failure::new(format!("compare: {}", unknown_option(other, COMPARISON.iter()))));
            }
        }
    }
    let against = against.unwrap_or_else(|| method.clone());
    let files = [a.clone(), b.clone()];
    Ok(Command::Compare(Pair { files, methods: [method, against], json }))
}

/// A detector of the library as a program.
fn detector(given: &Given) -> Result<Command, Failure> {
    let [_, name] = given.values.as_slice() else {
        return Err(Failure::new("detect takes the name of a detector: detect evenkeel"));
    };
    let entry = detectors::by_name(name).ok_or_else(|| unknown("detector", name, detectors::names()))?;
    let mut setting = Setting::default();
    for (option, value) in &given.options {
        let text = value.to_string_lossy();
        setting = match option.name {
            "step" => {
                let seconds = text.parse().ok().filter(|seconds| (1e-3..=1e9).contains(seconds));
                let wrong = || Failure::new(format!("--step must be seconds above 0, was {text}"));
                setting.with_step(Duration::from_secs_f64(seconds.ok_or_else(wrong)?))
            }
            "history" => setting.with_history(whole(option.name, &text)?),
            other => {
                return Err(Failure::new(format!("detect: {}", unknown_option(other, DETECTION.iter()))));
            }
        };
    }
    Ok(Command::Detect { entry, setting })
}
