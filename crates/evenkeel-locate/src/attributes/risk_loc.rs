//! `RiskLoc`.

use super::cause::AttributeCause;
use super::table::{AttributeTable, Change};
use evenkeel_core::Error;
use std::collections::BTreeSet;

/// How many of the extreme deviations are no measure of the normal ones.
const OUTLIERS: usize = 5;

/// Combinations of attributes in whose rows deviations are large, alike, and rare elsewhere.
///
/// *When to use*: to compare with; it needs many rows, and is fooled by noise in small ones.
///
/// *Method*: M. Kalander, 2022, arXiv:2205.10004. The deviation of a row is twice the difference of forecast and
/// actual over their sum; what lies beyond the mirrored sixth extreme of the calmer side is abnormal. Combinations
/// of one attribute are looked at first, then of two, and so on; each in falling explanatory power. One is the cause if its risk is at
/// least `risk`: the weighted share of abnormal rows in it, minus how badly a common factor describes them. Its rows
/// are left out, and the next cause is looked for, while the abnormal rows explain enough. The
/// measure of a quotient is the quotient in each row.
///
/// *Parameters*: `risk` 0.5, `power` 0.02, as published. *Score*: the risk, at most 1. *Cost*: O(rows 2^attributes) a cause.
///
/// ```
/// use evenkeel_locate::attributes::RiskLoc;
///
/// assert!(RiskLoc::new().thresholds(0.5, 2.0).is_err());
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
#[must_use]
pub struct RiskLoc {
    risk: f64,
    power: f64,
}

/// What is known of a row.
#[derive(Debug, Clone, Copy)]
struct Row {
    change: Change,
    deviation: f64,
    power: f64,
    is_abnormal: bool,
    weight: f64,
}

impl Default for RiskLoc {
    fn default() -> Self {
        Self { risk: 0.5, power: 0.02 }
    }
}

impl RiskLoc {
    /// With the author's settings.
    pub fn new() -> Self {
        Self::default()
    }

    /// The least risk of a cause, and the share of the abnormal rows' explanatory power that it has to exceed.
    ///
    /// # Errors
    /// [`Error::Parameter`] if one is not in [0, 1].
    pub fn thresholds(self, risk: f64, power: f64) -> Result<Self, Error> {
        Error::require((0.0..=1.0).contains(&risk), "risk", "in [0, 1]", risk)?;
        Error::require((0.0..=1.0).contains(&power), "power", "in [0, 1]", power)?;
        Ok(Self { risk, power })
    }

    /// The causes, in the order in which they are found.
    #[must_use]
    pub fn locate(&self, table: &AttributeTable) -> Vec<AttributeCause> {
        let mut rows = described(&table.leaves());
        let abnormal = |rows: &[Row], left: &[usize]| -> f64 {
            left.iter().filter(|row| rows[**row].is_abnormal).map(|row| rows[*row].power).sum()
        };
        let mut left: Vec<usize> = (0..rows.len()).collect();
        let mut whole = abnormal(&rows, &left);
        if whole < 0.0 {
            rows.iter_mut().for_each(|row| row.power = -row.power);
            whole = -whole;
        }
        let threshold = whole * self.power;
        // Where nothing has changed as a whole nothing is explained.
        if !threshold.is_finite() {
            return Vec::new();
        }
        let mut pruned = BTreeSet::new();
        let mut causes = Vec::new();
        while !left.is_empty() && abnormal(&rows, &left) >= threshold {
            let Some((cause, cuboid, key)) = self.search(table, &rows, &left, threshold, &mut pruned) else {
                break;
            };
            causes.push(cause);
            left.retain(|row| table.key(&cuboid, *row) != key);
        }
        causes
    }

