//! E-values and alternatives.

use evenkeel_core::Error;

/// The alternative to the null hypothesis.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub enum Alternative {
    /// The mean is larger than the given one; the null is that it is at most as large.
    Greater,
    /// The mean is smaller than the given one; the null is that it is at least as large.
    Less,
    /// The mean differs from the given one; the null is that it is equal.
    TwoSided,
}

#[cfg(feature = "serde")]
evenkeel_core::exact_as_is!(Alternative);

/// Evidence against a null hypothesis, as a natural logarithm: now, and at its largest so far.
///
/// Under the null, `exp(log_now)` has expectation at most 1 at any stopping time, and `exp(log_largest)`
/// exceeds `1 / alpha` with probability at most `alpha`. Both logarithms are finite.
#[derive(Debug, Clone, Copy, PartialEq, PartialOrd)]
#[must_use]
pub struct EValue {
    log_now: f64,
    log_largest: f64,
}

impl EValue {
    pub(crate) fn new(log_now: f64, log_largest: f64) -> Self {
        Self { log_now, log_largest }
    }

    /// The e-value now: 1 says nothing, 20 is like a p-value of 0.05, less than 1 speaks for the null. At
    /// most the largest float.
    #[must_use]
    pub fn e(&self) -> f64 {
        libm::exp(self.log_now).min(f64::MAX)
    }

    /// Natural logarithm of the e-value now.
    #[must_use]
    pub fn log_e(&self) -> f64 {
        self.log_now
    }

    /// Natural logarithm of the largest e-value so far, at least 0.
    #[must_use]
    pub fn log_largest(&self) -> f64 {
        self.log_largest
    }

    /// The p-value that is valid at any stopping time: 1 over the largest e-value so far. It never rises.
    #[must_use]
    pub fn p(&self) -> f64 {
        libm::exp(-self.log_largest).min(1.0)
    }

    /// Natural logarithm of [`p`](Self::p), also where that is 0.
    #[must_use]
    pub fn log_p(&self) -> f64 {
        -self.log_largest
    }
}

/// The running maximum of a log e-value, which starts at log 1.
pub(crate) fn track(log_largest: &mut f64, log_now: f64) -> EValue {
    let log_now = log_now.clamp(f64::MIN, f64::MAX);
    *log_largest = log_largest.max(log_now);
    EValue::new(log_now, *log_largest)
}

#[cfg(feature = "serde")]
pub(crate) fn validate_log_largest(log_largest: f64) -> Result<(), Error> {
    Error::require(
        log_largest >= 0.0 && log_largest.is_finite(),
        "log_largest",
        "finite and at least 0",
        log_largest,
    )
}

pub(crate) fn require_probability(name: &'static str, p: f64) -> Result<(), Error> {
    Error::require(p > 0.0 && p < 1.0, name, "in (0, 1)", p)
}

/// A rate or mean strictly inside (0, 1), whose odds are representable.
pub(crate) fn require_rate(name: &'static str, p: f64) -> Result<(), Error> {
    Error::require((1e-300..1.0).contains(&p), name, "in [1e-300, 1)", p)
}

/// Natural logarithm of the mean of `exp(logs)`.
pub(crate) fn log_mean_exp(logs: impl ExactSizeIterator<Item = f64> + Clone) -> f64 {
    let n = logs.len();
    let largest = logs.clone().fold(f64::NEG_INFINITY, f64::max);
    if largest == f64::NEG_INFINITY {
        return largest;
    }
    let n = n as f64;
    largest + libm::log(logs.map(|log| libm::exp(log - largest)).sum::<f64>() / n)
}
