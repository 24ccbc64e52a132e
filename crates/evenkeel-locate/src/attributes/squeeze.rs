//! Squeeze.

use super::cause::AttributeCause;
use super::histogram::clusters;
use super::knee::knee;
use super::table::{AttributeTable, Change};
use std::collections::BTreeSet;

/// Deviations below this, of at most 1, are normal.
const NORMAL: f64 = 0.2;
/// The score from which deeper layers are not looked at.
const ENOUGH: f64 = 0.9;
/// The largest number of combinations of a cause.
const MAX_COMBINATIONS: usize = 12;
/// Where the density of changes is evaluated.
const GRID: usize = 1000;

/// Sets of combinations of the same attributes that hold a cluster of like deviations.
///
/// *When to use*: to compare with; it is for many rows with little noise.
///
/// *Method*: Z. Li, C. Luo, Y. Zhao et al., ISSRE 2019, doi:10.1109/ISSRE.2019.00015, with the weight of conciseness as its
/// authors corrected it (2021). Rows that changed by more than the knee of the distribution of changes are clustered by
/// deviation, (forecast - actual) / (forecast + actual), between the valleys of a histogram. For each cluster and each set of
/// attributes, combinations are taken in falling share of rows in the cluster; the generalized potential score (how well a common
/// factor describes their rows, and the forecast the normal ones) says how many. Rows with nothing forecast are left out.
///
/// *Score*: the generalized potential score of the set that a combination belongs to, at most 1. *Cost*: O(rows
/// 2^attributes) a cluster, and 1000 times the rows for the density.
///
/// ```
/// use evenkeel_locate::attributes::{AttributeTable, Squeeze};
///
/// let table = AttributeTable::builder(["a"]).row(["x"], 5.0, 5.0).build()?;
/// assert!(Squeeze::new().locate(&table).is_empty());
/// # Ok::<(), evenkeel_core::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[must_use]
pub struct Squeeze {}

/// A set of combinations of the same attributes.
struct Found {
    cuboid: Vec<usize>,
    keys: Vec<Vec<usize>>,
    score: f64,
}

impl Squeeze {
    /// The method; it has no settings.
    pub fn new() -> Self {
        Self {}
    }

    /// The causes: the sets of all clusters one after the other, of which each combination is named once.
    #[must_use]
    pub fn locate(&self, table: &AttributeTable) -> Vec<AttributeCause> {
        let leaves = table.leaves();
        let rows: Vec<usize> = (0..leaves.len())
            .filter(|row| {
                table.numerators()[*row].forecast > 0.0
                    && table.denominators().is_none_or(|b| b[*row].forecast > 0.0)
            })
            .collect();
        let deviation = |row: usize| 0.5 * leaves[row].deviation();
        let changed: Vec<f64> = changed(&leaves, &rows).into_iter().map(deviation).collect();
        let clusters: Vec<Vec<usize>> = clusters(&changed, NORMAL)
            .into_iter()
            .map(|(low, high)| {
                rows.iter().copied().filter(|row| (low..=high).contains(&deviation(*row))).collect()
            })
            .collect();
        let weight = weight(table, &clusters, &rows);
        let calmest =
            clusters.iter().flatten().map(|row| deviation(*row).abs()).fold(f64::INFINITY, f64::min);
        let normal: Vec<usize> = rows.iter().copied().filter(|row| deviation(*row).abs() < calmest).collect();
        let mut causes = Vec::new();
        let mut named = BTreeSet::new();
        for cluster in &clusters {
            let Some(found) = search(table, &leaves, &rows, cluster, &normal, weight) else { continue };
            let groups = table.group(&found.cuboid, &rows);
            for key in &found.keys {
                let combination = table.combination(&found.cuboid, key);
                if named.insert(combination.clone()) {
                    let explained = table.explained(&groups[key]);
                    causes.push(AttributeCause { combination, score: found.score, explained });
                }
            }
        }
        causes
    }
}