    /// The cause in what is left, of the fewest attributes. Single values that cannot be part of one are pruned.
    fn search(
        &self,
        table: &AttributeTable,
        rows: &[Row],
        left: &[usize],
        threshold: f64,
        pruned: &mut BTreeSet<(usize, usize)>,
    ) -> Option<(AttributeCause, Vec<usize>, Vec<usize>)> {
        for layer in 1..=table.attributes().len() {
            let mut best = None;
            let mut least = threshold;
            for cuboid in table.cuboids(layer) {
                let kept = |row: &usize| {
                    !cuboid
                        .iter()
                        .any(|attribute| pruned.contains(&(*attribute, table.code(*row, *attribute))))
                };
                let kept: Vec<usize> = left.iter().copied().filter(kept).collect();
                let mut groups: Vec<(f64, Vec<usize>, Vec<usize>)> = Vec::new();
                for (key, members) in table.group(&cuboid, &kept) {
                    let power: f64 = members.iter().map(|row| rows[*row].power).sum();
                    let positive: f64 = members.iter().map(|row| rows[*row].power.max(0.0)).sum();
                    let has_abnormal = members.iter().any(|row| rows[*row].is_abnormal);
                    if layer == 1 && (positive < threshold || !has_abnormal) {
                        pruned.insert((cuboid[0], key[0]));
                    }
                    if has_abnormal && power > least {
                        groups.push((power, key, members));
                    }
                }
                groups.sort_by(|a, b| b.0.total_cmp(&a.0));
                for (power, key, members) in groups {
                    let risk = high_risk(rows, &members) - low_risk(rows, &members);
                    if risk >= self.risk {
                        let combination = table.combination(&cuboid, &key);
                        least = power;
                        let cause = AttributeCause { combination, score: risk, explained: power };
                        best = Some((cause, cuboid.clone(), key));
                        break;
                    }
                }
            }
            if best.is_some() {
                return best;
            }
        }
        None
    }
}

fn described(leaves: &[Change]) -> Vec<Row> {
    let whole = Change::sum(leaves.iter());
    let mut deviations: Vec<f64> = leaves.iter().map(|change| change.deviation()).collect();
    deviations.sort_by(f64::total_cmp);
    deviations.dedup();
    let place = OUTLIERS.min(deviations.len() - 1);
    let (low, high) = (deviations[place], deviations[deviations.len() - 1 - place]);
    let cutoff = if high.abs() < low.abs() { -high } else { -low };
    let is_right = !cutoff.is_sign_negative();
    let row = |change: &Change| {
        let deviation = change.deviation();
        let is_abnormal = if is_right { deviation > cutoff } else { deviation < cutoff };
        let weight = if is_abnormal {
            deviation.abs()
        } else if change.forecast == 0.0 && change.actual == 0.0 {
            0.0
        } else {
            (cutoff - deviation).abs()
        };
        let power = (change.actual - change.forecast) / (whole.actual - whole.forecast);
        Row { change: *change, deviation, power, is_abnormal, weight: weight.min(1.0) }
    };
    leaves.iter().map(row).collect()
}

/// The weighted share of abnormal rows.
fn high_risk(rows: &[Row], members: &[usize]) -> f64 {
    let weight = |is_abnormal: bool| -> f64 {
        let of = members.iter().map(|row| &rows[*row]).filter(|row| row.is_abnormal == is_abnormal);
        of.map(|row| row.weight).sum()
    };
    let abnormal = weight(true);
    abnormal / (abnormal + weight(false) + 1.0)
}

/// How much of the deviations a common factor leaves.
fn low_risk(rows: &[Row], members: &[usize]) -> f64 {
    let members = || {
        members
            .iter()
            .map(|row| &rows[*row])
            .filter(|row| row.change.forecast != 0.0 && row.change.actual != 0.0)
    };
    let sum = Change::sum(members().map(|row| &row.change));
    let factor = sum.actual / sum.forecast;
    let (mut after, mut before) = (0.0, 0.0);
    for row in members() {
        let expected = row.change.forecast * factor;
        after += Change { forecast: expected, actual: row.change.actual }.deviation().abs();
        before += row.deviation.abs();
    }
    if before == 0.0 { 0.0 } else { after / before }
}
