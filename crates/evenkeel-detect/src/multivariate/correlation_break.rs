//! Correlation breaks: changes of the correlations between metrics.

use crate::multivariate::row_check::RowCheck;
use alloc::vec;
use alloc::vec::Vec;
#[cfg(feature = "serde")]
use evenkeel_core::PlausibilityCheck;
use evenkeel_core::{Direction, Error, Score, Stage, observed, observed_slice};

/// Notices metrics whose correlations with the others are no longer those of a reference period: a replica
/// that gets no traffic, a queue that is not drained, long before any of them leaves its usual range.
///
/// *When*: metrics that follow a common load, and a period of the past in which nothing was broken: the first
/// `reference` rows are taken for it, so that it should end before anything may break, and not be longer than
/// the data (of twenty minutes at a row a second, five). A single metric has no correlation. Rows should come
/// at least as far apart as the load takes to change: where neighboring rows repeat each other, there is less
/// evidence in them than the score takes for granted.
///
/// *Method*: correlations r₀ of the first `reference` rows are kept; those of late, r, are exponentially
/// weighted, of rows in standard deviations of the reference, bounded. For each pair z = (artanh r - artanh
/// r₀) / √(1/(m-3) + 1/(n-3)), with n the rows of the reference and m the effective number of those of late:
/// R. A. Fisher, On the "probable error" of a coefficient of correlation, Metron 1 (1921) 3-32.
///
/// *Parameters*
///
/// | | range | default | why |
/// | --- | --- | --- | --- |
/// | `dimensions` | 2 to 512 | – | the metrics of a row |
/// | `reference` | 20 to 10⁹ rows | 1,000 | r₀ to 0.03 |
/// | `span` | 10 to 1,000,000 rows | 60 | the weight of the newest row is 2 / (span + 1), as if of the last 60 rows: r to 0.13; a break is seen within about so many |
/// | `bound` | ≥ 1 | 4 | how many standard deviations from its mean a value counts at most, so that one outlier is no correlation |
///
/// *Score*: for the metric with the highest one, the root of the mean of its z² with all others: about 1 when
/// nothing has changed, above it when it has. No direction; dimension: that metric.
/// [`correlation`](Self::correlation) and [`reference`](Self::reference) show each pair. Metrics that did not
/// vary in the reference take no part. Nothing is said before the reference is known and a span of rows has
/// come after it.
///
/// *Power*: on simulated rows of five metrics with a common load, of which one stops following it without
/// leaving its range, rows from a span after the break on have higher scores than those before with
/// probability 0.99 and more, and half of the breaks are beyond a score of 4 within 30 rows (with one row in
/// 3,000 beyond it before).
///
/// *Wild values* (by the rule of `PlausibilityCheck`, for each coordinate) have no part in the reference.
/// *Missing data*: a missing coordinate leaves its pairs as they are. A row without any, or of the wrong
/// length, is ignored.
///
/// *Cost*: O(`dimensions`²), about 20 ns a pair for its logarithm. *State*: 40 `dimensions`² bytes.
///
/// ```
/// use evenkeel_core::Stage;
/// use evenkeel_detect::multivariate::CorrelationBreak;
///
/// let mut detector = CorrelationBreak::builder(3).reference(300).span(40).build()?;
/// let noise = |t: u32, k: u32| f64::from((t * 7919 + k * 1301) % 997) / 997.0;
/// let mut score = None;
/// for t in 0..800 {
///     let load = 4.0 * noise(t, 9);
///     let third = if t < 700 { load } else { 4.0 * noise(t, 4) };
///     score = detector.update(&[load + noise(t, 1), 5.0 - load, third + noise(t, 3)]);
///     assert!(t >= 700 || score.is_none_or(|s| s.value() < 4.0));
/// }
/// let score = score.unwrap();
/// assert!(score.value() > 8.0);
/// assert_eq!(score.dimension(), Some(2));
/// # Ok::<(), evenkeel_core::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct CorrelationBreak {
    settings: CorrelationBreakBuilder,
    rows: u64,
    /// Of the reference: means, counts, and sums of products about them; both triangles of matrices are kept
    /// alike.
    means: Vec<f64>,
    counts: Vec<u64>,
    products: Vec<f64>,
    pairs: Vec<u64>,
    /// Of late: means and covariances of standardized rows.
    recent_means: Vec<f64>,
    recent: Vec<f64>,
    check: RowCheck,
    scratch: Scratch,
}

