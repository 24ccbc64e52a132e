//! Streaming principal components (subspace tracking): the subspace in which rows usually lie.

use crate::multivariate::huber_ewm::HuberEwm;
use crate::multivariate::row_check::RowCheck;
use alloc::vec;
use alloc::vec::Vec;
#[cfg(feature = "serde")]
use evenkeel_core::PlausibilityCheck;
use evenkeel_core::{Direction, Error, Score, Stage, observed, observed_slice};

/// Notices rows that leave the subspace in which rows usually lie, or lie far out in it: principal
/// components, learned row by row.
///
/// *When*: many metrics that move together; or, with a `shingle`, one or a few series whose last values make
/// shapes of which there are few ([`Univariate`](crate::adapt::Univariate) makes it a detector of one
/// series). Not for few unrelated metrics: see [`Mahalanobis`](crate::multivariate::Mahalanobis).
///
/// *Method*: each metric is taken in standard deviations from its level, both running and robust. Components
/// are learned by J. Weng, Y. Zhang, W.-S. Hwang, Candid covariance-free incremental principal component
/// analysis, PAMI 25 (2003), doi:10.1109/TPAMI.2003.1217609, with forgetting. The squared prediction error Q
/// and Hotelling's T² of a row become normal deviates as in J. E. Jackson, G. S. Mudholkar, Control
/// procedures for residuals associated with principal component analysis, Technometrics 21 (1979),
/// doi:10.1080/00401706.1979.10489779, at h₀ = 1/3, which is what their exponent is for a multiple of a
/// chi-squared distribution: mean and variance of each statistic are followed as they are, over a quarter of
/// `memory`, not derived from all eigenvalues.
///
/// *Parameters*
///
/// | | range | default | why |
/// | --- | --- | --- | --- |
/// | `dimensions` | 1 to 4,096, times `shingle` at most 4,096 | – | the metrics of a row |
/// | `shingle` | at least 1 | 1 | the last rows taken together as one point |
/// | `components` | 1 to 64, at most `dimensions` × `shingle` | 3, or as many as there are | what is common is mostly in few |
/// | `memory` | 20 to 10⁹ rows | 1,000 | a change of the usual is learned in about so many |
/// | `warm_up` | at least 10 rows | 200 | learned before anything is said |
/// | `bound` | ≥ 1 | 5 | a row with a larger score is learned as if it were only so far off |
///
/// *Score*: the larger of both deviates, of Q and of T²: about standard normal upwards, 3 = rare.
/// [`residual`](Self::residual) and [`within`](Self::within) give them apart. No direction; dimension: the
/// metric with the largest contribution to the larger one.
///
/// *Wild values* (by the rule of `PlausibilityCheck`, for each coordinate) are scored, but not learned: the
/// row is then as if they had been missing. *Missing data*: a missing coordinate stays as it was last. A row
/// without any observed coordinate, or of the wrong length, has no score and teaches nothing; with a shingle
/// time goes on.
///
/// *Cost*: O(`dimensions` `shingle` `components`). *State*: 8 `dimensions` `shingle` (`components` + 3) bytes
/// and 24 for each metric.
///
/// ```
/// use evenkeel_core::Stage;
/// use evenkeel_detect::multivariate::Subspace;
///
/// // Three metrics that move together, until the second goes its own way, at a value that is quite usual for
/// // it.
/// let mut subspace = Subspace::builder(3).components(1).build()?;
/// let noise = |t: u32, k: u32| f64::from((t * 37 + k * 101) % 97) / 97.0;
/// for t in 0..1000 {
///     let load = f64::from(t % 40);
///     subspace.update(&[load + noise(t, 1), 2.0 * load + noise(t, 2), 9.0 - load + noise(t, 3)]);
/// }
/// let score = subspace.update(&[35.0, 30.0, -26.0]).unwrap();
/// assert!(score.value() > 5.0);
/// assert_eq!(score.dimension(), Some(1));
/// # Ok::<(), evenkeel_core::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct Subspace {
    settings: SubspaceBuilder,
    trackers: Vec<HuberEwm>,
    /// The last rows, standardized, oldest first.
    point: Vec<f64>,
    rows: usize,
    /// Components one after another; the length of each is its variance.
    components: Vec<f64>,
    learned: u64,
    residual: Moments,
    within: Moments,
    last: [f64; 2],
    check: RowCheck,
    scratch: Scratch,
}

