//! Standardization by mean and standard deviation of the first values.

use alloc::vec::Vec;
#[cfg(feature = "serde")]
use alloc::{format, string::String};
use evenkeel_core::{Checked, Error, PlausibilityCheck, Stage, observed};
use evenkeel_series::quantile::MAD_TO_SD;
use evenkeel_series::transform::Normalizer;

/// Learns level and spread from the first values and gives (x - level) / spread from then on: for the charts
/// that want both known, `Standardize::builder(500).build()?.then(Cusum::builder(0.0, 1.0).build()?)`.
///
/// *When*: the level is expected to stay where it is, but is not known in advance. Values that depend on
/// those before belong behind a forecaster instead ([`Innovations`](crate::forecast::Innovations)):
/// autocorrelation multiplies the false alarms of charts. A history at hand is fitted at once by
/// [`Normalization`](evenkeel_series::transform::Normalization).
///
/// *Method*: median and 1.4826 times the median absolute deviation of the first `values`, so that outliers
/// among them do no harm; mean and standard deviation on request. Where more than half of the values are
/// equal, so that the deviation is 0, mean and standard deviation step in. Where all are equal, it waits for
/// as many again.
///
/// *Parameters*:
///
/// | | range | default | why |
/// | --- | --- | --- | --- |
/// | `values` | 2..=10^6 | required | a chart's false alarms depend on them: of 100 values the level is off by a tenth of the spread, and a CUSUM alarms twice as often |
/// | `moments` | | no | mean and standard deviation: a third fewer values for the same precision, if there are no outliers |
/// | `relearning` | | no | learns from every further `values` anew: for levels that wander. A chart behind it sees a lasting shift only until then |
///
/// *Output*: silent while it learns for the first time, then (x - level) / spread, nothing where that is
/// beyond 1e100. *Wild values* (by the rule of [`PlausibilityCheck`], beside the median of the magnitudes)
/// are not learned from. *Missing data*: silent, nothing learned. *Cost*: O(1), and O(`values` log `values`)
/// each time it has them. *State*: 8 `values` bytes.
///
/// ```
/// use evenkeel_core::{Direction, Stage};
/// use evenkeel_detect::Cusum;
/// use evenkeel_detect::adapt::Standardize;
///
/// let noise = |i: u32| f64::from(i.wrapping_mul(2_654_435_761) >> 16) / 65_536.0;
/// let mut chart = Standardize::builder(500).build()?.then(Cusum::builder(0.0, 1.0).build()?);
/// let series = (0..1000).map(|i| 300.0 + 40.0 * noise(i) - if i < 800 { 0.0 } else { 25.0 });
/// let scores: Vec<_> = chart.run(series).collect();
/// assert!(scores[..500].iter().all(Option::is_none));
/// assert!(scores[500..800].iter().flatten().all(|score| score.value() < 10.0));
/// let score = scores[820].unwrap();
/// assert!(score.value() > 10.0 && score.direction() == Direction::Down);
/// # Ok::<(), evenkeel_core::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(try_from = "Parts"))]
pub struct Standardize {
    settings: StandardizeBuilder,
    /// The values that are gathered for the next fit.
    #[cfg_attr(feature = "serde", serde(with = "evenkeel_core::exact"))]
    values: Vec<f64>,
    learned: Option<Normalizer>,
}

/// Settings of [`Standardize`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[must_use]
pub struct StandardizeBuilder {
    values: usize,
    moments: bool,
    relearning: bool,
}

impl StandardizeBuilder {
    /// By mean and standard deviation instead of median and median absolute deviation.
    pub fn moments(mut self) -> Self {
        self.moments = true;
        self
    }

    /// Learns anew from every further `values` values.
    pub fn relearning(mut self) -> Self {
        self.relearning = true;
        self
    }

    /// The stage.
    ///
    /// # Errors
    /// If the number of values is out of its range.
    pub fn build(self) -> Result<Standardize, Error> {
        Error::require((2..=1_000_000).contains(&self.values), "values", "in 2..=1000000", self.values)?;
        Ok(Standardize { settings: self, values: Vec::with_capacity(self.values), learned: None })
    }
}

