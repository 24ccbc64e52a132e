//! Plans and buffers of the Fourier transforms.

use alloc::collections::BTreeMap;
use alloc::sync::Arc;
use alloc::vec::Vec;
use core::fmt;
use evenkeel_core::Error;
use realfft::num_complex::Complex;
use realfft::{ComplexToReal, RealFftPlanner, RealToComplex};

/// The plans and buffers of the Fourier transforms that this module needs. One serves series of all lengths;
/// a plan is made when a length is met first, which may take longer than the transform itself. Memory: about
/// 60 bytes for each value of each length met.
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

/// Plans only affect speed: all are equal.
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

    /// The forward transform of real values, not scaled: real and imaginary parts of the n / 2 + 1
    /// frequencies from 0 on, which replace what is in the buffers. All others are their conjugates. A value
    /// that is not finite makes all of them so. O(n log n); allocates only for a length met first.
    pub fn forward(&mut self, values: &[f64], real: &mut Vec<f64>, imaginary: &mut Vec<f64>) {
        real.clear();
        imaginary.clear();
        if values.is_empty() {
            return;
        }
        self.transform(values.iter().copied(), values.len());
        real.extend(self.complex.iter().map(|z| z.re));
        imaginary.extend(self.complex.iter().map(|z| z.im));
    }

    /// The inverse of [`forward`](Self::forward): `length` real values, divided by `length`, which replace
    /// what is in the buffer. The imaginary parts of frequency 0, and of the last one if `length` is even,
    /// count as 0.
    ///
    /// ```
    /// use evenkeel_series::spectral::Spectral;
    ///
    /// let (mut spectral, mut re, mut im, mut back) = (Spectral::new(), vec![], vec![], vec![]);
    /// spectral.forward(&[1.0, 2.0, 4.0], &mut re, &mut im);
    /// assert!((re[0] - 7.0).abs() < 1e-12 && re.len() == 2);
    /// spectral.inverse(&re, &im, 3, &mut back)?;
    /// assert!((back[2] - 4.0).abs() < 1e-12);
    /// # Ok::<(), evenkeel_core::Error>(())
    /// ```
    ///
    /// # Errors
    /// [`Error::Shape`] unless both parts have `length` / 2 + 1 values, or none if `length` is 0.
    pub fn inverse(
        &mut self,
        real: &[f64],
        imaginary: &[f64],
        length: usize,
        values: &mut Vec<f64>,
    ) -> Result<(), Error> {
        values.clear();
        let expected = if length == 0 { 0 } else { length / 2 + 1 };
        for found in [real.len(), imaginary.len()] {
            if found != expected {
                return Err(Error::Shape { what: "spectrum", expected, found });
            }
        }
        if length == 0 {
            return Ok(());
        }
        self.complex.clear();
        self.complex.extend(real.iter().zip(imaginary).map(|(re, im)| Complex::new(*re, *im)));
        self.complex[0].im = 0.0;
        if length.is_multiple_of(2) {
            self.complex[length / 2].im = 0.0;
        }
        self.transform_back(length);
        let scale = 1.0 / length as f64;
        values.extend(self.real.iter().map(|x| x * scale));
        Ok(())
    }

    /// The squared magnitudes of the transform of some values, followed by zeros up to `length`, appended to
    /// `powers`: `length` / 2 + 1 of them.
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
        self.transform_back(length);
        let scale = 1.0 / length as f64;
        self.real[..=lags].iter().map(|x| x * scale).collect()
    }

    fn transform_back(&mut self, length: usize) {
        let plan =
            self.inverse.entry(length).or_insert_with(|| RealFftPlanner::new().plan_fft_inverse(length));
        self.real.resize(length, 0.0);
        self.scratch.resize(plan.get_scratch_len(), Complex::new(0.0, 0.0));
        // Only wrong lengths are errors, and imaginary parts that are not zero where they have to be.
        let done = plan.process_with_scratch(&mut self.complex, &mut self.real, &mut self.scratch);
        debug_assert!(done.is_ok());
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
