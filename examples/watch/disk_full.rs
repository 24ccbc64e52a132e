//! When is the disk full? Fits a structural model (level, pace, season) to what is used, follows a thousand paths into the future, and
//! says when they reach the limit, and how sure that is.
//!
//! ```text
//! cargo run --release -p evenkeel-watch --example disk_full -- FILE.csv --limit 500 [--below] [--step 6h] [--svg FILE]
//! ```
//!
//! Without a file it simulates a disk with a daily rhythm and a weekly cleanup, says every day anew when it will be full, and tells
//! in the end how that turned out.

use evenkeel::series::{Aggregate, Resample};
use evenkeel::stats::Limit;
use evenkeel::{Error, Timestamp};
use evenkeel_watch::arguments::{self, Outcome, length, text};
use evenkeel_watch::{csv, disk, picture, say};
use std::fs::File;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

const USAGE: &str = "usage: disk_full [FILE.csv --limit NUMBER [--below] [--step 6h]] [--seed N] [--svg FILE]
  FILE.csv        timestamp,value a line; RFC 3339, YYYY-MM-DD HH:MM:SS, or epoch seconds or milliseconds
  --limit NUMBER  the value that must not be reached
  --below         it must not be reached from above
  --step LENGTH   the grid, like 1h, 6h, 1d (default 6h)
  --seed N        what is drawn (default 1)
  --svg FILE      draws into a file, too";

#[derive(Default)]
struct Arguments {
    file: Option<PathBuf>,
    limit: Option<f64>,
    below: bool,
    step: Option<Duration>,
    seed: u64,
    svg: Option<PathBuf>,
}

/// When the simulated disk was new: 2026-01-01.
const BEGIN: Timestamp = Timestamp::from_seconds(1_767_225_600);
/// Days of history of the simulated disk.
const HISTORY: usize = 84;
/// How many days ahead are looked at.
const AHEAD: usize = 90;

fn main() -> ExitCode {
    arguments::run(("disk_full", USAGE), arguments(), |arguments| match &arguments.file {
        Some(file) => of_file(file, &arguments),
        None => simulate(&arguments),
    })
}

fn of_file(file: &PathBuf, arguments: &Arguments) -> Outcome {
    let title = file.display().to_string();
    let told = |e: Error| format!("{title}: {e}");
    let limit = arguments.limit.ok_or("a file needs a --limit")?;
    let limit = if arguments.below { Limit::Below(limit) } else { Limit::Above(limit) };
    let samples = csv::read(File::open(file).map_err(|e| format!("{title}: {e}"))?)
        .map_err(|e| format!("{title}: {e}"))?;
    let step = arguments.step.unwrap_or(Duration::from_secs(6 * 3_600));
    let resampled = Resample::new(step, Aggregate::Last).map_err(told)?.apply(samples).map_err(told)?;
    let history = resampled.series().values();
    let steps_a_day = 86_400.0 / step.as_secs_f64();
    let horizon = ((AHEAD as f64 * steps_a_day) as usize).clamp(10, 2_000);
    say!("{title}: {} steps, {:.3} a day", history.len(), steps_a_day)?;
    let name = file.file_name().map_or(title.clone(), |name| name.display().to_string());
    let shown = Shown { name, first: resampled.series().start(), step };
    outlook(history, limit, horizon, &shown, arguments)?;
    Ok(())
}

/// What a history is of: its name, the time of its first value, and the distance of its values.
struct Shown {
    name: String,
    first: Timestamp,
    step: Duration,
}