impl Standardize {
    /// A stage that learns from `values` values.
    pub fn builder(values: usize) -> StandardizeBuilder {
        StandardizeBuilder { values, moments: false, relearning: false }
    }

    /// Level and spread, once they are known.
    #[must_use]
    pub fn learned(&self) -> Option<Normalizer> {
        self.learned
    }

    /// Leaves out what is implausible beside the median magnitude: a single wild value would otherwise
    /// dominate mean and standard deviation.
    fn drop_wild(&mut self) {
        let largest = self.values.iter().fold(0.0_f64, |largest, x| largest.max(x.abs()));
        let plausible =
            |usual: f64, x: f64| matches!(PlausibilityCheck::knowing(usual).check(x), Checked::Plausible(_));
        // Without a wild value the order of the values is left alone.
        if plausible(0.0, largest) {
            return;
        }
        self.values.sort_unstable_by(|a, b| a.abs().total_cmp(&b.abs()));
        let usual = self.values[self.values.len() / 2];
        let kept = self.values.partition_point(|x| plausible(usual, *x));
        self.values.truncate(kept.max(2));
    }

    fn learn(&mut self) {
        self.drop_wild();
        let by_moments = moments(&self.values);
        let learned = if self.settings.moments {
            Normalizer::new(by_moments.0, by_moments.1)
        } else {
            let center = sorted_median(&mut self.values);
            self.values.iter_mut().for_each(|x| *x = (*x - center).abs());
            let spread = MAD_TO_SD * sorted_median(&mut self.values);
            Normalizer::new(center, spread).or_else(|_| Normalizer::new(by_moments.0, by_moments.1))
        };
        self.values.clear();
        self.learned = learned.ok().or(self.learned);
    }
}

fn sorted_median(values: &mut [f64]) -> f64 {
    values.sort_unstable_by(f64::total_cmp);
    let n = values.len();
    let upper = values[n / 2];
    if n % 2 == 1 {
        return upper;
    }
    let lower = values[n / 2 - 1];
    lower + 0.5 * (upper - lower)
}

/// Mean and standard deviation (divisor n - 1).
fn moments(values: &[f64]) -> (f64, f64) {
    let (mut n, mut mean, mut squares) = (0.0, 0.0, 0.0);
    for x in values {
        n += 1.0;
        let off = x - mean;
        mean += off / n;
        squares += off * (x - mean);
    }
    (mean, libm::sqrt(squares / (n - 1.0)))
}

impl Stage<f64> for Standardize {
    type Output = f64;

    fn update(&mut self, x: f64) -> Option<f64> {
        let x = observed(x)?;
        let z = self.learned.and_then(|learned| learned.apply(x));
        if self.learned.is_none() || self.settings.relearning {
            self.values.push(x);
            if self.values.len() == self.settings.values {
                self.learn();
            }
        }
        z
    }

    fn reset(&mut self) {
        self.values.clear();
        self.learned = None;
    }
}

#[cfg(feature = "serde")]
impl evenkeel_core::Snapshot for Standardize {
    fn schema() -> String {
        format!("Standardize@1<{}>", Normalizer::schema())
    }
}

#[cfg(feature = "serde")]
#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct Parts {
    settings: StandardizeBuilder,
    #[serde(with = "evenkeel_core::exact")]
    values: Vec<f64>,
    learned: Option<Normalizer>,
}

#[cfg(feature = "serde")]
impl TryFrom<Parts> for Standardize {
    type Error = Error;

    fn try_from(parts: Parts) -> Result<Self, Error> {
        let mut read = parts.settings.build()?;
        let settled = parts.learned.is_some() && !parts.settings.relearning;
        let sound = parts.values.len() < parts.settings.values
            && parts.values.iter().all(|x| observed(*x).is_some())
            && (!settled || parts.values.is_empty());
        Error::require(sound, "values", "observed ones, fewer than are learned from", "others")?;
        read.values.extend(parts.values);
        read.learned = parts.learned;
        Ok(read)
    }
}
