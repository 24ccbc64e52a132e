//! `AutoRoot`.

use super::cause::AttributeCause;
use super::table::{AttributeTable, Change};
use evenkeel_core::Error;

/// Deviations up to this, of at most 2, are normal.
const NORMAL: f64 = 0.2;
/// Where the density of deviations is evaluated, from -2 to 2.
const GRID: usize = 400;

/// Combinations of attributes that hold a cluster of like deviations.
///
/// *When to use*: to compare with; it finds one combination for each cluster.
///
/// *Method*: P. Jing, Y. Han, J. Sun, T. Lin, Y. Hu, 2021, doi:10.1109/TrustCom53373.2021.00104, as far as
/// M. Kalander's implementation (2022) has it. Rows that deviate by more than 0.2 are clustered at the minima of a kernel density
/// (Silverman's bandwidth). For each cluster, combinations that hold more than `share` of it, and whose rows
/// belong to it by more than `share`, are scored by the mean of that coverage, that purity, and the normalized ripple effect (how well a common factor
/// describes their rows). Of causes that hold one another the larger is kept. The measure of a quotient is the
/// quotient in each row.
///
/// *Parameters*: `share` 0.1. *Score*: up to 1. *Cost*: O(rows 2^attributes / share) a cluster.
///
/// ```
/// use evenkeel_locate::attributes::AutoRoot;
///
/// assert!(AutoRoot::new().share(1.0).is_err());
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
#[must_use]
pub struct AutoRoot {
    share: f64,
}

impl Default for AutoRoot {
    fn default() -> Self {
        Self { share: 0.1 }
    }
}

impl AutoRoot {
    /// With the authors' settings.
    pub fn new() -> Self {
        Self::default()
    }

    /// The share that a combination must hold of a cluster, and a cluster of it.
    ///
    /// # Errors
    /// [`Error::Parameter`] if it is not in [0, 1).
    pub fn share(self, share: f64) -> Result<Self, Error> {
        Error::require((0.0..1.0).contains(&share), "share", "in [0, 1)", share)?;
        Ok(Self { share })
    }

    /// The causes, the best first, then by names.
    #[must_use]
    pub fn locate(&self, table: &AttributeTable) -> Vec<AttributeCause> {
        let leaves = table.leaves();
        let deviating: Vec<usize> =
            (0..leaves.len()).filter(|row| leaves[*row].deviation().abs() > NORMAL).collect();
        let mut causes: Vec<AttributeCause> = clusters(&leaves, &deviating)
            .iter()
            .filter_map(|cluster| self.search(table, &leaves, cluster))
            .collect();
        causes.sort_by(|a, b| b.score.total_cmp(&a.score).then_with(|| a.combination.cmp(&b.combination)));
        let mut kept: Vec<AttributeCause> = Vec::new();
        for cause in &causes {
            let is_held = causes.iter().any(|other| {
                other.combination != cause.combination && other.combination.contains(&cause.combination)
            });
            if !is_held && kept.iter().all(|other| other.combination != cause.combination) {
                kept.push(cause.clone());
            }
        }
        kept
    }

    fn search(&self, table: &AttributeTable, leaves: &[Change], cluster: &[usize]) -> Option<AttributeCause> {
        let size = cluster.len() as f64;
        let all: Vec<usize> = (0..leaves.len()).collect();
        let mut best: Option<AttributeCause> = None;
        for layer in 1..=table.attributes().len() {
            // A single row cannot be a share of a large cluster.
            if layer == table.attributes().len() && 1.0 / size <= self.share {
                continue;
            }
            for cuboid in table.cuboids(layer) {
                let groups = table.group(&cuboid, &all);
                let mut best_ripple = -1.0;
                let mut candidate = None;
                for (key, members) in table.group(&cuboid, cluster) {
                    let held = &groups[&key];
                    let coverage = members.len() as f64 / size;
                    let purity = members.len() as f64 / held.len() as f64;
                    if coverage <= self.share || purity <= self.share {
                        continue;
                    }
                    let Some(ripple) = ripple(leaves, held) else { continue };
                    if ripple > best_ripple {
                        best_ripple = ripple;
                        candidate = Some(((ripple + purity + coverage) / 3.0, key));
                    }
                }
                if let Some((score, key)) = candidate
                    && best.as_ref().is_none_or(|best| score > best.score)
                {
                    let explained = table.explained(&groups[&key]);
                    let combination = table.combination(&cuboid, &key);
                    best = Some(AttributeCause { combination, score, explained });
                }
            }
        }
        best
    }
}

/// Rows by the valleys of their deviations' density.
fn clusters(leaves: &[Change], rows: &[usize]) -> Vec<Vec<usize>> {
    let values: Vec<f64> = rows.iter().map(|row| leaves[*row].deviation()).collect();
    let n = values.len() as f64;
    let mean = values.iter().sum::<f64>() / n;
    let squares: f64 = values.iter().map(|x| (x - mean) * (x - mean)).sum();
    if rows.is_empty() || values.iter().all(|x| *x == values[0]) {
        return if rows.is_empty() { Vec::new() } else { vec![rows.to_vec()] };
    }
    let bandwidth = libm::sqrt(squares / (n - 1.0)) * libm::pow(0.75 * n, -0.2);
    let place = |i: usize| -2.0 + 4.0 * i as f64 / (GRID - 1) as f64;
    let density = |at: f64| -> f64 {
        values.iter().map(|x| libm::exp(-0.5 * ((at - x) / bandwidth) * ((at - x) / bandwidth))).sum()
    };
    let densities: Vec<f64> = (0..GRID).map(|i| density(place(i))).collect();
    let is_valley = |i: &usize| densities[*i] < densities[*i - 1] && densities[*i] < densities[*i + 1];
    let ends: Vec<f64> = (1..GRID - 1).filter(is_valley).map(place).collect();
    let mut clusters = vec![Vec::new(); ends.len() + 1];
    for (row, x) in rows.iter().zip(values) {
        clusters[ends.partition_point(|end| *end < x)].push(*row);
    }
    clusters.retain(|cluster| !cluster.is_empty());
    clusters
}

/// How well a common factor describes the rows of a combination and the forecast all others; `None` if
/// there are no others, or if nothing deviates.
fn ripple(leaves: &[Change], held: &[usize]) -> Option<f64> {
    let mut is_held = vec![false; leaves.len()];
    held.iter().for_each(|row| is_held[*row] = true);
    let sum = Change::sum(held.iter().map(|row| &leaves[*row]));
    let factor = if sum.forecast == 0.0 { 0.0 } else { sum.actual / sum.forecast };
    let off =
        |actual: f64, expected: f64| if actual == 0.0 { 0.0 } else { (actual - expected).abs() / actual };
    let (mut after, mut before, mut others) = (0.0, 0.0, 0.0);
    for (change, is_held) in leaves.iter().zip(is_held) {
        let off_forecast = off(change.actual, change.forecast);
        if is_held {
            after += off(change.actual, change.forecast * factor);
            before += off_forecast;
        } else {
            others += off_forecast;
        }
    }
    let n = held.len() as f64;
    let others = others / (leaves.len() - held.len()) as f64;
    let score = 1.0 - (after / n + others) / (before / n + others);
    (held.len() < leaves.len() && score.is_finite()).then_some(score)
}
