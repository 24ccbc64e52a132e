//! The likelihood as a function that can be called again and again.

use super::kernel::Kernel;
use super::parameters::ArimaParameters;
use super::sample::Ends;
use super::settings::Arima;
use evenkeel_core::Error;

/// The exact Gaussian log-likelihood of an [`Arima`] for one history: made once, then evaluated without allocation.
///
/// An evaluation costs what [`Arima`] says. Memory O(n), with missing values O(n) for each at worst.
///
/// ```
/// use evenkeel_models::{Arima, ArimaParameters};
///
/// let history: Vec<f64> = (0..200u32).map(|t| f64::from(t * 7919 % 101)).collect();
/// let mut likelihood = Arima::new(1, 0, 0).likelihood(&history)?;
/// let at = |ar: f64| ArimaParameters::new([ar], []);
/// let best = (-9..=9).map(|i| f64::from(i) / 10.0).max_by(|a, b| {
///     let (a, b) = (likelihood.log_likelihood(&at(*a)), likelihood.log_likelihood(&at(*b)));
///     a.unwrap_or(f64::NEG_INFINITY).total_cmp(&b.unwrap_or(f64::NEG_INFINITY))
/// });
/// assert!(best.is_some());
/// # Ok::<(), evenkeel_core::Error>(())
/// ```
#[derive(Debug, Clone)]
pub struct ArimaLikelihood {
    kernel: Kernel,
    settings: Arima,
    coefficients: Vec<f64>,
}

impl ArimaLikelihood {
    pub(super) fn new(settings: &Arima, history: &[f64]) -> Result<Self, Error> {
        let mut sample = settings.sample(history, &[], Ends::Cut)?;
        let factors = settings.factors();
        sample.choose(factors.width());
        let coefficients = Vec::with_capacity(factors.len());
        Ok(Self { kernel: Kernel::new(sample, factors), settings: settings.clone(), coefficients })
    }

    /// The natural logarithm of the likelihood at `parameters`. A constant or sigma² that they leave out takes its maximum
    /// likelihood value at the coefficients; then sigma² is the generalized sum of squares over the observed values without
    /// d + D s. With d + D > 0 it is the likelihood of the differences.
    ///
    /// The moving average need not be invertible.
    ///
    /// # Errors
    /// [`Error::Parameter`] or [`Error::Shape`] if the parameters do not belong to the settings or are not stationary,
    /// [`Error::Numerical`] if no finite number comes out.
    pub fn log_likelihood(&mut self, parameters: &ArimaParameters) -> Result<f64, Error> {
        let factors = self.kernel.factors();
        if !parameters.belong(&factors) {
            parameters.judge(&factors, self.settings.kind())?;
        }
        let sample = self.kernel.sample();
        let constant =
            parameters.constant.zip(sample.offsets.first()).map(|(c, offset)| (c - offset) / sample.by[0]);
        let sigma2 = parameters.sigma2.map(|s| s / sample.scale / sample.scale);
        self.kernel.fix(core::iter::once(constant));
        self.coefficients.clear();
        parameters.coefficients(&mut self.coefficients);
        let value = self.kernel.value(&self.coefficients);
        let finite = value.map(|value| self.kernel.log_likelihood(&value, sigma2)).filter(|l| l.is_finite());
        match finite {
            Some(log_likelihood) => Ok(log_likelihood),
            None => {
                parameters.judge(&factors, self.settings.kind())?;
                Err(Error::Numerical { what: "the likelihood at these parameters is beyond floating point" })
            }
        }
    }

    /// How many values the likelihood counts: the observed ones without d + D s.
    #[must_use]
    pub fn effective(&self) -> usize {
        self.kernel.sample().effective()
    }
}
