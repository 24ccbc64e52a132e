//! Robust z-score: median and median absolute deviation of a window.

#[cfg(feature = "serde")]
use alloc::{format, string::String};
use evenkeel_core::{Error, Prediction, Score, Stage, gaussian, observed};
use evenkeel_series::RollingQuantile;
use evenkeel_series::quantile::{MAD_TO_SD, Quantile};

/// The largest score.
const MOST: f64 = 1e6;

/// Notices values far from the median of those before, in units that outliers do not stretch.
///
/// *When*: a level that wanders slowly, of any distribution and unit, with outliers in it: what to take first
/// for a metric of which nothing is known. Not for series with a season longer than the window (there,
/// [`SeasonalProfile`](crate::outlier::SeasonalProfile)), nor for small lasting shifts.
///
/// *Method*: (x - median) / (1.4826 MAD) over the values before x: B. Iglewicz, D. C. Hoaglin, How to detect
/// and handle outliers, ASQC Quality Press 1993; F. R. Hampel, Journal of the American Statistical
/// Association 69 (1974) 383-393, doi:10.1080/01621459.1974.10482962.
///
/// *Where the MAD is 0*, on quantized data more than half of which is one value, the spread is the step to
/// the nearest other value, divided by the normal deviate within which that share of values lies: c of n
/// equal to the median give step / z((1 + c/n) / 2). At a share of one half that is just 1.4826 times the
/// step, so nothing jumps; for values that were rounded it is up to twice their spread, as the MAD is just
/// before it is 0: on the quiet side. Where all values are equal there is nothing to measure by: any other
/// value scores 1,000,000, the largest score, unless `floor` says which spread can be expected.
///
/// *Parameters*:
///
/// | | range | default | why |
/// | --- | --- | --- | --- |
/// | `window` | 3..=2^24 values | 200 | a MAD of 200 normal values is right to 8 %; another level is the normal one after 100 |
/// | `min_values` | 3..=`window` | 30 | below, the spread is a guess |
/// | `floor` | >= 0, unit of the data | 0 | the smallest spread: the resolution of the metric, if it has one |
///
/// *Score*: that number of deviations, at most 1,000,000; direction its sign; expected are median and spread.
/// *Relearning*: after a shift of the level, the new one is the median as soon as it is more than half of the
/// window. *Missing data*: no score, nothing learned. *Cost*: O(log² `window`) on average. *State*: 36
/// `window` bytes.
///
/// ```
/// use evenkeel_core::Stage;
/// use evenkeel_detect::RobustZ;
///
/// // Milliseconds in whole numbers: three of four are 20.
/// let mut detector = RobustZ::builder().build()?;
/// detector.run((0..100).map(|i| if i % 4 == 0 { 21.0 } else { 20.0 })).for_each(drop);
/// assert!(detector.update(21.0).unwrap().value() < 2.0);
/// let score = detector.update(90.0).unwrap();
/// assert!(score.value() > 50.0 && score.expected().unwrap().mean() == 20.0);
/// # Ok::<(), evenkeel_core::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(try_from = "Parts"))]
pub struct RobustZ {
    settings: RobustZBuilder,
    values: RollingQuantile,
}

/// Settings of a [`RobustZ`].
#[derive(Debug, Clone, Copy, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[must_use]
pub struct RobustZBuilder {
    window: usize,
    min_values: usize,
    #[cfg_attr(feature = "serde", serde(with = "evenkeel_core::exact"))]
    floor: f64,
}

impl RobustZBuilder {
    /// How many values before are looked at, in 3..=16777216. Default 200.
    pub fn window(mut self, values: usize) -> Self {
        self.window = values;
        self
    }

    /// How many of them must be there, in 3..=`window`. Default 30.
    pub fn min_values(mut self, values: usize) -> Self {
        self.min_values = values;
        self
    }

    /// The smallest spread, at least 0, in the unit of the data. Default 0.
    pub fn floor(mut self, sd: f64) -> Self {
        self.floor = sd;
        self
    }

    /// The detector.
    ///
    /// # Errors
    /// If a setting is out of its range.
    pub fn build(self) -> Result<RobustZ, Error> {
        Error::require((3..=1 << 24).contains(&self.window), "window", "in 3..=16777216", self.window)?;
        Error::require(
            (3..=self.window).contains(&self.min_values),
            "min_values",
            "at least 3 and at most the window",
            self.min_values,
        )?;
        Error::require((0.0..=1e100).contains(&self.floor), "floor", "in [0, 1e100]", self.floor)?;
        let values = RollingQuantile::builder(self.window).min_periods(self.min_values).build()?;
        Ok(RobustZ { settings: self, values })
    }
}

impl RobustZ {
    /// Over the last 200 values.
    pub fn builder() -> RobustZBuilder {
        RobustZBuilder { window: 200, min_values: 30, floor: 0.0 }
    }

    /// Median and spread of the values in the window; `None` while there are fewer than `min_values`.
    #[must_use]
    pub fn expected(&self) -> Option<Prediction> {
        let n = self.values.count();
        if n < self.settings.min_values {
            return None;
        }
        let median = self.values.quantile(&Quantile::MEDIAN)?;
        let mad = self.values.mad()?;
        let spread = if mad > 0.0 {
            MAD_TO_SD * mad
        } else {
            let equal = self.values.below(median.next_up()) - self.values.below(median);
            match self.values.distance(median, equal) {
                // P(|Z| > step / spread) is the share of the others.
                Some(step) => step / gaussian::upper_quantile(0.5 * (1.0 - equal as f64 / n as f64)),
                None => 0.0,
            }
        };
        Prediction::new(median, spread.max(self.settings.floor))
    }
}

impl Stage<f64> for RobustZ {
    type Output = Score;

    fn update(&mut self, x: f64) -> Option<Score> {
        let x = observed(x)?;
        let expected = self.expected();
        self.values.update(x);
        let expected = expected?;
        let score = Score::from_deviation(expected.standardize(x).clamp(-MOST, MOST))?;
        Some(score.with_expected(expected))
    }

    fn reset(&mut self) {
        self.values.reset();
    }
}

#[cfg(feature = "serde")]
impl evenkeel_core::Snapshot for RobustZ {
    fn schema() -> String {
        format!("RobustZ@1<{}>", RollingQuantile::schema())
    }
}

#[cfg(feature = "serde")]
#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct Parts {
    settings: RobustZBuilder,
    values: RollingQuantile,
}

#[cfg(feature = "serde")]
impl TryFrom<Parts> for RobustZ {
    type Error = Error;

    fn try_from(Parts { settings, values }: Parts) -> Result<Self, Error> {
        settings.build()?;
        let (window, least) = (values.window(), values.min_periods());
        let same = window == settings.window && least == settings.min_values;
        Error::require(same, "values", "a window of the settings' size", window)?;
        Ok(Self { settings, values })
    }
}
