//! Finds the regimes of a metric: calm and busy, healthy and degraded. Fits hidden Markov models, names their states, says how long
//! each lasts, and which it is now.
//!
//! ```text
//! cargo run --release -p evenkeel-watch --example regimes -- FILE.csv [--step 5m] [--states N] [--svg FILE]
//! ```
//!
//! Without a file it runs a real workload that changes its regime now and then, and measures how long its batches take.

use evenkeel::prelude::{At, Timestamp};
use evenkeel::series::{Aggregate, Resample};
use evenkeel_watch::arguments::{self, Outcome, length, text};
use evenkeel_watch::{csv, picture, regimes, say, workload};
use std::collections::{BTreeMap, BTreeSet};
use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Duration;

const USAGE: &str = "usage: regimes [FILE.csv] [--step 5m] [--states N] [--svg FILE]
  FILE.csv        timestamp,value a line; RFC 3339, YYYY-MM-DD HH:MM:SS, or epoch seconds or milliseconds
  --step LENGTH   the grid, like 30s, 5m, 1h (default 5m)
  --states N      how many regimes (default: 1 to 4, as many as BIC wants)
  --svg FILE      draws into a file, too";

#[derive(Default)]
struct Arguments {
    file: Option<PathBuf>,
    step: Option<Duration>,
    states: Option<usize>,
    svg: Option<PathBuf>,
}

fn main() -> ExitCode {
    arguments::run(("regimes", USAGE), arguments(), |arguments| run(&arguments))
}

fn run(arguments: &Arguments) -> Outcome {
    let mut truth = Vec::new();
    let (title, samples, step, aggregate) = if let Some(file) = &arguments.file {
        let title = file.display().to_string();
        let input = File::open(file).map_err(|e| format!("{title}: {e}"))?;
        let samples = csv::read(input).map_err(|e| format!("{title}: {e}"))?;
        (title, samples, Duration::from_secs(300), Aggregate::Mean)
    } else {
        let length = Duration::from_secs(8);
        say!("No file: sorting numbers for {length:?}; each second batches may become larger or smaller.")?;
        let measured = workload::run_in_regimes(length);
        truth = measured.sizes;
        // The quickest of some batches: what the work costs, less what else the machine was busy with.
        ("seconds a batch takes".into(), measured.samples, Duration::from_millis(25), Aggregate::Min)
    };
    let step = arguments.step.unwrap_or(step);
    let told = |e: evenkeel::Error| format!("{title}: {e}");
    let resampled =
        Resample::new(step, aggregate).map_err(told)?.apply(samples.iter().copied()).map_err(told)?;
    let series: Vec<At<f64>> = resampled.series().iter().collect();
    let values: Vec<f64> = series.iter().map(|at| at.value).collect();
    let found = regimes::find(&values, arguments.states).map_err(told)?;
    say!("{title}: {} steps of {}\n", values.len(), regimes::duration(step))?;
    let chart = found.chart(&series);
    say!("{}", chart.text(110, 16).trim_end())?;
    say!("  regimes:    {}\n", found.strip(96))?;
    say!("{}", found.table(step))?;
    let states = found.model.states();
    for visit in found.visits.iter().rev().take(5).rev() {
        let steps = u32::try_from(visit.steps.1 - visit.steps.0 + 1).unwrap_or(u32::MAX);
        let (from, what) = (series[visit.steps.0].time, regimes::name(visit.state, states));
        say!("{from}  {what} for {}", regimes::duration(step * steps))?;
    }
    say!("\n{}", found.now(step))?;
    let agree = found.path.iter().zip(&found.online).filter(|(a, b)| a == b).count();
    say!(
        "Seen while it happens, {:.1} % of the steps are named as with hindsight.",
        100.0 * agree as f64 / values.len() as f64
    )?;
    if !truth.is_empty() {
        compare(&truth, &series, &found.path)?;
    }
    if let Some(svg) = &arguments.svg {
        let name = Path::new(&title).file_name().map_or(title.clone(), |name| name.display().to_string());
        picture::write(&found.picture(&series, &name).map_err(told)?.draw(picture::SVG_WIDTH), svg)?;
        say!("drawn into {}", svg.display())?;
    }
    Ok(())
}

/// Each regime stands for the size that most of its steps have: how many steps have that size.
fn compare(truth: &[At<usize>], series: &[At<f64>], path: &[usize]) -> io::Result<()> {
    let size = |at: Timestamp| truth.iter().rev().find(|change| change.time <= at).map(|change| change.value);
    let mut counts: BTreeMap<usize, BTreeMap<usize, usize>> = BTreeMap::new();
    for (at, state) in series.iter().zip(path) {
        if let Some(size) = size(at.time) {
            *counts.entry(*state).or_default().entry(size).or_default() += 1;
        }
    }
    let right: usize = counts.values().filter_map(|sizes| sizes.values().max()).sum();
    let sizes: BTreeSet<usize> = truth.iter().map(|change| change.value).collect();
    say!(
        "Batches really had {} sizes; by its regime {:.1} % of the steps are told which.",
        sizes.len(),
        100.0 * right as f64 / series.len() as f64
    )
}

/// The arguments; `None` for `--help`.
fn arguments() -> Result<Option<Arguments>, lexopt::Error> {
    use lexopt::prelude::{Long, Short, Value, ValueExt};
    let mut found = Arguments::default();
    let mut parser = lexopt::Parser::from_env();
    while let Some(argument) = parser.next()? {
        match argument {
            Long("help") | Short('h') => return Ok(None),
            Long("step") => found.step = Some(length(&text(parser.value()?)?)?),
            Long("states") => found.states = Some(parser.value()?.parse()?),
            Long("svg") => found.svg = Some(parser.value()?.into()),
            Value(file) if found.file.is_none() => found.file = Some(file.into()),
            other => return Err(other.unexpected()),
        }
    }
    Ok(Some(found))
}
