//! Parameters and starting states.

use super::admissible::is_admissible;
use super::form::EtsForm;
use evenkeel_core::{Error, observed};

/// Smoothing parameters and the states before the first value.
///
/// Level, slope and additive season are in units of the data; a multiplicative trend and season are factors.
/// `season` holds the states of one cycle in the order of time: the first belongs to the first value of the
/// history. `beta` is that of Hyndman et al. (2008): what the slope keeps of a surprise, so that
/// `beta <= alpha` in the usual region.
///
/// ```
/// use evenkeel_core::Fit;
/// use evenkeel_models::ets::{Ets, EtsError, EtsForm, EtsParameters, EtsSeason, EtsTrend};
///
/// let form = EtsForm::new(EtsError::Additive, EtsTrend::Additive, EtsSeason::None);
/// let given = EtsParameters::new(0.5, 10.0).beta(0.1).trend(1.0);
/// let model = Ets::new(form, 1).with_parameters(given).fit(&[11.0, 12.0, 13.0, 14.0, 15.0])?;
/// assert_eq!((model.level(), model.trend()), (15.0, 1.0));
/// # Ok::<(), evenkeel_core::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(deny_unknown_fields))]
#[must_use]
pub struct EtsParameters {
    #[cfg_attr(feature = "serde", serde(with = "evenkeel_core::exact"))]
    pub(super) alpha: f64,
    #[cfg_attr(feature = "serde", serde(with = "evenkeel_core::exact"))]
    pub(super) beta: f64,
    #[cfg_attr(feature = "serde", serde(with = "evenkeel_core::exact"))]
    pub(super) gamma: f64,
    #[cfg_attr(feature = "serde", serde(with = "evenkeel_core::exact"))]
    pub(super) phi: f64,
    #[cfg_attr(feature = "serde", serde(with = "evenkeel_core::exact"))]
    pub(super) level: f64,
    #[cfg_attr(feature = "serde", serde(with = "evenkeel_core::exact"))]
    pub(super) trend: f64,
    #[cfg_attr(feature = "serde", serde(with = "evenkeel_core::exact"))]
    pub(super) season: Vec<f64>,
}

impl EtsParameters {
    /// With what every form has: alpha, and the level before the first value. Everything else is 0, phi is 1.
    pub fn new(alpha: f64, level: f64) -> Self {
        Self { alpha, beta: 0.0, gamma: 0.0, phi: 1.0, level, trend: 0.0, season: Vec::new() }
    }

    /// What the slope keeps of a surprise.
    pub fn beta(mut self, beta: f64) -> Self {
        self.beta = beta;
        self
    }

    /// What the season keeps of a surprise.
    pub fn gamma(mut self, gamma: f64) -> Self {
        self.gamma = gamma;
        self
    }

    /// The share of the slope that is left after a step.
    pub fn phi(mut self, phi: f64) -> Self {
        self.phi = phi;
        self
    }

    /// The slope (or, for a multiplicative trend, the factor) before the first value.
    pub fn trend(mut self, trend: f64) -> Self {
        self.trend = trend;
        self
    }

    /// The states of the season, beginning with that of the first value.
    pub fn season(mut self, season: impl Into<Vec<f64>>) -> Self {
        self.season = season.into();
        self
    }

    /// The level before the first value.
    #[must_use]
    pub fn level_before(&self) -> f64 {
        self.level
    }

    /// The slope, or the factor of a multiplicative trend, before the first value.
    #[must_use]
    pub fn trend_before(&self) -> f64 {
        self.trend
    }

    /// The states of the season, that of the first value first.
    #[must_use]
    pub fn season_before(&self) -> &[f64] {
        &self.season
    }

    pub(super) fn check(&self, form: EtsForm, period: usize) -> Result<(), Error> {
        let range = |x: f64| (0.0..=1.0).contains(&x);
        Error::require(range(self.alpha), "alpha", "in [0, 1]", self.alpha)?;
        Error::require((0.0..=2.0).contains(&self.beta), "beta", "in [0, 2]", self.beta)?;
        Error::require(range(self.gamma), "gamma", "in [0, 1]", self.gamma)?;
        Error::require(self.phi > 0.0 && self.phi <= 1.0, "phi", "in (0, 1]", self.phi)?;
        if !self.is_forgetful(form, period) {
            let was = format_args!("{} beside alpha {}, gamma {}", self.beta, self.alpha, self.gamma);
            return Err(Error::parameter("beta", "admissible: errors have to die out", was));
        }
        let held = |x: f64| observed(x / 2.0).is_some();
        Error::require(held(self.level), "level", "finite, about 1e100 at most", self.level)?;
        Error::require(held(self.trend), "trend", "finite, about 1e100 at most", self.trend)?;
        if form.is_ratio() {
            Error::require(self.level > 0.0, "level", "> 0 in a multiplicative form", self.level)?;
        }
        if form.has_factor_trend() {
            Error::require(self.trend > 0.0, "trend", "> 0 as a factor", self.trend)?;
        }
        let expected = if form.has_season() { period } else { 0 };
        if self.season.len() != expected {
            return Err(Error::Shape { what: "season", expected, found: self.season.len() });
        }
        for &s in &self.season {
            Error::require(held(s), "season", "finite, about 1e100 at most", s)?;
            if form.season == super::form::EtsSeason::Multiplicative {
                Error::require(s > 0.0, "season", "> 0 as a factor", s)?;
            }
        }
        Ok(())
    }

    /// Whether the states that learn at all forget their errors.
    fn is_forgetful(&self, form: EtsForm, period: usize) -> bool {
        if self.alpha == 0.0 {
            return self.beta == 0.0 && self.gamma == 0.0;
        }
        // The test is quadratic in the period; one that is as long as this needs a gamma that is not 0, at
        // most 1 - alpha.
        let season = (form.has_season() && self.gamma > 0.0).then_some(period);
        match season {
            Some(m) if m > 200 => self.gamma <= 1.0 - self.alpha && self.beta <= self.alpha,
            _ => is_admissible(self.alpha, self.beta, self.gamma, self.phi, self.beta > 0.0, season),
        }
    }

    /// The same in units that are `scale` times as large.
    pub(super) fn scaled(&self, form: EtsForm, scale: f64) -> Self {
        let mut out = self.clone();
        out.level *= scale;
        if !form.has_factor_trend() {
            out.trend *= scale;
        }
        if form.season == super::form::EtsSeason::Additive {
            for s in &mut out.season {
                *s *= scale;
            }
        }
        out
    }
}

#[cfg(feature = "serde")]
evenkeel_core::exact_as_is!(EtsParameters);
