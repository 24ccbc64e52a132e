//! Mahalanobis distance of a row from the location of the rows so far.

use crate::multivariate::row_check::RowCheck;
use alloc::vec;
use alloc::vec::Vec;
#[cfg(feature = "serde")]
use evenkeel_core::PlausibilityCheck;
use evenkeel_core::{Direction, Error, Score, Stage, gaussian, observed, observed_slice};
use evenkeel_stats::{ChiSquared, linear};

/// Notices rows whose metrics are ordinary one by one and strange together: the Mahalanobis distance, with
/// location and covariance learned row by row and robustly.
///
/// *When*: up to some dozens of metrics whose usual cloud is an ellipsoid. For more, or where few directions
/// matter: [`Subspace`](crate::multivariate::Subspace).
///
/// *Method*: d² = r' S⁻¹ r with r the row less the location and S the covariance, both exponentially
/// weighted. A row is learned with weight min(1, c² / d²), c² the 0.975 quantile of the chi-squared
/// distribution: an M-estimator of scatter (R. A. Maronna, Robust M-estimators of multivariate location and
/// scatter, Annals of Statistics 4 (1976), doi:10.1214/aos/1176343347), made consistent for normal rows.
/// Correlations are shrunk towards 0, so that collinear metrics have an inverse too.
///
/// *Parameters*
///
/// | | range | default | why |
/// | --- | --- | --- | --- |
/// | `dimensions` | 1 to 256 | – | the metrics of a row |
/// | `memory` | 20 to 10⁹ rows | 1,000 | a change of the usual is learned in about so many |
/// | `warm_up` | at least 2 `dimensions` + 10 rows | 200, or that if it is more | learned before anything is said |
/// | `shrinkage` | \[0, 1\] | 0.01 | small enough to leave correlations of 0.99 visible, large enough for a sound inverse |
///
/// *Score*: the normal deviate that is as improbable as d² under the chi-squared distribution of as many
/// degrees as metrics are observed; 3 = one row of 740. [`distance`](Self::distance) gives d. Beyond tail
/// probabilities of 10⁻³⁰⁰ it goes on with d. No direction; dimension: the metric with the largest part r
/// (S⁻¹ r) of d².
///
/// *Wild values* (by the rule of `PlausibilityCheck`, for each coordinate) are scored, but not learned.
/// *Missing data*: scored and learned by the coordinates that are observed. A row without any, or of the
/// wrong length, is ignored.
///
/// *Cost*: O(`dimensions`³ / 6) for the inverse: 0.5 µs for 5 metrics, 2 µs for 10. *State*: 8
/// `dimensions`² + 24 `dimensions` bytes, as much again for work.
///
/// ```
/// use evenkeel_core::Stage;
/// use evenkeel_detect::multivariate::Mahalanobis;
///
/// let mut detector = Mahalanobis::builder(2).build()?;
/// let noise = |t: u32, k: u32| f64::from((t * 37 + k * 101) % 97) / 97.0;
/// for t in 0..1000 {
///     let load = 20.0 * noise(t, 5);
///     detector.update(&[load + noise(t, 1), load + noise(t, 2)]);
/// }
/// assert!(detector.update(&[15.0, 15.3]).unwrap().value() < 2.0);
/// let score = detector.update(&[15.0, 5.0]).unwrap(); // each is usual
/// assert!(score.value() > 5.0);
/// # Ok::<(), evenkeel_core::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct Mahalanobis {
    settings: MahalanobisBuilder,
    location: Vec<f64>,
    /// Row by row, both triangles.
    covariance: Vec<f64>,
    /// How often each metric was learned.
    counts: Vec<u64>,
    learned: u64,
    distance: f64,
    cut: Cut,
    check: RowCheck,
    scratch: Scratch,
}

/// Settings of a [`Mahalanobis`].
#[derive(Debug, Clone, Copy, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[must_use]
pub struct MahalanobisBuilder {
    dimensions: usize,
    memory: u64,
    warm_up: Option<u64>,
    #[cfg_attr(feature = "serde", serde(with = "evenkeel_core::exact"))]
    shrinkage: f64,
}

