//! The M4 competition.

mod scores;

use super::Task;
use crate::report::Method;
use crate::{Arguments, Failure, Report, Skipped, interval, parallel, read};
use evenkeel_core::{Fit, Forecaster, Prediction};
use evenkeel_models::{Auto, Effort, Naive};
use scores::{Scores, scale, score};
use std::collections::{BTreeMap, HashMap};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::time::Instant;

/// The M4 competition: S. Makridakis, E. Spiliotis and V. Assimakopoulos, International Journal of Forecasting 36 (2020) 54-74,
/// doi:10.1016/j.ijforecast.2019.04.014.
///
/// *Format*: a folder with pairs `NAME-train.csv` and `NAME-test.csv` (or `.csv.gz`), with a header; each row is the name of a series and
/// its values, empty fields at the end left out. The horizon is that of the test part. The season comes from the name: Hourly 24, Monthly 12, Quarterly
/// 4, all others 1; `--season N` says another. `--limit N` takes the first N series of each file.
///
/// *Methods*: `evenkeel`, the default [`Auto`], told the horizon and the season of the file as competitors were; `evenkeel, fast` and
/// `evenkeel, thorough`, the same with other effort (only if named); `naive`, `snaive`, `naive2`, the competition's own ([`Naive`]).
/// `--models A,B` runs those only, and naive2, which OWA needs.
///
/// *Metrics*: `smape`, `mase`, `msis95`, `coverage95`: means over series. `owa`: the mean of sMAPE and MASE, each over that of naive2, of
/// the means over all series. `wql`: the mean weighted quantile loss at the levels 0.1 to 0.9, as GIFT-Eval has it (T. Aksu and others, 2024,
/// arXiv:2410.10393): twice the quantile loss, summed over all series and steps, over the sum of the absolute values, the mean over the
/// nine levels; quantiles are those of the Gaussian summary. MASE and MSIS are scaled by the seasonal naive forecast in the training part; a series without any step there
/// is skipped.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct M4 {
    season: Option<usize>,
    limit: Option<usize>,
    models: Option<Vec<String>>,
}

const METRICS: [&str; 6] = ["owa", "smape", "mase", "msis95", "coverage95", "wql"];

/// A series with what was to be forecast.
#[derive(Debug)]
struct Case {
    name: String,
    season: usize,
    train: Vec<f64>,
    test: Vec<f64>,
}

/// Forecasts a case.
type Run = fn(&Case) -> Result<Vec<Prediction>, String>;

/// All methods, and whether they run if none is named.
const METHODS: [(&str, bool, Run); 6] = [
    ("evenkeel", true, |case| auto(case, Effort::Default)),
    ("evenkeel, fast", false, |case| auto(case, Effort::Fast)),
    ("evenkeel, thorough", false, |case| auto(case, Effort::Thorough)),
    ("naive", true, |case| forecast(&Naive::last(), case)),
    ("snaive", true, |case| forecast(&Naive::seasonal(case.season), case)),
    ("naive2", true, |case| forecast(&Naive::adjusted(case.season), case)),
];

fn auto(case: &Case, effort: Effort) -> Result<Vec<Prediction>, String> {
    let mut auto = Auto::new().horizon(case.test.len()).effort(effort);
    if case.season > 1 {
        auto = auto.known_season(case.season);
    }
    forecast(&auto, case)
}

/// Fits to the training part and forecasts the test part.
fn forecast<E>(estimator: &E, case: &Case) -> Result<Vec<Prediction>, String>
where
    E: Fit,
    E::Fitted: Forecaster,
{
    let model = estimator.fit(&case.train).map_err(|why| why.to_string())?;
    let mut forecast = vec![Prediction::default(); case.test.len()];
    if model.forecast_into(&mut forecast) { Ok(forecast) } else { Err("nothing was forecast".into()) }
}