/// Settings of a [`CorrelationBreak`].
#[derive(Debug, Clone, Copy, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[must_use]
pub struct CorrelationBreakBuilder {
    dimensions: usize,
    reference: u64,
    span: u64,
    #[cfg_attr(feature = "serde", serde(with = "evenkeel_core::exact"))]
    bound: f64,
}

/// What follows from the state: transformed correlations of the reference, and room for a row.
#[derive(Debug, Clone)]
struct Scratch {
    transformed: Vec<f64>,
    row: Vec<f64>,
    off: Vec<f64>,
}

impl PartialEq for Scratch {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

/// The largest correlation; larger ones count as this one.
const NEAREST: f64 = 1.0 - 1e-9;

impl CorrelationBreakBuilder {
    /// How many rows are the reference, in [20, 10⁹]. Default 1,000.
    pub fn reference(mut self, rows: u64) -> Self {
        self.reference = rows;
        self
    }

    /// How many rows of late are compared with it, in [10, 1,000,000]. Default 60.
    pub fn span(mut self, rows: u64) -> Self {
        self.span = rows;
        self
    }

    /// How many standard deviations a value counts at most, at least 1. Default 4.
    pub fn bound(mut self, deviations: f64) -> Self {
        self.bound = deviations;
        self
    }

    /// The detector.
    ///
    /// # Errors
    /// If a setting is out of its range.
    pub fn build(self) -> Result<CorrelationBreak, Error> {
        let d = self.dimensions;
        Error::require((2..=512).contains(&d), "dimensions", "in [2, 512]", d)?;
        let reference = (20..=1_000_000_000).contains(&self.reference);
        Error::require(reference, "reference", "in [20, 1e9]", self.reference)?;
        Error::require((10..=1_000_000).contains(&self.span), "span", "in [10, 1,000,000]", self.span)?;
        Error::require(
            self.bound >= 1.0 && self.bound.is_finite(),
            "bound",
            "at least 1 and finite",
            self.bound,
        )?;
        Ok(CorrelationBreak {
            settings: self,
            rows: 0,
            means: vec![0.0; d],
            counts: vec![0; d],
            products: vec![0.0; d * d],
            pairs: vec![0; d * d],
            recent_means: vec![0.0; d],
            recent: vec![0.0; d * d],
            check: RowCheck::new(d),
            scratch: Scratch { transformed: vec![0.0; d * d], row: vec![0.0; d], off: vec![0.0; d] },
        })
    }
}

impl CorrelationBreak {
    /// A detector of rows of `dimensions` metrics.
    pub fn builder(dimensions: usize) -> CorrelationBreakBuilder {
        CorrelationBreakBuilder { dimensions, reference: 1_000, span: 60, bound: 4.0 }
    }

    /// The correlation of two metrics of late. None before the reference is known, or if one of them does not
    /// vary.
    #[must_use]
    pub fn correlation(&self, a: usize, b: usize) -> Option<f64> {
        let d = self.settings.dimensions;
        if a.max(b) >= d || self.rows <= self.settings.reference {
            return None;
        }
        correlation(&self.recent, d, a, b)
    }

    /// The correlation of two metrics in the reference, as far as it is known. None if one of them does not
    /// vary.
    #[must_use]
    pub fn reference(&self, a: usize, b: usize) -> Option<f64> {
        let d = self.settings.dimensions;
        if a.max(b) >= d { None } else { correlation(&self.products, d, a, b) }
    }