/// From which d² on a row loses weight, and what the covariance loses by it, for each number of metrics.
#[derive(Debug, Clone, PartialEq)]
struct Cut(Vec<(f64, f64)>);

/// Room to work in, not a part of the state.
#[derive(Debug, Clone)]
struct Scratch {
    matrix: Vec<f64>,
    offsets: Vec<f64>,
    solved: Vec<f64>,
    seen: Vec<usize>,
}

impl PartialEq for Scratch {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

const QUANTILE: f64 = 0.025;
/// A metric of less variance than this is constant.
const LEAST: f64 = 1e-290;
const LARGEST: f64 = 1e210;

impl MahalanobisBuilder {
    /// In about how many rows a change is learned, in [20, 10⁹]. Default 1,000.
    pub fn memory(mut self, rows: u64) -> Self {
        self.memory = rows;
        self
    }

    /// How many rows are learned before the first score, from 2 dimensions + 10 to 10⁹. Default 200, or the
    /// least if that is more.
    pub fn warm_up(mut self, rows: u64) -> Self {
        self.warm_up = Some(rows);
        self
    }

    /// How much of the correlations is taken off, in [0, 1]. Default 0.01.
    pub fn shrinkage(mut self, part: f64) -> Self {
        self.shrinkage = part;
        self
    }

    fn least_warm_up(&self) -> u64 {
        2 * self.dimensions as u64 + 10
    }

    fn silent(&self) -> u64 {
        self.warm_up.unwrap_or_else(|| self.least_warm_up().max(200))
    }

    /// The detector.
    ///
    /// # Errors
    /// If a setting is out of its range.
    pub fn build(self) -> Result<Mahalanobis, Error> {
        let d = self.dimensions;
        Error::require((1..=256).contains(&d), "dimensions", "in [1, 256]", d)?;
        Error::require((20..=1_000_000_000).contains(&self.memory), "memory", "in [20, 1e9]", self.memory)?;
        let silent = (self.least_warm_up()..=1_000_000_000).contains(&self.silent());
        Error::require(silent, "warm_up", "in [2 dimensions + 10, 1e9]", self.silent())?;
        Error::require((0.0..=1.0).contains(&self.shrinkage), "shrinkage", "in [0, 1]", self.shrinkage)?;
        let mut cut = Vec::with_capacity(d);
        for k in 1..=d {
            let k = k as f64;
            let at = ChiSquared::new(k)?.upper_quantile(QUANTILE);
            // The mean of min(d², c²) for normal rows, by metric.
            let kept = ChiSquared::new(k + 2.0)?.lower(at) + at * QUANTILE / k;
            cut.push((at, kept));
        }
        Ok(Mahalanobis {
            settings: self,
            location: vec![0.0; d],
            covariance: vec![0.0; d * d],
            counts: vec![0; d],
            learned: 0,
            distance: 0.0,
            cut: Cut(cut),
            check: RowCheck::new(d),
            scratch: Scratch {
                matrix: vec![0.0; d * d],
                offsets: vec![0.0; d],
                solved: vec![0.0; d],
                seen: Vec::with_capacity(d),
            },
        })
    }
}

impl Mahalanobis {
    /// A detector of rows of `dimensions` metrics.
    pub fn builder(dimensions: usize) -> MahalanobisBuilder {
        MahalanobisBuilder { dimensions, memory: 1_000, warm_up: None, shrinkage: 0.01 }
    }

    /// The distance d of the last row that was scored; 0 before.
    #[must_use]
    pub fn distance(&self) -> f64 {
        self.distance
    }

    /// The location of a metric, as far as it is known.
    #[must_use]
    pub fn location(&self, metric: usize) -> Option<f64> {
        self.location.get(metric).copied().filter(|_| self.counts[metric] > 0)
    }

    /// The covariance of two metrics, as far as it is known, without shrinkage.
    #[must_use]
    pub fn covariance(&self, a: usize, b: usize) -> Option<f64> {
        let d = self.settings.dimensions;
        if a < d && b < d {
            Some(self.covariance[a * d + b]).filter(|_| self.counts[a].min(self.counts[b]) > 1)
        } else {
            None
        }
    }

