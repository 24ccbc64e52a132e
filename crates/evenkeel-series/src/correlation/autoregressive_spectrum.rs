//! Autoregressive spectrum, and the dominant period.

use super::partial_autocorrelation::PartialAutocorrelation;
use crate::missing::{complete_rows, missing_as_nan};
use alloc::vec;
use alloc::vec::Vec;
use evenkeel_core::Error;
use evenkeel_stats::linear::QrLeastSquares;

/// The number of frequencies at which a peak is searched for.
const FREQUENCIES: usize = 500;

/// The spectrum of the best autoregression of a series: smooth where a periodogram is rough, with peaks at
/// recurring periods.
///
/// *For* the one period that dominates a short or noisy series, also where it varies (the ten years of the
/// lynx). *Not for* several seasons, nor for long ones, beyond the order of the autoregression: `spectral`
/// finds those.
///
/// *Method*: Yule-Walker autoregressions up to the order 10 log₁₀ n; that of the least AIC gives the density
/// variance / |1 - Σ φⱼ exp(-2πi f j)|², H. Akaike, Annals of the Institute of Statistical Mathematics 21
/// (1969) 407-419, doi:10.1007/BF02532269. As R's `spec.ar`.
///
/// ```
/// use evenkeel_series::correlation::AutoregressiveSpectrum;
///
/// // A wave whose phase wanders, of about 9 values.
/// let mut y = vec![0.0, 1.0];
/// for t in 2..400_usize {
///     let noise = ((t as u32).wrapping_mul(2_654_435_761) >> 8) as f64 / f64::from(1 << 23) - 1.0;
///     y.push(1.48 * y[t - 1] - 0.95 * y[t - 2] + noise);
/// }
/// let spectrum = AutoregressiveSpectrum::of(&y)?;
/// assert!(spectrum.power(1.0 / 9.0) > 50.0 * spectrum.power(1.0 / 4.0));
/// assert_eq!(AutoregressiveSpectrum::dominant_period(&y, 10.0)?, Some(9));
/// # Ok::<(), evenkeel_core::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
#[must_use]
pub struct AutoregressiveSpectrum {
    coefficients: Vec<f64>,
    variance: f64,
}

impl AutoregressiveSpectrum {
    /// Of a series, about its mean. *Missing* values: products with them are left out. O(n log n) time.
    ///
    /// # Errors
    /// [`Error::TooShort`] below three observed values; [`Error::Numerical`] if nothing varies, or the series
    /// follows from its past exactly.
    pub fn of(values: &[f64]) -> Result<Self, Error> {
        let n = missing_as_nan(values).iter().filter(|x| !x.is_nan()).count();
        if n < 3 {
            return Err(Error::TooShort { needed: 3, got: n });
        }
        let count = n as f64;
        let most = (libm::floor(10.0 * libm::log10(count)) as usize).min(n - 1);
        let partial = PartialAutocorrelation::yule_walker();
        let all = partial.fit(values, most)?;
        // Each order multiplies the remaining variance by a factor.
        let mut left = 0.0;
        let mut best = (0, 0.0);
        for (order, reflection) in (1..).zip(all.values()) {
            left += libm::log1p(-reflection * reflection);
            let criterion = count * left + 2.0 * order as f64;
            if criterion < best.1 {
                best = (order, criterion);
            }
        }
        let order = best.0;
        if order + 1 >= n {
            return Err(Error::TooShort { needed: order + 2, got: n });
        }
        let chosen = partial.fit(values, order)?;
        let variance = chosen.noise_variance().unwrap_or(f64::NAN);
        let coefficients = chosen.coefficients().unwrap_or(&[]).to_vec();
        if !(variance > 0.0 && coefficients.iter().all(|phi| phi.is_finite())) {
            return Err(Error::Numerical { what: "the series follows from its past exactly" });
        }
        Ok(Self { coefficients, variance: variance * count / (count - order as f64 - 1.0) })
    }

    /// How many past values the autoregression takes.
    #[must_use]
    pub fn order(&self) -> usize {
        self.coefficients.len()
    }

    /// The density at a frequency in cycles a value, in squared units of the data a cycle; its integral from
    /// -1/2 to 1/2 is the variance.
    #[must_use]
    pub fn power(&self, frequency: f64) -> f64 {
        let (mut re, mut im) = (1.0, 0.0);
        for (j, phi) in (1..).zip(&self.coefficients) {
            let angle = core::f64::consts::TAU * frequency * f64::from(j);
            re -= phi * libm::cos(angle);
            im += phi * libm::sin(angle);
        }
        self.variance / (re * re + im * im)
    }

    /// The period of the highest peak in the spectrum of a series without its line, rounded, from the longest
    /// stretch without a gap; `None` if no density exceeds `least_power`, in squared units of the data, or
    /// the peak is at the lowest frequency and no other follows.
    ///
    /// It is R's `findfrequency` at a `least_power` of 10, which its authors call arbitrary: it depends on
    /// the unit of the data.
    ///
    /// # Errors
    /// Those of [`of`](Self::of).
    pub fn dominant_period(values: &[f64], least_power: f64) -> Result<Option<usize>, Error> {
        let flat = without_line(&missing_as_nan(values))?;
        let longest = flat.split(|x| x.is_nan()).rev().max_by_key(|part| part.len()).unwrap_or(&[]);
        let spectrum = Self::of(longest)?;
        let frequency = |i: usize| 0.5 * i as f64 / (FREQUENCIES - 1) as f64;
        let powers: Vec<f64> = (0..FREQUENCIES).map(|i| spectrum.power(frequency(i))).collect();
        // The first of equal ones.
        let peak = |from: usize| (from..FREQUENCIES).rev().max_by(|a, b| powers[*a].total_cmp(&powers[*b]));
        let mut at = peak(0).unwrap_or(0);
        if powers[at] <= least_power {
            return Ok(None);
        }
        if at == 0 {
            // Frequency 0 is no period: the highest peak after the density has begun to rise again, if it
            // does.
            let Some(rising) = powers.windows(2).position(|pair| pair[1] > pair[0]) else { return Ok(None) };
            at = peak(rising + 1).unwrap_or(FREQUENCIES - 1);
            if at == FREQUENCIES - 1 {
                return Ok(None);
            }
        }
        Ok(Some(libm::floor(1.0 / frequency(at) + 0.5) as usize))
    }
}

fn without_line(y: &[f64]) -> Result<Vec<f64>, Error> {
    let time = |t: usize| (t as f64 + 1.0) / y.len() as f64;
    let mut columns = vec![vec![1.0; y.len()], (0..y.len()).map(time).collect()];
    let mut seen = y.to_vec();
    complete_rows(&mut columns, &mut seen);
    let line = QrLeastSquares::new(columns, seen)?.coefficients(2);
    Ok(y.iter().enumerate().map(|(t, x)| x - line[0] - line[1] * time(t)).collect())
}