/// Settings of a [`Subspace`].
#[derive(Debug, Clone, Copy, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[must_use]
pub struct SubspaceBuilder {
    dimensions: usize,
    shingle: usize,
    components: Option<usize>,
    memory: u64,
    warm_up: u64,
    #[cfg_attr(feature = "serde", serde(with = "evenkeel_core::exact"))]
    bound: f64,
}

/// Mean and variance of a statistic.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
struct Moments {
    mean: f64,
    variance: f64,
}

/// Not a part of the state: what is left of a point, and contributions.
#[derive(Debug, Clone, Default)]
struct Scratch {
    left: Vec<f64>,
    inside: Vec<f64>,
    before: Vec<f64>,
}

impl PartialEq for Scratch {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

impl Moments {
    /// A cube root of a multiple of a chi-squared variable is nearly normal.
    fn deviate(&self, x: f64) -> f64 {
        if self.mean <= 0.0 || self.variance <= 0.0 {
            return 0.0;
        }
        let spread = self.variance / (9.0 * self.mean * self.mean);
        // Of a statistic that hardly varies, or hardly ever is not 0, the approximation makes nothing of use.
        let spread = spread.clamp(1e-6, 1.0);
        (libm::cbrt(x / self.mean) - 1.0 + spread) / libm::sqrt(spread)
    }

    fn learn(&mut self, x: f64, weight: f64) {
        let off = x - self.mean;
        self.mean += weight * off;
        self.variance += weight * ((1.0 - weight) * off * off - self.variance);
    }
}

impl SubspaceBuilder {
    /// How many of the last rows make a point, at least 1. Default 1.
    pub fn shingle(mut self, rows: usize) -> Self {
        self.shingle = rows;
        self
    }

    /// How many components, in [1, 64], at most the dimensions of a point. Default 3, or as many as there
    /// are.
    pub fn components(mut self, components: usize) -> Self {
        self.components = Some(components);
        self
    }

    /// In about how many rows a change is learned, in [20, 10⁹]. Default 1,000.
    pub fn memory(mut self, rows: u64) -> Self {
        self.memory = rows;
        self
    }

    /// How many rows are learned before the first score, in [10, 10⁹]. Default 200.
    pub fn warm_up(mut self, rows: u64) -> Self {
        self.warm_up = rows;
        self
    }

    /// A row with a larger score is learned as if it were only so far off; at least 1. Default 5.
    pub fn bound(mut self, score: f64) -> Self {
        self.bound = score;
        self
    }

    fn size(&self) -> usize {
        self.dimensions.saturating_mul(self.shingle)
    }

    fn count(&self) -> usize {
        self.components.unwrap_or_else(|| self.size().min(3))
    }

    /// The detector.
    ///
    /// # Errors
    /// If a setting is out of its range.
    pub fn build(self) -> Result<Subspace, Error> {
        Error::require(
            (1..=4_096).contains(&self.dimensions),
            "dimensions",
            "in [1, 4096]",
            self.dimensions,
        )?;
        let shingle = self.shingle >= 1 && self.size() <= 4_096;
        Error::require(shingle, "shingle", "at least 1, times dimensions at most 4096", self.shingle)?;
        let (size, count) = (self.size(), self.count());
        let some = (1..=size.min(64)).contains(&count);
        Error::require(some, "components", "in [1, 64], at most the dimensions of a point", count)?;
        Error::require((20..=1_000_000_000).contains(&self.memory), "memory", "in [20, 1e9]", self.memory)?;
        Error::require(
            (10..=1_000_000_000).contains(&self.warm_up),
            "warm_up",
            "in [10, 1e9]",
            self.warm_up,
        )?;
        Error::require(
            self.bound >= 1.0 && self.bound.is_finite(),
            "bound",
            "at least 1 and finite",
            self.bound,
        )?;
        Ok(Subspace {
            settings: self,
            trackers: vec![HuberEwm::default(); self.dimensions],
            point: vec![0.0; size],
            rows: 0,
            components: vec![0.0; size * count],
            learned: 0,
            residual: Moments::default(),
            within: Moments::default(),
            last: [0.0; 2],
            check: RowCheck::new(self.dimensions),
            scratch: Scratch {
                left: vec![0.0; size],
                inside: vec![0.0; size],
                before: vec![0.0; self.dimensions],
            },
        })
    }
}

impl Subspace {
    /// A detector of rows of `dimensions` metrics.
    pub fn builder(dimensions: usize) -> SubspaceBuilder {
        SubspaceBuilder { dimensions, shingle: 1, components: None, memory: 1_000, warm_up: 200, bound: 5.0 }
    }

