//! Plans and buffers of the Fourier transforms.

use alloc::collections::BTreeMap;
use alloc::sync::Arc;
use alloc::vec::Vec;
use core::fmt;
use realfft::num_complex::Complex;
use realfft::{ComplexToReal, RealFftPlanner, RealToComplex};

/// The plans and buffers of the Fourier transforms that this module needs. One serves series of all lengths; a plan is made when a
/// length is met first, which may take longer than the transform itself. Memory: about 60 bytes for each value of each length met.
#[derive(Default, Clone)]
#[must_use]
pub struct Spectral {
    forward: BTreeMap<usize, Arc<dyn RealToComplex<f64>>>,
    inverse: BTreeMap<usize, Arc<dyn ComplexToReal<f64>>>,
    real: Vec<f64>,
    complex: Vec<Complex<f64>>,
    scratch: Vec<Complex<f64>>,
}

impl fmt::Debug for Spectral {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Spectral").field("lengths", &self.forward.keys()).finish_non_exhaustive()
    }
}

/// Plans are a matter of speed: all are the same.
impl PartialEq for Spectral {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

impl Spectral {
    /// Without any plan yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// The squared magnitudes of the transform of some values, followed by zeros up to `length`, appended to `powers`:
    /// `length` / 2 + 1 of them.
    pub(super) fn powers(&mut self, values: impl Iterator<Item = f64>, length: usize, powers: &mut Vec<f64>) {
        self.transform(values, length);
        powers.extend(self.complex.iter().map(Complex::norm_sqr));
    }

    /// The sums of products of values that lie 0, 1, ..., `lags` places apart.
    pub(super) fn lagged_products(&mut self, values: &[f64], lags: usize) -> Vec<f64> {
        let length = smooth(values.len() + lags, 2);
        self.transform(values.iter().copied(), length);
        for x in &mut self.complex {
            *x = Complex::new(x.norm_sqr(), 0.0);
        }
        let plan =
            self.inverse.entry(length).or_insert_with(|| RealFftPlanner::new().plan_fft_inverse(length));
        self.real.resize(length, 0.0);
        self.scratch.resize(plan.get_scratch_len(), Complex::new(0.0, 0.0));
        // Only wrong lengths are errors, and the imaginary parts that have to be zero are.
        let done = plan.process_with_scratch(&mut self.complex, &mut self.real, &mut self.scratch);
        debug_assert!(done.is_ok());
        let scale = 1.0 / length as f64;
        self.real[..=lags].iter().map(|x| x * scale).collect()
    }

    fn transform(&mut self, values: impl Iterator<Item = f64>, length: usize) {
        let plan =
            self.forward.entry(length).or_insert_with(|| RealFftPlanner::new().plan_fft_forward(length));
        self.real.clear();
        self.real.extend(values);
        self.real.resize(length, 0.0);
        self.complex.resize(length / 2 + 1, Complex::new(0.0, 0.0));
        self.scratch.resize(plan.get_scratch_len(), Complex::new(0.0, 0.0));
        // Only wrong lengths are errors.
        let done = plan.process_with_scratch(&mut self.real, &mut self.complex, &mut self.scratch);
        debug_assert!(done.is_ok());
    }
}

/// The least length from `n` on that is `unit` times powers of 2, 3 and 5, for which transforms are fast.
pub(super) fn smooth(n: usize, unit: usize) -> usize {
    let mut best = usize::MAX;
    let mut fives = unit;
    while fives < best {
        let mut threes = fives;
        while threes < best {
            let mut length = threes;
            while length < n {
                length *= 2;
            }
            best = best.min(length);
            if threes >= n {
                break;
            }
            threes *= 3;
        }
        if fives >= n {
            break;
        }
        fives *= 5;
    }
    best
}
