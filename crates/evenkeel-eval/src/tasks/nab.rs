//! The Numenta Anomaly Benchmark.

use super::Task;
use super::contest::{self, Contestant, Options, tell};
use crate::detectors::{Output, Setting};
use crate::report::{Method, Skipped, Value};
use crate::scores::nab::{self, File, Profile};
use crate::{Arguments, Failure, Report, interval, parallel, read};
use std::collections::BTreeMap;
use std::io::Write;
use std::path::Path;
use std::time::Duration;

/// The Numenta Anomaly Benchmark: A. Lavin and S. Ahmad, ICMLA 2015, doi:10.1109/ICMLA.2015.141.
///
/// *Reads* `labels/combined_windows.json` and `data/CATEGORY/NAME.csv`, plain or with gzip (`timestamp`, `value`; a time stamp may come twice). A
/// file of the labels that is not there is no case. `results/DETECTOR/CATEGORY/NAME.txt`, where present, are published anomaly scores, one a
/// row, which are scored as methods under their folder's name.
///
/// *Methods*: `evenkeel`, the recommended default; `chance`, uniform scores with a fixed seed; `difference`; with `--detectors` all of
/// [`crate::detectors::ALL`], with `--only A,B` some. Of each detector three outputs are scored, s as s / (1 + s): NAME tells each event of the
/// smoothed score once ([`crate::detectors::alert_once`]), which is what this benchmark rewards; `NAME, unsmoothed` does so without smoothing;
/// `NAME, raw` is the score as it is. No detector is told the least, the greatest or the number of values, which NAB itself does tell. `--limit N` takes the
/// first files only.
///
/// *Metrics*: `standard`, `low_fp`, `low_fn`, the normalized scores of the three profiles, with one threshold for all files that is chosen with the
/// labels (an oracle, as in NAB). `standard_crossed`: every second file in the order of names is scored with the threshold that is best for
/// the others, both ways, and the sum normalized. Intervals are bootstrapped over files at the same thresholds.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Nab {
    options: Options,
}

const METRICS: [&str; 4] = ["standard", "low_fp", "low_fn", "standard_crossed"];
const OUTPUTS: &[(&str, Output)] =
    &[("", Output::SmoothedOnce), (", unsmoothed", Output::Once), (", raw", Output::Raw)];

/// Windows by file.
type Windows = BTreeMap<String, Vec<(String, String)>>;

/// A file that was read.
#[derive(Debug)]
struct Case {
    name: String,
    file: File,
    values: Vec<f64>,
    step: Option<Duration>,
}

/// What a method says of all files.
struct Entry {
    name: String,
    scores: Vec<Vec<f64>>,
    seconds: f64,
}

/// What became of it.
struct Judged {
    method: Method,
    /// Standard raw scores by file.
    raw: Vec<f64>,
}

impl Task for Nab {
    fn option(
        &mut self,
        name: &str,
        value: &mut dyn FnMut() -> Result<String, Failure>,
    ) -> Result<bool, Failure> {
        self.options.take(name, value)
    }

    fn run(&self, arguments: &Arguments, progress: &mut (dyn Write + Send)) -> Result<Report, Failure> {
        let root = &arguments.data;
        let (windows, names) = self.names(root)?;
        let (mut cases, mut skipped) = (Vec::new(), Vec::new());
        for name in &names {
            match load(root, name, &windows[name]) {
                Ok(case) => cases.push(case),
                Err(why) => skipped.push(Skipped { case: name.clone(), why }),
            }
        }
        if cases.is_empty() {
            let why = skipped.first().map_or("there is no file", |first| first.why.as_str());
            return Err(Failure::new(format!("{}: {why}", root.display())));
        }
        let contestants = self.options.contestants(OUTPUTS);
        let runs = parallel::map(
            &cases,
            arguments.threads,
            |case| answer(case, &contestants),
            |done| tell(progress, done, cases.len(), "files"),
        );
        let runs = runs.into_iter().collect::<Result<Vec<_>, String>>().map_err(Failure::new)?;
        let mut entries: Vec<Entry> = Vec::new();
        for (i, name) in contestants.iter().flat_map(Contestant::names).enumerate() {
            let scores: Vec<Vec<f64>> = runs.iter().map(|run| run[i].0.clone()).collect();
            let seconds = runs.iter().map(|run| run[i].1).sum::<f64>() / runs.len() as f64;
            entries.push(Entry { name, scores, seconds });
        }
        if root.join("results").is_dir() {
            for (name, folder) in contest::folders(&root.join("results"))? {
                match published(&folder, &cases) {
                    Ok(scores) => entries.push(Entry { name, scores, seconds: 0.0 }),
                    Err(why) => skipped.push(Skipped { case: format!("results/{name}"), why }),
                }
            }
        }
        let files: Vec<&File> = cases.iter().map(|case| &case.file).collect();
        let judged = parallel::map(&entries, arguments.threads, |entry| judge(entry, &files), |_| ());
        let per_case = cases.iter().enumerate().map(|(i, case)| describe(case, i, &judged)).collect();
        Ok(Report {
            task: "nab",
            cases: names.len(),
            metrics: &METRICS,
            methods: judged.into_iter().map(|judged| judged.method).collect(),
            per_case,
            skipped,
        })
    }
}

