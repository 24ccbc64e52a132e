//! Compensated sums.

/// A sum that carries its rounding error along (Neumaier 1974, doi:10.1002/zamm.19740540106): the result is as good as if summed in
/// twice the precision.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub(crate) struct Sum {
    high: f64,
    low: f64,
}

impl Sum {
    pub(crate) const ZERO: Self = Self { high: 0.0, low: 0.0 };

    pub(crate) fn add(&mut self, x: f64) {
        let sum = self.high + x;
        self.low += if self.high.abs() >= x.abs() { (self.high - sum) + x } else { (x - sum) + self.high };
        self.high = sum;
    }

    /// The sum of two sums.
    pub(crate) fn merge(mut self, other: Self) -> Self {
        self.add(other.high);
        self.low += other.low;
        self
    }

    pub(crate) fn value(self) -> f64 {
        self.high + self.low
    }
}

impl FromIterator<f64> for Sum {
    fn from_iter<I: IntoIterator<Item = f64>>(values: I) -> Self {
        let mut sum = Self::default();
        values.into_iter().for_each(|x| sum.add(x));
        sum
    }
}
