//! Interpolation of missing values.

use super::concentrated_likelihood::ConcentratedLikelihood;
use super::design::{Design, Ends, bridged};
use super::fitted::{ArimaModel, Fitted};
use super::profile_least_squares::ProfileLeastSquares;
use evenkeel_core::{Error, Prediction, observed};

impl ArimaModel {
    /// Estimates of the missing values of a history: their indices with mean and standard deviation given all
    /// that was observed, before and after them (Gómez, Maravall and Peña 1999,
    /// doi:10.1016/S0304-4076(98)00036-0). The model stays where it is; its parameters are taken as known.
    /// With k missing values O(k n r + k² n) at worst.
    ///
    /// # Errors
    /// [`Error::TooShort`] with fewer than d + D s + 2 observed values; [`Error::Numerical`] if they do not
    /// determine the missing ones, as where a phase of the season is never observed.
    ///
    /// ```
    /// use evenkeel_core::Fit;
    /// use evenkeel_models::Arima;
    ///
    /// let mut history: Vec<f64> = (0..100u32).map(|t| 10.0 * (f64::from(t) * 0.2).sin()).collect();
    /// let truth = std::mem::replace(&mut history[50], f64::NAN);
    /// let model = Arima::new(2, 0, 0).fit(&history)?;
    /// let (at, value) = model.interpolate(&history)?[0];
    /// assert!(at == 50 && (value.mean() - truth).abs() < 0.1);
    /// # Ok::<(), evenkeel_core::Error>(())
    /// ```
    pub fn interpolate(&self, history: &[f64]) -> Result<Vec<(usize, Prediction)>, Error> {
        missing_values(&self.fitted, history)
    }
}

/// The missing values of a history given all that was observed.
fn missing_values(fitted: &Fitted, history: &[f64]) -> Result<Vec<(usize, Prediction)>, Error> {
    let mut design = Design::new(history, &[], fitted.differences, fitted.kind, 0, Ends::Keep)?;
    design.fill();
    let mut likelihood = ConcentratedLikelihood::new(design, fitted.polynomials);
    let design = likelihood.design();
    let constant = design.offsets.first().map(|offset| (fitted.constant - offset) / design.by[0]);
    likelihood.fix(std::iter::once(constant));
    let failed = Error::Numerical { what: "the observed values do not determine the missing ones" };
    likelihood.value(&fitted.coefficients).ok_or(failed.clone())?;
    let design = likelihood.design();
    let least = &likelihood.complete().ok_or(failed)?.least;
    let filled = bridged(&design.y);
    let variances = variances(least);
    let one = |(&t, (by, variance)): (&usize, (&f64, f64))| {
        debug_assert!(observed(history[t]).is_none());
        let trend: f64 = design
            .offsets
            .iter()
            .zip(&design.by)
            .zip(&design.x)
            .map(|((o, by), x)| o / by * design.scale * x[t])
            .sum();
        let mean = (filled[t] - by) * design.scale + design.shift + trend;
        let sd = fitted.sigma * variance.max(0.0).sqrt();
        (t, Prediction::new(mean.clamp(f64::MIN, f64::MAX), sd.min(f64::MAX)).unwrap_or_default())
    };
    Ok(design.missing.iter().zip(least.beta.iter().zip(variances)).map(one).collect())
}

/// The diagonal of the inverse of the information on what is integrated out, from its factors. O(k³).
fn variances(least: &ProfileLeastSquares<f64>) -> Vec<f64> {
    let (k, c, a) = (least.counted, least.columns, &least.products);
    let mut out = vec![0.0; k];
    let mut column = vec![0.0; k];
    for (j, out) in out.iter_mut().enumerate() {
        // A column of the inverse of the unit triangle.
        column[j] = 1.0;
        for i in j..k {
            if i > j {
                column[i] = -(j..i).map(|m| a[i * c + m] / a[m * c + m] * column[m]).sum::<f64>();
            }
            *out += column[i] * column[i] / a[i * c + i];
        }
    }
    out
}