    /// d² of the metrics that are seen and vary, how many they are, and which contributes most. Works in
    /// correlations, in which no unit matters.
    fn squared(&mut self) -> (f64, usize, usize) {
        let d = self.settings.dimensions;
        let Scratch { matrix, offsets, solved, seen } = &mut self.scratch;
        seen.retain(|j| self.covariance[j * d + j] > LEAST);
        let n = seen.len();
        let kept = 1.0 - self.settings.shrinkage;
        for (a, i) in seen.iter().enumerate() {
            let of_i = libm::sqrt(self.covariance[i * d + i]);
            solved[a] = (offsets[*i] / of_i).clamp(-1e100, 1e100);
            for (b, j) in seen[..a].iter().enumerate() {
                let of_j = libm::sqrt(self.covariance[j * d + j]);
                matrix[a * n + b] = (kept * (self.covariance[i * d + j] / of_i / of_j)).clamp(-1.0, 1.0);
            }
            // Pairs that were not always seen together may not make a positive definite matrix by themselves.
            matrix[a * n + a] = 1.0 + 1e-9;
        }
        let factored = linear::factor(&mut matrix[..n * n], n)
            .and_then(|()| linear::solve_factored(&matrix[..n * n], &mut solved[..n]));
        let (mut sum, mut best) = (0.0, (0, f64::NEG_INFINITY));
        for (a, i) in seen.iter().enumerate() {
            let z = (offsets[*i] / libm::sqrt(self.covariance[i * d + i])).clamp(-1e100, 1e100);
            // Without an inverse, each for itself.
            let part = if factored.is_ok() { z * solved[a] } else { z * z };
            sum += part;
            if part > best.1 {
                best = (*i, part);
            }
        }
        (if sum.is_finite() { sum.max(0.0) } else { 1e200 }, n, best.0)
    }

    fn learn(&mut self, row: &[f64], weight: f64, kept: f64) {
        let d = self.settings.dimensions;
        let rate = |count: u64| (1.0 / count as f64).max(1.0 / self.settings.memory as f64);
        // What is wild was scored, and is missing here.
        let check = &self.check;
        let taken = |j: usize, x: f64| observed(x).is_some() && !check.is_wild(j);
        for (j, x) in row.iter().copied().enumerate().filter(|(j, x)| taken(*j, *x)) {
            self.counts[j] = self.counts[j].saturating_add(1);
            if self.counts[j] == 1 {
                self.location[j] = x;
            }
            self.scratch.offsets[j] = x - self.location[j];
        }
        for (i, x) in row.iter().enumerate() {
            if !taken(i, *x) || self.counts[i] < 2 {
                continue;
            }
            for (j, y) in row[..=i].iter().enumerate() {
                if !taken(j, *y) || self.counts[j] < 2 {
                    continue;
                }
                let by = rate(self.counts[i].min(self.counts[j]));
                let product = weight * (self.scratch.offsets[i] * self.scratch.offsets[j]) / kept;
                let old = self.covariance[i * d + j];
                // Against a mean that has taken the row in, an offset would be smaller by the rate.
                let new = (old + by * ((1.0 - by) * product - old)).clamp(-LARGEST, LARGEST);
                (self.covariance[i * d + j], self.covariance[j * d + i]) = (new, new);
            }
        }
        for (j, x) in row.iter().enumerate() {
            if taken(j, *x) {
                self.location[j] += rate(self.counts[j]) * libm::sqrt(weight) * self.scratch.offsets[j];
            }
        }
    }
}

impl Stage<&[f64]> for Mahalanobis {
    type Output = Score;

