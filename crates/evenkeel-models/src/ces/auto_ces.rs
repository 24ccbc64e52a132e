//! Complex exponential smoothing of automatic kind.

use super::ces::Ces;
use super::fitted::CesModel;
use super::kind::{CesKind, check_period};
use evenkeel_core::{Error, Fit};

/// Complex exponential smoothing whose kind is chosen by the corrected criterion of Akaike.
///
/// It costs up to four fits of [`Ces`], where method, missing data and errors are described; kinds with a
/// season are left out at period 1 and where the history is too short for them.
///
/// ```
/// use evenkeel_core::Fit;
/// use evenkeel_models::ces::{AutoCes, CesKind};
///
/// let history: Vec<f64> = (0..96).map(|t| 20.0 + 5.0 * f64::from(t % 12 / 6) + f64::from(t * 37 % 11) / 5.0).collect();
/// assert_ne!(AutoCes::new(12).fit(&history)?.kind(), CesKind::None);
/// # Ok::<(), evenkeel_core::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
#[must_use]
pub struct AutoCes {
    period: usize,
}

impl AutoCes {
    /// For a series with a season of this period, or none.
    pub fn new(period: usize) -> Self {
        Self { period }
    }
}

impl Fit for AutoCes {
    type Fitted = CesModel;

    fn fit(&self, history: &[f64]) -> Result<CesModel, Error> {
        check_period(self.period)?;
        let mut best = Ces::new(CesKind::None, self.period).fit(history)?;
        if self.period < 2 {
            return Ok(best);
        }
        for kind in &CesKind::ALL[1..] {
            match Ces::new(*kind, self.period).fit_beside(history, best.report().criteria().aicc()) {
                Ok(model) if model.report().criteria().aicc() < best.report().criteria().aicc() => {
                    best = model;
                }
                Ok(_) | Err(Error::TooShort { .. } | Error::Numerical { .. }) => {}
                Err(other) => return Err(other),
            }
        }
        Ok(best)
    }
}
