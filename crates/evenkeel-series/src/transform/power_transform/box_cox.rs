//! The Box-Cox transform.

use super::exponent_search::{MOST, distinct, is_invertible, largest, largest_around_zero, usable};
use alloc::vec;
use alloc::vec::Vec;
use evenkeel_core::{Error, LARGEST, observed};

/// A power of positive values that makes a spread that grows with the level even: `(x^lambda - 1) / lambda`,
/// and the logarithm at 0 (Box and Cox 1964, doi:10.1111/j.2517-6161.1964.tb00553.x).
///
/// # Which exponent
/// | constructor | what it evens out |
/// | --- | --- |
/// | [`guerrero`](Self::guerrero) | spreads of short stretches against their levels, whatever the trend (Guerrero 1993, doi:10.1002/for.3980120104): for forecasting |
/// | [`most_likely_around`](Self::most_likely_around) | what a line and a season leave, by likelihood |
/// | [`most_likely`](Self::most_likely) | the values as one sample, by likelihood: where there is no trend |
///
/// 1 leaves the shape as it is, 0.5 is for counts, 0 for effects that multiply.
///
/// An exponent that a double cannot carry is not chosen: on the sample that it is estimated from, different
/// values stay different, and [`invert`](Self::invert) gives each of them back to a relative 1e-9. So a
/// sample of a large level and a small spread, whose likelihood is nearly flat, gets the best of the
/// exponents that can be used instead of one that makes all of its values one number.
///
/// *Missing data* is left out. *Complexity*: O(n) for each of some hundred exponents tried.
///
/// ```
/// use evenkeel_series::transform::BoxCox;
///
/// // Growth by a factor, with a season that multiplies.
/// let month = |t: i32| (0.02 * f64::from(t)).exp() * (100.0 + 20.0 * f64::from(t % 12));
/// let passengers: Vec<f64> = (0..120).map(month).collect();
/// let scale = BoxCox::guerrero(&passengers, 12)?;
/// assert!(scale.lambda().abs() < 0.1);
/// let z = scale.apply(passengers[7]).unwrap();
/// assert!((scale.invert(z) / passengers[7] - 1.0).abs() < 1e-12);
/// # Ok::<(), evenkeel_core::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
#[must_use]
pub struct BoxCox {
    lambda: f64,
}

impl BoxCox {
    /// With this exponent.
    ///
    /// # Errors
    /// If `lambda` is not in [-32, 32].
    pub fn new(lambda: f64) -> Result<Self, Error> {
        Error::require((-MOST..=MOST).contains(&lambda), "lambda", "in [-32, 32]", lambda)?;
        Ok(Self { lambda })
    }

    /// The exponent.
    #[must_use]
    pub fn lambda(&self) -> f64 {
        self.lambda
    }

    /// The transformed value; `None` if it is missing, not positive, or beyond 1e100 there.
    #[must_use]
    pub fn apply(&self, x: f64) -> Option<f64> {
        let x = observed(x).filter(|x| *x > 0.0)?;
        observed(power(libm::log(x), self.lambda))
    }

    /// The inverse: the value of a place on the scale, from 0 to 1e100; places outside of the range of the
    /// transform give the nearest end.
    #[must_use]
    pub fn invert(&self, z: f64) -> f64 {
        let x = if self.lambda == 0.0 {
            libm::exp(z)
        } else if self.lambda * z <= -1.0 {
            if self.lambda > 0.0 { 0.0 } else { LARGEST }
        } else {
            libm::exp(log_of(z, self.lambda))
        };
        if x.is_nan() { x } else { x.clamp(0.0, LARGEST) }
    }

    /// The exponent of maximum likelihood, for values that are a normal sample after the transform.
    ///
    /// # Errors
    /// [`Error::TooShort`] with fewer than 3 observed values, [`Error::Parameter`] if one is not positive,
    /// [`Error::Numerical`] if nothing varies, or values differ by rounding only so that no exponent keeps
    /// them apart.
    pub fn most_likely(values: &[f64]) -> Result<Self, Error> {
        let sample = Sample::new(values, None)?;
        Self::usable(values, |holds| {
            largest_around_zero(|lambda| only_if(holds(lambda), || sample.log_likelihood(lambda)))
        })
    }

    /// The exponent, from -1 to 2, of maximum likelihood, for residuals from a line and a season of this
    /// period (1: none) that are normal after the transform.
    ///
    /// # Errors
    /// Those of [`most_likely`](Self::most_likely), and [`Error::Parameter`] if the period is 0.
    pub fn most_likely_around(values: &[f64], period: usize) -> Result<Self, Error> {
        let sample = Sample::new(values, Some(period))?;
        Self::usable(values, |holds| {
            largest(-1.0, 2.0, 60, |lambda| only_if(holds(lambda), || sample.log_likelihood(lambda)))
        })
    }

