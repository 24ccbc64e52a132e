//! Deviation: the distance from the recent past, in standard deviations.

#[cfg(feature = "serde")]
use alloc::{format, string::String};
use evenkeel_core::{Checked, Error, PlausibilityCheck, Prediction, Score, Stage};
use evenkeel_series::Ewm;
use evenkeel_series::rolling::{Decay, EwmStats};

/// The half-life in values, unless another is set.
pub(crate) const HALF_LIFE: f64 = 60.0;
/// How many values are only learned from, unless another number is set.
pub(crate) const WARM_UP: u64 = 30;
/// The largest score.
const MOST: f64 = 1e6;
/// How far from the mean a value is learned as it is, in standard deviations; one farther off is learned as
/// if it were this far.
const REACH: f64 = 4.0;
/// The least spread, as a share of the mean, so that rounding does not raise an event.
const FLOOR: f64 = 0.01;

/// How far a value is from its recent past, in standard deviations of it, for about 0.1 µs.
///
/// *When*: many metrics of which nothing is known, and little time for each;
/// [`DeviationMonitor`](crate::monitor::DeviationMonitor) adds an alarm, and
/// [`ScoreAlarm`](crate::alarm::ScoreAlarm) one whose budget holds. For one metric of which nothing is known
/// [`DefaultDetector`](crate::ensemble::DefaultDetector) sees far more;
/// [`RobustZ`](crate::outlier::RobustZ) is the same by medians.
///
/// *Method*: a value is compared with the exponentially weighted mean and standard deviation of those before
/// it. What is more than four standard deviations away is learned as if it were four away (bounded learning:
/// P. J. Huber, Robust estimation of a location parameter, Ann. Math. Statist. 35 (1964) 73-101,
/// doi:10.1214/aoms/1177703732), so that an outlier does not become the norm, and a lasting shift does after
/// a few half-lives. The standard deviation is at least 1 % of the mean.
///
/// *Parameters*
///
/// | | range | default | why |
/// | --- | --- | --- | --- |
/// | `half_life` | \[5, 10⁶\] values | 60 | ten minutes of a metric that is scraped every 10 s |
/// | `warm_up` | \[2, 10⁶\] values | 30 | a standard deviation of 30 values is right to 13 % |
///
/// *Score*: standard deviations from the mean, at most 1,000,000; direction up or down; it carries mean and
/// standard deviation. Silent while warming up. *Missing data*: no score, teaches nothing; so does a value
/// that can't be of the same series ([`PlausibilityCheck`]), which is scored. *Cost*: O(1). *State*: about
/// 200 bytes.
///
/// ```
/// use evenkeel_core::{Direction, Stage};
/// use evenkeel_detect::outlier::Deviation;
///
/// let mut deviation = Deviation::builder().build()?;
/// let last = deviation.run((0..70).map(|i| if i < 69 { 0.30 + 0.01 * f64::from(i % 7) } else { 0.1 })).last();
/// let score = last.flatten().unwrap();
/// assert!(score.value() > 10.0 && score.direction() == Direction::Down);
/// # Ok::<(), evenkeel_core::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(try_from = "Parts"))]
pub struct Deviation {
    settings: DeviationBuilder,
    past: Ewm,
    check: PlausibilityCheck,
}

/// Settings of a [`Deviation`].
#[derive(Debug, Clone, Copy, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[must_use]
pub struct DeviationBuilder {
    #[cfg_attr(feature = "serde", serde(with = "evenkeel_core::exact"))]
    half_life: f64,
    warm_up: u64,
}

impl DeviationBuilder {
    /// The half-life of the recent past in values, in [5, 10⁶]. Default 60.
    pub fn half_life(mut self, values: f64) -> Self {
        self.half_life = values;
        self
    }

    /// How many values are only learned from, in [2, 10⁶]. Default 30.
    pub fn warm_up(mut self, values: u64) -> Self {
        self.warm_up = values;
        self
    }

    /// The detector.
    ///
    /// # Errors
    /// If a setting is out of its range.
    pub fn build(self) -> Result<Deviation, Error> {
        let Self { half_life, warm_up } = self;
        Error::require((5.0..=1e6).contains(&half_life), "half_life", "in [5, 10^6] values", half_life)?;
        Error::require((2..=1_000_000).contains(&warm_up), "warm_up", "in [2, 10^6] values", warm_up)?;
        let past = Ewm::builder(Decay::HalfLife(half_life)).build()?;
        Ok(Deviation { settings: self, past, check: PlausibilityCheck::default() })
    }
}

impl Deviation {
    /// The default settings.
    pub fn builder() -> DeviationBuilder {
        DeviationBuilder { half_life: HALF_LIFE, warm_up: WARM_UP }
    }

    /// Whether its settings are those of another.
    #[cfg(feature = "serde")]
    pub(crate) fn is_built_like(&self, other: &Self) -> bool {
        self.settings == other.settings
    }

    /// Mean and standard deviation of the recent past; `None` before two values.
    #[must_use]
    pub fn expected(&self) -> Option<Prediction> {
        self.past.current().and_then(expectation)
    }
}

fn expectation(past: EwmStats) -> Option<Prediction> {
    let sd = libm::sqrt(past.variance()?);
    Prediction::new(past.mean(), sd.max(FLOOR * past.mean().abs()))
}

impl Stage<f64> for Deviation {
    type Output = Score;

    #[inline]
    fn update(&mut self, x: f64) -> Option<Score> {
        let checked = self.check.check(x);
        if checked == Checked::Missing {
            return None;
        }
        let expected = self.expected();
        let is_warm = self.past.observed() >= self.settings.warm_up;
        if let Some(x) = checked.learned(|| self.past.reset()) {
            let learned = match expected {
                Some(e) if is_warm => x.clamp(e.mean() - REACH * e.sd(), e.mean() + REACH * e.sd()),
                _ => x,
            };
            self.past.update(learned);
        }
        let expected = expected.filter(|_| is_warm)?;
        let deviation = if x == expected.mean() { 0.0 } else { expected.standardize(x) };
        Some(Score::from_deviation(deviation.clamp(-MOST, MOST))?.with_expected(expected))
    }

    fn reset(&mut self) {
        self.past.reset();
        self.check = PlausibilityCheck::default();
    }
}

#[cfg(feature = "serde")]
evenkeel_core::exact_as_is!(Deviation);

#[cfg(feature = "serde")]
impl evenkeel_core::Snapshot for Deviation {
    fn schema() -> String {
        format!("Deviation@1<{}>", Ewm::schema())
    }
}

#[cfg(feature = "serde")]
#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct Parts {
    settings: DeviationBuilder,
    past: Ewm,
    check: PlausibilityCheck,
}

#[cfg(feature = "serde")]
impl TryFrom<Parts> for Deviation {
    type Error = Error;

    fn try_from(Parts { settings, past, check }: Parts) -> Result<Self, Error> {
        let fresh = settings.build()?;
        let same = (fresh.past.alpha() - past.alpha()).abs() <= 1e-15;
        Error::require(same, "past", "of the half-life of the settings", past.alpha())?;
        Ok(Self { settings, past, check })
    }
}
