//! The parts of the benchmarks that hold no anomaly: those that each gives to learn.

use super::folder::not_empty;
use super::{gutentag, skab, smap, ucr};
use crate::Failure;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// A benchmark that gives parts without an anomaly to learn.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Set {
    /// The name of its task.
    pub(super) name: &'static str,
    /// The names that its folder may have.
    folders: &'static [&'static str],
    /// How long a row is, as far as its own task says it.
    pub(super) step: Option<Duration>,
}

const MINUTE: Option<Duration> = Some(Duration::from_secs(60));

/// All of them. SKAB's is a recording of its own, of which each sensor is a series.
pub(super) const SETS: [Set; 4] = [
    Set { name: "ucr", folders: &["ucr", "ucr_anomaly", "UCR_Anomaly_FullData"], step: None },
    Set { name: "smap", folders: &["smap", "smap_msl", "SMAP_MSL"], step: MINUTE },
    Set { name: "gutentag", folders: &["gutentag", "GutenTAG"], step: MINUTE },
    Set { name: "skab", folders: &["skab", "SKAB"], step: Some(Duration::from_secs(1)) },
];

/// A series without an anomaly.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Series {
    /// Its name, once in its set.
    pub(super) name: String,
    /// Its rows.
    pub(super) values: Vec<f64>,
}

impl Set {
    /// Its folder in the folder of all benchmarks.
    fn folder(&self, root: &Path) -> Option<PathBuf> {
        self.folders.iter().map(|name| root.join(name)).find(|folder| folder.is_dir())
    }

    /// Its parts without an anomaly, in the order of names, each of at least `rows` finite values; longer
    /// ones are cut to the first `most`. None where it has no folder.
    pub(super) fn read(&self, root: &Path, rows: usize, most: usize) -> Result<Vec<Series>, Failure> {
        let Some(folder) = self.folder(root) else { return Ok(Vec::new()) };
        let folder = folder.as_path();
        let mut series = match self.name {
            "ucr" => each(not_empty(ucr::names(folder)?, folder)?, |name| {
                Ok(vec![ucr::read(folder, name)?.history])
            })?,
            "smap" => {
                each(not_empty(smap::names(folder)?, folder)?, |name| Ok(smap::read(folder, name)?.history))?
            }
            "gutentag" => each(not_empty(gutentag::names(folder)?, folder)?, |name| {
                Ok(gutentag::read(folder, name)?.history)
            })?,
            _ => skab::anomaly_free(folder)?
                .into_iter()
                .map(|(name, values)| Series { name, values })
                .collect(),
        };
        series.retain(|series| {
            series.values.len() >= rows && series.values.iter().all(|value| value.is_finite())
        });
        series.iter_mut().for_each(|series| series.values.truncate(most));
        Ok(series)
    }
}

/// The columns of each case as series.
fn each(
    names: Vec<String>,
    columns: impl Fn(&str) -> Result<Vec<Vec<f64>>, Failure>,
) -> Result<Vec<Series>, Failure> {
    let mut all = Vec::new();
    for name in names {
        for (i, values) in columns(&name)?.into_iter().enumerate() {
            let name = if i == 0 { name.clone() } else { format!("{name} column {}", i + 1) };
            all.push(Series { name, values });
        }
    }
    Ok(all)
}
