//! The Page-Hinkley test.

use evenkeel_core::{Checked, Direction, Error, PlausibilityCheck, Prediction, Score, Stage};

/// Notices a lasting shift away from the mean of all values before, which need not be known.
///
/// *When*: a drifting error rate of a learner, a level without a history.
/// [`Focus::unknown`](crate::change::Focus::unknown) finds the same shifts sooner, whatever their size; this
/// is here because it is what others use, and it is a little cheaper.
///
/// *Method*: with the running mean m of all values, x included, up = alpha up + (x - m) - delta, down = alpha
/// down + (x - m) + delta; the statistics are how far `up` is above its minimum and `down` below its maximum.
/// E. S. Page, Continuous inspection schemes, Biometrika 41 (1954) 100-115, doi:10.1093/biomet/41.1-2.100; D.
/// V. Hinkley, Inference about the change-point from cumulative sum tests, Biometrika 58 (1971) 509-523,
/// doi:10.1093/biomet/58.3.509. The forgetting factor is that of MOA and river, whose values it reproduces.
///
/// *Parameters*, all in the unit of the data or values:
///
/// | | range | default | why |
/// | --- | --- | --- | --- |
/// | `delta` | >= 0 | 0.005 | half of the shift that should be found; the default is river's, for error rates |
/// | `alpha` | (0, 1] | 0.9999 | sums forget over 10,000 values |
/// | `min_values` | >= 1 | 30 | the mean has to be known before anything is said |
/// | `restart_above` | > 0 | never | after a score above it everything starts anew, as published |
///
/// *Score*: the larger statistic, in the unit of the data, direction its side; expected is the mean before
/// the value. *Wild values* (by the rule of [`PlausibilityCheck`]) are scored, but teach nothing. *Missing
/// data*: no score, nothing learned. *Cost*: O(1). *State*: 11 numbers.
///
/// ```
/// use evenkeel_core::{Direction, Stage};
/// use evenkeel_detect::chart::PageHinkley;
///
/// let mut test = PageHinkley::builder().delta(0.1).build()?;
/// let errors = (0..200).map(|i| if i < 100 { f64::from(i % 10 == 0) } else { f64::from(i % 2 == 0) });
/// let late = test.run(errors).flatten().position(|score| score.value() > 5.0).unwrap();
/// assert!((71..100).contains(&late)); // the first score comes with the thirtieth value
/// # Ok::<(), evenkeel_core::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct PageHinkley {
    settings: PageHinkleyBuilder,
    n: u64,
    mean: f64,
    up: f64,
    lowest: f64,
    down: f64,
    highest: f64,
    /// The last score was above `restart_above`: the next value is the first.
    over: bool,
    check: PlausibilityCheck,
}

/// Settings of a [`PageHinkley`] test.
#[derive(Debug, Clone, Copy, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[must_use]
pub struct PageHinkleyBuilder {
    #[cfg_attr(feature = "serde", serde(with = "evenkeel_core::exact"))]
    delta: f64,
    #[cfg_attr(feature = "serde", serde(with = "evenkeel_core::exact"))]
    alpha: f64,
    min_values: u64,
    #[cfg_attr(feature = "serde", serde(with = "evenkeel_core::exact"))]
    restart_above: Option<f64>,
}

impl PageHinkleyBuilder {
    /// The shift that is tolerated, at least 0, in the unit of the data. Default 0.005.
    pub fn delta(mut self, delta: f64) -> Self {
        self.delta = delta;
        self
    }

    /// What sums keep from value to value, in (0, 1]. Default 0.9999.
    pub fn alpha(mut self, alpha: f64) -> Self {
        self.alpha = alpha;
        self
    }

    /// How many values come before the first score, at least 1, itself counted. Default 30.
    pub fn min_values(mut self, values: u64) -> Self {
        self.min_values = values;
        self
    }

    /// The score, above 0, after which the test starts over. Default: never.
    pub fn restart_above(mut self, score: f64) -> Self {
        self.restart_above = Some(score);
        self
    }

    /// The test.
    ///
    /// # Errors
    /// If a setting is out of its range.
    pub fn build(self) -> Result<PageHinkley, Error> {
        Error::require((0.0..=1e100).contains(&self.delta), "delta", "in [0, 1e100]", self.delta)?;
        Error::require(self.alpha > 0.0 && self.alpha <= 1.0, "alpha", "in (0, 1]", self.alpha)?;
        Error::require(self.min_values >= 1, "min_values", "at least 1", self.min_values)?;
        if let Some(above) = self.restart_above {
            Error::require(above > 0.0 && above.is_finite(), "restart_above", "positive and finite", above)?;
        }
        let (n, mean, sum) = (0, 0.0, 0.0);
        Ok(PageHinkley {
            settings: self,
            n,
            mean,
            up: sum,
            lowest: sum,
            down: sum,
            highest: sum,
            over: false,
            check: PlausibilityCheck::default(),
        })
    }
}

