//! One anomaly to be found in each series.

use super::Task;
use super::contest::{self, Contestant, Options, tell};
use crate::detectors::{Output, Setting};
use crate::report::{Method, Skipped, Value};
use crate::{Arguments, Failure, Report, interval, parallel, read};
use std::collections::BTreeMap;
use std::io::Write;
use std::path::Path;

/// The UCR Anomaly Archive: R. Wu and E. Keogh, TKDE 2021, doi:10.1109/TKDE.2021.3112126.
///
/// *Reads* `NUMBER_UCR_Anomaly_NAME_TRAINEND_BEGIN_END.txt`, plain or with gzip: numbers between white space. The first TRAINEND rows are the
/// history. Exactly one anomaly follows, from row BEGIN to END.
///
/// *Methods*: `evenkeel`, the recommended default; `chance`, uniform scores with a fixed seed; `difference`; with `--detectors` all of
/// [`crate::detectors::ALL`], with `--only A,B` some. Each names the row with the highest smoothed score after the history, of equal ones the first; and, as `NAME, raw`,
/// that with the highest raw one. `--limit N` takes the first cases only.
///
/// *Metric*: `accuracy`, the share of series whose named row is at most 100 rows off the anomaly, with Wilson's interval.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Ucr {
    options: Options,
}

/// How far the named row may be off.
const TOLERANCE: usize = 100;

const METRICS: [&str; 1] = ["accuracy"];
const OUTPUTS: &[(&str, Output)] = &[("", Output::Smoothed), (", raw", Output::Raw)];

/// What was named, whether that is right, and what it took in seconds.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Outcome {
    named: usize,
    is_right: bool,
    seconds: f64,
}

impl Task for Ucr {
    fn option(
        &mut self,
        name: &str,
        value: &mut dyn FnMut() -> Result<String, Failure>,
    ) -> Result<bool, Failure> {
        self.options.take(name, value)
    }

    fn run(&self, arguments: &Arguments, progress: &mut (dyn Write + Send)) -> Result<Report, Failure> {
        let mut files =
            contest::files(&arguments.data, |name| name.ends_with(".txt") && name.contains("_UCR_Anomaly_"))?;
        files.truncate(self.options.limit.unwrap_or(usize::MAX));
        if files.is_empty() {
            return Err(Failure::new(format!("{}: there is no case", arguments.data.display())));
        }
        let contestants = self.options.contestants(OUTPUTS);
        let answers = parallel::map(
            &files,
            arguments.threads,
            |file| judge(&arguments.data, file, &contestants),
            |done| tell(progress, done, files.len(), "series"),
        );
        let (mut scored, mut skipped) = (Vec::new(), Vec::new());
        for (file, answer) in files.iter().zip(answers) {
            let case = file.trim_end_matches(".txt").to_owned();
            match answer {
                Ok(outcomes) => scored.push((case, outcomes)),
                Err(why) => skipped.push(Skipped { case, why }),
            }
        }
        let names: Vec<String> = contestants.iter().flat_map(Contestant::names).collect();
        let methods = names.iter().enumerate().map(|(i, name)| {
            let outcomes: Vec<Outcome> = scored.iter().map(|(_, outcomes)| outcomes[i]).collect();
            summary(name, &outcomes)
        });
        Ok(Report {
            task: "ucr",
            cases: files.len(),
            metrics: &METRICS,
            methods: methods.collect(),
            per_case: scored.iter().map(|(case, outcomes)| describe(case, &names, outcomes)).collect(),
            skipped,
        })
    }
}

/// Where the history ends, the anomaly begins and ends, by the name of a file.
fn places(file: &str) -> Option<[usize; 3]> {
    let mut parts = file.strip_suffix(".txt")?.rsplit('_').map(|part| part.parse().ok());
    let (end, begin, train) = (parts.next()??, parts.next()??, parts.next()??);
    Some([train, begin, end])
}

fn judge(folder: &Path, file: &str, contestants: &[Contestant]) -> Result<Vec<Outcome>, String> {
    let [train, begin, end] = places(file).ok_or("the name does not end in _TRAINEND_BEGIN_END")?;
    let text = read::text(&folder.join(file))?;
    let values = text
        .split_whitespace()
        .map(|field| read::number(field).ok_or_else(|| format!("{field:?} is no number")))
        .collect::<Result<Vec<f64>, _>>()?;
    if !(train < begin && begin <= end && end <= values.len()) {
        return Err(format!(
            "rows {train}, {begin}, {end} do not follow one another within {}",
            values.len()
        ));
    }
    let (history, after) = values.split_at(train);
    let (history, after) = ([history.to_vec()], [after.to_vec()]);
    let mut outcomes = Vec::new();
    for contestant in contestants {
        let run = contestant.run(file, &Setting::default(), &history, &after)?;
        for output in contestant.outputs() {
            let scores = output.of(&run.scores);
            let highest = |best: usize, row: usize| if scores[row] > scores[best] { row } else { best };
            let named = train + (0..scores.len()).reduce(highest).unwrap_or(0);
            let is_right = (begin.saturating_sub(TOLERANCE)..=end + TOLERANCE).contains(&named);
            outcomes.push(Outcome { named, is_right, seconds: run.seconds });
        }
    }
    Ok(outcomes)
}

fn summary(name: &str, outcomes: &[Outcome]) -> Method {
    let n = outcomes.len();
    let right = outcomes.iter().filter(|outcome| outcome.is_right).count();
    let (mut scores, mut ci95) = (BTreeMap::new(), BTreeMap::new());
    if n > 0 {
        scores.insert(METRICS[0], right as f64 / n as f64);
        ci95.insert(METRICS[0], interval::wilson(right, n));
    }
    let seconds = outcomes.iter().map(|outcome| outcome.seconds).sum::<f64>() / n.max(1) as f64;
    Method { name: name.to_owned(), scores, n, ci95, seconds_per_case: seconds }
}

fn describe(case: &str, names: &[String], outcomes: &[Outcome]) -> Value {
    let methods: BTreeMap<&str, Value> = names
        .iter()
        .zip(outcomes)
        .map(|(name, outcome)| {
            (name.as_str(), serde_json::json!({ "named": outcome.named, "right": outcome.is_right }))
        })
        .collect();
    serde_json::json!({ "case": case, "methods": methods })
}