fn outlook(
    history: &[f64],
    limit: Limit,
    horizon: usize,
    shown: &Shown,
    arguments: &Arguments,
) -> Result<disk::Outlook, Box<dyn std::error::Error>> {
    let steps_a_day = 86_400.0 / shown.step.as_secs_f64();
    let outlook = disk::outlook(history, limit, horizon, arguments.seed)?;
    let season = outlook.season.map_or("no season".into(), |season| format!("a season of {season} steps"));
    say!("A level, a pace and {season} explain it up to {:.3}.\n", outlook.model.sigma())?;
    let chart = outlook.chart(history, limit, steps_a_day, "days");
    say!("{}", chart.text(110, 18).trim_end())?;
    say!("  values: line   expected: dots, with the interval that holds with 90 %   limit: bar\n")?;
    say!("{} is reached {}.", limit.value(), outlook.time.describe("days", steps_a_day))?;
    for days in [3.0, 7.0, 14.0, 30.0, 90.0] {
        say!(
            "  within {days:>2.0} days: {:>3.0} %",
            100.0 * outlook.time.probability_within(days * steps_a_day)
        )?;
    }
    if let Some(svg) = &arguments.svg {
        let chart = outlook.picture(history, limit, (shown.first, shown.step), &shown.name)?;
        picture::write(&chart.draw(picture::SVG_WIDTH), svg)?;
        say!("drawn into {}", svg.display())?;
    }
    Ok(outlook)
}

/// A disk that is simulated, until it is full.
fn simulate(arguments: &Arguments) -> Outcome {
    let used = disk::simulated(HISTORY + AHEAD, arguments.seed);
    let (history, future) = used.split_at(HISTORY * disk::A_DAY);
    let (limit, horizon, steps_a_day) = (Limit::Above(disk::SIZE), AHEAD * disk::A_DAY, disk::A_DAY as f64);
    say!(
        "No file: a simulated disk of {} GB, {HISTORY} days of its past, every six hours; seed {}.",
        disk::SIZE,
        arguments.seed
    )?;
    let name = format!("A simulated disk of {} GB", disk::SIZE);
    let shown = Shown { name, first: BEGIN, step: Duration::from_secs(86_400 / disk::A_DAY as u64) };
    let mut outlook = outlook(history, limit, horizon, &shown, arguments)?;
    say!("\nThe days go by:")?;
    let full = future.iter().position(|x| limit.is_reached_by(*x));
    let (mut told, mut held) = (0, 0);
    for (step, x) in future.iter().take(full.unwrap_or(future.len())).enumerate() {
        outlook.update(*x)?;
        if (step + 1) % disk::A_DAY != 0 {
            continue;
        }
        if let Some(full) = full {
            let left = (full - step) as f64;
            let (low, high) = outlook.time.interval(0.9)?;
            told += 1;
            held += u32::from(low.is_some_and(|low| low <= left) && high.is_none_or(|high| left <= high));
        }
        let day = (step + 1) / disk::A_DAY;
        say!("  day {day:>2}: {x:>5.1} GB used, full {}", outlook.time.describe("days", steps_a_day))?;
    }
    match full {
        Some(full) => say!(
            "It was full after {:.1} days, as {held} of {told} statements had it.",
            (full + 1) as f64 / steps_a_day
        )?,
        None => say!("After {AHEAD} days it was not full.")?,
    }
    Ok(())
}

/// The arguments; `None` for `--help`.
fn arguments() -> Result<Option<Arguments>, lexopt::Error> {
    use lexopt::prelude::{Long, Short, Value, ValueExt};
    let mut found = Arguments { seed: 1, ..Arguments::default() };
    let mut parser = lexopt::Parser::from_env();
    while let Some(argument) = parser.next()? {
        match argument {
            Long("help") | Short('h') => return Ok(None),
            Long("limit") => found.limit = Some(parser.value()?.parse()?),
            Long("below") => found.below = true,
            Long("step") => found.step = Some(length(&text(parser.value()?)?)?),
            Long("seed") => found.seed = parser.value()?.parse()?,
            Long("svg") => found.svg = Some(parser.value()?.into()),
            Value(file) if found.file.is_none() => found.file = Some(file.into()),
            other => return Err(other.unexpected()),
        }
    }
    Ok(Some(found))
}