    fn learn_reference(&mut self, row: &[f64]) {
        let d = self.settings.dimensions;
        let Scratch { off, row: after, .. } = &mut self.scratch;
        let check = &self.check;
        let taken = |j: usize| observed(row[j]).is_some() && !check.is_wild(j);
        for (j, x) in row.iter().enumerate().filter(|(j, _)| taken(*j)) {
            self.counts[j] += 1;
            off[j] = *x - self.means[j];
            self.means[j] += off[j] / self.counts[j] as f64;
            after[j] = *x - self.means[j];
        }
        for (i, off) in off.iter().enumerate().filter(|(i, _)| taken(*i)) {
            for (j, after) in after[..=i].iter().enumerate().filter(|(j, _)| taken(*j)) {
                let sum = self.products[i * d + j] + off * after;
                (self.products[i * d + j], self.products[j * d + i]) = (sum, sum);
                let pairs = self.pairs[i * d + j] + 1;
                (self.pairs[i * d + j], self.pairs[j * d + i]) = (pairs, pairs);
            }
        }
    }

    fn transform(&mut self) {
        let d = self.settings.dimensions;
        for i in 0..d {
            for j in 0..d {
                let r = correlation(&self.products, d, i, j);
                self.scratch.transformed[i * d + j] = r.map_or(f64::NAN, artanh);
            }
        }
    }

    fn learn_recent(&mut self, row: &[f64]) {
        let (d, bound) = (self.settings.dimensions, self.settings.bound);
        let Scratch { row: standardized, off, .. } = &mut self.scratch;
        // A mean of all so far, until there is a span of them.
        let since = (self.rows - self.settings.reference) as f64;
        let weight = (2.0 / (self.settings.span as f64 + 1.0)).max(1.0 / since);
        for (j, x) in row.iter().enumerate() {
            let n = self.counts[j].saturating_sub(1) as f64;
            let sd = libm::sqrt(self.products[j * d + j] / n);
            let z = observed(*x).map_or(f64::NAN, |x| ((x - self.means[j]) / sd).clamp(-bound, bound));
            standardized[j] = z;
            off[j] = z - self.recent_means[j];
            if z.is_finite() {
                self.recent_means[j] += weight * off[j];
            }
        }
        for i in 0..d {
            for j in 0..=i {
                let product = off[i] * off[j];
                if product.is_finite() {
                    let old = self.recent[i * d + j];
                    let new = old + weight * ((1.0 - weight) * product - old);
                    (self.recent[i * d + j], self.recent[j * d + i]) = (new, new);
                }
            }
        }
    }

    fn score(&self) -> Option<Score> {
        let d = self.settings.dimensions;
        let span = self.settings.span as f64;
        let mut worst = None;
        for i in 0..d {
            let (mut sum, mut others) = (0.0, 0.0);
            for j in 0..d {
                let before = self.scratch.transformed[i * d + j];
                if i == j || !before.is_finite() || self.pairs[i * d + j] < 10 {
                    continue;
                }
                // Of late one of them stands still: nothing is left of the correlation.
                let now = correlation(&self.recent, d, i, j).map_or(0.0, artanh);
                let variance = 1.0 / (span - 3.0) + 1.0 / (self.pairs[i * d + j] as f64 - 3.0);
                let z = now - before;
                sum += z * z / variance;
                others += 1.0;
            }
            if others > 0.0 {
                let score = libm::sqrt(sum / others);
                if worst.is_none_or(|(_, most)| score > most) {
                    worst = Some((i, score));
                }
            }
        }
        let (metric, score) = worst?;
        Some(Score::new(score, Direction::Either)?.with_dimension(u32::try_from(metric).unwrap_or(u32::MAX)))
    }
}

fn correlation(products: &[f64], d: usize, a: usize, b: usize) -> Option<f64> {
    let (of_a, of_b) = (libm::sqrt(products[a * d + a]), libm::sqrt(products[b * d + b]));
    // A NaN fails the comparisons.
    if of_a > 1e-140 && of_b > 1e-140 {
        Some((products[a * d + b] / of_a / of_b).clamp(-1.0, 1.0))
    } else {
        None
    }
}

fn artanh(r: f64) -> f64 {
    let r = r.clamp(-NEAREST, NEAREST);
    0.5 * libm::log((1.0 + r) / (1.0 - r))
}

impl Stage<&[f64]> for CorrelationBreak {
    type Output = Score;

