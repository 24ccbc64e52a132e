//! The theta method of automatic kind.

use super::fitted::ThetaModel;
use super::kind::{ThetaKind, ThetaSeason};
use super::theta::Theta;
use evenkeel_core::{Error, Fit};

/// The theta model with the least squared errors: all four state space ones are tried.
///
/// It costs four fits of [`Theta`], where method, missing data and errors are described.
///
/// ```
/// use evenkeel_core::Fit;
/// use evenkeel_models::AutoTheta;
///
/// let history: Vec<f64> = (0..60).map(|t| 20.0 + f64::from(t * 37 % 11)).collect();
/// let model = AutoTheta::new(1).fit(&history)?;
/// println!("{:?} with theta {:.1}", model.kind(), model.theta());
/// # Ok::<(), evenkeel_core::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
#[must_use]
pub struct AutoTheta {
    period: usize,
    season: ThetaSeason,
}

impl AutoTheta {
    /// For a series with a season of this period, or none.
    pub fn new(period: usize) -> Self {
        Self { period, season: ThetaSeason::Multiplicative }
    }

    /// How the season is taken out, if there is one.
    pub fn season(mut self, season: ThetaSeason) -> Self {
        self.season = season;
        self
    }
}

impl Fit for AutoTheta {
    type Fitted = ThetaModel;

    fn fit(&self, history: &[f64]) -> Result<ThetaModel, Error> {
        let kinds = [ThetaKind::DynamicOptimized, ThetaKind::Optimized, ThetaKind::DynamicStandard];
        let mut best = Theta::new(ThetaKind::Standard, self.period).season(self.season).fit(history)?;
        for kind in kinds {
            let model = Theta::new(kind, self.period).season(self.season).fit(history)?;
            if model.report.criteria.scaled_squares < best.report.criteria.scaled_squares {
                best = model;
            }
        }
        Ok(best)
    }
}
