//! The regression-based hypothesis test of CIRCA.

use evenkeel_core::{Error, Name, observed};
use evenkeel_stats::linear::QrLeastSquares;
use std::collections::{BTreeMap, BTreeSet};

/// Metrics that do not follow from their causes any more, on a known graph of causes.
///
/// *When to use*: where it is known which metric depends on which, and enough normal rows are there: many more
/// than a metric has causes.
///
/// *Method*: M. Li, Z. Li, K. Yin et al. (CIRCA), KDD 2022, doi:10.1145/3534678.3539041. Each metric is regressed on a constant and
/// its causes in the normal rows; its score is the largest distance of a residual of the other rows from their normal mean,
/// in standard deviations (of the population). [`adjusted`](NodeScore::adjusted) adds, to scores of at least
/// `threshold`, the largest among the effects, looked for through effects below the threshold:
/// of what is off, the farthest up.
///
/// *Parameters*: `threshold` 3. *Score*: standard deviations, from 0. *Missing data*: rows in which a metric or one of its causes is missing are left
/// out for it; a metric without enough rows has no score. Causes that depend on a constant and the causes before them, by name, are
/// left out. A spread below a 1e-12th of the largest normal value counts as so much. *Cost*: O(rows causes²) a metric.
///
/// ```
/// use evenkeel_locate::causal::RegressionTest;
/// use evenkeel_stats::Generator;
///
/// // Latency follows load, until at row 100 it does not.
/// let mut generator = Generator::new(5);
/// let load: Vec<f64> = (0..110).map(|_| 10.0 + generator.normal()).collect();
/// let latency: Vec<f64> =
///     load.iter().enumerate().map(|(i, load)| 2.0 * load + generator.normal() + if i < 100 { 0.0 } else { 20.0 }).collect();
/// let scores = RegressionTest::new().score(&[("latency", &latency[..]), ("load", &load)], &[("load", "latency")], 100)?;
/// assert!(scores[0].node == "latency" && scores[0].score > 10.0);
/// # Ok::<(), evenkeel_core::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
#[must_use]
pub struct RegressionTest {
    threshold: f64,
}

/// The score of a metric.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct NodeScore {
    /// The metric.
    pub node: Name,
    /// How far it is off from what its causes tell, in standard deviations.
    pub score: f64,
    /// With what its effects are off.
    pub adjusted: f64,
}

impl Default for RegressionTest {
    fn default() -> Self {
        Self { threshold: 3.0 }
    }
}

impl RegressionTest {
    /// With the authors' threshold.
    pub fn new() -> Self {
        Self::default()
    }

    /// From which score on a metric is off.
    ///
    /// # Errors
    /// [`Error::Parameter`] if it is not positive and finite.
    pub fn threshold(self, threshold: f64) -> Result<Self, Error> {
        Error::require(
            threshold > 0.0 && threshold.is_finite(),
            "threshold",
            "positive and finite",
            threshold,
        )?;
        Ok(Self { threshold })
    }

    /// The scores of named columns, by edges from cause to effect, the first `normal` rows being normal; the
    /// highest adjusted score first, then by name.
    ///
    /// # Errors
    /// [`Error::Parameter`] if two columns have one name, or an edge names none or leads from a column to itself;
    /// [`Error::Shape`] if columns differ in length; [`Error::TooShort`] without normal rows or without others.
    pub fn score<N: Into<Name> + Clone>(
        &self,
        columns: &[(N, &[f64])],
        edges: &[(N, N)],
        normal: usize,
    ) -> Result<Vec<NodeScore>, Error> {
        let mut named: BTreeMap<Name, &[f64]> = BTreeMap::new();
        let rows = columns.first().map_or(0, |(_, column)| column.len());
        for (name, column) in columns {
            let name: Name = name.clone().into();
            if column.len() != rows {
                return Err(Error::Shape { what: "column", expected: rows, found: column.len() });
            }
            if named.insert(name.clone(), column).is_some() {
                return Err(Error::parameter("columns", "of different names", name));
            }
        }
        if normal == 0 || rows <= normal {
            return Err(Error::TooShort { needed: normal.max(1) + 1, got: rows });
        }
        let mut causes: BTreeMap<Name, BTreeSet<Name>> = BTreeMap::new();
        let mut effects: BTreeMap<Name, BTreeSet<Name>> = BTreeMap::new();
        for (from, to) in edges {
            let (from, to): (Name, Name) = (from.clone().into(), to.clone().into());
            for end in [&from, &to] {
                Error::require(named.contains_key(end), "edge", "between columns", end)?;
            }
            Error::require(from != to, "edge", "between two columns", &from)?;
            causes.entry(to.clone()).or_default().insert(from.clone());
            effects.entry(from).or_default().insert(to);
        }
        let scores: BTreeMap<Name, f64> = named
            .iter()
            .filter_map(|(name, column)| {
                let causes: Vec<&[f64]> =
                    causes.get(name).into_iter().flatten().map(|cause| named[cause]).collect();
                Some((name.clone(), distance(column, &causes, normal)?))
            })
            .collect();
        let adjusted = |name: &Name, score: f64| {
            if score < self.threshold { score } else { score + self.largest_effect(name, &scores, &effects) }
        };
        let mut all: Vec<NodeScore> = scores
            .iter()
            .map(|(name, score)| NodeScore {
                node: name.clone(),
                score: *score,
                adjusted: adjusted(name, *score),
            })
            .collect();
        all.sort_by(|a, b| b.adjusted.total_cmp(&a.adjusted));
        Ok(all)
    }

