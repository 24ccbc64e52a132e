//! The mean and variance of a finished sample, and the check that it can be used.

use evenkeel_core::{Error, observed};
use evenkeel_stats::CompensatedSum;

/// Refuses samples with fewer than `least` values or with a value that is not [observed].
pub(crate) fn require_sample(x: &[f64], least: usize) -> Result<(), Error> {
    if let Some(at) = x.iter().position(|x| observed(*x).is_none()) {
        return Err(Error::Missing { at });
    }
    if x.len() < least {
        return Err(Error::TooShort { needed: least, got: x.len() });
    }
    Ok(())
}

/// A confidence level strictly between 0 and 1.
pub(crate) fn require_confidence(confidence: f64) -> Result<(), Error> {
    Error::require(confidence > 0.0 && confidence < 1.0, "confidence", "in (0, 1)", confidence)
}

/// An error probability strictly between 0 and 1.
pub(crate) fn require_alpha(alpha: f64) -> Result<(), Error> {
    Error::require(alpha > 0.0 && alpha < 1.0, "alpha", "in (0, 1)", alpha)
}

/// Number, mean and variance (n - 1) of a sample.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Moments {
    pub(crate) n: f64,
    pub(crate) mean: f64,
    pub(crate) variance: f64,
}

impl Moments {
    /// By two passes with compensated sums, of at least two observed values.
    pub(crate) fn of(x: &[f64]) -> Result<Self, Error> {
        require_sample(x, 2)?;
        let n = x.len() as f64;
        let mean = mean(x.iter().copied());
        let mut squares = CompensatedSum::new();
        x.iter().for_each(|x| squares.add((x - mean) * (x - mean)));
        Ok(Self { n, mean, variance: squares.value() / (n - 1.0) })
    }
}

/// The mean of values that are known to be observed.
pub(crate) fn mean(x: impl ExactSizeIterator<Item = f64>) -> f64 {
    let n = x.len() as f64;
    let mut sum = CompensatedSum::new();
    x.for_each(|x| sum.add(x));
    sum.value() / n
}
