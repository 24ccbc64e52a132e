//! Real series without an anomaly.

use super::super::anomaly_free::{SETS, Series};
use super::super::folder::folders;
use super::super::{nab, wsd};
use crate::Failure;
use std::path::Path;

/// How far from a labeled row a stretch must be.
const MARGIN: usize = 200;

/// Of each set its series, by its name: of at least `rows` rows, cut to `most`.
pub(super) fn read(
    root: &Path,
    rows: usize,
    most: usize,
) -> Result<Vec<(&'static str, Vec<Series>)>, Failure> {
    let mut all = Vec::new();
    for set in SETS {
        all.push((set.name, set.read(root, rows, most)?));
    }
    let wsd = root.join("wsd");
    if wsd.is_dir() {
        let mut series = Vec::new();
        for name in wsd::names(&wsd)? {
            // What cannot be read is a skipped case of that task; here it is no series.
            let Ok(case) = wsd::read(&wsd, &name) else { continue };
            let abnormal: Vec<bool> = case.labels.iter().map(|label| *label == Some(true)).collect();
            series.push((name, case.columns.into_iter().next().unwrap_or_default(), abnormal));
        }
        all.push(("wsd", stretches(series, rows, most)));
    }
    for name in ["nab", "NAB"] {
        let nab = root.join(name);
        if !nab.is_dir() || folders(&nab)?.is_empty() {
            continue;
        }
        let mut series = Vec::new();
        for name in nab::names(&nab)? {
            let case = nab::read(&nab, &name)?;
            series.push((name, case.values, case.file.labels()));
        }
        all.push(("nab", stretches(series, rows, most)));
        break;
    }
    all.iter_mut().for_each(|(_, series)| series.retain(|series| varies(&series.values)));
    Ok(all)
}

/// Whether there is more than one value.
fn varies(values: &[f64]) -> bool {
    let mut finite = values.iter().filter(|x| x.is_finite());
    finite.next().is_some_and(|first| finite.any(|x| x != first))
}

/// Of each series the longest stretch far from any label.
fn stretches(series: Vec<(String, Vec<f64>, Vec<bool>)>, rows: usize, most: usize) -> Vec<Series> {
    let mut all = Vec::new();
    for (name, values, abnormal) in series {
        let (mut longest, mut start) = (0..0, 0);
        // The end is the end of a stretch, as a label is.
        let ends = abnormal.iter().chain([&true]).enumerate().filter(|(_, is_end)| **is_end);
        for (row, _) in ends {
            // The ends of the series are no labels.
            let from = if start == 0 { 0 } else { start + MARGIN };
            let to = if row == values.len() { row } else { row.saturating_sub(MARGIN) };
            if to > from && to - from > longest.len() {
                longest = from..to;
            }
            start = row + 1;
        }
        if longest.len() >= rows {
            let to = longest.end.min(longest.start + most);
            all.push(Series { name, values: values[longest.start..to].to_vec() });
        }
    }
    all
}
