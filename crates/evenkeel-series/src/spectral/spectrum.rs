//! Periodogram and Welch spectrum.

use super::fourier_transform::Spectral;
use super::fourier_transform::smooth;
use alloc::vec;
use alloc::vec::Vec;
use evenkeel_core::{Error, observed};

/// The spectral density of a series, on an even grid of frequencies.
#[derive(Debug, Clone, PartialEq)]
#[must_use]
pub struct Spectrum {
    /// The index of the first frequency, and how many samples the grid's unit takes.
    first: usize,
    length: usize,
    density: Vec<f64>,
}

impl Spectrum {
    /// The density at each frequency, in squared units of the values per cycle per sample.
    #[must_use]
    pub fn density(&self) -> &[f64] {
        &self.density
    }

    /// A frequency, in cycles per sample, from 0 to 0.5.
    #[must_use]
    pub fn frequency(&self, index: usize) -> f64 {
        (self.first + index) as f64 / self.length as f64
    }
}

impl Spectral {
    /// The periodogram: the squared transform of the values without their mean, as a one-sided density whose
    /// sum over its frequencies is the variance (with n) times n. Not consistent: more values give more
    /// frequencies, not better ones; see [`welch`](Self::welch). Convention of scipy's
    /// `periodogram(detrend="constant")`. O(n log n).
    ///
    /// # Errors
    /// If there is no value, or one is missing (the [autocovariance](Self::autocovariance) takes gaps).
    pub fn periodogram(&mut self, values: &[f64]) -> Result<Spectrum, Error> {
        complete(values, 1)?;
        let n = values.len();
        let mean = mean(values);
        let mut density = Vec::with_capacity(n / 2 + 1);
        self.powers(values.iter().map(|x| x - mean), n, &mut density);
        one_sided(&mut density, n, n as f64);
        Ok(Spectrum { first: 0, length: n, density })
    }

    /// Welch's estimate: the mean of the periodograms of half-overlapping segments under Hann's window, each
    /// without its mean. Lower resolution, but lower variance. P. Welch, IEEE Transactions on Audio and
    /// Electroacoustics 15 (1967) 70-73, doi:10.1109/TAU.1967.1161901; convention of scipy's `welch`. O(n log
    /// segment).
    ///
    /// # Errors
    /// If the segment is shorter than 2 or longer than the series, or a value is missing.
    pub fn welch(&mut self, values: &[f64], segment: usize) -> Result<Spectrum, Error> {
        Error::require(segment >= 2, "segment", "at least 2", segment)?;
        complete(values, segment)?;
        let window: Vec<f64> = hann(segment).collect();
        let energy: f64 = window.iter().map(|w| w * w).sum();
        let mut density = vec![0.0; segment / 2 + 1];
        let mut powers = Vec::with_capacity(density.len());
        let starts = (0..=values.len() - segment).step_by(segment - segment / 2);
        let mut count = 0.0;
        for start in starts {
            let part = &values[start..start + segment];
            let mean = mean(part);
            powers.clear();
            self.powers(part.iter().zip(&window).map(|(x, w)| (x - mean) * w), segment, &mut powers);
            density.iter_mut().zip(&powers).for_each(|(sum, power)| *sum += power);
            count += 1.0;
        }
        one_sided(&mut density, segment, energy * count);
        Ok(Spectrum { first: 0, length: segment, density })
    }

    /// The periodogram in the convention of R's `spec.pgram(taper = 0, detrend = FALSE)`: not doubled, on the
    /// finer grid of a transform of a fast length (powers of 2, 3 and 5), without the frequency 0. O(n log
    /// n).
    ///
    /// # Errors
    /// If there are fewer than two values, or one is missing.
    pub fn periodogram_as_r(&mut self, values: &[f64]) -> Result<Spectrum, Error> {
        complete(values, 2)?;
        let length = smooth(values.len(), 1);
        let mean = mean(values);
        let mut density = Vec::with_capacity(length / 2 + 1);
        self.powers(values.iter().map(|x| x - mean), length, &mut density);
        density.remove(0);
        let scale = 1.0 / values.len() as f64;
        density.iter_mut().for_each(|x| *x *= scale);
        Ok(Spectrum { first: 1, length, density })
    }
}

/// Hann's window, periodic.
pub(super) fn hann(n: usize) -> impl Iterator<Item = f64> {
    (0..n).map(move |i| 0.5 - 0.5 * libm::cos(core::f64::consts::TAU * i as f64 / n as f64))
}

/// Moves the power of negative frequencies to the positive ones; both ends have only one.
fn one_sided(density: &mut [f64], n: usize, energy: f64) {
    let last = density.len() - 1;
    for (k, x) in density.iter_mut().enumerate() {
        let single = k == 0 || (k == last && n.is_multiple_of(2));
        *x *= if single { 1.0 } else { 2.0 } / energy;
    }
}

fn complete(values: &[f64], needed: usize) -> Result<(), Error> {
    if values.len() < needed {
        return Err(Error::TooShort { needed, got: values.len() });
    }
    match values.iter().position(|x| observed(*x).is_none()) {
        Some(at) => Err(Error::Missing { at }),
        None => Ok(()),
    }
}

fn mean(values: &[f64]) -> f64 {
    values.iter().sum::<f64>() / values.len() as f64
}