impl Nab {
    /// The windows, and the names of the files that are there, in order.
    fn names(&self, root: &Path) -> Result<(Windows, Vec<String>), Failure> {
        let labels = root.join("labels/combined_windows.json");
        let windows: Windows = serde_json::from_str(&read::text(&labels).map_err(Failure::new)?)
            .map_err(|why| Failure::new(format!("{}: {why}", labels.display())))?;
        let mut names = Vec::new();
        for (category, folder) in contest::folders(&root.join("data"))? {
            for file in contest::files(&folder, |name| name.ends_with(".csv"))? {
                let name = format!("{category}/{file}");
                if windows.contains_key(&name) {
                    names.push(name);
                }
            }
        }
        names.sort_unstable();
        names.truncate(self.options.limit.unwrap_or(usize::MAX));
        Ok((windows, names))
    }
}

fn load(root: &Path, name: &str, windows: &[(String, String)]) -> Result<Case, String> {
    let text = read::text(&root.join("data").join(name))?;
    let mut reader = csv::ReaderBuilder::new().trim(csv::Trim::All).from_reader(text.as_bytes());
    let header = reader.headers().map_err(|why| why.to_string())?;
    if header != ["timestamp", "value"].as_slice() {
        return Err(format!("the columns are not timestamp, value, but {header:?}"));
    }
    let (mut stamps, mut values) = (Vec::new(), Vec::new());
    for record in reader.records() {
        let record = record.map_err(|why| why.to_string())?;
        let line = record.position().map_or(0, csv::Position::line);
        let value =
            read::number(&record[1]).ok_or_else(|| format!("line {line}: {:?} is no number", &record[1]))?;
        values.push(value);
        stamps.push(whole(&record[0]).to_owned());
    }
    if values.is_empty() {
        return Err("there is no row".into());
    }
    let windows: Vec<(String, String)> =
        windows.iter().map(|(from, to)| (whole(from).to_owned(), whole(to).to_owned())).collect();
    let file = File::new(&stamps, &windows)?;
    Ok(Case { name: name.to_owned(), step: step(&stamps), file, values })
}

/// A time stamp without fractions of a second, which labels have and rows have not.
fn whole(stamp: &str) -> &str {
    stamp.split('.').next().unwrap_or(stamp)
}

/// How many rows tell how long one is. Who collects a metric knows it beforehand.
const FIRST: usize = 20;

/// The median distance of the first time stamps; `None` if they are no dates or the same.
fn step(stamps: &[String]) -> Option<Duration> {
    let seconds: Option<Vec<i64>> = stamps.iter().take(FIRST).map(|stamp| seconds(stamp)).collect();
    let seconds = seconds?;
    let mut steps: Vec<i64> = seconds.windows(2).map(|pair| pair[1] - pair[0]).collect();
    steps.sort_unstable();
    let median = *steps.get(steps.len() / 2)?;
    u64::try_from(median).ok().filter(|step| *step > 0).map(Duration::from_secs)
}

/// Seconds of `YYYY-MM-DD HH:MM:SS` since some day (days after H. Hinnant's civil calendar).
fn seconds(stamp: &str) -> Option<i64> {
    let (date, time) = stamp.split_once([' ', 'T'])?;
    let numbers =
        |text: &str, by: char| -> Option<Vec<i64>> { text.split(by).map(|n| n.parse().ok()).collect() };
    let (date, time) = (numbers(date, '-')?, numbers(time, ':')?);
    let ([year, month, day], [hour, minute, second]) = (date.as_slice(), time.as_slice()) else {
        return None;
    };
    // The year begins in March, so that the leap day is its last.
    let (year, month) = if *month > 2 { (*year, month - 3) } else { (year - 1, month + 9) };
    let days = 365 * year + year.div_euclid(4) - year.div_euclid(100)
        + year.div_euclid(400)
        + (153 * month + 2) / 5
        + day;
    Some(((days * 24 + hour) * 60 + minute) * 60 + second)
}