    /// The deviate of Q, of what is outside of the subspace, of the last row that was scored; 0 before.
    #[must_use]
    pub fn residual(&self) -> f64 {
        self.last[0]
    }

    /// The deviate of T², of how far out within the subspace the last row that was scored lies; 0 before.
    #[must_use]
    pub fn within(&self) -> f64 {
        self.last[1]
    }

    /// The variances along the components, in those of a standardized metric, as far as known.
    pub fn variances(&self) -> impl Iterator<Item = f64> {
        self.components.chunks(self.point.len()).map(norm)
    }

    /// Q and T² of the point; leaves what is outside in `left`, and the contributions to T² in `inside`.
    fn statistics(&mut self) -> (f64, f64) {
        let Scratch { left, inside, .. } = &mut self.scratch;
        left.copy_from_slice(&self.point);
        inside.fill(0.0);
        let mut t2 = 0.0;
        for component in self.components.chunks(self.point.len()) {
            let variance = norm(component);
            if variance <= LEAST {
                continue;
            }
            let along = dot(left, component) / variance;
            t2 += along * along / variance;
            for ((l, c), (i, p)) in left.iter_mut().zip(component).zip(inside.iter_mut().zip(&self.point)) {
                *l -= along * (c / variance);
                *i += along / variance * (c / variance) * p;
            }
        }
        left.iter_mut().for_each(|l| *l *= *l);
        (left.iter().sum(), t2)
    }

    /// The point, shrunk, turns the components towards itself.
    fn learn(&mut self, shrink: f64) {
        let n = self.learned;
        let weight = (1.0 / n as f64).max(1.0 / self.settings.memory as f64);
        let left = &mut self.scratch.left;
        for (l, p) in left.iter_mut().zip(&self.point) {
            *l = p * shrink;
        }
        for component in self.components.chunks_mut(self.point.len()) {
            let variance = norm(component);
            if variance <= LEAST {
                // The first that has something left begins the component.
                let length = norm(left);
                if length > 1e-9 {
                    component.iter_mut().zip(left.iter()).for_each(|(c, l)| *c = length * l);
                }
                break;
            }
            let along = dot(left, component) / variance;
            component.iter_mut().zip(left.iter()).for_each(|(c, l)| *c += weight * (along * l - *c));
            let turned = norm(component);
            if turned <= LEAST {
                component.fill(0.0);
                break;
            }
            let along = dot(left, component) / turned;
            left.iter_mut().zip(component.iter()).for_each(|(l, c)| *l -= along * (c / turned));
        }
    }

    /// The metric whose places in the point have the largest sum.
    fn largest(&self, contributions: &[f64]) -> u32 {
        let d = self.settings.dimensions;
        let of = |k: usize| contributions.iter().skip(k).step_by(d).sum::<f64>();
        let mut best = (0, of(0));
        for k in 1..d {
            let sum = of(k);
            if sum > best.1 {
                best = (k, sum);
            }
        }
        u32::try_from(best.0).unwrap_or(u32::MAX)
    }
}

/// The least variance of a component.
const LEAST: f64 = 1e-12;

fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

fn norm(a: &[f64]) -> f64 {
    libm::sqrt(dot(a, a))
}

impl Stage<&[f64]> for Subspace {
    type Output = Score;

    fn update(&mut self, row: &[f64]) -> Option<Score> {
        let SubspaceBuilder { dimensions: d, shingle, memory, warm_up, bound, .. } = self.settings;
        let row = observed_slice(row, d).unwrap_or(&[]);
        if row.len() == d && self.check.starts_over(row) {
            self.forget();
        }
        let wild = row.len() == d && self.check.any_wild();
        let any = row.iter().any(|x| observed(*x).is_some());
        let size = self.point.len();
        // What is missing stays as it was in the row before, which is the last one now.
        self.point.copy_within(d.., 0);
        for (j, x) in row.iter().enumerate() {
            if let Some(x) = observed(*x) {
                let tracker = &mut self.trackers[j];
                let place = &mut self.point[size - d + j];
                // What is wild stays in the row as long as that is scored.
                self.scratch.before[j] = *place;
                *place = tracker.standardize(x);
                if !self.check.is_wild(j) {
                    tracker.learn(x, memory as f64, bound);
                }
            }
        }
        self.rows = (self.rows + 1).min(shingle);
        if !any || self.rows < shingle {
            if wild {
                self.take_out_wild();
            }
            return None;
        }
        let (q, t2) = self.statistics();
        let deviates = [self.residual.deviate(q), self.within.deviate(t2)];
        let outside = deviates[0] >= deviates[1];
        let score = (self.learned >= warm_up).then(|| {
            self.last = deviates;
            let contributions = if outside { &self.scratch.left } else { &self.scratch.inside };
            let dimension = self.largest(contributions);
            Score::new(deviates[0].max(deviates[1]), Direction::Either).map(|s| s.with_dimension(dimension))
        });
        if wild {
            self.take_out_wild();
            return score.flatten();
        }
        self.learned = self.learned.saturating_add(1);
        // Both are squares, and deviates go with cube roots of them.
        let known = self.learned > warm_up;
        let shrink = |deviate: f64| if known && deviate > bound { bound / deviate } else { 1.0 };
        let (of_q, of_t2) = (shrink(deviates[0]), shrink(deviates[1]));
        // Of components that are not yet there the statistics are others; and they change as those do, only
        // sooner.
        if let Some(rows) = self.learned.checked_sub(warm_up / 2).filter(|rows| *rows > 0) {
            let weight = (1.0 / rows as f64).max(4.0 / memory as f64);
            self.residual.learn(q * of_q * of_q, weight);
            self.within.learn(t2 * of_t2 * of_t2, weight);
        }
        self.learn(of_q.min(of_t2));
        score.flatten()
    }

