//! The specification of an ARIMA model: orders, season and constant, with the limits on each.

use super::constant::Constant;
use super::design::{Design, Ends};
use super::lag_polynomials::{Differences, LagPolynomials};
use super::parameters::ArimaParameters;
use evenkeel_core::Error;

/// The highest order on each side.
pub(super) const HIGHEST: usize = 100;
/// The highest order of differencing.
pub(super) const MOST_DIFFERENCES: usize = 3;
/// The highest seasonal order on each side, and of seasonal differencing.
pub(super) const HIGHEST_SEASONAL: usize = 10;
pub(super) const MOST_SEASONAL_DIFFERENCES: usize = 2;
/// How far back seasonal terms may reach.
pub(super) const FARTHEST: usize = 40_000;

/// The orders of an [`Arima`](super::arima::Arima), its constant, and its parameters where they are given.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Specification {
    pub(super) p: usize,
    pub(super) d: usize,
    pub(super) q: usize,
    /// P, D, Q and the period.
    pub(super) season: (usize, usize, usize, usize),
    pub(super) constant: Option<Constant>,
    pub(super) parameters: Option<ArimaParameters>,
}

impl Specification {
    /// Without a season, constant and parameters open.
    pub(super) fn new(p: usize, d: usize, q: usize) -> Self {
        Self { p, d, q, season: (0, 0, 0, 1), constant: None, parameters: None }
    }

    /// The deterministic part: as it was set, or what suits the differencing.
    pub(super) fn constant(&self) -> Constant {
        let differenced = self.d + self.season.1 > 0;
        self.constant.unwrap_or(if differenced { Constant::None } else { Constant::Mean })
    }

    pub(super) fn polynomials(&self) -> LagPolynomials {
        LagPolynomials { p: self.p, q: self.q, sp: self.season.0, sq: self.season.2, s: self.season.3 }
    }

    pub(super) fn differences(&self) -> Differences {
        Differences { d: self.d, seasonal: self.season.1, s: self.season.3 }
    }

    pub(super) fn check(&self) -> Result<(), Error> {
        Error::require(self.p <= HIGHEST, "p", "at most 100", self.p)?;
        Error::require(self.q <= HIGHEST, "q", "at most 100", self.q)?;
        Error::require(self.d <= MOST_DIFFERENCES, "d", "at most 3", self.d)?;
        let (sp, sd, sq, period) = self.season;
        Error::require(sp <= HIGHEST_SEASONAL, "seasonal p", "at most 10", sp)?;
        Error::require(sq <= HIGHEST_SEASONAL, "seasonal q", "at most 10", sq)?;
        Error::require(sd <= MOST_SEASONAL_DIFFERENCES, "seasonal d", "at most 2", sd)?;
        let any = sp + sd + sq > 0;
        Error::require(period >= 1 && (period >= 2 || !any), "period", "at least 2", period)?;
        let reach = sp.max(sd).max(sq).saturating_mul(period);
        Error::require(reach <= FARTHEST, "period", "at most 40000 samples back in all its terms", period)?;
        let differenced = self.d + sd;
        match self.constant() {
            Constant::Mean => {
                Error::require(
                    differenced == 0,
                    "d",
                    "0 with a mean, also of the season, which differencing removes",
                    differenced,
                )?;
            }
            Constant::Drift => {
                Error::require(
                    differenced <= 1,
                    "d",
                    "0 or 1 with a drift, also with that of the season, which differencing twice removes",
                    differenced,
                )?;
            }
            Constant::None => {}
        }
        match &self.parameters {
            Some(parameters) => parameters.check(&self.polynomials(), self.constant()),
            None => Ok(()),
        }
    }

    /// Coefficients and constants to estimate.
    pub(super) fn free(&self) -> usize {
        self.polynomials().len() + usize::from(self.constant() != Constant::None)
    }

    pub(super) fn design(&self, history: &[f64], regressors: &[&[f64]], ends: Ends) -> Result<Design, Error> {
        self.check()?;
        let free = if self.parameters.is_some() { 0 } else { self.free() };
        Design::new(history, regressors, self.differences(), self.constant(), free + regressors.len(), ends)
    }
}