    fn update(&mut self, row: &[f64]) -> Option<Score> {
        let row = observed_slice(row, self.settings.dimensions)?;
        if row.iter().all(|x| observed(*x).is_none()) {
            return None;
        }
        let CorrelationBreakBuilder { reference, span, .. } = self.settings;
        if self.rows < reference && self.check.starts_over(row) {
            self.forget();
        }
        self.rows = self.rows.saturating_add(1);
        if self.rows <= reference {
            self.learn_reference(row);
            if self.rows == reference {
                self.transform();
            }
            return None;
        }
        self.learn_recent(row);
        if self.rows - reference < span { None } else { self.score() }
    }

    fn reset(&mut self) {
        self.forget();
        self.check.reset();
    }
}

impl CorrelationBreak {
    fn forget(&mut self) {
        self.rows = 0;
        for numbers in [&mut self.means, &mut self.products, &mut self.recent_means, &mut self.recent] {
            numbers.fill(0.0);
        }
        self.counts.fill(0);
        self.pairs.fill(0);
    }
}

#[cfg(feature = "serde")]
evenkeel_core::exact_as_is!(CorrelationBreakBuilder);

#[cfg(feature = "serde")]
evenkeel_core::state! {
    CorrelationBreak as struct Saved("CorrelationBreak@2") {
        settings: CorrelationBreakBuilder,
        rows: u64,
        means: Vec<f64>,
        counts: Vec<u64>,
        products: Vec<f64>,
        pairs: Vec<u64>,
        recent_means: Vec<f64>,
        recent: Vec<f64>,
        checks: Vec<PlausibilityCheck>,
    }
}

#[cfg(feature = "serde")]
impl From<&CorrelationBreak> for Saved {
    fn from(c: &CorrelationBreak) -> Self {
        Self {
            settings: c.settings,
            rows: c.rows,
            means: c.means.clone(),
            counts: c.counts.clone(),
            products: c.products.clone(),
            pairs: c.pairs.clone(),
            recent_means: c.recent_means.clone(),
            recent: c.recent.clone(),
            checks: c.check.saved(),
        }
    }
}

#[cfg(feature = "serde")]
impl TryFrom<Saved> for CorrelationBreak {
    type Error = Error;

    fn try_from(p: Saved) -> Result<Self, Error> {
        let mut fresh = p.settings.build()?;
        let d = p.settings.dimensions;
        let rows = [p.means.len(), p.counts.len(), p.recent_means.len()];
        let matrices = [p.products.len(), p.pairs.len(), p.recent.len()];
        let same = rows.iter().all(|n| *n == d) && matrices.iter().all(|n| *n == d * d);
        Error::require(same, "means", "of the size of the settings", p.means.len())?;
        let numbers = p.means.iter().chain(&p.products).chain(&p.recent_means).chain(&p.recent);
        Error::require(numbers.clone().all(|x| x.abs() <= 1e250), "products", "finite", "one that is not")?;
        let reference = p.settings.reference;
        let counted = p.counts.iter().chain(&p.pairs).all(|n| *n <= reference.min(p.rows));
        Error::require(counted, "counts", "at most the rows of the reference", p.rows)?;
        (fresh.rows, fresh.means, fresh.counts, fresh.products) = (p.rows, p.means, p.counts, p.products);
        (fresh.pairs, fresh.recent_means, fresh.recent) = (p.pairs, p.recent_means, p.recent);
        fresh.check.restore(&p.checks)?;
        if fresh.rows >= reference {
            fresh.transform();
        }
        Ok(fresh)
    }
}