impl Task for M4 {
    fn option(
        &mut self,
        name: &str,
        value: &mut dyn FnMut() -> Result<String, Failure>,
    ) -> Result<bool, Failure> {
        let mut whole = || {
            let text = value()?;
            let number = text.parse().ok().filter(|n| (1..=1_000_000).contains(n));
            number.ok_or_else(|| Failure::new(format!("--{name} must be a whole number from 1, was {text}")))
        };
        match name {
            "season" => self.season = Some(whole()?),
            "limit" => self.limit = Some(whole()?),
            "models" => {
                let models: Vec<String> = value()?.split(',').map(|m| m.trim().to_owned()).collect();
                for model in &models {
                    if !METHODS.iter().any(|(name, ..)| name == model) {
                        let known: Vec<&str> = METHODS.iter().map(|(name, ..)| *name).collect();
                        return Err(Failure::new(format!(
                            "--models must be of {}, was {model}",
                            known.join("; ")
                        )));
                    }
                }
                self.models = Some(models);
            }
            _ => return Ok(false),
        }
        Ok(true)
    }

    fn run(&self, arguments: &Arguments, progress: &mut (dyn Write + Send)) -> Result<Report, Failure> {
        let mut skipped = Vec::new();
        let cases = self.cases(&arguments.data, &mut skipped)?;
        let total = cases.len() + skipped.len();
        let methods: Vec<(&str, Run)> = METHODS
            .iter()
            .filter(|(name, by_default, _)| match &self.models {
                None => *by_default,
                Some(models) => *name == "naive2" || models.iter().any(|m| m == name),
            })
            .map(|(name, _, run)| (*name, *run))
            .collect();
        let answers = parallel::map(
            &cases,
            arguments.threads,
            |case| answer(case, &methods),
            |done| {
                // Progress that nobody can see is no reason to stop.
                let _ = write!(
                    progress,
                    "\r{done} of {} series{}",
                    cases.len(),
                    if done == cases.len() { "\n" } else { "" }
                );
            },
        );
        let mut scored: Vec<(&Case, Vec<Scores>)> = Vec::new();
        for (case, answer) in cases.iter().zip(answers) {
            match answer {
                Ok(scores) => scored.push((case, scores)),
                Err(why) => skipped.push(Skipped { case: case.name.clone(), why }),
            }
        }
        let reference = methods.iter().position(|(name, _)| *name == "naive2").unwrap_or(0);
        let summary = (0..methods.len()).map(|m| summarize(methods[m].0, &scored, m, reference)).collect();
        let per_case = scored.iter().map(|(case, scores)| describe(case, scores, &methods)).collect();
        Ok(Report { task: "m4", cases: total, metrics: &METRICS, methods: summary, per_case, skipped })
    }
}

impl M4 {
    fn cases(&self, folder: &Path, skipped: &mut Vec<Skipped>) -> Result<Vec<Case>, Failure> {
        let unreadable = |why: std::io::Error| Failure::new(format!("{}: {why}", folder.display()));
        let mut files: Vec<(String, PathBuf)> = Vec::new();
        for entry in std::fs::read_dir(folder).map_err(unreadable)? {
            let path = entry.map_err(unreadable)?.path();
            let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
            if let Some(group) = name.trim_end_matches(".gz").strip_suffix("-train.csv") {
                files.push((group.to_owned(), folder.join(format!("{group}-train.csv"))));
            }
        }
        files.sort_unstable();
        files.dedup();
        if files.is_empty() {
            return Err(Failure::new(format!("{} holds no file NAME-train.csv", folder.display())));
        }
        let mut cases = Vec::new();
        for (group, train) in files {
            let season = self.season.unwrap_or_else(|| season(&group));
            let test = folder.join(format!("{group}-test.csv"));
            let mut tests: HashMap<String, Vec<f64>> = rows(&test)?.into_iter().collect();
            let trains = rows(&train)?;
            for (name, train) in trains.into_iter().take(self.limit.unwrap_or(usize::MAX)) {
                let why = match tests.remove(&name) {
                    None => "there is no test part",
                    Some(test) if test.is_empty() => "the test part is empty",
                    Some(_) if train.len() <= season => "the training part is no longer than a season",
                    Some(_) if scale(&train, season) == 0.0 => "nothing changes in the training part",
                    Some(test) => {
                        cases.push(Case { name, season, train, test });
                        continue;
                    }
                };
                skipped.push(Skipped { case: name, why: why.into() });
            }
        }
        Ok(cases)
    }
}