impl PageHinkley {
    /// A test with the settings of river, without a threshold.
    pub fn builder() -> PageHinkleyBuilder {
        PageHinkleyBuilder { delta: 0.005, alpha: 1.0 - 1e-4, min_values: 30, restart_above: None }
    }

    /// How far the sum for a rising mean is above its minimum.
    #[must_use]
    pub fn upper(&self) -> f64 {
        self.up - self.lowest
    }

    /// How far the sum for a falling mean is below its maximum.
    #[must_use]
    pub fn lower(&self) -> f64 {
        self.highest - self.down
    }
}

impl Stage<f64> for PageHinkley {
    type Output = Score;

    #[inline]
    fn update(&mut self, x: f64) -> Option<Score> {
        let x = match self.check.check(x) {
            Checked::Missing => return None,
            Checked::Plausible(x) => x,
            Checked::Implausible(x) => return self.clone_of_wild().take(x),
            Checked::StartOver(x) => {
                self.forget();
                x
            }
        };
        self.take(x)
    }

    fn reset(&mut self) {
        self.forget();
        self.check = PlausibilityCheck::default();
    }
}

impl PageHinkley {
    /// What scores a wild value and is thrown away.
    #[cold]
    fn clone_of_wild(&self) -> Self {
        *self
    }

    fn forget(&mut self) {
        (self.n, self.mean, self.over) = (0, 0.0, false);
        (self.up, self.lowest, self.down, self.highest) = (0.0, 0.0, 0.0, 0.0);
    }

    #[inline]
    fn take(&mut self, x: f64) -> Option<Score> {
        if self.over {
            self.forget();
        }
        let PageHinkleyBuilder { delta, alpha, min_values, restart_above } = self.settings;
        let expected = (self.n > 0).then_some(self.mean);
        self.n += 1;
        // The reciprocal waits for nothing, so that a value waits for no division.
        self.mean += (x - self.mean) * (1.0 / self.n as f64);
        let deviation = x - self.mean;
        // No value adds more than 3e100: the sums stay finite for any practical length of a stream.
        self.up = alpha * self.up + (deviation - delta);
        self.down = alpha * self.down + (deviation + delta);
        if self.n == 1 {
            (self.lowest, self.highest) = (self.up, self.down);
        }
        self.lowest = self.lowest.min(self.up);
        self.highest = self.highest.max(self.down);
        if self.n < min_values {
            return None;
        }
        let (upper, lower) = (self.upper(), self.lower());
        let value = upper.max(lower);
        let direction = if upper >= lower { Direction::Up } else { Direction::Down };
        self.over = restart_above.is_some_and(|above| value > above);
        let score = Score::new(value, direction)?;
        Some(match expected.and_then(|mean| Prediction::new(mean, 0.0)) {
            Some(expected) => score.with_expected(expected),
            None => score,
        })
    }
}

#[cfg(feature = "serde")]
evenkeel_core::exact_as_is!(PageHinkleyBuilder);

#[cfg(feature = "serde")]
evenkeel_core::state! {
    PageHinkley as struct Saved("PageHinkley@2") {
        settings: PageHinkleyBuilder,
        n: u64,
        numbers: [f64; 5],
        over: bool,
        check: PlausibilityCheck,
    }
}

#[cfg(feature = "serde")]
impl From<&PageHinkley> for Saved {
    fn from(t: &PageHinkley) -> Self {
        let numbers = [t.mean, t.up, t.lowest, t.down, t.highest];
        Self { settings: t.settings, n: t.n, numbers, over: t.over, check: t.check }
    }
}

#[cfg(feature = "serde")]
impl TryFrom<Saved> for PageHinkley {
    type Error = Error;

    fn try_from(parts: Saved) -> Result<Self, Error> {
        let fresh = parts.settings.build()?;
        let [mean, up, lowest, down, highest] = parts.numbers;
        // 2^53 values of 1e100 each, and the rounding.
        let reached = |sum: &f64| sum.abs() <= 1e117;
        let sound = mean.abs() <= 1.01e100
            && parts.n <= 1 << 53
            && parts.numbers.iter().all(reached)
            && lowest <= up
            && down <= highest;
        Error::require(sound, "state", "one that the test can reach", "another")?;
        Ok(Self {
            n: parts.n,
            mean,
            up,
            lowest,
            down,
            highest,
            over: parts.over,
            check: parts.check,
            ..fresh
        })
    }
}
