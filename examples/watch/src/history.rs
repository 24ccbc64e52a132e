//! A series as it was recorded, in the order of its times.

use crate::csv;
use evenkeel::prelude::{At, Error, Timestamp};
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::time::Duration;

/// A series, and what had to be done to it.
#[derive(Debug, Clone, PartialEq)]
pub struct History {
    /// The name of the file, or of what made it.
    pub name: String,
    /// The samples, each later than the one before; NaN where a value is missing.
    pub samples: Vec<At<f64>>,
    /// How many samples came with an earlier time than one before them; they were put in their place.
    pub unsorted: usize,
    /// How many had the time of another; the first of them was kept.
    pub repeated: usize,
}

impl History {
    /// Sorts by time (what has the same time stays in its order) and keeps the first of equal times.
    ///
    /// # Errors
    /// If fewer than three samples have values: there is nothing to learn from, or nothing to judge.
    pub fn new(name: impl Into<String>, mut samples: Vec<At<f64>>) -> Result<Self, Error> {
        let mut latest = None;
        let unsorted = samples
            .iter()
            .filter(|sample| {
                let is_late = latest.is_some_and(|latest| sample.time < latest);
                latest = latest.max(Some(sample.time));
                is_late
            })
            .count();
        samples.sort_by_key(|sample| sample.time);
        let before = samples.len();
        samples.dedup_by_key(|sample| sample.time);
        let got = samples.iter().filter(|sample| sample.value.is_finite()).count();
        if got < 3 {
            return Err(Error::TooShort { needed: 3, got });
        }
        let repeated = before - samples.len();
        Ok(Self { name: name.into(), samples, unsorted, repeated })
    }

    /// Reads a `timestamp,value` file; see [`csv::read`].
    ///
    /// # Errors
    /// A sentence with the name of the file.
    pub fn read(path: &Path) -> Result<Self, String> {
        let told = |e: &dyn std::fmt::Display| format!("{}: {e}", path.display());
        let samples = csv::read(File::open(path).map_err(|e| told(&e))?).map_err(|e| told(&e))?;
        let name =
            path.file_name().map_or_else(|| path.display().to_string(), |n| n.to_string_lossy().into());
        Self::new(name, samples).map_err(|e| told(&e))
    }

    /// The first and the last time.
    #[must_use]
    pub fn ends(&self) -> (Timestamp, Timestamp) {
        // There are at least three.
        (self.samples[0].time, self.samples[self.samples.len() - 1].time)
    }

    /// The median distance of neighbors in time.
    #[must_use]
    pub fn step(&self) -> Duration {
        step(&self.samples)
    }

    /// The first part, a share of the samples, and the rest; at least one in each.
    #[must_use]
    pub fn split(&self, share: f64) -> (&[At<f64>], &[At<f64>]) {
        let at = (share * self.samples.len() as f64) as usize;
        self.samples.split_at(at.clamp(1, self.samples.len() - 1))
    }

    /// What had to be done to it, as a sentence; `None` if nothing.
    #[must_use]
    pub fn remark(&self) -> Option<String> {
        let missing = self.samples.iter().filter(|sample| !sample.value.is_finite()).count();
        let parts: Vec<String> = [
            (self.unsorted, "out of order (sorted)"),
            (self.repeated, "with the time of another (first kept)"),
            (missing, "without a value"),
        ]
        .into_iter()
        .filter(|(count, _)| *count > 0)
        .map(|(count, what)| format!("{count} {what}"))
        .collect();
        (!parts.is_empty()).then(|| format!("Samples: {}.", parts.join(", ")))
    }
}

/// The median distance of neighbors in time, of sorted samples; zero for fewer than two.
#[must_use]
pub fn step(samples: &[At<f64>]) -> Duration {
    let mut distances: Vec<Duration> =
        samples.windows(2).map(|pair| pair[1].time.since(pair[0].time)).filter(|d| !d.is_zero()).collect();
    distances.sort_unstable();
    distances.get(distances.len() / 2).copied().unwrap_or_default()
}

/// The files with an extension, below folders and as they are named, in the order of their paths.
///
/// # Errors
/// If one can't be listed, or there is none.
pub fn files(paths: &[PathBuf], extension: &str) -> Result<Vec<PathBuf>, String> {
    let (mut found, mut folders) = (Vec::new(), Vec::new());
    for path in paths {
        if path.is_dir() { folders.push(path.clone()) } else { found.push(path.clone()) }
    }
    while let Some(folder) = folders.pop() {
        let told = |e: std::io::Error| format!("{}: {e}", folder.display());
        for entry in fs::read_dir(&folder).map_err(told)? {
            let entry = entry.map_err(told)?;
            // Links are not followed: they may lead back.
            let kind = entry.file_type().map_err(told)?;
            if kind.is_dir() {
                folders.push(entry.path());
            } else if entry.path().extension().is_some_and(|e| e.eq_ignore_ascii_case(extension)) {
                found.push(entry.path());
            }
        }
    }
    found.sort();
    found.dedup();
    if found.is_empty() {
        let named: Vec<String> = paths.iter().map(|p| p.display().to_string()).collect();
        return Err(format!("no .{extension} file in {}", named.join(", ")));
    }
    Ok(found)
}
