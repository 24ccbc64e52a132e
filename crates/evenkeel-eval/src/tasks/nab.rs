//! The Numenta Anomaly Benchmark.
//!
//! The Numenta Anomaly Benchmark: A. Lavin and S. Ahmad, ICMLA 2015, doi:10.1109/ICMLA.2015.141.
//!
//! *Reads* `labels/combined_windows.json` and `data/CATEGORY/NAME.csv`, plain or with gzip (`timestamp`,
//! `value`; a time stamp may come twice). A file of the labels that is not there is no case.
//! `results/DETECTOR/CATEGORY/NAME.txt`, where present, are published anomaly scores, one a row, or
//! `DETECTOR_NAME.csv` with a column `anomaly_score`, as the repository has them; they are scored as methods
//! under their folder's name.
//!
//! *Methods*: `evenkeel`, the recommended default; `chance`, uniform scores with a fixed seed; `difference`;
//! with `--detectors` all of [`crate::detectors`], with `--only A,B` some. Of each detector three outputs are
//! scored, s as s / (1 + s): NAME tells each event of the smoothed score once
//! ([`crate::detectors::alert_once`]), which is what this benchmark rewards; `NAME, unsmoothed` does so
//! without smoothing; `NAME, raw` is the score as it is. No detector gets the least, the greatest or the
//! number of values, which NAB itself gives to detectors. `--limit N` takes the first files only.
//!
//! *Metrics*: `standard`, `low_fp`, `low_fn`, the normalized scores of the three profiles, with one threshold
//! for all files that is chosen with the labels (an oracle, as in NAB). `standard_crossed`: every second file
//! in the order of names is scored with the threshold that is best for the others, both ways, and the sum
//! normalized. Intervals are bootstrapped over files at the same thresholds.
//!
//! `vus_pr`: the mean over files with a window of [`crate::scores::vus`], every row of the file being scored,
//! those in the probation too, and those in a window being abnormal. The volume goes over all widenings up to
//! a sliding window, which is that of TSB-AD ([`crate::scores::window`]): of the autocorrelation of the first
//! 20,000 values of the file at lags from 3 to 400 the highest local maximum, 125 where there is none or it
//! is below 6 or above 303. What is scored is the smoothed score under NAME, as in the tasks of other
//! benchmarks, and the raw one under `NAME, raw`; told once an event, as this benchmark wants it, a score
//! cannot stay high. `vus_pr_tsb_ad`: the same over the files that TSB-AD-U takes, to be set beside its
//! figures (mean of 23 series). Those are of batch methods, which see all of a series before they score its
//! first row; two or three of the files differ, because TSB-AD does not say which of NAB's it took, and only
//! lengths and first abnormal rows tell; missing are Synthetic 15 or 24 and Facility 27.

use super::answers::{Answers, distinct, sort};
use super::contestant::{Contestant, contestants};
use super::folder::{files, folders};
use super::task::{self, Source, Task};
use crate::detectors::{Output, Setting};
use crate::scores::nab::{self, File, Profile};
use crate::scores::{vus, window};
use crate::{
    CaseResult, Contest, Cost, Failure, Kind, Method, Progress, Skipped, TaskResult, interval, parallel, read,
};
use std::collections::BTreeMap;
use std::path::Path;
use std::time::Duration;

/// The benchmark.
pub const TASK: Task = Task {
    name: "nab",
    kind: Kind::Detector,
    about: "real and artificial metrics, early detections count (Numenta Anomaly Benchmark)",
    reads: "data/CATEGORY/NAME.csv, labels/combined_windows.json, published scores in results",
    metrics: &METRICS,
    options: task::DETECTION,
    source: Source {
        address: "https://github.com/numenta/NAB, folders data, labels and results",
        preparation: "",
        license: "MIT",
    },
    run,
};

