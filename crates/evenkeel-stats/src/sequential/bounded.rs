//! Values that have to lie in [0, 1].

#[cfg(feature = "serde")]
use evenkeel_core::Error;
use evenkeel_core::observed;

evenkeel_core::state! {
    /// Lets values in [0, 1] pass and counts those that are observed but outside.
    #[derive(Debug, Clone, Copy, PartialEq, Default)]
    pub(crate) struct Bounded("Bounded@1") {
        passed: u64,
        refused: u64,
    }
}

impl Bounded {
    pub(crate) fn admit(&mut self, x: f64) -> Option<f64> {
        let x = observed(x)?;
        if (0.0..=1.0).contains(&x) {
            self.passed = self.passed.saturating_add(1);
            Some(x)
        } else {
            self.refused = self.refused.saturating_add(1);
            None
        }
    }

    pub(crate) fn passed(&self) -> u64 {
        self.passed
    }

    pub(crate) fn count(&self) -> f64 {
        self.passed as f64
    }

    pub(crate) fn refused(&self) -> u64 {
        self.refused
    }

    #[cfg(feature = "serde")]
    fn validate(&self) -> Result<(), Error> {
        Ok(())
    }
}

evenkeel_core::state! {
    /// Mean and variance of the values so far, shrunk towards 1/2 and 1/4 as if by one more observation: the
    /// inputs of the predictable bets of Waudby-Smith and Ramdas (2024), equation 15.
    #[derive(Debug, Clone, Copy, PartialEq, Default)]
    pub(crate) struct Regularized("Regularized@1") {
        count: u64,
        sum: f64,
        squares: f64,
    }
}

impl Regularized {
    pub(crate) fn learn(&mut self, x: f64) {
        self.count = self.count.saturating_add(1);
        self.sum += x;
        let deviation = x - self.mean();
        self.squares += deviation * deviation;
    }

    pub(crate) fn mean(&self) -> f64 {
        (0.5 + self.sum) / (self.count as f64 + 1.0)
    }

    pub(crate) fn variance(&self) -> f64 {
        (0.25 + self.squares) / (self.count as f64 + 1.0)
    }

    /// The mean as it is, or `start` where there is nothing.
    pub(crate) fn plain_mean(&self, start: f64) -> f64 {
        if self.count == 0 { start } else { self.sum / self.count as f64 }
    }

    pub(crate) fn count(&self) -> u64 {
        self.count
    }

    #[cfg(feature = "serde")]
    pub(crate) fn validate(&self) -> Result<(), Error> {
        // The sum of values in [0, 1] can exceed their count by roundings only.
        let limit = self.count as f64 * (1.0 + 1e-9);
        Error::require((0.0..=limit).contains(&self.sum), "sum", "between 0 and the count", self.sum)?;
        Error::require(
            (0.0..=limit).contains(&self.squares),
            "squares",
            "between 0 and the count",
            self.squares,
        )
    }
}