    /// The largest score among the effects of a metric, looked for through those below the threshold; 0 without any.
    fn largest_effect(
        &self,
        of: &Name,
        scores: &BTreeMap<Name, f64>,
        effects: &BTreeMap<Name, BTreeSet<Name>>,
    ) -> f64 {
        let (mut largest, mut seen, mut next) = (0.0_f64, BTreeSet::from([of]), vec![of]);
        while let Some(node) = next.pop() {
            for effect in effects.get(node).into_iter().flatten() {
                if seen.insert(effect) {
                    let score = scores.get(effect).copied().unwrap_or(0.0);
                    largest = largest.max(score);
                    if score < self.threshold {
                        next.push(effect);
                    }
                }
            }
        }
        largest
    }
}

/// The largest distance of a residual after the normal rows, in normal standard deviations; `None` with too few rows.
fn distance(column: &[f64], causes: &[&[f64]], normal: usize) -> Option<f64> {
    let is_complete = |row: &usize| {
        observed(column[*row]).is_some() && causes.iter().all(|cause| observed(cause[*row]).is_some())
    };
    let before: Vec<usize> = (0..normal).filter(is_complete).collect();
    let after: Vec<usize> = (normal..column.len()).filter(is_complete).collect();
    if before.len() < 2 || after.is_empty() {
        return None;
    }
    let pick = |from: &[f64], rows: &[usize], scale: f64| -> Vec<f64> {
        rows.iter().map(|row| from[*row] / scale).collect()
    };
    let largest = |of: &[f64]| before.iter().map(|row| of[*row].abs()).fold(0.0, f64::max);
    // Squares of what is observed may overflow otherwise.
    let scale = |of: &[f64]| Some(largest(of)).filter(|largest| *largest > 0.0).unwrap_or(1.0);
    let own = scale(column);
    let response = pick(column, &before, own);
    let mut regressors = vec![vec![1.0; before.len()]];
    let mut used: Vec<(&[f64], f64)> = Vec::new();
    for cause in causes {
        let scale = scale(cause);
        regressors.push(pick(cause, &before, scale));
        if before.len() <= regressors.len() {
            return None;
        }
        match QrLeastSquares::new(regressors.clone(), response.clone()) {
            Ok(_) => used.push((cause, scale)),
            Err(_) => drop(regressors.pop()),
        }
    }
    let columns = regressors.len();
    let coefficients = QrLeastSquares::new(regressors, response).ok()?.coefficients(columns);
    let residual = |row: usize| {
        let told = used.iter().zip(&coefficients[1..]).map(|((cause, scale), b)| b * cause[row] / scale);
        column[row] / own - coefficients[0] - told.sum::<f64>()
    };
    let residuals: Vec<f64> = before.iter().map(|row| residual(*row)).collect();
    let n = residuals.len() as f64;
    let mean = residuals.iter().sum::<f64>() / n;
    let variance = residuals.iter().map(|x| (x - mean) * (x - mean)).sum::<f64>() / n;
    let sd = libm::sqrt(variance).max(1e-12);
    let farthest = after.iter().map(|row| (residual(*row) - mean).abs()).fold(0.0, f64::max);
    Some(farthest / sd).filter(|score| score.is_finite())
}
