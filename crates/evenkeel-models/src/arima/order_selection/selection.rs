//! The record of an order selection.

use crate::arima::constant::Constant;
use crate::count::as_f64;

/// What became of an order.
#[derive(Debug, Clone, Copy, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[non_exhaustive]
pub enum ArimaOutcome {
    /// Compared by its conditional sum of squares only: others were better. With the approximate criterion.
    Screened(#[cfg_attr(feature = "serde", serde(with = "evenkeel_core::exact"))] f64),
    /// Fitted by exact maximum likelihood. With AICc.
    Fitted(#[cfg_attr(feature = "serde", serde(with = "evenkeel_core::exact"))] f64),
    /// The maximum has a root within 1.001 of the unit circle; the best coefficients that have none were
    /// taken. With their AICc.
    Restrained(#[cfg_attr(feature = "serde", serde(with = "evenkeel_core::exact"))] f64),
    /// Too many parameters for the series, or no likelihood within floating point.
    Impossible,
}

/// An order that was tried.
#[derive(Debug, Clone, Copy, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct ArimaTrial {
    pub(super) order: (usize, usize, usize),
    pub(super) seasonal: (usize, usize, usize),
    pub(super) constant: Constant,
    pub(super) outcome: ArimaOutcome,
}

impl ArimaTrial {
    /// The order (p, d, q).
    #[must_use]
    pub fn order(&self) -> (usize, usize, usize) {
        self.order
    }

    /// The season's order (P, D, Q).
    #[must_use]
    pub fn seasonal_order(&self) -> (usize, usize, usize) {
        self.seasonal
    }

    /// The deterministic part.
    #[must_use]
    pub fn constant(&self) -> Constant {
        self.constant
    }

    /// What became of it.
    #[must_use]
    pub fn outcome(&self) -> ArimaOutcome {
        self.outcome
    }

    /// AICc of an exact fit; None for others.
    #[must_use]
    pub fn aicc(&self) -> Option<f64> {
        match self.outcome {
            ArimaOutcome::Fitted(aicc) | ArimaOutcome::Restrained(aicc) => Some(aicc),
            ArimaOutcome::Screened(_) | ArimaOutcome::Impossible => None,
        }
    }
}

/// How an order was chosen.
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct ArimaSelection {
    #[cfg_attr(feature = "serde", serde(with = "evenkeel_core::exact"))]
    pub(super) strength: Option<f64>,
    #[cfg_attr(feature = "serde", serde(with = "evenkeel_core::exact"))]
    pub(super) kpss: Vec<f64>,
    pub(super) trials: Vec<ArimaTrial>,
    pub(super) evaluations: usize,
    #[cfg_attr(feature = "serde", serde(with = "evenkeel_core::exact"))]
    pub(super) aicc: f64,
}

impl ArimaSelection {
    /// The strength of the season from 0 to 1; above 0.64 it is differenced away. None without a season, with
    /// a given D, or where the history is too short to say.
    #[must_use]
    pub fn seasonal_strength(&self) -> Option<f64> {
        self.strength
    }

    /// The statistics of the KPSS tests, before and after each plain difference; above 0.463 one more is
    /// taken. Empty with a given d.
    #[must_use]
    pub fn kpss(&self) -> &[f64] {
        &self.kpss
    }

    /// All orders tried, in the order in which they were. The best exact fit among them was taken.
    #[must_use]
    pub fn trials(&self) -> &[ArimaTrial] {
        &self.trials
    }

    /// Evaluations of a likelihood or of a conditional sum of squares over all orders.
    #[must_use]
    pub fn evaluations(&self) -> usize {
        self.evaluations
    }

    /// AICc of the model that was taken.
    #[must_use]
    pub fn aicc(&self) -> f64 {
        self.aicc
    }
}

/// Akaike's corrected criterion: `k` counts the innovation variance. Infinite if n is not above k + 1.
pub(super) fn aicc(log_likelihood: f64, k: usize, n: usize) -> f64 {
    let (k, n) = (as_f64(k), as_f64(n));
    let left = n - k - 1.0;
    if left > 0.0 { 2.0 * k - 2.0 * log_likelihood + 2.0 * k * (k + 1.0) / left } else { f64::INFINITY }
}
