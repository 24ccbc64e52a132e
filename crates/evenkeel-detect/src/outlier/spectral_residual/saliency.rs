//! The spectral residual saliency of a finished series.

use alloc::vec::Vec;
use evenkeel_core::{Error, observed};
use evenkeel_series::spectral::Spectral;

/// How salient each value of a finished series is: the kernel of
/// [`SpectralResidual`](crate::outlier::SpectralResidual), with the plans and buffers of its transforms, for
/// one series after the other.
///
/// The amplitudes of a spectrum are replaced by what is left of their logarithms when a moving average over
/// frequencies is taken off, phases are kept, and the way back gives a saliency: X. Hou, L. Zhang, Saliency
/// detection: a spectral residual approach, CVPR 2007, doi:10.1109/CVPR.2007.383267; H. Ren et al.,
/// Time-series anomaly detection service at Microsoft, KDD 2019, doi:10.1145/3292500.3330680,
/// arXiv:1906.03821. Two variants that are in use differ in the average: [`trailing`](Self::trailing) and
/// [`centered`](Self::centered).
///
/// *Cost*: O(n log n); allocates only for a length met first.
///
/// ```
/// use evenkeel_detect::outlier::Saliency;
///
/// let mut series: Vec<f64> = (0..100).map(|t| f64::from(t % 10)).collect();
/// series[57] = 20.0;
/// let mut kernel = Saliency::new();
/// let saliency = kernel.trailing(&series, 3)?;
/// let largest = (0..100).max_by(|a, b| saliency[*a].total_cmp(&saliency[*b]));
/// assert_eq!(largest, Some(57));
/// # Ok::<(), evenkeel_core::Error>(())
/// ```
#[derive(Debug, Clone, Default)]
#[must_use]
pub struct Saliency {
    spectral: Spectral,
    scaled: Vec<f64>,
    real: Vec<f64>,
    imaginary: Vec<f64>,
    turned_real: Vec<f64>,
    turned_imaginary: Vec<f64>,
    /// Of all n frequencies.
    logarithms: Vec<f64>,
    gains: Vec<f64>,
    other: Vec<f64>,
    saliency: Vec<f64>,
}

/// A work space is not part of the state, so all are equal.
impl PartialEq for Saliency {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

/// A bin of smaller magnitude has no phase.
const LEAST: f64 = 1e-8;
/// How many bins the centered average takes.
const CENTERED: usize = 100;

impl Saliency {
    /// Without any plan yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// The saliency of each value, with the average of each logarithm and those of the `width - 1`
    /// frequencies before it, of fewer at the beginning. Frequencies are those of the full transform, the
    /// conjugates among them. A bin of magnitude 10⁻⁸ or less counts as logarithm 0 and is left out on the
    /// way back: bring the series to a sensible scale first.
    ///
    /// # Errors
    /// If the series is empty, a value is missing, or `width` is 0.
    pub fn trailing(&mut self, series: &[f64], width: usize) -> Result<&[f64], Error> {
        validate(series)?;
        Error::require(width >= 1, "width", "at least 1", width)?;
        let n = series.len();
        self.spectral.forward(series, &mut self.real, &mut self.imaginary);
        self.logarithms.clear();
        let magnitude = |k: usize, re: &[f64], im: &[f64]| {
            let k = k.min(n - k);
            libm::hypot(re[k], im[k])
        };
        let (re, im) = (&self.real, &self.imaginary);
        let logarithm = |k: usize| {
            let magnitude = magnitude(k, re, im);
            if magnitude > LEAST { libm::log(magnitude) } else { 0.0 }
        };
        self.logarithms.extend((0..n).map(logarithm));
        self.gains.clear();
        let logarithms = &self.logarithms;
        self.gains.extend((0..n).map(|k| {
            let magnitude = magnitude(k, re, im);
            let average = trailing_mean(logarithms, k, width);
            if magnitude > LEAST { libm::exp(logarithms[k] - average) / magnitude } else { 0.0 }
        }));
        // A frequency and its conjugate may have different gains: what comes back is complex. Its real part
        // is the way back of the even part of the gains, its imaginary part that of the odd one.
        self.turned_real.clear();
        self.turned_imaginary.clear();
        for k in 0..self.real.len() {
            let (gain, mirrored) = (self.gains[k], self.gains[(n - k) % n]);
            let (even, odd) = (0.5 * (gain + mirrored), 0.5 * (gain - mirrored));
            let (re, im) = (self.real[k], self.imaginary[k]);
            self.turned_real.push(im * odd);
            self.turned_imaginary.push(-re * odd);
            self.real[k] = re * even;
            self.imaginary[k] = im * even;
        }
        self.spectral.inverse(&self.real, &self.imaginary, n, &mut self.saliency)?;
        self.spectral.inverse(&self.turned_real, &self.turned_imaginary, n, &mut self.other)?;
        for (x, y) in self.saliency.iter_mut().zip(&self.other) {
            *x = libm::hypot(*x, *y);
        }
        Ok(&self.saliency)
    }