/// What all contestants say of a file, and how long it took.
fn answer(case: &Case, contestants: &[Contestant]) -> Result<Vec<(Vec<f64>, f64)>, String> {
    let setting = case.step.map_or(Setting::default(), |step| Setting::default().with_step(step));
    let columns = [case.values.clone()];
    let mut all = Vec::new();
    for contestant in contestants {
        let run = contestant.run(&case.name, &setting, &[], &columns)?;
        for output in contestant.outputs() {
            let scores = output.of(&run.scores).into_iter().map(|score| {
                let score = score.max(0.0);
                score / (1.0 + score)
            });
            all.push((scores.collect(), run.seconds));
        }
    }
    Ok(all)
}

/// The published scores of a detector.
fn published(folder: &Path, cases: &[Case]) -> Result<Vec<Vec<f64>>, String> {
    let one = |case: &Case| {
        let file = format!("{}.txt", case.name.trim_end_matches(".csv"));
        let text = read::text(&folder.join(&file))?;
        let scores = text.lines().map(str::trim).filter(|line| !line.is_empty() && *line != "anomaly_score");
        let scores = scores
            .map(|line| {
                line.parse()
                    .ok()
                    .filter(|x: &f64| x.is_finite())
                    .ok_or_else(|| format!("{file}: {line:?} is no score"))
            })
            .collect::<Result<Vec<f64>, _>>()?;
        if scores.len() == case.file.rows() {
            Ok(scores)
        } else {
            Err(format!("{file}: {} scores for {} rows", scores.len(), case.file.rows()))
        }
    };
    cases.iter().map(one).collect()
}

fn judge(entry: &Entry, files: &[&File]) -> Judged {
    let pairs: Vec<(&File, &[f64])> =
        files.iter().copied().zip(entry.scores.iter().map(Vec::as_slice)).collect();
    let at = |profile: Profile, threshold: &dyn Fn(usize) -> f64| -> Vec<f64> {
        let raw = |(i, (file, scores)): (usize, &(&File, &[f64]))| {
            nab::score(file, scores, threshold(i), profile).raw
        };
        pairs.iter().enumerate().map(raw).collect()
    };
    let normalized = |raw: &[f64], profile: Profile, drawn: &[usize]| {
        let these: Vec<&File> = drawn.iter().map(|i| files[*i]).collect();
        nab::normalized(&these, drawn.iter().map(|i| raw[*i]).sum(), profile).unwrap_or(f64::NAN)
    };
    let everything: Vec<usize> = (0..files.len()).collect();
    let (mut scores, mut ci95) = (BTreeMap::new(), BTreeMap::new());
    let mut insert = |key: &'static str, raw: &[f64], profile: Profile| {
        let value = normalized(raw, profile, &everything);
        // Without any window there is nothing to score.
        if value.is_finite() {
            scores.insert(key, value);
            ci95.insert(key, interval::bootstrap(files.len(), |drawn| normalized(raw, profile, drawn)));
        }
    };
    let mut standard = Vec::new();
    for (key, profile) in METRICS.into_iter().zip(Profile::ALL) {
        let best = nab::optimum(&pairs, profile);
        let raw = at(profile, &|_| best.threshold);
        insert(key, &raw, profile);
        if profile == Profile::STANDARD {
            standard = raw;
        }
    }
    let halves = [0, 1].map(|half| {
        let these: Vec<(&File, &[f64])> = pairs.iter().copied().skip(half).step_by(2).collect();
        nab::optimum(&these, Profile::STANDARD).threshold
    });
    insert(METRICS[3], &at(Profile::STANDARD, &|i| halves[1 - i % 2]), Profile::STANDARD);
    let method =
        Method { name: entry.name.clone(), scores, n: files.len(), ci95, seconds_per_case: entry.seconds };
    Judged { method, raw: standard }
}

fn describe(case: &Case, i: usize, judged: &[Judged]) -> Value {
    let methods: BTreeMap<&str, f64> =
        judged.iter().map(|judged| (judged.method.name.as_str(), judged.raw[i])).collect();
    serde_json::json!({
        "case": case.name, "rows": case.file.rows(), "windows": case.file.windows(), "standard_raw": methods,
    })
}