/// The season of a file, as the competition had it.
fn season(group: &str) -> usize {
    match group {
        "Hourly" => 24,
        "Monthly" => 12,
        "Quarterly" => 4,
        _ => 1,
    }
}

/// The rows of a file: names, and values up to the first empty field.
fn rows(path: &Path) -> Result<Vec<(String, Vec<f64>)>, Failure> {
    let text = read::text(path).map_err(Failure::new)?;
    let mut reader =
        csv::ReaderBuilder::new().flexible(true).trim(csv::Trim::All).from_reader(text.as_bytes());
    let wrong = |why: String| Failure::new(format!("{}: {why}", path.display()));
    let mut rows = Vec::new();
    for record in reader.records() {
        let record = record.map_err(|why| wrong(why.to_string()))?;
        let line = record.position().map_or(0, csv::Position::line);
        let mut fields = record.iter();
        let name = fields.next().unwrap_or_default().to_owned();
        let mut values = Vec::new();
        for (column, field) in fields.take_while(|field| !field.is_empty() && *field != "NA").enumerate() {
            let value = field.parse().ok().filter(|x: &f64| x.is_finite());
            values.push(value.ok_or_else(|| {
                wrong(format!("line {line}, column {}: {field:?} is no number", column + 2))
            })?);
        }
        rows.push((name, values));
    }
    Ok(rows)
}

fn answer(case: &Case, methods: &[(&str, Run)]) -> Result<Vec<Scores>, String> {
    let scale = scale(&case.train, case.season);
    let one = |(name, run): &(&str, Run)| {
        let started = Instant::now();
        let forecast = run(case).map_err(|why| format!("{name}: {why}"))?;
        Ok(score(&forecast, &case.test, scale, started.elapsed().as_secs_f64()))
    };
    methods.iter().map(one).collect()
}

/// One of the measures.
type Measure = fn(&Scores) -> f64;

fn summarize(name: &str, scored: &[(&Case, Vec<Scores>)], method: usize, reference: usize) -> Method {
    let all: Vec<usize> = (0..scored.len()).collect();
    let mean = |of: usize, what: Measure, cases: &[usize]| {
        cases.iter().map(|case| what(&scored[*case].1[of])).sum::<f64>() / cases.len() as f64
    };
    let owa = |cases: &[usize]| {
        let part = |what: Measure| mean(method, what, cases) / mean(reference, what, cases);
        0.5 * (part(|s| s.smape) + part(|s| s.mase))
    };
    let mut scores = BTreeMap::from([("owa", owa(&all))]);
    let mut ci95 = BTreeMap::from([("owa", interval::bootstrap(scored.len(), owa))]);
    let plain: [(&'static str, Measure); 4] = [
        ("smape", |s| s.smape),
        ("mase", |s| s.mase),
        ("msis95", |s| s.msis),
        ("coverage95", |s| s.coverage),
    ];
    for (metric, what) in plain {
        scores.insert(metric, mean(method, what, &all));
        ci95.insert(metric, interval::bootstrap(scored.len(), |cases| mean(method, what, cases)));
    }
    let wql = |cases: &[usize]| {
        let sum = |what: Measure| cases.iter().map(|case| what(&scored[*case].1[method])).sum::<f64>();
        sum(|s| s.quantile_loss) / sum(|s| s.size)
    };
    scores.insert("wql", wql(&all));
    ci95.insert("wql", interval::bootstrap(scored.len(), wql));
    let seconds_per_case = mean(method, |s| s.seconds, &all);
    Method { name: name.to_owned(), scores, n: scored.len(), ci95, seconds_per_case }
}

fn describe(case: &Case, scores: &[Scores], methods: &[(&str, Run)]) -> crate::Value {
    let by_method: BTreeMap<&str, crate::Value> = methods
        .iter()
        .zip(scores)
        .map(|((name, _), s)| {
            let scores = serde_json::json!({
                "smape": s.smape, "mase": s.mase, "msis95": s.msis, "coverage95": s.coverage,
                "wql": s.quantile_loss / s.size,
            });
            (*name, scores)
        })
        .collect();
    serde_json::json!({
        "case": case.name, "season": case.season, "length": case.train.len(), "methods": by_method,
    })
}