    fn reset(&mut self) {
        self.forget();
        self.check.reset();
    }
}

impl Subspace {
    /// Wild coordinates of the last row are as they were in the row before.
    #[cold]
    fn take_out_wild(&mut self) {
        let d = self.settings.dimensions;
        let start = self.point.len() - d;
        for j in (0..d).filter(|j| self.check.is_wild(*j)) {
            self.point[start + j] = self.scratch.before[j];
        }
    }

    fn forget(&mut self) {
        self.trackers.fill(HuberEwm::default());
        self.point.fill(0.0);
        self.components.fill(0.0);
        (self.rows, self.learned, self.last) = (0, 0, [0.0; 2]);
        (self.residual, self.within) = (Moments::default(), Moments::default());
    }
}

#[cfg(feature = "serde")]
evenkeel_core::exact_as_is!(SubspaceBuilder);

#[cfg(feature = "serde")]
evenkeel_core::state! {
    Subspace as struct Saved("Subspace@2") {
        settings: SubspaceBuilder,
        trackers: Vec<[f64; 3]>,
        point: Vec<f64>,
        rows: usize,
        components: Vec<f64>,
        learned: u64,
        #[serde(rename = "laws")]
        moments: [f64; 4],
        last: [f64; 2],
        checks: Vec<PlausibilityCheck>,
    }
}

#[cfg(feature = "serde")]
impl From<&Subspace> for Saved {
    fn from(s: &Subspace) -> Self {
        Self {
            settings: s.settings,
            trackers: s.trackers.iter().map(HuberEwm::numbers).collect(),
            point: s.point.clone(),
            rows: s.rows,
            components: s.components.clone(),
            learned: s.learned,
            moments: [s.residual.mean, s.residual.variance, s.within.mean, s.within.variance],
            last: s.last,
            checks: s.check.saved(),
        }
    }
}

#[cfg(feature = "serde")]
impl TryFrom<Saved> for Subspace {
    type Error = Error;

    fn try_from(p: Saved) -> Result<Self, Error> {
        let mut fresh = p.settings.build()?;
        let same = p.trackers.len() == fresh.trackers.len()
            && p.point.len() == fresh.point.len()
            && p.components.len() == fresh.components.len()
            && p.rows <= p.settings.shingle;
        Error::require(same, "components", "of the size of the settings", p.components.len())?;
        // Standardized values are at most a million.
        let near = p.point.iter().all(|x| x.abs() <= 1e6) && p.components.iter().all(|x| x.abs() <= 1e20);
        Error::require(near, "components", "finite, in standard deviations", "others")?;
        let sound =
            p.moments.iter().all(|x| (0.0..=1e80).contains(x)) && p.last.iter().all(|x| x.is_finite());
        Error::require(sound, "moments", "finite and at least 0", p.moments[0])?;
        for (tracker, numbers) in fresh.trackers.iter_mut().zip(p.trackers) {
            *tracker = HuberEwm::restore(numbers)?;
        }
        (fresh.point, fresh.rows, fresh.components) = (p.point, p.rows, p.components);
        (fresh.learned, fresh.last) = (p.learned, p.last);
        fresh.check.restore(&p.checks)?;
        fresh.residual = Moments { mean: p.moments[0], variance: p.moments[1] };
        fresh.within = Moments { mean: p.moments[2], variance: p.moments[3] };
        Ok(fresh)
    }
}