    /// The exponent of Guerrero, from -1 to 2, with which the spreads of blocks of one period (at least 2)
    /// depend least on their levels. The last block ends with the series.
    ///
    /// # Errors
    /// [`Error::Parameter`] if a value is not positive, [`Error::TooShort`] with fewer than two stretches of
    /// two observed values, [`Error::Numerical`] if no stretch varies, or values differ by rounding only.
    pub fn guerrero(values: &[f64], period: usize) -> Result<Self, Error> {
        let stretches = Stretches::new(values, period)?;
        Self::usable(values, |holds| {
            largest(-1.0, 2.0, 300, |lambda| only_if(holds(lambda), || -stretches.variation(lambda)))
        })
    }

    /// The best exponent with which the values stay distinct and can be inverted.
    fn usable(values: &[f64], search: impl Fn(&dyn Fn(f64) -> bool) -> f64) -> Result<Self, Error> {
        let values = distinct(values);
        let holds = |lambda: f64| {
            let scale = Self { lambda };
            is_invertible(&values, |x| scale.apply(x), |z| scale.invert(z))
        };
        Self::new(usable(search, holds)?)
    }

    /// The log-likelihood of the values as one sample at this exponent, mean and variance at their best,
    /// without constants.
    ///
    /// # Errors
    /// Those of [`most_likely`](Self::most_likely).
    pub fn log_likelihood(&self, values: &[f64]) -> Result<f64, Error> {
        Ok(Sample::new(values, None)?.log_likelihood(self.lambda))
    }

    /// The same around a line and a season.
    ///
    /// # Errors
    /// Those of [`most_likely_around`](Self::most_likely_around).
    pub fn log_likelihood_around(&self, values: &[f64], period: usize) -> Result<f64, Error> {
        Ok(Sample::new(values, Some(period))?.log_likelihood(self.lambda))
    }

    /// The criterion that [`guerrero`](Self::guerrero) minimizes: the coefficient of variation of spread /
    /// level^(1 - lambda) over the blocks.
    ///
    /// # Errors
    /// Those of [`guerrero`](Self::guerrero).
    pub fn variation(&self, values: &[f64], period: usize) -> Result<f64, Error> {
        Ok(Stretches::new(values, period)?.variation(self.lambda))
    }
}

/// The value if the exponent is admissible; others are never the best.
pub(super) fn only_if(counts: bool, value: impl FnOnce() -> f64) -> f64 {
    if counts { value() } else { f64::NEG_INFINITY }
}

/// `(exp(lambda u) - 1) / lambda`.
pub(super) fn power(u: f64, lambda: f64) -> f64 {
    if lambda == 0.0 {
        return u;
    }
    if lambda * u > NEAR_THE_END {
        return libm::expm1(lambda * u) / lambda;
    }
    // Near the end of the scale, -1 / lambda, values differ in the last digits only: rounded once, not three
    // times.
    let end = -1.0 / lambda;
    let (product, error) = exact_product(lambda, end);
    let rest = ((-1.0 - product) - error) / lambda;
    end + (rest + libm::exp(lambda * u) / lambda)
}

/// `ln(1 + lambda z) / lambda`, for `lambda z` above -1 and other than 0.
pub(super) fn log_of(z: f64, lambda: f64) -> f64 {
    let (product, error) = exact_product(lambda, z);
    if product > -0.5 {
        return libm::log1p(product) / lambda;
    }
    // The sum of 1 and the product is exact here.
    let inside = (1.0 + product) + error;
    if inside > 0.0 { libm::log(inside) / lambda } else { libm::log1p(product) / lambda }
}

/// From this logarithm of 1 + lambda z on, downwards, a place is near the end of the scale.
const NEAR_THE_END: f64 = -1.0;

/// A product and its rounding error (T. Dekker, Numerische Mathematik 18 (1971) 224-242,
/// doi:10.1007/BF01397083), of factors below 1e150.
fn exact_product(a: f64, b: f64) -> (f64, f64) {
    let split = |x: f64| {
        let wide = 134_217_729.0 * x;
        let high = wide - (wide - x);
        (high, x - high)
    };
    let product = a * b;
    let ((a, small_a), (b, small_b)) = (split(a), split(b));
    (product, ((a * b - product) + a * small_b + small_a * b) + small_a * small_b)
}

fn positive(values: &[f64]) -> Result<(), Error> {
    match values.iter().find(|x| observed(**x).is_some_and(|x| x <= 0.0)) {
        Some(x) => Err(Error::parameter("values", "positive", x)),
        None => Ok(()),
    }
}

