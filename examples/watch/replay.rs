//! Incidents of the past once more: replays incident files through `Monitor` at a budget, and says whether each
//! is still caught, how fast, and at what cost.
//!
//! ```text
//! cargo run --release -p evenkeel-watch --example replay -- [FOLDER | FILE.json]... [--budget 1/1d] [--others N]
//! cargo run --release -p evenkeel-watch --example replay -- --from FILE.csv --start TIME --end TIME --to FILE.json
//! ```
//!
//! It ends with exit status 1 if one is missed, or cannot be read: made for the checks of whoever keeps such
//! files. The second form cuts a file out of recorded samples. The format is described in
//! `evenkeel_watch::incident_file`. Without arguments it replays the incidents of this package.

use evenkeel::detect::Budget;
use evenkeel::prelude::Timestamp;
use evenkeel_watch::arguments::{self, Outcome, budget, length, text, time};
use evenkeel_watch::history::{self, History};
use evenkeel_watch::incident_file::{Expected, IncidentFile, Sought};
use evenkeel_watch::{replay, say};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Duration;

const USAGE: &str = "usage: replay [FILE.json | FOLDER]... [--budget 1/1d] [--others N]
       replay --from FILE.csv --start TIME --end TIME [--direction up] --to FILE.json
  FILE.json, FOLDER  incident files; of a folder all .json files below it
  --budget N/TIME    the budget of false alarms of each (default 1/1d)
  --others N         more other alerts than so many in all of them are a failure, too
  --from FILE.csv    cuts an incident out of it: timestamp,value a line
  --start TIME       from when on an alert catches it, like 2026-03-02T12:10:00Z
  --end TIME         until when
  --direction WHICH  up, down, either or silent (default either)
  --before LENGTH    how much of what came before it is kept (default 1,500 usual intervals)
  --after LENGTH     how much of what came after it (default 100 usual intervals)
  --series NAME      the name of the series (default that of the file)
  --said TEXT        what people said of it
  --to FILE.json     where it is written";

struct Arguments {
    paths: Vec<PathBuf>,
    budget: Budget,
    others: Option<usize>,
    cut: Cut,
}

#[derive(Default)]
struct Cut {
    from: Option<PathBuf>,
    start: Option<Timestamp>,
    end: Option<Timestamp>,
    direction: Option<Sought>,
    before: Option<Duration>,
    after: Option<Duration>,
    series: Option<String>,
    said: Option<String>,
    to: Option<PathBuf>,
}

fn main() -> ExitCode {
    arguments::run(("replay", USAGE), arguments(), |arguments| match &arguments.cut.from {
        Some(from) => cut(from, &arguments.cut),
        None => run(&arguments),
    })
}

fn run(arguments: &Arguments) -> Outcome {
    let own = [Path::new(env!("CARGO_MANIFEST_DIR")).join("incidents")];
    let paths = if arguments.paths.is_empty() { &own[..] } else { &arguments.paths };
    let files = history::files(paths, "json")?;
    say!("{} incidents, each at a budget of {}.\n", files.len(), arguments.budget)?;
    let (mut expected, mut missed, mut others) = (0, 0, 0);
    for path in &files {
        let file = IncidentFile::read(path)?;
        let replayed =
            replay::replay(&file, arguments.budget).map_err(|e| format!("{}: {e}", path.display()))?;
        let name = path.file_name().map_or_else(String::new, |name| name.to_string_lossy().into());
        say!("{name}: {}", file.series)?;
        if let Some(said) = &file.said {
            say!("  \"{said}\"")?;
        }
        say!("{}", replayed.report())?;
        expected += replayed.expected.len();
        missed += replayed.missed();
        others += replayed.others.len();
    }
    say!("{} of {expected} caught, {others} other alerts.", expected - missed)?;
    if missed > 0 {
        return Err(format!("{missed} of {expected} are no longer caught").into());
    }
    match arguments.others {
        Some(most) if others > most => Err(format!("{others} other alerts, more than {most}").into()),
        _ => Ok(()),
    }
}

fn cut(from: &Path, cut: &Cut) -> Outcome {
    let history = History::read(from)?;
    let (Some(start), Some(end), Some(to)) = (cut.start, cut.end, &cut.to) else {
        return Err("--from needs --start, --end and --to".into());
    };
    let step = history.step();
    let before = cut.before.unwrap_or(step.saturating_mul(1_500));
    let after = cut.after.unwrap_or(step.saturating_mul(100));
    let event = Expected { from: start, until: end, direction: cut.direction.unwrap_or(Sought::Either) };
    let series = cut.series.clone().unwrap_or_else(|| history.name.clone());
    let told = |e: evenkeel::Error| format!("{}: {e}", from.display());
    let mut file = IncidentFile::cut(series, &history.samples, event, (before, after)).map_err(told)?;
    file.said.clone_from(&cut.said);
    fs::write(to, file.to_json().map_err(told)?).map_err(|e| format!("{}: {e}", to.display()))?;
    if let Some(remark) = history.remark() {
        say!("{remark}")?;
    }
    say!("{}: {} values, judged from {}", to.display(), file.samples.len(), file.judged_from)?;
    Ok(())
}

/// The arguments; `None` for `--help`.
fn arguments() -> Result<Option<Arguments>, lexopt::Error> {
    use lexopt::prelude::{Long, Short, Value, ValueExt};
    let mut found =
        Arguments { paths: Vec::new(), budget: budget("1/1d")?, others: None, cut: Cut::default() };
    let mut parser = lexopt::Parser::from_env();
    while let Some(argument) = parser.next()? {
        match argument {
            Long("help") | Short('h') => return Ok(None),
            Long("budget") => found.budget = budget(&text(parser.value()?)?)?,
            Long("others") => found.others = Some(parser.value()?.parse()?),
            Long("from") => found.cut.from = Some(parser.value()?.into()),
            Long("start") => found.cut.start = Some(time(&text(parser.value()?)?)?),
            Long("end") => found.cut.end = Some(time(&text(parser.value()?)?)?),
            Long("direction") => found.cut.direction = Some(Sought::named(&text(parser.value()?)?)?),
            Long("before") => found.cut.before = Some(length(&text(parser.value()?)?)?),
            Long("after") => found.cut.after = Some(length(&text(parser.value()?)?)?),
            Long("series") => found.cut.series = Some(text(parser.value()?)?),
            Long("said") => found.cut.said = Some(text(parser.value()?)?),
            Long("to") => found.cut.to = Some(parser.value()?.into()),
            Value(path) => found.paths.push(path.into()),
            other => return Err(other.unexpected()),
        }
    }
    let cut = &found.cut;
    let needs_from = cut.start.is_some() || cut.end.is_some() || cut.to.is_some() || cut.said.is_some();
    if cut.from.is_none() && needs_from {
        return Err("--start, --end, --said and --to are for --from FILE.csv".into());
    }
    if cut.from.is_some() && !found.paths.is_empty() {
        return Err("--from takes no incident files".into());
    }
    Ok(Some(found))
}
