//! The two arms of an experiment as they arrive, compared after every value.

use super::moments::require_alpha;
use evenkeel_core::{Error, Stage, observed};
use evenkeel_stats::sequential::{AsymptoticBoundary, BernoulliSequence, BernsteinSequence, Interval};

/// The arm of an experiment that a value belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub enum Arm {
    /// As it was.
    Control,
    /// What is tried.
    Treatment,
}

#[cfg(feature = "serde")]
evenkeel_core::exact_as_is!(Arm);

evenkeel_core::state! {
    /// Count, mean, and central sums of squares and cubes of a stream.
    #[derive(Debug, Clone, Copy, PartialEq, Default)]
    struct Running("Running@1") {
        count: u64,
        mean: f64,
        squares: f64,
        cubes: f64,
    }
}

impl Running {
    fn learn(&mut self, x: f64) {
        self.count = self.count.saturating_add(1);
        let n = self.count as f64;
        let deviation = x - self.mean;
        let step = deviation / n;
        // The sum of cubes first: it needs the previous sum of squares.
        let cube = deviation * step * (n - 1.0) * (step * (n - 2.0)) - 3.0 * step * self.squares;
        self.cubes = (self.cubes + cube).clamp(-1e307, 1e307);
        self.squares = (self.squares + deviation * step * (n - 1.0)).min(1e307);
        self.mean += step;
    }

    fn variance(&self) -> f64 {
        self.squares / (self.count as f64 - 1.0)
    }

    /// Whether a central limit theorem may be relied on, for an error probability with `surprise = -2 ln
    /// alpha`: the rule of [`AsymptoticSequence`](evenkeel_stats::sequential::AsymptoticSequence).
    fn is_long_enough(&self, surprise: f64) -> bool {
        let n = self.count as f64;
        let needed = 15.0 * surprise;
        if n < needed || self.squares <= 0.0 {
            return false;
        }
        let spread = libm::sqrt(self.squares / n);
        let skewness = self.cubes / n / spread / spread / spread;
        n >= needed * (1.0 + skewness * skewness)
    }

    #[cfg(feature = "serde")]
    fn validate(&self) -> Result<(), Error> {
        Error::require(observed(self.mean).is_some(), "mean", "in [-1e100, 1e100]", self.mean)?;
        let squares = self.squares >= 0.0 && self.squares.is_finite();
        Error::require(squares, "squares", "finite and at least 0", self.squares)?;
        Error::require(self.cubes.is_finite(), "cubes", "finite", self.cubes)
    }
}

evenkeel_core::state! {
    /// Limits for the difference in means, treatment minus control, that may be read after every value:
    /// revenue, latency, anything with a finite variance.
    ///
    /// Arms may have any sizes. The estimate is the difference of both means, its variance
    /// `s_t^2 / n_t + s_c^2 / n_c`, and the half-width that of
    /// [`AsymptoticBoundary`] at `n = n_t + n_c`. Source: I. Waudby-Smith, D. Arbour, R. Sinha, E. H. Kennedy
    /// and A. Ramdas, Time-uniform central limit theory and asymptotic confidence sequences, Ann. Stat. 52
    /// (2024) 2613-2640, doi:10.1214/24-AOS2408. There are no limits until both arms have
    /// `15 l (1 + g^2)` values, with `l = -2 ln alpha` and `g` their skewness, for the reasons given at
    /// [`AsymptoticSequence`](evenkeel_stats::sequential::AsymptoticSequence): with an `alpha` of 0.05, 90
    /// values an arm of something symmetric and 400 of something exponential.
    ///
    /// For events, [`RateComparison`] and, for bounded values, [`BoundedComparison`] hold from the first
    /// value on. O(1), 112 bytes.
    ///
    /// ```
    /// use evenkeel_core::Stage;
    /// use evenkeel_experience::experiment::{Arm, MeanComparison};
    /// use evenkeel_stats::Generator;
    ///
    /// let mut users = Generator::new(11);
    /// let mut test = MeanComparison::new(0.05, 2000.0)?;
    /// let decided = (0..20_000).position(|i| {
    ///     let (arm, effect) = if i % 3 == 0 { (Arm::Treatment, 0.4) } else { (Arm::Control, 0.0) };
    ///     test.update((arm, 5.0 + effect + users.normal())).is_some_and(|limits| limits.lower() > 0.0)
    /// });
    /// assert!(decided.unwrap() < 2000);
    /// # Ok::<(), evenkeel_core::Error>(())
    /// ```
    #[derive(Debug, Clone, Copy, PartialEq)]
    pub struct MeanComparison("MeanComparison@1") {
        alpha: f64,
        boundary: AsymptoticBoundary,
        control: Running,
        treatment: Running,
    }
}

