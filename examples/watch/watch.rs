//! Watches a metric: reads `timestamp,value`, learns the first part, streams the rest, says what was abnormal.
//!
//! ```text
//! cargo run --release -p evenkeel-watch --example watch -- FILE.csv... [--model arima] [--train 0.33] [--budget 1/7d] [--forecast 1d] [--svg FILE]
//! ```
//!
//! By a `Monitor`, which needs no settings; or by a line of parts: a grid, ARIMA(5,1,0), two calibrators and an
//! alarm (`--model arima`).
//!
//! Without a file it runs a real workload for a few seconds and watches how long its batches take.

use evenkeel::prelude::At;
use evenkeel::series::Aggregate;
use evenkeel_watch::arguments::{self, Outcome, budget, length, text};
use evenkeel_watch::{csv, forecast, history, line, monitored, picture, say, workload};
use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Duration;

const USAGE: &str = "usage: watch [FILE.csv]... [--model arima] [--step 5m] [--train 0.33] [--budget 1/7d] [--forecast 1d] [--svg FILE]
  FILE.csv        timestamp,value a line; RFC 3339, YYYY-MM-DD HH:MM:SS, or epoch seconds or milliseconds; of several
                  files, or of a folder with some, one line each
  --model WHICH   monitor (default), or arima: ARIMA(5,1,0) on a grid
  --step LENGTH   a grid, like 30s, 5m, 1h (default: none; for arima 5m, or the distance of the samples if longer)
  --train SHARE   the part from the start that is taken as normal (default 1/3)
  --budget N/TIME false alarms that are allowed in a time when nothing is wrong, like 1/d (default 1/7d)
  --forecast TIME what comes next, with intervals
  --svg FILE      draws into a file, too: light or dark as the reader prefers
  --save FILE.csv without a file: writes what was measured";

struct Arguments {
    files: Vec<PathBuf>,
    forecast: Option<Duration>,
    svg: Option<PathBuf>,
    settings: line::Settings,
    by_arima: bool,
    save: Option<PathBuf>,
}

fn main() -> ExitCode {
    arguments::run(("watch", USAGE), arguments(), run)
}

fn read(file: &Path) -> Result<(String, Vec<At<f64>>), String> {
    let title = file.display().to_string();
    let input = File::open(file).map_err(|e| format!("{title}: {e}"))?;
    let samples = csv::read(input).map_err(|e| format!("{title}: {e}"))?;
    Ok((title, samples))
}

/// One line a file; one that can't be watched says why, and fails the run at its end.
fn run_all(files: &[PathBuf], by_arima: bool, settings: line::Settings) -> Outcome {
    let watch = if by_arima { line::watch } else { monitored::watch };
    say!("{:>8}  {:>7}  {:>9}  file", "alarms", "values", "abnormal")?;
    let (mut alarms, mut failed) = (0, 0);
    for file in files {
        let watched = read(file)
            .and_then(|(title, samples)| watch(&samples, settings).map_err(|e| format!("{title}: {e}")));
        match watched {
            Ok(watched) => {
                let abnormal = watched.steps.iter().filter(|step| step.alarmed).count();
                say!("{:8}  {:7}  {abnormal:9}  {}", watched.raised, watched.steps.len(), file.display())?;
                alarms += watched.raised;
            }
            Err(why) => {
                say!("{:>8}  {:>7}  {:>9}  {why}", "-", "-", "-")?;
                failed += 1;
            }
        }
    }
    say!("{alarms:8}  in {} files", files.len())?;
    if failed > 0 {
        return Err(format!("{failed} of {} files could not be watched", files.len()).into());
    }
    Ok(())
}

fn run(Arguments { files, forecast, svg, mut settings, by_arima, save }: Arguments) -> Outcome {
    let several = files.len() > 1 || files.iter().any(|file| file.is_dir());
    if several {
        if forecast.is_some() || svg.is_some() {
            return Err("--forecast and --svg are for one file".into());
        }
        return run_all(&history::files(&files, "csv")?, by_arima, settings);
    }
    let (title, samples) = if let Some(file) = files.first() {
        read(file)?
    } else {
        let length = Duration::from_secs(8);
        say!("No file: sorting numbers for {length:?} and measuring each batch.")?;
        let measured = workload::run(length);
        say!(
            "From {} to {} the batches were really four times as large.\n",
            measured.heavier.0,
            measured.heavier.1
        )?;
        // The quickest of some five batches: what the work costs, less what else the machine was busy with.
        if by_arima {
            settings.step = settings.step.or(Some(Duration::from_millis(25)));
        }
        settings.aggregate = Aggregate::Min;
        settings.per = settings.per.min(length);
        if let Some(save) = save {
            csv::write(&save, &measured.samples)?;
        }
        ("seconds a batch takes".into(), measured.samples)
    };
    let watch = if by_arima { line::watch } else { monitored::watch };
    let watched = watch(&samples, settings).map_err(|e| format!("{title}: {e}"))?;
    say!("{title}\n{}", watched.setup)?;
    let (columns, rows) = picture::size();
    say!("{}", picture::text(&watched.steps, watched.level, columns, rows))?;
    for alarm in &watched.alarms {
        say!("{alarm}")?;
    }
    if let Some(svg) = svg {
        // The name alone: where a file lies is of no use to those who see the picture.
        let name = Path::new(&title).file_name().map_or(title.clone(), |name| name.display().to_string());
        picture::svg(&watched.steps, &name, watched.level, &svg)?;
        say!("drawn into {}", svg.display())?;
    }
    if let Some(length) = forecast {
        let table = forecast::table(&samples, length).map_err(|e| format!("{title}: {e}"))?;
        say!("{}", table.trim_end())?;
    }
    say!(
        "{} of {} steps belong to {} alarms.",
        watched.steps.iter().filter(|s| s.alarmed).count(),
        watched.steps.len(),
        watched.raised
    )?;
    Ok(())
}

/// The arguments; `None` for `--help`.
fn arguments() -> Result<Option<Arguments>, lexopt::Error> {
    use lexopt::prelude::{Long, Short, Value};
    let settings = line::Settings::default();
    let mut found =
        Arguments { files: Vec::new(), forecast: None, svg: None, settings, by_arima: false, save: None };
    let mut parser = lexopt::Parser::from_env();
    while let Some(argument) = parser.next()? {
        match argument {
            Long("help") | Short('h') => return Ok(None),
            Long("step") => found.settings.step = Some(length(&text(parser.value()?)?)?),
            Long("train") => {
                let share = text(parser.value()?)?;
                found.settings.train =
                    share.parse().map_err(|_| format!("--train takes a number, not `{share}`"))?;
            }
            Long("budget") => {
                let budget = budget(&text(parser.value()?)?)?;
                (found.settings.false_alarms, found.settings.per) = (budget.false_alarms(), budget.per());
            }
            Long("model") => {
                let model = text(parser.value()?)?;
                found.by_arima = match model.as_str() {
                    "monitor" => false,
                    "arima" => true,
                    _ => return Err(format!("--model takes monitor or arima, not `{model}`").into()),
                };
            }
            Long("save") => found.save = Some(parser.value()?.into()),
            Long("svg") => found.svg = Some(parser.value()?.into()),
            Long("forecast") => found.forecast = Some(length(&text(parser.value()?)?)?),
            Value(file) => found.files.push(file.into()),
            other => return Err(other.unexpected()),
        }
    }
    Ok(Some(found))
}