    fn update(&mut self, row: &[f64]) -> Option<Score> {
        let row = observed_slice(row, self.settings.dimensions)?;
        if self.check.starts_over(row) {
            self.forget();
        }
        let Scratch { offsets, seen, .. } = &mut self.scratch;
        seen.clear();
        for (j, x) in row.iter().enumerate() {
            if let Some(x) = observed(*x) {
                offsets[j] = x - self.location[j];
                seen.push(j);
            }
        }
        if seen.is_empty() {
            return None;
        }
        let (squared, n, dimension) = self.squared();
        let said = self.learned >= self.settings.silent();
        self.learned = self.learned.saturating_add(1);
        let Some((cut, kept)) = n.checked_sub(1).and_then(|k| self.cut.0.get(k)).copied() else {
            self.learn(row, 1.0, 1.0);
            return if said { Score::new(0.0, Direction::Either) } else { None };
        };
        // The first rows say where the usual is, and have no distance from it yet.
        let early = self.learned <= self.settings.least_warm_up();
        let weight = if early || squared <= cut { 1.0 } else { cut / squared };
        self.learn(row, weight, if early { 1.0 } else { kept });
        if !said {
            return None;
        }
        self.distance = libm::sqrt(squared);
        let deviate = deviate(squared, n)?;
        Some(
            Score::new(deviate, Direction::Either)?
                .with_dimension(u32::try_from(dimension).unwrap_or(u32::MAX)),
        )
    }

    fn reset(&mut self) {
        self.forget();
        self.check.reset();
    }
}

impl Mahalanobis {
    fn forget(&mut self) {
        self.location.fill(0.0);
        self.covariance.fill(0.0);
        self.counts.fill(0);
        (self.learned, self.distance) = (0, 0.0);
    }
}

/// The normal deviate that is as improbable as the square of a distance.
fn deviate(squared: f64, metrics: usize) -> Option<f64> {
    const LEAST_TAIL: f64 = 1e-300;
    let distribution = ChiSquared::new(metrics as f64).ok()?;
    let tail = distribution.upper(squared);
    if tail >= LEAST_TAIL {
        // A distance of 0 is as improbable as nothing.
        return Some(gaussian::upper_quantile(tail.min(1.0 - 1e-16)));
    }
    let farthest = gaussian::upper_quantile(LEAST_TAIL);
    Some(
        farthest + libm::sqrt(squared)
            - libm::sqrt(distribution.upper_quantile(LEAST_TAIL)).min(libm::sqrt(squared)),
    )
}

#[cfg(feature = "serde")]
evenkeel_core::exact_as_is!(MahalanobisBuilder);

#[cfg(feature = "serde")]
evenkeel_core::state! {
    Mahalanobis as struct Saved("Mahalanobis@2") {
        settings: MahalanobisBuilder,
        location: Vec<f64>,
        covariance: Vec<f64>,
        counts: Vec<u64>,
        learned: u64,
        distance: f64,
        checks: Vec<PlausibilityCheck>,
    }
}

#[cfg(feature = "serde")]
impl From<&Mahalanobis> for Saved {
    fn from(m: &Mahalanobis) -> Self {
        Self {
            settings: m.settings,
            location: m.location.clone(),
            covariance: m.covariance.clone(),
            counts: m.counts.clone(),
            learned: m.learned,
            distance: m.distance,
            checks: m.check.saved(),
        }
    }
}

#[cfg(feature = "serde")]
impl TryFrom<Saved> for Mahalanobis {
    type Error = Error;

    fn try_from(p: Saved) -> Result<Self, Error> {
        let mut fresh = p.settings.build()?;
        let d = p.settings.dimensions;
        let same = p.location.len() == d && p.covariance.len() == d * d && p.counts.len() == d;
        Error::require(same, "location", "of the size of the settings", p.location.len())?;
        let near =
            p.location.iter().all(|x| x.abs() <= 1e101) && p.covariance.iter().all(|x| x.abs() <= LARGEST);
        Error::require(near, "covariance", "finite", "one that is not")?;
        let symmetric = (0..d).all(|i| {
            (0..=i).all(|j| p.covariance[i * d + j].to_bits() == p.covariance[j * d + i].to_bits())
                && p.covariance[i * d + i] >= 0.0
        });
        Error::require(symmetric, "covariance", "symmetric, of variances", "one that is not")?;
        Error::require(p.distance >= 0.0 && p.distance.is_finite(), "distance", "finite", p.distance)?;
        (fresh.location, fresh.covariance, fresh.counts) = (p.location, p.covariance, p.counts);
        (fresh.learned, fresh.distance) = (p.learned, p.distance);
        fresh.check.restore(&p.checks)?;
        Ok(fresh)
    }
}
