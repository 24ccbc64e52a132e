//! RobustScorer (BARO).

use crate::case::Case;
use crate::n_sigma::{is_constant, rank};
use crate::ranking::{Localizer, Ranking};
use evenkeel_core::{Unit, observed};
use evenkeel_series::quantile::Quantile;

/// Notices the highest value after the stated time, in interquartile ranges above the median before it: the
/// root-cause half of BARO, as published. A baseline to compare with: [`MetricShift`](crate::MetricShift) is
/// what to use.
///
/// *Method*: max (x - median) / IQR over the window; median and IQR of all rows before the stated time. L.
/// Pham, H. Ha, H. Zhang, BARO: Robust root cause analysis for microservices via multivariate Bayesian online
/// change point detection, Proceedings of the ACM on Software Engineering 1 (2024) 2214-2237,
/// doi:10.1145/3660805. The published code has two paths:
/// - for tables ([`new`](Self::new)): quartiles interpolated; an IQR of 0 counts as 1, which makes scores
///   depend on the unit; columns constant before or after the stated time are left out; bytes are read as
///   megabytes (10^6), as its authors prepare their data ([`in_bytes`](Self::in_bytes) leaves them as they
///   are, and does far worse for it);
/// - for dictionaries ([`by_rank`](Self::by_rank)): quartiles are the values at the places n/4, n/2 and 3n/4
///   (rounded down) in order, the score is |max - median| / IQR, and no column is left out.
///
/// *Deviations*: values that are not observed are skipped; ties are resolved by name, where the published
/// code keeps the order of columns.
///
/// That an IQR of 0 counts as 1, whatever the unit, is kept because it is as published: a tiny move off a
/// constant baseline scores little if the unit is large and much if it is small.
///
/// *Score*: in IQRs, signed in the first path. A component scores as its highest metric. *Cost*: O(values).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RobustScorer {
    by_rank: bool,
    absolute: bool,
    megabytes: bool,
}

impl Default for RobustScorer {
    fn default() -> Self {
        Self::new()
    }
}

impl RobustScorer {
    /// The path for tables.
    #[must_use]
    pub fn new() -> Self {
        Self { by_rank: false, absolute: false, megabytes: true }
    }

    /// The path for dictionaries.
    #[must_use]
    pub fn by_rank() -> Self {
        Self { by_rank: true, absolute: false, megabytes: true }
    }

    /// Scores by the highest |x - median| rather than by the highest x - median, so that moves down count,
    /// too.
    #[must_use]
    pub fn absolute(self) -> Self {
        Self { absolute: true, ..self }
    }

    /// Reads bytes as they are rather than as megabytes.
    #[must_use]
    pub fn in_bytes(self) -> Self {
        Self { megabytes: false, ..self }
    }

    /// The score of one column, no matter whether it is constant; `None` if either part has no observed
    /// value.
    #[must_use]
    pub fn score(&self, normal: &[f64], window: &[f64]) -> Option<f64> {
        let mut normal: Vec<f64> = normal.iter().copied().filter_map(observed).collect();
        let [below, median, above] = self.quartiles(&mut normal)?;
        let iqr = if above == below { 1.0 } else { above - below };
        let moves = window.iter().copied().filter_map(observed).map(|x| x - median);
        let furthest = moves.reduce(|a, b| if self.absolute { a.abs().max(b.abs()) } else { a.max(b) })?;
        Some(if self.by_rank || self.absolute { furthest.abs() / iqr } else { furthest / iqr })
    }

    /// The quartiles and the median that scores are made of; `None` without values. All values must be
    /// observed; they are left in another order.
    #[must_use]
    pub fn quartiles(&self, values: &mut [f64]) -> Option<[f64; 3]> {
        if !self.by_rank {
            let quartile = |values: &mut [f64], p| Quantile::new(p).ok()?.of_mut(values);
            return Some([quartile(values, 0.25)?, quartile(values, 0.5)?, quartile(values, 0.75)?]);
        }
        values.sort_unstable_by(f64::total_cmp);
        let n = values.len();
        Some([*values.get(n / 4)?, *values.get(n / 2)?, *values.get(3 * n / 4)?])
    }
}

impl Localizer<Case<'_>> for RobustScorer {
    fn rank(&self, case: &Case<'_>) -> Ranking {
        rank(case, |metric, normal, window| {
            if self.megabytes && metric.metric_unit() == Unit::Bytes {
                normal.iter_mut().chain(&mut *window).for_each(|x| *x /= 1e6);
            }
            let constant = is_constant(normal) || is_constant(window);
            if constant && !self.by_rank { None } else { self.score(normal, window) }
        })
    }
}
