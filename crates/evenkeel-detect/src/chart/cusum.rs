//! The cumulative sum chart.

use crate::chart::in_control::{WildRun, in_control};
use crate::chart::run_length::{self, ThresholdTable};
use evenkeel_core::{Direction, Error, Prediction, Score, Stage, observed};

/// Notices a lasting shift of known size of a level whose mean and spread are known, as soon as any method
/// can.
///
/// *When*: you know which shift matters (`k` = half of it is the optimum of Moustakides 1986,
/// doi:10.1214/aos/1176350164). The observations must be independent when nothing is wrong: put the chart
/// behind [`Innovations`](crate::forecast::Innovations) if they are not.
///
/// *Method*: with u = (x - mean) / sd, upper = max(0, upper + u - k) and lower = max(0, lower - u - k). E. S.
/// Page, Continuous inspection schemes, Biometrika 41 (1954) 100-115, doi:10.1093/biomet/41.1-2.100.
///
/// *Parameters*: `mean`, `sd` (> 0) in the unit of the data; `k`, the allowance, in standard deviations, >=
/// 0, default 0.5 (tuned to a shift of one standard deviation).
///
/// *Score*: the larger of the two sums, in standard deviations, direction its side; [`Cusum::threshold_for`]
/// says which threshold gives which distance between false alarms. The sums go on growing while the shift
/// lasts; [`Stage::reset`] starts them anew.
///
/// *Wild values* (more than 10⁶ sd off, by the rule of
/// [`PlausibilityCheck`](evenkeel_core::PlausibilityCheck)) are scored and not added up. Of what is less wild
/// a sum loses `k` a value, unless that is 0. *Missing data*: no score, nothing learned. *Cost*: O(1).
/// *State*: 6 numbers.
///
/// ```
/// use evenkeel_core::{Direction, Stage};
/// use evenkeel_detect::Cusum;
///
/// let mut chart = Cusum::builder(10.0, 2.0).build()?;
/// let threshold = Cusum::threshold_for(0.5, 500.0)?; // one false alarm in five hundred values
/// assert!((threshold - 5.0707).abs() < 1e-3);
/// let alarm = chart.run([7.0; 20]).position(|score| score.unwrap().value() > threshold);
/// assert_eq!(alarm, Some(5));
/// # Ok::<(), evenkeel_core::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Cusum {
    in_control: Prediction,
    k: f64,
    upper: f64,
    lower: f64,
    wild: WildRun,
}

/// Settings of a [`Cusum`].
#[derive(Debug, Clone, Copy, PartialEq)]
#[must_use]
pub struct CusumBuilder {
    mean: f64,
    sd: f64,
    k: f64,
}

impl CusumBuilder {
    /// The allowance in standard deviations, at least 0: half the shift that should be found. Default 0.5.
    pub fn allowance(mut self, k: f64) -> Self {
        self.k = k;
        self
    }

    /// The chart.
    ///
    /// # Errors
    /// If a setting is out of its range.
    pub fn build(self) -> Result<Cusum, Error> {
        let in_control = in_control(self.mean, self.sd)?;
        Error::require(self.k >= 0.0 && self.k.is_finite(), "allowance", "at least 0 and finite", self.k)?;
        Ok(Cusum { in_control, k: self.k, upper: 0.0, lower: 0.0, wild: WildRun::default() })
    }
}

impl Cusum {
    /// A chart for a process that has this mean and standard deviation when nothing is wrong.
    pub fn builder(mean: f64, sd: f64) -> CusumBuilder {
        CusumBuilder { mean, sd, k: 0.5 }
    }

    /// The sum for shifts up, in standard deviations.
    #[must_use]
    pub fn upper(&self) -> f64 {
        self.upper
    }

    /// The sum for shifts down, in standard deviations.
    #[must_use]
    pub fn lower(&self) -> f64 {
        self.lower
    }

