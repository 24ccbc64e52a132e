//! The Fourier terms of several seasons over time.

use evenkeel_core::Error;
use evenkeel_series::transform::FourierTerms;

/// The most waves of all seasons.
pub(super) const MOST: usize = 1000;

/// The waves of each season.
pub(super) fn terms(periods: &[f64], waves: &[usize]) -> Result<FourierTerms, Error> {
    FourierTerms::new(periods.iter().copied().zip(waves.iter().copied()))
}

/// The waves over a history: time starts at 1.
pub(super) fn columns(terms: &FourierTerms, n: usize) -> Vec<Vec<f64>> {
    terms.columns(1..n + 1)
}