const METRICS: [&str; 5] = ["standard", "low_fp", "low_fn", "standard_crossed", VUS];
/// Volume under the surface, over all files with a window and over those that TSB-AD takes.
const VUS: &str = "vus_pr";
const VUS_TSB: &str = "vus_pr_tsb_ad";
/// The files of NAB that TSB-AD-U evaluates, as far as its names tell them, which give the length of a series
/// and its first abnormal row: twenty of its 23, and three of which it has two (its numbers 15 and 24). Its
/// number 27 is none of NAB's files as they are.
const TSB: [&str; 23] = [
    "artificialWithAnomaly/art_daily_flatmiddle.csv",
    "artificialWithAnomaly/art_daily_jumpsdown.csv",
    "artificialWithAnomaly/art_daily_jumpsup.csv",
    "artificialWithAnomaly/art_daily_nojump.csv",
    "artificialWithAnomaly/art_increase_spike_density.csv",
    "artificialWithAnomaly/art_load_balancer_spikes.csv",
    "realAWSCloudwatch/ec2_cpu_utilization_24ae8d.csv",
    "realAWSCloudwatch/ec2_cpu_utilization_5f5533.csv",
    "realAWSCloudwatch/ec2_cpu_utilization_825cc2.csv",
    "realAWSCloudwatch/rds_cpu_utilization_cc0c53.csv",
    "realAdExchange/exchange-3_cpc_results.csv",
    "realAdExchange/exchange-3_cpm_results.csv",
    "realKnownCause/ambient_temperature_system_failure.csv",
    "realKnownCause/cpu_utilization_asg_misconfiguration.csv",
    "realKnownCause/ec2_request_latency_system_failure.csv",
    "realKnownCause/nyc_taxi.csv",
    "realKnownCause/rogue_agent_key_hold.csv",
    "realTraffic/TravelTime_451.csv",
    "realTraffic/occupancy_6005.csv",
    "realTraffic/speed_6005.csv",
    "realTraffic/speed_t4013.csv",
    "realTweets/Twitter_volume_FB.csv",
    "realTweets/Twitter_volume_GOOG.csv",
];
/// Additional values of each file: its share of `standard` before that is normalized.
const RAW: &str = "standard_raw";
const OUTPUTS: &[(&str, Output)] =
    &[("", Output::SmoothedOnce), (", unsmoothed", Output::Once), (", raw", Output::Raw)];

/// Windows by file.
type Windows = BTreeMap<String, Vec<(String, String)>>;

/// A file that was read.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Case {
    /// `CATEGORY/NAME.csv`.
    pub name: String,
    /// Its rows and windows, for scoring.
    pub file: File,
    /// The values of its rows; NaN is missing.
    pub values: Vec<f64>,
    /// How long a row is, by the first twenty time stamps; `None` if they are no dates or the same.
    pub step: Option<Duration>,
}

/// What an output says of a file.
#[derive(Debug, Clone, Default)]
struct Said {
    /// What is scored as this benchmark does.
    scores: Vec<f64>,
    /// The volume, where there is one: of a smoothed or raw score.
    volume: Option<f64>,
    /// Seconds and cost.
    cost: (f64, Cost),
}

/// A method's scores by files; `None` where it failed.
struct Submission {
    name: String,
    said: Vec<Option<Said>>,
}