    /// The threshold at which a two-sided chart with allowance `k` raises a false alarm every `run_length`
    /// independent normal values on average.
    ///
    /// From the integral equation of the run length (Page 1954), solved by Gauss-Legendre collocation; see
    /// [`average_run_length`](Self::average_run_length), which is inverted by bisection, in some milliseconds. For
    /// `k` of 0.5 and 1 and run lengths from 9 to 5e7 by a table of its solutions, right to 3e-7 of the run length.
    ///
    /// # Errors
    /// If `k` is not in [0, 3] or `run_length` not in [2, 1e12].
    pub fn threshold_for(k: f64, run_length: f64) -> Result<f64, Error> {
        Error::require((0.0..=3.0).contains(&k), "k", "in [0, 3]", k)?;
        Error::require((2.0..=1e12).contains(&run_length), "run_length", "in [2, 1e12]", run_length)?;
        // The rates of both sides add up.
        let one_sided = 2.0 * run_length;
        let table = [&run_length::HALF, &run_length::ONE].into_iter().find(|table| table.allowance == k);
        if let Some(table) = table.filter(|_| ThresholdTable::has(one_sided)) {
            return Ok(table.threshold(one_sided));
        }
        let (mut low, mut high) = (0.0, 1.0);
        while run_length::two_sided(k, high) < run_length {
            (low, high) = (high, 2.0 * high);
        }
        for _ in 0..60 {
            let middle = 0.5 * (low + high);
            if run_length::two_sided(k, middle) < run_length { low = middle } else { high = middle }
        }
        Ok(0.5 * (low + high))
    }

    /// The average number of independent normal values up to a false alarm of a two-sided chart with
    /// allowance `k` and threshold `h`, both in standard deviations.
    ///
    /// # Errors
    /// If `k` is not in [0, 3] or `h` not in [0, 40].
    pub fn average_run_length(k: f64, h: f64) -> Result<f64, Error> {
        Error::require((0.0..=3.0).contains(&k), "k", "in [0, 3]", k)?;
        Error::require((0.0..=40.0).contains(&h), "h", "in [0, 40]", h)?;
        Ok(run_length::two_sided(k, h))
    }
}

impl Cusum {
    /// The score of a value that is not added up.
    #[cold]
    fn of_wild(&self, u: f64) -> Option<Score> {
        let (sum, direction) =
            if u >= 0.0 { (self.upper + u, Direction::Up) } else { (self.lower - u, Direction::Down) };
        Some(Score::new((sum - self.k).clamp(0.0, 1e300), direction)?.with_expected(self.in_control))
    }
}

impl Stage<f64> for Cusum {
    type Output = Score;

    #[inline]
    fn update(&mut self, x: f64) -> Option<Score> {
        let u = self.in_control.standardize(observed(x)?);
        if self.wild.is_wild(u) {
            return self.of_wild(u);
        }
        // The sums stay finite whatever comes: a sum of 1e300 says all that can be said.
        self.upper = (self.upper + u - self.k).clamp(0.0, 1e300);
        self.lower = (self.lower - u - self.k).clamp(0.0, 1e300);
        // Which side is ahead is unpredictable while nothing is wrong: the choice has no branch.
        let direction = if self.upper >= self.lower { Direction::Up } else { Direction::Down };
        Some(Score::new(self.upper.max(self.lower), direction)?.with_expected(self.in_control))
    }

    fn reset(&mut self) {
        self.wild = WildRun::default();
        self.upper = 0.0;
        self.lower = 0.0;
    }
}

#[cfg(feature = "serde")]
evenkeel_core::state! {
    Cusum as struct Saved("Cusum@2") {
        numbers: [f64; 5],
        wild: WildRun,
    }
}

#[cfg(feature = "serde")]
impl From<&Cusum> for Saved {
    fn from(c: &Cusum) -> Self {
        Self { numbers: [c.in_control.mean(), c.in_control.sd(), c.k, c.upper, c.lower], wild: c.wild }
    }
}

#[cfg(feature = "serde")]
impl TryFrom<Saved> for Cusum {
    type Error = Error;

    fn try_from(Saved { numbers: [mean, sd, k, upper, lower], wild }: Saved) -> Result<Self, Error> {
        let fresh = Self::builder(mean, sd).allowance(k).build()?;
        for sum in [upper, lower] {
            Error::require((0.0..=1e300).contains(&sum), "sum", "in [0, 1e300]", sum)?;
        }
        Ok(Self { upper, lower, wild, ..fresh })
    }
}
