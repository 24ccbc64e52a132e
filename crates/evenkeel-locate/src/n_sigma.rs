//! The N-Sigma baseline.

use crate::case::Case;
use crate::ranking::{Localizer, Ranking};
use evenkeel_core::observed;

/// Notices the highest value after the stated time, in standard deviations above the mean before it. A
/// published baseline, to compare with: [`MetricShift`](crate::MetricShift) is what to use.
///
/// *Method*: max (x - mean) / sd over the window; mean and sd (with n) of all rows before the stated time, an
/// sd of 0 counting as 1. Columns that are constant before or after the stated time are left out. As run as a
/// baseline by Pham, Ha and Zhang, BARO: Robust root cause analysis for microservices, Proceedings of the ACM
/// on Software Engineering 1 (2024) 2214-2237, doi:10.1145/3660805. Deviations: values that are not observed
/// are skipped, and ties are resolved by name, where the published code keeps the order of columns.
///
/// What moves off an exactly constant baseline is not seen at all, however far it moves, and what hardly
/// varied before gets any score; both are as published, so that the baseline stays what others compare with.
///
/// *Score*: signed, in standard deviations; one late minute of the fault in the baseline is enough to spoil
/// it. A component scores as its highest metric. *Cost*: O(values).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct NSigma;

impl NSigma {
    /// The score of one column, no matter whether it is constant; `None` if either part has no observed
    /// value.
    #[must_use]
    pub fn score(normal: &[f64], window: &[f64]) -> Option<f64> {
        let normal: Vec<f64> = normal.iter().copied().filter_map(observed).collect();
        let highest = window.iter().copied().filter_map(observed).reduce(f64::max)?;
        if normal.is_empty() {
            return None;
        }
        let n = normal.len() as f64;
        let mean = normal.iter().sum::<f64>() / n;
        let sd = (normal.iter().map(|x| (x - mean) * (x - mean)).sum::<f64>() / n).sqrt();
        Some((highest - mean) / if sd == 0.0 { 1.0 } else { sd })
    }
}

impl Localizer<Case<'_>> for NSigma {
    fn rank(&self, case: &Case<'_>) -> Ranking {
        rank(case, |_, normal, window| {
            (!is_constant(normal) && !is_constant(window)).then(|| Self::score(normal, window))?
        })
    }
}

/// Scores each metric by its values before the stated time and from it on.
pub(crate) fn rank(
    case: &Case<'_>,
    mut score: impl FnMut(&crate::Metric<'_>, &mut Vec<f64>, &mut Vec<f64>) -> Option<f64>,
) -> Ranking {
    let stated = case.stated_row();
    let (mut normal, mut window) = (Vec::new(), Vec::new());
    let mut scores = Vec::with_capacity(case.metrics().len());
    for (column, metric) in case.metrics().iter().enumerate() {
        for (buffer, rows) in [(&mut normal, 0..stated), (&mut window, stated..case.rows())] {
            buffer.clear();
            buffer.extend(metric.iter(rows));
        }
        if let Some(score) = score(metric, &mut normal, &mut window) {
            scores.push((column, score));
        }
    }
    Ranking::of_columns(case, scores)
}

/// Whether all observed values are the same.
pub(crate) fn is_constant(values: &[f64]) -> bool {
    let mut values = values.iter().copied().filter_map(observed);
    let first = values.next();
    values.all(|x| Some(x) == first)
}