/// Logarithms minus their mean: enough for the likelihood, and powers of them do not overflow.
pub(super) struct Sample {
    logs: Vec<f64>,
    mean: f64,
    /// Phase of the season and time, without the season's share, where there is something to go around.
    around: Option<(usize, Vec<usize>, Vec<f64>)>,
}

impl Sample {
    pub(super) fn new(values: &[f64], period: Option<usize>) -> Result<Self, Error> {
        positive(values)?;
        let (mut times, mut logs) = (Vec::new(), Vec::new());
        for (t, x) in values.iter().enumerate() {
            if let Some(x) = observed(*x) {
                times.push(t);
                logs.push(libm::log(x));
            }
        }
        let needed = period.map_or(3, |period| period.saturating_add(3));
        if logs.len() < needed {
            return Err(Error::TooShort { needed, got: logs.len() });
        }
        if logs.iter().all(|u| *u == logs[0]) {
            return Err(Error::Numerical { what: "the values do not vary" });
        }
        let mean = logs.iter().sum::<f64>() / logs.len() as f64;
        logs.iter_mut().for_each(|u| *u -= mean);
        let around = match period {
            None => None,
            Some(period) => {
                Error::require(period > 0, "period", "at least 1", period)?;
                let phases: Vec<usize> = times.iter().map(|t| t % period).collect();
                let mut line: Vec<f64> = times.iter().map(|t| *t as f64 / values.len() as f64).collect();
                less_means(&mut line, &phases, period);
                Some((period, phases, line))
            }
        };
        Ok(Self { logs, mean, around })
    }

    pub(super) fn log_likelihood(&self, lambda: f64) -> f64 {
        let n = self.logs.len() as f64;
        let mut z: Vec<f64> = self.logs.iter().map(|u| power(*u, lambda)).collect();
        let squares = match &self.around {
            None => {
                let mean = z.iter().sum::<f64>() / n;
                z.iter().map(|x| (x - mean) * (x - mean)).sum::<f64>()
            }
            Some((period, phases, line)) => {
                // Frisch and Waugh: the line without the season, regressed on the time without the season.
                less_means(&mut z, phases, *period);
                let size: f64 = line.iter().map(|t| t * t).sum();
                let slope = line.iter().zip(&z).map(|(t, x)| t * x).sum::<f64>() / size;
                z.iter().zip(line).map(|(x, t)| (x - slope * t) * (x - slope * t)).sum::<f64>()
            }
        };
        -n * self.mean - 0.5 * n * libm::log(squares / n)
    }
}

/// Subtracts from each value the mean of its phase.
fn less_means(x: &mut [f64], phases: &[usize], period: usize) {
    let mut sums = vec![(0.0, 0.0); period];
    for (x, phase) in x.iter().zip(phases) {
        sums[*phase].0 += x;
        sums[*phase].1 += 1.0;
    }
    for (x, phase) in x.iter_mut().zip(phases) {
        *x -= sums[*phase].0 / sums[*phase].1;
    }
}

/// Logarithms of levels, about their mean, and spreads.
struct Stretches(Vec<(f64, f64)>);

impl Stretches {
    fn new(values: &[f64], period: usize) -> Result<Self, Error> {
        positive(values)?;
        let period = period.max(2);
        let whole = &values[values.len() % period..];
        let mut stretches = Vec::new();
        for stretch in whole.chunks(period) {
            let seen = || stretch.iter().filter_map(|x| observed(*x));
            let n = seen().count() as f64;
            if n < 2.0 {
                continue;
            }
            let mean = seen().map(|x| x / n).sum::<f64>();
            // In units of the level, which is positive.
            let spread = seen().map(|x| (x / mean - 1.0) * (x / mean - 1.0)).sum::<f64>() / (n - 1.0);
            stretches.push((libm::log(mean), libm::sqrt(spread)));
        }
        if stretches.len() < 2 {
            return Err(Error::TooShort { needed: period.saturating_mul(2), got: values.len() });
        }
        if stretches.iter().all(|(_, spread)| *spread == 0.0) {
            return Err(Error::Numerical { what: "the values do not vary" });
        }
        let mean = stretches.iter().map(|(level, _)| level).sum::<f64>() / stretches.len() as f64;
        stretches.iter_mut().for_each(|(level, _)| *level -= mean);
        Ok(Self(stretches))
    }

    fn variation(&self, lambda: f64) -> f64 {
        let ratios = || self.0.iter().map(|(level, spread)| spread * libm::exp(lambda * level));
        let n = self.0.len() as f64;
        let mean = ratios().sum::<f64>() / n;
        let variance = ratios().map(|r| (r / mean - 1.0) * (r / mean - 1.0)).sum::<f64>() / (n - 1.0);
        libm::sqrt(variance)
    }
}
