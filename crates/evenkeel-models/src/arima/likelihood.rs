//! The likelihood as a function that can be called again and again.

use super::kernel::Kernel;
use super::parameters::ArimaParameters;
use super::settings::Arima;
use evenkeel_core::Error;

/// The exact Gaussian log-likelihood of an [`Arima`] for one history: made once, then evaluated without allocation.
///
/// O(n (p + q)) an evaluation after a start of O(n max(p, q)) at worst; with gaps O(n max(p, q)²) at worst. Memory O(n).
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
}

impl ArimaLikelihood {
    pub(super) fn new(settings: &Arima, history: &[f64]) -> Result<Self, Error> {
        let sample = settings.sample(history)?;
        Ok(Self { kernel: Kernel::new(sample), settings: settings.clone() })
    }

    /// The natural logarithm of the likelihood at `parameters`. A constant or sigma² that they leave out takes its maximum
    /// likelihood value at the coefficients; then sigma² is the generalized sum of squares over the observed values without d.
    /// With d > 0 it is the likelihood of the differences.
    ///
    /// The moving average need not be invertible.
    ///
    /// # Errors
    /// [`Error::Parameter`] or [`Error::Shape`] if the parameters do not belong to the settings or are not stationary,
    /// [`Error::Numerical`] if no finite number comes out.
    pub fn log_likelihood(&mut self, parameters: &ArimaParameters) -> Result<f64, Error> {
        if parameters.ar.len() != self.settings.p || parameters.ma.len() != self.settings.q {
            parameters.judge(self.settings.p, self.settings.q, self.settings.constant)?;
        }
        let sample = self.kernel.sample();
        let constant = parameters.constant.map(|c| (c - sample.offset) / sample.scale);
        let sigma2 = parameters.sigma2.map(|s| s / sample.scale / sample.scale);
        self.kernel.fix(constant);
        let value = self.kernel.value(&parameters.ar, &parameters.ma);
        let finite = value.map(|value| self.kernel.log_likelihood(&value, sigma2)).filter(|l| l.is_finite());
        match finite {
            Some(log_likelihood) => Ok(log_likelihood),
            None => {
                parameters.judge(self.settings.p, self.settings.q, self.settings.constant)?;
                Err(Error::Numerical { what: "the likelihood at these parameters is beyond floating point" })
            }
        }
    }

    /// How many values the likelihood counts: the observed ones without d.
    #[must_use]
    pub fn effective(&self) -> usize {
        self.kernel.sample().effective()
    }
}