    /// The saliency as TSB-AD (Q. Liu, J. Paparrizos, NeurIPS 2024) and alibi-detect compute it: the series
    /// is brought to [0, 1]; the logarithms of the first half of the frequencies, without that of the mean,
    /// are averaged over 100 around each, where the *series'* first and last value stand for what is missing
    /// at the ends; the other half mirrors them.
    ///
    /// # Errors
    /// If the series has fewer than 3 values or all are equal, or a value is missing.
    pub fn centered(&mut self, series: &[f64]) -> Result<&[f64], Error> {
        validate(series)?;
        let n = series.len();
        if n < 3 {
            return Err(Error::TooShort { needed: 3, got: n });
        }
        let least = series.iter().copied().fold(f64::INFINITY, f64::min);
        let most = series.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        if least >= most {
            return Err(Error::Numerical { what: "a constant series has no range" });
        }
        self.scaled.clear();
        self.scaled.extend(series.iter().map(|x| (x - least) / (most - least)));
        self.spectral.forward(&self.scaled, &mut self.real, &mut self.imaginary);
        let half = self.real.len() - 1;
        let (before, after) = ((CENTERED - 1) / 2, CENTERED - 1 - (CENTERED - 1) / 2);
        self.logarithms.clear();
        self.logarithms.extend(core::iter::repeat_n(self.scaled[0], before));
        let bins = self.real.iter().zip(&self.imaginary).skip(1);
        // An exact zero has no logarithm.
        self.logarithms.extend(bins.map(|(re, im)| libm::log(libm::hypot(*re, *im).max(f64::MIN_POSITIVE))));
        self.logarithms.extend(core::iter::repeat_n(self.scaled[n - 1], after));
        for k in 0..=half {
            let magnitude = libm::hypot(self.real[k], self.imaginary[k]);
            // The mean keeps its amplitude as an average of its own.
            let residual = match k.checked_sub(1) {
                None => 0.0,
                Some(at) => {
                    let average = self.logarithms[at..at + CENTERED].iter().sum::<f64>() / CENTERED as f64;
                    self.logarithms[at + before] - average
                }
            };
            let gain = if magnitude > 0.0 { libm::exp(residual) / magnitude } else { 0.0 };
            self.real[k] *= gain;
            self.imaginary[k] *= gain;
        }
        self.spectral.inverse(&self.real, &self.imaginary, n, &mut self.saliency)?;
        self.saliency.iter_mut().for_each(|x| *x = x.abs());
        Ok(&self.saliency)
    }

    /// How far the saliency of the value at `at` is above the mean of that and the `width - 1` before it, by
    /// that mean, of the series that was looked at last. None if it has no such value, or `width` is 0.
    #[must_use]
    pub fn excess(&self, at: usize, width: usize) -> Option<f64> {
        let saliency = *self.saliency.get(at)?;
        if width == 0 {
            return None;
        }
        let mean = trailing_mean(&self.saliency, at, width);
        Some((saliency - mean) / mean.max(LEAST))
    }
}

fn validate(series: &[f64]) -> Result<(), Error> {
    if series.is_empty() {
        return Err(Error::TooShort { needed: 1, got: 0 });
    }
    match series.iter().position(|x| observed(*x).is_none()) {
        Some(at) => Err(Error::Missing { at }),
        None => Ok(()),
    }
}

/// The mean of a number and those up to `width - 1` places before it.
fn trailing_mean(numbers: &[f64], at: usize, width: usize) -> f64 {
    let some = &numbers[(at + 1).saturating_sub(width)..=at];
    some.iter().sum::<f64>() / some.len() as f64
}