/// Its results.
struct Marked {
    method: Method,
    /// By files: the standard raw score, then the share of each metric.
    files: Vec<Option<(f64, BTreeMap<&'static str, f64>)>>,
}

fn run(contest: &Contest, progress: &mut Progress<'_>) -> Result<TaskResult, Failure> {
    let root = &contest.data;
    let windows = windows(root)?;
    let mut names = present(root, &windows)?;
    names.truncate(contest.limit);
    let mut result = TaskResult::new(TASK.name, names.len());
    let mut cases = Vec::new();
    for name in &names {
        match load(root, name, &windows[name]) {
            Ok(case) => cases.push(case),
            Err(why) => result.skipped.push(Skipped::new(name, why)),
        }
    }
    if cases.is_empty() {
        let why = result.skipped.first().map_or("there is no file", |first| first.why.as_str());
        return Err(Failure::new(format!("{}: {why}", root.display())));
    }
    let contestants = contestants(contest, OUTPUTS)?;
    let answers = parallel::map(
        &cases,
        contest.threads,
        |case| Ok((case, ask(case, &contestants))),
        |done| progress.report(done, cases.len(), "files"),
    );
    let names = cases.iter().map(|case| &case.name);
    let scored = sort(names, answers, &mut result.skipped);
    let cases: Vec<&Case> = scored.iter().map(|(case, _)| *case).collect();
    let mut submissions: Vec<Submission> = Vec::new();
    for (i, name) in contestants.iter().flat_map(Contestant::names).enumerate() {
        let said = scored.iter().map(|(_, said)| said[i].clone()).collect();
        submissions.push(Submission { name, said });
    }
    if root.join("results").is_dir() {
        for (name, folder) in folders(&root.join("results"))? {
            match published(&folder, &cases) {
                Ok(scores) => {
                    let said = cases.iter().zip(scores).map(|(case, scores)| {
                        let volume = volume(case, &scores);
                        Some(Said { scores, volume, ..Said::default() })
                    });
                    submissions.push(Submission { name, said: said.collect() });
                }
                Err(why) => result.skipped.push(Skipped::new(format!("results/{name}"), why)),
            }
        }
    }
    distinct(submissions.iter().map(|submission| submission.name.as_str()))?;
    let marked = parallel::map(&submissions, contest.threads, |submission| mark(submission, &cases), |_| ());
    result.per_case = cases.iter().enumerate().map(|(i, case)| describe(case, i, &marked)).collect();
    result.methods = marked.into_iter().map(|marked| marked.method).collect();
    Ok(result)
}

/// The names of the cases in a folder, `CATEGORY/NAME.csv`, in order.
///
/// # Errors
/// If the folder or the labels cannot be read.
pub fn names(folder: &Path) -> Result<Vec<String>, Failure> {
    present(folder, &windows(folder)?)
}

/// Reads a case by its name.
///
/// # Errors
/// If its file or the labels cannot be read or are not of the format; the reason names the place.
pub fn read(folder: &Path, name: &str) -> Result<Case, Failure> {
    let windows = windows(folder)?;
    let windows = windows.get(name).ok_or_else(|| Failure::new(format!("{name} has no label")))?;
    load(folder, name, windows).map_err(Failure::new)
}

fn windows(root: &Path) -> Result<Windows, Failure> {
    let labels = root.join("labels/combined_windows.json");
    serde_json::from_str(&read::text(&labels).map_err(Failure::new)?)
        .map_err(|why| Failure::new(format!("{}: {why}", labels.display())))
}

/// The files that are there and labeled.
fn present(root: &Path, windows: &Windows) -> Result<Vec<String>, Failure> {
    let mut names = Vec::new();
    for (category, folder) in folders(&root.join("data"))? {
        for file in files(&folder, |name| name.ends_with(".csv"))? {
            let name = format!("{category}/{file}");
            if windows.contains_key(&name) {
                names.push(name);
            }
        }
    }
    names.sort_unstable();
    Ok(names)
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

/// From how many rows the length of one is taken: the interval at which a metric is collected is known
/// beforehand.
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

/// The scores of all contestants on a file.
fn ask(case: &Case, contestants: &[Contestant]) -> Answers<Said> {
    let setting = case.step.map_or(Setting::default(), |step| Setting::default().with_step(step));
    let columns = [case.values.clone()];
    let mut answers = Answers::new();
    for contestant in contestants {
        answers.ask(contestant.name(), contestant.outputs().len(), || -> Result<_, Failure> {
            let run = contestant.run(&case.name, &setting, &[], &columns)?;
            let said = |output: Output| {
                let scores = output.of(&run.scores).into_iter().map(|score| {
                    let score = score.max(0.0);
                    score / (1.0 + score)
                });
                let volume = match output {
                    Output::SmoothedOnce => volume(case, &Output::Smoothed.of(&run.scores)),
                    Output::Raw => volume(case, &run.scores),
                    _ => None,
                };
                Some(Said { scores: scores.collect(), volume, cost: (run.seconds, run.cost) })
            };
            Ok(contestant.outputs().map(said).collect())
        });
    }
    answers
}

/// The volume under the surface of scores of a file; `None` where it has no window.
fn volume(case: &Case, scores: &[f64]) -> Option<f64> {
    let values: Vec<f64> = case.values.iter().copied().filter(|x| !x.is_nan()).collect();
    let widening = window::of_series(&values);
    vus::volumes(&case.file.labels(), scores, widening, vus::THRESHOLDS).map(|volumes| volumes.pr)
}

/// The column that holds published scores.
const SCORE: &str = "anomaly_score";

/// The published scores of a detector on a file, as the benchmark's own repository has them:
/// `DETECTOR/CATEGORY/DETECTOR_NAME.csv`.
fn of_repository(folder: &Path, name: &str, rows: usize) -> Result<Vec<f64>, String> {
    let detector = folder.file_name().unwrap_or_default().to_string_lossy();
    let (category, name) = name.split_once('/').unwrap_or(("", name));
    let file = format!("{category}/{detector}_{name}.csv");
    let text = read::text(&folder.join(&file))?;
    let mut reader = csv::ReaderBuilder::new().trim(csv::Trim::All).from_reader(text.as_bytes());
    let header = reader.headers().map_err(|why| format!("{file}: {why}"))?;
    let column = header.iter().position(|column| column == SCORE);
    let column = column.ok_or_else(|| format!("{file}: there is no column {SCORE}"))?;
    let mut scores = Vec::new();
    for record in reader.records() {
        let record = record.map_err(|why| format!("{file}: {why}"))?;
        let score = record[column].parse().ok().filter(|x: &f64| x.is_finite());
        scores.push(score.ok_or_else(|| format!("{file}: {:?} is no score", &record[column]))?);
    }
    if scores.len() != rows {
        return Err(format!("{file}: {} scores for {rows} rows", scores.len()));
    }
    Ok(scores)
}

/// The published scores of a detector.
fn published(folder: &Path, cases: &[&Case]) -> Result<Vec<Vec<f64>>, String> {
    let one = |case: &&Case| {
        let name = case.name.trim_end_matches(".csv");
        let file = format!("{name}.txt");
        if read::find(&folder.join(&file)).is_none() {
            return of_repository(folder, name, case.values.len());
        }
        let text = read::text(&folder.join(&file))?;
        let scores = text.lines().map(str::trim).filter(|line| !line.is_empty() && *line != SCORE);
        let scores = scores
            .map(|line| {
                line.parse()
                    .ok()
                    .filter(|x: &f64| x.is_finite())
                    .ok_or_else(|| format!("{file}: {line:?} is no score"))
            })
            .collect::<Result<Vec<f64>, _>>()?;
        if scores.len() == case.values.len() {
            Ok(scores)
        } else {
            Err(format!("{file}: {} scores for {} rows", scores.len(), case.values.len()))
        }
    };
    cases.iter().map(one).collect()
}

fn mark(submission: &Submission, cases: &[&Case]) -> Marked {
    // Its files, with their places among all.
    let places: Vec<usize> = (0..cases.len()).filter(|i| submission.said[*i].is_some()).collect();
    let said: Vec<&Said> = submission.said.iter().flatten().collect();
    let pairs: Vec<(&File, &[f64])> =
        places.iter().zip(&said).map(|(i, said)| (&cases[*i].file, said.scores.as_slice())).collect();
    let files: Vec<&File> = pairs.iter().map(|(file, _)| *file).collect();
    let n = files.len();
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
    let everything: Vec<usize> = (0..n).collect();
    let costs: Vec<(f64, Cost)> = said.iter().map(|said| said.cost).collect();
    let mut method = Method::of_detector(&submission.name, &costs);
    // Of published scores nothing is known.
    method.cost = method.cost.filter(|cost| cost.rows > 0);
    let mut shares: Vec<BTreeMap<&'static str, f64>> = vec![BTreeMap::new(); n];
    let mut record = |key: &'static str, raw: &[f64], profile: Profile| {
        let value = normalized(raw, profile, &everything);
        // Without any window there is nothing to score.
        if value.is_finite() {
            method.record(key, value, interval::bootstrap(n, |drawn| normalized(raw, profile, drawn)));
            // What the file adds, so that the mean over files is the score.
            let range = nab::range(&files, profile).unwrap_or(f64::NAN);
            for (i, share) in shares.iter_mut().enumerate() {
                share.insert(key, 100.0 * n as f64 * (raw[i] - nab::null(files[i], profile)) / range);
            }
        }
    };
    let mut standard = Vec::new();
    for (key, profile) in METRICS.into_iter().zip(Profile::ALL) {
        let best = nab::optimum(&pairs, profile);
        let raw = at(profile, &|_| best.threshold);
        record(key, &raw, profile);
        if profile == Profile::STANDARD {
            standard = raw;
        }
    }
    let halves = [0, 1].map(|half| {
        let these: Vec<(&File, &[f64])> = pairs.iter().copied().skip(half).step_by(2).collect();
        nab::optimum(&these, Profile::STANDARD).threshold
    });
    record(METRICS[3], &at(Profile::STANDARD, &|i| halves[1 - i % 2]), Profile::STANDARD);
    let is_of_tsb = |i: usize| TSB.contains(&cases[places[i]].name.as_str());
    let groups: [(&'static str, &dyn Fn(usize) -> bool); 2] = [(VUS, &|_| true), (VUS_TSB, &is_of_tsb)];
    for (key, these) in groups {
        let volumes: Vec<(usize, f64)> = said
            .iter()
            .enumerate()
            .filter(|(i, _)| these(*i))
            .filter_map(|(i, said)| Some((i, said.volume?)))
            .collect();
        if volumes.is_empty() {
            continue;
        }
        let mean = |drawn: &[usize]| drawn.iter().map(|i| volumes[*i].1).sum::<f64>() / drawn.len() as f64;
        let whole: Vec<usize> = (0..volumes.len()).collect();
        method.record(key, mean(&whole), interval::bootstrap(volumes.len(), mean));
        for (i, volume) in volumes {
            shares[i].insert(key, volume);
        }
    }
    let mut all = vec![None; cases.len()];
    for ((place, raw), shares) in places.into_iter().zip(standard).zip(shares) {
        all[place] = Some((raw, shares));
    }
    Marked { method, files: all }
}

fn describe(case: &Case, i: usize, marked: &[Marked]) -> CaseResult {
    let mut result = CaseResult::new(&case.name)
        .with_detail("rows", case.file.rows())
        .with_detail("windows", case.file.windows());
    for marked in marked {
        let Some((raw, shares)) = &marked.files[i] else { continue };
        let method = &marked.method.name;
        result = result.with_method(method, [(RAW, (*raw).into())]);
        for (metric, share) in shares {
            result = result.with_method(method, [(*metric, (*share).into())]);
        }
    }
    result
}
