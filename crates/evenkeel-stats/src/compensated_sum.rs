//! Compensated summation.

#[cfg(feature = "serde")]
use evenkeel_core::Error;

evenkeel_core::state! {
    /// A running sum whose error does not grow with the number of addends.
    ///
    /// Beside the sum it keeps what rounding lost, so that the result has the error of about one rounding,
    /// plus `n * 1e-32` times the sum of magnitudes. Four times the work of a plain sum; 16 bytes.
    ///
    /// Source: A. Neumaier, Rundungsfehleranalyse einiger Verfahren zur Summation endlicher Summen, ZAMM 54
    /// (1974) 39-51, doi:10.1002/zamm.19740540106.
    ///
    /// Infinities and NaN go through as in a plain sum. Not a [`Stage`](evenkeel_core::Stage): it has no rule
    /// on missing values.
    ///
    /// ```
    /// use evenkeel_stats::CompensatedSum;
    ///
    /// let sum: CompensatedSum = [1.0, 1e100, 1.0, -1e100].into_iter().collect();
    /// assert_eq!(sum.value(), 2.0);
    /// assert_eq!([1.0, 1e100, 1.0, -1e100].iter().sum::<f64>(), 0.0);
    /// ```
    #[derive(Debug, Clone, Copy, PartialEq, Default)]
    pub struct CompensatedSum("CompensatedSum@1") {
        sum: f64,
        lost: f64,
    }
}

impl CompensatedSum {
    /// An empty sum.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a number.
    #[inline]
    pub fn add(&mut self, x: f64) {
        let sum = self.sum + x;
        self.lost += if self.sum.abs() >= x.abs() { (self.sum - sum) + x } else { (x - sum) + self.sum };
        self.sum = sum;
    }

    /// The sum of everything added.
    #[must_use]
    #[inline]
    pub fn value(&self) -> f64 {
        // Once the sum is infinite, `lost` is NaN.
        if self.lost.is_finite() { self.sum + self.lost } else { self.sum }
    }

    #[cfg(feature = "serde")]
    fn validate(&self) -> Result<(), Error> {
        Ok(())
    }

    /// Validates a sum inside a stage, which takes only what is observed.
    #[cfg(feature = "serde")]
    pub(crate) fn require_finite(&self, name: &'static str) -> Result<(), Error> {
        Error::require(self.sum.is_finite() && self.lost.is_finite(), name, "finite", self.sum)
    }
}

impl Extend<f64> for CompensatedSum {
    fn extend<I: IntoIterator<Item = f64>>(&mut self, addends: I) {
        for x in addends {
            self.add(x);
        }
    }
}

impl FromIterator<f64> for CompensatedSum {
    fn from_iter<I: IntoIterator<Item = f64>>(addends: I) -> Self {
        let mut sum = Self::new();
        sum.extend(addends);
        sum
    }
}