impl MeanComparison {
    /// Limits that fail, ever, with a probability of about `alpha`, tightest when both arms together have
    /// `n_opt` values.
    ///
    /// # Errors
    /// If `alpha` is not in (0, 1) or `n_opt` not in [1, 1e15].
    pub fn new(alpha: f64, n_opt: f64) -> Result<Self, Error> {
        let boundary = AsymptoticBoundary::new(alpha, n_opt)?;
        Ok(Self { alpha, boundary, control: Running::default(), treatment: Running::default() })
    }

    #[cfg(feature = "serde")]
    fn validate(&self) -> Result<(), Error> {
        require_alpha(self.alpha)
    }

    /// The limits now; none while an arm has too few values.
    #[must_use]
    pub fn interval(&self) -> Option<Interval> {
        let surprise = -2.0 * libm::log(self.alpha);
        let (c, t) = (&self.control, &self.treatment);
        if !c.is_long_enough(surprise) || !t.is_long_enough(surprise) {
            return None;
        }
        let (nc, nt) = (c.count as f64, t.count as f64);
        let n = nc + nt;
        let scaled = libm::sqrt(c.variance() * (n / nc) + t.variance() * (n / nt));
        around(t.mean - c.mean, self.boundary.half_width(n, scaled))
    }

    /// The difference in means so far, treatment minus control; none before both arms have a value.
    #[must_use]
    pub fn difference(&self) -> Option<f64> {
        let both = self.control.count > 0 && self.treatment.count > 0;
        both.then_some(self.treatment.mean - self.control.mean)
    }

    /// How many values an arm has.
    #[must_use]
    pub fn count(&self, arm: Arm) -> u64 {
        match arm {
            Arm::Control => self.control.count,
            Arm::Treatment => self.treatment.count,
        }
    }
}

impl Stage<(Arm, f64)> for MeanComparison {
    type Output = Interval;

    fn update(&mut self, (arm, x): (Arm, f64)) -> Option<Interval> {
        let x = observed(x)?;
        match arm {
            Arm::Control => self.control.learn(x),
            Arm::Treatment => self.treatment.learn(x),
        }
        self.interval()
    }

    fn reset(&mut self) {
        self.control = Running::default();
        self.treatment = Running::default();
    }
}

fn around(center: f64, half: f64) -> Option<Interval> {
    let end = |x: f64| x.clamp(f64::MIN, f64::MAX);
    Interval::new(end(center - half), end(center + half)).ok()
}

/// The difference of two parameters that lie between these limits.
fn difference(treatment: Interval, control: Interval) -> Option<Interval> {
    Interval::new(treatment.lower() - control.upper(), treatment.upper() - control.lower()).ok()
}

evenkeel_core::state! {
    /// Limits for the difference in rates, treatment minus control, that hold after every event and at any
    /// number of them: conversions, errors, complaints.
    ///
    /// Each arm has the limits of [`BernoulliSequence`] at `alpha / 2`, so both hold at all times with
    /// probability `1 - alpha`, and with them every function of the two rates: their
    /// [difference](Stage::update) and their [ratio](Self::ratio). Nothing is approximated; the price is an
    /// interval up to 1.4 times as wide as that of one test of the difference. O(1) (four roots in one
    /// variable), 80 bytes.
    ///
    /// ```
    /// use evenkeel_experience::experiment::{Arm, RateComparison};
    ///
    /// let mut test = RateComparison::new(0.05)?;
    /// test.update_counts(Arm::Control, 50, 9_950);
    /// let limits = test.update_counts(Arm::Treatment, 150, 9_850).unwrap();
    /// assert!(limits.lower() > 0.0 && test.ratio().unwrap().lower() > 1.2);
    /// # Ok::<(), evenkeel_core::Error>(())
    /// ```
    #[derive(Debug, Clone, Copy, PartialEq)]
    pub struct RateComparison("RateComparison@1") {
        control: BernoulliSequence,
        treatment: BernoulliSequence,
    }
}

