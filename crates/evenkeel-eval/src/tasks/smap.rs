//! SMAP and MSL: telemetry of spacecraft.
//!
//! Telemetry of the satellite SMAP and the rover Curiosity (MSL): K. Hundman et al., KDD 2018,
//! doi:10.1145/3219819.3219845.
//!
//! *Reads* `labeled_anomalies.csv` (columns `chan_id`, `spacecraft`, `anomaly_sequences`, and others that are
//! not looked at) and, for each channel there, `SPACECRAFT/CHANNEL.train.csv` and
//! `SPACECRAFT/CHANNEL.test.csv`, plain or with gzip, without a header. Column 0 is the telemetry, which
//! alone is watched; the others are commands. A channel may have several rows of anomalies, whose ranges are
//! joined; both ends belong to them, and an end one past the last row is taken for the last. A channel whose
//! files are absent is no case. Rows have no times: one counts as a minute.
//!
//! Several labels are known to be wrong and many anomalies trivial (R. Wu and E. Keogh, TKDE 2021,
//! doi:10.1109/TKDE.2021.3112126).
//!
//! *Methods, metrics and options*: as [`gutentag`](super::gutentag).

use super::folder::not_empty;
use super::labeled::{self, Case};
use super::task::{self, Source, Task};
use crate::detectors::Budget;
use crate::{Contest, Failure, Kind, Progress, TaskResult, read};
use std::collections::BTreeMap;
use std::path::Path;
use std::time::Duration;

/// The benchmark.
pub const TASK: Task = Task {
    name: "smap",
    kind: Kind::Detector,
    about: "telemetry of the satellite SMAP and the rover Curiosity (NASA)",
    reads: "labeled_anomalies.csv, SPACECRAFT/CHANNEL.train.csv and .test.csv without header",
    metrics: labeled::METRICS,
    options: task::DETECTION,
    source: Source {
        address: "https://github.com/khundman/telemanom (labels), https://github.com/imperial-qore/TranAD, folder data/SMAP_MSL (arrays)",
        preparation: "write each array as CSV without a header, rows by lines: train as CHANNEL.train.csv, test as CHANNEL.test.csv",
        license: "that of telemanom, like BSD's (Caltech)",
    },
    run,
};

/// First and last rows.
type Ranges = Vec<(usize, usize)>;

fn run(contest: &Contest, progress: &mut Progress<'_>) -> Result<TaskResult, Failure> {
    let root = &contest.data;
    let anomalies = labels(root)?;
    let names = not_empty(present(root, &anomalies), root)?;
    let budget = Budget::daily(Duration::from_secs(60));
    labeled::evaluate(contest, &budget, &names, progress, |name| {
        load(root, name, anomalies.get(name).map_or(&[], Vec::as_slice))
    })
}

/// The names of the cases in a folder, `SPACECRAFT/CHANNEL`, in order.
///
/// # Errors
/// If the labels cannot be read.
pub fn names(folder: &Path) -> Result<Vec<String>, Failure> {
    Ok(present(folder, &labels(folder)?))
}

/// Reads a case by its name.
///
/// # Errors
/// If its files or the labels cannot be read or are not of the format; the reason names the place.
pub fn read(folder: &Path, name: &str) -> Result<Case, Failure> {
    let anomalies = labels(folder)?;
    let ranges = anomalies.get(name).ok_or_else(|| Failure::new(format!("{name} has no label")))?;
    load(folder, name, ranges).map_err(Failure::new)
}

/// The ranges of each channel that is listed.
fn labels(root: &Path) -> Result<BTreeMap<String, Ranges>, Failure> {
    let file = root.join("labeled_anomalies.csv");
    anomalies(&read::text(&file).map_err(Failure::new)?)
        .map_err(|why| Failure::new(format!("{}: {why}", file.display())))
}

/// Those of which a part is there. One part without the other is broken; neither is another selection of
/// channels.
fn present(root: &Path, anomalies: &BTreeMap<String, Ranges>) -> Vec<String> {
    let is_there =
        |name: &&String| ["train", "test"].iter().any(|part| read::find(&path(root, name, part)).is_some());
    anomalies.keys().filter(is_there).cloned().collect()
}

fn path(root: &Path, name: &str, part: &str) -> std::path::PathBuf {
    root.join(format!("{name}.{part}.csv"))
}

/// The ranges of each channel, by `SPACECRAFT/CHANNEL`.
fn anomalies(text: &str) -> Result<BTreeMap<String, Ranges>, String> {
    let mut reader = csv::ReaderBuilder::new().trim(csv::Trim::All).from_reader(text.as_bytes());
    let header = reader.headers().map_err(|why| why.to_string())?.clone();
    let column = |name: &str| {
        header.iter().position(|known| known == name).ok_or_else(|| format!("there is no column {name}"))
    };
    let (channel, craft, sequences) =
        (column("chan_id")?, column("spacecraft")?, column("anomaly_sequences")?);
    let mut all: BTreeMap<String, Ranges> = BTreeMap::new();
    for record in reader.records() {
        let record = record.map_err(|why| why.to_string())?;
        let line = record.position().map_or(0, csv::Position::line);
        let ranges: Ranges = serde_json::from_str(&record[sequences])
            .map_err(|why| format!("line {line}: anomaly_sequences: {why}"))?;
        if let Some((from, to)) = ranges.iter().find(|(from, to)| from > to) {
            return Err(format!("line {line}: a range from {from} to {to}"));
        }
        let name = format!("{}/{}", &record[craft], &record[channel]);
        if name.split('/').count() != 2 || name.contains("..") || name.contains('\\') {
            return Err(format!("line {line}: {name:?} is no spacecraft and channel"));
        }
        all.entry(name).or_default().extend(ranges);
    }
    Ok(all)
}

fn load(root: &Path, name: &str, ranges: &[(usize, usize)]) -> Result<Case, String> {
    let history = telemetry(&path(root, name, "train"))?;
    let values = telemetry(&path(root, name, "test"))?;
    let mut labels = vec![Some(false); values.len()];
    for (from, to) in ranges {
        let last = if *to == values.len() { to.saturating_sub(1) } else { *to };
        let rows = labels.get_mut(*from..=last);
        rows.ok_or_else(|| format!("rows {from} to {to} are labeled, of {}", values.len()))?.fill(Some(true));
    }
    Ok(Case { history: vec![history], columns: vec![values], labels })
}

/// Column 0 of a file without header.
fn telemetry(path: &Path) -> Result<Vec<f64>, String> {
    let text = read::text(path)?;
    let mut reader =
        csv::ReaderBuilder::new().has_headers(false).trim(csv::Trim::All).from_reader(text.as_bytes());
    let mut values = Vec::new();
    for record in reader.records() {
        let record = record.map_err(|why| format!("{}: {why}", path.display()))?;
        let line = record.position().map_or(0, csv::Position::line);
        let value = read::number(&record[0]);
        values.push(
            value.ok_or_else(|| format!("{}: line {line}: {:?} is no number", path.display(), &record[0]))?,
        );
    }
    Ok(values)
}