/// The rows that changed by more than the knee of the distribution of changes.
fn changed(leaves: &[Change], rows: &[usize]) -> Vec<usize> {
    let change = |row: usize| (leaves[row].actual - leaves[row].forecast).abs();
    let changes: Vec<f64> = rows.iter().map(|row| change(*row)).collect();
    let n = changes.len() as f64;
    let low = changes.iter().copied().fold(f64::INFINITY, f64::min);
    let high = changes.iter().copied().fold(0.0, f64::max);
    let mean = changes.iter().sum::<f64>() / n;
    let squares: f64 = changes.iter().map(|x| (x - mean) * (x - mean)).sum();
    // Scott's bandwidth (1979, doi:10.1093/biomet/66.3.605).
    let bandwidth = libm::sqrt(squares / (n - 1.0)) * libm::pow(n, -0.2);
    if changes.len() < 2 || bandwidth.is_nan() || bandwidth <= 0.0 {
        return Vec::new();
    }
    let place = |i: usize| low + (high - low) * i as f64 / (GRID - 1) as f64;
    let mut sum = 0.0;
    let cumulated: Vec<f64> = (0..GRID)
        .map(|i| {
            let z = |x: &f64| (place(i) - x) / bandwidth;
            sum += changes.iter().map(|x| libm::exp(-0.5 * z(x) * z(x))).sum::<f64>();
            sum
        })
        .collect();
    let least = knee(&cumulated).map_or(low, place);
    rows.iter().copied().filter(|row| change(*row) > least).collect()
}

/// What the score weighs against the number of combinations and attributes.
fn weight(table: &AttributeTable, clusters: &[Vec<usize>], rows: &[usize]) -> f64 {
    let n = clusters.len() as f64;
    let values: usize = (0..table.attributes().len())
        .map(|attribute| rows.iter().map(|row| table.code(*row, attribute)).collect::<BTreeSet<_>>().len())
        .sum();
    let values = values as f64;
    let covered = clusters.iter().map(Vec::len).sum::<usize>() as f64 / rows.len() as f64;
    libm::log(n + 1.0) / n * values / libm::log(values + 1.0) * -libm::log(covered)
}

fn search(
    table: &AttributeTable,
    leaves: &[Change],
    rows: &[usize],
    cluster: &[usize],
    normal: &[usize],
    weight: f64,
) -> Option<Found> {
    let mut best: Option<(f64, Found)> = None;
    for layer in 1..=table.attributes().len() {
        let mut is_enough = false;
        for cuboid in table.cuboids(layer) {
            let Some(found) = in_cuboid(table, leaves, rows, cluster, normal, cuboid) else { continue };
            is_enough |= found.score > ENOUGH;
            let rank = found.score * weight - (found.keys.len() * layer) as f64;
            if best.as_ref().is_none_or(|(known, _)| rank > *known) {
                best = Some((rank, found));
            }
        }
        if is_enough {
            break;
        }
    }
    best.map(|(_, found)| found)
}

fn in_cuboid(
    table: &AttributeTable,
    leaves: &[Change],
    rows: &[usize],
    cluster: &[usize],
    normal: &[usize],
    cuboid: Vec<usize>,
) -> Option<Found> {
    let all = table.group(&cuboid, rows);
    let mut groups: Vec<(f64, Vec<usize>)> = table
        .group(&cuboid, cluster)
        .into_iter()
        .map(|(key, members)| (members.len() as f64 / all[&key].len() as f64, key))
        .collect();
    groups.sort_by(|a, b| b.0.total_cmp(&a.0));
    let looked_at: BTreeSet<usize> = cluster.iter().chain(normal).copied().collect();
    let mut inside = BTreeSet::new();
    let mut best: Option<(f64, usize)> = None;
    for taken in 1..=groups.len().min(MAX_COMBINATIONS).min(all.len() - 1) {
        inside.extend(all[&groups[taken - 1].1].iter().copied().filter(|row| looked_at.contains(row)));
        let outside: Vec<usize> = looked_at.difference(&inside).copied().collect();
        let inside: Vec<usize> = inside.iter().copied().collect();
        let score = potential(table, leaves, &inside, &outside);
        if best.is_none_or(|(known, _)| score > known) {
            best = Some((score, taken));
        }
    }
    let (score, taken) = best?;
    groups.truncate(taken);
    Some(Found { cuboid, keys: groups.into_iter().map(|(_, key)| key).collect(), score })
}

/// The generalized potential score.
fn potential(table: &AttributeTable, leaves: &[Change], inside: &[usize], outside: &[usize]) -> f64 {
    let together = table.together(inside);
    let factor = if together.forecast > 0.0 { together.actual / together.forecast } else { 0.0 };
    let mean_off = |rows: &[usize], factor: f64| {
        let off = |row: &usize| (leaves[*row].actual - factor * leaves[*row].forecast).abs();
        if rows.is_empty() { 0.0 } else { rows.iter().map(off).sum::<f64>() / rows.len() as f64 }
    };
    let others = mean_off(outside, 1.0);
    let before = mean_off(inside, 1.0) + others;
    if before > 0.0 { 1.0 - (mean_off(inside, factor) + others) / before } else { 0.0 }
}