impl RateComparison {
    /// Limits that fail, ever, with probability at most `alpha`.
    ///
    /// # Errors
    /// If `alpha` is not in (0, 1).
    pub fn new(alpha: f64) -> Result<Self, Error> {
        require_alpha(alpha)?;
        let limits = BernoulliSequence::new(0.5 * alpha)?;
        Ok(Self { control: limits, treatment: limits })
    }

    #[cfg(feature = "serde")]
    #[expect(clippy::unnecessary_wraps, reason = "what each arm needs it has checked itself")]
    fn validate(&self) -> Result<(), Error> {
        Ok(())
    }

    /// Takes several observations of an arm at once.
    pub fn update_counts(&mut self, arm: Arm, events: u64, others: u64) -> Option<Interval> {
        match arm {
            Arm::Control => self.control.update_counts(events, others),
            Arm::Treatment => self.treatment.update_counts(events, others),
        };
        self.interval()
    }

    /// The limits of the difference now; none before both arms have an observation.
    #[must_use]
    pub fn interval(&self) -> Option<Interval> {
        difference(self.treatment.interval()?, self.control.interval()?)
    }

    /// The limits of the rate of the treatment over that of the control; none before both arms have an
    /// observation, or while the control's rate may be 0.
    #[must_use]
    pub fn ratio(&self) -> Option<Interval> {
        let (treatment, control) = (self.treatment.interval()?, self.control.interval()?);
        if control.lower() <= 0.0 {
            return None;
        }
        Interval::new(treatment.lower() / control.upper(), treatment.upper() / control.lower()).ok()
    }
}

impl Stage<(Arm, bool)> for RateComparison {
    type Output = Interval;

    fn update(&mut self, (arm, event): (Arm, bool)) -> Option<Interval> {
        self.update_counts(arm, u64::from(event), u64::from(!event))
    }

    fn reset(&mut self) {
        self.control.reset();
        self.treatment.reset();
    }
}

evenkeel_core::state! {
    /// Limits for the difference in means of values in [0, 1], treatment minus control, that hold after every
    /// value and for any distribution: scores, shares, anything with a known range, scaled.
    ///
    /// Each arm has the limits of [`BernsteinSequence`] at `alpha / 2`. A value outside of [0, 1] is treated
    /// as missing. O(1), 240 bytes.
    ///
    /// ```
    /// use evenkeel_core::Stage;
    /// use evenkeel_experience::experiment::{Arm, BoundedComparison};
    ///
    /// let mut test = BoundedComparison::new(0.05)?;
    /// let values = (0..2000).map(|i| if i % 2 == 0 { (Arm::Control, 0.4) } else { (Arm::Treatment, 0.5) });
    /// assert!(test.run(values).last().flatten().unwrap().lower() > 0.0);
    /// # Ok::<(), evenkeel_core::Error>(())
    /// ```
    #[derive(Debug, Clone, Copy, PartialEq)]
    pub struct BoundedComparison("BoundedComparison@1") {
        control: BernsteinSequence,
        treatment: BernsteinSequence,
    }
}

impl BoundedComparison {
    /// Limits that fail, ever, with probability at most `alpha`.
    ///
    /// # Errors
    /// If `alpha` is not in (0, 1).
    pub fn new(alpha: f64) -> Result<Self, Error> {
        require_alpha(alpha)?;
        let limits = BernsteinSequence::new(0.5 * alpha)?;
        Ok(Self { control: limits, treatment: limits })
    }

    #[cfg(feature = "serde")]
    #[expect(clippy::unnecessary_wraps, reason = "what each arm needs it has checked itself")]
    fn validate(&self) -> Result<(), Error> {
        Ok(())
    }

    /// The limits now; none before both arms have a value.
    #[must_use]
    pub fn interval(&self) -> Option<Interval> {
        difference(self.treatment.interval()?, self.control.interval()?)
    }
}

impl Stage<(Arm, f64)> for BoundedComparison {
    type Output = Interval;

    fn update(&mut self, (arm, x): (Arm, f64)) -> Option<Interval> {
        let _ = match arm {
            Arm::Control => self.control.update(x),
            Arm::Treatment => self.treatment.update(x),
        }?;
        self.interval()
    }

    fn reset(&mut self) {
        self.control.reset();
        self.treatment.reset();
    }
}
