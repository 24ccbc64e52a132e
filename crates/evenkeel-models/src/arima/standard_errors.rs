//! Standard errors of the estimates, from the observed information.

use super::concentrated_likelihood::ConcentratedLikelihood;
use crate::count::as_f64;
use nalgebra::DMatrix;

/// Standard errors of the coefficients, of the constant and of external regressors, from the observed
/// information.
///
/// They assume the asymptotic normal distribution; near the boundary of stationarity or invertibility they
/// say little.
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct StandardErrors {
    #[cfg_attr(feature = "serde", serde(with = "evenkeel_core::exact"))]
    pub(super) ar: Vec<f64>,
    #[cfg_attr(feature = "serde", serde(with = "evenkeel_core::exact"))]
    pub(super) ma: Vec<f64>,
    #[cfg_attr(feature = "serde", serde(with = "evenkeel_core::exact"))]
    pub(super) sar: Vec<f64>,
    #[cfg_attr(feature = "serde", serde(with = "evenkeel_core::exact"))]
    pub(super) sma: Vec<f64>,
    #[cfg_attr(feature = "serde", serde(with = "evenkeel_core::exact"))]
    pub(super) constant: Option<f64>,
    #[cfg_attr(feature = "serde", serde(with = "evenkeel_core::exact"))]
    pub(super) regressors: Vec<f64>,
}

impl StandardErrors {
    /// Of the autoregressive coefficients.
    #[must_use]
    pub fn ar(&self) -> &[f64] {
        &self.ar
    }

    /// Of the moving average coefficients.
    #[must_use]
    pub fn ma(&self) -> &[f64] {
        &self.ma
    }

    /// Of the season's autoregressive coefficients.
    #[must_use]
    pub fn seasonal_ar(&self) -> &[f64] {
        &self.sar
    }

    /// Of the season's moving average coefficients.
    #[must_use]
    pub fn seasonal_ma(&self) -> &[f64] {
        &self.sma
    }

    /// Of the coefficients of external regressors.
    #[must_use]
    pub fn regressors(&self) -> &[f64] {
        &self.regressors
    }

    /// Of the mean, or of the drift per sample. `None` without a constant.
    #[must_use]
    pub fn constant(&self) -> Option<f64> {
        self.constant
    }
}

/// The inverse of minus the second derivatives of the log-likelihood at its maximum, in the coefficients
/// themselves; derivatives of exact derivatives by central differences. `None` if it is not positive definite
/// there, as on a boundary.
pub(super) fn standard_errors(
    likelihood: &mut ConcentratedLikelihood,
    coefficients: &[f64],
    has_constant: bool,
) -> Option<StandardErrors> {
    let k = coefficients.len();
    let nu = as_f64(likelihood.design().effective());
    let value = likelihood.value(coefficients)?;
    let count = likelihood.regression().len();
    let certain = DMatrix::from_row_slice(count, count, likelihood.information());
    let regression =
        if count == 0 { certain } else { certain.cholesky()?.inverse() * (value.quadratic / nu) };
    let (mut at, mut up, mut down) = (coefficients.to_vec(), vec![0.0; k], vec![0.0; k]);
    let mut information = DMatrix::<f64>::zeros(k, k);
    // How the regression coefficients change with the others.
    let mut moved = DMatrix::<f64>::zeros(count, k);
    for j in 0..k {
        let mut step = 1e-4;
        loop {
            at[j] = coefficients[j] + step;
            let above = likelihood.gradient(&at, &mut up).map(|_| likelihood.regression().to_vec());
            at[j] = coefficients[j] - step;
            let below = likelihood.gradient(&at, &mut down).map(|_| likelihood.regression().to_vec());
            at[j] = coefficients[j];
            if let (Some(above), Some(below)) = (above, below) {
                for i in 0..count {
                    moved[(i, j)] = (above[i] - below[i]) / (2.0 * step);
                }
                break;
            }
            // Close to a boundary only a smaller step stays inside.
            step *= 0.1;
            if step < 1e-7 {
                return None;
            }
        }
        for i in 0..k {
            let second = nu * (up[i] - down[i]) / (2.0 * step);
            information[(i, j)] += 0.5 * second;
            information[(j, i)] += 0.5 * second;
        }
    }
    let covariance = if k == 0 { information } else { information.cholesky()?.inverse() };
    // The regression coefficients are the better known the better the others are.
    let regression = regression + &moved * &covariance * moved.transpose();
    let of: Vec<f64> = (0..k).map(|i| covariance[(i, i)].sqrt()).collect();
    let by = &likelihood.design().by;
    let mut regressors: Vec<f64> = (0..count).map(|i| regression[(i, i)].sqrt() * by[i]).collect();
    if of.iter().chain(&regressors).any(|error| !error.is_finite()) {
        return None;
    }
    let mut constant = has_constant.then(|| regressors.remove(0));
    let centers = &likelihood.design().centers;
    // The constant at regressors of 0, not at what was taken off them. (A drift beside differences does not
    // change by that.)
    if let Some(constant) = constant.as_mut().filter(|_| likelihood.design().differences.order() == 0) {
        let weight = |i: usize| by[i] * if i == 0 { 1.0 } else { -centers[i - 1] };
        let cells = (0..count).flat_map(|i| (0..count).map(move |j| (i, j)));
        let variance: f64 = cells.map(|(i, j)| weight(i) * regression[(i, j)] * weight(j)).sum();
        *constant = variance.max(0.0).sqrt();
    }
    let [ar, ma, sar, sma] = likelihood.polynomials().blocks().map(|(range, _)| of[range].to_vec());
    Some(StandardErrors { ar, ma, sar, sma, constant, regressors })
}

#[cfg(feature = "serde")]
evenkeel_core::exact_as_is!(StandardErrors);
