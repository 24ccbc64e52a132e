//! The application performance index.

use core::time::Duration;
use evenkeel_core::{Error, Stage};

evenkeel_core::state! {
    /// Apdex: how satisfied users are with response times, as one number from 0 to 1.
    ///
    /// A request within the target `T` (inclusive) counts 1, within `4 T` (inclusive) 1/2, above that or
    /// failed 0; the index is the mean. By custom 0.94 is excellent, 0.85 good, 0.7 fair, 0.5 poor, less
    /// unacceptable. Source: Apdex Alliance, Application Performance Index, technical specification 1.1
    /// (2007). Counts from the start or the last [`reset`](Stage::reset); O(1), 40 bytes.
    ///
    /// Observations are the response time, or none for a failed request. The output is the index so far.
    ///
    /// ```
    /// use core::time::Duration;
    /// use evenkeel_core::Stage;
    /// use evenkeel_experience::slo::Apdex;
    ///
    /// let mut apdex = Apdex::new(Duration::from_millis(500))?;
    /// let ms = |ms| Some(Duration::from_millis(ms));
    /// let index = apdex.run([ms(200), ms(500), ms(2000), ms(2001), None]).last().flatten();
    /// assert_eq!(index, Some(0.5));
    /// # Ok::<(), evenkeel_core::Error>(())
    /// ```
    #[derive(Debug, Clone, Copy, PartialEq, Eq)]
    pub struct Apdex("Apdex@1") {
        target: Duration,
        satisfied: u64,
        tolerating: u64,
        frustrated: u64,
    }
}

impl Apdex {
    /// With the response time that satisfies a user.
    ///
    /// # Errors
    /// If `target` is zero or more than a day.
    pub fn new(target: Duration) -> Result<Self, Error> {
        let apdex = Self { target, satisfied: 0, tolerating: 0, frustrated: 0 };
        apdex.validate()?;
        Ok(apdex)
    }

    fn validate(&self) -> Result<(), Error> {
        let in_range = self.target > Duration::ZERO && self.target <= Duration::from_secs(86_400);
        Error::require(in_range, "target", "above 0 and at most a day", self.target.as_secs_f64())
    }

    /// The index so far; none before the first request.
    #[must_use]
    pub fn index(&self) -> Option<f64> {
        let total = self.satisfied as f64 + self.tolerating as f64 + self.frustrated as f64;
        (total > 0.0).then(|| (self.satisfied as f64 + 0.5 * self.tolerating as f64) / total)
    }

    /// How many requests were within the target.
    #[must_use]
    pub fn satisfied(&self) -> u64 {
        self.satisfied
    }

    /// How many requests were within four times the target, but not within the target.
    #[must_use]
    pub fn tolerating(&self) -> u64 {
        self.tolerating
    }

    /// How many requests were slower, or failed.
    #[must_use]
    pub fn frustrated(&self) -> u64 {
        self.frustrated
    }
}

impl Stage<Option<Duration>> for Apdex {
    type Output = f64;

    fn update(&mut self, took: Option<Duration>) -> Option<f64> {
        let count = match took {
            Some(took) if took <= self.target => &mut self.satisfied,
            Some(took) if took <= 4 * self.target => &mut self.tolerating,
            Some(_) | None => &mut self.frustrated,
        };
        *count = count.saturating_add(1);
        self.index()
    }

    fn reset(&mut self) {
        (self.satisfied, self.tolerating, self.frustrated) = (0, 0, 0);
    }
}
