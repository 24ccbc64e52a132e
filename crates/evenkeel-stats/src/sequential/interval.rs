//! Intervals of a confidence sequence.

use evenkeel_core::{Error, Stage};

evenkeel_core::state! {
    /// The values of a parameter that the data do not contradict, ends included.
    #[derive(Debug, Clone, Copy, PartialEq)]
    #[must_use]
    pub struct Interval("Interval@1") {
        lower: f64,
        upper: f64,
    }
}

impl Interval {
    /// From `lower` to `upper`.
    ///
    /// # Errors
    /// If an end is not finite, or `lower` is above `upper`.
    pub fn new(lower: f64, upper: f64) -> Result<Self, Error> {
        let interval = Self { lower, upper };
        interval.validate()?;
        Ok(interval)
    }

    /// From finite ends that are known to be in order.
    pub(crate) fn between(lower: f64, upper: f64) -> Self {
        Self { lower, upper }
    }

    /// Around `center`, moved into what is finite.
    pub(crate) fn around(center: f64, half_width: f64) -> Self {
        Self::between(
            (center - half_width).clamp(f64::MIN, f64::MAX),
            (center + half_width).clamp(f64::MIN, f64::MAX),
        )
    }

    /// The lower end; finite.
    #[must_use]
    pub fn lower(&self) -> f64 {
        self.lower
    }

    /// The upper end; finite.
    #[must_use]
    pub fn upper(&self) -> f64 {
        self.upper
    }

    /// Upper end minus lower end.
    #[must_use]
    pub fn width(&self) -> f64 {
        self.upper - self.lower
    }

    /// Whether a value is inside, ends included.
    #[must_use]
    pub fn contains(&self, x: f64) -> bool {
        self.lower <= x && x <= self.upper
    }

    fn validate(&self) -> Result<(), Error> {
        Error::require(self.lower.is_finite(), "lower", "finite", self.lower)?;
        Error::require(self.upper.is_finite(), "upper", "finite", self.upper)?;
        Error::require(self.lower <= self.upper, "upper", "at least lower", self.upper)
    }
}

evenkeel_core::state! {
    /// The intersection of all intervals so far: `sequence.then(Intersection::new())`.
    ///
    /// A confidence sequence covers at all times at once, so what any one of its intervals excluded stays
    /// excluded: the intersection holds with the same probability and never widens. It rests on the parameter
    /// being the same throughout: under drift the intervals become disjoint, which
    /// [`contradictions`](Self::contradictions) counts; the interval then shrinks to the end of the old one
    /// that is nearest to the new one. O(1) time, 24 bytes.
    ///
    /// ```
    /// use evenkeel_core::Stage;
    /// use evenkeel_stats::sequential::{HoeffdingSequence, Intersection};
    ///
    /// let mut narrowing = HoeffdingSequence::new(0.05)?.then(Intersection::new());
    /// let widths: Vec<f64> = narrowing.run([0.5; 50]).map(|interval| interval.unwrap().width()).collect();
    /// assert!(widths.windows(2).all(|pair| pair[1] <= pair[0]));
    /// # Ok::<(), evenkeel_core::Error>(())
    /// ```
    #[derive(Debug, Clone, Copy, PartialEq, Default)]
    pub struct Intersection("Intersection@1") {
        interval: Option<Interval>,
        contradictions: u64,
    }
}

impl Intersection {
    /// Starts with nothing excluded.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// The intersection so far.
    #[must_use]
    pub fn interval(&self) -> Option<Interval> {
        self.interval
    }

    /// How many intervals had nothing in common with the intersection of those before. Under a constant
    /// parameter more than none has at most the error probability of the sequence.
    #[must_use]
    pub fn contradictions(&self) -> u64 {
        self.contradictions
    }

    #[cfg(feature = "serde")]
    fn validate(&self) -> Result<(), Error> {
        let impossible = self.interval.is_none() && self.contradictions > 0;
        Error::require(!impossible, "contradictions", "0 before the first interval", self.contradictions)
    }
}

impl Stage<Interval> for Intersection {
    type Output = Interval;

    fn update(&mut self, x: Interval) -> Option<Interval> {
        let next = match self.interval {
            None => x,
            Some(old) if x.lower > old.upper || x.upper < old.lower => {
                self.contradictions = self.contradictions.saturating_add(1);
                let end = if x.lower > old.upper { old.upper } else { old.lower };
                Interval::between(end, end)
            }
            Some(old) => Interval::between(old.lower.max(x.lower), old.upper.min(x.upper)),
        };
        self.interval = Some(next);
        self.interval
    }

    fn reset(&mut self) {
        *self = Self::default();
    }
}
